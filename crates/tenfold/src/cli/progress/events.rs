//! One JSON object a line, for programs that watch a run.

use serde_json::{Value, json};

use super::budget;
use crate::pipeline::RunEvent;

/// The object for `event`, if programs should hear of it.
pub(crate) fn document(event: &RunEvent) -> Option<Value> {
    let schema = "tenfold.run/1";
    Some(match event {
        RunEvent::Scheduled { added, later } => json!({
            "schema": schema, "event": "scheduled",
            "finished": added.iter().map(|a| a.finished).sum::<usize>(),
            "waiting": added.iter().map(|a| a.waiting).sum::<usize>(),
            "later": later.iter().map(|l| l.count).sum::<usize>(),
        }),
        RunEvent::Started { attempt } => json!({
            "schema": schema, "event": "started", "trial": attempt.trial.id.as_str(),
            "model": attempt.trial.model, "size": attempt.trial.size,
            "seed": attempt.trial.repeat, "attempt": attempt.number,
        }),
        RunEvent::Finished { trial, outcome } => json!({
            "schema": schema, "event": "finished", "trial": trial.id.as_str(),
            "model": trial.model, "size": trial.size, "seed": trial.repeat,
            "settings": outcome.settings.to_string(), "test_error": outcome.test_error,
            "validation_error": outcome.validation_error, "seconds": outcome.seconds,
        }),
        RunEvent::CommandStopped { stopped } => json!({
            "schema": schema, "event": "command-stopped", "model": stopped.model,
            "tried": stopped.tried, "not_started": stopped.not_started,
            "trial": stopped.trial.as_str(), "reason": stopped.reason, "log": stopped.log,
        }),
        RunEvent::Failed { attempt, reason, will_retry, .. } => json!({
            "schema": schema, "event": "failed", "trial": attempt.trial.id.as_str(),
            "model": attempt.trial.model, "size": attempt.trial.size,
            "seed": attempt.trial.repeat, "reason": reason, "will_retry": will_retry,
        }),
        RunEvent::Stale { attempt, reason, .. } => json!({
            "schema": schema, "event": "stale", "trial": attempt.trial.id.as_str(),
            "model": attempt.trial.model, "size": attempt.trial.size,
            "seed": attempt.trial.repeat, "reason": reason,
        }),
        RunEvent::StudyChanged { valid, stale } => json!({
            "schema": schema, "event": "study-changed", "valid": valid,
            "stale": stale.values().sum::<usize>(),
        }),
        RunEvent::Recovered { results, lost, torn, gone } => json!({
            "schema": schema, "event": "recovered", "results": results, "lost": lost, "torn": torn,
            "gone": gone,
        }),
        RunEvent::Cancelled { trial } => json!({
            "schema": schema, "event": "cancelled", "trial": trial.id.as_str(),
            "model": trial.model, "size": trial.size, "seed": trial.repeat,
        }),
        RunEvent::Notice { text } => json!({ "schema": schema, "event": "notice", "text": text }),
        RunEvent::Spent { state } => budget::document(state),
        RunEvent::Stopping => json!({ "schema": schema, "event": "stopping" }),
        _ => return None,
    })
}
