//! Sums over a slice, accumulated in a fixed number of partial sums. Vector units of every width
//! can keep this order of additions, so it is the same on each.

use crate::engine::real::Real;

/// Partial sums: two AVX2 registers of `f32`.
const LANES: usize = 16;

/// Σ `map(value)`.
#[inline(always)]
pub(crate) fn sum_of<T: Real>(values: &[T], map: impl Fn(T) -> T) -> T {
    let mut sums = [T::ZERO; LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += map(*value);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += map(*value);
    }
    fold(sums)
}

/// Σ `left · right`.
#[inline(always)]
pub(crate) fn dot<T: Real>(left: &[T], right: &[T]) -> T {
    let mut sums = [T::ZERO; LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_blocks.iter().zip(right_blocks) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += *left * *right;
        }
    }
    for ((sum, left), right) in sums.iter_mut().zip(left_rest).zip(right_rest) {
        *sum += *left * *right;
    }
    fold(sums)
}

/// The largest value; without values, the smallest finite number.
#[inline(always)]
pub(crate) fn largest_of<T: Real>(values: &[T]) -> T {
    let larger = |left: T, right: T| if right > left { right } else { left };
    let mut lanes = [T::from_f64(f64::from(f32::MIN)); LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = larger(*lane, *value);
    }
    lanes.into_iter().fold(lanes[0], larger)
}

#[inline(always)]
fn fold<T: Real>(mut sums: [T; LANES]) -> T {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            let other = sums[lane + width];
            sums[lane] += other;
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_once() {
        for length in [0, 1, 15, 16, 17, 40] {
            let values: Vec<f64> = (0..length).map(f64::from).collect();
            let sum: f64 = values.iter().sum();
            assert!((sum_of(&values, |value| 2.0 * value) - 2.0 * sum).abs() < 1e-12);
            let squares: f64 = values.iter().map(|value| value * value).sum();
            assert!((dot(&values, &values) - squares).abs() < 1e-9);
            if length > 0 {
                assert!((largest_of(&values) - f64::from(length - 1)).abs() < 1e-12);
            }
        }
    }
}
