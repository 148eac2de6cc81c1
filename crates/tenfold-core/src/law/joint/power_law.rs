//! The additive law of two power terms.

use crate::law::joint::{JointFamily, SHARED_NAMES};

/// `irreducible_error + parameter_scale N^-parameter_exponent + data_scale D^-data_exponent`.
///
/// # Reference
/// Hoffmann et al. (2022), "Training compute-optimal large language models", arXiv:2203.15556,
/// equation 2; the additive part of Rosenfeld et al. (2020), arXiv:1909.12673, is the same.
#[derive(Clone, Copy, Debug)]
pub struct JointPowerLaw;

impl JointFamily for JointPowerLaw {
    fn name(&self) -> &'static str {
        "joint-power-law"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &SHARED_NAMES
    }
}
