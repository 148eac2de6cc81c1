//! Whether a curve that levels off has a floor, or data that repeat.
//!
//! A floor bends the curve over all its sizes, since the law's part falls slowly below it. Data that
//! repeat leave the law at one size and the error stays where it was: at once, or as draws with
//! replacement use up what is new. Each shape has an exponent and one number more, and the shapes are
//! compared by how likely they make the curve on average over both, which charges nobody for what
//! they could have fitted as well: the Bayes factor.

/// A point of a curve in logarithms, relative to the largest size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogPoint {
    pub(crate) size: f64,
    pub(crate) error: f64,
    /// Variance of `error` around a law.
    pub(crate) variance: f64,
}

/// Exponents averaged over, evenly spaced in the logarithm between .05 and 1, where published ones lie;
/// twice as many give the same to three digits.
const EXPONENTS: usize = 80;

/// Floors averaged over, evenly spaced between half of the error at the largest size and all of it: a
/// smaller floor is no reason to level off.
const FLOORS: usize = 20;

/// Places averaged over between two sizes, from the third to the largest, where new examples end.
const PLACES: usize = 4;

/// Log of the probability of `points`, ascending in size, if their data repeat, over that if the error
/// has a floor: positive where repeats are likelier.
///
/// Laws are `ln e = a - b ln u` with u the examples that are new, `min(m, d)` or `d (1 - exp(-m / d))`
/// alike, and `ln e = a + ln(g + (1 - g) m^-b)`; a is integrated out over all reals, b, d and g are
/// averaged. Noise is normal; where points scatter around the best of all shapes by more than their
/// variances, these are raised to what they scatter by (Birge's ratio), and the odds are lowered by as much:
/// with noise that nobody told of the floor, the more usual of the two, is given the benefit of the doubt.
///
/// # Reference
/// Kass and Raftery (1995), "Bayes factors", equation 1; Birge (1932), "The calculation of errors by the
/// method of least squares".
pub(crate) fn log_odds_of_repeats(points: &[LogPoint]) -> f64 {
    let [repeated, floored] = log_probabilities(points);
    let largest = repeated.iter().chain(&floored).copied().fold(f64::NEG_INFINITY, f64::max);
    // Two numbers and the height are free.
    let degrees = points.len().saturating_sub(3).max(1) as f64;
    let scatter = (-2.0 * largest / degrees).max(1.0);
    log_mean(&repeated, scatter) - log_mean(&floored, scatter) - scatter.ln()
}

/// Logs of the probabilities of `points` under every shape of repeats and under every one of floors.
fn log_probabilities(points: &[LogPoint]) -> [Vec<f64>; 2] {
    let exponents: Vec<f64> = (0..EXPONENTS)
        .map(|step| 0.05 * f64::powf(20.0, (step as f64 + 0.5) / EXPONENTS as f64))
        .collect();
    let weights: Vec<f64> = points.iter().map(|point| 1.0 / point.variance).collect();
    let probability = Probability { points, weights: &weights, total: weights.iter().sum() };
    // Logs of the new examples where they end at `place`, at once or as draws use them up.
    let log_new = |place: f64| {
        let at_once = points.iter().map(|p| p.size.min(place)).collect::<Vec<f64>>();
        // ln(1 - exp(-m / d)), the share of d among m draws from it.
        let drawn = points.iter().map(|p| (-(-(p.size - place).exp()).exp_m1()).ln());
        [at_once, drawn.collect()]
    };
    let floored = exponents.iter().flat_map(|&exponent| {
        let powers: Vec<f64> = points.iter().map(|p| (-exponent * p.size).exp()).collect();
        (0..FLOORS).map(move |step| {
            let floor = 0.5 + 0.5 * (step as f64 + 0.5) / FLOORS as f64;
            probability.log_of(|at| (floor + (1.0 - floor) * powers[at]).ln())
        })
    });
    let repeated = points[2..].windows(2).flat_map(|pair| {
        let step = (pair[1].size - pair[0].size) / PLACES as f64;
        (0..PLACES).map(move |count| pair[0].size + step * count as f64)
    });
    let repeated = repeated.flat_map(log_new).flat_map(|new| {
        let of = move |exponent: &f64| probability.log_of(|at| -exponent * new[at]);
        exponents.iter().map(of).collect::<Vec<f64>>()
    });
    [repeated.collect(), floored.collect()]
}

/// Probability of log errors around a shape of any height.
#[derive(Clone, Copy)]
struct Probability<'a> {
    points: &'a [LogPoint],
    /// Inverse variances.
    weights: &'a [f64],
    total: f64,
}

