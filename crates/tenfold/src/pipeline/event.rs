//! What happens during a run, as plain values, so that a viewer sees the same during the run and
//! later in its journal.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenfold_train::Progress;

use super::budget_state::{BudgetState, PricedPlan};
use super::throughput::Throughput;
use crate::prepared::{LaterTrials, StudyFacts};
use crate::trial::{Attempt, AttemptToken, Outcome, Trial, TrialId};

/// Name and version of an entry of the journal of runs.
pub const SCHEMA: &str = "tenfold.event/1";

/// The facts about a trial that events carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTrial {
    /// Its id.
    #[serde(rename = "trial")]
    pub id: TrialId,
    /// Name of its model.
    pub model: String,
    /// Training-set size.
    pub size: u64,
    /// Index of the seed in the study's list, from 0.
    pub seed: u64,
    /// Index in the model's search grid, from 0.
    pub candidate: usize,
    /// How much of its updates a search lets it make, such as `1/8`; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
    /// Floating-point operations it is expected to take; for commands its examples.
    pub expected_flop: f64,
}

impl From<&Trial> for EventTrial {
    fn from(trial: &Trial) -> Self {
        Self {
            id: trial.id.clone(),
            model: trial.model.clone(),
            size: trial.size,
            seed: trial.seed,
            candidate: trial.candidate,
            updates: (!trial.share.is_whole()).then(|| trial.share.to_string()),
            expected_flop: trial.expected_flop,
        }
    }
}

/// The facts about an execution of a trial that events carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventAttempt {
    /// The trial it executes.
    #[serde(flatten)]
    pub trial: EventTrial,
    /// Token of the attempt.
    pub token: AttemptToken,
    /// 1 for the first execution in this run of the program, 2 for the retry.
    #[serde(rename = "attempt")]
    pub number: u32,
}

impl From<&Attempt> for EventAttempt {
    fn from(attempt: &Attempt) -> Self {
        Self {
            trial: EventTrial::from(&attempt.trial),
            token: attempt.token.clone(),
            number: attempt.number,
        }
    }
}

/// What happens during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The run began.
    Begun {
        /// Name of the study.
        study: String,
        /// The command that runs the study: "tenfold run".
        purpose: String,
        /// Process id of the run.
        process: u32,
        /// How many trials run at a time; `None` if a scheduler decides.
        workers: Option<usize>,
    },
    /// The data are being read.
    Reading,
    /// The data are read and split.
    Read {
        /// What is known of the data.
        facts: StudyFacts,
    },
    /// The throughput of each model on this machine is known.
    Paced {
        /// The throughputs.
        pace: Throughput,
    },
    /// The database was damaged and is rebuilt from the result files.
    Rebuilt {
        /// Where the damaged file is now.
        kept: String,
    },
    /// The run cleaned up after an interrupted one.
    Recovered {
        /// Results that were published but not yet in the database.
        results: usize,
        /// Executions that ended without reporting how.
        lost: usize,
        /// Result files that could not be read; their trials run again.
        torn: usize,
        /// Results whose file no longer exists; their trials run again.
        gone: usize,
    },
    /// The study file is not the one that the finished trials were made for.
    StudyChanged {
        /// Finished trials the study still wants.
        valid: usize,
        /// Finished trials it no longer wants.
        stale: usize,
        /// The trials it no longer wants, by model and size.
        stale_at: Vec<StaleTrials>,
    },
    /// Results caused more trials to be wanted.
    Scheduled(Scheduled),
    /// An attempt started.
    Started {
        /// The attempt.
        #[serde(flatten)]
        attempt: EventAttempt,
    },
    /// An attempt reported its progress.
    Progress {
        /// The attempt.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// Its progress.
        progress: Progress,
    },
    /// A trial finished.
    Finished {
        /// The trial.
        #[serde(flatten)]
        trial: EventTrial,
        /// Token of the execution that published its result.
        token: String,
        /// Every setting, on one line.
        settings: String,
        /// Error on the test set.
        test_error: f64,
        /// Error on the validation set.
        validation_error: f64,
        /// Wall-clock time, in seconds.
        seconds: f64,
    },
    /// An attempt failed.
    Failed {
        /// The attempt.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// Why.
        reason: String,
        /// Whether the trial will be retried.
        will_retry: bool,
        /// Whether its command has never worked so far, so that the command's other trials wait.
        is_first_try: bool,
    },
    /// An attempt does not count, because a file that it depends on changed.
    Stale {
        /// The attempt.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// Which file changed and how.
        reason: String,
        /// Trials of its model that are not started because of the change; `None` if an earlier
        /// event has reported them.
        not_started: Option<usize>,
    },
    /// A command never worked: its other trials are not started.
    CommandStopped {
        /// The command, and why it failed.
        #[serde(flatten)]
        stopped: StoppedCommand,
    },
    /// A trial was cancelled by name and is left out of this run.
    Cancelled {
        /// The trial.
        #[serde(flatten)]
        trial: EventTrial,
    },
    /// The plans that a budget can pay for, before the first trial.
    Plans {
        /// The plans, from the cheapest.
        plans: Vec<PricedPlan>,
    },
    /// The state of a run within a budget.
    #[serde(rename = "budget")]
    Spent {
        /// The state.
        #[serde(flatten)]
        state: BudgetState,
    },
    /// Somebody asked the run to pause: running trials stop at their next evaluation.
    Pausing {
        /// How many trials were running.
        running: usize,
    },
    /// An attempt was stopped by the pause; its trial will continue from its checkpoint.
    PutAside {
        /// The attempt.
        #[serde(flatten)]
        attempt: EventAttempt,
    },
    /// The run goes on after a pause.
    Resumed,
    /// The user asked to stop; checkpoints are being written.
    Stopping,
    /// A message to the user about the place where trials run.
    Notice {
        /// The message.
        text: String,
    },
    /// The run ended by itself or was stopped. A run that was killed writes no such event.
    Ended {
        /// Trials trained in this run.
        trained: usize,
        /// Trials that failed for good.
        failed: usize,
        /// Whether the run was stopped before its end.
        is_interrupted: bool,
        /// Whether trials go on without the run.
        is_handed_over: bool,
        /// The error that ended the run, if one did.
        error: Option<String>,
    },
}

