//! Likelihood of a curve if its data repeat: a power law of the number of new examples, which stops
//! growing.
//!
//! A floor bends a curve over all its sizes, since the error above it falls slowly. With repeated
//! data, the curve leaves its law at one size and the error stays where it is: at once, or
//! gradually as draws with replacement exhaust the new examples. Dynamics and noise are those of
//! the posterior, so that the likelihoods can be compared.

use crate::curve::MetricKind;
use crate::posterior::Prior;
use crate::posterior::filter::{self, Laws, Observation, Sequence, Steps};
use crate::posterior::grid::{GRID, PERSISTENCES, PriorRow};
use crate::stats::normal;

/// Exponents averaged over, evenly in the logarithm: where published ones lie.
const EXPONENTS: (f64, f64) = (0.05, 1.0);

/// Parts of that range within which the density is taken as uniform.
const PARTS: usize = 16;

/// Distance, in doublings, between the sizes at which new examples may end; the evidence is
/// averaged over them.
const SPACING: f64 = 0.125;

/// Largest number of these sizes: on a wider range they lie farther apart.
const MOST_PLACES: usize = 32;

/// Fewest doublings at the top over which the data repeat: over fewer, repeats do not make a curve
/// level off.
const LEAST: f64 = 1.0;

/// Fewest sizes before the new examples end, which are needed to determine the law.
const BEFORE: usize = 3;

/// A shape is skipped if its log density lies this far below the largest so far.
const NEGLIGIBLE: f64 = 16.0;

/// Logs of densities of a curve if its data repeat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogEvidence {
    /// Over all dynamics.
    pub(crate) all: f64,
    /// The part of `all` in which the curve follows its law closely.
    pub(crate) lawful: f64,
}

/// Log evidence of `observations`, which ascend and end at 0, if their data repeat; `None` where
/// there are too few sizes for a law and for repeats after it.
///
/// Laws are `ln e = a − b ln u` with u the examples that are new, `min(m, d)` or
/// `d (1 − exp(−m / d))` alike; the evidence is averaged over d, evenly in the logarithm, from the
/// third size to a doubling below the largest. The likelihood is normal in b, so that three values
/// determine it, and the mean over b is exact.
pub(super) fn log_evidence(
    observations: &[Observation],
    metric: MetricKind,
    prior: &Prior,
) -> Option<LogEvidence> {
    let places = places(observations)?;
    let shapes: Vec<(f64, Use)> =
        places.iter().flat_map(|&place| [(place, Use::AtOnce), (place, Use::Drawn)]).collect();
    let steps = Steps::of(&PERSISTENCES, observations);
    let sequence = Sequence { observations, steps: &steps };
    let all = laws(observations, &shapes);
    let scouting: Vec<(f64, Use)> = shapes.iter().step_by(SCOUTS).copied().collect();
    let scouts = laws(observations, &scouting);
    let has_bounds = has_bounds(observations);
    let has_noise = observations.iter().any(|one| one.variance > 0.0);
    let rows = prior.rows(metric, has_noise, observations[0].doublings);
    let by_shape = |row: &PriorRow, laws: &Laws| -> Vec<OfExponents> {
        let run = filter::run(&GRID.dynamics[row.dynamics], sequence, laws);
        let (shared, rest) = run.log_likelihood.split_at(1);
        if has_bounds {
            return rest.chunks_exact(TABLED).map(OfExponents::tabled).collect();
        }
        let pairs = rest.chunks_exact(2);
        let parabola = |pair: &[f64]| Parabola::through(shared[0], pair[0], pair[1]);
        pairs.map(|pair| OfExponents::Normal(parabola(pair))).collect()
    };
    let promise = |row: &PriorRow| {
        let peaks = by_shape(row, &scouts).into_iter().map(|one| one.peak());
        row.log_mass + peaks.fold(f64::NEG_INFINITY, f64::max)
    };
    let promises: Vec<f64> = rows.iter().map(promise).collect();
    let promised = promises.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let edges = edges();
    let mut best = f64::NEG_INFINITY;
    let mut logs: Vec<(f64, bool)> = Vec::new();
    for (row, promise) in rows.iter().zip(promises) {
        if promise < promised - NEGLIGIBLE {
            continue;
        }
        let log_mass = row.log_mass - (shapes.len() as f64).ln();
        for one in by_shape(row, &all) {
            if log_mass + one.peak() > best - NEGLIGIBLE {
                let log = log_mass + one.log_mean(&edges);
                best = best.max(log);
                logs.push((log, GRID.dynamics[row.dynamics].is_fine()));
            }
        }
    }
    let log_sum = |is_kept: &dyn Fn(bool) -> bool| {
        let kept = logs.iter().filter(|one| is_kept(one.1));
        best + kept.map(|one| (one.0 - best).exp()).sum::<f64>().ln()
    };
    best.is_finite()
        .then(|| LogEvidence { all: log_sum(&|_| true), lawful: log_sum(&|is_fine| is_fine) })
}

