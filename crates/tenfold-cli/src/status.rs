//! `tenfold status`

use anyhow::Result;
use serde_json::{Value, json};
use tenfold::analysis::StudyStatus;
use tenfold::format;
use tenfold::store::{StudyFolder, StudyLock, TrialRow, TrialState};
use tenfold::study;

use super::Finding;
use super::arguments::StatusArguments;
use super::follow;
use super::output::Output;

/// Number of failed or cancelled trials that are shown.
const SHOWN: usize = 10;

/// Number of failed or cancelled trials in the JSON document.
const LISTED: usize = 1000;

/// Prints the state of every trial of the study.
///
/// # Errors
/// A broken study, or nothing run yet.
pub(crate) fn run(arguments: &StatusArguments, output: &Output) -> Result<Finding> {
    let study = study::load(&arguments.study)?;
    let folder = StudyFolder::open(&study.folder);
    if arguments.follow && StudyLock::owner(&folder).is_some() {
        return follow::run(&folder, output);
    }
    let status = StudyStatus::of(&study, if output.is_json { LISTED } else { SHOWN })?;
    if output.is_json {
        Output::json(&document(&status));
    } else {
        print(&status, output);
    }
    Ok(Finding::Done)
}

fn document(status: &StudyStatus) -> Value {
    let models: Vec<Value> = status
        .models
        .iter()
        .map(|(name, c)| {
            json!({ "model": name, "planned": c.planned, "running": c.open,
                    "finished": c.finished, "failed": c.failed, "cancelled": c.cancelled })
        })
        .collect();
    let of_state = |state: TrialState| -> Vec<Value> {
        let of_state = status.left_out.iter().filter(|row| row.state == state);
        of_state
            .map(|row| {
                json!({ "trial": row.planned.trial, "model": row.planned.model,
                        "size": row.planned.size, "seed": row.planned.seed,
                        "reason": row.reason })
            })
            .collect()
    };
    let disk = &status.disk;
    json!({
        "schema": "tenfold.status/1", "study": status.study, "running": status.owner,
        "paused": status.is_paused, "models": models,
        "failed": of_state(TrialState::Failed), "cancelled": of_state(TrialState::Cancelled),
        "remaining_seconds": status.remaining_seconds,
        "disk": { "trials": disk.trials, "database": disk.database, "exact": disk.is_exact },
    })
}

fn print(status: &StudyStatus, output: &Output) {
    output.answer(&format!("{}: {}", status.study, status.facts.sentence()));
    let models = &status.models;
    let width = models.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
    output.answer(&format!(
        "  {:width$}  {:>8}  {:>7}  {:>7}  {:>6}",
        "model", "finished", "running", "planned", "failed"
    ));
    for (name, c) in models {
        let cancelled = match c.cancelled {
            0 => String::new(),
            count => format!("  {count} cancelled"),
        };
        output.answer(&format!(
            "  {name:width$}  {:>8}  {:>7}  {:>7}  {:>6}{cancelled}",
            c.finished, c.open, c.planned, c.failed
        ));
    }
    for row in &status.left_out {
        output.answer(&left_out_line(row));
    }
    let more = status.left_out_count().saturating_sub(status.left_out.len());
    if more > 0 {
        output.answer(&format!("  and {more} more: tenfold trial --state failed"));
    }
    output.answer(&state_line(status));
    let disk = &status.disk;
    let about = if disk.is_exact { "" } else { "about " };
    output.answer(&format!(
        "disk: {about}{} in trials, {} in the database",
        format::bytes(disk.trials),
        format::bytes(disk.database)
    ));
}

fn left_out_line(row: &TrialRow) -> String {
    let why = match row.state {
        TrialState::Failed => row.reason.as_deref().unwrap_or("no reason recorded"),
        _ => "`tenfold run` trains it",
    };
    format!(
        "  {}: {} at {}, seed {}: {why} (log: tenfold trial {} --log)",
        row.state.name(),
        row.planned.model,
        format::known_size(row.planned.size as f64),
        row.planned.seed,
        row.planned.trial.get(..8).unwrap_or(&row.planned.trial),
    )
}

/// The process that runs the study, or the command that would start it.
fn state_line(status: &StudyStatus) -> String {
    let StudyStatus { interrupted, jobs, .. } = status;
    match (&status.owner, status.remaining_seconds) {
        (Some(owner), _) if status.is_paused => {
            format!("paused: {owner}: tenfold resume goes on")
        }
        (Some(owner), Some(left)) => {
            format!("running: {owner}, about {} left of what is planned", format::duration(left))
        }
        (Some(owner), None) => format!("running: {owner}"),
        (None, _) if status.is_complete() => "complete: tenfold report".to_owned(),
        (None, _) if *interrupted > 0 && !jobs.is_empty() => {
            let jobs = jobs.join(", ");
            let trials = format::several(*interrupted, "trial is", "trials are");
            format!("{trials} with {jobs}: tenfold run takes the results in")
        }
        (None, _) if *interrupted > 0 => {
            let trials = format::several(*interrupted, "trial was", "trials were");
            format!("not running, {trials} cut off: tenfold run goes on")
        }
        (None, _) => "not running: tenfold run goes on".to_owned(),
    }
}
