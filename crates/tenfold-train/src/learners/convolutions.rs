//! Layers that convolutional learners share.

use crate::engine::{Sliding, TapeRecorder, Value};
use crate::ops::{Activation, Bias, Ending};

/// Convolution with batch norm, then `activation`; `None` where the image is too small.
pub(super) fn normalised_convolution(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
    sliding: Sliding,
    activation: Activation,
) -> Option<Value> {
    let output = tape.convolution(
        input,
        channels,
        sliding,
        Ending { bias: Bias::None, activation: Activation::Identity },
    )?;
    Some(tape.batch_norm(output, activation))
}

/// Channels of a stage, twice those of the stage before; `None` beyond a million.
pub(super) fn channels_of(width: usize, stage: usize) -> Option<usize> {
    let factor = 1_usize.checked_shl(u32::try_from(stage).ok()?)?;
    width.checked_mul(factor).filter(|channels| *channels <= 1 << 20)
}
