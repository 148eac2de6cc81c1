//! `tenfold status --follow`: shows a run that was started elsewhere, from its journals.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::Finding;
use super::output::Output;
use super::progress::Watcher;
use tenfold::format;
use tenfold::pipeline::event::SCHEMA;
use tenfold::pipeline::{EventAttempt, RunEvent};
use tenfold::store::{JournalReader, StudyFolder, StudyLock};
use tenfold::trial::{HistoryEntry, history};

/// Time to wait before reading new events.
const PAUSE: Duration = Duration::from_millis(200);

/// The state of following a run.
struct Follower<'a> {
    folder: &'a StudyFolder,
    events: JournalReader,
    /// The attempts that are being trained, by token, each with its history.
    running: BTreeMap<String, (EventAttempt, JournalReader)>,
}

/// Shows the run of the study in `folder` until it ends.
///
/// # Errors
/// If a journal cannot be read.
pub(super) fn run(folder: &StudyFolder, output: &Output) -> Result<Finding> {
    let events = JournalReader::new(folder.events(), SCHEMA);
    let mut follower = Follower { folder, events, running: BTreeMap::new() };
    let mut past = follower.events()?;
    // Events of earlier runs are dropped: the finished trials show what these runs did.
    let begun = past.iter().rposition(|event| matches!(event, RunEvent::Begun { .. }));
    past.drain(..begun.unwrap_or(0));
    let workers = match past.first() {
        Some(RunEvent::Begun { workers, .. }) => workers.unwrap_or(0),
        _ => 0,
    };
    let mut watcher = Watcher::new(output, workers);
    for event in &past {
        follower.count(event);
    }
    watcher.catch_up(&past, output);
    if let Some(ended) = past.iter().find_map(conclusion) {
        output.talk(&ended);
        return Ok(Finding::Done);
    }
    if folder.is_pause_requested() {
        watcher.say("paused: `tenfold resume` goes on", output);
    }
    loop {
        // The owner is read before the journal, so that the last lines of the journal are not
        // missed.
        let is_owned = StudyLock::owner(folder).is_some();
        for event in follower.events()? {
            follower.count(&event);
            watcher.show(&event, output);
            if let Some(ended) = conclusion(&event) {
                watcher.say(&ended, output);
                return Ok(Finding::Done);
            }
        }
        for event in follower.progress()? {
            watcher.show(&event, output);
        }
        if !is_owned {
            watcher.say("the run was cut off: `tenfold run` goes on", output);
            return Ok(Finding::Done);
        }
        std::thread::sleep(PAUSE);
    }
}

impl Follower<'_> {
    fn events(&mut self) -> Result<Vec<RunEvent>> {
        Ok(self.events.added()?.into_iter().filter_map(RunEvent::of_entry).collect())
    }

    /// Updates the running attempts by `event`.
    fn count(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started { attempt } => {
                let path = self.folder.history(&attempt.trial.id);
                let history = JournalReader::new(path, history::SCHEMA);
                self.running.insert(attempt.token.to_string(), (attempt.clone(), history));
            }
            RunEvent::Finished { trial, .. } | RunEvent::Cancelled { trial } => {
                self.running.retain(|_, (attempt, _)| attempt.trial.id != trial.id);
            }
            RunEvent::Failed { attempt, .. }
            | RunEvent::Stale { attempt, .. }
            | RunEvent::PutAside { attempt } => {
                self.running.remove(attempt.token.as_str());
            }
            _ => {}
        }
    }

    /// The latest progress of each running attempt since the last call.
    fn progress(&mut self) -> Result<Vec<RunEvent>> {
        let mut events = Vec::new();
        for (attempt, history) in self.running.values_mut() {
            let last = history.added()?.into_iter().next_back().and_then(entry);
            events.extend(last.map(|entry| RunEvent::Progress {
                attempt: attempt.clone(),
                progress: entry.progress,
            }));
        }
        Ok(events)
    }
}

fn entry(line: Value) -> Option<HistoryEntry> {
    serde_json::from_value(line).ok()
}

/// The last line about a run; `None` unless `event` ends it.
fn conclusion(event: &RunEvent) -> Option<String> {
    let RunEvent::Ended { trained, failed, is_interrupted, is_handed_over, error } = event else {
        return None;
    };
    let trained = format::several(*trained, "trial", "trials");
    let failed = match failed {
        0 => String::new(),
        count => format!(", {count} failed"),
    };
    let end = match (error, is_handed_over, is_interrupted) {
        (Some(error), ..) => format!("ended by an error: {error}"),
        (None, true, _) => "ended, and a scheduler has its trials".to_owned(),
        (None, false, true) => "was stopped: `tenfold run` goes on".to_owned(),
        (None, false, false) => "is complete: `tenfold report`".to_owned(),
    };
    Some(format!("{trained} trained{failed}; the run {end}"))
}
