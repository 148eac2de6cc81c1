//! The training history of a trial: the lines of its `history.jsonl`, one per evaluation.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenfold_train::Progress;

use super::attempt::AttemptToken;

/// Name and version of the format of a line.
pub const SCHEMA: &str = "tenfold.history/1";

/// One evaluation of one execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The execution.
    pub attempt: AttemptToken,
    /// Seconds since it began.
    pub seconds: f64,
    /// Step, loss and validation error.
    #[serde(flatten)]
    pub progress: Progress,
}

impl HistoryEntry {
    /// The entry for `attempt` at `seconds` after it began.
    pub fn new(attempt: &AttemptToken, seconds: f64, progress: Progress) -> Self {
        Self { schema: SCHEMA.to_owned(), attempt: attempt.clone(), seconds, progress }
    }
}

/// The training that led to the result, from the `lines` of a history, in order. What an execution
/// did after its last checkpoint is repeated by the next execution, so the earlier entries are left
/// out.
pub fn history_of(lines: Vec<Value>) -> Vec<HistoryEntry> {
    let mut kept: Vec<HistoryEntry> = Vec::new();
    let entries = lines.into_iter().filter_map(|line| serde_json::from_value(line).ok());
    for entry in entries {
        let entry: HistoryEntry = entry;
        while kept.last().is_some_and(|last| last.progress.step >= entry.progress.step) {
            kept.pop();
        }
        kept.push(entry);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_twice_counts_once() {
        let [first, second] = [AttemptToken::fresh(1), AttemptToken::fresh(2)];
        let entry = |attempt: &AttemptToken, step: u64| {
            let progress = Progress {
                step,
                steps: Some(50),
                epoch: Some(0.5),
                train_loss: Some(1.0),
                validation_error: Some(0.5),
                validation_loss: None,
            };
            serde_json::to_value(HistoryEntry::new(attempt, 1.0, progress)).unwrap()
        };
        // The first execution was cut off after 30, with a checkpoint of 20.
        let mut lines: Vec<Value> = [10, 20, 30].map(|step| entry(&first, step)).to_vec();
        lines.extend([30, 40, 50].map(|step| entry(&second, step)));
        lines.insert(1, serde_json::json!({ "schema": SCHEMA, "step": "ten" }));
        let history = history_of(lines);
        let steps: Vec<u64> = history.iter().map(|entry| entry.progress.step).collect();
        assert_eq!(steps, [10, 20, 30, 40, 50]);
        assert_eq!(history[2].attempt, second);
    }
}
