//! The statistics of all test examples of one model.

use std::sync::Arc;

use super::{Aggregate, LogSlope};

/// Statistics of every test example, in the same order in every replicate of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    width: usize,
    /// Example by example, `width` numbers each.
    values: Arc<[f32]>,
}

/// How far each example moves the log error, to first order.
pub(crate) struct Influence {
    /// One an example, of mean 0: its share is `change · scale / divisor`, in units of the log error.
    pub(crate) changes: Vec<f64>,
    pub(crate) divisor: f64,
    pub(crate) scale: f64,
}

impl Outcomes {
    /// `values` as statistics of examples, `width` of each, example by example; `None` if they are not a
    /// whole number of examples, or none.
    pub fn new(width: usize, values: impl Into<Arc<[f32]>>) -> Option<Self> {
        let values = values.into();
        let is_whole = width > 0 && !values.is_empty() && values.len().is_multiple_of(width);
        is_whole.then_some(Self { width, values })
    }

    /// Statistics that each example has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of examples, at least 1.
    pub fn examples(&self) -> usize {
        self.values.len() / self.width
    }

    /// The numbers, example by example.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Mean of each statistic over the examples.
    pub fn means(&self) -> Vec<f64> {
        means(&self.rows(), self.width)
    }

    /// The error computed from the statistics, in error units.
    pub fn error(&self, aggregate: Aggregate) -> f64 {
        (aggregate.error)(&self.means(), self.examples() as f64)
    }

    /// Standard error of that error over other test examples, by the delta method; `None` for a
    /// single example, or where it is 0 or not finite.
    pub fn standard_error(&self, aggregate: Aggregate) -> Option<f64> {
        Some(self.error(aggregate) * self.influence(aggregate)?.deviation()?)
    }

    /// The statistics averaged over models that were scored on the same examples; `None` without models or
    /// where they differ in form.
    pub(crate) fn average<'a>(models: impl Iterator<Item = &'a Self>) -> Option<Vec<f64>> {
        let models: Vec<&Self> = models.collect();
        let first = models.first()?;
        let is_alike = models
            .iter()
            .all(|one| (one.width, one.values.len()) == (first.width, first.values.len()));
        let mean = |at: usize| {
            models.iter().map(|one| f64::from(one.values[at])).sum::<f64>() / models.len() as f64
        };
        is_alike.then(|| (0..first.values.len()).map(mean).collect())
    }

    /// The influence of each example on the log error; `None` for a single example.
    pub(crate) fn influence(&self, aggregate: Aggregate) -> Option<Influence> {
        Influence::of(&self.rows(), aggregate)
    }

    /// Variance of the log error over new test examples, by the delta method; `None` for a single
    /// example, or where it is not finite.
    pub(crate) fn log_variance(&self, aggregate: Aggregate) -> Option<f64> {
        let influence = self.influence(aggregate)?;
        influence.covariance(&influence)
    }

    fn rows(&self) -> Vec<f64> {
        self.values.iter().map(|&value| f64::from(value)).collect()
    }
}

fn means(rows: &[f64], width: usize) -> Vec<f64> {
    let count = (rows.len() / width) as f64;
    let mean = |at: usize| rows.iter().skip(at).step_by(width).sum::<f64>() / count;
    (0..width).map(mean).collect()
}

impl Influence {
    /// Influence of examples whose statistics are `rows`, example by example; `None` where `rows`
    /// do not suit `aggregate`, or there is a single example.
    pub(crate) fn of(rows: &[f64], aggregate: Aggregate) -> Option<Self> {
        let width = aggregate.width;
        if !rows.len().is_multiple_of(width) || rows.len() / width < 2 {
            return None;
        }
        let means = means(rows, width);
        let LogSlope { weights, divisor, scale } =
            (aggregate.slope)(&means, (rows.len() / width) as f64);
        let change = |row: &[f64]| {
            let moved = row.iter().zip(&means).map(|(value, mean)| value - mean);
            moved.zip(&weights).map(|(moved, weight)| moved * weight).sum()
        };
        Some(Self { changes: rows.chunks_exact(width).map(change).collect(), divisor, scale })
    }

