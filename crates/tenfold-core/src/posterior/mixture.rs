//! A distribution as a weighted sum of normal ones.

use crate::posterior::prior::LateBreak;
use crate::stats::normal;

/// One part of a [`Mixture`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Its share; those of a mixture sum to 1.
    pub weight: f64,
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub deviation: f64,
}

/// A weighted sum of normal distributions, of log errors here.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The parts, the heaviest first.
    parts: Vec<Normal>,
}

/// Total weight of the parts that are left out: a thousandth of the smaller tail of a 95 % interval
/// would move its end by less than a percent of its width.
const LEFT_OUT: f64 = 1e-4;

/// Log error to which a quantile is found, relative to the deviation.
const TOLERANCE: f64 = 1e-7;

/// Most steps of a search for a quantile; a bisection alone would end after 60.
const MOST_STEPS: usize = 80;

impl Mixture {
    /// The mixture of `parts`, whose weights need not sum to 1.
    pub(super) fn new(mut parts: Vec<Normal>) -> Self {
        parts.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.mean.total_cmp(&b.mean)));
        let total: f64 = parts.iter().map(|part| part.weight).sum();
        let mut reached = 0.0;
        let enough = parts.iter().position(|part| {
            reached += part.weight;
            reached >= (1.0 - LEFT_OUT) * total
        });
        parts.truncate(enough.map_or(parts.len(), |last| last + 1));
        let kept: f64 = parts.iter().map(|part| part.weight).sum();
        for part in &mut parts {
            part.weight /= kept;
        }
        Self { parts }
    }

    /// The parts, the heaviest first.
    pub fn parts(&self) -> &[Normal] {
        &self.parts
    }

    /// The same distribution if the law may break on the way. A break at a point that is uniform
    /// over the `doublings` ahead turns the slope by a normal amount, which adds
    /// `(moves turn doublings)^2 / 3` to the variance of the level; a floor does not turn, and
    /// `moves` is the share of the error above it.
    pub(super) fn with_late_breaks(self, doublings: f64, moves: f64, breaks: &[LateBreak]) -> Self {
        let each: f64 = breaks.iter().map(|one| one.probability).sum();
        if breaks.is_empty() || doublings <= 0.0 || each <= 0.0 {
            return self;
        }
        let broken = 1.0 - (1.0 - each).powf(doublings);
        let (mean, variance) = (self.mean(), self.variance());
        let mut parts = self.parts;
        for part in &mut parts {
            part.weight *= 1.0 - broken;
        }
        parts.extend(breaks.iter().map(|one| {
            let square = (moves * one.turn * doublings).powi(2) / 3.0;
            let weight = broken * one.probability / each;
            Normal { weight, mean, deviation: (variance + square).sqrt() }
        }));
        Self::new(parts)
    }

    /// The distribution of a value that is larger by `shift`.
    #[must_use]
    pub(crate) fn shifted(mut self, shift: f64) -> Self {
        for part in &mut self.parts {
            part.mean += shift;
        }
        self
    }

    /// A draw of `first` with probability 1 - `share`, else one of `second`.
    pub(crate) fn blended(first: Self, second: Self, share: f64) -> Self {
        let weighed = |mixture: Self, share: f64| {
            mixture
                .parts
                .into_iter()
                .map(move |part| Normal { weight: share * part.weight, ..part })
        };
        match share {
            share if share <= 0.0 => first,
            share if share >= 1.0 => second,
            share => {
                Self { parts: weighed(first, 1.0 - share).chain(weighed(second, share)).collect() }
            }
        }
    }

    /// Mean.
    pub fn mean(&self) -> f64 {
        self.parts.iter().map(|part| part.weight * part.mean).sum()
    }

    /// Variance.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let of = |part: &Normal| {
            part.weight * (part.deviation * part.deviation + (part.mean - mean).powi(2))
        };
        self.parts.iter().map(of).sum()
    }

    /// Probability of a value of at most `value`.
    pub fn cumulative(&self, value: f64) -> f64 {
        let below =
            |part: &Normal| part.weight * normal::cumulative((value - part.mean) / part.deviation);
        self.parts.iter().map(below).sum::<f64>().clamp(0.0, 1.0)
    }

    pub(super) fn density(&self, value: f64) -> f64 {
        let of = |part: &Normal| {
            let z = (value - part.mean) / part.deviation;
            part.weight * (-0.5 * z * z).exp() / part.deviation
        };
        self.parts.iter().map(of).sum::<f64>() / std::f64::consts::TAU.sqrt()
    }

    /// Value that is not exceeded with `probability`.
    ///
    /// By Newton's steps, held inside a bracket that every step narrows.
    pub fn quantile(&self, probability: f64) -> f64 {
        let reach = normal::quantile(probability);
        let ends = |part: &Normal| part.mean + reach * part.deviation;
        // The quantile of a mixture lies between those of its parts.
        let (mut low, mut high) = self
            .parts
            .iter()
            .map(ends)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| {
                (low.min(end), high.max(end))
            });
        let mut at = (self.mean() + reach * self.variance().sqrt()).clamp(low, high);
        let enough = TOLERANCE * self.variance().sqrt();
        for _ in 0..MOST_STEPS {
            let excess = self.cumulative(at) - probability;
            if excess > 0.0 {
                high = at;
            } else {
                low = at;
            }
            let newton = at - excess / self.density(at).max(f64::MIN_POSITIVE);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - at).abs() <= enough {
                return next;
            }
            at = next;
        }
        at
    }

    /// Few parts in place of many, with the same mean and variance: neighbours in order of their means
    /// are joined until each has about one `count`-th of the weight.
    pub(crate) fn joined(&self, count: usize) -> Self {
        let mut parts = self.parts.clone();
        parts.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let mut joined: Vec<Normal> = Vec::with_capacity(count + 1);
        let mut group: Vec<Normal> = Vec::new();
        let mut weight = 0.0;
        let share = 1.0 / count as f64;
        for part in parts {
            weight += part.weight;
            group.push(part);
            if weight >= share {
                joined.push(one_of(&group));
                group.clear();
                weight = 0.0;
            }
        }
        if !group.is_empty() {
            joined.push(one_of(&group));
        }
        Self::new(joined)
    }
}

