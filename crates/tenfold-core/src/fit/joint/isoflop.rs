//! Minima of budgets: a parabola for each compute budget, and a line through their minima.
//!
//! Model sizes on a logarithmic axis, errors as they are, least squares: the second of the three approaches of
//! Hoffmann et al. A valley of E + A N^-a + B D^-b is no parabola: unless a = b it is steeper on one side,
//! and a parabola through sizes that are not centred on the minimum, or reach far from it, has its minimum
//! elsewhere. [`IsoflopFit::bias`] says by how much on given runs.
//!
//! # Reference
//! Hoffmann et al. (2022), arXiv:2203.15556, section 3.2; Czech et al. (2026), "Problems with Chinchilla
//! approach 2: systematic biases in `IsoFLOP` parabola fits", arXiv:2603.22339.

use crate::estimate::Estimate;
use crate::fit::joint::allocation::{Allocation, AllocationExponents, allocation_of};
use crate::fit::joint::interval::estimate_of_logs;
use crate::fit::joint::resample::Residuals;
use crate::fit::joint::spent::{ComputeRule, Spent, log_error_at};
use crate::fit::joint::{JointFit, JointFitOptions, in_order, usual_scatter};
use crate::law::joint::JointRun;
use crate::stats::linear::{self, Matrix3};

/// A run and what it cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IsoflopRun {
    /// The run.
    pub run: JointRun,
    /// Its budget, in floating-point operations.
    pub compute_flop: f64,
}

/// Why the runs have too few minima.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IsoflopError {
    /// Runs do not share budgets.
    #[error("minima need 2 budgets with at least {needed} model sizes each, the runs have {found}")]
    TooFewBudgets {
        /// Budgets with enough sizes.
        found: usize,
        /// Model sizes a parabola and its noise need.
        needed: usize,
    },
    /// Parabolas open downwards or have their minimum beyond the sizes.
    #[error("minima need 2 budgets whose sizes enclose one, {found} of {budgets} do")]
    TooFewMinima {
        /// Budgets with a minimum among their sizes.
        found: usize,
        /// Budgets with enough sizes.
        budgets: usize,
    },
}

/// The runs of one budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valley {
    /// The budget, in floating-point operations.
    pub compute_flop: f64,
    /// Number of runs.
    pub runs: usize,
    /// Parameter count at the parabola's minimum; `None` if that lies beyond the sizes or is no minimum.
    pub parameter_count: Option<f64>,
}

/// Minima of all budgets and the line through them.
#[derive(Clone, Debug)]
pub struct IsoflopFit {
    /// One a budget, the smallest first.
    pub valleys: Vec<Valley>,
    /// How the minima grow with the budget.
    pub exponents: AllocationExponents,
    designs: Vec<Design>,
    rule: ComputeRule,
    centre: Frontier,
    refits: Vec<Frontier>,
    degrees: usize,
}

/// Fewest distinct model sizes of a budget: one more than the three parameters of a parabola, so
/// that residuals remain.
const FEWEST_SIZES: usize = 4;

/// Budgets within this ratio count as one: computed as 6 N D from rounded sizes, equal budgets
/// differ by a few percent.
const SAME_BUDGET: f64 = 1.1;

/// Widest range of one budget; a wider group of runs does not share a budget.
const WIDEST_BUDGET: f64 = 1.3;

/// Fewest minima for an error at other budgets: a power law with a floor passes exactly through
/// three.
const FEWEST_FOR_FLOOR: usize = 4;

