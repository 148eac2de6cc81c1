//! Chooses the metric that is the error, and the value of it that is used.

use std::collections::{BTreeMap, BTreeSet};

use super::runs::FolderRun;
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::import::at::At;
use crate::import::mapping::{Mapping, Take};
use crate::import::names::{self, there_are};
use crate::import::readers::result::{RESULT_FORMATS, is_of_test};
use crate::import::run::Ending;
use crate::meaning::metric::is_score;
use crate::meaning::names::{METRICS, SEEDS, SIZES, guess, shell_word};

/// Other metrics that a note lists.
const LISTED: usize = 12;

/// The metric that was chosen.
pub(super) struct MetricChoice {
    pub(super) name: String,
    pub(super) is_guessed: bool,
    pub(super) higher_is_better: bool,
    pub(super) is_direction_guessed: bool,
    /// Other metrics that might have been meant.
    others: Vec<String>,
}

impl MetricChoice {
    /// Whether `metric` of `run` grows as models get better.
    pub(super) fn is_score(&self, run: &FolderRun, metric: &str) -> bool {
        if metric == self.name {
            return self.higher_is_better;
        }
        run.record.directions.get(metric).copied().unwrap_or_else(|| is_score(metric))
    }
}

/// Chooses the metric that the user named, by which the tools select models, or that people usually
/// mean.
///
/// # Errors
/// A metric that no run has, or several and no way to tell which is meant.
pub(super) fn choose(runs: &[FolderRun], mapping: &Mapping) -> Result<MetricChoice, Problems> {
    let all: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.record.series.keys()).map(String::as_str).collect();
    let of_training: BTreeSet<&str> =
        runs.iter().flat_map(|run| &run.record.of_training).map(String::as_str).collect();
    let settings: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.told.keys()).map(String::as_str).collect();
    let is_number = |name: &&str| {
        let whole = name.rsplit(['.', '/']).next().unwrap_or_default().to_lowercase();
        SIZES.contains(&whole.as_str()) || SEEDS.contains(&whole.as_str())
    };
    let mut candidates: BTreeSet<&str> = all.difference(&of_training).copied().collect();
    candidates.retain(|name| !settings.contains(name) && !is_number(name));
    candidates.retain(|name| Some(*name) != mapping.size.as_deref());
    let asked = names::choose("metric", "--metric", mapping.metric.as_deref(), &METRICS, &all)?
        .filter(|_| mapping.metric.is_some())
        .map(|choice| choice.name);
    let mains: BTreeSet<&str> =
        runs.iter().filter_map(|run| Some(run.record.main.as_ref()?.name.as_str())).collect();
    let only_main = only(&mains);
    let shared = shared(&candidates, runs);
    let of_test: BTreeSet<&str> = shared.iter().copied().filter(|name| is_of_test(name)).collect();
    let guessed = only_main
        .map(str::to_owned)
        .or_else(|| guess(&METRICS, &of_test).or_else(|| only(&of_test)).map(str::to_owned))
        .or_else(|| guess(&METRICS, &shared).or_else(|| only(&shared)).map(str::to_owned))
        .or_else(|| guess(&METRICS, &candidates).map(str::to_owned))
        .or_else(|| only(&candidates).map(str::to_owned));
    let is_guessed = asked.is_none();
    let Some(name) = asked.or(guessed) else {
        return Err(ask(&candidates, &all).into());
    };
    let said: BTreeSet<bool> = runs
        .iter()
        .filter_map(|run| match &run.record.main {
            Some(main) if main.name == name => Some(main.higher_is_better),
            _ => run.record.directions.get(&name).copied(),
        })
        .collect();
    let said = said.first().filter(|_| said.len() == 1).copied();
    let others = candidates.iter().filter(|other| **other != name);
    Ok(MetricChoice {
        higher_is_better: mapping.higher_is_better.or(said).unwrap_or_else(|| is_score(&name)),
        is_direction_guessed: mapping.higher_is_better.is_none() && said.is_none(),
        is_guessed,
        others: others.map(|other| (*other).to_owned()).collect(),
        name,
    })
}

/// Those of `candidates` that every finished run has.
fn shared<'a>(candidates: &BTreeSet<&'a str>, runs: &[FolderRun]) -> BTreeSet<&'a str> {
    let finished = || runs.iter().filter(|run| run.record.ending == Ending::Finished);
    let has_all = |name: &&str| finished().all(|run| run.record.series.contains_key(*name));
    candidates.iter().copied().filter(has_all).collect()
}

/// The name, if there is exactly one.
fn only<'a>(names: &BTreeSet<&'a str>) -> Option<&'a str> {
    names.first().filter(|_| names.len() == 1).copied()
}

fn ask(candidates: &BTreeSet<&str>, all: &BTreeSet<&str>) -> Problem {
    let (message, shown) = if candidates.is_empty() {
        ("no metric of the runs is of data that were not trained on", all)
    } else {
        ("the runs have several metrics, and nothing says which is meant", candidates)
    };
    let example = shown.first().map_or_else(|| "NAME".to_owned(), |name| shell_word(name));
    let problem = Problem::new(ProblemKind::Import, message).note(there_are(shown));
    problem.hint(format!("`--metric {example}`"))
}

/// Notes on the choice: the value that is taken from each run, and the other metrics.
pub(super) fn notes(runs: &[FolderRun], choice: &MetricChoice, mapping: &Mapping) -> Vec<String> {
    let mut notes = Vec::new();
    if mapping.take == Take::Last {
        notes.extend(taken(runs, choice));
    }
    if choice.is_guessed && !choice.others.is_empty() {
        let shown = listed(choice.others.iter().take(LISTED).map(String::as_str));
        let more = match choice.others.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        notes.push(format!("other metrics are {shown}{more}: `--metric NAME`"));
    }
    notes
}

/// One sentence on the epoch or evaluation from which each run's value is taken.
fn taken(runs: &[FolderRun], choice: &MetricChoice) -> Option<String> {
    let mut by_words: BTreeMap<&str, (usize, At)> = BTreeMap::new();
    let mut has_choice = false;
    for run in runs {
        let Some(series) = run.record.series.get(&choice.name) else { continue };
        has_choice |= series.len() > 1;
        let words = if run.at == At::Best { run.format.best } else { run.format.last };
        let entry = by_words.entry(words).or_insert((0, run.at));
        entry.0 += 1;
    }
    if !has_choice {
        return None;
    }
    let order = |words: &str| {
        RESULT_FORMATS.iter().position(|format| format.best == words || format.last == words)
    };
    let mut all: Vec<(&str, (usize, At))> = by_words.into_iter().collect();
    all.sort_by_key(|(words, _)| order(words));
    let text = match all.as_slice() {
        [(words, _)] => format!("the value of a run is that {words}"),
        several => {
            let one = |(words, (count, _)): &(&str, (usize, At))| format!("{words} ({count} runs)");
            let parts: Vec<String> = several.iter().map(one).collect();
            format!("the value of a run is that {}", parts.join("; or "))
        }
    };
    let is_best = all.iter().any(|(_, (_, at))| *at == At::Best);
    let other = if is_best { At::Last } else { At::Best };
    Some(format!("{text}; `--at {other}` takes the other"))
}
