//! A rational function between two levels: the error of guessing, and the floor.

use std::array::from_fn;

use crate::law::amplitudes::{best_of_grid, ratios};
use crate::law::lanes::Lanes;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{CurveFamily, Fitted, ParameterRole, Parameters, Units, padded, scaled};

/// `alpha / (1 + (m / half_size)^-beta_g) + gamma`: called "bounded-rational".
///
/// The error is alpha + gamma without data, half of alpha is gone at `half_size`, and far above it
/// the reducible error is a power law of exponent `beta_g`.
///
/// # Reference
/// Rosenfeld et al. (2020), "A constructive prediction of the generalization error across scales",
/// arXiv:1909.12673, which joins guessing and floor by a rational envelope.
#[derive(Clone, Copy, Debug)]
pub struct BoundedRational;

/// `(m / half_size)^-beta_g` from a log size.
fn grown(beta_g: f64, half_size: f64, log_size: f64) -> f64 {
    (-beta_g * (log_size - half_size.ln())).clamp(-600.0, 600.0).exp()
}

impl CurveFamily for BoundedRational {
    fn name(&self) -> &'static str {
        "bounded-rational"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "gamma", "half_size"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha / (1 + (m / half_size)^(-beta_g)) + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        let grown = grown(parameters[1], parameters[3], size.ln());
        parameters[0] / (1.0 + grown) + parameters[2]
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let [alpha, beta_g, half_size] = [parameters[0], parameters[1], parameters[3]];
        let grown = grown(beta_g, half_size, size.ln());
        let share = 1.0 / (1.0 + grown);
        // Derivative of the share by the log of `grown`, with its sign turned.
        let slope = share * (1.0 - share);
        gradient[0] = share;
        gradient[1] = alpha * slope * (size.ln() - half_size.ln());
        gradient[2] = 1.0;
        gradient[3] = -alpha * slope * beta_g / half_size;
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let smallest = points.log_sizes()[0].exp();
        let halves = ratios(0.01 * smallest, 10.0, 16);
        let grid = ratios(0.05, 3.0, 14)
            .flat_map(|exponent| halves.clone().map(move |half_size| [exponent, half_size]));
        let found = best_of_grid(points, points.log_sizes(), grid, |shapes, log_size| {
            Lanes(from_fn(|lane| {
                let [exponent, half_size] = shapes.map(|parameter| parameter.0[lane]);
                1.0 / (1.0 + grown(-exponent, half_size, log_size))
            }))
        });
        let [exponent, half_size] = found.shape;
        let start = padded(&[found.scale, -exponent, found.constant, half_size]);
        let bounds = [(0.0, f64::MAX), (-3.0, -0.005), (0.0, f64::MAX), (1e-3 * smallest, 1e3)];
        polish(self, points, start, &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, gamma, half_size, ..] = *parameters;
        padded(&[
            scaled(alpha, units.log_error),
            beta_g,
            scaled(gamma, units.log_error),
            scaled(half_size, units.log_size),
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, beta_g] = [parameters[0], parameters[1]];
        let [gamma, half_size] = [parameters[2], parameters[3]];
        let has_both = alpha > gamma && gamma > 0.0 && beta_g < 0.0;
        has_both.then(|| half_size * (alpha / gamma - 1.0).powf(-1.0 / beta_g).min(1e300))
    }
}