/// The minima of `runs` by budget, with intervals from refits on resampled residuals of the parabolas.
///
/// The intervals include the noise of the runs, not the bias of parabolas.
///
/// # Errors
/// [`IsoflopError`]: fewer than two budgets have enough sizes, or enclose a minimum.
pub fn fit_isoflops(
    runs: &[IsoflopRun],
    rule: ComputeRule,
    options: &JointFitOptions,
) -> Result<IsoflopFit, IsoflopError> {
    let budgets = by_budget(runs);
    if budgets.len() < 2 {
        return Err(IsoflopError::TooFewBudgets { found: budgets.len(), needed: FEWEST_SIZES });
    }
    let designs: Vec<Design> = budgets.iter().map(|runs| Design::of(runs)).collect();
    let errors: Vec<Vec<f64>> = budgets
        .iter()
        .map(|runs| runs.iter().map(|run| run.run.log_error().exp()).collect())
        .collect();
    let parabolas: Vec<Parabola> =
        designs.iter().zip(&errors).map(|(design, errors)| design.parabola(errors)).collect();
    let valleys: Vec<Valley> = designs
        .iter()
        .zip(&parabolas)
        .map(|(design, parabola)| Valley {
            compute_flop: design.log_compute.exp(),
            runs: design.sizes.len(),
            parameter_count: design.minimum(parabola).map(|minimum| minimum.log_parameters.exp()),
        })
        .collect();
    let Some(centre) = Frontier::through(&designs, &parabolas) else {
        let found = valleys.iter().filter(|valley| valley.parameter_count.is_some()).count();
        return Err(IsoflopError::TooFewMinima { found, budgets: budgets.len() });
    };
    let degrees = errors.iter().map(Vec::len).sum::<usize>() - 3 * designs.len();
    let expected: Vec<Vec<f64>> = designs
        .iter()
        .zip(&parabolas)
        .map(|(design, parabola)| design.sizes.iter().map(|size| parabola.at(*size)).collect())
        .collect();
    // Residuals of all budgets together, relative to the error: noise is a share of it.
    let residuals: Vec<f64> = errors
        .iter()
        .flatten()
        .zip(expected.iter().flatten())
        .map(|(error, expected)| error / expected - 1.0)
        .collect();
    let scatter = usual_scatter(&residuals, 0);
    let drawn = Residuals::new(residuals, scatter, degrees);
    let refits: Vec<Frontier> = (0..options.resamples)
        .filter_map(|resample| {
            let mut noise = drawn.draw(options.seed, resample as u64);
            let refitted: Vec<Parabola> = designs
                .iter()
                .zip(&expected)
                .map(|(design, expected)| {
                    let noisy =
                        expected.iter().zip(&mut noise).map(|(error, noise)| error * (1.0 + noise));
                    design.parabola(&noisy.collect::<Vec<f64>>())
                })
                .collect();
            Frontier::through(&designs, &refitted)
        })
        .collect();
    let exponents = exponents_of(&centre, &refits, degrees);
    Ok(IsoflopFit { valleys, exponents, designs, rule, centre, refits, degrees })
}

impl IsoflopFit {
    /// The best use of `compute_flop` by the line through the minima.
    ///
    /// Tokens are what the budget leaves for them; the error is that of a power law with a floor through the
    /// errors at four or more minima.
    pub fn allocation(&self, compute_flop: f64) -> Allocation {
        let at = |frontier: &Frontier| frontier.spent(compute_flop, self.rule);
        let refits: Vec<Spent> = self.refits.iter().map(at).collect();
        allocation_of(compute_flop, at(&self.centre), &refits, self.degrees)
    }

    /// Parameter count that the minima would give for `compute_flop`, over the best one by `fit`,
    /// for runs of the same sizes and budgets that obey `fit` without noise and cost what the rule
    /// says; 1 where parabolas have no bias.
    pub fn bias(&self, fit: &JointFit, compute_flop: f64) -> Option<f64> {
        let best = fit.allocation(compute_flop, self.rule)?.parameter_count.value;
        let exact: Vec<Parabola> = self
            .designs
            .iter()
            .map(|design| {
                let product = design.log_compute - self.rule.flop_per_parameter_token.ln();
                let error = |size: &f64| {
                    let count = design.middle + size;
                    log_error_at(fit.family, &fit.centre, count, product - count).exp()
                };
                design.parabola(&design.sizes.iter().map(error).collect::<Vec<f64>>())
            })
            .collect();
        let frontier = Frontier::through(&self.designs, &exact)?;
        Some((frontier.spent(compute_flop, self.rule).parameters - best.ln()).exp())
    }
}

