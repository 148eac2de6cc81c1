//! The points of one curve as a fit sees them: relative units, with powers computed once.

use crate::law::exponents::{EXPONENTS, LOG_LIMIT, exponent_at, power};
use crate::law::lanes::Lanes;

/// Numbers that lie side by side where their arithmetic is the same, so that it vectorises.
pub const LANES: usize = 4;

/// Sizes relative to the largest, and their powers at every exponent of the search grid.
///
/// Shared by all windows and resamples of a curve, whose sizes are the same.
#[derive(Clone, Debug)]
pub struct PowerTable {
    log_sizes: Vec<f64>,
    /// One block for every four exponents, with one row a size.
    powers: Vec<[f64; LANES]>,
}

impl PowerTable {
    /// The table of `log_sizes`: logarithms of sizes relative to the largest, so at most 0.
    pub fn new(log_sizes: Vec<f64>) -> Self {
        let exponents: [f64; EXPONENTS] = std::array::from_fn(|row| exponent_at(row as f64));
        let powers = exponents
            .as_chunks::<LANES>()
            .0
            .iter()
            .flat_map(|&block| {
                log_sizes.iter().map(move |&log_size| power(log_size, Lanes(block)).0)
            })
            .collect();
        Self { log_sizes, powers }
    }

    /// Number of sizes.
    pub fn len(&self) -> usize {
        self.log_sizes.len()
    }

    /// Whether there are no sizes.
    pub fn is_empty(&self) -> bool {
        self.log_sizes.is_empty()
    }

    /// Logarithms of the sizes relative to the largest.
    pub fn log_sizes(&self) -> &[f64] {
        &self.log_sizes
    }
}

/// Errors at all sizes of a curve, with what the projection needs of each.
#[derive(Clone, Debug, Default)]
pub struct ErrorColumn {
    log_errors: Vec<f64>,
    errors: Vec<f64>,
    inverse_errors: Vec<f64>,
}

impl ErrorColumn {
    /// Replaces the column by errors whose relative logarithms are `log_errors`.
    pub fn set(&mut self, log_errors: impl Iterator<Item = f64>) {
        self.log_errors.clear();
        self.log_errors.extend(log_errors.map(|log| log.clamp(-LOG_LIMIT, LOG_LIMIT)));
        self.errors.clear();
        self.errors.extend(self.log_errors.iter().map(|log| log.exp()));
        self.inverse_errors.clear();
        self.inverse_errors.extend(self.errors.iter().map(|error| 1.0 / error));
    }

    /// Relative log errors, smallest size first.
    pub fn log_errors(&self) -> &[f64] {
        &self.log_errors
    }
}

/// A straight line through the middle of the points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLine {
    /// Mean of the relative log sizes.
    pub(crate) mean_size: f64,
    /// Mean of the relative log errors.
    pub(crate) mean_error: f64,
    /// Log error per log size; `None` if all sizes are equal.
    pub(crate) slope: Option<f64>,
}

impl LogLine {
    /// The line of least squares through log errors against log sizes.
    pub(crate) fn through(sizes: &[f64], errors: &[f64]) -> Self {
        let count = sizes.len() as f64;
        let mean_size = sizes.iter().sum::<f64>() / count;
        let mean_error = errors.iter().sum::<f64>() / count;
        let (mut variance, mut covariance) = (0.0, 0.0);
        for (size, error) in sizes.iter().zip(errors) {
            variance += (size - mean_size) * (size - mean_size);
            covariance += (size - mean_size) * (error - mean_error);
        }
        let slope = (variance > 0.0).then(|| covariance / variance);
        Self { mean_size, mean_error, slope }
    }
}

/// The points of one window: all sizes from number `first` on.
#[derive(Clone, Copy, Debug)]
pub struct FitPoints<'a> {
    table: &'a PowerTable,
    column: &'a ErrorColumn,
    first: usize,
    search_steps: usize,
    best_guess: Option<f64>,
}

impl<'a> FitPoints<'a> {
    /// The sizes of `table` from number `first` on, with the errors of `column`.
    ///
    /// `search_steps`: most steps spent on refining what the grid finds.
    pub fn new(
        table: &'a PowerTable,
        column: &'a ErrorColumn,
        first: usize,
        search_steps: usize,
    ) -> Self {
        Self { table, column, first, search_steps, best_guess: None }
    }

    /// These points of a curve whose best constant guess has the relative error `best_guess`.
    #[must_use]
    pub fn with_best_guess(self, best_guess: Option<f64>) -> Self {
        Self { best_guess, ..self }
    }

    /// Relative error of the best constant guess, where known.
    pub fn best_guess(&self) -> Option<f64> {
        self.best_guess
    }

    /// Logarithms of the sizes relative to the curve's largest.
    pub fn log_sizes(&self) -> &'a [f64] {
        &self.table.log_sizes[self.first..]
    }

    /// Relative log errors.
    pub fn log_errors(&self) -> &'a [f64] {
        &self.column.log_errors[self.first..]
    }

    /// The straight line of least squares through log errors against log sizes.
    pub(crate) fn log_line(&self) -> LogLine {
        LogLine::through(self.log_sizes(), self.log_errors())
    }

    /// Relative errors.
    pub fn errors(&self) -> &'a [f64] {
        &self.column.errors[self.first..]
    }

    /// One over the relative errors.
    pub fn inverse_errors(&self) -> &'a [f64] {
        &self.column.inverse_errors[self.first..]
    }

    /// Powers of the relative sizes, one row a size, at the grid exponents of block number `block`.
    pub(crate) fn grid_powers(&self, block: usize) -> &'a [[f64; LANES]] {
        let start = block * self.table.len();
        &self.table.powers[start + self.first..start + self.table.len()]
    }

    /// Most steps to spend on refining a fit.
    pub fn search_steps(&self) -> usize {
        self.search_steps
    }
}
