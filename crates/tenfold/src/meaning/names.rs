//! Finds the role of a column by the names that people usually give it.

use std::collections::BTreeSet;

use super::metric::{self, has};
use super::usual::{CONDITIONS, REMARKS};
pub use super::usual::{CURVES, DETAILS, FOLDS, METRICS, OPTIONAL, RUNS, SEEDS, SIZES, STEPS};

/// The meaning of a column without a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A condition of the experiment.
    TellsApart,
    /// A result, a remark, or an identifier of single runs.
    TellsNothing,
    /// Its texts must decide.
    Unknown,
}

/// The meaning of the column `name`, which has no role.
pub fn other(name: &str) -> Other {
    let plain = whole(name);
    let last = last(name).unwrap_or_default();
    let is = |names: &[&str]| names.contains(&plain.as_str()) || names.contains(&last.as_str());
    let is_one = |words: &str| has(words, &plain) || has(words, &last);
    if is_one(CONDITIONS) || is(&CURVES) || is(&STEPS) || is_model_size(name) {
        return Other::TellsApart;
    }
    let is_result = metric::known(name).is_some() || metric::is_statistic(name);
    if is_result || plain.is_empty() || is_one(REMARKS) || is(&RUNS) || is(&SEEDS) || is(&METRICS) {
        return Other::TellsNothing;
    }
    let is_optional = OPTIONAL
        .iter()
        .chain(&DETAILS)
        .any(|(own, others)| *own == plain || others.contains(&plain.as_str()));
    if is_optional { Other::TellsNothing } else { Other::Unknown }
}

/// Whether a column names rows or says where and when they were made; leaving it out needs no note.
pub fn is_remark(name: &str) -> bool {
    let plain = whole(name);
    plain.is_empty() || has(REMARKS, &plain) || RUNS.contains(&plain.as_str())
}

/// Whether a column is the number of parameters of a model.
pub fn is_model_size(name: &str) -> bool {
    let (own, others) = OPTIONAL[3];
    let plain = whole(name);
    own == plain || others.contains(&plain.as_str())
}

/// Whether a column counts steps within a run.
pub fn is_step(name: &str) -> bool {
    STEPS.contains(&whole(name).as_str())
}

/// A name as it is typed in a shell.
pub fn shell_word(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:=,+%@".contains(letter);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// A name in small letters with `_` between its words.
pub fn whole(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' ', '/', '.'], "_")
}

/// A name in small letters, with `_` for all that is no letter and no digit, without those at its ends.
pub fn plain(name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    name.to_lowercase().chars().map(letter).collect::<String>().trim_matches('_').to_owned()
}

/// The last part of a name: `params.seed` is a seed. A name below `train` has none, because
/// `train/loss` is no loss to forecast.
fn last(name: &str) -> Option<String> {
    match name.rsplit_once(['.', '/']) {
        Some((before, _)) if before.to_lowercase().contains("train") => None,
        Some((_, last)) => Some(whole(last)),
        None => None,
    }
}

/// The name among `names` that matches one of the `usual` names, most likely first.
pub fn guess<'a>(usual: &[&str], names: &BTreeSet<&'a str>) -> Option<&'a str> {
    usual.iter().find_map(|usual| {
        let is_whole = names.iter().find(|name| whole(name) == *usual);
        is_whole
            .or_else(|| names.iter().find(|name| last(name).as_deref() == Some(*usual)))
            .copied()
    })
}

/// The name among `names` of a metric on data that was not trained on: one of the usual names, else
/// a name that contains words of one.
pub fn guess_metric<'a>(names: &BTreeSet<&'a str>) -> Option<&'a str> {
    guess(&METRICS, names).or_else(|| {
        let candidates = names.iter().filter(|name| metric::is_candidate(name));
        candidates.copied().min_by_key(|name| metric::rank(name))
    })
}

/// The seed written as `text`: a whole number is kept, any other word is hashed.
///
/// # Errors
/// A number that is not whole or below 0.
pub fn seed(text: &str) -> Result<u64, &'static str> {
    /// Beyond 2^53 a whole number such as `3.0` would not be exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let text = text.trim();
    if let Ok(seed) = text.parse() {
        return Ok(seed);
    }
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.fract() == 0.0 && value <= EXACT => Ok(value as u64),
        Ok(_) => Err("a whole number from 0, or a word,"),
        Err(_) => Ok(seed_of_word(text)),
    }
}

/// The seed of a run with `seed` that was tested on `fold`; it is the same in every file.
pub fn seed_of_fold(seed: u64, fold: &str) -> u64 {
    seed_of_word(&format!("{seed}/{}", fold.trim()))
}

/// A seed from a word: the same in every file, and larger than seeds that people choose.
fn seed_of_word(word: &str) -> u64 {
    // The hash is FNV-1a, shortened to the integers that JSON represents exactly.
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 12) | FIRST_WORD
}

/// Seeds from here on are words.
const FIRST_WORD: u64 = 1 << 51;

/// Whether a seed was a word.
pub fn is_word(seed: u64) -> bool {
    (FIRST_WORD..2 * FIRST_WORD).contains(&seed)
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
        let guessed = |names: &[&'static str]| guess_metric(&names.iter().copied().collect());
        assert_eq!(guessed(&["train/loss", "val/loss", "train/error"]), Some("val/loss"));
        assert_eq!(guessed(&["train/loss"]), None);
        assert_eq!(guessed(&["train_mAP50", "val_mAP50", "lr"]), Some("val_mAP50"));
        assert_eq!(guessed(&["val_cer", "test_cer", "n_test_lines"]), Some("test_cer"));
        assert_eq!(guessed(&["bleu", "bleu_std"]), Some("bleu"));
    }

    #[test]
    fn words_for_a_shell_are_quoted_when_they_must_be() {
        assert_eq!(shell_word("val/error"), "val/error");
        assert_eq!(shell_word("Val Error"), "'Val Error'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
    }

    #[test]
    fn words_are_seeds_too() {
        assert_eq!(seed("3"), Ok(3));
        assert_eq!(seed("3.0"), Ok(3));
        assert!(seed("1.5").is_err() && seed("-1").is_err());
        assert_eq!(seed("a"), seed(" a "));
        assert_ne!(seed("a"), seed("b"));
        assert!(seed("fold-1").is_ok_and(|seed| (1 << 51..1 << 53).contains(&seed)));
    }

    #[test]
    fn columns_without_a_role_are_conditions_remarks_or_open() {
        assert_eq!(other("params.optimizer"), Other::TellsApart);
        assert_eq!(other("n_params"), Other::TellsApart);
        assert_eq!(other("train_loss"), Other::TellsNothing);
        for remark in ["run", "GPU", "git_commit", "Time", "notes", ""] {
            assert_eq!(other(remark), Other::TellsNothing, "{remark}");
            assert!(is_remark(remark), "{remark}");
        }
        assert_eq!(other("flavour"), Other::Unknown);
    }
}
