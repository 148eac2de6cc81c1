//! Exponential decay to a floor.

use crate::law::amplitudes::{best_of_grid, ratios};
use crate::law::lanes::Lanes;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{CurveFamily, Fitted, ParameterRole, Parameters, Units, padded, scaled};

/// `alpha * exp(-rate * m) + gamma`: called "exponential".
///
/// # Reference
/// "exp3" of Viering and Loog (2023), "The shape of learning curves: a review", arXiv:2103.10948.
#[derive(Clone, Copy, Debug)]
pub struct Exponential;

impl CurveFamily for Exponential {
    fn name(&self) -> &'static str {
        "exponential"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "rate", "gamma"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * exp(-rate * m) + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => None,
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        // A curve without a floor has an error above 0 at every size, however small.
        let decayed = (-parameters[1] * size).exp();
        (parameters[0] * decayed + parameters[2]).max(f64::MIN_POSITIVE)
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let decayed = (-parameters[1] * size).exp();
        gradient[0] = decayed;
        gradient[1] = -parameters[0] * size * decayed;
        gradient[2] = 1.0;
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let smallest = points.log_sizes()[0].exp();
        let rates = ratios(0.01, 10.0 / smallest, 60).map(|rate| [rate]);
        let sizes: Vec<f64> =
            points.log_sizes().iter().map(|&log_size| Lanes([log_size]).exp().0[0]).collect();
        let found =
            best_of_grid(points, &sizes, rates, |&[rate], size| (-rate * Lanes::all(size)).exp());
        let start = padded(&[found.scale, found.shape[0], found.constant]);
        let bounds = [(0.0, f64::MAX), (1e-3, 100.0 / smallest), (0.0, f64::MAX)];
        polish(self, points, start, &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, rate, gamma, ..] = *parameters;
        padded(&[
            scaled(alpha, units.log_error),
            scaled(rate, -units.log_size),
            scaled(gamma, units.log_error),
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, rate, gamma] = [parameters[0], parameters[1], parameters[2]];
        (alpha > gamma && gamma > 0.0 && rate > 0.0).then(|| (alpha.ln() - gamma.ln()) / rate)
    }
}
