//! The likelihood of a curve under every law at once, for one way of leaving it: a Kalman filter.
//!
//! Gains and variances do not depend on the exponent, so that they are worked out once for all laws with one
//! floor.

use crate::posterior::dynamics::{Before, Dynamics, Step};
use crate::posterior::shape::Shape;

/// One point of a curve as the filter sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Observation {
    /// Doublings beyond the largest size fitted, so at most 0 for what is fitted.
    pub(crate) doublings: f64,
    /// Natural logarithm of the error.
    pub(crate) log_error: f64,
    /// Its variance as measured by seeds, folds, standard errors or the test set; 0 where unknown.
    pub(crate) variance: f64,
}

/// Variance of the level, covariance, variance of the slope's deviation.
pub(crate) type Covariance = [f64; 3];

/// Steps between the points of a curve, for each persistence of the grid.
pub(super) struct Steps {
    persistences: Vec<f64>,
    /// One row a persistence: the step that ends at each point but the first.
    rows: Vec<Vec<Step>>,
}

impl Steps {
    pub(super) fn of(persistences: &[f64], observations: &[Observation]) -> Self {
        let row = |&persistence: &f64| {
            let pairs = observations.windows(2);
            pairs.map(|pair| Step::of(persistence, pair[1].doublings - pair[0].doublings)).collect()
        };
        Self { persistences: persistences.to_vec(), rows: persistences.iter().map(row).collect() }
    }

    fn with(&self, persistence: f64) -> &[Step] {
        let at = self.persistences.iter().position(|one| one.total_cmp(&persistence).is_eq());
        &self.rows[at.unwrap_or_default()]
    }
}

/// Laws in groups of one floor, and the log errors of a curve less those of each law at level 0.
pub(super) struct Laws {
    pub(super) shapes: Vec<Shape>,
    /// What is left to move of the error of each group, and where the group ends.
    groups: Vec<(f64, usize)>,
    /// Points are rows, laws columns.
    rows: Vec<f64>,
}

impl Laws {
    /// `shapes`, each with what is left of its error to move; neighbours with equal ones are a group.
    pub(super) fn of(
        shapes: impl Iterator<Item = (Shape, f64)>,
        observations: &[Observation],
    ) -> Self {
        let (shapes, moves): (Vec<Shape>, Vec<f64>) = shapes.unzip();
        let mut groups: Vec<(f64, usize)> = Vec::new();
        for (at, &moves) in moves.iter().enumerate() {
            match groups.last_mut() {
                Some((of_group, end)) if of_group.total_cmp(&moves).is_eq() => *end = at + 1,
                _ => groups.push((moves, at + 1)),
            }
        }
        let rows = rows(observations, shapes.len(), |law, at| shapes[law].log_ratio(at));
        Self { shapes, groups, rows }
    }

    /// Laws that only have to be weighed, and that move as a whole, with `log_ratio` of a law's number and
    /// doublings beyond the largest size.
    pub(super) fn of_ratios(
        laws: usize,
        observations: &[Observation],
        log_ratio: impl Fn(usize, f64) -> f64,
    ) -> Self {
        let rows = rows(observations, laws, log_ratio);
        Self { shapes: Vec::new(), groups: vec![(1.0, laws)], rows }
    }
}

/// Log errors less those of every law.
fn rows(
    observations: &[Observation],
    laws: usize,
    log_ratio: impl Fn(usize, f64) -> f64,
) -> Vec<f64> {
    let log_ratio = &log_ratio;
    let rows = observations
        .iter()
        .flat_map(|one| (0..laws).map(move |law| one.log_error - log_ratio(law, one.doublings)));
    rows.collect()
}

/// What the filter found, one entry a law.
#[derive(Default)]
pub(super) struct Run {
    /// Log density of all points given the first.
    pub(super) log_likelihood: Vec<f64>,
    /// Level, relative to the law, after the last point that was seen.
    pub(super) level: Vec<f64>,
    /// Deviation of the slope there.
    pub(super) slope: Vec<f64>,
    /// Their covariance, and what is left to move, by group: with the number of the group's end.
    pub(super) groups: Vec<(usize, f64, Covariance)>,
}

/// Fall of log error a doubling around which points before the law's reach lie.
const USUAL_FALL: f64 = 0.15;

/// Least distance that the scale of such points grows with, in doublings.
const LEAST_DISTANCE: f64 = 0.05;

/// A curve to run the filter on.
#[derive(Clone, Copy)]
pub(super) struct Sequence<'a> {
    pub(super) observations: &'a [Observation],
    pub(super) steps: &'a Steps,
}