impl Probability<'_> {
    /// Its log, up to what all shapes share: minus half the weighted squares around the mean.
    fn log_of(&self, shape: impl Fn(usize) -> f64) -> f64 {
        let rows = || self.points.iter().zip(self.weights).enumerate();
        let rest = |at: usize, point: &LogPoint| point.error - shape(at);
        let sum: f64 = rows().map(|(at, (point, weight))| weight * rest(at, point)).sum();
        let mean = sum / self.total;
        let square = |(at, (point, weight)): (usize, (&LogPoint, &f64))| {
            weight * (rest(at, point) - mean).powi(2)
        };
        -0.5 * rows().map(square).sum::<f64>()
    }
}

/// Log of the mean of probabilities of which the logs are given, with variances raised by `scatter`.
fn log_mean(logs: &[f64], scatter: f64) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| ((log - largest) / scatter).exp()).sum();
    largest / scatter + (sum / logs.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::RandomStream;

    fn points(error: impl Fn(f64) -> f64, deviation: f64) -> Vec<LogPoint> {
        let sizes = (0..8).map(|k| 2_f64.powi(k - 7));
        let point = |size: f64| LogPoint {
            size: size.ln(),
            error: (error(size) / error(1.0)).ln(),
            variance: deviation * deviation,
        };
        sizes.map(point).collect()
    }

    #[test]
    fn exact_floors_and_repeats_are_told_apart() {
        let floored = points(|m| m.powf(-0.5) + 3.0, 0.02);
        assert!(log_odds_of_repeats(&floored) < -3.0, "{}", log_odds_of_repeats(&floored));
        for repeats in
            [|m: f64| m.min(0.2).powf(-0.5), |m: f64| (1.0 - (-5.0 * m).exp()).powf(-0.5)]
        {
            let odds = log_odds_of_repeats(&points(repeats, 0.02));
            assert!(odds > 3.0, "{odds}");
        }
    }

    #[test]
    fn noise_larger_than_the_bend_tells_nothing() {
        let odds = log_odds_of_repeats(&points(|m| m.min(0.2).powf(-0.5), 10.0));
        assert!(odds.abs() < 0.01, "{odds}");
    }

    #[test]
    fn noise_nobody_told_of_is_no_sign_of_repeats() {
        let mut stream = RandomStream::new(37, 0);
        let count = (0..200)
            .filter(|_| {
                let mut drawn = points(|m| m.powf(-0.3) + 1.0, 0.03);
                for point in &mut drawn {
                    point.error += 0.3 * stream.normal();
                }
                log_odds_of_repeats(&drawn) > 0.0
            })
            .count();
        // With the variances told half of the odds are beyond e^24, one way or the other.
        assert!(count <= 20, "{count}");
    }

    /// Log odds of repeats, with the variances as told, of a curve drawn by the priors of a hypothesis.
    fn drawn(stream: &mut RandomStream, repeats: bool) -> f64 {
        let deviation = 0.5;
        let exponent = 0.05 * f64::powf(20.0, stream.uniform());
        let mut drawn = if repeats {
            let place = 2_f64.powf(-5.0 * stream.uniform());
            let at_once = stream.uniform() < 0.5;
            let new = move |m: f64| if at_once { m.min(place) } else { 1.0 - (-m / place).exp() };
            points(move |m| new(m).powf(-exponent), deviation)
        } else {
            let floor = 0.5 + 0.5 * stream.uniform();
            points(move |m| floor + (1.0 - floor) * m.powf(-exponent), deviation)
        };
        for point in &mut drawn {
            point.error += deviation * stream.normal();
        }
        let [repeated, floored] = log_probabilities(&drawn).map(|logs| log_mean(&logs, 1.0));
        repeated - floored
    }

    /// The odds are a ratio of densities, so that those against the truth have a mean of one; a shape
    /// counted twice or a prior of another volume would change it.
    #[test]
    fn the_mean_of_the_odds_against_the_truth_is_one() {
        let mut stream = RandomStream::new(31, 0);
        for repeats in [false, true] {
            let against =
                |_| if repeats { -drawn(&mut stream, true) } else { drawn(&mut stream, false) };
            let odds: Vec<f64> = (0..2_000).map(against).map(f64::exp).collect();
            let mean = odds.iter().sum::<f64>() / odds.len() as f64;
            let square = odds.iter().map(|odds| (odds - mean).powi(2)).sum::<f64>();
            let deviation = (square / (odds.len() as f64 - 1.0) / odds.len() as f64).sqrt();
            assert!((mean - 1.0).abs() < 4.0 * deviation && deviation < 0.1, "{mean} {deviation}");
        }
    }
}
