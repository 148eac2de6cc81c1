//! Fitting a joint law to runs: the law, and what refits on resampled errors say of its parameters.

use crate::estimate::Estimate;
use crate::fit::NamedEstimate;
use crate::fit::parameter::estimate_of;
use crate::law::joint::{
    JointFamily, JointParameters, JointRun, JointSize, fit_joint_law, refit_joint_law,
};
use crate::stats::random::RandomStream;

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

/// A fitted joint law.
#[derive(Clone, Debug)]
pub struct JointFit {
    /// Name of the law.
    pub law: &'static str,
    /// Number of runs.
    pub runs: usize,
    /// One per parameter of the law.
    pub parameters: Vec<NamedEstimate>,
    /// Root mean square log residual, corrected for the parameters.
    pub scatter: f64,
    family: &'static dyn JointFamily,
    centre: JointParameters,
    refits: Vec<JointParameters>,
    degrees: usize,
}

/// Refits on resampled errors.
const RESAMPLES: u64 = 200;

/// Smallest relative range of refits that still tells a parameter.
const UNIDENTIFIED: f64 = 1e-2;

/// Fits `family` to `runs`, with intervals from refits.
///
/// A refit sees the fitted errors times log-normal noise as large as the residuals; this assumes that
/// the law holds and that runs are independent.
///
/// # Errors
/// [`JointFitError`]: too few runs, or fewer than 3 distinct parameter counts or example counts.
pub fn fit_joint(
    family: &'static dyn JointFamily,
    runs: &[JointRun],
    seed: u64,
) -> Result<JointFit, JointFitError> {
    let names = family.parameter_names();
    let (parameters, needed) = (names.len(), names.len() + 2);
    if runs.len() < needed {
        return Err(JointFitError::TooFewRuns { runs: runs.len(), parameters, needed });
    }
    let mut runs = runs.to_vec();
    // Sums in one order make the result independent of the order of the runs.
    let key = |run: &JointRun| {
        let size = run.size;
        [size.parameter_count(), size.examples(), size.unique_examples(), run.log_error()]
    };
    runs.sort_by(|a, b| {
        let pairs = key(a).into_iter().zip(key(b));
        pairs
            .map(|(a, b)| a.total_cmp(&b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    for (variable, at) in [("model sizes", 0), ("training-set sizes", 1)] {
        let mut values: Vec<f64> = runs.iter().map(|run| key(run)[at]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| a.to_bits() == b.to_bits());
        if values.len() < 3 {
            return Err(JointFitError::TooFewValues { variable, found: values.len() });
        }
    }
    let fitted = fit_joint_law(family, &runs);
    let centre = fitted.parameters;
    let degrees = runs.len() - parameters;
    let scatter = (fitted.sum_of_squares / degrees as f64).sqrt();
    let expected: Vec<f64> =
        runs.iter().map(|run| family.predict(&centre, &run.size).ln()).collect();
    let refits: Vec<JointParameters> = (0..RESAMPLES)
        .map(|resample| {
            let mut stream = RandomStream::new(seed, resample);
            let noisy = runs.iter().zip(&expected);
            let noisy: Vec<JointRun> = noisy
                .map(|(run, expected)| run.with_log_error(expected + scatter * stream.normal()))
                .collect();
            refit_joint_law(family, &noisy, &centre).parameters
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
        scatter,
        family,
        centre,
        refits,
        degrees,
    })
}

impl JointFit {
    /// Mean error of models trained with `size`, with confidence intervals.
    ///
    /// Extrapolates; the intervals hold what the parameters leave open, not that the law may fail.
    pub fn predict(&self, size: &JointSize) -> Estimate {
        let at = |parameters: &JointParameters| self.family.predict(parameters, size);
        estimate_of(at(&self.centre), self.refits.iter().map(at).collect(), self.degrees)
    }
}
