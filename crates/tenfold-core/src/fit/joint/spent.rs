//! What a training costs, and the best use of a budget.

use crate::law::joint::{JointFamily, JointParameters};

/// What a training costs: C = k N D, in floating-point operations, with N parameters and D tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComputeRule {
    /// k, operations for each parameter and token.
    pub flop_per_parameter_token: f64,
}

impl Default for ComputeRule {
    /// C = 6 N D: two operations a parameter forwards and four backwards.
    fn default() -> Self {
        Self { flop_per_parameter_token: 6.0 }
    }
}

/// Logarithms of the best use of a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spent {
    /// All parameters.
    pub(super) parameters: f64,
    pub(super) non_embedding: Option<f64>,
    pub(super) tokens: f64,
    pub(super) error: Option<f64>,
}

/// Log error of a law at logs of parameters and fresh tokens.
pub(super) fn log_error_at(
    family: &dyn JointFamily,
    parameters: &JointParameters,
    log_parameters: f64,
    log_tokens: f64,
) -> f64 {
    let [floor, scale, exponent, data_scale, data_exponent, own] = *parameters;
    let term = |scale: f64, exponent: f64, log: f64| (scale.ln() - exponent * log).exp();
    let sum =
        floor + term(scale, exponent, log_parameters) + term(data_scale, data_exponent, log_tokens);
    family.error(sum, own).ln()
}
