//! Laws of two variables: error against training-set size and model size.
//!
//! All are based on `E + A N^-a + B D^-b`, with N parameters and D examples; a law may transform
//! the data (repeats are worth less) or the whole sum (errors saturate at guessing). One file a
//! law, and the [`JOINT_FAMILIES`] slice that lists them all.

mod loss;

mod power_law;

mod envelope;

mod repeated_data;

mod relative;

mod search;

mod refine;

pub use envelope::JointEnvelope;
pub use loss::JointLoss;
pub use power_law::JointPowerLaw;
pub use repeated_data::RepeatedData;

pub(crate) use relative::Relative;

use std::fmt::Debug;

use crate::law::Units;

/// Most parameters a joint law may have.
pub const MAX_JOINT_PARAMETERS: usize = 6;

/// Parameters in the order of [`JointFamily::parameter_names`], padded with 0.
pub type JointParameters = [f64; MAX_JOINT_PARAMETERS];

/// Names of the parameters that every joint law has, in the order of every parameter slice.
///
/// Exponents are positive here, as in Hoffmann et al. (2022), unlike `beta_g` of a learning curve.
pub const SHARED_NAMES: [&str; 5] =
    ["irreducible_error", "parameter_scale", "parameter_exponent", "data_scale", "data_exponent"];

/// Every joint law, the simplest first.
pub const JOINT_FAMILIES: &[&dyn JointFamily] = &[&JointPowerLaw, &JointEnvelope, &RepeatedData];

/// The joint law called `name`, if there is one.
pub fn joint_family_by_name(name: &str) -> Option<&'static dyn JointFamily> {
    JOINT_FAMILIES.iter().copied().find(|family| family.name() == name)
}

/// What a model was trained with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointSize {
    parameter_count: f64,
    examples: f64,
    unique_examples: f64,
}

impl JointSize {
    /// A model of `parameter_count` parameters trained on `examples` of which `unique_examples`
    /// differ; `None` unless all are finite and above 0. `unique_examples` is reduced to `examples`
    /// if it is larger.
    pub fn new(parameter_count: f64, examples: f64, unique_examples: f64) -> Option<Self> {
        let is_size = |number: f64| number.is_finite() && number > 0.0;
        let all = is_size(parameter_count) && is_size(examples) && is_size(unique_examples);
        let unique_examples = unique_examples.min(examples);
        all.then_some(Self { parameter_count, examples, unique_examples })
    }

    /// Number of parameters.
    pub fn parameter_count(&self) -> f64 {
        self.parameter_count
    }

    /// Examples seen in training, repeats counted.
    pub fn examples(&self) -> f64 {
        self.examples
    }

    /// Different examples among them.
    pub fn unique_examples(&self) -> f64 {
        self.unique_examples
    }
}

/// One trained model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointRun {
    /// What it was trained with.
    pub size: JointSize,
    /// Natural logarithm of its error.
    log_error: f64,
}

impl JointRun {
    /// A run with its error; `None` unless the error is finite and above 0.
    pub fn new(size: JointSize, error: f64) -> Option<Self> {
        (error.is_finite() && error > 0.0).then(|| Self { size, log_error: error.ln() })
    }

    /// Natural logarithm of the error.
    pub fn log_error(&self) -> f64 {
        self.log_error
    }
}

/// A family of laws error = f(parameter count, examples, unique examples).
pub trait JointFamily: Debug + Send + Sync {
    /// Name in options and results.
    fn name(&self) -> &'static str;

    /// Names of the parameters: [`SHARED_NAMES`] and at most one more.
    fn parameter_names(&self) -> &'static [&'static str];

    /// Size of the fresh data that the data of `size` are worth.
    fn worth(&self, size: &JointSize, own: f64) -> f64 {
        let _ = own;
        size.examples
    }

    /// Error from the sum of irreducible error, parameter and data terms.
    fn error(&self, sum: f64, own: f64) -> f64 {
        let _ = own;
        sum
    }

    /// Derivative of ln [`JointFamily::error`] by the sum.
    fn log_error_slope(&self, sum: f64, own: f64) -> f64 {
        let _ = own;
        1.0 / sum
    }

    /// The sum behind an error, where there is one.
    fn sum(&self, error: f64, own: f64) -> Option<f64> {
        let _ = own;
        Some(error)
    }

    /// Values of the law's own parameter to search from, in units where the largest error is 1; one
    /// value, which is ignored, for laws without one.
    fn own_grid(&self) -> &'static [f64] {
        &[0.0]
    }

    /// The law's own parameter in other units: errors multiplied by `exp(units.log_error)`.
    fn own_rescaled(&self, own: f64, units: Units) -> f64 {
        let _ = units;
        own
    }

    /// Error of a model, in the units the parameters are in.
    fn predict(&self, parameters: &JointParameters, size: &JointSize) -> f64 {
        let [floor, scale, exponent, data_scale, data_exponent, own] = *parameters;
        let model = scale * size.parameter_count.powf(-exponent);
        let data = data_scale * self.worth(size, own).powf(-data_exponent);
        self.error(floor + model + data, own)
    }
}

/// A fitted joint law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointFitted {
    /// Its parameters, in the units of the runs.
    pub parameters: JointParameters,
    /// Sum over the runs of the [`JointLoss`] of their log residuals.
    pub loss: f64,
}

/// The member of `family` closest to `runs`: the one with the least sum of `loss` of log residuals.
///
/// Variable projection over a grid of both exponents and the law's own parameter, where floor and
/// scales, not below 0, are a small non-negative least squares; damped Newton steps on all
/// parameters refine the best of it. The search is deterministic.
pub fn fit_joint_law(family: &dyn JointFamily, runs: &[JointRun], loss: JointLoss) -> JointFitted {
    let relative = Relative::of(runs);
    let fitted = relative.fit(family, loss);
    JointFitted { parameters: relative.absolute(family, &fitted.parameters), ..fitted }
}
