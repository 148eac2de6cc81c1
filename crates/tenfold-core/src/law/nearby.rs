//! Laws `scale * m^-exponent + constant` near a known one: where refits of resampled errors start.
//!
//! Resampled errors scatter around a fit, so the best law for them is near it: to first order its log
//! errors are sums of theirs. Three of its log errors, at the ends of the sizes and half-way between
//! in the log, are a law in closed form, and as functions of the errors they are far straighter than its
//! parameters, so that one step from there is usually all that is left to do.
//!
//! # Reference
//! Ratkowsky (1990), "Handbook of nonlinear regression models", on parameters that are expected values.

#![expect(clippy::needless_bitwise_bool, reason = "lanes have no branches")]
#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use std::array::from_fn;

use crate::law::lanes::{Lanes, Mask};
use crate::law::points::LOG_LIMIT;
use crate::law::projection::{FLATTEST, STEEPEST};
use crate::law::refine::{Laws, power};

/// Where the best law for resampled errors of one window probably is.
#[derive(Clone, Debug)]
pub(crate) struct Nearby {
    /// Log errors of the known law.
    logs: Vec<f64>,
    /// Three orthonormal columns, one row a size, that span what near laws differ by in log error.
    directions: Vec<[f64; 3]>,
    /// Log errors of the known law at three sizes.
    three_logs: [f64; 3],
    /// What a step along each direction adds to them, one row a size.
    three_directions: [[f64; 3]; 3],
    /// Log of the ratio between neighbours of the three sizes, of which the last is the largest.
    step: f64,
}

/// What the three log errors say.
pub(crate) struct Start<const L: usize> {
    /// The law through them.
    pub(crate) law: Laws<L>,
    /// Where it is one that can be searched from.
    pub(crate) is_law: Mask<L>,
    /// Where it falls too straight for a constant above 0.
    pub(crate) is_straight: Mask<L>,
    /// The least sum of squares, to first order.
    pub(crate) least: Lanes<L>,
}

/// Share of its length that must be left of each column of derivatives without those before it: below,
/// steps along it are rounding errors.
const SMALLEST_LEFT: f64 = 1e-5;

impl Nearby {
    /// For errors that scatter around `[scale, exponent, constant]` at `log_sizes`; `None` where these
    /// sizes do not determine all three.
    pub(crate) fn new(law: [f64; 3], log_sizes: &[f64]) -> Option<Self> {
        let [scale, exponent, constant] = law;
        let step = -0.5 * log_sizes.first()?;
        // Derivatives of the log error by ln scale, exponent and constant, and the log error.
        let at = |log_size: f64| {
            let above = scale * power(log_size, Lanes([exponent])).0[0];
            let error = above + constant;
            ([above / error, -log_size * above / error, 1.0 / error], Lanes([error]).ln().0[0])
        };
        let three = [-2.0 * step, -step, 0.0].map(at);
        let (mut rows, logs): (Vec<[f64; 3]>, Vec<f64>) =
            log_sizes.iter().map(|&log_size| at(log_size)).unzip();
        let count = rows.len();
        rows.extend(three.map(|(row, _)| row));
        orthonormalise(&mut rows, count)?;
        let three_directions = from_fn(|at| rows[count + at]);
        rows.truncate(count);
        let three_logs = three.map(|(_, log)| log);
        Some(Self { logs, directions: rows, three_logs, three_directions, step })
    }

    /// The law that `log_errors` of the window's sizes lead to.
    #[inline(always)]
    pub(crate) fn start<const L: usize>(&self, log_errors: &[Lanes<L>]) -> Start<L> {
        let mut least = Lanes::all(0.0);
        let mut along = [least; 3];
        let sizes = self.directions.iter().zip(&self.logs).zip(log_errors);
        for ((directions, &log), &log_error) in sizes {
            let apart = log_error - Lanes::all(log);
            least = least + apart * apart;
            for (along, &direction) in along.iter_mut().zip(directions) {
                *along = *along + Lanes::all(direction) * apart;
            }
        }
        least = along.iter().fold(least, |least, &along| least - along * along);
        let [first, second, third] = along;
        let logs: [Lanes<L>; 3] = from_fn(|at| {
            let [by_first, by_second, by_third] = self.three_directions[at].map(Lanes::all);
            Lanes::all(self.three_logs[at])
                + by_first * first
                + by_second * second
                + by_third * third
        });
        let limit = Lanes::all(LOG_LIMIT);
        let [first, middle, last] = logs.map(|log| log.at_most(limit).at_least(-limit).exp());
        let (early, late) = (first - middle, middle - last);
        let ratio = early / late;
        let falls = |fall: Lanes<L>| fall.compare(Lanes::all(0.0), |fall, zero| fall > zero);
        let (falls_early, falls_late) = (falls(early), falls(late));
        // Held above 1e-300, below which there is no logarithm.
        let exponent = ratio.at_least(Lanes::all(1e-300)).ln() / Lanes::all(self.step);
        let scale = late / (ratio - Lanes::all(1.0));
        let constant = last - scale;
        let is_bent = exponent.compare(Lanes::all(FLATTEST), |value, bound| value >= bound);
        let is_flatter = exponent.compare(Lanes::all(STEEPEST), |value, bound| value <= bound);
        let has_constant = constant.compare(Lanes::all(0.0), |constant, zero| constant > zero);
        let is_fall: Mask<L> = from_fn(|lane| falls_early[lane] & falls_late[lane]);
        Start {
            law: Laws { scale, exponent, constant, sum_of_squares: Lanes::all(f64::INFINITY) },
            is_law: from_fn(|lane| {
                is_fall[lane] & is_bent[lane] & is_flatter[lane] & has_constant[lane]
            }),
            is_straight: from_fn(|lane| {
                is_fall[lane] & is_flatter[lane] & !(is_bent[lane] & has_constant[lane])
            }),
            least,
        }
    }
}

/// Makes the columns of the first `count` rows orthonormal, with the same operations on further rows;
/// `None` where the columns do not span three dimensions.
fn orthonormalise(rows: &mut [[f64; 3]], count: usize) -> Option<()> {
    let product = |rows: &[[f64; 3]], one: usize, other: usize| -> f64 {
        rows[..count].iter().map(|row| row[one] * row[other]).sum()
    };
    let lengths: [f64; 3] = from_fn(|column| product(rows, column, column).sqrt());
    for column in 0..3 {
        let length = product(rows, column, column).sqrt();
        // Not a number counts as nothing left.
        let is_left = length > SMALLEST_LEFT * lengths[column];
        if !is_left {
            return None;
        }
        for row in rows.iter_mut() {
            row[column] /= length;
        }
        for next in column + 1..3 {
            let along = product(rows, column, next);
            for row in rows.iter_mut() {
                row[next] -= along * row[column];
            }
        }
    }
    Some(())
}
