//! One generative model of a learning curve, and its posterior, from which every answer is
//! computed.
//!
//! A curve is a law, a slope that wanders around the law's, and noise of runs. In doublings x beyond the
//! largest size, relative to the error there:
//!
//! `ln e(x) = level + ln(κ + (1 − κ) 2^(−b x)) + w(x) + noise`
//!
//! with b the exponent, κ the floor's share of the error at the largest size, and w the integral of an
//! Ornstein–Uhlenbeck process: deviations of the slope with a standard deviation q that fade with a
//! persistence φ a doubling. A small q says that the law holds, a large one that the curve left every law.
//! Given the exponent, the share and the dynamics all is linear and normal, so that a Kalman filter gives
//! the likelihood and the forecast in closed form, for any number and spacing of sizes. The prior over
//! these cells is learnt from public curves.
//!
//! A size at which every run was perfect is a bound: its likelihood is the probability that no
//! error was seen, and the state given the bound is replaced by a normal one with the same moments
//! (`state`).
//!
//! Reading order: `dynamics`, `shape`, `state`, `filter`, `grid`, `refine`, `prior`, `breaks`, `learn`,
//! `mixture`, what is read from them here, and what they say of named explanations: `repeats`, `explain`.
//!
//! # Reference
//! Durbin and Koopman (2012), "Time series analysis by state space methods", chapters 2 and 4; Laird
//! (1978), "Nonparametric maximum likelihood estimation of a mixing distribution", for the prior.

mod dynamics;

mod shape;

mod state;

mod filter;

mod grid;

mod refine;

mod prior;

mod breaks;

mod learn;
mod lesson;

mod mixture;

mod observed;

mod smooth;

mod repeats;

mod explain;

pub use learn::learn_prior;
pub use lesson::{Example, Lesson};
pub use mixture::{Mixture, Normal};
pub use prior::{LateBreak, Prior, PriorError, PriorName};

pub(crate) use filter::Observation;
pub(crate) use observed::observations;
pub(crate) use shape::Shape;

use dynamics::{Dynamics, DynamicsStep};
use filter::{Laws, Sequence, Steps};
use grid::{GRID, Leaf, PERSISTENCES, PriorRow};
use state::Covariance;

use serde::Serialize;

use crate::curve::MetricKind;

/// The posterior of a curve: weighted cells, each with a normal state.
#[derive(Clone, Debug)]
pub(crate) struct Posterior {
    /// The cells kept, with weights that sum to 1.
    pub(crate) cells: Vec<Cell>,
    observations: Vec<Observation>,
    breaks: Vec<LateBreak>,
    /// Log of the density of the observations under the prior.
    log_evidence: f64,
    /// The cell that explains the curve best, where the laws are members of a family drawn around one.
    pub(crate) likeliest: Option<Cell>,
}

/// One cell of the posterior: a law, how the curve leaves it, and the state at the largest size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Probability of the cell.
    pub(crate) weight: f64,
    pub(crate) shape: Shape,
    /// Share of a slope deviation that acts, since the floor does not wander.
    pub(crate) moves: f64,
    pub(crate) dynamics: Dynamics,
    /// Log error of the curve at the largest size.
    pub(crate) level: f64,
    /// Deviation of the slope from the law's there, in log error a doubling.
    pub(crate) slope: f64,
    pub(crate) covariance: Covariance,
}

/// Dynamics are skipped if the log of their prior mass times their likelihood, estimated from a few
/// laws (scouts), lies this far below the best. Scouts may miss the best law by a few units;
/// between 10 and 30 no forecast of the development curves moves by a hundredth of its interval.
const UNPROMISING: f64 = 14.0;

/// Cells kept of a posterior. Those of small weight are thinned without bias, so that the number hardly
/// matters: with 100, 200 and 1,600 the medians of the development curves' forecasts differ by less than
/// a hundredth of their intervals' widths.
const CELLS_KEPT: usize = 200;

/// What a forecast at a size is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForecastOf {
    /// The next error, measured as the one at the largest size was: as many seeds, the same test set.
    #[default]
    NextMeasurement,
    /// The curve itself, without the noise of a measurement.
    MeanCurve,
}

