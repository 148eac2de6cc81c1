//! The power law with a floor.

use crate::law::lanes::Lanes;
use crate::law::points::{FitPoints, LANES};
use crate::law::projection::fit_power_and_constant;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `alpha * m^beta_g + gamma`, gamma not below 0: called "power-law-offset".
///
/// # Reference
/// Hestness et al. (2017), "Deep learning scaling is predictable, empirically", arXiv:1712.00409,
/// equation 1; fitted by variable projection (Golub and Pereyra 1973).
#[derive(Clone, Copy, Debug)]
pub struct PowerLawOffset;

impl CurveFamily for PowerLawOffset {
    fn name(&self) -> &'static str {
        "power-law-offset"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "gamma"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * m^beta_g + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * size.powf(parameters[1]) + parameters[2]
    }

    fn predict_logs(&self, members: &[Parameters; LANES], log_size: f64) -> [f64; LANES] {
        let [alpha, beta_g, gamma] =
            [0, 1, 2].map(|at| Lanes(members.each_ref().map(|parameters| parameters[at])));
        let error = alpha * (beta_g * Lanes::all(log_size)).exp() + gamma;
        error.ln().0
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let power = size.powf(parameters[1]);
        gradient[0] = power;
        gradient[1] = parameters[0] * power * size.ln();
        gradient[2] = 1.0;
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let projected = fit_power_and_constant(points);
        Fitted {
            parameters: padded(&[projected.scale, -projected.exponent, projected.constant]),
            sum_of_squares: projected.sum_of_squares,
        }
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, gamma, ..] = *parameters;
        let alpha = scaled(alpha, units.log_error - beta_g * units.log_size);
        padded(&[alpha, beta_g, scaled(gamma, units.log_error)])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, beta_g, gamma] = [parameters[0], parameters[1], parameters[2]];
        let has_both = alpha > 0.0 && gamma > 0.0 && beta_g < 0.0;
        has_both.then(|| finite_exp((gamma.ln() - alpha.ln()) / beta_g))
    }
}
