//! How much of the scatter around a curve is measurement noise, and where that is known from.

use crate::curve::seed_noise::SeedNoise;
use crate::curve::{CurvePoint, LearningCurve, MetricKind};

/// What is known of the noise at each size, in log-error units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredNoise {
    /// Standard deviation of each point's log error over new test sets and seeds, as measured;
    /// 0 where nothing is known, as at censored points. One per point, in the order of `curve.points()`.
    pub(crate) deviations: Vec<f64>,
    /// Degrees of freedom behind the deviations; 0 where nothing is known.
    pub(crate) degrees: usize,
    /// Whether several seeds were run at most sizes, or the source states standard errors.
    pub(crate) seeds_known: bool,
    /// Standard deviation of the log error at the largest size that is not censored, from its test examples alone.
    pub(crate) test_deviation: Option<f64>,
}

/// Reads the noise of `curve` from per-example outcomes, seeds, stated standard errors or the number
/// of test examples, whichever there are.
pub(crate) fn measured_noise(curve: &LearningCurve) -> MeasuredNoise {
    let points = curve.points();
    let seed_noise = SeedNoise::of(points);
    let deviations = points
        .iter()
        .map(|point| {
            if point.is_censored {
                return 0.0;
            }
            if let Some(standard_error) = point.standard_error {
                return (standard_error / point.error()).min(1.0);
            }
            let seeds = seed_noise.map_or(0.0, |noise| {
                noise.at_point(point) * variance_of_median(point.replicates.len())
            });
            let test = test_deviation(curve, point).unwrap_or(0.0);
            (seeds + test * test).sqrt().min(1.0)
        })
        .collect();
    let stated = points.iter().filter(|point| point.standard_error.is_some()).count();
    let is_stated = 2 * stated > curve.seen().count();
    MeasuredNoise {
        deviations,
        degrees: if is_stated {
            STATED_DEGREES
        } else {
            seed_noise.map_or(0, |noise| noise.degrees)
        },
        seeds_known: seed_noise.is_some() || is_stated,
        test_deviation: curve.seen().next_back().and_then(|point| test_deviation(curve, point)),
    }
}

impl MeasuredNoise {
    /// The same with the deviations of the points of `curve` that are not censored alone.
    pub(crate) fn of_seen(mut self, curve: &LearningCurve) -> Self {
        let mut points = curve.points().iter();
        self.deviations.retain(|_| points.next().is_some_and(|point| !point.is_censored));
        self
    }
}

/// Degrees of freedom granted to a stated standard error, which says nothing of its own accuracy: those
/// of 31 repeats, after which intervals hardly change.
const STATED_DEGREES: usize = 30;

/// Variance of the log error of `point` over new seeds.
pub(crate) fn variance_between_seeds(noise: &SeedNoise, point: &CurvePoint) -> f64 {
    noise.at(point.size) * variance_of_median(point.replicates.len())
}

/// Log error that no law is expected to hit better, whatever the noise. Chosen by hand, not swept.
pub(crate) const MISFIT: f64 = 0.02;

/// Variance of the median of `count` normal draws, in units of their variance.
///
/// Exact values up to 5, then pi / 2 over the count, which is within 5 %.
pub(crate) fn variance_of_median(count: usize) -> f64 {
    match count {
        0 | 1 => 1.0,
        2 => 0.5,
        3 => 0.448_7,
        4 => 0.298_2,
        5 => 0.286_8,
        _ => std::f64::consts::FRAC_PI_2 / count as f64,
    }
}

/// Standard deviation of a point's log error over new test sets, from the outcomes of its first
/// replicate or, for error rates, from the number of test examples.
pub(crate) fn test_deviation(curve: &LearningCurve, point: &CurvePoint) -> Option<f64> {
    let outcomes = point.replicates[0].outcomes.as_ref();
    if let Some(influence) = outcomes.and_then(|all| all.influence(curve.aggregate())) {
        return influence.deviation();
    }
    let count = point.test_examples? as f64;
    let error = point.error();
    let is_rate = curve.metric() == MetricKind::ErrorRate && error < 1.0 && count > 0.0;
    is_rate.then(|| ((1.0 - error) / (error * count)).sqrt())
}

/// Number of test examples behind a point, where it is known.
pub(crate) fn test_examples(point: &CurvePoint) -> Option<f64> {
    let outcomes = point.replicates[0].outcomes.as_ref().map(|all| all.examples() as f64);
    outcomes.or(point.test_examples.map(|count| count as f64))
}