/// Runs that share a budget, of budgets with enough sizes, the smallest first.
fn by_budget(runs: &[IsoflopRun]) -> Vec<Vec<IsoflopRun>> {
    let only: Vec<JointRun> = runs.iter().map(|run| run.run).collect();
    // By budget, and within one by size: sums in one order whatever the order of the runs.
    let mut sorted: Vec<IsoflopRun> = in_order(&only).into_iter().map(|at| runs[at]).collect();
    sorted.sort_by(|a, b| a.compute_flop.total_cmp(&b.compute_flop));
    let groups = sorted.chunk_by(|a, b| b.compute_flop <= SAME_BUDGET * a.compute_flop);
    let is_budget = |group: &&[IsoflopRun]| {
        let range = group[group.len() - 1].compute_flop / group[0].compute_flop;
        let mut sizes: Vec<u64> =
            group.iter().map(|run| run.run.size.parameter_count().to_bits()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        range <= WIDEST_BUDGET && sizes.len() >= FEWEST_SIZES
    };
    groups.filter(is_budget).map(<[IsoflopRun]>::to_vec).collect()
}

/// The model sizes of one budget.
#[derive(Clone, Debug)]
struct Design {
    log_compute: f64,
    /// Logs of the parameter counts less their middle.
    sizes: Vec<f64>,
    middle: f64,
    inverse: Option<Matrix3>,
}

/// `level + slope x + curvature x^2`.
#[derive(Clone, Copy, Debug)]
struct Parabola([f64; 3]);

/// Where a parabola is lowest.
#[derive(Clone, Copy, Debug)]
struct Minimum {
    log_compute: f64,
    log_parameters: f64,
    error: f64,
}

impl Parabola {
    fn at(self, size: f64) -> f64 {
        let [level, slope, curvature] = self.0;
        level + size * (slope + size * curvature)
    }
}

impl Design {
    fn of(runs: &[IsoflopRun]) -> Self {
        let count = runs.len() as f64;
        let logs: Vec<f64> = runs.iter().map(|run| run.run.size.parameter_count().ln()).collect();
        let middle = logs.iter().sum::<f64>() / count;
        let sizes: Vec<f64> = logs.iter().map(|log| log - middle).collect();
        let mut matrix: Matrix3 = [[0.0; 3]; 3];
        for size in &sizes {
            add_square(&mut matrix, [1.0, *size, size * size]);
        }
        let log_compute = runs.iter().map(|run| run.compute_flop.ln()).sum::<f64>() / count;
        Self { log_compute, sizes, middle, inverse: linear::inverse(matrix, [true; 3]) }
    }

    /// The closest parabola in squared error.
    fn parabola(&self, errors: &[f64]) -> Parabola {
        let mut right = [0.0; 3];
        for (size, error) in self.sizes.iter().zip(errors) {
            right[0] += error;
            right[1] += size * error;
            right[2] += size * size * error;
        }
        let Some(inverse) = self.inverse else { return Parabola([f64::NAN; 3]) };
        Parabola(inverse.map(|row| row.iter().zip(right).map(|(a, b)| a * b).sum()))
    }

    /// The lowest point, if there is one among the sizes.
    fn minimum(&self, parabola: &Parabola) -> Option<Minimum> {
        let [_, slope, curvature] = parabola.0;
        let at = -0.5 * slope / curvature;
        let lowest = self.sizes.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = self.sizes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let error = parabola.at(at);
        let log_parameters = self.middle + at;
        (curvature > 0.0 && (lowest..=highest).contains(&at) && error > 0.0).then_some(Minimum {
            log_compute: self.log_compute,
            log_parameters,
            error,
        })
    }
}

/// The lines through the minima.
#[derive(Clone, Copy, Debug)]
struct Frontier {
    /// Log parameters at the middle of the log budgets, and their slope against the log budget.
    level: f64,
    slope: f64,
    middle: f64,
    /// The errors at the minima, where there are enough to fit a floor.
    errors: Option<MinimumErrors>,
}

/// floor + scale times (C at the middle / C)^exponent.
#[derive(Clone, Copy, Debug)]
struct MinimumErrors {
    floor: f64,
    scale: f64,
    exponent: f64,
}

/// Exponents searched for the errors at minima: from .005 to 1.5 in steps of 10 %.
const EXPONENTS: usize = 60;

impl Frontier {
    /// Fits the lines through the minima of the parabolas that have one; `None` with fewer than
    /// two.
    fn through(designs: &[Design], parabolas: &[Parabola]) -> Option<Self> {
        let minima: Vec<Minimum> = designs
            .iter()
            .zip(parabolas)
            .filter_map(|(design, parabola)| design.minimum(parabola))
            .collect();
        if minima.len() < 2 {
            return None;
        }
        let count = minima.len() as f64;
        let middle = minima.iter().map(|minimum| minimum.log_compute).sum::<f64>() / count;
        let level = minima.iter().map(|minimum| minimum.log_parameters).sum::<f64>() / count;
        let (mut across, mut along) = (0.0, 0.0);
        for minimum in &minima {
            let x = minimum.log_compute - middle;
            across += x * (minimum.log_parameters - level);
            along += x * x;
        }
        let errors =
            (minima.len() >= FEWEST_FOR_FLOOR).then(|| MinimumErrors::through(&minima, middle));
        Some(Self { level, slope: across / along, middle, errors })
    }

    fn spent(&self, compute_flop: f64, rule: ComputeRule) -> Spent {
        let beyond = compute_flop.ln() - self.middle;
        let parameters = self.level + self.slope * beyond;
        let tokens = compute_flop.ln() - rule.flop_per_parameter_token.ln() - parameters;
        let error = self
            .errors
            .map(|errors| (errors.floor + errors.scale * (-errors.exponent * beyond).exp()).ln());
        Spent { parameters, non_embedding: None, tokens, error }
    }
}

impl MinimumErrors {
    /// Fits the errors at the minima by least squares of relative error, by variable projection
    /// over the exponent.
    fn through(minima: &[Minimum], middle: f64) -> Self {
        let candidates = (0..EXPONENTS).flat_map(|position| {
            let exponent = 0.005 * 300.0_f64.powf(position as f64 / (EXPONENTS - 1) as f64);
            [false, true].map(|has_floor| Self::at(exponent, minima, middle, has_floor))
        });
        let none = (Self { floor: 0.0, scale: 0.0, exponent: 1.0 }, f64::INFINITY);
        candidates.fold(none, |best, found| if found.1 < best.1 { found } else { best }).0
    }

    /// Floor and scale, not below 0, with their sum of squared relative residuals.
    fn at(exponent: f64, minima: &[Minimum], middle: f64, has_floor: bool) -> (Self, f64) {
        let mut matrix: Matrix3 = [[0.0; 3]; 3];
        let mut right = [0.0; 2];
        for minimum in minima {
            let power = (-exponent * (minimum.log_compute - middle)).exp();
            let row = [1.0 / minimum.error, power / minimum.error, 0.0];
            add_square(&mut matrix, row);
            right[0] += row[0];
            right[1] += row[1];
        }
        let Some(inverse) = linear::inverse(matrix, [has_floor, true, false]) else {
            return (Self { floor: 0.0, scale: 0.0, exponent }, f64::INFINITY);
        };
        let [floor, scale] =
            [0, 1].map(|row: usize| inverse[row][0] * right[0] + inverse[row][1] * right[1]);
        let explained = floor * right[0] + scale * right[1];
        let is_sound = floor >= 0.0 && scale > 0.0;
        let squares = if is_sound { minima.len() as f64 - explained } else { f64::INFINITY };
        (Self { floor, scale, exponent }, squares)
    }
}

/// Adds the products of all pairs of `row`.
fn add_square(matrix: &mut Matrix3, row: [f64; 3]) {
    for (entries, value) in matrix.iter_mut().zip(row) {
        for (entry, other) in entries.iter_mut().zip(row) {
            *entry += value * other;
        }
    }
}

fn exponents_of(centre: &Frontier, refits: &[Frontier], degrees: usize) -> AllocationExponents {
    // Logs keep the estimates above 0; a slope that is not above 0 means that the minima determine
    // nothing.
    let estimate = |of: &dyn Fn(&Frontier) -> f64| -> Estimate {
        estimate_of_logs(
            of(centre).max(1e-6).ln(),
            refits.iter().map(|refit| of(refit).max(1e-6).ln()).collect(),
            degrees,
        )
    };
    AllocationExponents {
        parameter_count: estimate(&|frontier| frontier.slope),
        training_tokens: estimate(&|frontier| 1.0 - frontier.slope),
    }
}
