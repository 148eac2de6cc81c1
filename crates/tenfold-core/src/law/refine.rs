//! The last step of a fit of `scale * m^-exponent + constant`: all three at once, in log residuals.
//!
//! Several fits of the same sizes run side by side, each with its own damping and its own end.
//!
//! # Reference
//! Marquardt (1963), "An algorithm for least-squares estimation of nonlinear parameters".

#![expect(clippy::needless_bitwise_bool, reason = "lanes have no branches")]
#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use std::array::from_fn;

use crate::law::exponents::{FLATTEST, STEEPEST, power};
use crate::law::lanes::{Lanes, Mask};

/// Laws side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Laws<const L: usize> {
    /// Factors of the power, not below 0.
    pub(crate) scale: Lanes<L>,
    /// Positive where the error falls.
    pub(crate) exponent: Lanes<L>,
    /// Constants, not below 0.
    pub(crate) constant: Lanes<L>,
    /// Sums of squared log residuals.
    pub(crate) sum_of_squares: Lanes<L>,
}

impl<const L: usize> Laws<L> {
    /// These laws where `mask` is true, `other` elsewhere.
    #[inline(always)]
    pub(crate) fn where_else(self, mask: Mask<L>, other: Self) -> Self {
        Self {
            scale: self.scale.where_else(mask, other.scale),
            exponent: self.exponent.where_else(mask, other.exponent),
            constant: self.constant.where_else(mask, other.constant),
            sum_of_squares: self.sum_of_squares.where_else(mask, other.sum_of_squares),
        }
    }
}

/// Largest relative change of a scale, exponent or constant in a step whose result is not checked.
///
/// In a long valley, a step may gain little and lead far, where residuals are no longer as linear
/// as the step assumes.
const SHORT: f64 = 0.3;

impl<const L: usize> Laws<L> {
    /// Where every parameter of `other` is close to this one's.
    #[inline(always)]
    fn is_close_to(&self, other: &Self) -> Mask<L> {
        let pairs = [
            (self.scale, other.scale),
            (self.exponent, other.exponent),
            (self.constant, other.constant),
        ];
        let is_close = pairs.map(|(here, there)| {
            let apart = (there - here).map(f64::abs);
            apart.compare(Lanes::all(SHORT) * here, |apart, limit| apart <= limit)
        });
        from_fn(|lane| is_close[0][lane] & is_close[1][lane] & is_close[2][lane])
    }
}

/// When a refinement ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// Most steps.
    pub(crate) steps: usize,
    /// Relative fall of the sum of squares below which the refinement ends.
    pub(crate) smallest_fall: f64,
}

/// Sums of the 3 by 3 normal equations of log residuals on (scale, exponent, constant).
#[derive(Clone, Copy, Debug)]
struct Normal<const L: usize> {
    /// Upper triangle, row by row.
    matrix: [Lanes<L>; 6],
    gradient: [Lanes<L>; 3],
    sum_of_squares: Lanes<L>,
}

impl<const L: usize> Normal<L> {
    /// The normal equations at laws; `points` are the log sizes and log errors.
    #[inline(always)]
    fn at(points: impl Iterator<Item = (f64, Lanes<L>)>, law: &Laws<L>) -> Self {
        let zero = Lanes::all(0.0);
        let [mut ss, mut se, mut sc, mut ee, mut ec, mut cc] = [zero; 6];
        let [mut gs, mut ge, mut gc] = [zero; 3];
        let mut sum_of_squares = zero;
        for (log_size, log_error) in points {
            let power = power(log_size, law.exponent);
            let above = law.scale * power;
            let fit = above + law.constant;
            let residual = fit.ln() - log_error;
            let by_constant = Lanes::all(1.0) / fit;
            let by_scale = power * by_constant;
            let by_exponent = Lanes::all(-log_size) * above * by_constant;
            sum_of_squares = sum_of_squares + residual * residual;
            ss = ss + by_scale * by_scale;
            se = se + by_scale * by_exponent;
            sc = sc + by_scale * by_constant;
            ee = ee + by_exponent * by_exponent;
            ec = ec + by_exponent * by_constant;
            cc = cc + by_constant * by_constant;
            gs = gs + by_scale * residual;
            ge = ge + by_exponent * residual;
            gc = gc + by_constant * residual;
        }
        Self { matrix: [ss, se, sc, ee, ec, cc], gradient: [gs, ge, gc], sum_of_squares }
    }

    #[inline(always)]
    fn where_else(self, mask: Mask<L>, other: Self) -> Self {
        let sum_of_squares = self.sum_of_squares.where_else(mask, other.sum_of_squares);
        let (mut matrix, mut gradient) = (self.matrix, self.gradient);
        for (entry, other) in matrix.iter_mut().zip(other.matrix) {
            *entry = entry.where_else(mask, other);
        }
        for (entry, other) in gradient.iter_mut().zip(other.gradient) {
            *entry = entry.where_else(mask, other);
        }
        Self { matrix, gradient, sum_of_squares }
    }

