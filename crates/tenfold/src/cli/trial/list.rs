//! `tenfold trial`: one line a trial.

use anyhow::Result;
use serde_json::{Value, json};

use super::super::output::Output;
use super::super::problem::usage;
use super::super::{Finding, amount};
use super::arguments::{TrialArguments, TrialStateName};
use crate::diagnostic::closest;
use crate::format;
use crate::pipeline::curves::{shown_settings, varying_keys};
use crate::store::{Database, StudyLock, TrialRow, TrialState};

/// Lists the trials that the options ask for.
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
        let trials: Vec<Value> = rows.iter().map(document).collect();
        Output::json(&json!({ "schema": "tenfold.trials/1", "trials": trials }));
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

/// What programs are told of a trial.
pub(super) fn document(row: &TrialRow) -> Value {
    let (planned, measured) = (&row.planned, row.measured.as_ref());
    json!({
        "trial": planned.trial, "model": planned.model, "size": planned.size,
        "seed": planned.repeat, "candidate": planned.candidate, "settings": planned.settings,
        "state": row.state.name(), "test_error": measured.map(|m| m.test_error),
        "validation_error": measured.map(|m| m.validation_error),
        "seconds": measured.map(|m| m.seconds), "reason": row.reason,
    })
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
            planned.repeat,
            row.state.name(),
            shown_settings(&planned.settings, &keys)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    output.answer(&text);
}
