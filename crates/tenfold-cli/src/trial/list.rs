//! `tenfold trial`: lists trials, one per line.

use std::mem;

use anyhow::Result;
use serde_json::{Value, json};

use super::super::output::Output;
use super::super::problem::usage;
use super::super::{Finding, amount};
use super::arguments::{TrialArguments, TrialStateName};
use tenfold::diagnostic::closest;
use tenfold::format;
use tenfold::measured::curves::{shown_settings, varying_keys};
use tenfold::store::{Database, StudyLock, TrialRow, TrialState};
use tenfold::trial::Settings;

/// Trials that are written at a time.
const PART: usize = 256;

/// Lists the trials that the options select.
///
/// # Errors
/// A model that is not there, a size that is none, or a database that cannot be read.
pub(super) fn run(
    arguments: &TrialArguments,
    database: &Database,
    output: &Output,
) -> Result<Finding> {
    let mut rows = database.trials()?;
    if StudyLock::owner(database.folder()).is_none() {
        // Nobody runs them: they were cut off and wait for the next run.
        for row in rows.iter_mut().filter(|row| row.state == TrialState::Running) {
            row.state = TrialState::Planned;
        }
    }
    if let Some(model) = &arguments.model {
        check_model(model, &rows)?;
        rows.retain(|row| row.planned.model == *model);
    }
    if let Some(word) = &arguments.size {
        let size = amount::size(word, "--size")?;
        rows.retain(|row| row.planned.size.to_string() == size.to_string());
    }
    if let Some(name) = arguments.state {
        rows.retain(|row| row.state == state(name));
    }
    if output.is_json {
        write(&rows, Output::part);
    } else {
        print(&rows, output);
    }
    Ok(Finding::Done)
}

fn check_model(model: &str, rows: &[TrialRow]) -> Result<()> {
    let mut names: Vec<&str> = rows.iter().map(|row| row.planned.model.as_str()).collect();
    names.dedup();
    if names.is_empty() || names.contains(&model) {
        return Ok(());
    }
    let near = closest::closest(model, names.iter().copied()).unwrap_or(names[0]);
    let message = format!("the study has no model `{model}`; it has {}", names.join(", "));
    Err(usage(message, format!("`--model {near}`")))
}

fn state(name: TrialStateName) -> TrialState {
    match name {
        TrialStateName::Planned => TrialState::Planned,
        TrialStateName::Running => TrialState::Running,
        TrialStateName::Finished => TrialState::Finished,
        TrialStateName::Failed => TrialState::Failed,
        TrialStateName::Cancelled => TrialState::Cancelled,
    }
}

/// The JSON document of a trial.
pub(super) fn document(row: &TrialRow) -> Value {
    let (planned, measured) = (&row.planned, row.measured.as_ref());
    json!({
        "trial": planned.trial, "model": planned.model, "size": planned.size,
        "seed": planned.seed, "candidate": planned.candidate, "settings": Settings::of_json(&planned.settings).to_string(),
        "state": row.state.name(), "test_error": measured.map(|m| m.test_error),
        "validation_error": measured.map(|m| m.validation_error),
        "seconds": measured.map(|m| m.seconds), "reason": row.reason,
    })
}

/// Passes the document of all `rows` to `write` piece by piece, until nobody reads any more. As one
/// string the document of 100,000 trials took five times the memory of their rows.
fn write(rows: &[TrialRow], mut write: impl FnMut(&str) -> bool) {
    let mut text = "{\n  \"schema\": \"tenfold.trials/1\",\n  \"trials\": [".to_owned();
    let mut separator = "\n    ";
    for part in rows.chunks(PART) {
        for row in part {
            text.push_str(mem::replace(&mut separator, ",\n    "));
            // Line ends within texts are escaped, so that every remaining one is layout.
            text.push_str(&format!("{:#}", document(row)).replace('\n', "\n    "));
        }
        if !write(&mem::take(&mut text)) {
            return;
        }
    }
    text.push_str(if rows.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    write(&text);
}

fn print(rows: &[TrialRow], output: &Output) {
    if rows.is_empty() {
        output.answer("no such trials");
        return;
    }
    let keys = varying_keys(rows.iter().map(|row| &row.planned));
    let models = rows.iter().map(|row| row.planned.model.chars().count());
    let width = models.max().unwrap_or(0).max(5);
    let mut text = format!(
        "{:8}  {:width$}  {:>7}  {:>4}  {:9}  {:>10}  {:>6}  settings\n",
        "trial", "model", "size", "seed", "state", "test error", "time"
    );
    for row in rows {
        let planned = &row.planned;
        let measured = row.measured.as_ref();
        let error = measured.map_or_else(String::new, |m| format!("{:.4}", m.test_error));
        let time = measured.map_or_else(String::new, |m| format::duration(m.seconds));
        let line = format!(
            "{:8}  {:width$}  {:>7}  {:>4}  {:9}  {error:>10}  {time:>6}  {}",
            planned.trial.get(..8).unwrap_or(&planned.trial),
            planned.model,
            planned.size,
            planned.seed,
            row.state.name(),
            shown_settings(&planned.settings, &keys)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    output.answer(&text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenfold::store::{MeasuredTrial, PlannedTrial};

    /// Row `index` of the test; every second row has a result.
    fn row(index: u64) -> TrialRow {
        let planned = PlannedTrial {
            model: "\"deep\" model".to_owned(),
            size: 64 << (index % 9),
            seed: index % 3,
            candidate: 0,
            trial: format!("{index:064x}"),
            settings: "width=8\nrate=0.1".to_owned(),
            expected_flop: 1e9,
        };
        let is_finished = index.is_multiple_of(2);
        let measured = is_finished.then(|| MeasuredTrial {
            seconds: 1.5,
            validation_error: 0.25,
            test_error: 0.1 / (1 + index) as f64,
            is_validation_apart: true,
            judged_on: None,
            judged_examples: 0,
            parameter_count: None,
        });
        let state = if is_finished { TrialState::Finished } else { TrialState::Failed };
        TrialRow { planned, state, measured, reason: Some("exit status 2:\n  no".to_owned()) }
    }

    #[test]
    fn parts_are_those_of_the_whole_document() {
        for count in [0, 1, 2, PART, 2 * PART + 3] {
            let rows: Vec<TrialRow> = (0..count as u64).map(row).collect();
            let mut parts = Vec::new();
            write(&rows, |part| {
                parts.push(part.to_owned());
                true
            });
            let trials: Vec<Value> = rows.iter().map(document).collect();
            let whole = json!({ "schema": "tenfold.trials/1", "trials": trials });
            assert!(parts.concat() == format!("{whole:#}\n"), "{count} trials");
            assert_eq!(parts.len(), count.div_ceil(PART) + 1);
        }
    }

    #[test]
    fn nothing_is_written_after_the_reader_has_gone() {
        let rows: Vec<TrialRow> = (0..2 * PART as u64).map(row).collect();
        let mut parts = 0;
        write(&rows, |_| {
            parts += 1;
            false
        });
        assert_eq!(parts, 1);
    }
}
