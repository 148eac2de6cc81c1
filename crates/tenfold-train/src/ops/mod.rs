//! The operations a tape can hold, one file each.
//!
//! A file is one operation whole: the method of [`TapeRecorder`](crate::engine::TapeRecorder) that
//! records it, its sizes ([`Operation`](crate::engine::Operation)), its forward and backward pass
//! ([`Compute`](crate::engine::Compute)), and its test against finite differences. A loss is an
//! operation too. To add one is to write its file and to name it here.

mod add;
mod additive_attention;
mod attention;
mod average_pool;
mod batch_norm;
mod bidirectional;
mod continued_attention;
mod convolution;
mod cross_attention;
mod cross_entropy;
mod ctc;
mod dropout;
mod embedding;
mod every_step;
mod gelu;
mod gru;
mod highway;
mod last_step;
mod layer_norm;
mod linear;
mod lstm;
mod max_pool;
mod padding;
mod positions;
mod reversal;
mod rows_as_steps;
mod sequence_cross_entropy;
mod shortened;
mod side_by_side;
mod sinusoids;
mod squared_error;
mod tied_output;
mod weighted_sum;

mod activation;
#[cfg(test)]
mod differences;
mod gate_input;
mod lengths;
mod recurrence;
mod token_table;

pub use activation::Activation;
pub use attention::Attends;
pub use bidirectional::BothDirections;
pub use convolution::{Bias, Ending};
pub(crate) use cross_entropy::log_sum_exp;
pub use ctc::{BLANK, ctc_steps};
pub use gate_input::Source;
pub use recurrence::Streams;

#[cfg(test)]
mod tests {
    use super::differences::check;
    use super::{Activation, Bias, Ending};
    use crate::engine::{Shape, Sliding, TapeRecorder, Value};

    /// A residual block that halves the image, its shortcut a strided 1×1 convolution.
    fn halving_block(tape: &mut TapeRecorder, input: Value, channels: usize) -> Option<Value> {
        let mut layer = |input, (kernel, stride, padding), activation| {
            let plain = Ending { bias: Bias::None, activation: Activation::Identity };
            let sliding = Sliding { kernel, stride, padding };
            let output = tape.convolution(input, channels, sliding, plain)?;
            Some(tape.batch_norm(output, activation))
        };
        let hidden = layer(input, (3, 2, 1), Activation::Relu)?;
        let hidden = layer(hidden, (3, 1, 1), Activation::Identity)?;
        let shortcut = layer(input, (1, 2, 0), Activation::Identity)?;
        tape.add(hidden, shortcut, Activation::Relu)
    }

    #[test]
    fn gradients_of_a_whole_network_are_differences() {
        check(Shape { height: 8, width: 9, channels: 2 }, |tape, input| {
            let bias_relu = Ending { bias: Bias::Trained, activation: Activation::Relu };
            let hidden = tape.convolution(input, 3, Sliding::SAME_3, bias_relu)?;
            let hidden = tape.max_pool(hidden, 2)?;
            let hidden = halving_block(tape, hidden, 5)?;
            let hidden = tape.dropout(hidden, 0.3);
            let hidden = tape.linear(hidden, 6, Activation::Relu);
            let hidden = tape.dropout(hidden, 0.3);
            Some(tape.linear(hidden, 3, Activation::Identity))
        });
    }
}