impl Posterior {
    /// The posterior of a curve over laws with a floor; observations ascend, the last is at 0.
    pub(crate) fn of(observations: Vec<Observation>, metric: MetricKind, prior: &Prior) -> Self {
        let grid = &*GRID;
        let steps = Steps::of(&PERSISTENCES, &observations);
        let sequence = Sequence { observations: &observations, steps: &steps };
        let refine::Refined { leaves, likely } = refine::refined(grid, sequence);
        let laws = |leaves: &[Leaf]| Laws::of(leaves.iter().map(Leaf::shape), &observations);
        let chosen = |leaves: &[Leaf], numbers: &[usize]| {
            Laws::of(numbers.iter().map(|&at| leaves[at].shape()), &observations)
        };
        let (coarse, fine) = (laws(&grid.shapes), laws(&leaves));
        let coarse_scouts = chosen(&grid.shapes, &grid.scouts);
        let fine_scouts = chosen(&leaves, &likely);
        let promise = |row: &PriorRow| {
            let dynamics = &grid.dynamics[row.dynamics];
            let scouts = if dynamics.is_fine() { &fine_scouts } else { &coarse_scouts };
            let run = filter::run(dynamics, sequence, scouts);
            run.log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max) + row.log_mass
        };
        let rows = prior.rows(metric, has_noise(&observations), observations[0].doublings);
        let promises: Vec<f64> = rows.iter().map(promise).collect();
        let best = promises.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_shares: Vec<f64> = leaves.iter().map(|leaf| leaf.share.ln()).collect();
        let mut candidates = Candidates::default();
        for (row, _) in rows.iter().zip(promises).filter(|one| one.1 >= best - UNPROMISING) {
            let dynamics = &grid.dynamics[row.dynamics];
            let laws = if dynamics.is_fine() { &fine } else { &coarse };
            let found = Found { dynamics, laws, run: &filter::run(dynamics, sequence, laws) };
            let of_leaf = |at: usize| row.logs[leaves[at].coarse] + log_shares[at];
            let log_prior = |at: usize| if dynamics.is_fine() { of_leaf(at) } else { row.logs[at] };
            candidates.add(&found, row.largest, log_prior);
        }
        candidates.posterior(observations, prior.breaks().to_vec())
    }

    /// The posterior with the given laws, each with a log prior probability, in place of floor
    /// laws, and with the curve held to its law: slope deviations have their smallest value.
    pub(crate) fn of_laws(
        observations: Vec<Observation>,
        laws: &[(Shape, f64)],
        prior: &Prior,
        metric: MetricKind,
    ) -> Self {
        let grid = &*GRID;
        let steps = Steps::of(&PERSISTENCES, &observations);
        let sequence = Sequence { observations: &observations, steps: &steps };
        let all = Laws::of(laws.iter().map(|law| (law.0, 1.0)), &observations);
        let largest = laws.iter().map(|law| law.1).fold(f64::NEG_INFINITY, f64::max);
        let mut candidates = Candidates::default();
        // The law with the largest likelihood, whatever its prior weight among the members.
        let mut best: Option<(f64, Cell)> = None;
        let rows = prior.rows(metric, has_noise(&observations), observations[0].doublings);
        for row in rows.iter().filter(|row| grid.dynamics[row.dynamics].is_lawful()) {
            let dynamics = &grid.dynamics[row.dynamics];
            let run = filter::run(dynamics, sequence, &all);
            let (likeliest, log) = run.likeliest();
            let found = Found { dynamics, laws: &all, run: &run };
            if best.is_none_or(|best| log > best.0) {
                best = found.cell(likeliest).map(|cell| (log, cell));
            }
            candidates.add(&found, largest + row.log_mass, |at| laws[at].1 + row.log_mass);
        }
        let likeliest = best.map(|best| best.1);
        Self { likeliest, ..candidates.posterior(observations, Vec::new()) }
    }

    /// Number of sizes that were seen.
    pub(crate) fn sizes(&self) -> usize {
        self.observations.len()
    }

    /// The distribution of the log error `doublings` beyond the largest size; below 0 it is smoothed
    /// between the sizes measured.
    pub(crate) fn log_error(&self, doublings: f64, of: ForecastOf) -> Mixture {
        let share = match of {
            ForecastOf::NextMeasurement => 1.0,
            ForecastOf::MeanCurve => 0.0,
        };
        self.log_error_with(doublings, share)
    }

    /// The same distribution with the share `noise_share` of the variance of a measurement's noise,
    /// which is taken at the largest size at which errors were seen.
    pub(crate) fn log_error_with(&self, doublings: f64, noise_share: f64) -> Mixture {
        let last = self.observations.iter().rfind(|one| !one.is_bound);
        let noise = last.map_or(0.0, |last| last.variance);
        let measured =
            |cell: &Cell, variance: f64| variance + noise_share * cell.dynamics.variance_of(noise);
        if doublings < 0.0 {
            return smooth::between(&self.cells, &self.observations, doublings, &measured);
        }
        // A step for each persistence, of which there are three.
        let mut steps: Vec<(f64, DynamicsStep)> = Vec::new();
        let ahead = self.cells.iter().map(|cell| {
            let persistence = cell.dynamics.persistence;
            let known = steps.iter().find(|known| known.0.total_cmp(&persistence).is_eq());
            let step =
                known.map_or_else(|| DynamicsStep::of(persistence, doublings), |known| known.1);
            if known.is_none() {
                steps.push((persistence, step));
            }
            let (mean, variance) = cell.ahead(doublings, &step);
            Normal { weight: cell.weight, mean, deviation: measured(cell, variance).sqrt() }
        });
        Mixture::new(ahead.collect()).with_late_breaks(doublings, self.moves(), &self.breaks)
    }

    /// Expected share of a turn of the slope that acts at the largest size, since a floor does not
    /// turn.
    fn moves(&self) -> f64 {
        self.cells.iter().map(|cell| cell.weight * cell.moves).sum()
    }
}

