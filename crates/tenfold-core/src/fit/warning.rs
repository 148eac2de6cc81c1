//! What a user should know before trusting a fit: weak evidence is a warning, not an error.

use std::fmt;

use serde::Serialize;

use crate::curve::Resolution;
use crate::units::TrainingSetSize;

/// The kind of a [`FitWarning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// The data do not determine whether the error levels off.
    FloorNotIdentified,
    /// The error rises somewhere by more than noise.
    NotMonotone,
    /// There are so few sizes that the prior determines much of the forecast.
    FewSizes,
    /// One seed a size, so the noise between seeds is only guessed from residuals.
    SeedNoiseUnknown,
    /// The test set cannot resolve the fall of the next doubling.
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

/// One thing to know before trusting a fit, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FitWarning {
    /// See [`WarningKind::FloorNotIdentified`].
    FloorNotIdentified,
    /// See [`WarningKind::NotMonotone`].
    NotMonotone {
        /// Largest rise of log error with size.
        log_rise: f64,
    },
    /// See [`WarningKind::FewSizes`].
    FewSizes {
        /// Sizes at which an error was seen.
        sizes: usize,
        /// Whether every run was perfect at others.
        has_bounds: bool,
    },
    /// See [`WarningKind::SeedNoiseUnknown`].
    SeedNoiseUnknown,
    /// See [`WarningKind::ValidationTooSmall`].
    ValidationTooSmall {
        /// The fall that the test set would have to resolve at the largest size.
        resolution: Resolution,
    },
    /// See [`WarningKind::FarExtrapolation`].
    FarExtrapolation {
        /// The size asked about.
        size: TrainingSetSize,
        /// The same over the largest size measured.
        times_beyond_data: f64,
    },
    /// See [`WarningKind::Flat`].
    Flat,
    /// See [`WarningKind::TargetUncertain`].
    TargetUncertain {
        /// The error to reach.
        target: f64,
        /// Probability that it is reached within [`crate::decide::HORIZON_RATIO`] times the largest size.
        probability: f64,
    },
    /// See [`WarningKind::TargetMayNeverBeReached`].
    TargetMayNeverBeReached {
        /// The error to reach.
        target: f64,
        /// Probability that it is reached within [`crate::decide::HORIZON_RATIO`] times the largest size.
        probability: f64,
    },
    /// See [`WarningKind::SizesLookLikeEpochs`].
    SizesLookLikeEpochs,
}

impl FitWarning {
    /// Its kind, for programs.
    pub fn kind(&self) -> WarningKind {
        match self {
            Self::FloorNotIdentified => WarningKind::FloorNotIdentified,
            Self::NotMonotone { .. } => WarningKind::NotMonotone,
            Self::FewSizes { .. } => WarningKind::FewSizes,
            Self::SeedNoiseUnknown => WarningKind::SeedNoiseUnknown,
            Self::ValidationTooSmall { .. } => WarningKind::ValidationTooSmall,
            Self::FarExtrapolation { .. } => WarningKind::FarExtrapolation,
            Self::Flat => WarningKind::Flat,
            Self::TargetUncertain { .. } => WarningKind::TargetUncertain,
            Self::TargetMayNeverBeReached { .. } => WarningKind::TargetMayNeverBeReached,
            Self::SizesLookLikeEpochs => WarningKind::SizesLookLikeEpochs,
        }
    }
}