/// Runs the filter over all points, which ascend.
///
/// The level has no prior: the first point within the law's reach sets it.
pub(super) fn run(dynamics: &Dynamics, sequence: Sequence<'_>, laws: &Laws) -> Run {
    let observations = sequence.observations;
    let (start, log_density) = unrelated(dynamics, observations);
    let count = laws.groups.last().map_or(0, |group| group.1);
    let mut run = Run {
        log_likelihood: vec![log_density; count],
        level: laws.rows[start * count..(start + 1) * count].to_vec(),
        slope: vec![0.0; count],
        groups: Vec::with_capacity(laws.groups.len()),
    };
    let steps = sequence.steps.with(dynamics.persistence);
    let mut first = 0;
    for &(moves, end) in &laws.groups {
        let mut group = Group {
            level: &mut run.level[first..end],
            slope: &mut run.slope[first..end],
            log_likelihood: &mut run.log_likelihood[first..end],
        };
        let row = |at: usize| &laws.rows[at * count + first..at * count + end];
        let deviation = dynamics.deviation_at(observations[start].doublings, moves);
        let mut covariance =
            [dynamics.variance_of(observations[start].variance), 0.0, deviation * deviation];
        let mut densities = Product::default();
        for (at, one) in observations.iter().enumerate().skip(start + 1) {
            let step = steps[at - 1].scaled(dynamics.deviation_at(one.doublings, moves));
            let [p_level, p_both, p_slope] = covariance;
            let ahead_level = p_level
                + 2.0 * step.gain * p_both
                + step.gain * step.gain * p_slope
                + step.noise[0];
            let ahead_both = step.persistence * (p_both + step.gain * p_slope) + step.noise[1];
            let ahead_slope = step.persistence * step.persistence * p_slope + step.noise[2];
            let variance = ahead_level + dynamics.variance_of(one.variance);
            let (of_level, of_slope) = (ahead_level / variance, ahead_both / variance);
            densities.times(std::f64::consts::TAU * variance);
            let gains = Gains {
                gain: step.gain,
                persistence: step.persistence,
                of_level,
                of_slope,
                half_precision: 0.5 / variance,
            };
            group.update(gains, row(at));
            covariance = [
                ahead_level * (1.0 - of_level),
                ahead_both * (1.0 - of_level),
                ahead_slope - of_slope * ahead_both,
            ];
        }
        let normaliser = 0.5 * densities.log();
        group.log_likelihood.iter_mut().for_each(|log| *log -= normaliser);
        run.groups.push((end, moves, covariance));
        first = end;
    }
    run
}

/// The log of a product, without a logarithm for each factor.
struct Product {
    log: f64,
    rest: f64,
}

impl Default for Product {
    fn default() -> Self {
        Self { log: 0.0, rest: 1.0 }
    }
}

/// Size of a product at which its logarithm is taken: no factor reaches the end of the numbers from there.
const LARGE: f64 = 1e100;

impl Product {
    fn times(&mut self, factor: f64) {
        self.rest *= factor;
        if self.rest > LARGE || self.rest < 1.0 / LARGE {
            self.log += self.rest.ln();
            self.rest = 1.0;
        }
    }

    fn log(&self) -> f64 {
        self.log + self.rest.ln()
    }
}

/// The states of the laws of one group.
struct Group<'a> {
    level: &'a mut [f64],
    slope: &'a mut [f64],
    log_likelihood: &'a mut [f64],
}

/// What one point does to every law's state.
#[derive(Clone, Copy)]
struct Gains {
    gain: f64,
    persistence: f64,
    of_level: f64,
    of_slope: f64,
    half_precision: f64,
}

impl Group<'_> {
    /// The inner loop: slices of one length, so that it vectorises.
    fn update(&mut self, gains: Gains, row: &[f64]) {
        let Gains { gain, persistence, of_level, of_slope, half_precision } = gains;
        let states = self.level.iter_mut().zip(self.slope.iter_mut());
        let states = states.zip(self.log_likelihood.iter_mut());
        for (observed, ((level, slope), log)) in row.iter().zip(states) {
            let ahead = *level + gain * *slope;
            let miss = observed - ahead;
            *log -= miss * miss * half_precision;
            *level = ahead + of_level * miss;
            *slope = persistence * *slope + of_slope * miss;
        }
    }
}

/// Number of the first point that the law is held to, and the log density of those before it where they
/// are not related to it.
fn unrelated(dynamics: &Dynamics, observations: &[Observation]) -> (usize, f64) {
    let Before::Unrelated(scale) = dynamics.before else { return (0, 0.0) };
    let before = observations.iter().take_while(|one| dynamics.is_before(one.doublings)).count();
    let start = before.min(observations.len() - 1);
    let mut log_density = 0.0;
    for pair in observations[..=start].windows(2) {
        let distance = pair[1].doublings - pair[0].doublings;
        let scale = scale * distance.max(LEAST_DISTANCE);
        let fall = pair[0].log_error - pair[1].log_error;
        let miss = (fall - USUAL_FALL * distance) / scale;
        log_density -= (std::f64::consts::PI * scale * (1.0 + miss * miss)).ln();
    }
    (start, log_density)
}