/// Whether anything is known of the noise of a curve's points.
fn has_noise(observations: &[Observation]) -> bool {
    observations.iter().any(|one| one.variance > 0.0)
}

impl Cell {
    /// Mean and variance of the curve's log error `doublings` beyond the largest size; `step` is that over
    /// these doublings for a deviation of 1.
    fn ahead(&self, doublings: f64, step: &DynamicsStep) -> (f64, f64) {
        let [level, both, slope] = self.covariance;
        let deviation = self.dynamics.slope_deviation * self.moves;
        let mean = self.level + self.shape.log_ratio(doublings) + step.gain * self.slope;
        let variance = level
            + 2.0 * step.gain * both
            + step.gain * step.gain * slope
            + deviation * deviation * step.noise[0];
        (mean, variance)
    }
}

impl filter::Run {
    /// Number of the law that explains the curve best, and the log of its likelihood.
    fn likeliest(&self) -> (usize, f64) {
        let numbered = self.log_likelihood.iter().copied().enumerate();
        numbered.fold((0, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best })
    }
}

/// What the filter found of some laws under one kind of dynamics.
struct Found<'a> {
    dynamics: &'a Dynamics,
    laws: &'a Laws,
    run: &'a filter::Run,
}

impl Found<'_> {
    /// The cell of law number `at`, without its weight.
    fn cell(&self, at: usize) -> Option<Cell> {
        let group = self.run.groups.partition_point(|group| group.0 <= at);
        let &(_, moves, covariance) = self.run.groups.get(group)?;
        Some(Cell {
            weight: 0.0,
            shape: self.laws.shapes[at],
            moves,
            dynamics: *self.dynamics,
            level: self.run.level[at],
            slope: self.run.slope[at],
            covariance,
        })
    }
}

/// Cells before their weights are normalised.
#[derive(Default)]
struct Candidates {
    /// Log weights, before they are scaled to sum to 1.
    cells: Vec<(f64, Cell)>,
    best: f64,
}

/// A cell is left out if its log weight lies this far below the best one so far: 75,000 cells at
/// e^-13 amount to a tenth of the best, and they spread like the others.
const NEGLIGIBLE: f64 = 13.0;

