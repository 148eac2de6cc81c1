//! Loops over whole buffers, element by element.

use super::dispatch::vectorised;

vectorised! {
    /// `left + right`.
    fn add<T>(sum: &mut [T], left: &[T], right: &[T]) {
        for ((sum, left), right) in sum.iter_mut().zip(left).zip(right) {
            *sum = *left + *right;
        }
    }
}

vectorised! {
    /// `max(left + right, 0)`; not-a-number stays what it is, so that divergence is seen.
    fn add_relu<T>(sum: &mut [T], left: &[T], right: &[T]) {
        for ((sum, left), right) in sum.iter_mut().zip(left).zip(right) {
            let value = *left + *right;
            *sum = if value < T::ZERO { T::ZERO } else { value };
        }
    }
}

vectorised! {
    /// Adds `term` to `sum`.
    fn accumulate<T>(sum: &mut [T], term: &[T]) {
        for (sum, term) in sum.iter_mut().zip(term) {
            *sum += *term;
        }
    }
}

vectorised! {
    /// Gradient through a `ReLU`: 0 wherever its `output` is 0.
    fn relu_backward<T>(gradient: &mut [T], output: &[T]) {
        for (gradient, output) in gradient.iter_mut().zip(output) {
            *gradient = if *output > T::ZERO { *gradient } else { T::ZERO };
        }
    }
}

/// Which numbers a dropout keeps: a pure function of the key and the position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DropoutMask {
    /// Differs for each step and each dropout of a model.
    pub(crate) key: u64,
    /// Position of the first number in the whole batch, so that the mask does not depend on the
    /// chunks.
    pub(crate) first: usize,
    /// Share of the numbers set to 0.
    pub(crate) probability: f32,
}

vectorised! {
    /// Writes `input` with a share of its numbers set to 0 and the others scaled up to keep the mean.
    fn dropout<T>(output: &mut [T], input: &[T], mask: DropoutMask) {
        let (low, high) = (mask.key as u32, (mask.key >> 32) as u32);
        let limit = (f64::from(mask.probability) * 4_294_967_296.0) as u32;
        let scale = T::from_f64(1.0 / (1.0 - f64::from(mask.probability)));
        let mut position = mask.first as u32;
        for (output, input) in output.iter_mut().zip(input) {
            // Mixing rounds of Wellons' `triple32` hash, keyed before and between the rounds.
            let mut bits = position.wrapping_mul(0x9E37_79B9).wrapping_add(low);
            bits = (bits ^ (bits >> 17)).wrapping_mul(0xED5A_D4BB);
            bits = (bits ^ (bits >> 11)).wrapping_add(high).wrapping_mul(0xAC4C_1B51);
            bits = (bits ^ (bits >> 15)).wrapping_mul(0x3184_8BAB);
            bits ^= bits >> 14;
            *output = if bits >= limit { *input * scale } else { T::ZERO };
            position = position.wrapping_add(1);
        }
    }
}
