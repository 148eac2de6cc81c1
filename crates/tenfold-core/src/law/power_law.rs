//! The power law without a floor.

use crate::law::points::{FitPoints, LogLine};
use crate::law::{CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded};

/// `alpha * m^beta_g`: the power-law region alone, called "power-law".
///
/// # Reference
/// Hestness et al. (2017), "Deep learning scaling is predictable, empirically", arXiv:1712.00409.
#[derive(Clone, Copy, Debug)]
pub struct PowerLaw;

/// Steepest exponent; steeper ones were never seen in the power-law region of a real curve.
const STEEPEST: f64 = -3.0;

/// The power law of least squares through relative log errors at relative log sizes.
pub(crate) fn power_law_through(log_sizes: &[f64], log_errors: &[f64]) -> Fitted {
    let line = LogLine::through(log_sizes, log_errors);
    let beta_g = line.slope.unwrap_or(0.0).clamp(STEEPEST, 0.0);
    let log_alpha = line.mean_error - beta_g * line.mean_size;
    let residuals = log_sizes.iter().zip(log_errors).map(|(x, y)| y - log_alpha - beta_g * x);
    Fitted {
        parameters: padded(&[finite_exp(log_alpha), beta_g]),
        sum_of_squares: residuals.map(|residual| residual * residual).sum(),
    }
}

impl CurveFamily for PowerLaw {
    fn name(&self) -> &'static str {
        "power-law"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * m^beta_g"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => None,
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * size.powf(parameters[1])
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let power = size.powf(parameters[1]);
        gradient[0] = power;
        gradient[1] = parameters[0] * power * size.ln();
    }

    /// Least squares of log error on log size, with the exponent held in [-3, 0].
    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        power_law_through(points.log_sizes(), points.log_errors())
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let log_alpha = parameters[0].ln() + units.log_error - parameters[1] * units.log_size;
        padded(&[finite_exp(log_alpha), parameters[1]])
    }

    fn floor(&self, _parameters: &[f64]) -> f64 {
        0.0
    }

    fn floor_dominates_from(&self, _parameters: &[f64]) -> Option<f64> {
        None
    }
}