impl Candidates {
    /// Adds the cells of some laws under one kind of dynamics; no log prior is above `largest`.
    fn add(&mut self, found: &Found<'_>, largest: f64, log_prior: impl Fn(usize) -> f64) {
        if self.cells.is_empty() {
            self.best = f64::NEG_INFINITY;
        }
        for (at, log_likelihood) in found.run.log_likelihood.iter().enumerate() {
            if largest + log_likelihood <= self.best - NEGLIGIBLE {
                continue;
            }
            let log_weight = log_prior(at) + log_likelihood;
            if log_weight <= self.best - NEGLIGIBLE {
                continue;
            }
            self.best = self.best.max(log_weight);
            self.cells.extend(found.cell(at).map(|cell| (log_weight, cell)));
        }
    }

    fn posterior(self, observations: Vec<Observation>, breaks: Vec<LateBreak>) -> Posterior {
        let best = self.best;
        let weights: Vec<f64> = self.cells.iter().map(|(log, _)| (log - best).exp()).collect();
        let total: f64 = weights.iter().sum();
        // Cells that were added before the best one may be negligible compared with it; thinning
        // leaves them out.
        let cells = thinned(&weights, CELLS_KEPT)
            .into_iter()
            .map(|(at, weight)| Cell { weight: weight / total, ..self.cells[at].1 })
            .collect();
        Posterior { cells, observations, breaks, log_evidence: best + total.ln(), likeliest: None }
    }
}

/// Which of `weights` are kept, and with what weight, so that about `count` are left and every sum
/// over them is that over all, up to the spacing of the small ones: weights above a threshold stay,
/// the others are thinned systematically, and each one kept gets the threshold as its weight.
///
/// # Reference
/// Fearnhead and Clifford (2003), "On-line inference for hidden Markov models via particle filters",
/// section 5, with a fixed offset in place of a random one.
fn thinned(weights: &[f64], count: usize) -> Vec<(usize, f64)> {
    if weights.len() <= count {
        return weights.iter().copied().enumerate().collect();
    }
    // Only the largest weights need to be sorted.
    let mut descending = weights.to_vec();
    descending.select_nth_unstable_by(count, |a, b| b.total_cmp(a));
    descending[..count].sort_by(|a, b| b.total_cmp(a));
    // The threshold c solves sum(min(w / c, 1)) = count: with the k largest kept, c is the sum of
    // the other weights over the number of them to keep.
    let mut rest: f64 = weights.iter().sum();
    let mut threshold = rest / count as f64;
    for (kept, weight) in descending.iter().take(count - 1).enumerate() {
        threshold = rest / (count - kept) as f64;
        if *weight <= threshold {
            break;
        }
        rest -= weight;
    }
    let mut passed = 0.5 * threshold;
    let mut kept = Vec::with_capacity(count + 1);
    for (at, &weight) in weights.iter().enumerate() {
        if weight > threshold {
            kept.push((at, weight));
        } else {
            passed += weight;
            if passed >= threshold {
                passed -= threshold;
                kept.push((at, threshold));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_large_weights_and_every_sum() {
        let weights: Vec<f64> = (0..5_000).map(|k| f64::from(k % 97) + 0.1).collect();
        let mut heavy = weights.clone();
        heavy[17] = 90_000.0;
        let kept = thinned(&heavy, 400);
        assert!((395..=401).contains(&kept.len()), "{}", kept.len());
        assert!(kept.iter().any(|&(at, weight)| at == 17 && weight > 89_999.0));
        let sum = |rows: &[(usize, f64)]| rows.iter().map(|row| row.1).sum::<f64>();
        let moment = |rows: &[(usize, f64)]| {
            rows.iter().filter(|row| row.0 != 17).map(|row| row.0 as f64 * row.1).sum::<f64>()
        };
        let all: Vec<(usize, f64)> = heavy.iter().copied().enumerate().collect();
        // One threshold is 1 / 399 of the small weights' sum.
        assert!((sum(&kept) / sum(&all) - 1.0).abs() < 0.003);
        assert!((moment(&kept) / moment(&all) - 1.0).abs() < 0.006);
        assert_eq!(thinned(&weights[..5], 400).len(), 5);
    }
}