    /// The damped step of (scale, exponent, constant); the exponent stays where a bound stops it.
    #[inline(always)]
    fn step(&self, damping: Lanes<L>, exponent: Lanes<L>) -> [Lanes<L>; 3] {
        let (zero, one) = (Lanes::all(0.0), Lanes::all(1.0));
        let [ss, se, sc, ee, ec, cc] = self.matrix;
        let [gs, ge, gc] = self.gradient;
        let is_flattest = exponent.compare(Lanes::all(FLATTEST), |value, bound| value <= bound);
        let is_steepest = exponent.compare(Lanes::all(STEEPEST), |value, bound| value >= bound);
        let falls = ge.compare(zero, |slope, zero| slope > zero);
        let rises = ge.compare(zero, |slope, zero| slope < zero);
        let is_flat = ee.compare(zero, |square, zero| square <= zero);
        let is_held: Mask<L> = from_fn(|lane| {
            (is_flattest[lane] & falls[lane]) | (is_steepest[lane] & rises[lane]) | is_flat[lane]
        });
        let (se, ec, ge) = (
            zero.where_else(is_held, se),
            zero.where_else(is_held, ec),
            zero.where_else(is_held, ge),
        );
        let ee = one.where_else(is_held, ee);
        let grown = one + damping;
        let (ss, ee, cc) = (ss * grown, ee * grown, cc * grown);
        // Cramer's rule on a symmetric matrix; damping keeps the determinant above 0.
        let (first, second, third) = (ee * cc - ec * ec, se * cc - sc * ec, se * ec - sc * ee);
        let determinant = ss * first - se * second + sc * third;
        let inverse = Lanes::all(-1.0) / determinant;
        let (middle, last) = (ss * cc - sc * sc, ss * ee - se * se);
        let cross = ss * ec - se * sc;
        [
            inverse * (first * gs - second * ge + third * gc),
            inverse * (middle * ge - second * gs - cross * gc),
            inverse * (third * gs - cross * ge + last * gc),
        ]
    }
}

/// Largest part of the way to 0 that a step may move a scale or constant, so that both stay above
/// 0.
const TOWARDS_ZERO: f64 = 0.9;

/// The least sums of squares that damped Gauss-Newton steps from `start` reach.
///
/// A step that is expected to gain almost nothing is taken without checking its result. `points`:
/// log sizes and log errors; `wanted`: lanes whose end the loop waits for.
#[inline(always)]
pub(crate) fn refine<const L: usize>(
    points: &(impl Iterator<Item = (f64, Lanes<L>)> + Clone),
    start: Laws<L>,
    wanted: Mask<L>,
    end: End,
) -> Laws<L> {
    let mut law = start;
    let mut normal = Normal::at(points.clone(), &law);
    law.sum_of_squares = normal.sum_of_squares;
    let mut damping = Lanes::all(1e-9);
    let mut goes_on = wanted;
    for _ in 0..end.steps {
        let step = normal.step(damping, law.exponent);
        let held = |value: Lanes<L>, step: Lanes<L>| {
            (value + step).at_least(Lanes::all(1.0 - TOWARDS_ZERO) * value)
        };
        let exponent = (law.exponent + step[1]).at_least(Lanes::all(FLATTEST));
        let trial = Laws {
            scale: held(law.scale, step[0]),
            exponent: exponent.at_most(Lanes::all(STEEPEST)),
            constant: held(law.constant, step[2]),
            sum_of_squares: law.sum_of_squares,
        };
        let little = Lanes::all(end.smallest_fall) * law.sum_of_squares;
        let [gs, ge, gc] = normal.gradient;
        // Fall of the sum of squares if the residuals are as linear as the step assumes.
        let expected = -(gs * step[0] + ge * step[1] + gc * step[2]);
        let is_small = expected.compare(little, |expected, little| expected <= little);
        let is_fall = expected.compare(Lanes::all(0.0), |expected, zero| expected >= zero);
        let is_safe = law.is_close_to(&trial);
        let ends: Mask<L> =
            from_fn(|lane| goes_on[lane] & is_small[lane] & is_fall[lane] & is_safe[lane]);
        let rest = (law.sum_of_squares - expected).at_least(Lanes::all(0.0));
        law = Laws { sum_of_squares: rest, ..trial }.where_else(ends, law);
        goes_on = from_fn(|lane| goes_on[lane] & !ends[lane]);
        if !goes_on.contains(&true) {
            break;
        }
        let found = Normal::at(points.clone(), &trial);
        // Not a number counts as a failure.
        let falls = found.sum_of_squares.compare(law.sum_of_squares, |new, old| new <= old);
        let is_better: Mask<L> = from_fn(|lane| falls[lane] & goes_on[lane]);
        let fall = law.sum_of_squares - found.sum_of_squares;
        let is_little = fall.compare(little, |fall, little| fall <= little);
        law = Laws { sum_of_squares: found.sum_of_squares, ..trial }.where_else(is_better, law);
        normal = found.where_else(is_better, normal);
        let shorter = (Lanes::all(0.1) * damping).at_least(Lanes::all(1e-12));
        let longer = (Lanes::all(10.0) * damping).at_least(Lanes::all(1e-3));
        damping = shorter.where_else(is_better, longer);
        goes_on = from_fn(|lane| goes_on[lane] & !(is_better[lane] & is_little[lane]));
        if !goes_on.contains(&true) {
            break;
        }
    }
    law
}