/// Every fifth shape is tried first, to find which dynamics may matter; the number is odd, so that
/// both ways to use examples are among these shapes.
const SCOUTS: usize = 5;

/// An exponent of 0, which all shapes share, then each shape with exponents 1 and −1; for a curve
/// with bounds, each shape with many exponents.
fn laws(observations: &[Observation], shapes: &[(f64, Use)]) -> Laws {
    let exponents = if has_bounds(observations) { tabled_exponents() } else { vec![1.0, -1.0] };
    let each = exponents.len();
    Laws::of_ratios(1 + each * shapes.len(), observations, |law, doublings| {
        let Some(at) = law.checked_sub(1) else { return 0.0 };
        let (place, how) = shapes[at / each];
        let falls = how.log_new(0.0, place) - how.log_new(doublings, place);
        exponents[at % each] * falls
    })
}

fn has_bounds(observations: &[Observation]) -> bool {
    observations.iter().any(|one| one.is_bound)
}

/// Doublings beyond the largest size (so below 0) at which new examples may end.
fn places(observations: &[Observation]) -> Option<Vec<f64>> {
    let lowest = observations.iter().filter(|one| !one.is_bound).nth(BEFORE - 1)?.doublings;
    let range = -LEAST - lowest;
    if range < 0.0 {
        return None;
    }
    let count = ((range / SPACING).ceil() as usize).clamp(1, MOST_PLACES);
    Some((0..count).map(|at| lowest + range * (at as f64 + 0.5) / count as f64).collect())
}

/// How the new examples end.
#[derive(Clone, Copy)]
enum Use {
    /// All up to a size are new, none after it.
    AtOnce,
    /// Examples are drawn with replacement.
    Drawn,
}

impl Use {
    /// Log of the new examples at a size, up to a constant, where they end at `place`.
    fn log_new(self, doublings: f64, place: f64) -> f64 {
        match self {
            Self::AtOnce => std::f64::consts::LN_2 * doublings.min(place),
            // ln(1 − exp(−m / d)), the share of d among m draws from it.
            Self::Drawn => (-(-(doublings - place).exp2()).exp_m1()).ln(),
        }
    }
}

/// Ends of the parts of the range of exponents.
fn edges() -> [f64; PARTS + 1] {
    let (least, most) = EXPONENTS;
    std::array::from_fn(|part| least * (most / least).powf(part as f64 / PARTS as f64))
}

/// Number of exponents at which the likelihood of a curve with bounds is computed, since it is not
/// normal in the exponent. They are 5 % apart; sizes without an error follow sizes with few errors,
/// which do not determine an exponent as precisely.
const TABLED: usize = 64;

fn tabled_exponents() -> Vec<f64> {
    let (least, most) = EXPONENTS;
    let share = |at: usize| (at as f64 + 0.5) / TABLED as f64;
    (0..TABLED).map(|at| least * (most / least).powf(share(at))).collect()
}

/// A log likelihood as a function of the exponent.
enum OfExponents {
    Normal(Parabola),
    Tabled { peak: f64, log_mean: f64 },
}

impl OfExponents {
    /// The function from its values at [`tabled_exponents`].
    fn tabled(logs: &[f64]) -> Self {
        let peak = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mean = logs.iter().map(|log| (log - peak).exp()).sum::<f64>() / logs.len() as f64;
        Self::Tabled { peak, log_mean: peak + mean.ln() }
    }

    /// Its largest value.
    fn peak(&self) -> f64 {
        match self {
            Self::Normal(parabola) => parabola.peak,
            Self::Tabled { peak, .. } => *peak,
        }
    }

    /// Log of the mean likelihood over exponents, even in the logarithm, between `edges`.
    fn log_mean(&self, edges: &[f64; PARTS + 1]) -> f64 {
        match self {
            Self::Normal(parabola) => parabola.log_mean(edges),
            Self::Tabled { log_mean, .. } => *log_mean,
        }
    }
}

/// A log likelihood that is normal in the exponent.
struct Parabola {
    mode: f64,
    precision: f64,
    at_0: f64,
    /// Its largest value.
    peak: f64,
}

/// Precision of an exponent below which the likelihood does not depend on the shape.
const UNFELT: f64 = 1e-9;

impl Parabola {
    /// The parabola through its values at 0, 1 and −1.
    fn through(at_0: f64, at_1: f64, at_minus_1: f64) -> Self {
        let slope = 0.5 * (at_1 - at_minus_1);
        let precision = 2.0 * at_0 - at_1 - at_minus_1;
        if precision < UNFELT {
            return Self { mode: 0.0, precision: 0.0, at_0, peak: at_0 };
        }
        let mode = slope / precision;
        Self { mode, precision, at_0, peak: at_0 + 0.5 * slope * mode }
    }

