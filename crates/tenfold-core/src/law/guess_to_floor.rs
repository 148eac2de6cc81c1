//! M4: a curve that leaves the error of guessing and approaches a floor.

use crate::law::amplitudes::ratios;
use crate::law::points::FitPoints;
use crate::law::polish::polish;
use crate::law::{
    CurveFamily, Fitted, ParameterRole, Parameters, Units, finite_exp, padded, scaled,
};

/// `(e - gamma) / (guess - e)^bend = alpha * m^beta_g`, solved for the error e: M4, called "m4".
///
/// `guess` is the error without data: the best guess where the curve states it, else fitted.
///
/// # Reference
/// M4 of Alabdulmohsin, Neyshabur and Zhai (2022), "Revisiting neural scaling laws in language and
/// vision", arXiv:2209.06640.
#[derive(Clone, Copy, Debug)]
pub struct GuessToFloor;

/// Smallest bend: with a bend of 0, the law would not keep the error below the guess.
const SMALLEST_BEND: f64 = 0.02;

/// Largest guess that is fitted, over the error at the largest size: a larger one would not change
/// the curve.
const LARGEST_GUESS: f64 = 1e6;

/// Newton steps; the equation is monotone with one bend, so they converge from one side and 60 suffice
/// from anywhere.
const NEWTON_STEPS: usize = 60;

/// The error as a point between floor and guess.
struct Between {
    /// Error minus floor.
    above_floor: f64,
    /// Guess minus error.
    below_guess: f64,
}

/// Solves the law at a log size: with the error at `gamma + (guess - gamma) * s`, s the logistic
/// function of t, `ln s(t) - bend * ln s(-t)` equals the right-hand side in these units.
fn solve(parameters: &[f64], log_size: f64) -> Between {
    let [alpha, beta_g, gamma] = [parameters[0], parameters[1], parameters[2]];
    let [guess, bend] = [parameters[3], parameters[4]];
    let range = (guess - gamma).max(f64::MIN_POSITIVE);
    let goal = alpha.ln() + beta_g * log_size - (1.0 - bend) * range.ln();
    let log_share = |t: f64| if t > 0.0 { -(-t).exp().ln_1p() } else { t - t.exp().ln_1p() };
    let mut at = goal.clamp(-700.0, 700.0);
    for _ in 0..NEWTON_STEPS {
        let rest = 1.0 / (1.0 + at.exp());
        let excess = log_share(at) - bend * log_share(-at) - goal;
        let step = excess / (rest + bend * (1.0 - rest));
        at = (at - step).clamp(-700.0, 700.0);
        if step.abs() <= 1e-14 * (1.0 + at.abs()) {
            break;
        }
    }
    Between { above_floor: range * log_share(at).exp(), below_guess: range * log_share(-at).exp() }
}

