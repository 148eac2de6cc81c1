//! Which name means what: by what was typed, or by what people usually call it.

use std::collections::BTreeSet;

use crate::diagnostic::closest::{closest, listed};
use crate::diagnostic::{Problem, ProblemKind, Problems};

/// What people call the training-set size, most likely first.
pub(super) const SIZES: [&str; 24] = [
    "size",
    "train_size",
    "training_size",
    "training_set_size",
    "n_train",
    "num_train",
    "n_train_samples",
    "num_train_samples",
    "train_samples",
    "n_examples",
    "num_examples",
    "train_examples",
    "examples",
    "n_samples",
    "num_samples",
    "samples",
    "dataset_size",
    "data_size",
    "train_sizes",
    "sizes",
    "tokens",
    "anchor",
    "n",
    "m",
];

/// What people call the seed.
pub(super) const SEEDS: [&str; 9] = [
    "seed",
    "random_seed",
    "random_state",
    "rng_seed",
    "train_seed",
    "fold",
    "repeat",
    "replicate",
    "rep",
];

/// What people call what tells curves apart.
pub(super) const CURVES: [&str; 12] = [
    "curve",
    "model",
    "model_name",
    "learner",
    "algorithm",
    "estimator",
    "architecture",
    "arch",
    "network",
    "method",
    "experiment",
    "study",
];

/// What people call the number on data that was not trained on, most likely first.
pub(super) const METRICS: [&str; 34] = [
    "error",
    "test_error",
    "val_error",
    "validation_error",
    "valid_error",
    "test_error_rate",
    "val_error_rate",
    "error_rate",
    "err",
    "test_err",
    "val_err",
    "test_loss",
    "val_loss",
    "validation_loss",
    "valid_loss",
    "eval_loss",
    "test_rmse",
    "val_rmse",
    "rmse",
    "test_accuracy",
    "val_accuracy",
    "validation_accuracy",
    "eval_accuracy",
    "test_acc",
    "val_acc",
    "accuracy",
    "acc",
    "test_score",
    "val_score",
    "score",
    "mse",
    "mae",
    "loss",
    "value",
];

/// What people call the step of a value within its run.
pub(super) const STEPS: [&str; 7] =
    ["step", "epoch", "global_step", "_step", "iteration", "iter", "training_iteration"];

/// What people call what tells runs apart.
pub(super) const RUNS: [&str; 6] = ["run", "run_id", "run_uuid", "run_name", "_run", "trial_id"];

/// A name, and whether it was typed or guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name as the source has it.
    pub name: String,
    /// Whether nobody said so.
    pub is_guessed: bool,
}

/// The name among `names` that people use for what is looked for.
pub(super) fn guess<'a>(usual: &[&str], names: &BTreeSet<&'a str>) -> Option<&'a str> {
    let whole = |name: &str| name.trim().to_lowercase().replace(['-', ' ', '/', '.'], "_");
    // `params.seed` is a seed, but `train/loss` is no loss to forecast.
    let last = |name: &str| match name.rsplit_once(['.', '/']) {
        Some((before, _)) if before.to_lowercase().contains("train") => None,
        Some((_, last)) => Some(whole(last)),
        None => None,
    };
    usual.iter().find_map(|usual| {
        let is_whole = names.iter().find(|name| whole(name) == *usual);
        is_whole
            .or_else(|| names.iter().find(|name| last(name).as_deref() == Some(*usual)))
            .copied()
    })
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

/// "the runs have `a`, `b` and 3 more".
pub(super) fn there_are(names: &BTreeSet<&str>) -> String {
    let shown = listed(names.iter().copied().take(LISTED));
    match names.len() {
        0 => "the runs have none at all".to_owned(),
        count if count > LISTED => format!("the runs have {shown} and {} more", count - LISTED),
        _ => format!("the runs have {shown}"),
    }
}

/// A name as it is typed in a shell.
pub(super) fn shell_word(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:=,+%@".contains(letter);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_found_whatever_stands_before_them() {
        let names = BTreeSet::from(["lr", "params.n_train", "Val Error", "metrics.val_loss"]);
        assert_eq!(guess(&SIZES, &names), Some("params.n_train"));
        assert_eq!(guess(&METRICS, &names), Some("Val Error"));
        assert_eq!(guess(&SEEDS, &names), None);
    }

    #[test]
    fn a_whole_name_stands_before_a_part_of_one() {
        let names = BTreeSet::from(["config.size", "size"]);
        assert_eq!(guess(&SIZES, &names), Some("size"));
    }

    #[test]
    fn the_metric_on_held_out_data_is_taken() {
        let names = BTreeSet::from(["train/loss", "val/loss", "train/error"]);
        assert_eq!(guess(&METRICS, &names), Some("val/loss"));
        assert_eq!(guess(&METRICS, &BTreeSet::from(["train/loss"])), None);
    }

    #[test]
    fn words_for_a_shell_are_quoted_when_they_must_be() {
        assert_eq!(shell_word("val/error"), "val/error");
        assert_eq!(shell_word("Val Error"), "'Val Error'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
    }
}
