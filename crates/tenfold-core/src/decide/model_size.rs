//! How the best model size grows with the training set.

use serde::Serialize;

use crate::estimate::{Estimate, Interval};
use crate::stats::{normal, student};
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
    /// Winners between others, less the line's two numbers.
    #[serde(skip)]
    degrees: usize,
    #[serde(skip)]
    line: Line,
}

/// The straight line through the logs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    /// Number of winners, where a bound counts in part.
    count: f64,
    mean_log_size: f64,
    mean_log_count: f64,
    slope: f64,
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
        let Line { count, mean_log_size, spread, variance, .. } = self.line;
        let apart = size.log() - mean_log_size;
        let deviation = (variance * (1.0 + 1.0 / count + apart * apart / spread)).sqrt();
        let value = self.parameter_count(size);
        let interval = |probability: f64| {
            let width = student::quantile(probability, self.degrees) * deviation;
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

/// A model that won the search at one training-set size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WinningModel<'a> {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Parameters of the winner.
    pub parameter_count: ParameterCount,
    /// Parameters of all models that the search at this size tried, smallest first; empty if that is not known.
    pub tried: &'a [ParameterCount],
}

/// What the winner of a grid tells about the model that fits a size best.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// The best lies around this log count.
    About(f64),
    /// The largest model tried won: the best lies above.
    Above(f64),
    /// The smallest model tried won: the best lies below.
    Below(f64),
}

impl WinningModel<'_> {
    /// Whether a larger model was not tried although smaller ones were.
    pub fn is_largest_tried(&self) -> bool {
        matches!(self.seen(), Seen::Above(_))
    }

    /// Whether a smaller model was not tried although larger ones were.
    pub fn is_smallest_tried(&self) -> bool {
        matches!(self.seen(), Seen::Below(_))
    }

    /// The log counts halfway to the next smaller and the next larger model tried.
    fn halfway(&self) -> (Option<f64>, Option<f64>) {
        let own = log_count(self.parameter_count);
        let halfway = |other: &ParameterCount| own.midpoint(log_count(*other));
        let smaller = self.tried.iter().rev().find(|other| other.0 < self.parameter_count.0);
        let larger = self.tried.iter().find(|other| other.0 > self.parameter_count.0);
        (smaller.map(halfway), larger.map(halfway))
    }

    fn seen(&self) -> Seen {
        match self.halfway() {
            (Some(low), None) => Seen::Above(low),
            (None, Some(high)) => Seen::Below(high),
            _ => Seen::About(log_count(self.parameter_count)),
        }
    }

    /// Variance that the steps of the grid bring into the log count of the winner: that of a uniform
    /// distribution between the two halfways.
    fn rounding(&self) -> f64 {
        match self.halfway() {
            (Some(low), Some(high)) => (high - low).powi(2) / 12.0,
            _ => 0.0,
        }
    }
}

fn log_count(count: ParameterCount) -> f64 {
    (count.0 as f64).ln()
}

