//! `tenfold trial ID --history`: shows the training of a trial as a table and a small chart.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;

use super::super::Finding;
use super::super::output::Output;
use super::super::problem::usage;
use tenfold::format;
use tenfold::report::training_chart;
use tenfold::store::{Database, JournalReader};
use tenfold::trial::TrialId;
use tenfold::trial::history::{HistoryEntry, SCHEMA, history_of};

/// Prints the evaluations of trial `id`.
///
/// # Errors
/// If there are none, or they cannot be read.
pub(super) fn run(id: &TrialId, database: &Database, output: &Output) -> Result<Finding> {
    let path = database.folder().history(id);
    let history = history_of(JournalReader::new(path, SCHEMA).added()?);
    if output.is_json {
        Output::json(&json!({
            "schema": "tenfold.trial-history/1", "trial": id.as_str(), "evaluations": history,
        }));
        return Ok(Finding::Done);
    }
    if history.is_empty() {
        let message = format!(
            "trial {} has no history: it was not evaluated yet, or is a command that tells nothing of it",
            id.short()
        );
        return Err(usage(message, format!("`tenfold trial {} --log`", id.short())));
    }
    output.answer(&table(&history));
    let points: Vec<(f64, f64)> = history
        .iter()
        .filter_map(|entry| Some((entry.progress.step as f64, measured(entry)?)))
        .collect();
    if points.len() > 1 {
        let chart = training_chart::chart(&points);
        output.answer(&format!("\n{} by step\n{chart}", what_is_measured(&history)));
    }
    Ok(Finding::Done)
}

/// What was measured on the validation set: the error, or the nats that stand in for it.
fn measured(entry: &HistoryEntry) -> Option<f64> {
    entry.progress.validation_error.or(entry.progress.validation_loss)
}

/// What [`measured`] gives for the entries of `history`, all of one trial.
fn what_is_measured(history: &[HistoryEntry]) -> &'static str {
    let is_loss = history.iter().any(|entry| entry.progress.validation_loss.is_some());
    if is_loss { "validation nats" } else { "validation error" }
}

fn table(history: &[HistoryEntry]) -> String {
    let mut text = format!(
        "{:>9}  {:>7}  {:>10}  {:>16}  {:>6}",
        "step",
        "epoch",
        "loss",
        what_is_measured(history),
        "time"
    );
    let shown = |value: Option<f64>, decimals: usize| {
        value.map_or_else(String::new, |value| format!("{value:.decimals$}"))
    };
    for entry in history {
        let progress = &entry.progress;
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "\n{:>9}  {:>7}  {:>10}  {:>16}  {:>6}",
            progress.step,
            shown(progress.epoch, 1),
            shown(progress.train_loss, 4),
            shown(measured(entry), 4),
            format::duration(entry.seconds),
        );
    }
    text
}
