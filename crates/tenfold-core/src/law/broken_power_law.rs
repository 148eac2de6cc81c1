//! The power law with a floor whose exponent changes at one size.

use std::array::from_fn;

use crate::law::amplitudes::{best_of_grid, ratios};
use crate::law::lanes::Lanes;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `alpha * m^beta_g * (1 + (break_size/m)^(1/w))^(w * (beta_g - beta_early)) + gamma`, w = 0.3: called
/// "broken-power-law".
///
/// Far below `break_size` the reducible error has the exponent `beta_early`, far above it `beta_g`;
/// w is the width of the turn, fixed because a dozen sizes do not determine it.
///
/// # Reference
/// Caballero et al. (2023), "Broken neural scaling laws", arXiv:2210.14891, with one break.
#[derive(Clone, Copy, Debug)]
pub struct BrokenPowerLaw;

/// Width of the turn: it takes about two doublings. Chosen by hand, not swept: a dozen points do
/// not determine a width.
const WIDTH: f64 = 0.3;

/// `ln(1 + exp(value))` without overflow.
fn softplus(value: f64) -> f64 {
    value.max(0.0) + (-value.abs()).exp().ln_1p()
}

/// Log of the reducible error over alpha.
fn log_shape([beta_g, break_size, beta_early]: [f64; 3], log_size: f64) -> f64 {
    let turned = WIDTH * softplus((break_size.ln() - log_size) / WIDTH);
    beta_g * log_size + (beta_g - beta_early) * turned
}

impl CurveFamily for BrokenPowerLaw {
    fn name(&self) -> &'static str {
        "broken-power-law"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "gamma", "break_size", "beta_early"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * m^beta_g * \
         (1 + (break_size / m)^(1 / 0.3))^(0.3 * (beta_g - beta_early)) + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        let shape = [parameters[1], parameters[3], parameters[4]];
        parameters[0] * finite_exp(log_shape(shape, size.ln())) + parameters[2]
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let [beta_g, break_size, beta_early] = [parameters[1], parameters[3], parameters[4]];
        let log_size = size.ln();
        let shape = finite_exp(log_shape([beta_g, break_size, beta_early], log_size));
        let reducible = parameters[0] * shape;
        let before = (break_size.ln() - log_size) / WIDTH;
        let turned = WIDTH * softplus(before);
        gradient[0] = shape;
        gradient[1] = reducible * (log_size + turned);
        gradient[2] = 1.0;
        gradient[3] = reducible * (beta_g - beta_early) / (1.0 + (-before).exp()) / break_size;
        gradient[4] = -reducible * turned;
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let smallest = points.log_sizes()[0].exp();
        let breaks = ratios(smallest, 1.0, 9);
        let early = [-2.0, -1.0, -0.5, -0.25, -0.1, -0.02, 0.1];
        let grid = ratios(0.03, 3.0, 10).flat_map(|exponent| {
            breaks.clone().flat_map(move |break_size| {
                early.map(|beta_early| [-exponent, break_size, beta_early])
            })
        });
        let found = best_of_grid(points, points.log_sizes(), grid, |shapes, log_size| {
            Lanes(from_fn(|lane| {
                finite_exp(log_shape(shapes.map(|parameter| parameter.0[lane]), log_size))
            }))
        });
        let [beta_g, break_size, beta_early] = found.shape;
        let start = padded(&[found.scale, beta_g, found.constant, break_size, beta_early]);
        let bounds = [
            (0.0, f64::MAX),
            (-3.0, -0.005),
            (0.0, f64::MAX),
            // A break outside the data would not be determined by any measurement.
            (smallest, 1.0),
            (-3.0, 1.0),
        ];
        polish(self, points, start, &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, gamma, break_size, beta_early] = *parameters;
        padded(&[
            scaled(alpha, units.log_error - beta_g * units.log_size),
            beta_g,
            scaled(gamma, units.log_error),
            scaled(break_size, units.log_size),
            beta_early,
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    /// Uses only the power law above the break, so it is `None` when power law and floor meet below
    /// the break.
    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, beta_g, gamma] = [parameters[0], parameters[1], parameters[2]];
        let has_both = alpha > 0.0 && gamma > 0.0 && beta_g < 0.0;
        let size = finite_exp((gamma.ln() - alpha.ln()) / beta_g);
        (has_both && size >= parameters[3]).then_some(size)
    }
}
