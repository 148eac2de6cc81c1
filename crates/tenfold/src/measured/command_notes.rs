//! Notes on faults that the results of a command reveal: it ignores the seed or the size, its
//! examples change between runs, or it reports one number for validation and test.

use std::collections::{BTreeMap, BTreeSet};

use super::{Note, NoteLevel};
use crate::store::{MeasuredTrial, TrialRow};

/// Number of sizes at which all seeds must agree before a note says that the seed has no effect. At
/// one size a small test set can make them agree by chance.
const SIZES_TO_TELL: usize = 2;

/// Number of sizes whose errors must agree before a note says that the size has no effect.
const EQUAL_SIZES_TO_TELL: usize = 3;

/// Notes on the finished trials among `rows`, which run the command called `model`. `candidates` is
/// the number of settings its search tries; with folds every seed tests other examples.
pub(super) fn notes(
    model: &str,
    rows: &[&TrialRow],
    candidates: usize,
    has_folds: bool,
) -> Vec<Note> {
    let finished = || rows.iter().filter_map(|row| Some((&row.planned, row.measured.as_ref()?)));
    let outcomes = || finished().map(|(_, measured)| measured);
    let warn = |text: String| Note { level: NoteLevel::Warn, text };
    let mut notes = Vec::new();
    // Error by seed, for each size and settings.
    let mut groups: BTreeMap<(u64, &str), BTreeMap<u64, u64>> = BTreeMap::new();
    for (trial, measured) in finished() {
        let group = groups.entry((trial.size, &trial.settings)).or_default();
        group.insert(trial.seed, measured.test_error.to_bits());
    }
    let is_one_value =
        |errors: &BTreeMap<u64, u64>| errors.values().collect::<BTreeSet<_>>().len() == 1;
    let repeated: Vec<_> = groups.iter().filter(|(_, errors)| errors.len() > 1).collect();
    if repeated.len() >= SIZES_TO_TELL && repeated.iter().all(|(_, errors)| is_one_value(errors)) {
        notes.push(warn(format!(
            "{model}: every seed gives exactly the same error: does the command use {{seed}}? \
             Seed noise is unknown, and intervals may be too narrow"
        )));
    }
    let mut by_settings: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
    for (trial, measured) in finished().filter(|(trial, _)| trial.seed == 0) {
        let sizes = by_settings.entry(&trial.settings).or_default();
        sizes.insert(trial.size, measured.test_error.to_bits());
    }
    if by_settings
        .values()
        .any(|errors| errors.len() >= EQUAL_SIZES_TO_TELL && is_one_value(errors))
    {
        notes.push(warn(format!(
            "{model}: every size gives exactly the same error: does the command use {{size}} or \
             {{indices}}?"
        )));
    }
    let judged: BTreeSet<&str> =
        outcomes().filter_map(|measured| measured.judged_on.as_deref()).collect();
    let counts: BTreeSet<u64> =
        outcomes().map(|measured| measured.judged_examples).filter(|count| *count > 0).collect();
    if !has_folds && (judged.len() > 1 || counts.len() > 1) {
        notes.push(warn(format!(
            "{model}: not all trials were judged on the same examples: errors differ by more than \
             training; hold the same examples out whatever the size and the seed"
        )));
    }
    let has_one_number = |measured: &MeasuredTrial| !measured.is_validation_apart;
    if candidates > 1 && outcomes().any(has_one_number) {
        notes.push(warn(format!(
            "{model}: the error that is reported also chose the settings, so it is a little too \
             low; report `validation_error` beside `error`"
        )));
    }
    notes
}
