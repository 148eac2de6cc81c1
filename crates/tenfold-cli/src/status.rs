//! `tenfold status`

use anyhow::Result;
use serde_json::json;

use super::Finding;
use super::arguments::StatusArguments;
use super::follow;
use super::output::Output;
use tenfold::executor::cluster::batch::open_jobs;
use tenfold::format;
use tenfold::pipeline::curves::read_facts;
use tenfold::pipeline::pace::Pace;
use tenfold::store::{Database, ModelCounts, StudyFolder, StudyLock, TrialState};
use tenfold::study;

/// Trials left out that are shown one by one.
const SHOWN: usize = 10;

/// Trials left out that are listed in the document.
const LISTED: usize = 1000;

/// Prints where every trial of the study stands.
///
/// # Errors
/// A broken study, or nothing run yet.
pub(crate) fn run(arguments: &StatusArguments, output: &Output) -> Result<Finding> {
    let study = study::load(&arguments.study)?;
    let folder = StudyFolder::open(&study.folder);
    if arguments.follow && StudyLock::owner(&folder).is_some() {
        return follow::run(&folder, output);
    }
    let database = Database::read(&folder)?;
    let facts = read_facts(&database)?;
    let owner = StudyLock::owner(&folder);
    let mut models = database.counts()?;
    let is_paused = owner.is_some() && folder.is_pause_requested();
    let mut interrupted = 0;
    if owner.is_none() {
        for (_, counts) in &mut models {
            interrupted += counts.open;
            counts.planned += std::mem::take(&mut counts.open);
        }
    }
    let workers = study.run.workers.unwrap_or_else(|| tenfold::pipeline::usual_workers(&study));
    let left = remaining_seconds(&models, workers);
    let disk = folder.disk_use()?;
    let left_out = database.left_out(if output.is_json { LISTED } else { SHOWN })?;
    if output.is_json {
        let models: Vec<_> = models
            .iter()
            .map(|(name, c)| {
                json!({ "model": name, "planned": c.planned, "running": c.open,
                        "finished": c.finished, "failed": c.failed, "cancelled": c.cancelled })
            })
            .collect();
        let of_state = |state: TrialState| -> Vec<_> {
            let of_state = left_out.iter().filter(|row| row.state == state);
            of_state
                .map(|row| {
                    json!({ "trial": row.planned.trial, "model": row.planned.model,
                            "size": row.planned.size, "seed": row.planned.repeat,
                            "reason": row.reason })
                })
                .collect()
        };
        let (failed, cancelled) = (of_state(TrialState::Failed), of_state(TrialState::Cancelled));
        Output::json(&json!({
            "schema": "tenfold.status/1", "study": study.name, "running": owner, "paused": is_paused,
            "models": models, "failed": failed, "cancelled": cancelled,
            "remaining_seconds": left,
            "disk": { "trials": disk.trials, "database": disk.database, "exact": disk.is_exact },
        }));
        return Ok(Finding::Done);
    }
    output.answer(&format!("{}: {}", study.name, facts.sentence()));
    let width = models.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
    output.answer(&format!(
        "  {:width$}  {:>8}  {:>7}  {:>7}  {:>6}",
        "model", "finished", "running", "planned", "failed"
    ));
    for (name, c) in &models {
        let cancelled = match c.cancelled {
            0 => String::new(),
            count => format!("  {count} cancelled"),
        };
        output.answer(&format!(
            "  {name:width$}  {:>8}  {:>7}  {:>7}  {:>6}{cancelled}",
            c.finished, c.open, c.planned, c.failed
        ));
    }
    for row in &left_out {
        let why = match row.state {
            TrialState::Failed => row.reason.as_deref().unwrap_or("no reason recorded"),
            _ => "`tenfold run` trains it",
        };
        output.answer(&format!(
            "  {}: {} at {}, seed {}: {why} (log: tenfold trial {} --log)",
            row.state.name(),
            row.planned.model,
            format::known_size(row.planned.size as f64),
            row.planned.repeat,
            row.planned.trial.get(..8).unwrap_or(&row.planned.trial),
        ));
    }
    let all_left_out: usize = models.iter().map(|(_, c)| c.failed + c.cancelled).sum();
    if all_left_out > left_out.len() {
        output.answer(&format!(
            "  and {} more: tenfold trial --state failed",
            all_left_out - left_out.len()
        ));
    }
    let is_complete = models.iter().all(|(_, c)| c.planned + c.open == 0);
    let jobs = open_jobs(&folder)?;
    let state = match (&owner, left) {
        (Some(owner), _) if is_paused => format!("paused: {owner}: tenfold resume goes on"),
        (Some(owner), Some(left)) => {
            format!("running: {owner}, about {} left of what is planned", format::duration(left))
        }
        (Some(owner), None) => format!("running: {owner}"),
        (None, _) if is_complete => "complete: tenfold report".to_owned(),
        (None, _) if interrupted > 0 && !jobs.is_empty() => {
            let jobs = jobs.join(", ");
            let trials = format::several(interrupted, "trial is", "trials are");
            format!("{trials} with {jobs}: tenfold run takes the results in")
        }
        (None, _) if interrupted > 0 => {
            let trials = format::several(interrupted, "trial was", "trials were");
            format!("not running, {trials} cut off: tenfold run goes on")
        }
        (None, _) => "not running: tenfold run goes on".to_owned(),
    };
    output.answer(&state);
    let about = if disk.is_exact { "" } else { "about " };
    output.answer(&format!(
        "disk: {about}{} in trials, {} in the database",
        format::bytes(disk.trials),
        format::bytes(disk.database)
    ));
    Ok(Finding::Done)
}

/// Seconds the planned trials should still take, from the pace of those that finished.
fn remaining_seconds(models: &[(String, ModelCounts)], workers: usize) -> Option<f64> {
    let pace = Pace::of_finished(models);
    let mut seconds = 0.0;
    for (model, counts) in models.iter().filter(|(_, counts)| counts.remaining_flop > 0.0) {
        seconds += counts.remaining_flop * pace.seconds_per_flop(model)?;
    }
    Some(seconds / workers.max(1) as f64)
}
