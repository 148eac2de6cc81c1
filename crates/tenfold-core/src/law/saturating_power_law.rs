//! M3: a power law of 1/m that saturates.

use crate::law::amplitudes::ratios;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `alpha * (1/m + saturation)^-beta_g`: M3, called "m3".
///
/// The floor is `alpha * saturation^-beta_g`; the bend towards it is sharper than in a sum.
///
/// # Reference
/// M3 of Alabdulmohsin, Neyshabur and Zhai (2022), "Revisiting neural scaling laws in language and
/// vision", arXiv:2209.06640.
#[derive(Clone, Copy, Debug)]
pub struct SaturatingPowerLaw;

/// Largest saturation, over 1/m at the largest size: with a larger one, the curve is flat.
const LARGEST_SATURATION: f64 = 1e3;

impl CurveFamily for SaturatingPowerLaw {
    fn name(&self) -> &'static str {
        "m3"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "saturation"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * (1 / m + saturation)^(-beta_g)"
    }

    /// The floor is no parameter: it follows from three of them.
    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => None,
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * (1.0 / size + parameters[2]).powf(-parameters[1])
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let sum = 1.0 / size + parameters[2];
        let power = sum.powf(-parameters[1]);
        gradient[0] = power;
        gradient[1] = -parameters[0] * power * sum.ln();
        gradient[2] = -parameters[0] * parameters[1] * power / sum;
    }

    /// At a given saturation the log of the error is a straight line in ln(1/m + saturation), so the
    /// projection is exact in log residuals.
    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let saturations = std::iter::once(0.0).chain(ratios(1e-4, LARGEST_SATURATION, 60));
        let mut best = (f64::INFINITY, [1.0, 0.0, 0.0]);
        for saturation in saturations {
            let (log_alpha, slope, sum_of_squares) = line(points, saturation);
            if sum_of_squares < best.0 {
                best = (sum_of_squares, [finite_exp(log_alpha), -slope, saturation]);
            }
        }
        let bounds = [(0.0, f64::MAX), (-STEEPEST, 0.0), (0.0, LARGEST_SATURATION)];
        polish(self, points, padded(&best.1), &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, saturation, ..] = *parameters;
        padded(&[
            scaled(alpha, units.log_error - beta_g * units.log_size),
            beta_g,
            scaled(saturation, -units.log_size),
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        if parameters[2] > 0.0 { parameters[0] * parameters[2].powf(-parameters[1]) } else { 0.0 }
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [beta_g, saturation] = [parameters[1], parameters[2]];
        let has_both = beta_g < 0.0 && saturation > 0.0;
        let factor = 2_f64.powf(-1.0 / beta_g) - 1.0;
        has_both.then(|| finite_exp(-(saturation.ln() + factor.ln())))
    }
}

/// Steepest exponent, as in the other power laws.
const STEEPEST: f64 = 3.0;

/// Intercept and slope (limited to the range of the exponent) of log error on ln(1/m + saturation),
/// and the sum of squares.
fn line(points: &FitPoints<'_>, saturation: f64) -> (f64, f64, f64) {
    let sums = points.log_sizes().iter().map(|log_size| ((-log_size).exp() + saturation).ln());
    let pairs = || sums.clone().zip(points.log_errors());
    let count = points.log_errors().len() as f64;
    let (mut mean_sum, mut mean_error) = (0.0, 0.0);
    for (sum, error) in pairs() {
        mean_sum += sum / count;
        mean_error += error / count;
    }
    let (mut variance, mut covariance) = (0.0, 0.0);
    for (sum, error) in pairs() {
        variance += (sum - mean_sum) * (sum - mean_sum);
        covariance += (sum - mean_sum) * (error - mean_error);
    }
    let slope = if variance > 0.0 { (covariance / variance).clamp(0.0, STEEPEST) } else { 0.0 };
    let log_alpha = mean_error - slope * mean_sum;
    let squares = pairs().map(|(sum, error)| (log_alpha + slope * sum - error).powi(2));
    (log_alpha, slope, squares.sum())
}
