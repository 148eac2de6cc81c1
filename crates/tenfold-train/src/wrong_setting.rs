//! Why a setting is refused, and what to type instead.

/// Why a setting is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SettingError {
    /// No setting has this name.
    #[error("`{key}` is not a setting of a built-in learner")]
    UnknownKey {
        /// What was written.
        key: String,
        /// The closest name, if one is close.
        closest: Option<&'static str>,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A text that is none of the choices.
    #[error("`{key}` is `{value}`, it has to be one of {}", list(choices))]
    UnknownChoice {
        /// The setting.
        key: &'static str,
        /// What was written.
        value: String,
        /// The allowed choices.
        choices: Vec<&'static str>,
        /// The closest choice, if one is close.
        closest: Option<&'static str>,
    },
    /// A setting of other learners only.
    #[error("`{key}` is not a setting of `{learner}`")]
    OfAnotherLearner {
        /// The setting.
        key: &'static str,
        /// The learner for which it was set.
        learner: &'static str,
    },
    /// A number outside the allowed range.
    #[error("`{key}` is {value}, it has to be {needed}")]
    OutOfRange {
        /// The setting.
        key: &'static str,
        /// What was written.
        value: f64,
        /// The range, in words.
        needed: String,
    },
    /// A text for a number or the other way round.
    #[error("`{key}` is {found}, it has to be {needed}")]
    WrongKind {
        /// The setting.
        key: &'static str,
        /// What was written.
        found: String,
        /// What was needed.
        needed: String,
    },
}

impl SettingError {
    /// A hint about what to type instead, if there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { closest: None, known, .. } => {
                Some(format!("the settings are {}", list(known)))
            }
            Self::UnknownKey { closest, .. } | Self::UnknownChoice { closest, .. } => {
                closest.map(|name| format!("did you mean `{name}`?"))
            }
            Self::OfAnotherLearner { .. } => Some("take the line out".to_owned()),
            Self::OutOfRange { .. } | Self::WrongKind { .. } => None,
        }
    }
}

pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The error of a text that is none of `choices`.
pub(crate) fn unknown_choice(
    key: &'static str,
    value: &str,
    choices: Vec<&'static str>,
) -> SettingError {
    let closest = closest(value, choices.iter().copied());
    SettingError::UnknownChoice { key, value: value.to_owned(), choices, closest }
}

/// The name that needs the fewest letters changed, if that is at most a third of them (at least 2).
pub(crate) fn closest(
    text: &str,
    names: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let allowed = (text.chars().count() / 3).max(2);
    names
        .map(|name| (edits(text, name), name))
        .filter(|(count, _)| *count <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters; `-` and `_` count as the same.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let from = if from == '-' { '_' } else { from };
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
