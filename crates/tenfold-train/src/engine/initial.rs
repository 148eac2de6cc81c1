//! Initial parameters.

use tenfold_data::seed::Stream;

use super::tape::{Activation, ParameterKind, Tape};

/// Parameters before the first step, fixed by `seed`.
///
/// Weights are normal with variance 2 / inputs in front of a `ReLU` and 1 / inputs elsewhere, those of
/// the last layer and biases 0, scales 1.
///
/// # Reference
/// He et al. (2015), arXiv:1502.01852, equation 10.
pub fn initial_parameters(tape: &Tape, seed: u64) -> Vec<f32> {
    let mut parameters = vec![0.0; tape.parameter_count()];
    let mut stream = Stream::new(seed);
    for parameter in tape.parameters() {
        let numbers = &mut parameters[parameter.range.clone()];
        match parameter.kind {
            ParameterKind::Weight { fan_in, activation } => {
                let gain = if activation == Activation::Relu { 2.0 } else { 1.0 };
                let deviation = (gain / fan_in as f64).sqrt();
                for number in numbers {
                    *number = (stream.normal() * deviation) as f32;
                }
            }
            ParameterKind::OutputWeight | ParameterKind::Bias => {}
            ParameterKind::Scale => numbers.fill(1.0),
        }
    }
    parameters
}
