//! A small training engine: a tape of coarse operations with hand-written gradients.
//!
//! Model code reads like a forward pass and is run once, to record a [`Tape`]. A step replays the
//! tape in a [`Workspace`], whose buffers are laid out once, so that a step allocates nothing.
//! Parameters, gradient and moments are one flat vector each. The engine knows no operation by name:
//! it lays out what an [`Operation`] asks for and calls its work.
//!
//! Reading order: [`shape`], `operation`, `tape`, `plan`, `workspace`, [`optimizer`].

pub mod shape;

mod operation;
mod tape;

mod recorder;

mod plan;

mod workspace;

pub mod initial;
pub mod optimizer;
pub mod schedule;

pub mod real;

pub(crate) mod kernel;

pub use operation::{
    Backward, BatchStatistics, Compute, Forward, Gradients, Initial, MOST_INPUTS, Number,
    Operation, ParameterGroup, Parameters, Pass,
};
pub use recorder::TapeRecorder;
pub use shape::{Shape, Sliding};
pub use tape::{Parameter, SharedGroup, Tape, Value};
pub use workspace::Workspace;
