//! A logarithm of size that levels off at a floor.

use crate::law::amplitudes::{best_of_grid, ratios};
use crate::law::lanes::Lanes;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `alpha * ln(1 + bend_size / m) + gamma`: called "logarithm-offset".
///
/// Below `bend_size` the error falls by the same amount with every doubling, as the plain logarithm
/// does, which would become negative; above it the fall fades out as 1/m.
///
/// # Reference
/// "log2" of Viering and Loog (2023), "The shape of learning curves: a review", arXiv:2103.10948, bent
/// so that it stays above 0.
#[derive(Clone, Copy, Debug)]
pub struct LogarithmOffset;

impl CurveFamily for LogarithmOffset {
    fn name(&self) -> &'static str {
        "logarithm-offset"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "bend_size", "gamma"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * ln(1 + bend_size / m) + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => None,
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * (parameters[1] / size).ln_1p() + parameters[2]
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        self.predict_and_gradient(parameters, size, gradient);
    }

    fn predict_and_gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) -> f64 {
        gradient[0] = (parameters[1] / size).ln_1p();
        gradient[1] = parameters[0] / (size + parameters[1]);
        gradient[2] = 1.0;
        parameters[0] * gradient[0] + parameters[2]
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let smallest = points.log_sizes()[0].exp();
        let bends = ratios(0.1 * smallest, 1e4, 60).map(|bend_size| [bend_size]);
        let inverse_sizes: Vec<f64> =
            points.log_sizes().iter().map(|&log_size| Lanes([-log_size]).exp().0[0]).collect();
        let found = best_of_grid(points, &inverse_sizes, bends, |&[bend], inverse_size| {
            (Lanes::all(1.0) + bend * Lanes::all(inverse_size)).ln()
        });
        let start = padded(&[found.scale, found.shape[0], found.constant]);
        let bounds = [(0.0, f64::MAX), (0.01 * smallest, 1e6), (0.0, f64::MAX)];
        polish(self, points, start, &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, bend_size, gamma, ..] = *parameters;
        padded(&[
            scaled(alpha, units.log_error),
            scaled(bend_size, units.log_size),
            scaled(gamma, units.log_error),
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, bend_size, gamma] = [parameters[0], parameters[1], parameters[2]];
        let has_both = alpha > 0.0 && gamma > 0.0;
        has_both.then(|| finite_exp(bend_size.ln() - (gamma / alpha).min(700.0).exp_m1().ln()))
    }
}
