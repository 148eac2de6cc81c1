//! From statistics of single test examples to the error of a model.
//!
//! A test example has a few numbers (its edits and its characters); their means over the examples
//! give the error (edits over characters). Kept for every example, they also give the error's noise
//! over other test examples, and the noise that two models share if they were scored on the same
//! ones. To add an aggregate, add a file and a line in [`Aggregate::ALL`].

mod bleu;
mod exp_ratio;
mod mean;
mod outcomes;
mod ratio;
mod root_mean;

use std::fmt;

pub(crate) use outcomes::Influence;
pub use outcomes::Outcomes;

/// How the statistics of single test examples become the error.
#[derive(Clone, Copy)]
pub struct Aggregate {
    /// Its name in files.
    pub name: &'static str,
    /// Statistics that each test example has.
    pub width: usize,
    /// The error, in error units, from the mean of each statistic over the test examples and the number
    /// of examples.
    pub error: fn(&[f64], f64) -> f64,
    /// Derivative of the log error by those means, from the same.
    pub slope: fn(&[f64], f64) -> LogSlope,
    /// Mean number of units per test example that the error is a share of; 1 where the units are
    /// the examples themselves.
    pub units: fn(&[f64]) -> f64,
}

/// The derivative of the log error by the means of the statistics: `scale · weights / divisor`.
///
/// It is kept in parts, so that statistics of one number always give the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSlope {
    /// One a statistic.
    pub weights: Vec<f64>,
    /// Divisor of all weights.
    pub divisor: f64,
    /// Factor of all weights.
    pub scale: f64,
}

impl Aggregate {
    /// The mean of one number an example: error rate, cross-entropy.
    pub const MEAN: Self = mean::MEAN;
    /// The square root of that mean: RMSE from squared residuals.
    pub const ROOT_MEAN: Self = root_mean::ROOT_MEAN;
    /// The sum of one number over the sum of another: edits over characters, nats over tokens.
    pub const RATIO: Self = ratio::RATIO;
    /// The exponential of such a ratio: perplexity from nats and tokens.
    pub const EXP_RATIO: Self = exp_ratio::EXP_RATIO;
    /// One minus BLEU, from the counts of n-grams and the lengths of translations.
    pub const BLEU: Self = bleu::BLEU;

    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::MEAN, Self::ROOT_MEAN, Self::RATIO, Self::EXP_RATIO, Self::BLEU];

    /// The one called `name` in files.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aggregate| aggregate.name == name)
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Aggregate {}

impl fmt::Debug for Aggregate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples that the means of the tests are of.
    const EXAMPLES: f64 = 20.0;

    /// Derivative of the log error by mean number `at`, by central differences.
    fn difference(aggregate: Aggregate, means: &[f64], at: usize) -> f64 {
        let log_error = |shift: f64| {
            let mut moved = means.to_vec();
            moved[at] += shift;
            (aggregate.error)(&moved, EXAMPLES).ln()
        };
        (log_error(1e-6) - log_error(-1e-6)) / 2e-6
    }

    fn check_slopes(aggregate: Aggregate, means: &[f64]) {
        let means = &means[..aggregate.width];
        let LogSlope { weights, divisor, scale } = (aggregate.slope)(means, EXAMPLES);
        assert_eq!(weights.len(), aggregate.width);
        for (at, weight) in weights.iter().enumerate() {
            let (slope, found) = (scale * weight / divisor, difference(aggregate, means, at));
            // Central differences of a smooth function are off by about the square of the step.
            assert!((slope - found).abs() < 1e-8, "{aggregate:?} {at}: {slope}, {found}");
        }
    }

    #[test]
    fn slopes_of_bleu_are_those_of_long_hypotheses_and_of_matches_in_all_orders_too() {
        check_slopes(Aggregate::BLEU, &[3.0, 2.0, 1.1, 0.4, 5.0, 4.2, 3.5, 2.9, 5.1, 4.9]);
    }

    #[test]
    fn slopes_are_those_of_finite_differences() {
        for aggregate in Aggregate::ALL {
            check_slopes(aggregate, &[0.7, 3.1, 0.2, 0.1, 4.0, 3.2, 2.5, 1.9, 4.1, 4.9]);
        }
    }

    #[test]
    fn names_are_found_again() {
        for aggregate in Aggregate::ALL {
            assert_eq!(Aggregate::named(aggregate.name), Some(aggregate));
        }
        assert_eq!(Aggregate::named("median"), None);
    }
}
