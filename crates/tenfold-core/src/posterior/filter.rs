//! The likelihood of a curve under every law at once, for one way of leaving it: a Kalman filter.
//!
//! Gains and variances do not depend on the exponent, so they are computed once for all laws with
//! the same floor.

use crate::posterior::dynamics::{Before, Dynamics, DynamicsStep};
use crate::posterior::shape::Shape;
use crate::posterior::state::{Covariance, State};

/// One point of a curve as the filter sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Observation {
    /// Doublings beyond the largest size fitted, so at most 0 for what is fitted.
    pub(crate) doublings: f64,
    /// Natural logarithm of the error.
    pub(crate) log_error: f64,
    /// Its variance as measured by seeds, folds, standard errors or the test set; 0 where unknown.
    pub(crate) variance: f64,
    /// Whether every run was perfect, and the error is the smallest that could have been seen.
    pub(crate) is_bound: bool,
}

/// Steps between the points of a curve, for each persistence of the grid.
pub(super) struct Steps {
    persistences: Vec<f64>,
    /// One row a persistence: the step that ends at each point but the first.
    rows: Vec<Vec<DynamicsStep>>,
}

impl Steps {
    pub(super) fn of(persistences: &[f64], observations: &[Observation]) -> Self {
        let row = |&persistence: &f64| {
            let pairs = observations.windows(2);
            pairs
                .map(|pair| DynamicsStep::of(persistence, pair[1].doublings - pair[0].doublings))
                .collect()
        };
        Self { persistences: persistences.to_vec(), rows: persistences.iter().map(row).collect() }
    }

    fn with(&self, persistence: f64) -> &[DynamicsStep] {
        let at = self.persistences.iter().position(|one| one.total_cmp(&persistence).is_eq());
        &self.rows[at.unwrap_or_default()]
    }
}

/// Laws in groups of one floor, and the log errors of a curve less those of each law at level 0.
pub(super) struct Laws {
    pub(super) shapes: Vec<Shape>,
    /// Share of the error that can wander in each group, and where the group ends.
    groups: Vec<(f64, usize)>,
    /// Points are rows, laws columns.
    rows: Vec<f64>,
}

impl Laws {
    /// Groups `shapes`, each given with the share of its error that can wander; neighbours with
    /// equal shares are a group.
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

    /// Laws of which only the likelihood is needed, and whose whole error can wander. `log_ratio`
    /// takes a law's number and doublings beyond the largest size.
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

/// Results of the filter, one entry per law.
#[derive(Default)]
pub(super) struct Run {
    /// Log density of all points given the first.
    pub(super) log_likelihood: Vec<f64>,
    /// Level, relative to the law, after the last point that was seen.
    pub(super) level: Vec<f64>,
    /// Deviation of the slope there.
    pub(super) slope: Vec<f64>,
    /// One entry per group: where the group ends, the share of its error that can wander, and the
    /// covariance of level and slope.
    pub(super) groups: Vec<(usize, f64, Covariance)>,
}

/// Fall of log error a doubling around which points before the law's reach lie. Chosen by hand, not
/// swept: such points have a wide distribution, so that they carry almost no information.
const USUAL_FALL: f64 = 0.15;

/// Least distance, in doublings, that is used for the scale of such points. Chosen by hand, not
/// swept.
const LEAST_DISTANCE: f64 = 0.05;

/// A curve to run the filter on.
#[derive(Clone, Copy)]
pub(super) struct Sequence<'a> {
    pub(super) observations: &'a [Observation],
    pub(super) steps: &'a Steps,
}

