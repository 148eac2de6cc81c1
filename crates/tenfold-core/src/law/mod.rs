//! Laws of learning curves: one file a law, and the [`FAMILIES`] slice that lists them all.
//!
//! A new law is a file with a [`CurveFamily`] and a line in [`FAMILIES`]; fitting, tests of the
//! gradient and lists shown to people follow from the slice.

mod exponents;

mod points;

mod lanes;

mod projection;

mod refine;

mod amplitudes;

mod polish;

mod power_law;

mod power_law_offset;

mod shifted_power_law;

mod saturating_power_law;

mod guess_to_floor;

mod broken_power_law;

mod exponential;

mod logarithm;

mod bounded_rational;

pub mod joint;

pub use bounded_rational::BoundedRational;
pub use broken_power_law::BrokenPowerLaw;
pub use exponential::Exponential;
pub use guess_to_floor::GuessToFloor;
pub use logarithm::LogarithmOffset;
pub use points::{ErrorColumn, FitPoints, LANES, PowerTable};
pub use power_law::PowerLaw;
pub use power_law_offset::PowerLawOffset;
pub use projection::{Projected, fit_power_and_constant};
pub use saturating_power_law::SaturatingPowerLaw;
pub use shifted_power_law::ShiftedPowerLaw;

pub(crate) use projection::{FULL_SEARCH, power_alone};

use std::fmt::Debug;

/// Most parameters any law may have; keeps parameters on the stack in the fitting loop.
pub const MAX_PARAMETERS: usize = 5;

/// Every law, the simplest first.
pub const FAMILIES: &[&dyn CurveFamily] = &[
    &PowerLaw,
    &PowerLawOffset,
    &SaturatingPowerLaw,
    &Exponential,
    &LogarithmOffset,
    &ShiftedPowerLaw,
    &BoundedRational,
    &BrokenPowerLaw,
    &GuessToFloor,
];

/// The role of a parameter, whatever its name in the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterRole {
    /// Exponent of the size in the power-law region; negative when data helps.
    Slope,
    /// Error left at infinite size, in error units.
    Floor,
}

/// A family of laws error = f(training-set size).
///
/// Every family is closed under a change of units: multiplying sizes or errors by a constant gives
/// another member, found by [`CurveFamily::rescale`].
pub trait CurveFamily: Debug + Send + Sync {
    /// Name in options and results.
    fn name(&self) -> &'static str;

    /// Names of the parameters, in the order of every parameter slice.
    fn parameter_names(&self) -> &'static [&'static str];

    /// The law as an equation in `error`, `m` for the training-set size and the parameters by name, with
    /// `+ - * / ^`, `ln` and `exp`; solved for the error where that can be written down.
    fn formula(&self) -> &'static str;

    /// Name of the parameter that plays `role`, if one does.
    fn parameter_with(&self, role: ParameterRole) -> Option<&'static str>;

    /// Fewest distinct training-set sizes that determine the parameters.
    fn minimum_sizes(&self) -> usize {
        self.parameter_names().len()
    }

    /// Error at `size`, in the units the parameters are in.
    fn predict(&self, parameters: &[f64], size: f64) -> f64;

    /// Logarithms of the error at the log of a size, for a few members at once.
    fn predict_logs(&self, members: &[Parameters; LANES], log_size: f64) -> [f64; LANES] {
        let size = log_size.exp();
        members.map(|parameters| self.predict(&parameters, size).ln())
    }

    /// Writes the derivative of [`CurveFamily::predict`] by each parameter into `gradient`.
    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]);

    /// [`CurveFamily::predict`] and [`CurveFamily::gradient`] at once: the searches of a fit need both.
    fn predict_and_gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) -> f64 {
        self.gradient(parameters, size, gradient);
        self.predict(parameters, size)
    }

    /// The member closest to `points` in squared log error, in the units of `points`.
    ///
    /// Called with at least [`CurveFamily::minimum_sizes`] points.
    fn fit(&self, points: &FitPoints<'_>) -> Fitted;

    /// The same curve in other units: sizes multiplied by `exp(units.log_size)`, errors by
    /// `exp(units.log_error)`.
    fn rescale(&self, parameters: &Parameters, units: Units) -> Parameters;

    /// Error left at infinite size.
    fn floor(&self, parameters: &[f64]) -> f64;

    /// Size at which the reducible error equals the floor, or `None` without a floor.
    fn floor_dominates_from(&self, parameters: &[f64]) -> Option<f64>;
}

/// The family called `name`, if there is one.
pub fn family_by_name(name: &str) -> Option<&'static dyn CurveFamily> {
    FAMILIES.iter().copied().find(|family| family.name() == name)
}

/// Parameters of a law, in the order of its [`CurveFamily::parameter_names`], padded with 0.
pub type Parameters = [f64; MAX_PARAMETERS];

/// A fitted member of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// Its parameters.
    pub parameters: Parameters,
    /// Sum of squared log residuals, to third order.
    pub sum_of_squares: f64,
}

/// A change of units, as logarithms so that no factor can overflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    /// Natural logarithm of the factor on sizes.
    pub log_size: f64,
    /// Natural logarithm of the factor on errors.
    pub log_error: f64,
}

/// `parameters` followed by zeros.
pub(crate) fn padded(parameters: &[f64]) -> Parameters {
    let mut padded = [0.0; MAX_PARAMETERS];
    padded[..parameters.len()].copy_from_slice(parameters);
    padded
}

/// A parameter that is not below 0, times `exp(log_factor)`.
pub(crate) fn scaled(parameter: f64, log_factor: f64) -> f64 {
    if parameter > 0.0 { finite_exp(parameter.ln() + log_factor) } else { 0.0 }
}

/// `exp(log)` held inside the finite numbers above 0.
pub(crate) fn finite_exp(log: f64) -> f64 {
    log.exp().clamp(f64::MIN_POSITIVE, f64::MAX)
}
