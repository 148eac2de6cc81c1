//! Sound: files decoded to samples, and samples at another rate.

mod decode;
mod resample;

pub(crate) use decode::{Decoded, decoded, length};
pub(crate) use resample::{resampled, resampled_len};