    /// Standard deviation of the log error over new test examples; `None` where it is 0 or not
    /// finite.
    pub(crate) fn deviation(&self) -> Option<f64> {
        let count = self.changes.len() as f64;
        let squares = self.changes.iter().map(|change| change.powi(2));
        let relative = (squares.sum::<f64>() / (count - 1.0) / count).sqrt() / self.divisor;
        (relative.is_finite() && relative > 0.0).then_some(relative * self.scale)
    }

    /// Covariance of the log errors of two models over new test examples; `None` where their
    /// numbers of examples differ, or it is not finite.
    pub(crate) fn covariance(&self, other: &Self) -> Option<f64> {
        if self.changes.len() != other.changes.len() {
            return None;
        }
        let count = self.changes.len() as f64;
        let products: f64 =
            self.changes.iter().zip(&other.changes).map(|(one, other)| one * other).sum();
        let covariance = products / (count - 1.0) / count / (self.divisor * other.divisor)
            * self.scale
            * other.scale;
        covariance.is_finite().then_some(covariance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::RandomStream;

    /// Examples of a transcription: their numbers of characters differ widely, and edits are
    /// proportional to them with a rate that differs from example to example. The same examples are
    /// given for a second model, for which the same ones are hard.
    fn transcriptions(examples: usize, stream: &mut RandomStream) -> [Vec<f32>; 2] {
        let mut models = [Vec::new(), Vec::new()];
        for _ in 0..examples {
            let characters = (3.0 + 60.0 * stream.uniform().powi(3)).round();
            let hardness = (0.7 * stream.normal()).exp();
            for (model, rate) in models.iter_mut().zip([0.10, 0.08]) {
                let edits = (characters * rate * hardness * (0.3 * stream.normal()).exp()).round();
                model.extend([edits as f32, characters as f32]);
            }
        }
        models
    }

    /// Examples of a translation: the share of matches of n-grams falls with n, and differs from sentence
    /// to sentence; hypotheses are shorter than references. The same sentences are hard for a second
    /// model.
    fn translations(examples: usize, stream: &mut RandomStream) -> [Vec<f32>; 2] {
        let mut models = [Vec::new(), Vec::new()];
        for _ in 0..examples {
            let reference = (5.0 + 30.0 * stream.uniform().powi(2)).round();
            let hardness = (0.5 * stream.normal()).exp();
            for (model, rate) in models.iter_mut().zip([0.30, 0.25]) {
                let length = (reference * (0.9 + 0.05 * stream.normal())).round().max(4.0);
                let own = (0.1 * stream.normal()).exp();
                let matching = (1.0 - rate * hardness * own).clamp(0.05, 1.0);
                let totals = [0, 1, 2, 3].map(|less| length - f64::from(less));
                let right = [1, 2, 3, 4].map(|n| matching.powi(n));
                let matches = [0, 1, 2, 3].map(|at| (totals[at] * right[at]).round());
                let row = matches.into_iter().chain(totals).chain([length, reference]);
                model.extend(row.map(|number| number as f32));
            }
        }
        models
    }

    /// Standard deviation of the log error, and of the log ratio of the two, over bootstrap draws of
    /// examples, both models on the same ones.
    fn bootstrap(models: &[Vec<f32>; 2], aggregate: Aggregate) -> (f64, f64) {
        let width = aggregate.width;
        let examples = models[0].len() / width;
        let mut stream = RandomStream::new(5, 1);
        let (mut logs, mut ratios) = (Vec::new(), Vec::new());
        for _ in 0..4000 {
            let chosen: Vec<usize> = (0..examples)
                .map(|_| ((stream.uniform() * examples as f64) as usize).min(examples - 1))
                .collect();
            let log_error = |values: &[f32]| {
                let row = |at: &usize| values[at * width..(at + 1) * width].to_vec();
                let drawn: Vec<f32> = chosen.iter().flat_map(row).collect();
                Outcomes::new(width, drawn).unwrap().error(aggregate).ln()
            };
            let (one, other) = (log_error(&models[0]), log_error(&models[1]));
            logs.push(one);
            ratios.push(one - other);
        }
        (deviation(&logs), deviation(&ratios))
    }

    fn deviation(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        (squares / (values.len() - 1) as f64).sqrt()
    }

    fn check_against_the_bootstrap(models: &[Vec<f32>; 2], aggregate: Aggregate) {
        let [one, other] =
            models.clone().map(|values| Outcomes::new(aggregate.width, values).unwrap());
        let (alone, paired) = bootstrap(models, aggregate);
        let stated = one.log_variance(aggregate).unwrap().sqrt();
        let influences = [&one, &other].map(|outcomes| outcomes.influence(aggregate).unwrap());
        let covariance = influences[0].covariance(&influences[1]).unwrap();
        let variances = [&one, &other].map(|o| o.log_variance(aggregate).unwrap());
        let stated_paired = (variances[0] + variances[1] - 2.0 * covariance).sqrt();
        // 4,000 draws give a standard deviation to 1.1 %; of 600 examples the delta method is off by less.
        assert!((stated / alone - 1.0).abs() < 0.05, "{aggregate:?}: {stated}, {alone}");
        assert!(
            (stated_paired / paired - 1.0).abs() < 0.05,
            "{aggregate:?}: {stated_paired}, {paired}"
        );
        // Both models are scored on the same hard examples, which the separate variances do not
        // take into account.
        assert!(stated_paired < 0.8 * (variances[0] + variances[1]).sqrt());
    }

    #[test]
    fn deviations_are_those_of_a_bootstrap_of_examples() {
        let models = transcriptions(600, &mut RandomStream::new(2, 0));
        check_against_the_bootstrap(&models, Aggregate::RATIO);
        check_against_the_bootstrap(&models, Aggregate::EXP_RATIO);
        let edits = models.map(|rows| rows.into_iter().step_by(2).collect());
        check_against_the_bootstrap(&edits, Aggregate::MEAN);
        check_against_the_bootstrap(&edits, Aggregate::ROOT_MEAN);
        check_against_the_bootstrap(
            &translations(600, &mut RandomStream::new(3, 0)),
            Aggregate::BLEU,
        );
    }

    #[test]
    fn a_ratio_of_sums_is_no_mean_of_ratios() {
        let outcomes = Outcomes::new(2, vec![1.0, 2.0, 1.0, 98.0]).unwrap();
        assert_eq!((outcomes.examples(), outcomes.width()), (2, 2));
        assert!((outcomes.error(Aggregate::RATIO) - 0.02).abs() < 1e-15);
        assert!((outcomes.error(Aggregate::EXP_RATIO) - 0.02_f64.exp()).abs() < 1e-15);
    }

    #[test]
    fn examples_that_differ_only_in_length_leave_a_ratio_certain() {
        // Every tenth character is wrong, whatever the length.
        let outcomes = Outcomes::new(2, vec![1.0, 10.0, 3.0, 30.0, 2.0, 20.0]).unwrap();
        // The rest is rounding.
        assert!(outcomes.log_variance(Aggregate::RATIO).unwrap() < 1e-30);
        let edits = Outcomes::new(1, vec![1.0, 3.0, 2.0]).unwrap();
        assert!(edits.log_variance(Aggregate::MEAN).unwrap() > 0.05);
    }

    #[test]
    fn numbers_that_are_no_whole_examples_are_refused() {
        assert_eq!(Outcomes::new(2, vec![1.0, 2.0, 3.0]), None);
        assert_eq!(Outcomes::new(1, Vec::new()), None);
        assert_eq!(Outcomes::new(0, vec![1.0]), None);
    }
}
