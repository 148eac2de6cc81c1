//! The additive law that saturates at the error of guessing.

use crate::law::joint::JointFamily;
use crate::law::{Units, finite_exp};

/// `s / sqrt(1 + (s / guess_error)^2)` with `s` the sum of [`crate::law::joint::JointPowerLaw`].
///
/// Rosenfeld et al. write `e0 |s / (s - i eta)|`; scaling `s` by `e0 / eta` leaves one parameter,
/// since errors depend only on the ratio of the two.
///
/// # Reference
/// Rosenfeld, Rosenfeld, Belinkov and Shavit (2020), "A constructive prediction of the generalization
/// error across scales", arXiv:1909.12673, equation 5.
#[derive(Clone, Copy, Debug)]
pub struct JointEnvelope;

impl JointFamily for JointEnvelope {
    fn name(&self) -> &'static str {
        "joint-envelope"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &[
            "irreducible_error",
            "parameter_scale",
            "parameter_exponent",
            "data_scale",
            "data_exponent",
            "guess_error",
        ]
    }

    fn error(&self, sum: f64, own: f64) -> f64 {
        sum / 1.0_f64.hypot(sum / own)
    }

    fn log_error_slope(&self, sum: f64, own: f64) -> f64 {
        let share = sum / own;
        1.0 / (sum * (1.0 + share * share))
    }

    fn sum(&self, error: f64, own: f64) -> Option<f64> {
        let share = error / own;
        (share < 1.0).then(|| error / (1.0 - share * share).sqrt())
    }

    /// Values from just above the largest error to where the saturation no longer affects errors.
    fn own_grid(&self) -> &'static [f64] {
        &[1.01, 1.1, 1.25, 1.5, 2.0, 4.0, 16.0]
    }

    fn own_rescaled(&self, own: f64, units: Units) -> f64 {
        finite_exp(own.ln() + units.log_error)
    }
}