impl RunEvent {
    /// The event that the trial of `outcome` finished.
    pub fn finished(trial: &Trial, outcome: &Outcome) -> Self {
        Self::Finished {
            trial: EventTrial::from(trial),
            token: outcome.attempt.clone(),
            settings: outcome.settings.to_string(),
            test_error: outcome.test_error,
            validation_error: outcome.validation_error,
            seconds: outcome.seconds,
        }
    }

    /// The event as a JSON object with the field `schema` set to `schema`.
    pub fn document(&self, schema: &str) -> Value {
        // Numbers, strings and lists can always be serialised.
        let mut document = serde_json::to_value(self).unwrap_or_else(|_| json!({}));
        if let Some(fields) = document.as_object_mut() {
            fields.insert("schema".to_owned(), json!(schema));
        }
        document
    }

    /// The journal's line for this event at `time`, in seconds since 1970.
    pub fn entry(&self, time: f64) -> Value {
        let mut entry = self.document(SCHEMA);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("time".to_owned(), json!(time));
        }
        entry
    }

    /// Parses a line of the journal; `None` if a later version of the program added this kind of
    /// event.
    pub fn of_entry(entry: Value) -> Option<Self> {
        serde_json::from_value(entry).ok()
    }
}

/// Trials that became wanted, and about how many more will become wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// How many of the new trials were finished before.
    pub finished: usize,
    /// How many of the new trials wait to be executed.
    pub waiting: usize,
    /// About how many more trials will become wanted in total.
    pub later: usize,
    /// The new trials by model; all wanted trials in the first event of a run.
    pub added: Vec<WantedTrials>,
    /// The trials that will become wanted later, by model and size.
    pub expected: Vec<LaterTrials>,
}

impl Scheduled {
    /// An event with the trials `added`, and those `expected` to become wanted later.
    pub fn new(added: Vec<WantedTrials>, expected: Vec<LaterTrials>) -> Self {
        Self {
            finished: added.iter().map(|added| added.finished).sum(),
            waiting: added.iter().map(|added| added.waiting).sum(),
            later: expected.iter().map(|later| later.count).sum(),
            added,
            expected,
        }
    }
}

