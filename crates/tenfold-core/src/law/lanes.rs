//! Several numbers side by side, so that the compiler can vectorise arithmetic on them.
//!
//! Powers and logarithms are most of the work of a fit, and library functions compute one at a
//! time. The functions here compute a few at a time, are as exact, and give the same bits on every
//! machine.

#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `L` numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lanes<const L: usize>(pub(crate) [f64; L]);

/// One truth value per lane.
pub(crate) type Mask<const L: usize> = [bool; L];

impl<const L: usize> Lanes<L> {
    /// One number in all lanes.
    #[inline(always)]
    pub(crate) fn all(value: f64) -> Self {
        Self([value; L])
    }

    /// Applies `of` to each lane.
    #[inline(always)]
    pub(crate) fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self(from_fn(|lane| of(self.0[lane])))
    }

    #[inline(always)]
    fn zip(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self(from_fn(|lane| of(self.0[lane], other.0[lane])))
    }

    /// The smaller of the two in each lane; the bound where a number is NaN.
    #[inline(always)]
    pub(crate) fn at_most(self, bound: Self) -> Self {
        self.zip(bound, |value, bound| if value < bound { value } else { bound })
    }

    /// The larger of the two in each lane; the bound where a number is NaN.
    #[inline(always)]
    pub(crate) fn at_least(self, bound: Self) -> Self {
        self.zip(bound, |value, bound| if value > bound { value } else { bound })
    }

    /// Lanes in which `holds` is true; comparisons with NaN are false.
    #[inline(always)]
    pub(crate) fn compare(self, other: Self, holds: impl Fn(f64, f64) -> bool) -> Mask<L> {
        from_fn(|lane| holds(self.0[lane], other.0[lane]))
    }

    /// These numbers where `mask` is true, `other` elsewhere.
    #[inline(always)]
    pub(crate) fn where_else(self, mask: Mask<L>, other: Self) -> Self {
        Self(from_fn(|lane| if mask[lane] { self.0[lane] } else { other.0[lane] }))
    }

    /// `e^x`, to 2 units in the last place, with x held in [-700, 700].
    #[inline(always)]
    pub(crate) fn exp(self) -> Self {
        self.map(exp)
    }

    /// Natural logarithm of a finite number above 1e-300, to 2 units in the last place.
    #[inline(always)]
    pub(crate) fn ln(self) -> Self {
        self.map(ln)
    }
}

impl<const L: usize> Add for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |left, right| left + right)
    }
}

impl<const L: usize> Sub for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |left, right| left - right)
    }
}

impl<const L: usize> Mul for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |left, right| left * right)
    }
}

impl<const L: usize> Div for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |left, right| left / right)
    }
}

impl<const L: usize> Neg for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|value| -value)
    }
}

/// Adding this to a small number and subtracting it again rounds the number to the nearest integer:
/// 1.5 * 2^52.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// The logarithm of 2 in two parts, the first with so few digits that small multiples are exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `2^k * e^r` with |r| at most half of ln 2, where the exponential series needs 13 terms.
#[inline(always)]
fn exp(x: f64) -> f64 {
    let above = if x > -700.0 { x } else { -700.0 };
    let held = if above < 700.0 { above } else { 700.0 };
    let shifted = held * std::f64::consts::LOG2_E + ROUNDING;
    let power = shifted - ROUNDING;
    let r = (held - power * LN_2_HIGH) - power * LN_2_LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    // The sums are grouped in pairs, so that few multiplications wait for another.
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle =
        (1.0 / 720.0 + r * (1.0 / 5_040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
        + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    let rest = low + r4 * (middle + r4 * high);
    // The low bits of `shifted` are the integer; moved up they are an exponent.
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1_023 << 52));
    (1.0 + (r + r2 * rest)) * scale
}

/// Bits of the square root of one half.
const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;

/// `k ln 2 + ln m` with m between the roots of one half and 2.
///
/// # Reference
/// Coefficients and order of operations of `e_log.c` in FDLIBM (Sun Microsystems, 1993).
#[inline(always)]
fn ln(x: f64) -> f64 {
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    // The exponent plus 1,023 as an integer, read as the last digits of a number near 2^52.
    let exponent = offset.wrapping_add(1_023 << 52) >> 52;
    let k = f64::from_bits(exponent | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1_023.0);
    let f = f64::from_bits(x.to_bits().wrapping_sub(offset & 0xFFF0_0000_0000_0000)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w
        * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73));
    let odd = z
        * (0.666_666_666_666_673_5
            + w * (0.285_714_287_436_623_9
                + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)));
    let half_square = 0.5 * f * f;
    k * LN_2_HIGH - ((half_square - (s * (half_square + (even + odd)) + k * LN_2_LOW)) - f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest relative difference of `ours` from the library over `count` numbers from `low` to `high`.
    fn largest_miss(low: f64, high: f64, ours: fn(f64) -> f64, theirs: fn(f64) -> f64) -> f64 {
        let count = 200_003;
        let at = |k: i32| low + (high - low) * f64::from(k) / f64::from(count);
        let miss = |x: f64| (ours(x) - theirs(x)).abs() / theirs(x).abs().max(f64::MIN_POSITIVE);
        (0..=count).map(at).map(miss).fold(0.0, f64::max)
    }

    /// Units in the last place of a number are at most 2.3e-16 of it, and 2 are claimed.
    const TWO_UNITS: f64 = 4.5e-16;

    #[test]
    fn powers_of_e_are_those_of_the_library() {
        for (low, high) in [(-1.0, 1.0), (-20.0, 20.0), (-690.0, 690.0)] {
            let miss = largest_miss(low, high, exp, f64::exp);
            assert!(miss < TWO_UNITS, "{low} to {high}: {miss}");
        }
        assert_eq!([exp(0.0), exp(-1e9)].map(f64::to_bits), [1.0, exp(-700.0)].map(f64::to_bits));
        assert_eq!(exp(1e9).to_bits(), exp(700.0).to_bits());
    }

    #[test]
    fn logarithms_are_those_of_the_library() {
        for (low, high) in [(0.4, 0.999), (1.001, 3.0), (1e-3, 1e3), (1e-280, 1e280)] {
            let miss = largest_miss(low, high, ln, f64::ln);
            assert!(miss < TWO_UNITS, "{low} to {high}: {miss}");
        }
        assert!(ln(1.0).abs() < f64::MIN_POSITIVE);
        // Numbers close to 1 are tested too, where digits cancel.
        for x in [1.0 - 1e-12, 1.0 + 1e-12, 1.0 + 1e-6] {
            assert!((ln(x) / x.ln() - 1.0).abs() < TWO_UNITS, "{x}");
        }
    }
}
