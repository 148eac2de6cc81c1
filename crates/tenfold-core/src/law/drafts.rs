//! Refits on resampled errors: several columns side by side, all windows of each in one go.
//!
//! A refit starts near the law that resampled errors scatter around, and from a grid of exponents where
//! that leads nowhere. Windows end at the same size, so the sums behind the grid of a wider one are
//! those of the narrower one and a few sizes more.

#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use std::array::from_fn;
use std::ops::Range;

use crate::law::edges::Edges;
use crate::law::lanes::{Lanes, Mask};
use crate::law::nearby::{Nearby, Start};
use crate::law::points::PowerTable;
use crate::law::projection::{Amplitudes, DRAFT_SEARCH, EXPONENTS};
use crate::law::refine::{End, Laws, refine};
use crate::law::{Fitted, Parameters, padded};

/// Rows that are refitted side by side.
const SIDE_BY_SIDE: usize = 4;

/// Relative fall of the sum of squares below which the refit of a resample stops.
const SMALLEST_FALL: f64 = 3e-3;

/// Sum of squares, over the least one to first order, above which the valley that a refit ended in is
/// not taken for the deepest.
const DOUBTFUL: f64 = 1.05;

/// Resampled errors of one curve and the windows to fit them in.
#[derive(Clone, Copy, Debug)]
pub struct Resamples<'a> {
    pub(crate) table: &'a PowerTable,
    /// First size of each window, increasing.
    pub(crate) starts: &'a [usize],
    /// Relative log errors, one row a resample with a value for every size.
    pub(crate) log_errors: &'a [f64],
    /// The member that the errors scatter around.
    pub(crate) centre: Parameters,
    /// Relative error of the best constant guess, where known.
    pub(crate) best_guess: Option<f64>,
}

