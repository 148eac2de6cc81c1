//! One held-out example as metrics see it, and what its target is.

use tenfold_data::Targets;

/// What targets are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetKind {
    /// The class of each example.
    Classes,
    /// A number for each example.
    Values,
}

impl TargetKind {
    /// What the targets of `dataset` are; `None` where there are none beside the examples.
    pub fn of(targets: &Targets) -> Option<Self> {
        match targets {
            Targets::Classes { .. } => Some(Self::Classes),
            Targets::Values { .. } => Some(Self::Values),
            Targets::Own { .. } => None,
        }
    }

    /// As messages say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Values => "values",
        }
    }
}

/// How a number that is predicted was made: the target less `mean`, over `deviation`.
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
    /// What the model gives.
    pub output: &'a [f32],
    /// What is right.
    pub target: f32,
    /// The loss of the two.
    pub loss: f64,
    /// How the target was made into a number.
    pub scale: Scale,
}

impl Example<'_> {
    /// The target in its own units; of a class its number.
    pub fn value(&self) -> f64 {
        self.scale.mean + self.scale.deviation * f64::from(self.target)
    }

    /// Distance of what is predicted from the target, in units of the target.
    pub fn absolute_error(&self) -> f64 {
        (f64::from(self.output[0]) - f64::from(self.target)).abs() * self.scale.deviation
    }
}