    /// Log of the mean likelihood over exponents, even in the logarithm, between `edges`.
    fn log_mean(&self, edges: &[f64; PARTS + 1]) -> f64 {
        if self.precision <= 0.0 {
            return self.at_0;
        }
        let deviation = self.precision.sqrt().recip();
        let part = |pair: &[f64]| {
            let inside =
                between((pair[0] - self.mode) / deviation, (pair[1] - self.mode) / deviation);
            inside / (pair[1] - pair[0])
        };
        let mean = edges.windows(2).map(part).sum::<f64>() / PARTS as f64;
        self.peak + (mean * deviation * std::f64::consts::TAU.sqrt()).ln()
    }
}

/// Probability that a standard normal variable lies between `low` and `high`; exact in both tails.
fn between(low: f64, high: f64) -> f64 {
    let [low, high] = if low > 0.0 { [-high, -low] } else { [low, high] };
    (normal::cumulative(high) - normal::cumulative(low)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posterior::Posterior;

    /// Eight doublings of a curve, relative to its largest size.
    fn observations(error: impl Fn(f64) -> f64, deviation: f64) -> Vec<Observation> {
        let one = |doublings: f64| Observation {
            doublings,
            log_error: (error(doublings.exp2()) / error(1.0)).ln(),
            variance: deviation * deviation,
            is_bound: false,
        };
        (0..8).map(|k| one(f64::from(k - 7))).collect()
    }

    /// Log odds of repeats to all laws with a floor.
    fn log_odds(error: impl Fn(f64) -> f64, deviation: f64) -> f64 {
        let (seen, metric) = (observations(error, deviation), MetricKind::ErrorRate);
        let posterior = Posterior::of(seen, metric, Prior::shipped());
        posterior.repeats(metric, Prior::shipped()).unwrap().all
    }

    #[test]
    fn exact_floors_and_repeats_are_told_apart() {
        let floored = log_odds(|m| m.powf(-0.5) + 3.0, 0.01);
        assert!(floored < -1.0, "{floored}");
        let going_on = log_odds(|m| m.powf(-0.4), 0.01);
        assert!(going_on < -1.0, "{going_on}");
        for repeats in
            [|m: f64| m.min(0.2).powf(-0.5), |m: f64| (1.0 - (-5.0 * m).exp()).powf(-0.5)]
        {
            let odds = log_odds(repeats, 0.01);
            assert!(odds > 2.0, "{odds}");
        }
    }

    #[test]
    fn noise_larger_than_the_bend_tells_nothing() {
        let odds = log_odds(|m| m.min(0.2).powf(-0.5), 10.0);
        assert!(odds.abs() < 0.3, "{odds}");
    }

    #[test]
    fn a_bound_far_above_changes_no_odds() {
        let metric = MetricKind::ErrorRate;
        let odds = |seen: Vec<Observation>| {
            let posterior = Posterior::of(seen, metric, Prior::shipped());
            posterior.repeats(metric, Prior::shipped()).unwrap().all
        };
        for error in [|m: f64| m.powf(-0.4), |m: f64| m.min(0.2).powf(-0.5)] {
            let earlier = observations(error, 0.05).into_iter();
            let mut seen: Vec<Observation> =
                earlier.map(|one| Observation { doublings: one.doublings - 1.0, ..one }).collect();
            let without = odds(seen.clone());
            let last =
                Observation { doublings: 0.0, log_error: 40.0, variance: 0.0, is_bound: true };
            seen.push(last);
            let with = odds(seen);
            // Three exponents determine a normal likelihood exactly, but the density is taken as
            // uniform within sixteenths of the range; the 64 exponents of the table are 5 % apart.
            assert!((with - without).abs() < 0.1, "{with} {without}");
        }
    }

    #[test]
    fn few_sizes_leave_no_room_for_a_law_and_repeats_after_it() {
        let seen = observations(|m| m.powf(-0.5), 0.01);
        for count in 1..=8 {
            let places = places(&seen[8 - count..]);
            assert_eq!(places.is_some(), count >= 4, "{count}");
        }
    }

    #[test]
    fn the_mean_over_exponents_is_that_of_many_of_them() {
        for (mode, deviation) in [(0.3, 0.1), (0.3, 2.0), (2.0, 0.2), (-0.5, 0.1)] {
            let log = |exponent: f64| -0.5 * ((exponent - mode) / deviation).powi(2) - 3.0;
            let parabola = Parabola::through(log(0.0), log(1.0), log(-1.0));
            assert!((parabola.peak + 3.0).abs() < 1e-9);
            let (least, most) = EXPONENTS;
            let exponent = |k: i32| least * (most / least).powf((f64::from(k) + 0.5) / 1e4);
            let mean = (0..10_000).map(|k| log(exponent(k)).exp()).sum::<f64>() / 1e4;
            // Within a part, the density of the exponent is taken as uniform, although it falls.
            let found = parabola.log_mean(&edges());
            assert!((found - mean.ln()).abs() < 0.06, "{mode} {deviation}: {found} {}", mean.ln());
        }
    }
}
