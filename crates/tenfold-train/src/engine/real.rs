//! The numbers an engine computes with: `f32` for training, `f64` to check gradients.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A floating-point type the operations are written for.
///
/// Training uses `f32`. The same code runs in `f64`, where a central difference resolves a
/// gradient to eight digits and a wrong formula cannot hide behind rounding.
pub trait Real:
    sealed::Sealed
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The nearest value to `value`.
    fn from_f64(value: f64) -> Self;
    /// The same value in double precision.
    fn to_f64(self) -> f64;
    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `self * factor + term`, rounded once.
    #[must_use]
    fn fused_multiply_add(self, factor: Self, term: Self) -> Self;
    /// The exponential function. In `f32` its relative error is below 5e-7, and it uses arithmetic
    /// alone, so that loops over it run in vector units and give the same bits on each. Below −87
    /// it gives exp(−87).
    #[must_use]
    fn exp(self) -> Self;
    /// Hyperbolic tangent; in `f32` by arithmetic alone, like [`Self::exp`].
    #[must_use]
    fn tanh(self) -> Self;
    /// `1 / (1 + exp(−x))`.
    #[must_use]
    fn sigmoid(self) -> Self;
}

/// Matrix products exist for two types only, so no other crate adds a third.
mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

macro_rules! real {
    ($type:ty, $exp:expr, $tanh:expr) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn fused_multiply_add(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                0.5 + 0.5 * $tanh(0.5 * self)
            }
        }
    };
}

real!(f32, exp, tanh);
real!(f64, f64::exp, f64::tanh);

/// # Reference
/// Coefficients of `expf` in the Cephes library (Moshier 1989).
#[inline(always)]
fn exp(power: f32) -> f32 {
    /// 1.5 · 2^23: adding it to a number rounds the number to a whole one, which the low bits of
    /// the sum hold; subtracting it again gives the whole number.
    const ROUND: f32 = 12_582_912.0;
    let power = if power < -87.0 { -87.0 } else { power };
    let power = if power > 88.0 { 88.0 } else { power };
    let rounded = power * std::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let rest = power - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + coefficient;
    }
    let sum = sum * rest * rest + rest + 1.0;
    sum * f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// # Reference
/// Rational approximation of Eigen (`generic_fast_tanh_float`).
#[inline(always)]
fn tanh(value: f32) -> f32 {
    /// Beyond this value, tanh rounds to 1.
    const LARGEST: f32 = 7.905_311;
    let value = if value > LARGEST { LARGEST } else { value };
    let value = if value < -LARGEST { -LARGEST } else { value };
    let square = value * value;
    let mut above = -2.760_768_5e-16;
    for coefficient in [
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_524_6e-3,
    ] {
        above = above * square + coefficient;
    }
    let mut below = 1.198_258_4e-6;
    for coefficient in [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3] {
        below = below * square + coefficient;
    }
    value * above / below
}

/// Whether all numbers are finite.
pub fn is_all_finite<T: Real>(numbers: &[T]) -> bool {
    numbers.iter().all(|number| number.to_f64().is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from −90 to 90, dense around 0.
    fn values() -> impl Iterator<Item = f32> {
        (-3_000..=3_000).map(|index| (f64::from(index) / 3_000.0).powi(3) as f32 * 90.0)
    }

    #[test]
    fn exp_and_tanh_are_as_exact_as_single_precision_is() {
        for value in values() {
            let exact = f64::from(value);
            if (-87.0..88.0).contains(&exact) {
                let relative = f64::from(Real::exp(value)) / exact.exp() - 1.0;
                assert!(relative.abs() < 3e-7, "exp {value}: {relative}");
            }
            let apart = f64::from(Real::tanh(value)) - exact.tanh();
            assert!(apart.abs() <= 5e-7 * exact.tanh().abs(), "tanh {value}: {apart}");
            let apart = f64::from(value.sigmoid()) - 1.0 / (1.0 + (-exact).exp());
            assert!(apart.abs() < 2e-7, "sigmoid {value}: {apart}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(Real::exp(f32::NAN).is_nan() && Real::tanh(f32::NAN).is_nan());
        assert!(Real::exp(1e30_f32) > 1e38 && Real::exp(-1e30_f32) < 1e-37);
    }
}