/// What a test set can tell apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Resolution {
    /// Number of test examples, where it is known.
    pub(crate) examples: Option<f64>,
    /// Standard deviation of the log error over new test sets.
    pub(crate) deviation: f64,
    /// Error that is to be told from a lower one.
    pub(crate) error: f64,
    /// Fall of log error to the lower one.
    pub(crate) fall: f64,
    /// Kind of the error.
    pub(crate) metric: MetricKind,
}

impl Resolution {
    /// "180 test examples cannot tell 2.8% from 1.2%; 2,400 would".
    pub(crate) fn sentence(&self) -> String {
        let count = |examples: f64| thousands(examples.round() as u64);
        let who = self.examples.map_or("the test set".to_owned(), |examples| {
            format!("{} test examples", count(examples))
        });
        let lower = self.error * (-self.fall).exp();
        let (high, low) = told_apart(self.error, lower, self.metric);
        if self.deviation <= self.fall {
            let tells = if self.examples.is_some() { "tell" } else { "tells" };
            return format!("{who} {tells} {high} from {low}, what doubling the data should do");
        }
        // What no test set of this world would tell apart prints alike.
        let Some(needed) = self.needed().filter(|_| high != low) else {
            let (from, _) = told_apart(self.error, 0.5 * self.error, self.metric);
            return format!("{who} cannot tell whether the error still falls from {from}");
        };
        format!("{who} cannot tell {high} from {low}{needed}")
    }

    /// "; 2,400 would", rounded up to two figures; nothing where the number of examples is not known, `None`
    /// beyond a billion.
    fn needed(&self) -> Option<String> {
        let Some(examples) = self.examples else { return Some(String::new()) };
        let needed = examples * (self.deviation / self.fall).powi(2);
        if !(needed.is_finite() && needed < 1e9) {
            return None;
        }
        let unit = 10_f64.powf((needed.log10().floor() - 1.0).max(0.0));
        let rounded = (needed / unit).ceil() * unit;
        Some(format!("; {} would", thousands(rounded.round() as u64)))
    }
}

/// `2,400`
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Two errors with as many digits as tell them apart, three more than two figures at most.
fn told_apart(high: f64, low: f64, metric: MetricKind) -> (String, String) {
    let is_rate = metric == MetricKind::ErrorRate;
    let scale = if is_rate { 100.0 } else { 1.0 };
    let unit = if is_rate { "%" } else { "" };
    let (high, low) = (high * scale, low * scale);
    let magnitude = low.max(1e-12).log10().floor();
    let first = (1.0 - magnitude).max(0.0) as usize;
    let text = |value: f64, decimals: usize| format!("{value:.decimals$}{unit}");
    let decimals = (first..first + 3).find(|&decimals| text(high, decimals) != text(low, decimals));
    let decimals = decimals.unwrap_or(first + 3).min(12);
    (text(high, decimals), text(low, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile::median_in_place;
    use crate::stats::random::RandomStream;

    #[test]
    fn a_test_set_is_judged_by_what_it_tells_apart() {
        let fall = (2.8_f64 / 1.2).ln();
        let small = Resolution {
            examples: Some(180.0),
            deviation: 3.6 * fall,
            error: 0.028,
            fall,
            metric: MetricKind::ErrorRate,
        };
        assert_eq!(small.sentence(), "180 test examples cannot tell 2.8% from 1.2%; 2,400 would");
        let large = Resolution { deviation: 0.5 * fall, ..small };
        let told = "180 test examples tell 2.8% from 1.2%, what doubling the data should do";
        assert_eq!(large.sentence(), told);
        let unknown = Resolution { examples: None, error: 2.345, fall: 1e-3, ..small };
        let unknown = Resolution { metric: MetricKind::Loss, ..unknown };
        assert_eq!(unknown.sentence(), "the test set cannot tell 2.35 from 2.34");
        let level = Resolution { fall: 0.0, ..small };
        let words = "180 test examples cannot tell whether the error still falls from 2.8%";
        assert_eq!(level.sentence(), words);
    }

    #[test]
    fn the_variance_of_a_median_is_as_stated() {
        for count in 1..=8 {
            let mut stream = RandomStream::new(11, count as u64);
            let draws = 40_000;
            let squares: f64 = (0..draws)
                .map(|_| {
                    let mut sample: Vec<f64> = (0..count).map(|_| stream.normal()).collect();
                    median_in_place(&mut sample).powi(2)
                })
                .sum();
            // 40,000 draws of a squared normal have a standard error of 0.7 %; the approximation
            // for large counts is off by up to 10 % at 6.
            let ratio = squares / f64::from(draws) / variance_of_median(count);
            assert!((0.80..1.05).contains(&ratio), "{count}: {ratio}");
        }
    }
}