/// The normal distribution with the moments of all `parts`.
fn one_of(parts: &[Normal]) -> Normal {
    let weight: f64 = parts.iter().map(|part| part.weight).sum();
    let mean = parts.iter().map(|part| part.weight * part.mean).sum::<f64>() / weight;
    let square = |part: &Normal| {
        part.weight * (part.deviation * part.deviation + (part.mean - mean).powi(2))
    };
    let variance = parts.iter().map(square).sum::<f64>() / weight;
    Normal { weight, mean, deviation: variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Mixture {
        let part = |weight, mean, deviation| Normal { weight, mean, deviation };
        Mixture::new(vec![part(0.7, 0.0, 1.0), part(0.3, 6.0, 0.01)])
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        for probability in [0.001, 0.025, 0.1, 0.5, 0.69, 0.75, 0.9, 0.999] {
            let back = two().cumulative(two().quantile(probability));
            assert!((back - probability).abs() < 1e-6, "{probability}: {back}");
        }
    }

    #[test]
    fn joining_keeps_the_first_two_moments() {
        let parts = (0..300).map(|k| {
            let k = f64::from(k);
            Normal { weight: 1.0 + (k * 0.7).sin(), mean: (k * 1.3).cos(), deviation: 0.1 }
        });
        let mixture = Mixture::new(parts.collect());
        let joined = mixture.joined(30);
        assert!(joined.parts().len() <= 31);
        assert!((joined.mean() - mixture.mean()).abs() < 1e-3);
        assert!((joined.variance() / mixture.variance() - 1.0).abs() < 1e-2);
        assert!((joined.quantile(0.1) - mixture.quantile(0.1)).abs() < 0.02);
    }

    #[test]
    fn a_break_widens_the_tails_and_leaves_the_middle() {
        let plain = Mixture::new(vec![Normal { weight: 1.0, mean: 0.0, deviation: 0.1 }]);
        let breaks = [LateBreak { turn: 0.5, probability: 0.05 }];
        let broken = plain.clone().with_late_breaks(2.0, 1.0, &breaks);
        assert!(broken.quantile(0.5).abs() < 1e-6);
        assert!(broken.quantile(0.975) > 1.2 * plain.quantile(0.975));
        assert!(broken.quantile(0.8) < 1.2 * plain.quantile(0.8));
        // P(break in two doublings) = 1 - .95^2.
        let expected = 0.01 + (1.0 - 0.95 * 0.95) * 0.25 * 4.0 / 3.0;
        assert!((broken.variance() / expected - 1.0).abs() < 1e-9, "{}", broken.variance());
        assert_eq!(plain.clone().with_late_breaks(0.0, 1.0, &breaks), plain);
    }
}
