//! From rows to curves: replicates of one size belong together.

use std::path::Path;

use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::{
    Aggregate, ComputeFlop, Cost, CurveDescription, CurvePoint, LearningCurve, MetricKind,
    ParameterCount, Replicate,
};

use super::lines::Rows;
use super::row::Row;
use super::{CurveFile, ReadOptions};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// The curves of all rows, in order of appearance.
pub(super) fn curves(
    rows: Rows,
    path: &Path,
    options: &ReadOptions,
) -> Result<CurveFile, Problems> {
    let Rows { mut rows, names } = rows;
    rows.sort_unstable_by_key(|row| (row.curve, row.size, row.line));
    let mut warnings = Warnings::default();
    let mut curves = Vec::with_capacity(names.len());
    let mut problems = Vec::new();
    for group in rows.chunk_by(|row, next| row.curve == next.curve) {
        let details = || group.iter().filter_map(|row| row.details.as_deref());
        let stated = details().find_map(|details| details.kind);
        let errors: Vec<f64> = group.iter().map(|row| row.error).collect();
        let metric = options.kind.or(stated);
        let metric = metric.unwrap_or_else(|| kind_of_metric(options.metric(), &errors));
        warnings.look_at(group, metric);
        let description = CurveDescription {
            name: names[group[0].curve as usize].to_string(),
            metric,
            aggregate: details().find_map(|each| each.aggregate).unwrap_or(Aggregate::Mean),
            best_guess: details().find_map(|each| each.best_guess),
        };
        let points = group.chunk_by(|row, next| row.size == next.size).map(point).collect();
        match LearningCurve::new(description, points) {
            Ok(curve) => curves.push(curve),
            Err(error) => problems.push(
                Problem::new(ProblemKind::Curve, error.to_string())
                    .at(Place::line(path, group[0].line)),
            ),
        }
    }
    Problems::unless_empty(problems, CurveFile { curves, warnings: warnings.told(options) })
}

/// The kind of error: by the name of the metric, or an error rate if no value is above 1.
pub fn kind_of_metric(metric: &str, errors: &[f64]) -> MetricKind {
    MetricKind::guess(metric, errors.iter().copied().fold(0.0, f64::max))
}

/// The rows of one size as one point.
fn point(rows: &[Row]) -> CurvePoint {
    let replicate = |(at, row): (usize, &Row)| Replicate {
        // Measurements without a seed are told apart by their order.
        seed: row.seed.unwrap_or(at as u64),
        error: row.error,
        outcomes: row.details.as_ref().and_then(|details| details.outcomes.clone()),
    };
    let details = || rows.iter().filter_map(|row| row.details.as_deref());
    let mut parameters: Vec<u64> = rows.iter().filter_map(|row| row.parameters).collect();
    parameters.sort_unstable();
    CurvePoint {
        size: rows[0].size,
        replicates: rows.iter().enumerate().map(replicate).collect(),
        train_error: median_of(rows, |row| row.train_error),
        standard_error: standard_error(rows),
        parameter_count: parameters.get(parameters.len() / 2).copied().map(ParameterCount),
        training_flop: median_of(rows, |row| row.details.as_ref()?.flop).map(ComputeFlop),
        training_seconds: median_of(rows, |row| row.seconds),
        training_cost: median_of(rows, |row| row.cost).map(Cost),
        test_examples: details().find_map(|details| details.test_examples),
    }
}

/// Median over the rows of a point that have a value.
fn median_of(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    let mut known: Vec<f64> = rows.iter().filter_map(value).collect();
    (!known.is_empty()).then(|| median_in_place(&mut known))
}

/// Standard error of a point: root of the mean square over its rows.
///
/// Not divided by the root of their number: replicates mostly share one test set, whose part of the
/// error does not average out.
fn standard_error(rows: &[Row]) -> Option<f64> {
    let known: Vec<f64> = rows.iter().filter_map(|row| row.standard_error).collect();
    let squares: f64 = known.iter().map(|error| error * error).sum();
    let root = (squares / known.len() as f64).sqrt();
    (!known.is_empty() && root.is_finite()).then_some(root)
}

/// What was decided without being sure.
#[derive(Default)]
struct Warnings {
    error_rates: usize,
    losses: usize,
    largest_error: f64,
    repeated_seeds: usize,
    first_repeated: Option<u64>,
}

impl Warnings {
    fn look_at(&mut self, rows: &[Row], metric: MetricKind) {
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
        let largest = rows.iter().map(|row| row.error).fold(0.0, f64::max);
        self.largest_error = self.largest_error.max(largest);
    }

    fn told(&self, options: &ReadOptions) -> Vec<String> {
        let mut told = Vec::new();
        let metric = options.metric();
        if options.kind.is_none() && self.error_rates > 0 && self.losses > 0 {
            told.push(format!(
                "`{metric}` was taken for an error rate in {} and for a loss in {}; `--kind \
                 error-rate` or `--kind loss` says which",
                counted(self.error_rates),
                counted(self.losses)
            ));
        }
        let is_like_percent = (10.0..=100.0).contains(&self.largest_error);
        if options.kind.is_none() && self.error_rates == 0 && self.losses > 0 && is_like_percent {
            told.push(format!(
                "`{metric}` goes up to {} and was taken for a loss; if these are percentages, \
                 divide them by 100",
                self.largest_error
            ));
        }
        let name = metric.to_lowercase();
        let is_score = ["accuracy", "f1", "auc", "r2", "bleu", "score", "precision", "recall"];
        if !options.higher_is_better && is_score.iter().any(|word| name.contains(word)) {
            told.push(format!(
                "`{metric}` was read as an error, which falls; if it is a score, add \
                 `--higher-is-better`"
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
        told
    }
}

fn counted(curves: usize) -> String {
    if curves == 1 { "1 curve".to_owned() } else { format!("{curves} curves") }
}
