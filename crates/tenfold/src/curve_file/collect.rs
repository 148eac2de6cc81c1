//! Builds curves from rows: the rows of one size are the replicates of one point.

use std::path::Path;

use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::{
    Aggregate, ComputeFlop, Cost, CurveDescription, CurveError, CurvePoint, LearningCurve,
    MetricKind, NothingWrong, ParameterCount, Replicate, Zeros, without_zeros,
};

use super::interpret::{Interpreted, interpret};
use super::lines::FileRows;
use super::row::{Rare, Row};
use super::zeros;
use super::{CurveFile, ReadOptions};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::meaning::metric::{self, Metric};
use crate::meaning::scale::Scale;

/// The measurements of a file, from which its curves are made one at a time.
#[derive(Clone, Debug)]
pub struct Measurements {
    /// Sorted by curve, size and line.
    rows: Vec<Row>,
    /// Names of the curves, in order of appearance.
    names: Vec<Box<str>>,
    /// Index of the first row of each curve, and the number of all rows at the end.
    bounds: Vec<usize>,
    options: ReadOptions,
    /// How the metric was turned into an error.
    pub scale: Scale,
    /// Unit of the sizes, in the plural.
    pub unit: &'static str,
    /// Columns that name the curves.
    pub curve_columns: Vec<String>,
    /// Decisions that the reader made without being sure, one sentence each.
    pub warnings: Vec<String>,
}

impl Measurements {
    /// Groups the rows of each curve, wherever they are in the file, and builds every curve once,
    /// so that a broken one is reported now.
    pub(super) fn new(
        mut rows: FileRows,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<Self, Problems> {
        let Interpreted { scale, unit, warnings } = interpret(&mut rows, path, options)?;
        let FileRows { rows, names, read_as, .. } = rows;
        let ends = rows.chunk_by(|row, next| row.curve == next.curve).scan(0, |end, group| {
            *end += group.len();
            Some(*end)
        });
        let bounds = std::iter::once(0).chain(ends).collect();
        let (options, curve_columns) = (options.clone(), read_as.curves);
        let mut measurements =
            Self { rows, names, bounds, options, scale, unit, curve_columns, warnings };
        let mut doubts = Doubts::default();
        let mut problems = Vec::new();
        for index in 0..measurements.len() {
            let rows = measurements.rows_of(index);
            let at = Place::line(path, rows[0].line);
            let made = measurements.made(index).map_err(|why| {
                let hint = "add a column `test_examples`: 0 wrong of n counts as 0.5 / (n + 1)";
                let message = format!("`{}`: {why}", measurements.name(index));
                Problem::new(ProblemKind::Curve, message).at(at.clone()).hint(hint)
            });
            match made.map(|(description, points, zeros)| {
                doubts.look_at(rows, description.metric, &zeros);
                LearningCurve::new(description, points)
            }) {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    problems.push(Problem::new(ProblemKind::Curve, error.to_string()).at(at));
                }
                Err(problem) => problems.push(problem),
            }
        }
        let metric = measurements.scale.metric.clone();
        measurements.warnings.extend(doubts.told(&metric, &measurements.options));
        Problems::unless_empty(problems, measurements)
    }

    /// Number of curves, at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is always a curve")]
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn rows_of(&self, index: usize) -> &[Row] {
        &self.rows[self.bounds[index]..self.bounds[index + 1]]
    }

    fn name(&self, index: usize) -> &str {
        &self.names[self.rows_of(index)[0].curve as usize]
    }

    /// Curve number `index` in order of appearance.
    ///
    /// # Errors
    /// None for measurements that could be read: every curve was tried.
    pub fn curve(&self, index: usize) -> Result<LearningCurve, CurveError> {
        let (description, points, _) = self.made(index).map_err(|_| CurveError::Empty)?;
        LearningCurve::new(description, points)
    }

    /// The description, points and zeros of curve number `index`.
    fn made(
        &self,
        index: usize,
    ) -> Result<(CurveDescription, Vec<CurvePoint>, Zeros), NothingWrong> {
        let rows = self.rows_of(index);
        let details = || rows.iter().filter_map(|row| Some(&row.rare.as_deref()?.details));
        let stated = details().find_map(|details| details.kind);
        let metric = self.options.kind.or(stated).or(self.scale.kind).unwrap_or_else(|| {
            let errors: Vec<f64> = rows.iter().map(|row| row.error).collect();
            kind_of_metric(&self.scale.metric, &errors)
        });
        let description = CurveDescription {
            name: self.name(index).to_owned(),
            metric,
            aggregate: details().find_map(|each| each.aggregate).unwrap_or(Aggregate::MEAN),
            best_guess: details().find_map(|each| each.best_guess),
        };
        let mut points: Vec<CurvePoint> =
            rows.chunk_by(|row, next| row.size == next.size).map(point).collect();
        let zeros = without_zeros(&mut points)?;
        Ok((description, points, zeros))
    }

    /// Builds all curves at once.
    pub(super) fn into_file(self, path: &Path) -> Result<CurveFile, Problems> {
        let curves: Result<Vec<LearningCurve>, CurveError> =
            (0..self.len()).map(|index| self.curve(index)).collect();
        let curves = curves.map_err(|error| {
            Problem::new(ProblemKind::Curve, error.to_string()).at(Place::file(path))
        })?;
        Ok(CurveFile { curves, warnings: self.warnings })
    }
}

