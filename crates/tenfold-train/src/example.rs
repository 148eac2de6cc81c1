//! One held-out example as metrics see it, and what its target is.

use tenfold_data::Targets;

/// The kind of targets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetKind {
    /// The class of each example.
    Classes,
    /// A number for each example.
    Values,
}

impl TargetKind {
    /// The kind of `targets`; `None` where there are no targets besides the examples.
    pub fn of(targets: &Targets) -> Option<Self> {
        match targets {
            Targets::Classes { .. } => Some(Self::Classes),
            Targets::Values { .. } => Some(Self::Values),
            Targets::Own { .. } => None,
        }
    }

    /// Name of the kind in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Values => "values",
        }
    }
}

/// Standardisation of targets: a model predicts (target − `mean`) / `deviation`.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// In units of the target.
    pub mean: f64,
    /// In units of the target, above 0.
    pub deviation: f64,
}

/// One held-out example.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// Output of the model.
    pub output: &'a [f32],
    /// The target, as the loss reads it.
    pub target: f32,
    /// Loss of `output` against `target`.
    pub loss: f64,
    /// How the target was standardised.
    pub scale: Scale,
}

impl Example<'_> {
    /// The target in its own units; for classes, the number of the class.
    pub fn value(&self) -> f64 {
        self.scale.mean + self.scale.deviation * f64::from(self.target)
    }

    /// Absolute error of the prediction, in units of the target.
    pub fn absolute_error(&self) -> f64 {
        (f64::from(self.output[0]) - f64::from(self.target)).abs() * self.scale.deviation
    }
}
