//! Resampled data and the refits on them.
//!
//! A replicate draws everything that would differ if the study were run again: the test examples,
//! in one draw for all sizes because all sizes share them; the seeds, as whole columns because the
//! shards of a seed are nested; and the scatter that neither explains.

use crate::curve::{Aggregate, CurvePoint, LearningCurve};
use crate::fit::noise::{MeasuredNoise, test_deviation};
use crate::fit::{FitOptions, predict_log};
use crate::law::{CurveFamily, Fitted, LOG_LIMIT, Parameters, PowerTable, Resamples};
use crate::stats::quantile::median_in_place;
use crate::stats::random::RandomStream;

/// All that resampling a curve needs.
pub(crate) struct Resampler<'a> {
    pub(crate) curve: &'a LearningCurve,
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) table: &'a PowerTable,
    /// Relative error of the best constant guess, where known.
    pub(crate) best_guess: Option<f64>,
    pub(crate) starts: &'a [usize],
    /// The reported fit: resampled data scatter around it.
    pub(crate) centre: Parameters,
    pub(crate) measured: &'a MeasuredNoise,
    /// Root mean square residual of the reported fit, log error units.
    pub(crate) scatter: f64,
}

/// Refits on resampled data.
pub(crate) struct Refits {
    /// One row of members, one a window, for every resample.
    pub(crate) members: Vec<Fitted>,
    /// Relative log errors drawn, one row a resample.
    pub(crate) columns: Vec<f64>,
    sizes: usize,
}

impl Refits {
    /// Relative log error drawn for the largest size, one a resample.
    pub(crate) fn last_errors(&self) -> Vec<f64> {
        self.columns.chunks(self.sizes).filter_map(|row| row.last().copied()).collect()
    }
}

impl Resampler<'_> {
    /// Draws new data and fits every window, `options.resamples` times.
    pub(crate) fn refits(&self, options: &FitOptions) -> Refits {
        let mut draw = Draw::new(self);
        let centre: Vec<f64> = self
            .table
            .log_sizes()
            .iter()
            .map(|&log_size| predict_log(self.family, &self.centre, log_size))
            .collect();
        let mut columns = Vec::with_capacity(options.resamples * self.table.len());
        for resample in 0..options.resamples {
            let mut stream = RandomStream::new(options.seed, resample as u64);
            draw.fill(self, &mut stream);
            let logs = centre.iter().zip(&draw.deviations);
            columns.extend(
                logs.map(|(centre, deviation)| (centre + deviation).clamp(-LOG_LIMIT, LOG_LIMIT)),
            );
        }
        let members = self.family.refit(&Resamples {
            table: self.table,
            starts: self.starts,
            log_errors: &columns,
            centre: self.centre,
            best_guess: self.best_guess,
        });
        Refits { members, columns, sizes: self.table.len() }
    }
}

/// One draw of log-error deviations, one a size; buffers are kept between draws.
struct Draw {
    deviations: Vec<f64>,
    /// Log error of each seed minus the point's, one row a size; empty when seeds were not repeated.
    seed_deviations: Vec<Vec<f64>>,
    /// Whether one set of seeds was run at every size.
    seeds_are_columns: bool,
    /// How often each test example was drawn.
    counts: Vec<f32>,
    /// Independent noise at each size that neither seeds nor outcomes produce.
    independent: Vec<f64>,
    picked: Vec<f64>,
    columns: Vec<usize>,
}

