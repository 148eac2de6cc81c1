//! The power law with a floor whose sizes start elsewhere than at 0.

use crate::law::amplitudes::{Projection, best_of_grid, ratios};
use crate::law::lanes::Lanes;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `alpha * (m + shift)^beta_g + gamma`: called "shifted-power-law".
///
/// The shift, in examples and not below 0, bends the curve where data are few, as if the model had
/// seen that many examples before.
///
/// # Reference
/// "pow4" of Viering and Loog (2023), "The shape of learning curves: a review", arXiv:2103.10948.
#[derive(Clone, Copy, Debug)]
pub struct ShiftedPowerLaw;

impl CurveFamily for ShiftedPowerLaw {
    fn name(&self) -> &'static str {
        "shifted-power-law"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "gamma", "shift"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * (m + shift)^beta_g + gamma"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * (size + parameters[3]).powf(parameters[1]) + parameters[2]
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        self.predict_and_gradient(parameters, size, gradient);
    }

    fn predict_and_gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) -> f64 {
        let shifted = size + parameters[3];
        let power = shifted.powf(parameters[1]);
        gradient[0] = power;
        gradient[1] = parameters[0] * power * shifted.ln();
        gradient[2] = 1.0;
        gradient[3] = parameters[0] * parameters[1] * power / shifted;
        parameters[0] * power + parameters[2]
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let smallest = points.log_sizes()[0].exp();
        let shifts = ratios(0.25 * smallest, 10.0, 9).filter(|shift| shift.is_finite());
        let exponents: Vec<f64> = ratios(0.02, 3.0, 14).collect();
        let best_of_shift = |shift: f64| {
            let log_shifted = |&log_size: &f64| {
                let [shifted] = (Lanes([log_size]).exp() + Lanes([shift])).ln().0;
                shifted
            };
            let places: Vec<f64> = points.log_sizes().iter().map(log_shifted).collect();
            let grid = exponents.iter().map(|&exponent| [exponent]);
            let found = best_of_grid(points, &places, grid, |&[exponent], log_shifted| {
                (-exponent * Lanes::all(log_shifted)).exp()
            });
            (found, shift)
        };
        // Of equal fits the first is kept, so that a shift that does not help is not used.
        let better = |best: (Projection<1>, f64), other: (Projection<1>, f64)| {
            if other.0.sum_of_squares < best.0.sum_of_squares { other } else { best }
        };
        let first = best_of_shift(0.0);
        let (found, shift) = shifts.map(best_of_shift).fold(first, better);
        let [exponent] = found.shape;
        let start = padded(&[found.scale, -exponent, found.constant, shift]);
        let bounds = [(0.0, f64::MAX), (-3.0, -0.005), (0.0, f64::MAX), (0.0, 10.0)];
        polish(self, points, start, &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, gamma, shift, ..] = *parameters;
        padded(&[
            scaled(alpha, units.log_error - beta_g * units.log_size),
            beta_g,
            scaled(gamma, units.log_error),
            scaled(shift, units.log_size),
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, beta_g, gamma] = [parameters[0], parameters[1], parameters[2]];
        let has_both = alpha > 0.0 && gamma > 0.0 && beta_g < 0.0;
        let size = finite_exp((gamma.ln() - alpha.ln()) / beta_g) - parameters[3];
        (has_both && size > 0.0).then_some(size)
    }
}
