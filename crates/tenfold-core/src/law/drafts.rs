//! Refits on resampled errors: several columns side by side, all windows of each in one go.
//!
//! Windows end at the same size, so the sums behind the grid of a wider one are those of the narrower
//! one and a few sizes more.

#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use std::ops::Range;

use crate::law::lanes::{Lanes, Mask};
use crate::law::points::PowerTable;
use crate::law::projection::{Amplitudes, DRAFT_SEARCH, EXPONENTS, FLATTEST, STEEPEST};
use crate::law::refine::{End, Laws, power, refine};
use crate::law::{Fitted, padded};

/// Rows that are refitted side by side.
const SIDE_BY_SIDE: usize = 4;

/// Relative fall of the sum of squares below which the refit of a resample stops.
const SMALLEST_FALL: f64 = 3e-3;

/// Resampled errors of one curve and the windows to fit them in.
#[derive(Clone, Copy, Debug)]
pub struct Resamples<'a> {
    pub(crate) table: &'a PowerTable,
    /// First size of each window, increasing.
    pub(crate) starts: &'a [usize],
    /// Relative log errors, one row a resample with a value for every size.
    pub(crate) log_errors: &'a [f64],
    /// Relative error of the best constant guess, where known.
    pub(crate) best_guess: Option<f64>,
}

/// The best `scale * m^-exponent + constant` for every window of every row, rows first.
pub(crate) fn refit_power_and_constant(resamples: &Resamples<'_>) -> Vec<Fitted> {
    let Resamples { table, starts, log_errors, .. } = resamples;
    let rows: Vec<&[f64]> = log_errors.chunks(table.len()).collect();
    let nothing = Fitted { parameters: padded(&[]), sum_of_squares: f64::INFINITY };
    let mut members = vec![nothing; rows.len() * starts.len()];
    for (side_by_side, members) in
        rows.chunks(SIDE_BY_SIDE).zip(members.chunks_mut(SIDE_BY_SIDE * starts.len()))
    {
        // The last few are repeated to fill the lanes.
        let lanes: [&[f64]; SIDE_BY_SIDE] =
            std::array::from_fn(|lane| side_by_side[lane.min(side_by_side.len() - 1)]);
        refit_rows(table, lanes, starts, |window, laws| {
            for (lane, row) in members.chunks_mut(starts.len()).enumerate() {
                let [scale, exponent, constant] =
                    [laws.scale, laws.exponent, laws.constant].map(|lanes| lanes.0[lane]);
                row[window] = Fitted {
                    parameters: padded(&[scale, -exponent, constant]),
                    sum_of_squares: laws.sum_of_squares.0[lane],
                };
            }
        });
    }
    members
}

/// Errors drawn for all sizes, with what the projection needs of each.
struct Drawn<const L: usize> {
    log_errors: Vec<Lanes<L>>,
    inverse_errors: Vec<Lanes<L>>,
}

/// Calls `found` with the number of each window and its best laws, the narrowest window first.
fn refit_rows<const L: usize>(
    table: &PowerTable,
    rows: [&[f64]; L],
    starts: &[usize],
    mut found: impl FnMut(usize, Laws<L>),
) {
    let log_errors: Vec<Lanes<L>> =
        (0..table.len()).map(|at| Lanes(std::array::from_fn(|lane| rows[lane][at]))).collect();
    let inverse_errors = log_errors.iter().map(|&log| (-log).exp()).collect();
    let drawn = Drawn { log_errors, inverse_errors };
    let mut sums = Sums::new();
    let mut reached = table.len();
    for (window, &first) in starts.iter().enumerate().rev() {
        sums.add(table, &drawn, first..reached);
        reached = first;
        found(window, window_fit(table, &drawn, first, &sums));
    }
}

/// The sums behind the grid: those of [`Amplitudes`], over the sizes added so far.
struct Sums<const L: usize> {
    of_powers: [[Lanes<L>; 3]; EXPONENTS],
    one_one: Lanes<L>,
    one_error: Lanes<L>,
}

impl<const L: usize> Sums<L> {
    fn new() -> Self {
        let zero = Lanes::all(0.0);
        Self { of_powers: [[zero; 3]; EXPONENTS], one_one: zero, one_error: zero }
    }

    #[inline(always)]
    fn add(&mut self, table: &PowerTable, drawn: &Drawn<L>, sizes: Range<usize>) {
        let inverse_errors = &drawn.inverse_errors[sizes.clone()];
        for &inverse in inverse_errors {
            self.one_one = self.one_one + inverse * inverse;
            self.one_error = self.one_error + inverse;
        }
        for (at, sums) in self.of_powers.iter_mut().enumerate() {
            let [mut power_power, mut power_one, mut power_error] = *sums;
            let powers = table.powers_at(at, sizes.clone());
            for (power, &inverse) in powers.zip(inverse_errors) {
                let power = Lanes::all(power);
                let weighted = inverse * inverse * power;
                power_power = power_power + weighted * power;
                power_one = power_one + weighted;
                power_error = power_error + inverse * power;
            }
            *sums = [power_power, power_one, power_error];
        }
    }