/// Runs the filter over all points, which ascend.
///
/// The level has no prior: the first point within the law's reach at which errors were seen sets it.
pub(super) fn run(dynamics: &Dynamics, sequence: Sequence<'_>, laws: &Laws) -> Run {
    let observations = sequence.observations;
    if observations.iter().any(|one| one.is_bound) {
        return run_each(dynamics, sequence, laws);
    }
    let InLaw { start, .. } = first_in_law(dynamics, observations);
    let log_density = unrelated(dynamics, &observations[..=start]);
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

/// Size of a product at which its logarithm is taken: one more factor cannot overflow it.
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

/// How one point changes the state of every law.
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

/// Like [`run`], for points with bounds. How far a bound moves a state depends on the state, so
/// every law has a covariance of its own.
fn run_each(dynamics: &Dynamics, sequence: Sequence<'_>, laws: &Laws) -> Run {
    let observations = sequence.observations;
    let in_law = first_in_law(dynamics, observations);
    let log_density = unrelated(dynamics, &observations[..=in_law.start]);
    let count = laws.groups.last().map_or(0, |group| group.1);
    let mut run = Run::default();
    for &(moves, end) in &laws.groups {
        let each = Each {
            dynamics,
            observations,
            steps: sequence.steps.with(dynamics.persistence),
            in_law,
            moves,
        };
        for law in run.level.len()..end {
            let (state, log) = each.filtered(&|at| laws.rows[at * count + law]);
            run.log_likelihood.push(log_density + log);
            run.level.push(state.level);
            run.slope.push(state.slope);
            run.groups.push((law + 1, moves, state.covariance));
        }
    }
    run
}

/// A curve with bounds, under one way to leave laws of one floor.
struct Each<'a> {
    dynamics: &'a Dynamics,
    observations: &'a [Observation],
    /// The step that ends at each point but the first.
    steps: &'a [DynamicsStep],
    in_law: InLaw,
    moves: f64,
}

impl Each<'_> {
    /// The state after the last point, and the log density of all points that the law is related to, given the
    /// first; `observed` has log errors less those of the law.
    fn filtered(&self, observed: &dyn Fn(usize) -> f64) -> (State, f64) {
        let Self { dynamics, observations, in_law, .. } = self;
        let start = in_law.start;
        let noise = |at: usize| dynamics.variance_of(observations[at].variance);
        let deviation_at =
            |at: usize| dynamics.deviation_at(observations[at].doublings, self.moves);
        let deviation = deviation_at(start);
        let covariance = [noise(start), 0.0, deviation * deviation];
        let mut state = State { level: observed(start), slope: 0.0, covariance };
        let mut log = 0.0;
        for at in (in_law.related()..start).rev() {
            let doublings = observations[start].doublings - observations[at].doublings;
            let step = DynamicsStep::of(dynamics.persistence, doublings).scaled(deviation);
            let (then, of_bound) = state.below_before(&step, observed(at), noise(at));
            (state, log) = (then, log + of_bound);
        }
        for at in start + 1..observations.len() {
            let ahead = state.ahead(&self.steps[at - 1].scaled(deviation_at(at)));
            let (then, of_point) = if observations[at].is_bound {
                ahead.below(observed(at), noise(at))
            } else {
                let of_point = ahead.log_density(observed(at), noise(at));
                (ahead.updated(observed(at), noise(at)), of_point)
            };
            (state, log) = (then, log + of_point);
        }
        (state, log)
    }
}

/// Where a law begins to hold.
#[derive(Clone, Copy)]
pub(super) struct InLaw {
    /// Number of the first point that is not before its reach.
    reached: usize,
    /// Number of the point that sets the level: the first in reach at which errors were seen, else the last one
    /// before it.
    pub(super) start: usize,
}

impl InLaw {
    /// Number of the first point that the law is related to.
    pub(super) fn related(&self) -> usize {
        self.reached.min(self.start)
    }
}

/// Where the law begins to hold under `dynamics`.
pub(super) fn first_in_law(dynamics: &Dynamics, observations: &[Observation]) -> InLaw {
    let reached = match dynamics.before {
        Before::Unrelated(_) => {
            observations.iter().take_while(|one| dynamics.is_before(one.doublings)).count()
        }
        Before::Wandering(_) => 0,
    };
    let seen = |one: &Observation| !one.is_bound;
    let in_reach = observations.iter().skip(reached).position(seen).map(|at| reached + at);
    let start = in_reach.or_else(|| observations.iter().rposition(seen)).unwrap_or(0);
    InLaw { reached, start }
}