impl CurveFamily for GuessToFloor {
    fn name(&self) -> &'static str {
        "m4"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "beta_g", "gamma", "guess", "bend"]
    }

    fn formula(&self) -> &'static str {
        "(error - gamma) / (guess - error)^bend = alpha * m^beta_g"
    }

    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        match role {
            ParameterRole::Slope => Some("beta_g"),
            ParameterRole::Floor => Some("gamma"),
        }
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[2] + solve(parameters, size.ln()).above_floor
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let bend = parameters[4];
        let Between { above_floor, below_guess } = solve(parameters, size.ln());
        // The law is L(e) = 0 in logs; the derivative of e by p is -(dL/dp) / (dL/de).
        let by_error = 1.0 / above_floor + bend / below_guess;
        gradient[0] = 1.0 / (parameters[0] * by_error);
        gradient[1] = size.ln() / by_error;
        gradient[2] = 1.0 / (above_floor * by_error);
        gradient[3] = bend / (below_guess * by_error);
        gradient[4] = below_guess.ln() / by_error;
    }

    /// For given floor, guess and bend the law is a straight line between ln((e - gamma) / (guess -
    /// e)^bend) and ln m, weighted by the change of log error that a residual of the line
    /// corresponds to.
    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let errors = points.errors();
        let largest = errors.iter().copied().fold(0.0, f64::max);
        let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
        // The law cannot reach errors at or above the error of guessing.
        let known = points.best_guess().filter(|guess| *guess > 1.001 * largest);
        let guesses: Vec<f64> = match known {
            Some(guess) => vec![guess],
            None => [1.01, 1.1, 1.5, 4.0, 1e3].map(|times| times * largest).to_vec(),
        };
        let floors = [0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.96].map(|share| share * least);
        let mut best = (f64::INFINITY, [1.0, -0.1, 0.0, 1.0, 1.0]);
        let with_floors = guesses.iter().flat_map(|&guess| floors.map(|floor| (floor, guess)));
        let grid = with_floors
            .flat_map(|(floor, guess)| ratios(0.05, 4.0, 8).map(move |bend| [floor, guess, bend]));
        for [floor, guess, bend] in grid {
            let (log_alpha, slope, squares) = line(points, [floor, guess, bend]);
            if squares < best.0 {
                best = (squares, [finite_exp(log_alpha), slope, floor, guess, bend]);
            }
        }
        let guess = known
            .map_or((1.000_1 * largest, LARGEST_GUESS.max(2.0 * largest)), |guess| (guess, guess));
        let bounds = [
            (f64::MIN_POSITIVE, f64::MAX),
            (-6.0, -0.005),
            (0.0, 0.999 * least),
            guess,
            (SMALLEST_BEND, 10.0),
        ];
        polish(self, points, padded(&best.1), &bounds)
    }

    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters {
        let [alpha, beta_g, gamma, guess, bend] = *parameters;
        let log_factor = (1.0 - bend) * units.log_error - beta_g * units.log_size;
        padded(&[
            scaled(alpha, log_factor),
            beta_g,
            scaled(gamma, units.log_error),
            scaled(guess, units.log_error),
            bend,
        ])
    }

    fn floor(&self, parameters: &[f64]) -> f64 {
        parameters[2]
    }

    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64> {
        let [alpha, beta_g, gamma] = [parameters[0], parameters[1], parameters[2]];
        let [guess, bend] = [parameters[3], parameters[4]];
        let has_both = gamma > 0.0 && guess > 2.0 * gamma && beta_g < 0.0;
        let log_ratio = || gamma.ln() - bend * (guess - 2.0 * gamma).ln() - alpha.ln();
        has_both.then(|| finite_exp(log_ratio() / beta_g))
    }
}

/// Intercept, slope (limited to the range of the exponent) and weighted sum of squares of the
/// straight line for a given floor, guess and bend.
fn line(points: &FitPoints<'_>, [floor, guess, bend]: [f64; 3]) -> (f64, f64, f64) {
    let rows = points.errors().iter().zip(points.log_sizes()).map(|(&error, &log_size)| {
        let (above_floor, below_guess) = (error - floor, guess - error);
        let height = above_floor.ln() - bend * below_guess.ln();
        let slope = error / above_floor + bend * error / below_guess;
        (log_size, height, 1.0 / (slope * slope))
    });
    let (mut weights, mut mean_size, mut mean_height) = (0.0, 0.0, 0.0);
    for (log_size, height, weight) in rows.clone() {
        weights += weight;
        mean_size += weight * log_size;
        mean_height += weight * height;
    }
    mean_size /= weights;
    mean_height /= weights;
    let (mut variance, mut covariance) = (0.0, 0.0);
    for (log_size, height, weight) in rows.clone() {
        variance += weight * (log_size - mean_size) * (log_size - mean_size);
        covariance += weight * (log_size - mean_size) * (height - mean_height);
    }
    let slope = if variance > 0.0 { (covariance / variance).clamp(-6.0, -0.005) } else { -0.005 };
    let intercept = mean_height - slope * mean_size;
    let squares = rows.map(|(x, y, weight)| weight * (y - intercept - slope * x).powi(2));
    (intercept, slope, squares.sum())
}
