//! Fitting a curve: its posterior, and the parameters and regions that follow from it.
//!
//! [`fit_curve`] is the whole program of a fit; each step is a file.

mod joint;

mod members;

mod parameter;

mod region;

mod shape;

mod warning;

pub use joint::{
    Allocation, AllocationExponents, ComputeRule, EmbeddingSize, IsoflopError, IsoflopFit,
    IsoflopRun, JointFit, JointFitError, JointFitOptions, OutlyingRun, Valley, fit_isoflops,
    fit_joint,
};
pub use parameter::NamedEstimate;
pub use region::Regions;
pub use shape::FEW_SIZES;
pub use warning::{FitWarning, WarningKind};

use serde::{Serialize, Serializer};

use crate::curve::noise::measured_noise;
use crate::curve::{LearningCurve, MetricKind};
use crate::law::{CurveFamily, ParameterRole, PowerLawOffset};
use crate::posterior::{Posterior, Prior, PriorName, Shape, observations};
use crate::units::TrainingSetSize;

/// How to fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct FitOptions<'a> {
    /// The law that the curve is held to; `None` for a law with a floor that the curve may leave.
    pub law: Option<&'static dyn CurveFamily>,
    /// The prior; the shipped one when `None`.
    pub prior: Option<&'a Prior>,
}

/// Why a curve cannot be fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Fewer sizes than parameters.
    #[error(
        "{parameters} parameters need as many distinct training-set sizes, the curve has {sizes}"
    )]
    TooFewSizes {
        /// Distinct sizes of the curve.
        sizes: usize,
        /// Parameters of the law.
        parameters: usize,
    },
    /// A back-test that hides too much.
    #[error("hiding {hidden} of {sizes} sizes leaves fewer than the {needed} a fit needs")]
    HidesTooMany {
        /// Sizes to hide.
        hidden: usize,
        /// Distinct sizes of the curve.
        sizes: usize,
        /// Sizes a fit needs.
        needed: usize,
    },
}

/// A fitted learning curve.
#[derive(Clone, Debug, Serialize)]
pub struct CurveFit {
    /// Name of the curve.
    pub curve: String,
    /// Name of the law.
    pub law: &'static str,
    /// Sizes that the law holds for: those outside the small-data region.
    pub sizes_used: Vec<TrainingSetSize>,
    /// One per parameter of the law, in absolute units.
    #[serde(serialize_with = "by_name")]
    pub parameters: Vec<NamedEstimate>,
    /// Where the regions of the curve begin and end.
    pub regions: Regions,
    /// Whether the data determine that the error levels off, and where.
    pub floor_identified: bool,
    /// Whether the error falls with size, up to noise.
    pub monotone: bool,
    /// What to know before trusting the fit.
    pub warnings: Vec<FitWarning>,
    #[serde(skip)]
    pub(crate) evidence: Evidence,
}

/// Estimates by the names of their parameters.
fn by_name<S: Serializer>(parameters: &[NamedEstimate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parameters.iter().map(|one| (one.name, one.estimate)))
}

/// Everything that answers are computed from.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) posterior: Posterior,
    pub(crate) prior: PriorName,
    pub(crate) metric: MetricKind,
    pub(crate) smallest_size: TrainingSetSize,
    pub(crate) largest_size: TrainingSetSize,
    /// Error measured at the largest size, or its upper bound where every run was perfect.
    pub(crate) largest_size_error: f64,
    /// Largest rise of log error beyond noise; 0 on a monotone curve.
    pub(crate) rise: f64,
}

/// Fits `curve`: the posterior of its law and its dynamics, then the parameters and regions that
/// follow from it.
///
/// # Errors
/// [`FitError::TooFewSizes`] when a law was asked for that has more parameters than the curve has sizes.
pub fn fit_curve(curve: &LearningCurve, options: &FitOptions<'_>) -> Result<CurveFit, FitError> {
    let prior = options.prior.unwrap_or_else(|| Prior::shipped());
    let posterior = posterior_of(curve, options.law, prior)?;
    let points = curve.points();
    let (smallest_size, largest_size) = (points[0].size, curve.largest_size());
    let largest_size_error = points[points.len() - 1].error();
    let family = options.law.unwrap_or(&PowerLawOffset);
    let marginals = parameter::Marginals {
        family,
        posterior: &posterior,
        largest_size,
        log_error: largest_size_error.ln(),
    };
    let floor_identified = region::floor_is_identified(&marginals);
    let regions = region::regions(&marginals, smallest_size, floor_identified);
    let measured = measured_noise(curve).of_seen(curve);
    // Rises and falls are judged from measured errors only, because a bound may hide either.
    let log_errors: Vec<f64> = curve.seen().map(|point| point.error().ln()).collect();
    let shape = shape::shape_of(&log_errors, &measured, marginals.run_noise());
    let used = |size: TrainingSetSize| {
        regions.small_data_ends.is_none_or(|ends| size.get() >= ends.value * (1.0 - 1e-9))
    };
    let mut fit = CurveFit {
        curve: curve.name().to_owned(),
        law: family.name(),
        sizes_used: points.iter().map(|point| point.size).filter(|&size| used(size)).collect(),
        parameters: marginals.parameters(floor_identified),
        regions,
        floor_identified,
        monotone: shape.rise <= 0.0,
        warnings: Vec::new(),
        evidence: Evidence {
            family,
            posterior,
            prior: prior.name(),
            metric: curve.metric(),
            smallest_size,
            largest_size,
            largest_size_error,
            rise: shape.rise,
        },
    };
    fit.warnings = shape::warnings(curve, &fit, &measured, &shape);
    Ok(fit)
}

fn posterior_of(
    curve: &LearningCurve,
    law: Option<&'static dyn CurveFamily>,
    prior: &Prior,
) -> Result<Posterior, FitError> {
    let observations = observations(curve, curve.points().len());
    let Some(family) = law else {
        return Ok(Posterior::of(observations, curve.metric(), prior));
    };
    let sizes = curve.seen().count();
    if sizes < family.minimum_sizes() {
        return Err(FitError::TooFewSizes { sizes, parameters: family.minimum_sizes() });
    }
    let laws = members::members_near(family, curve, &observations);
    Ok(Posterior::of_laws(observations, &laws, prior, curve.metric()))
}

impl CurveFit {
    /// The estimate of the parameter called `name`, if the law has it.
    pub fn parameter(&self, name: &str) -> Option<&NamedEstimate> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The estimate of the parameter that plays `role`, if the law has one.
    pub fn parameter_with(&self, role: ParameterRole) -> Option<&NamedEstimate> {
        self.parameter(self.evidence.family.parameter_with(role)?)
    }

    /// The law as an equation, as [`CurveFamily::formula`] writes it.
    pub fn formula(&self) -> &'static str {
        self.evidence.family.formula()
    }

    /// Probability that the floor is `share` or more of the error at the largest size.
    pub(crate) fn probability_of_floor(&self, share: f64) -> f64 {
        self.evidence.posterior.probability_of_floor(share)
    }

    /// Whether the fit is one of laws with a floor, not held to another law that was asked for.
    pub(crate) fn is_of_floor_laws(&self) -> bool {
        let cells = &self.evidence.posterior.cells;
        cells.iter().all(|cell| matches!(cell.shape, Shape::Floor { .. }))
    }

    /// The origin of the prior that the fit used.
    pub fn prior(&self) -> PriorName {
        self.evidence.prior
    }
}
