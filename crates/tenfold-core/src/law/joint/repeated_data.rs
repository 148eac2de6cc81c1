//! The additive law with data that repeat.

use crate::law::joint::{JointFamily, JointSize};

/// [`crate::law::joint::JointPowerLaw`] with the examples replaced by those they are worth:
/// `U + U r (1 - exp(-R / r))`, with U unique examples, R = D / U - 1 repeats and r `repeats_worth`.
///
/// Up to about r repeats are worth nearly as much as fresh data, and however many there are they
/// are worth r times the unique data at most. Losses that rise with more epochs are outside the
/// law. In the source, excess parameters lose their worth too; here they do not.
///
/// # Reference
/// Muennighoff et al. (2023), "Scaling data-constrained language models", arXiv:2305.16264,
/// equation 5; r is 15.39 there.
#[derive(Clone, Copy, Debug)]
pub struct RepeatedData;

impl JointFamily for RepeatedData {
    fn name(&self) -> &'static str {
        "repeated-data"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &[
            "irreducible_error",
            "parameter_scale",
            "parameter_exponent",
            "data_scale",
            "data_exponent",
            "repeats_worth",
        ]
    }

    fn worth(&self, size: &JointSize, own: f64) -> f64 {
        let unique = size.unique_examples();
        let repeats = (size.examples() / unique - 1.0).max(0.0);
        // exp_m1 keeps the worth of a few repeats exact when r is huge, where they count in full.
        unique + unique * own * -(-repeats / own).exp_m1()
    }

    /// Values from repeats that are worth almost nothing to repeats that are worth as much as fresh
    /// examples.
    fn own_grid(&self) -> &'static [f64] {
        &[0.3, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 200.0, 2_000.0]
    }
}