/// Trials of one model that became wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WantedTrials {
    /// Name of the model.
    pub model: String,
    /// How many of them were finished before.
    pub finished: usize,
    /// How many of them wait to be executed.
    pub waiting: usize,
    /// Floating-point operations expected of those that wait.
    pub waiting_flop: f64,
}

/// Finished trials that a study no longer wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleTrials {
    /// Name of their model.
    pub model: String,
    /// Their training-set size.
    pub size: u64,
    /// How many there are.
    pub count: usize,
}

/// A command that never worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedCommand {
    /// Name of the model.
    pub model: String,
    /// Sizes at which it was tried, at each of them as often as a retry is allowed.
    pub tried: Vec<u64>,
    /// Trials of the model that were not started.
    pub not_started: usize,
    /// Why its last execution failed.
    pub reason: String,
    /// The trial of that execution.
    pub trial: TrialId,
    /// The last lines of its log.
    pub log: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Budget, Until};
    use tenfold_core::TrainingSetSize;
    use tenfold_core::decide::budget::StopReason;

    fn attempt() -> EventAttempt {
        let trial = EventTrial {
            id: TrialId::parse("0123456789abcdef0123").unwrap(),
            model: "cnn".to_owned(),
            size: 1 << 40,
            seed: 2,
            candidate: 1,
            updates: None,
            expected_flop: 1e12,
        };
        EventAttempt { trial, token: AttemptToken::fresh(1), number: 2 }
    }

    fn check_same_after_the_journal(event: &RunEvent) {
        let line = event.entry(12.5).to_string();
        let entry: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((entry["schema"].as_str(), entry["time"].as_f64()), (Some(SCHEMA), Some(12.5)));
        assert_eq!(RunEvent::of_entry(entry).as_ref(), Some(event), "{line}");
    }

    #[test]
    fn events_are_the_same_after_the_journal() {
        let at = TrainingSetSize::new(8192.0).unwrap();
        let next = super::super::NextTrial { size: at, number: 3, price: 40.0, half_width: 0.1 };
        let state = BudgetState {
            budget: Some(Budget::Seconds(7200.0)),
            until: Some(Until { is_95: true, size: at, half_width: 0.1 }),
            spent: 60.0,
            full: Some(1e5),
            half_width: Some((at, 0.2)),
            next: Some(next),
            quickened: true,
            larger: None,
            stopped: Some(StopReason::NoiseSmall),
        };
        let progress = Progress {
            step: 10,
            steps: Some(100),
            epoch: Some(0.5),
            train_loss: None,
            validation_error: Some(0.25),
            validation_loss: None,
        };
        let reason = "exit status 1".to_owned();
        let added = WantedTrials { model: "cnn".to_owned(), waiting: 4, ..WantedTrials::default() };
        let later = LaterTrials { model: "cnn".to_owned(), count: 3, expected_flop: 1e9 };
        for event in [
            RunEvent::Reading,
            RunEvent::Scheduled(Scheduled::new(vec![added], vec![later])),
            RunEvent::Started { attempt: attempt() },
            RunEvent::Progress { attempt: attempt(), progress },
            RunEvent::Failed { attempt: attempt(), reason, will_retry: true, is_first_try: false },
            RunEvent::Spent { state },
            RunEvent::Resumed,
        ] {
            check_same_after_the_journal(&event);
        }
    }

    #[test]
    fn kinds_of_a_later_program_are_passed_over() {
        let entry = json!({ "schema": SCHEMA, "time": 1.0, "event": "danced", "with": "joy" });
        assert_eq!(RunEvent::of_entry(entry), None);
    }

    #[test]
    fn prices_that_nobody_knows_are_null() {
        let at = TrainingSetSize::new(64.0).unwrap();
        let next =
            super::super::NextTrial { size: at, number: 1, price: f64::INFINITY, half_width: 0.5 };
        let state = BudgetState {
            budget: None,
            until: None,
            spent: 0.0,
            full: Some(f64::INFINITY),
            half_width: None,
            next: Some(next),
            quickened: false,
            larger: Some(next),
            stopped: None,
        };
        let document = RunEvent::Spent { state }.document("tenfold.run/1");
        assert!(document["full"].is_null() && document["next"]["price"].is_null(), "{document}");
        assert_eq!(document["unit"], "trials");
        assert_eq!(document["event"], "budget");
    }
}
