//! One held-out example as metrics see it, and what its target is.

use tenfold_data::Targets;

/// The kind of targets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetKind {
    /// The class of each example.
    Classes,
    /// A number for each example.
    Values,
    /// The texts themselves, token by token.
    Texts,
    /// A text in another language, for each text.
    Translations,
    /// What is said, for each recording.
    Transcripts,
}

impl TargetKind {
    /// What `targets` are.
    pub fn of(targets: &Targets) -> Self {
        match targets {
            Targets::Classes { .. } => Self::Classes,
            Targets::Values { .. } => Self::Values,
            Targets::Own { .. } => Self::Texts,
            Targets::Translations { .. } => Self::Translations,
            Targets::Transcripts { .. } => Self::Transcripts,
        }
    }

    /// Name of the kind in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Values => "values",
            Self::Texts => "texts",
            Self::Translations => "translations",
            Self::Transcripts => "transcripts",
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

/// One held-out example, or a text whose tokens are all predicted.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// What the model gives; of a text nothing.
    pub output: &'a [f32],
    /// What is right; of a text 0.
    pub target: f32,
    /// The loss of the two, in nats for classes and summed over the tokens of a text.
    pub loss: f64,
    /// How the target was standardised.
    pub scale: Scale,
    /// Tokens of a text that are predicted, its end included; elsewhere 1.
    pub tokens: u32,
    /// The same in characters.
    pub characters: u32,
    /// Those of `tokens` that are not the most probable ones behind the right ones; elsewhere 0.
    pub wrong: u32,
    /// What a model wrote; empty where it writes nothing.
    pub written: Written<'a>,
}

/// A text that a model wrote, and the right one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// What the model wrote.
    pub hypothesis: &'a str,
    /// What is right.
    pub reference: &'a str,
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