/// The kind of error: by the name of the metric, or an error rate if no value is above 1.
pub fn kind_of_metric(metric: &str, errors: &[f64]) -> MetricKind {
    MetricKind::guess(metric, errors.iter().copied().fold(0.0, f64::max))
}

/// Combines the rows of one size into one point.
fn point(rows: &[Row]) -> CurvePoint {
    let replicate = |(at, row): (usize, &Row)| Replicate {
        // Rows without a seed are numbered by their order, so that they stay distinct.
        seed: row.seed.unwrap_or(at as u64),
        error: row.error,
        outcomes: row.rare(|rare| rare.details.outcomes.clone()),
    };
    let details = || rows.iter().filter_map(|row| Some(&row.rare.as_deref()?.details));
    let mut parameters: Vec<u64> =
        rows.iter().filter_map(|row| row.rare(|rare| rare.parameters)).collect();
    parameters.sort_unstable();
    CurvePoint {
        size: rows[0].size,
        replicates: rows.iter().enumerate().map(replicate).collect(),
        train_error: median_of(rows, |rare| rare.train_error),
        standard_error: standard_error(rows),
        parameter_count: parameters.get(parameters.len() / 2).copied().map(ParameterCount),
        model_sizes_tried: Vec::new(),
        training_flop: median_of(rows, |rare| rare.details.flop).map(ComputeFlop),
        training_seconds: median_of(rows, |rare| rare.seconds),
        training_cost: median_of(rows, |rare| rare.cost).map(Cost),
        test_examples: details().find_map(|details| details.test_examples),
        is_censored: details().any(|details| details.is_censored),
    }
}

/// Median over the rows of a point that have a value.
fn median_of(rows: &[Row], value: impl Fn(&Rare) -> Option<f64>) -> Option<f64> {
    let mut known: Vec<f64> = rows.iter().filter_map(|row| row.rare(&value)).collect();
    (!known.is_empty()).then(|| median_in_place(&mut known))
}

/// Standard error of a point: root of the mean square over its rows.
///
/// Not divided by the root of their number: replicates mostly share one test set, whose part of the
/// error does not average out.
fn standard_error(rows: &[Row]) -> Option<f64> {
    let known: Vec<f64> =
        rows.iter().filter_map(|row| row.rare(|rare| rare.standard_error)).collect();
    let squares: f64 = known.iter().map(|error| error * error).sum();
    let root = (squares / known.len() as f64).sqrt();
    (!known.is_empty() && root.is_finite()).then_some(root)
}

/// Counts of what was decided about single curves without being sure.
#[derive(Default)]
struct Doubts {
    error_rates: usize,
    losses: usize,
    largest_error: f64,
    /// Whether any row states its kind.
    is_stated: bool,
    repeated_seeds: usize,
    first_repeated: Option<u64>,
    zeros: Zeros,
}

impl Doubts {
    fn look_at(&mut self, rows: &[Row], metric: MetricKind, zeros: &Zeros) {
        match metric {
            MetricKind::ErrorRate => self.error_rates += 1,
            MetricKind::Loss => self.losses += 1,
            MetricKind::Unbounded => {}
        }
        for of_size in rows.chunk_by(|row, next| row.size == next.size) {
            let mut seeds: Vec<(u64, u64)> =
                of_size.iter().filter_map(|row| row.seed.map(|seed| (seed, row.line))).collect();
            seeds.sort_unstable();
            for pair in seeds.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
                self.repeated_seeds += 1;
                let line = pair[1].1;
                self.first_repeated = Some(self.first_repeated.map_or(line, |old| old.min(line)));
            }
        }
        self.is_stated |= rows.iter().any(|row| row.rare(|rare| rare.details.kind).is_some());
        let largest = rows.iter().map(|row| row.error).fold(0.0, f64::max);
        self.largest_error = self.largest_error.max(largest);
        self.zeros.counted += zeros.counted;
        self.zeros.is_averaged |= zeros.is_averaged;
        self.zeros.below.extend(zeros.below.iter().copied().take(4));
        self.zeros.below.truncate(4);
    }

    fn told(&self, metric: &str, options: &ReadOptions) -> Vec<String> {
        let mut told = Vec::new();
        if options.kind.is_none() && self.error_rates > 0 && self.losses > 0 {
            told.push(format!(
                "`{metric}` was taken for an error rate in {} and for a loss in {}; `--kind \
                 error-rate` or `--kind loss` says which",
                counted(self.error_rates),
                counted(self.losses)
            ));
        }
        let is_like_percent = self.largest_error > 1.0 && self.largest_error <= 100.0;
        let is_rate = metric::known(metric) == Some(Metric::Rate);
        let is_said = options.kind.is_some() || options.unit.is_some() || self.is_stated;
        if !is_said && self.error_rates == 0 && is_rate && is_like_percent {
            told.push(format!(
                "`{metric}` goes up to {} and was taken for a loss; `--unit percent` if these are \
                 per cent",
                self.largest_error
            ));
        }
        if let Some(line) = self.first_repeated {
            let rows = match self.repeated_seeds {
                1 => "1 row repeats".to_owned(),
                more => format!("{more} rows repeat"),
            };
            told.push(format!(
                "{rows} the seed of another row of the same curve and size, the first in line \
                 {line}; all were kept"
            ));
        }
        told.extend(zeros::told(&self.zeros));
        told
    }
}

fn counted(curves: usize) -> String {
    if curves == 1 { "1 curve".to_owned() } else { format!("{curves} curves") }
}
