//! The one module with unsafe code: matrix products by the `gemm` crate, and loops compiled for
//! the vector units that this processor has.
#![expect(unsafe_code, reason = "gemm takes pointers; wider vector units need a checked call")]
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for wider units")]

mod dispatch;
mod prefetch;
mod product;

pub(crate) mod channels;
pub(crate) mod direct;
pub(crate) mod elementwise;
pub(crate) mod lanes;
pub(crate) mod panels;
pub(crate) mod pooling;
pub(crate) mod update;

pub(crate) use dispatch::{VectorUnits, vectorised};
pub(crate) use prefetch::prefetch_next;
pub(crate) use product::{Matrix, Store, multiply, multiply_strided};