/// Regression of log parameter count on log training-set size, where a winner at an end of what was
/// tried is a bound.
///
/// Without such winners it is least squares. With them it is the maximum of the likelihood (Tobin 1958),
/// found by replacing a bound by the mean and variance that the line gives beyond it; a bound counts in the
/// intervals by the share of its variance that it explains. The scatter is at least that of the grid's
/// steps. `None` with fewer than 3 distinct sizes whose winner lies between others, or was not searched, and
/// when a count is 0. Intervals are Student's t intervals and assume independent log-normal scatter.
///
/// # Reference
/// Tobin (1958), "Estimation of relationships for limited dependent variables", Econometrica 26.
pub fn model_size_law(winners: &[WinningModel<'_>]) -> Option<ModelSizeLaw> {
    let is_inside = |winner: &&WinningModel<'_>| matches!(winner.seen(), Seen::About(_));
    let inside = winners.iter().filter(is_inside).count();
    let mut sizes: Vec<TrainingSetSize> =
        winners.iter().filter(is_inside).map(|winner| winner.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 3 || winners.iter().any(|winner| winner.parameter_count.0 == 0) {
        return None;
    }
    // Sums in one order make the result independent of the order of the winners.
    let mut winners = winners.to_vec();
    winners.sort_by_key(|winner| (winner.size, winner.parameter_count.0));
    let least = winners.iter().map(WinningModel::rounding).sum::<f64>() / inside as f64;
    let points: Vec<(f64, Seen)> =
        winners.iter().map(|winner| (winner.size.log(), winner.seen())).collect();
    let line = Line::through(&points, least);
    let degrees = inside - 2;
    let (slope, standard_error) = (line.slope, (line.variance / line.spread).sqrt());
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
    let log_scale = line.mean_log_count - slope * line.mean_log_size;
    Some(ModelSizeLaw { beta_p, log_scale, at_least_linear: slope >= 1.0, degrees, line })
}

impl Line {
    /// Rounds of replacing bounds, after which what is left to change is far below the intervals.
    const ROUNDS: usize = 10_000;

    /// The line through `points`, (log size, what was seen), whose scatter has a variance of `least` or more.
    fn through(points: &[(f64, Seen)], least: f64) -> Self {
        // Bounds begin as what they are.
        let mut filled: Vec<Filled> = points
            .iter()
            .map(|&(x, seen)| {
                let (Seen::About(y) | Seen::Above(y) | Seen::Below(y)) = seen;
                Filled { x, y, variance: 0.0 }
            })
            .collect();
        let mut line = Self::least_squares(&filled, least);
        for _ in 0..Self::ROUNDS {
            for (filled, &(x, seen)) in filled.iter_mut().zip(points) {
                *filled = line.filled(x, seen);
            }
            let next = Self::least_squares(&filled, least);
            let moved = (next.slope - line.slope).abs() + (next.variance - line.variance).abs();
            line = next;
            if moved <= 1e-12 {
                break;
            }
        }
        line.weighed(&filled)
    }

    /// What was seen at log size `x`, a bound replaced by what the line expects beyond it.
    fn filled(&self, x: f64, seen: Seen) -> Filled {
        let (mean, deviation) = (self.at(x), self.variance.sqrt());
        let beyond = |bound: f64, sign: f64| {
            let (above, variance) = beyond(sign * (bound - mean) / deviation);
            Filled { x, y: mean + sign * above * deviation, variance: variance * self.variance }
        };
        match seen {
            Seen::About(y) => Filled { x, y, variance: 0.0 },
            Seen::Above(bound) => beyond(bound, 1.0),
            Seen::Below(bound) => beyond(bound, -1.0),
        }
    }

    /// Least squares through filled points, each of which counts whole.
    fn least_squares(points: &[Filled], least: f64) -> Self {
        let count = points.len() as f64;
        let mean_log_size = points.iter().map(|point| point.x).sum::<f64>() / count;
        let mean_log_count = points.iter().map(|point| point.y).sum::<f64>() / count;
        let spread: f64 = points.iter().map(|point| (point.x - mean_log_size).powi(2)).sum();
        let products =
            points.iter().map(|point| (point.x - mean_log_size) * (point.y - mean_log_count));
        let slope = products.sum::<f64>() / spread;
        let line = Self { count, mean_log_size, mean_log_count, slope, spread, variance: 0.0 };
        let squares: f64 =
            points.iter().map(|point| (point.y - line.at(point.x)).powi(2) + point.variance).sum();
        Self { variance: (squares / (count - 2.0)).max(least), ..line }
    }

    /// The same line, with the information that `points` really hold.
    fn weighed(self, points: &[Filled]) -> Self {
        if self.variance <= 0.0 {
            return self;
        }
        let weight = |point: &Filled| 1.0 - point.variance / self.variance;
        let count: f64 = points.iter().map(weight).sum();
        let mean = points.iter().map(|point| weight(point) * point.x).sum::<f64>() / count;
        let spread = points.iter().map(|point| weight(point) * (point.x - mean).powi(2)).sum();
        Self { count, mean_log_size: mean, mean_log_count: self.at(mean), spread, ..self }
    }

    fn at(&self, log_size: f64) -> f64 {
        self.mean_log_count + self.slope * (log_size - self.mean_log_size)
    }
}

/// A point whose bound, if it is one, is replaced by what is expected beyond it.
struct Filled {
    x: f64,
    y: f64,
    /// Variance beyond the bound; 0 for what was seen.
    variance: f64,
}

/// Mean and variance of a standard normal draw known to lie above `bound`.
fn beyond(bound: f64) -> (f64, f64) {
    // Far out the quotient of two vanishing numbers is `bound + 1 / bound`, with a variance of 1 / bound^2.
    if bound > 30.0 {
        return (bound + 1.0 / bound, 1.0 / (bound * bound));
    }
    if bound.is_nan() {
        return (0.0, 0.0);
    }
    let density = (-0.5 * bound * bound).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let mean = density / normal::cumulative(-bound);
    (mean, (1.0 - mean * (mean - bound)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile::median_in_place;
    use crate::stats::random::RandomStream;

    fn winner(size: f64, count: u64, tried: &[ParameterCount]) -> WinningModel<'_> {
        let size = TrainingSetSize::new(size).unwrap();
        WinningModel { size, parameter_count: ParameterCount(count), tried }
    }

    fn winners(counts: &[(f64, u64)]) -> Vec<WinningModel<'static>> {
        counts.iter().map(|&(size, count)| winner(size, count, &[])).collect()
    }

    /// Models of 1,000 parameters and more, each of four times the one before.
    fn grid(models: u32) -> Vec<ParameterCount> {
        (0..models).map(|index| ParameterCount(1_000 * 4_u64.pow(index))).collect()
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

    #[test]
    fn winners_at_the_end_of_the_grid_are_bounds() {
        let tried = grid(4);
        let of = |size: f64| {
            let log = (1_900.0 * size.sqrt()).ln();
            let distance = |count: &&ParameterCount| (log_count(**count) - log).abs();
            let best = tried.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
            winner(size, best.0, &tried)
        };
        let all = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0].map(of);
        assert_eq!(all.iter().filter(|one| one.is_smallest_tried()).count(), 1);
        assert_eq!(all.iter().filter(|one| one.is_largest_tried()).count(), 2);
        let beta_p = model_size_law(&all).unwrap().beta_p;
        assert!(beta_p.interval_80.low < 0.5 && 0.5 < beta_p.interval_80.high, "{beta_p:?}");
        // Taken for what they are, they would bend the law down.
        let plain = all.map(|one| WinningModel { tried: &[], ..one });
        assert!(model_size_law(&plain).unwrap().beta_p.value < beta_p.value);
    }

    #[test]
    fn the_largest_model_everywhere_tells_no_exponent() {
        let tried = grid(3);
        let all: Vec<_> =
            [100.0, 200.0, 400.0, 800.0].map(|size| winner(size, 16_000, &tried)).to_vec();
        assert_eq!(model_size_law(&all), None);
    }

    #[test]
    fn one_model_inside_the_grid_everywhere_is_as_uncertain_as_the_steps_of_the_grid() {
        let tried = grid(3);
        let all: Vec<_> =
            [100.0, 200.0, 400.0, 800.0].map(|size| winner(size, 4_000, &tried)).to_vec();
        let law = model_size_law(&all).unwrap();
        assert!(law.beta_p.value.abs() < 1e-12);
        // A step of the grid is a factor of four, so three doublings may hide a factor of four: 2 in 3.
        let high = law.beta_p.interval_80.high;
        assert!((0.3..0.9).contains(&high), "{high}");
    }

    /// The share of simulated studies whose interval holds the exponent, and the median of the estimates. The
    /// grid has `models` models, each of twice the parameters of the one before; the log of the best
    /// model scatters by .5 around a law with an exponent of .7.
    fn coverage(models: u32) -> (f64, f64) {
        let tried: Vec<_> =
            (0..models).map(|index| ParameterCount(500 * 2_u64.pow(index))).collect();
        let (mut held, mut exponents) = (0.0, Vec::new());
        for study in 0..2_000 {
            let mut draws = RandomStream::new(11, study);
            let of = |index: i32| {
                let size = 1_000.0 * 2_f64.powi(index);
                let log =
                    2_500_f64.ln() + 0.7 * f64::from(index) * 2_f64.ln() + 0.5 * draws.normal();
                let distance = |count: &&ParameterCount| (log_count(**count) - log).abs();
                let best = tried.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                winner(size, best.unwrap().0, &tried)
            };
            let all: Vec<_> = (0..7).map(of).collect();
            let Some(law) = model_size_law(&all) else { continue };
            let range = law.beta_p.interval_80;
            exponents.push(law.beta_p.value);
            held += f64::from(u8::from(range.low <= 0.7 && 0.7 <= range.high));
        }
        (held / exponents.len() as f64, median_in_place(&mut exponents))
    }

    #[test]
    fn intervals_hold_the_exponent_whether_or_not_the_grid_reaches_far_enough() {
        for (models, expected) in [(12, 0.77..0.85), (6, 0.77..0.93)] {
            let (held, median) = coverage(models);
            // 2,000 studies tell a share to .02. With six models a third of the winners are bounds, and the
            // few others have few degrees of freedom, which makes intervals wide rather than narrow.
            assert!(expected.contains(&held), "grid of {models}: {held} of intervals");
            assert!((median - 0.7).abs() < 0.06, "grid of {models}: {median}");
        }
    }
}
