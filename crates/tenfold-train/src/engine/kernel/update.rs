//! Fused optimiser updates over flat vectors: one pass reads and writes everything once.

use super::dispatch::vectorised;
use super::lanes::sum_of;

/// Parameters with their gradient and moments; all of one length.
pub(crate) struct Flat<'a, T> {
    pub(crate) parameters: &'a mut [T],
    pub(crate) gradient: &'a [T],
    pub(crate) first: &'a mut [T],
    pub(crate) second: &'a mut [T],
}

/// Constants of one Adam or `AdamW` update. At most one of the two kinds of weight decay acts:
/// `shrink` is 1 or `penalty` is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep<T> {
    /// Step size over the first bias correction.
    pub(crate) step_size: T,
    /// Inverse square root of the second bias correction.
    pub(crate) inverse_root_correction: T,
    pub(crate) first_decay: T,
    pub(crate) second_decay: T,
    pub(crate) epsilon: T,
    /// Parameters are multiplied by this first (decoupled decay, `AdamW`).
    pub(crate) shrink: T,
    /// This share of the parameters is added to the gradient (Adam).
    pub(crate) penalty: T,
}

vectorised! {
    /// One Adam step.
    fn adam<T>(flat: Flat<'_, T>, step: AdamStep<T>) {
        let (keep_first, keep_second) = (step.first_decay, step.second_decay);
        let (take_first, take_second) = (T::ONE - keep_first, T::ONE - keep_second);
        let moments = flat.first.iter_mut().zip(flat.second.iter_mut());
        for ((parameter, gradient), (first, second)) in
            flat.parameters.iter_mut().zip(flat.gradient).zip(moments)
        {
            let gradient = *gradient + step.penalty * *parameter;
            *first = keep_first * *first + take_first * gradient;
            *second = keep_second * *second + take_second * gradient * gradient;
            let spread = second.sqrt() * step.inverse_root_correction + step.epsilon;
            *parameter = *parameter * step.shrink - step.step_size * *first / spread;
        }
    }
}

/// Constants of one step of gradient descent with momentum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SgdStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) momentum: T,
    pub(crate) penalty: T,
}

vectorised! {
    /// One step of gradient descent; `first` holds the velocity, `second` is left alone.
    fn sgd<T>(flat: Flat<'_, T>, step: SgdStep<T>) {
        for ((parameter, gradient), velocity) in
            flat.parameters.iter_mut().zip(flat.gradient).zip(flat.first.iter_mut())
        {
            *velocity = step.momentum * *velocity + (*gradient + step.penalty * *parameter);
            *parameter -= step.learning_rate * *velocity;
        }
    }
}

/// Numbers whose squares are added up in the type's own precision before the sum goes on in `f64`.
const BLOCK: usize = 4_096;

vectorised! {
    /// Adds the sum of the squares of `numbers`.
    fn add_squares<T>(sum: &mut f64, numbers: &[T]) {
        for block in numbers.chunks(BLOCK) {
            *sum += sum_of(block, |number| number * number).to_f64();
        }
    }
}

vectorised! {
    /// Multiplies each number.
    fn scale<T>(numbers: &mut [T], factor: T) {
        for number in numbers {
            *number *= factor;
        }
    }
}

vectorised! {
    /// Moves each of `numbers` a share of the way to its target.
    fn move_towards<T>(numbers: &mut [T], targets: &[T], share: T) {
        for (number, target) in numbers.iter_mut().zip(targets) {
            *number += share * (*target - *number);
        }
    }
}
