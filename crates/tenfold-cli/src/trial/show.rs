//! `tenfold trial ID`: shows a trial, its executions, its result and its files.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

use super::super::Finding;
use super::super::output::Output;
use super::list;
use tenfold::format;
use tenfold::measured::curves::read_facts;
use tenfold::store::{AttemptRow, Database, StudyFolder, StudyLock, TrialRow, TrialState};
use tenfold::trial::{Outcome, Settings, TrialId};

/// Shows trial `id`.
///
/// # Errors
/// If the database, or the result it knows of, cannot be read.
pub(super) fn run(id: &TrialId, database: &Database, output: &Output) -> Result<Finding> {
    let places = database.places_of(id)?;
    let attempts = database.attempts_of(id)?;
    let is_finished = places.iter().any(|place| place.state == TrialState::Finished);
    let outcome = if is_finished { Some(database.outcome(id)?) } else { None };
    let files = database.folder().files_of(id)?;
    if output.is_json {
        let places: Vec<Value> = places.iter().map(list::document).collect();
        let attempts: Vec<Value> = attempts.iter().map(attempt_document).collect();
        let files: Vec<Value> =
            files.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
        Output::json(&json!({
            "schema": "tenfold.trial/1", "trial": id.as_str(), "places": places,
            "attempts": attempts, "folder": StudyFolder::shown_trial(id), "files": files,
            "result": outcome.as_ref().map(outcome_document),
        }));
        return Ok(Finding::Done);
    }
    let is_owned = StudyLock::owner(database.folder()).is_some();
    let unit = read_facts(database)?.unit_name().to_owned();
    output.answer(&text(id, &places, &unit, &attempts, is_owned));
    if let Some(outcome) = &outcome {
        output.answer(&format!("  result    {}", outcome_line(outcome)));
    }
    let files: Vec<String> =
        files.iter().map(|(name, bytes)| format!("{name} ({})", format::bytes(*bytes))).collect();
    output.answer(&format!("  folder    {}: {}", StudyFolder::shown_trial(id), files.join(", ")));
    Ok(Finding::Done)
}

fn text(
    id: &TrialId,
    places: &[TrialRow],
    unit: &str,
    attempts: &[AttemptRow],
    is_owned: bool,
) -> String {
    let mut text = format!("trial {id}\n");
    for place in places {
        let planned = &place.planned;
        let state = match place.state {
            TrialState::Running if !is_owned => TrialState::Planned,
            state => state,
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "  {:8}  {} at {} {unit}, seed {}, candidate {}",
            state.name(),
            planned.model,
            format::count(planned.size as f64),
            planned.seed,
            planned.candidate,
        );
        let settings = Settings::of_json(&planned.settings).to_string();
        if !settings.is_empty() {
            let _ = writeln!(text, "  settings  {settings}");
        }
    }
    if places.is_empty() {
        text.push_str("  not part of the study as it was last run\n");
    }
    for (attempt, number) in attempts.iter().zip(1..) {
        let started = format::utc(attempt.started);
        let process = attempt.process;
        let end = match (attempt.ended, attempt.outcome.as_deref()) {
            (Some(ended), Some(outcome)) => {
                format!("{outcome} after {}", format::duration((ended - attempt.started).max(0.0)))
            }
            _ if is_owned => "running".to_owned(),
            _ => "cut off".to_owned(),
        };
        let reason = attempt.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        let _ = writeln!(text, "  attempt {number} {started}, process {process}: {end}{reason}");
    }
    text
}

fn outcome_line(outcome: &Outcome) -> String {
    let mut parts = vec![
        format!("test error {:.4}", outcome.test_error),
        format!("validation error {:.4}", outcome.validation_error),
    ];
    parts.extend(outcome.train_error.map(|error| format!("training error {error:.4}")));
    parts.extend(outcome.steps.map(|steps| format!("{} steps", format::count(steps as f64))));
    parts.push(format::duration(outcome.seconds));
    if !outcome.converged {
        parts.push("still improving when it ended".to_owned());
    }
    parts.join(", ")
}

fn attempt_document(attempt: &AttemptRow) -> Value {
    json!({
        "token": attempt.token, "process": attempt.process, "started": attempt.started,
        "ended": attempt.ended, "outcome": attempt.outcome, "reason": attempt.reason,
    })
}

/// The result without the outcomes of single examples; its settings are one line, as everywhere.
fn outcome_document(outcome: &Outcome) -> Value {
    let mut document = json!(outcome);
    if let Some(fields) = document.as_object_mut() {
        fields.remove("test_outcomes");
        fields.insert("settings".to_owned(), json!(outcome.settings.to_string()));
    }
    document
}
