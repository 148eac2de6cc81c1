//! Settings that learners of texts share: how many tokens a window holds, and how wide a token is.

use super::settings::{LearnerSettings, OwnDefault, SettingKey, ValueKind};

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

/// Tokens of a window of the learner of `settings`.
pub(crate) fn window(settings: &LearnerSettings) -> usize {
    settings.own_number(&WINDOW) as usize
}
