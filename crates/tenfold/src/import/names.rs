//! Finds the name that plays a role: the one the user typed, or a usual one.

use std::collections::BTreeSet;

use crate::diagnostic::closest::{closest, listed};
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::meaning::names::{guess, shell_word};

/// A name, and whether it was typed or guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name as the source has it.
    pub name: String,
    /// Whether the name was guessed.
    pub is_guessed: bool,
}

/// The name that was typed, or the guess.
///
/// # Errors
/// A name that the source does not have: what is near it and what there is.
pub(super) fn choose(
    what: &str,
    flag: &str,
    asked: Option<&str>,
    usual: &[&str],
    names: &BTreeSet<&str>,
) -> Result<Option<Choice>, Problems> {
    let Some(asked) = asked else {
        let guessed = guess(usual, names);
        return Ok(guessed.map(|name| Choice { name: name.to_owned(), is_guessed: true }));
    };
    if names.contains(asked) {
        return Ok(Some(Choice { name: asked.to_owned(), is_guessed: false }));
    }
    let message = format!("no run has a {what} `{asked}`");
    let near = closest(asked, names.iter().copied()).or_else(|| guess(usual, names));
    let problem = Problem::new(ProblemKind::Import, message).note(there_are(names));
    Err(Problems::from(match near {
        Some(near) => problem.hint(format!("did you mean `{flag} {}`?", shell_word(near))),
        None => problem.hint(format!("`{flag} NAME` with one of those names")),
    }))
}

/// Most names that a message lists.
const LISTED: usize = 24;

/// Lists the names that exist: "the runs have `a`, `b` and 3 more".
pub(super) fn there_are(names: &BTreeSet<&str>) -> String {
    let shown = listed(names.iter().copied().take(LISTED));
    match names.len() {
        0 => "the runs have none at all".to_owned(),
        count if count > LISTED => format!("the runs have {shown} and {} more", count - LISTED),
        _ => format!("the runs have {shown}"),
    }
}