    /// Where the grid has an exponent whose best scale and constant are both above 0, and the best.
    #[inline(always)]
    fn best(&self, table: &PowerTable) -> (Mask<L>, Laws<L>) {
        let zero = Lanes::all(0.0);
        let mut most = zero;
        let mut is_found = [false; L];
        let mut best =
            Laws { scale: zero, exponent: zero, constant: zero, sum_of_squares: Lanes::all(1.0) };
        // Scale and constant are divided by the determinant at the end, which stands in for the sum.
        for (at, &sums) in self.of_powers.iter().enumerate() {
            let tried = Amplitudes::of(sums, self.one_one, self.one_error);
            let is_better = tried.explain_more_than(most);
            most = tried.explained.where_else(is_better, most);
            let law = Laws {
                scale: tried.scale,
                exponent: Lanes::all(table.exponent(at)),
                constant: tried.constant,
                sum_of_squares: tried.determinant,
            };
            best = law.where_else(is_better, best);
            is_found = std::array::from_fn(|lane| is_found[lane] | is_better[lane]);
        }
        let law = Laws {
            scale: best.scale / best.sum_of_squares,
            exponent: best.exponent,
            constant: best.constant / best.sum_of_squares,
            sum_of_squares: Lanes::all(f64::INFINITY),
        };
        (is_found, law)
    }
}

/// The best law for the sizes from number `first` on, whose sums are `sums`.
#[inline(always)]
fn window_fit<const L: usize>(
    table: &PowerTable,
    drawn: &Drawn<L>,
    first: usize,
    sums: &Sums<L>,
) -> Laws<L> {
    let log_sizes = &table.log_sizes()[first..];
    let log_errors = &drawn.log_errors[first..];
    let points = log_sizes.iter().copied().zip(log_errors.iter().copied());
    let (alone, constant) = edges(log_sizes, log_errors);
    let less = |one: Laws<L>, other: Laws<L>| {
        one.sum_of_squares.compare(other.sum_of_squares, |one, other| one < other)
    };
    let edge = alone.where_else(less(alone, constant), constant);
    let (is_found, start) = sums.best(table);
    let mut wanted = is_found;
    if is_found.contains(&false) {
        // The grid weighs residuals a little differently: a small constant may help all the same.
        let would_help = constant_would_help(points.clone(), &alone);
        wanted = std::array::from_fn(|lane| is_found[lane] | would_help[lane]);
        if !wanted.contains(&true) {
            return edge;
        }
    }
    let end = End { steps: DRAFT_SEARCH, smallest_fall: SMALLEST_FALL };
    let between = refine(&points, start.where_else(is_found, alone), wanted, end);
    let is_better = less(between, edge);
    between.where_else(std::array::from_fn(|lane| wanted[lane] & is_better[lane]), edge)
}

/// The best power laws, with slopes in the searched range, and the best constants.
#[inline(always)]
fn edges<const L: usize>(log_sizes: &[f64], log_errors: &[Lanes<L>]) -> (Laws<L>, Laws<L>) {
    let zero = Lanes::all(0.0);
    let count = log_sizes.len() as f64;
    let mean_size = log_sizes.iter().sum::<f64>() / count;
    let sum = log_errors.iter().fold(zero, |sum, &log_error| sum + log_error);
    let mean_error = sum / Lanes::all(count);
    let (mut variance, mut covariance) = (0.0, zero);
    for (log_size, &log_error) in log_sizes.iter().zip(log_errors) {
        let apart = log_size - mean_size;
        variance += apart * apart;
        covariance = covariance + Lanes::all(apart) * (log_error - mean_error);
    }
    let slope = covariance / Lanes::all(if variance > 0.0 { variance } else { f64::INFINITY });
    let exponent = (-slope).at_least(Lanes::all(FLATTEST)).at_most(Lanes::all(STEEPEST));
    let log_scale = mean_error + exponent * Lanes::all(mean_size);
    let (mut of_power, mut of_constant) = (zero, zero);
    for (&log_size, &log_error) in log_sizes.iter().zip(log_errors) {
        let residual = log_scale - exponent * Lanes::all(log_size) - log_error;
        of_power = of_power + residual * residual;
        let residual = log_error - mean_error;
        of_constant = of_constant + residual * residual;
    }
    let alone = Laws { scale: log_scale.exp(), exponent, constant: zero, sum_of_squares: of_power };
    let constant = Laws {
        scale: zero,
        exponent: Lanes::all(FLATTEST),
        constant: mean_error.exp(),
        sum_of_squares: of_constant,
    };
    (alone, constant)
}

/// Where raising the constant of power laws from 0 lowers their sums of squares.
#[inline(always)]
fn constant_would_help<const L: usize>(
    points: impl Iterator<Item = (f64, Lanes<L>)>,
    alone: &Laws<L>,
) -> Mask<L> {
    let log_scale = alone.scale.ln();
    let slope = points.fold(Lanes::all(0.0), |slope, (log_size, log_error)| {
        let log_fit = log_scale - alone.exponent * Lanes::all(log_size);
        slope + (log_fit - log_error) / alone.scale * power(-log_size, alone.exponent)
    });
    slope.compare(Lanes::all(0.0), |slope, zero| slope < zero)
}