/// The best `scale * m^-exponent + constant` for every window of every row, rows first.
pub(crate) fn refit_power_and_constant(resamples: &Resamples<'_>) -> Vec<Fitted> {
    let Resamples { table, starts, log_errors, centre, .. } = resamples;
    let [scale, slope, constant, ..] = *centre;
    let nearby =
        |&first: &usize| Nearby::new([scale, -slope, constant], &table.log_sizes()[first..]);
    let windows = Windows { table, starts, nearby: starts.iter().map(nearby).collect() };
    let rows: Vec<&[f64]> = log_errors.chunks(table.len()).collect();
    let nothing = Fitted { parameters: padded(&[]), sum_of_squares: f64::INFINITY };
    let mut members = vec![nothing; rows.len() * starts.len()];
    for (side_by_side, members) in
        rows.chunks(SIDE_BY_SIDE).zip(members.chunks_mut(SIDE_BY_SIDE * starts.len()))
    {
        // The last few are repeated to fill the lanes.
        let lanes: [&[f64]; SIDE_BY_SIDE] =
            from_fn(|lane| side_by_side[lane.min(side_by_side.len() - 1)]);
        refit_rows(&windows, lanes, |window, laws| {
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

/// What all rows share.
struct Windows<'a> {
    table: &'a PowerTable,
    starts: &'a [usize],
    /// Where refits start, one a window.
    nearby: Vec<Option<Nearby>>,
}

/// Calls `found` with the number of each window and its best laws, the narrowest window first.
fn refit_rows<const L: usize>(
    windows: &Windows<'_>,
    rows: [&[f64]; L],
    mut found: impl FnMut(usize, Laws<L>),
) {
    let Windows { table, starts, nearby } = windows;
    let log_errors: Vec<Lanes<L>> =
        (0..table.len()).map(|at| Lanes(from_fn(|lane| rows[lane][at]))).collect();
    let mut grid = None;
    for (window, (&first, nearby)) in starts.iter().zip(nearby).enumerate().rev() {
        let log_sizes = &table.log_sizes()[first..];
        let start = nearby.as_ref().map(|nearby| nearby.start(&log_errors[first..]));
        let best_of_grid = || {
            let grid = grid.get_or_insert_with(|| Grid::new(table, &log_errors));
            grid.best_from(first)
        };
        found(window, window_fit(log_sizes, &log_errors[first..], start.as_ref(), best_of_grid));
    }
}

/// The search for exponents from nothing.
struct Grid<'a, const L: usize> {
    table: &'a PowerTable,
    inverse_errors: Vec<Lanes<L>>,
    /// Number of the smallest size in the sums.
    reached: usize,
    sums: Sums<L>,
}

impl<'a, const L: usize> Grid<'a, L> {
    fn new(table: &'a PowerTable, log_errors: &[Lanes<L>]) -> Self {
        let inverse_errors = log_errors.iter().map(|&log| (-log).exp()).collect();
        Self { table, inverse_errors, reached: table.len(), sums: Sums::new() }
    }

    /// The best of the grid for the sizes from number `first` on, which is not above that asked for before.
    fn best_from(&mut self, first: usize) -> (Mask<L>, Laws<L>) {
        self.sums.add(self.table, &self.inverse_errors, first..self.reached);
        self.reached = first;
        self.sums.best(self.table)
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
    fn add(&mut self, table: &PowerTable, inverse_errors: &[Lanes<L>], sizes: Range<usize>) {
        let inverse_errors = &inverse_errors[sizes.clone()];
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
            is_found = from_fn(|lane| is_found[lane] | is_better[lane]);
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

/// The best law for the sizes and errors of a window.
#[inline(always)]
fn window_fit<const L: usize>(
    log_sizes: &[f64],
    log_errors: &[Lanes<L>],
    nearby: Option<&Start<L>>,
    mut best_of_grid: impl FnMut() -> (Mask<L>, Laws<L>),
) -> Laws<L> {
    let points = log_sizes.iter().copied().zip(log_errors.iter().copied());
    let edges = Edges::of(log_sizes, log_errors);
    let (mut start, mut wanted, is_unclear) = match nearby {
        Some(nearby) if !nearby.is_law.contains(&false) => (nearby.law, nearby.is_law, [false; L]),
        Some(nearby) => {
            let is_unclear = from_fn(|lane| !(nearby.is_law[lane] | nearby.is_straight[lane]));
            (nearby.law.where_else(nearby.is_law, edges.alone()), nearby.is_law, is_unclear)
        }
        None => (edges.alone(), [false; L], [true; L]),
    };
    if is_unclear.contains(&true) {
        let (is_found, of_grid) = best_of_grid();
        let is_taken = from_fn(|lane| is_unclear[lane] & is_found[lane]);
        start = of_grid.where_else(is_taken, start);
        wanted = from_fn(|lane| wanted[lane] | is_taken[lane]);
    }
    if wanted.contains(&false) {
        // Neither weighs residuals quite as logs do: a small constant may help all the same.
        let would_help = edges.constant_would_help(points);
        wanted = from_fn(|lane| wanted[lane] | would_help[lane]);
        if !wanted.contains(&true) {
            return edges.best();
        }
    }
    let mut between = searched(log_sizes, log_errors, start, wanted);
    let is_doubtful = nearby.map_or([false; L], |nearby| {
        let limit = Lanes::all(DOUBTFUL) * nearby.least;
        let is_above = between.sum_of_squares.compare(limit, |found, limit| found > limit);
        from_fn(|lane| nearby.is_law[lane] & is_above[lane])
    });
    if is_doubtful.contains(&true) {
        let (is_found, of_grid) = best_of_grid();
        let again = from_fn(|lane| is_doubtful[lane] & is_found[lane]);
        if again.contains(&true) {
            let other = searched(log_sizes, log_errors, of_grid, again);
            let is_better = other.sum_of_squares.is_less_than(between.sum_of_squares);
            between = other.where_else(from_fn(|lane| again[lane] & is_better[lane]), between);
        }
    }
    let is_better = between.sum_of_squares.is_less_than(edges.sum_of_squares());
    let is_better: Mask<L> = from_fn(|lane| wanted[lane] & is_better[lane]);
    if is_better.contains(&false) { between.where_else(is_better, edges.best()) } else { between }
}

/// What `wanted` laws that start somewhere are refined to.
fn searched<const L: usize>(
    log_sizes: &[f64],
    log_errors: &[Lanes<L>],
    start: Laws<L>,
    wanted: Mask<L>,
) -> Laws<L> {
    let points = log_sizes.iter().copied().zip(log_errors.iter().copied());
    let end = End { steps: DRAFT_SEARCH, smallest_fall: SMALLEST_FALL };
    refine(&points, start, wanted, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{
        CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, PowerLawOffset, fit_power_and_constant,
    };
    use crate::stats::random::RandomStream;

    /// Refits of `[scale, exponent, constant]` with `noise` in ten sizes against full searches of the same
    /// rows: the share whose sum of squares is more than 1 % larger, and the root mean square
    /// difference of log errors at four times the data, as a share of their deviation over rows.
    fn against_full_searches(law: [f64; 3], noise: f64) -> (f64, f64) {
        let table =
            PowerTable::new((0..10).map(|k| f64::from(k - 9) * std::f64::consts::LN_2).collect());
        let centre = padded(&[law[0], -law[1], law[2]]);
        let log_at =
            |law: &Parameters, log_size: f64| PowerLawOffset.predict(law, log_size.exp()).ln();
        let mut stream = RandomStream::new(3, 0);
        let log_errors: Vec<f64> = (0..500)
            .flat_map(|_| table.log_sizes())
            .map(|&log_size| log_at(&centre, log_size) + noise * stream.normal())
            .collect();
        let starts = [0, 1, 2, 3, 4, 5];
        let refits = refit_power_and_constant(&Resamples {
            table: &table,
            starts: &starts,
            log_errors: &log_errors,
            centre,
            best_guess: None,
        });
        let mut column = ErrorColumn::default();
        let (mut worse, mut differences, mut full_logs) = (0.0, 0.0, Vec::new());
        for (row, refits) in log_errors.chunks(10).zip(refits.chunks(starts.len())) {
            column.set(row.iter().copied());
            for (&first, refit) in starts.iter().zip(refits) {
                let points = FitPoints::new(&table, &column, first, FULL_SEARCH);
                let full = fit_power_and_constant(&points);
                let squares = table.log_sizes().iter().zip(row).skip(first);
                let squares =
                    squares.map(|(&at, log)| (log_at(&refit.parameters, at) - log).powi(2));
                worse += f64::from(u8::from(squares.sum::<f64>() > 1.01 * full.sum_of_squares));
                let full = padded(&[full.scale, -full.exponent, full.constant]);
                let beyond = 4_f64.ln();
                full_logs.push(log_at(&full, beyond));
                differences += (log_at(&refit.parameters, beyond) - log_at(&full, beyond)).powi(2);
            }
        }
        let count = full_logs.len() as f64;
        let mean = full_logs.iter().sum::<f64>() / count;
        let variance = full_logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / count;
        (worse / count, (differences / count / variance).sqrt())
    }

    #[test]
    fn refits_that_start_near_the_fit_find_what_full_searches_find() {
        // A refit stops where the next step should lower the sum of squares by less than 0.3 %; in valleys
        // as long as those of noisy curves without a clear floor that leaves it further from the end.
        let laws = [[0.5, 0.3, 0.5], [0.8, 0.5, 0.2], [0.97, 0.2, 0.03], [1.0, 0.4, 0.0]];
        for (noise, most_worse, farthest) in [(0.02, 0.001, 0.01), (0.1, 0.06, 0.1)] {
            for law in laws {
                let (worse, apart) = against_full_searches(law, noise);
                assert!(worse <= most_worse, "{law:?} with noise {noise}: {worse}");
                assert!(apart <= farthest, "{law:?} with noise {noise}: {apart}");
            }
        }
    }

    #[test]
    fn refits_of_noise_around_a_flat_curve_find_what_full_searches_find() {
        // There is no law to be near: many sums of squares have two valleys, and the nearer is taken.
        let (worse, apart) = against_full_searches([0.02, 0.3, 0.98], 0.1);
        assert!(worse <= 0.15, "{worse}");
        assert!(apart <= 0.2, "{apart}");
    }

    #[test]
    fn a_law_without_a_power_is_searched_from_nothing() {
        let (worse, apart) = against_full_searches([0.0, 0.1, 1.0], 0.02);
        assert!(worse <= 0.06, "{worse}");
        assert!(apart <= 0.1, "{apart}");
    }
}
