//! What a person should know before trusting a fit: weak evidence is a warning, not an error.

use std::fmt;

/// The kind of a [`FitWarning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// The data do not tell whether the error levels off.
    FloorNotIdentified,
    /// The error rises somewhere by more than noise.
    NotMonotone,
    /// So few sizes that the prior says much of what is forecast.
    FewSizes,
    /// One seed a size, so the noise between seeds is only guessed from residuals.
    SeedNoiseUnknown,
    /// The test set cannot see the next doubling.
    ValidationTooSmall,
    /// The size asked about lies beyond the distances the intervals were learnt on.
    FarExtrapolation,
    /// The error does not fall by more than noise.
    Flat,
    /// A target that the curve reaches with a probability between 0.5 and 0.8.
    TargetUncertain,
    /// A target that the curve may never reach.
    TargetMayNeverBeReached,
    /// The sizes are 1, 2, 3 and so on, as epochs of one training run are.
    SizesLookLikeEpochs,
}

impl WarningKind {
    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::FloorNotIdentified => "floor-not-identified",
            Self::NotMonotone => "not-monotone",
            Self::FewSizes => "few-sizes",
            Self::SeedNoiseUnknown => "seed-noise-unknown",
            Self::ValidationTooSmall => "validation-too-small",
            Self::FarExtrapolation => "far-extrapolation",
            Self::Flat => "flat",
            Self::TargetUncertain => "target-uncertain",
            Self::TargetMayNeverBeReached => "target-may-never-be-reached",
            Self::SizesLookLikeEpochs => "sizes-look-like-epochs",
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One thing to know before trusting a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitWarning {
    /// Its kind, for programs.
    pub kind: WarningKind,
    /// A sentence for people, with the numbers.
    pub message: String,
}

impl FitWarning {
    pub(crate) fn new(kind: WarningKind, message: String) -> Self {
        Self { kind, message }
    }
}
