//! Initial parameters.

use tenfold_data::seed::Stream;

use super::operation::Initial;
use super::tape::Tape;

/// Parameters before the first step, fixed by `seed`.
pub fn initial_parameters(tape: &Tape, seed: u64) -> Vec<f32> {
    let mut parameters = vec![0.0; tape.parameter_count()];
    let mut stream = Stream::new(seed);
    for parameter in tape.parameters() {
        let numbers = &mut parameters[parameter.range.clone()];
        match parameter.initial {
            Initial::Constant(value) => numbers.fill(value),
            Initial::Parts(values) => {
                let length = numbers.len() / values.len();
                for (part, value) in numbers.chunks_exact_mut(length).zip(values) {
                    part.fill(*value);
                }
            }
            Initial::Normal { deviation } => {
                for number in numbers {
                    *number = (stream.normal() * deviation) as f32;
                }
            }
        }
    }
    parameters
}
