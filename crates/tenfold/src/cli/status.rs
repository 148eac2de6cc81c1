//! `tenfold status`

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use super::Finding;
use super::arguments::StatusArguments;
use super::output::Output;
use crate::format;
use crate::pipeline::curves::read_facts;
use crate::pipeline::pace::Pace;
use crate::store::{Database, StudyFolder, StudyLock, TrialRow, TrialState};
use crate::study;

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    planned: usize,
    running: usize,
    interrupted: usize,
    finished: usize,
    failed: usize,
}

/// Prints where every trial of the study stands.
///
/// # Errors
/// A broken study, or nothing run yet.
pub(crate) fn run(arguments: &StatusArguments, output: &Output) -> Result<Finding> {
    let study = study::load(&arguments.study)?;
    let folder = StudyFolder::open(&study.folder);
    let database = Database::read(&folder)?;
    let facts = read_facts(&database)?;
    let owner = StudyLock::owner(&folder);
    let rows = database.trials()?;
    let mut models: BTreeMap<&str, Counts> = BTreeMap::new();
    for row in &rows {
        let counts = models.entry(&row.planned.model).or_default();
        match row.state {
            TrialState::Planned => counts.planned += 1,
            TrialState::Running if owner.is_some() => counts.running += 1,
            TrialState::Running => counts.interrupted += 1,
            TrialState::Finished => counts.finished += 1,
            TrialState::Failed => counts.failed += 1,
        }
    }
    let workers = study.run.workers.unwrap_or_else(crate::pipeline::available_cores);
    let left = remaining_seconds(&rows, workers);
    let failed: Vec<&TrialRow> = rows.iter().filter(|r| r.state == TrialState::Failed).collect();
    if output.is_json {
        let models: Vec<_> = models
            .iter()
            .map(|(name, c)| {
                json!({ "model": name, "planned": c.planned + c.interrupted, "running": c.running,
                        "finished": c.finished, "failed": c.failed })
            })
            .collect();
        let failed: Vec<_> = failed
            .iter()
            .map(|row| {
                json!({ "trial": row.planned.trial, "model": row.planned.model,
                        "size": row.planned.size, "seed": row.planned.repeat,
                        "reason": row.reason })
            })
            .collect();
        Output::json(&json!({
            "schema": "tenfold.status/1", "study": study.name, "running": owner,
            "models": models, "failed": failed, "remaining_seconds": left,
        }));
        return Ok(Finding::Done);
    }
    output.answer(&format!("{}: {}", study.name, facts.sentence()));
    let width = models.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    output.answer(&format!(
        "  {:width$}  {:>8}  {:>7}  {:>7}  {:>6}",
        "model", "finished", "running", "planned", "failed"
    ));
    for (name, c) in &models {
        let planned = c.planned + c.interrupted;
        output.answer(&format!(
            "  {name:width$}  {:>8}  {:>7}  {planned:>7}  {:>6}",
            c.finished, c.running, c.failed
        ));
    }
    for row in failed.iter().take(10) {
        output.answer(&format!(
            "  failed: {} at {}, seed {}: {} (log: .tenfold/trials/{}/log.txt)",
            row.planned.model,
            format::known_size(row.planned.size as f64),
            row.planned.repeat,
            row.reason.as_deref().unwrap_or("no reason recorded"),
            row.planned.trial
        ));
    }
    let interrupted: usize = models.values().map(|c| c.interrupted).sum();
    let is_complete = models.values().all(|c| c.planned + c.running + c.interrupted == 0);
    let state = match (&owner, left) {
        (Some(owner), Some(left)) => {
            format!("running: {owner}, about {} left of what is planned", format::duration(left))
        }
        (Some(owner), None) => format!("running: {owner}"),
        (None, _) if is_complete => "complete: tenfold report".to_owned(),
        (None, _) if interrupted > 0 => {
            format!("not running, {interrupted} trials were cut off: tenfold run goes on")
        }
        (None, _) => "not running: tenfold run goes on".to_owned(),
    };
    output.answer(&state);
    Ok(Finding::Done)
}

/// Seconds the planned trials should still take, from the pace of those that finished.
fn remaining_seconds(rows: &[TrialRow], workers: usize) -> Option<f64> {
    let pace = Pace::of_finished(rows);
    let mut seconds = 0.0;
    for row in rows.iter().filter(|r| matches!(r.state, TrialState::Planned | TrialState::Running))
    {
        seconds += row.planned.expected_flop * pace.seconds_per_flop(&row.planned.model)?;
    }
    Some(seconds / workers.max(1) as f64)
}
