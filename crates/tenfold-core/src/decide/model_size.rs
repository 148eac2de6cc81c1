//! How the best model size grows with the training set.

use serde::Serialize;

use crate::estimate::{Estimate, Interval};
use crate::stats::student;
use crate::units::{ParameterCount, TrainingSetSize};

/// `parameter count = scale * m^beta_p`, fitted to the model sizes that won.
///
/// # Reference
/// Hestness et al. (2017), arXiv:1712.00409, section 3: `beta_p` between 0.5 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModelSizeLaw {
    /// Model-size exponent.
    pub beta_p: Estimate,
    /// Natural logarithm of the parameter count expected at one training example.
    pub log_scale: f64,
    /// Whether the exponent is 1 or more: the model then grows as fast as the data, which usually
    /// means that the largest model tried was still too small at the small end, or too few were.
    pub at_least_linear: bool,
    #[serde(skip)]
    line: Line,
}

/// The straight line through the logs, as far as its uncertainty needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    count: f64,
    mean_log_size: f64,
    /// Sum of squared distances of the log sizes from their mean.
    spread: f64,
    /// Variance of the log counts around the line.
    variance: f64,
}

impl ModelSizeLaw {
    /// Parameter count expected to fit `size` best.
    pub fn parameter_count(&self, size: TrainingSetSize) -> f64 {
        (self.log_scale + self.beta_p.value * size.log()).exp().clamp(0.0, f64::MAX)
    }

    /// Parameter count that would win a search at `size`, with prediction intervals.
    ///
    /// Student's t intervals of one new winner; they assume that future winners follow the same law
    /// and that the search reaches far enough up.
    pub fn at(&self, size: TrainingSetSize) -> Estimate {
        let Line { count, mean_log_size, spread, variance } = self.line;
        let apart = size.log() - mean_log_size;
        let deviation = (variance * (1.0 + 1.0 / count + apart * apart / spread)).sqrt();
        let value = self.parameter_count(size);
        let interval = |probability: f64| {
            let width = student::quantile(probability, count as usize - 2) * deviation;
            let end = |sign: f64| (value.ln() + sign * width).exp().clamp(0.0, f64::MAX);
            Interval { low: end(-1.0), high: end(1.0) }
        };
        let standard_error = value * deviation;
        Estimate {
            value,
            standard_error: standard_error.is_finite().then_some(standard_error),
            interval_80: interval(0.9),
            interval_95: interval(0.975),
        }
    }
}

/// Least squares of log parameter count on log training-set size.
///
/// `None` with fewer than 3 distinct sizes, from which the noise cannot be estimated, or when a
/// count is 0. Intervals are Student's t intervals and assume independent log-normal scatter.
pub fn model_size_law(winners: &[(TrainingSetSize, ParameterCount)]) -> Option<ModelSizeLaw> {
    let mut sizes: Vec<TrainingSetSize> = winners.iter().map(|winner| winner.0).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 3 || winners.iter().any(|winner| winner.1.0 == 0) {
        return None;
    }
    let mut points: Vec<(f64, f64)> =
        winners.iter().map(|winner| (winner.0.log(), (winner.1.0 as f64).ln())).collect();
    // Sums in one order make the result independent of the order of the winners.
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let xx: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let xy: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = xy / xx;
    let log_scale = mean_y - slope * mean_x;
    let squares: f64 = points.iter().map(|(x, y)| (y - log_scale - slope * x).powi(2)).sum();
    let degrees = points.len() - 2;
    let standard_error = (squares / degrees as f64 / xx).sqrt();
    let interval = |probability: f64| {
        let width = student::quantile(probability, degrees) * standard_error;
        Interval { low: slope - width, high: slope + width }
    };
    let beta_p = Estimate {
        value: slope,
        standard_error: Some(standard_error),
        interval_80: interval(0.9),
        interval_95: interval(0.975),
    };
    let variance = squares / degrees as f64;
    let line = Line { count, mean_log_size: mean_x, spread: xx, variance };
    Some(ModelSizeLaw { beta_p, log_scale, at_least_linear: slope >= 1.0, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn winners(counts: &[(f64, u64)]) -> Vec<(TrainingSetSize, ParameterCount)> {
        counts
            .iter()
            .map(|&(size, count)| (TrainingSetSize::new(size).unwrap(), ParameterCount(count)))
            .collect()
    }

    #[test]
    fn an_exact_law_is_recovered() {
        let law = model_size_law(&winners(&[(100.0, 1_000), (10_000.0, 10_000), (1e6, 100_000)]));
        let law = law.unwrap();
        assert!((law.beta_p.value - 0.5).abs() < 1e-12);
        assert!(!law.at_least_linear);
        let size = TrainingSetSize::new(1e8).unwrap();
        assert!((law.parameter_count(size) / 1e6 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn growth_as_fast_as_the_data_is_flagged() {
        let law = model_size_law(&winners(&[(1.0, 10), (2.0, 21), (4.0, 43)])).unwrap();
        assert!(law.at_least_linear);
    }

    #[test]
    fn two_sizes_cannot_show_their_noise() {
        assert_eq!(model_size_law(&winners(&[(1.0, 1), (2.0, 2), (2.0, 3)])), None);
    }

    #[test]
    fn the_interval_agrees_with_scipy() {
        // scipy 1.x: linregress on the logs, stderr * t.ppf(0.975, 3).
        let law = model_size_law(&winners(&[
            (100.0, 900),
            (200.0, 1_900),
            (400.0, 2_500),
            (800.0, 5_200),
            (1_600.0, 7_400),
        ]));
        let beta_p = law.unwrap().beta_p;
        assert!((beta_p.value - 0.753_156_893_307_078_1).abs() < 1e-9, "{}", beta_p.value);
        assert!((beta_p.standard_error.unwrap() / 0.060_840_103_454_907_9 - 1.0).abs() < 1e-9);
        // The t quantile at 3 degrees is good to 1 %.
        assert!((beta_p.interval_95.high / 0.946_777_255_760_228_3 - 1.0).abs() < 0.01);
        // The prediction at 12,800 and its interval from the same fit: s sqrt(1 + 1/n + d^2/Sxx).
        let at = law.unwrap().at(TrainingSetSize::new(12_800.0).unwrap());
        for (found, reference) in [
            (at.value, 37_744.034),
            (at.interval_95.low, 16_684.425),
            (at.interval_95.high, 85_385.75),
        ] {
            assert!((found / reference - 1.0).abs() < 0.01, "{found} {reference}");
        }
    }
}