/// Log density of all points but the last, where they are not related to the law: each lies somewhere near the
/// next.
///
/// A bound among them is skipped: the point before it lies near the point after it, with the sum of
/// the two distances. The bound's own probability is conditional on the next point at which errors
/// were seen.
fn unrelated(dynamics: &Dynamics, observations: &[Observation]) -> f64 {
    let Before::Unrelated(scale) = dynamics.before else { return 0.0 };
    let scaled = |one: &Observation, next: &Observation| {
        let distance = next.doublings - one.doublings;
        let scale = scale * distance.max(LEAST_DISTANCE);
        let fall = one.log_error - next.log_error;
        (scale, (fall - USUAL_FALL * distance) / scale)
    };
    let mut log_density = 0.0;
    let mut before: Option<&Observation> = None;
    for next in observations.iter().filter(|one| !one.is_bound) {
        if let Some(one) = before {
            let (scale, miss) = scaled(one, next);
            log_density -= (std::f64::consts::PI * scale * (1.0 + miss * miss)).ln();
        }
        before = Some(next);
    }
    // Bounds within the law's reach are handled by the law.
    let is_unrelated = |one: &Observation| one.is_bound && dynamics.is_before(one.doublings);
    for (at, one) in observations.iter().enumerate().filter(|one| is_unrelated(one.1)) {
        let Some(next) = observations[at..].iter().find(|one| !one.is_bound) else { continue };
        let below = 0.5 + scaled(one, next).1.atan() / std::f64::consts::PI;
        log_density += below.max(f64::MIN_POSITIVE).ln();
    }
    log_density
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posterior::grid::PERSISTENCES;
    use crate::stats::random::RandomStream;

    fn dynamics() -> Dynamics {
        Dynamics {
            slope_deviation: 0.1,
            persistence: PERSISTENCES[1],
            run_noise: 0.06,
            noise_share: 1.0,
            reach: f64::INFINITY,
            before: Before::Wandering(0.4),
        }
    }

    fn laws(observations: &[Observation]) -> Laws {
        let floors = [0.0, 0.3];
        let shapes = floors.into_iter().flat_map(|floor_share| {
            [0.2, 0.5, 0.9]
                .map(|exponent| (Shape::Floor { exponent, floor_share }, 1.0 - floor_share))
        });
        Laws::of(shapes, observations)
    }

    fn of(dynamics: &Dynamics, observations: &[Observation]) -> Run {
        let steps = Steps::of(&PERSISTENCES, observations);
        run(dynamics, Sequence { observations, steps: &steps }, &laws(observations))
    }

    /// Six sizes with errors around a power law of exponent .5, then three with none, whose bounds lie
    /// `above` that law.
    fn perfect_at_the_top(above: f64) -> Vec<Observation> {
        let one = |(at, miss): (i32, f64)| {
            let doublings = f64::from(at - 8);
            let law = -0.5 * doublings * std::f64::consts::LN_2;
            let is_bound = at >= 6;
            let log_error = law + if is_bound { above } else { miss };
            Observation {
                doublings,
                log_error,
                variance: if is_bound { 0.0 } else { 0.04 },
                is_bound,
            }
        };
        let misses = [0.1, -0.2, 0.15, 0.0, -0.1, 0.1, 0.0, 0.0, 0.0];
        (0..).zip(misses).map(one).collect()
    }

    /// Log probability of no error at the last three sizes, and mean and deviation of the level
    /// after them. They are computed from paths that are drawn from the state after the other
    /// sizes, each weighted by `chance`, its probability of no error.
    fn by_paths(observations: &[Observation], law: usize, chance: impl Fn(f64) -> f64) -> [f64; 3] {
        let dynamics = dynamics();
        let (seen, perfect) = observations.split_at(6);
        let laws = laws(observations);
        let count = laws.shapes.len();
        let steps = Steps::of(&PERSISTENCES, observations);
        let run = of(&dynamics, seen);
        let (_, moves, covariance) = run.groups[run.groups.partition_point(|group| group.0 <= law)];
        let mut stream = RandomStream::new(5, law as u64);
        let mut normals = |covariance: Covariance| {
            let [a, b, d] = covariance;
            let root = a.max(1e-300).sqrt();
            let (x, y) = (stream.normal(), stream.normal());
            (root * x, b / root * x + (d - b * b / a.max(1e-300)).max(0.0).sqrt() * y)
        };
        let mut sums = [0.0; 3];
        let paths = 200_000;
        for _ in 0..paths {
            let (level, slope) = normals(covariance);
            let (mut level, mut slope) = (run.level[law] + level, run.slope[law] + slope);
            let mut weight = 1.0;
            for (at, one) in (6..).zip(perfect) {
                let step = steps.with(dynamics.persistence)[at - 1]
                    .scaled(dynamics.deviation_at(one.doublings, moves));
                let (to_level, to_slope) = normals(step.noise);
                level += step.gain * slope + to_level;
                slope = step.persistence * slope + to_slope;
                let noise = normals([dynamics.variance_of(0.0), 0.0, 0.0]).0;
                weight *= chance(level + noise - laws.rows[at * count + law]);
            }
            for (power, sum) in (0..).zip(&mut sums) {
                *sum += weight * level.powi(power);
            }
        }
        let mean = sums[1] / sums[0];
        [(sums[0] / f64::from(paths)).ln(), mean, (sums[2] / sums[0] - mean * mean).sqrt()]
    }

    /// The largest differences of the filter from `by_paths` over all laws and several bounds: in
    /// the log probability, in the mean level (in units of its deviation), and in the log
    /// deviation.
    fn worst(chance: impl Fn(f64) -> f64 + Copy) -> [f64; 3] {
        let mut worst = [0.0_f64; 3];
        for above in [-1.0, 0.0, 1.0] {
            let observations = perfect_at_the_top(above);
            let found = of(&dynamics(), &observations);
            let before = of(&dynamics(), &observations[..6]);
            for law in 0..found.level.len() {
                let [log, mean, deviation] = by_paths(&observations, law, chance);
                // Both likelihoods contain the density of the points before, so their difference is
                // that of the bounds.
                let of_bounds = found.log_likelihood[law] - before.log_likelihood[law];
                let spread = found.groups[law].2[0].sqrt();
                let off = [
                    of_bounds - log,
                    (found.level[law] - mean) / deviation,
                    (spread / deviation).ln(),
                ];
                worst = std::array::from_fn(|at| worst[at].max(off[at].abs()));
            }
        }
        worst
    }

    #[test]
    fn one_pass_over_bounds_is_near_to_paths_weighed_by_them() {
        let worst = worst(|above: f64| (-above.exp()).exp());
        // Measured: .023, .038 and .024, of which the paths' own error is up to a hundredth.
        assert!(worst.iter().all(|off| *off < 0.05), "{worst:?}");
    }

    #[test]
    fn bounds_far_above_change_nothing() {
        let observations = perfect_at_the_top(60.0);
        let (with, without) = (of(&dynamics(), &observations), of(&dynamics(), &observations[..6]));
        for law in 0..with.level.len() {
            let off = with.log_likelihood[law] - without.log_likelihood[law];
            assert!(off.abs() < 1e-9, "{off}");
        }
    }

    fn is_positive([a, b, d]: Covariance) -> bool {
        a > 0.0 && d > 0.0 && a * d >= b * b
    }

    #[test]
    fn a_level_is_set_by_the_first_error_seen_whatever_is_perfect_around_it() {
        let mut observations = perfect_at_the_top(0.0);
        for one in &mut observations[..2] {
            one.is_bound = true;
        }
        for before in [Before::Wandering(0.4), Before::Unrelated(0.15)] {
            // Within a reach of 2 doublings every size is perfect; beyond 7 doublings, two sizes
            // are.
            for reach in [2.0, 4.0, 6.5, f64::INFINITY] {
                let dynamics = Dynamics { reach, before, ..dynamics() };
                let run = of(&dynamics, &observations);
                let in_law = first_in_law(&dynamics, &observations);
                assert!(!observations[in_law.start].is_bound);
                assert!(run.log_likelihood.iter().chain(&run.level).all(|one| one.is_finite()));
                assert!(run.groups.iter().all(|group| is_positive(group.2)), "{:?}", run.groups);
            }
        }
    }
}