impl Draw {
    fn new(resampler: &Resampler<'_>) -> Self {
        let points = resampler.curve.points();
        let outcomes = outcome_count(resampler.curve);
        let repeats = points.iter().all(|point| point.replicates.len() > 1);
        let seed_deviations: Vec<Vec<f64>> = points
            .iter()
            .filter(|_| repeats)
            .map(|point| {
                let centre = point.error().ln();
                point.replicates.iter().map(|replicate| replicate.error.ln() - centre).collect()
            })
            .collect();
        let seeds_are_columns = repeats
            && points.windows(2).all(|pair| {
                pair[0].replicates.len() == pair[1].replicates.len()
                    && pair[0]
                        .replicates
                        .iter()
                        .zip(&pair[1].replicates)
                        .all(|(left, right)| left.seed == right.seed)
            });
        let measured = &resampler.measured.deviations;
        let mean_square = measured.iter().map(|deviation| deviation * deviation).sum::<f64>()
            / measured.len() as f64;
        // Scatter beyond what was measured is real too: shards, tuning, the law's own misfit.
        let excess = (resampler.scatter.powi(2) - mean_square).max(0.0);
        let all_drawn = outcomes.is_some() && points.iter().all(all_have_outcomes);
        let replays_measured = repeats || all_drawn;
        let independent = points
            .iter()
            .zip(measured)
            .map(|(point, deviation)| {
                let stated = if replays_measured { 0.0 } else { deviation * deviation };
                // Of a point whose test examples are drawn again, the seeds' part is left.
                let is_drawn = outcomes.is_some() && has_outcomes(point);
                let test = test_deviation(resampler.curve, point).filter(|_| is_drawn);
                let left = (stated - test.unwrap_or(0.0).powi(2)).max(0.0);
                (left + excess).sqrt()
            })
            .collect();
        Self {
            deviations: vec![0.0; points.len()],
            seed_deviations,
            seeds_are_columns,
            counts: vec![0.0; outcomes.unwrap_or(0)],
            independent,
            picked: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Draws new deviations.
    fn fill(&mut self, resampler: &Resampler<'_>, stream: &mut RandomStream) {
        for (deviation, noise) in self.deviations.iter_mut().zip(&self.independent) {
            *deviation = noise * stream.normal();
        }
        if !self.seed_deviations.is_empty() {
            self.add_seeds(stream);
        }
        if !self.counts.is_empty() {
            self.add_test_examples(resampler.curve, stream);
        }
    }

    fn add_seeds(&mut self, stream: &mut RandomStream) {
        for (at, of_size) in self.seed_deviations.iter().enumerate() {
            let seeds = of_size.len();
            if at == 0 || !self.seeds_are_columns {
                self.columns.clear();
                self.columns.extend((0..seeds).map(|_| stream.below(seeds)));
            }
            self.picked.clear();
            self.picked.extend(self.columns.iter().map(|&column| of_size[column]));
            // Drawing k of k with replacement shrinks the variance by (k - 1) / k.
            let unshrunk = (seeds as f64 / (seeds as f64 - 1.0)).sqrt();
            self.deviations[at] += unshrunk * median_in_place(&mut self.picked);
        }
    }

    fn add_test_examples(&mut self, curve: &LearningCurve, stream: &mut RandomStream) {
        self.counts.fill(0.0);
        for _ in 0..self.counts.len() {
            let example = stream.below(self.counts.len());
            self.counts[example] += 1.0;
        }
        for (deviation, point) in self.deviations.iter_mut().zip(curve.points()) {
            let (mut sum, mut seeds) = (0.0, 0.0_f64);
            for outcomes in point.replicates.iter().filter_map(|one| one.outcomes.as_deref()) {
                sum += log_ratio(outcomes, &self.counts, curve.aggregate());
                seeds += 1.0;
            }
            *deviation += sum / seeds.max(1.0);
        }
    }
}

/// Whether any replicate says what each test example did.
fn has_outcomes(point: &CurvePoint) -> bool {
    point.replicates.iter().any(|replicate| replicate.outcomes.is_some())
}

fn all_have_outcomes(point: &CurvePoint) -> bool {
    point.replicates.iter().all(|replicate| replicate.outcomes.is_some())
}

/// Number of outcomes of each replicate that has any; `None` when none has.
///
/// A curve may be joined from runs that were scored here and runs of which only the error is known:
/// the noise of the test examples is in it all the same.
fn outcome_count(curve: &LearningCurve) -> Option<usize> {
    let mut replicates = curve.points().iter().flat_map(|point| &point.replicates);
    let first = replicates.find_map(|replicate| replicate.outcomes.as_ref())?.len();
    (first > 1).then_some(first)
}

/// Log of the error on the drawn test examples over the error on all.
fn log_ratio(outcomes: &[f32], counts: &[f32], aggregate: Aggregate) -> f64 {
    let drawn: f64 =
        outcomes.iter().zip(counts).map(|(&outcome, &count)| f64::from(outcome * count)).sum();
    let all: f64 = outcomes.iter().map(|&outcome| f64::from(outcome)).sum();
    let count = outcomes.len() as f64;
    // An empty draw of a rare error is taken as half an error, as a measured zero is.
    let smoothed = |sum: f64| aggregate.error_from_mean(if sum > 0.0 { sum } else { 0.5 } / count);
    let ratio = (smoothed(drawn) / smoothed(all)).ln();
    if ratio.is_finite() { ratio } else { 0.0 }
}
