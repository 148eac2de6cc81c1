//! One point of a curve: the replicates measured at one training-set size.

use serde::Serialize;

use crate::metric::Outcomes;
use crate::units::{ComputeFlop, Cost, ParameterCount, TrainingSetSize};

/// One trained model of a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replicate {
    /// Seed of the training; replicates of one seed at all sizes form one column of the study.
    pub seed: u64,
    /// Measured error, finite and above 0.
    pub error: f64,
    /// Outcome of each test example, in the same order in every replicate of a study.
    #[serde(skip)]
    pub outcomes: Option<Outcomes>,
}

/// All that was measured at one training-set size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// One per seed, at least one.
    pub replicates: Vec<Replicate>,
    /// Error on the training examples themselves, in the unit of the error, where it was measured.
    pub train_error: Option<f64>,
    /// Standard error of [`CurvePoint::error`], in error units, where the source states one.
    pub standard_error: Option<f64>,
    /// Size of the model that won at this training-set size.
    pub parameter_count: Option<ParameterCount>,
    /// Sizes of all models that the search at this training-set size tried, smallest first and each
    /// once; empty if they are not known.
    #[serde(skip)]
    pub model_sizes_tried: Vec<ParameterCount>,
    /// Compute spent on training the winner.
    pub training_flop: Option<ComputeFlop>,
    /// Wall time of training the winner, in seconds.
    pub training_seconds: Option<f64>,
    /// Money that training the winner cost.
    pub training_cost: Option<Cost>,
    /// Number of test examples behind each replicate.
    pub test_examples: Option<u64>,
    /// Whether every run was perfect and the number of test examples is not known. The one
    /// replicate then has the smallest error that could have been seen, and the true error lies
    /// below it.
    pub is_censored: bool,
}

impl CurvePoint {
    /// A point with one measurement of which nothing else is known.
    pub fn measured(size: TrainingSetSize, error: f64) -> Self {
        Self {
            size,
            replicates: vec![Replicate { seed: 0, error, outcomes: None }],
            train_error: None,
            standard_error: None,
            parameter_count: None,
            model_sizes_tried: Vec::new(),
            training_flop: None,
            training_seconds: None,
            training_cost: None,
            test_examples: None,
            is_censored: false,
        }
    }

    /// A point whose runs were all perfect: its error lies below `bound`, the smallest that one more run could
    /// have shown.
    pub fn below(size: TrainingSetSize, bound: f64) -> Self {
        Self { is_censored: true, ..Self::measured(size, bound) }
    }

    /// Median error over the replicates, as [`median_error`] takes it; for a censored point, its
    /// upper bound.
    pub fn error(&self) -> f64 {
        let mut errors: Vec<f64> =
            self.replicates.iter().map(|replicate| replicate.error).collect();
        median_error(&mut errors)
    }
}

/// Median of `errors`, which are reordered; 0 for none.
///
/// For an even number of errors it is the geometric mean of the middle two, which is the median of
/// the logs. Seeds differ by factors and fits are in logs, where the arithmetic mean of two is too
/// high on average.
pub fn median_error(errors: &mut [f64]) -> f64 {
    errors.sort_by(f64::total_cmp);
    let (Some(&below), Some(&above)) =
        (errors.get(errors.len().saturating_sub(1) / 2), errors.get(errors.len() / 2))
    else {
        return 0.0;
    };
    (below.sqrt() * above.sqrt()).clamp(below, above)
}

/// Error reported for 0 wrong of `test_examples`: `0.5 / (n + 1)`, since no power law reaches 0.
pub fn error_of_zero(test_examples: u64) -> f64 {
    0.5 / (test_examples as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::RandomStream;

    #[test]
    fn error_is_the_median_over_seeds() {
        let size = TrainingSetSize::new(8.0).unwrap();
        let mut point = CurvePoint::measured(size, 0.9);
        for (seed, error) in [(1, 0.2), (2, 0.3)] {
            point.replicates.push(Replicate { seed, error, outcomes: None });
        }
        assert_eq!(point.error().to_bits(), 0.3_f64.to_bits());
        point.replicates.push(Replicate { seed: 3, error: 0.1, outcomes: None });
        assert!((point.error() - 0.06_f64.sqrt()).abs() < 1e-15, "{}", point.error());
    }

    #[test]
    fn the_median_of_two_seeds_is_not_above_that_of_many() {
        let mut stream = RandomStream::new(3, 0);
        let mut log_of = |seeds: usize| {
            let mut errors: Vec<f64> =
                (0..seeds).map(|_| 0.2 * (0.4 * stream.normal()).exp()).collect();
            (median_error(&mut errors) / 0.2).ln()
        };
        for seeds in [1, 2, 3, 4] {
            let mean = (0..4_000).map(|_| log_of(seeds)).sum::<f64>() / 4_000.0;
            // At most .4 / sqrt(4,000) standard error; the arithmetic mean of two is .04 too high.
            assert!(mean.abs() < 0.02, "{seeds}: {mean}");
        }
        assert_eq!(median_error(&mut []).to_bits(), 0.0_f64.to_bits());
        assert_eq!(median_error(&mut [0.3, 0.3]).to_bits(), 0.3_f64.to_bits());
    }

    #[test]
    fn no_wrong_answer_of_99_is_half_a_percent() {
        assert!((error_of_zero(99) - 0.005).abs() < 1e-15);
    }
}
