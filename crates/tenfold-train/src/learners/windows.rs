//! Settings that learners of texts share: how many tokens a window holds, how wide a token is, and
//! how they are trained unless a study says otherwise.

use super::Learner;
use super::settings::{LearnerSettings, Length, OwnDefault, SettingKey, ValueKind};
use crate::engine::schedule::Schedule;

/// Tokens of a window. 64 characters a window were the setting of the measured speed and of the first
/// curves; a longer one follows gradients further and costs as much a token.
pub(super) const WINDOW: SettingKey = SettingKey::own(
    "window",
    "Tokens of a text that a language model reads in a row; no gradient goes further back.",
    ValueKind::Whole { least: 1, most: 4_096 },
    OwnDefault::Number(64.0),
);

/// Numbers that stand for a token in recurrent learners.
pub(super) const EMBEDDING: SettingKey = SettingKey::own(
    "embedding",
    "Numbers that stand for a token in a recurrent language model.",
    ValueKind::Whole { least: 1, most: 4_096 },
    OwnDefault::Number(64.0),
);

/// Share of the probability that training asks to spread evenly over all tokens.
///
/// # Reference
/// Szegedy et al. (2016), arXiv:1512.00567, section 7.
pub(super) const SMOOTHING: SettingKey = SettingKey::own(
    "smoothing",
    "Share of the probability of each token that training asks to spread evenly over the vocabulary; errors are measured without it.",
    ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
    OwnDefault::Number(0.0),
)
.of_training()
.neutral_by_default();

/// Whether the output layer has the vectors of the tokens as its weights.
pub(super) const TIED: SettingKey = SettingKey::own(
    "tied",
    "Whether a language model's last layer has the vectors of the tokens as its weights.",
    ValueKind::Flag,
    OwnDefault::Flag(false),
)
.neutral_by_default();

/// Settings that language models begin with; each learner sets what is different about it.
pub(super) fn of_language_model(learner: &'static dyn Learner) -> LearnerSettings {
    LearnerSettings {
        batch: 32,
        length: Length::Epochs(20.0),
        minimum_steps: 2000,
        learning_rate: 2e-3,
        schedule: Schedule::Trapezoid,
        clip: 1.0,
        patience: Some(3),
        evaluations: 20,
        ..LearnerSettings::of_network(learner)
    }
}

/// Smoothing of the learner of `settings`, 0 for one without it.
pub(crate) fn smoothing(settings: &LearnerSettings) -> f64 {
    settings.own_number(&SMOOTHING)
}

/// Tokens of a window of the learner of `settings`.
pub(crate) fn window(settings: &LearnerSettings) -> usize {
    settings.own_number(&WINDOW) as usize
}
