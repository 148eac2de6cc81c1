//! Fitting a joint law to runs: the law, intervals of its parameters from refits on resampled
//! errors, the runs that lie outside it, and the best use of a compute budget.
//!
//! Reading order: this file, [`resample`], [`outlying`], [`allocation`], [`counting`], [`isoflop`].

mod interval;

mod resample;
mod spent;

mod outlying;

mod allocation;

mod counting;

mod isoflop;

pub use allocation::{Allocation, AllocationExponents};
pub use counting::EmbeddingSize;
pub use isoflop::{IsoflopError, IsoflopFit, IsoflopRun, Valley, fit_isoflops};
pub use outlying::OutlyingRun;
pub use spent::ComputeRule;

use crate::estimate::Estimate;
use crate::fit::NamedEstimate;
use crate::fit::parameter::estimate_of;
use crate::law::joint::{
    JointFamily, JointLoss, JointParameters, JointRun, JointSize, Relative, fit_joint_law,
};
use crate::stats::quantile::median_in_place;
use resample::Residuals;

/// Why runs cannot be fitted by a joint law.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JointFitError {
    /// Too few runs for the parameters.
    #[error("{parameters} parameters and their noise need {needed} runs, there are {runs}")]
    TooFewRuns {
        /// Runs given.
        runs: usize,
        /// Parameters of the law.
        parameters: usize,
        /// Runs needed.
        needed: usize,
    },
    /// One of the two variables hardly varies.
    #[error("a joint law needs at least 3 {variable}, the runs have {found}")]
    TooFewValues {
        /// What hardly varies, in the plural.
        variable: &'static str,
        /// Distinct values found.
        found: usize,
    },
}

/// How to fit a joint law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointFitOptions {
    /// What a log residual costs.
    pub loss: JointLoss,
    /// Refits on resampled errors, at least 1.
    pub resamples: usize,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for JointFitOptions {
    fn default() -> Self {
        Self { loss: JointLoss::default(), resamples: 1_000, seed: 0 }
    }
}

/// A fitted joint law.
#[derive(Clone, Debug)]
pub struct JointFit {
    /// Name of the law.
    pub law: &'static str,
    /// Number of runs.
    pub runs: usize,
    /// One per parameter of the law.
    pub parameters: Vec<NamedEstimate>,
    /// What log residuals cost.
    pub loss: JointLoss,
    /// Sum of that cost over the runs.
    pub loss_sum: f64,
    /// Root mean square log residual, corrected for the parameters.
    pub scatter: f64,
    /// Standard deviation of most log residuals: that of a normal distribution with the same median
    /// distance from 0.
    pub usual_scatter: f64,
    /// Runs too far from the law for the scatter of the others, the furthest first.
    pub outlying: Vec<OutlyingRun>,
    family: &'static dyn JointFamily,
    centre: JointParameters,
    refits: Vec<JointParameters>,
    degrees: usize,
}

/// A parameter is identified if the lower end of its 95 % interval lies above this share of its
/// fitted value.
const UNIDENTIFIED: f64 = 1e-2;

/// Fits `family` to `runs`, with intervals from refits.
///
/// A refit uses the fitted errors times residuals of other runs; this assumes that the law holds
/// and that runs are independent and equally noisy.
///
/// # Errors
/// [`JointFitError`]: too few runs, or fewer than 3 distinct parameter counts or example counts.
pub fn fit_joint(
    family: &'static dyn JointFamily,
    runs: &[JointRun],
    options: &JointFitOptions,
) -> Result<JointFit, JointFitError> {
    let names = family.parameter_names();
    let (parameters, needed) = (names.len(), names.len() + 2);
    if runs.len() < needed {
        return Err(JointFitError::TooFewRuns { runs: runs.len(), parameters, needed });
    }
    let order = in_order(runs);
    let runs: Vec<JointRun> = order.iter().map(|&at| runs[at]).collect();
    for (variable, at) in [("model sizes", 0), ("training-set sizes", 1)] {
        let mut values: Vec<f64> = runs.iter().map(|run| key(run)[at]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| a.to_bits() == b.to_bits());
        if values.len() < 3 {
            return Err(JointFitError::TooFewValues { variable, found: values.len() });
        }
    }
    let fitted = fit_joint_law(family, &runs, options.loss);
    let centre = fitted.parameters;
    let degrees = runs.len() - parameters;
    let expected: Vec<f64> =
        runs.iter().map(|run| family.predict(&centre, &run.size).ln()).collect();
    let residuals: Vec<f64> =
        runs.iter().zip(&expected).map(|(run, expected)| run.log_error() - expected).collect();
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let usual_scatter = usual_scatter(&residuals, parameters);
    let outlying = outlying::outlying(&residuals, usual_scatter, degrees)
        .into_iter()
        .map(|run| OutlyingRun { expected: expected[run.run].exp(), run: order[run.run], ..run })
        .collect();
    let drawn = Residuals::new(residuals, usual_scatter, degrees);
    let mut relative = Relative::of(&runs);
    let refits: Vec<JointParameters> = (0..options.resamples)
        .map(|resample| {
            let noise = drawn.draw(options.seed, resample as u64);
            relative.set_log_errors(expected.iter().zip(noise).map(|(log, noise)| log + noise));
            relative.refit(family, options.loss, &centre).parameters
        })
        .collect();
    let named = names.iter().enumerate().map(|(at, &name)| {
        let values: Vec<f64> = refits.iter().map(|refit| refit[at]).collect();
        let estimate = estimate_of(centre[at], values, degrees);
        let identified = estimate.interval_95.low > UNIDENTIFIED * centre[at];
        NamedEstimate { name, estimate, identified }
    });
    let parameters = named.collect();
    Ok(JointFit {
        law: family.name(),
        runs: runs.len(),
        parameters,
        loss: options.loss,
        loss_sum: fitted.loss,
        scatter: (squares / degrees as f64).sqrt(),
        usual_scatter,
        outlying,
        family,
        centre,
        refits,
        degrees,
    })
}

fn key(run: &JointRun) -> [f64; 4] {
    let size = run.size;
    [size.parameter_count(), size.examples(), size.unique_examples(), run.log_error()]
}

/// Positions of the runs by size: sums in one order make a result independent of the order of the runs.
fn in_order(runs: &[JointRun]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|&a, &b| {
        let pairs = key(&runs[a]).into_iter().zip(key(&runs[b]));
        pairs
            .map(|(a, b)| a.total_cmp(&b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    order
}

/// Median distance of a standard normal variable from 0.
const NORMAL_MEDIAN_DISTANCE: f64 = 0.674_489_750_196_081_7;

/// Standard deviation of a normal distribution whose median distance from 0 is that of `residuals`.
///
/// When outliers count little, a law passes exactly through as many runs as it has `parameters`.
/// These runs say nothing about the noise and are left out.
fn usual_scatter(residuals: &[f64], parameters: usize) -> f64 {
    let mut distances: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    distances.sort_by(f64::total_cmp);
    median_in_place(&mut distances[parameters..]) / NORMAL_MEDIAN_DISTANCE
}

impl JointFit {
    /// Mean error of models trained with `size`, with confidence intervals.
    ///
    /// Extrapolates; the intervals include the uncertainty of the parameters, not that the law may
    /// fail.
    pub fn predict(&self, size: &JointSize) -> Estimate {
        let at = |parameters: &JointParameters| self.family.predict(parameters, size);
        estimate_of(at(&self.centre), self.refits.iter().map(at).collect(), self.degrees)
    }
}
