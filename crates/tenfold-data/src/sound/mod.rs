//! Sound: files decoded to samples, and samples at another rate.

mod decode;
mod log_mel;
mod resample;

pub use log_mel::{LogMel, standardise};

pub(crate) use decode::{Decoded, decoded, length};
pub(crate) use resample::{resampled, resampled_len};
