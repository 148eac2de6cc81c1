//! What happens during a run, as plain values: whoever shows a run, here or from its journal, sees
//! the same.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenfold_train::Progress;

use super::budget_state::{BudgetState, PricedPlan};
use super::throughput::Throughput;
use crate::prepared::{LaterTrials, StudyFacts};
use crate::trial::{Attempt, AttemptToken, Outcome, Trial, TrialId};

/// Name and version of an entry of the journal of runs.
pub const SCHEMA: &str = "tenfold.event/1";

/// A trial, as far as events speak of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTrial {
    /// Its id.
    #[serde(rename = "trial")]
    pub id: TrialId,
    /// Name of its model.
    pub model: String,
    /// Training-set size.
    pub size: u64,
    /// Which seed of the study's list, from 0.
    pub seed: u64,
    /// Place in the model's search grid, from 0.
    pub candidate: usize,
    /// Floating-point operations it should take, for commands examples.
    pub expected_flop: f64,
}

impl From<&Trial> for EventTrial {
    fn from(trial: &Trial) -> Self {
        Self {
            id: trial.id.clone(),
            model: trial.model.clone(),
            size: trial.size,
            seed: trial.repeat,
            candidate: trial.candidate,
            expected_flop: trial.expected_flop,
        }
    }
}

/// An execution of a trial, as far as events speak of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventAttempt {
    /// What it executes.
    #[serde(flatten)]
    pub trial: EventTrial,
    /// Its name.
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

/// What happens during a run, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The run began.
    Begun {
        /// Name of the study.
        study: String,
        /// What runs: "tenfold run".
        purpose: String,
        /// Number of its process.
        process: u32,
        /// Trials at a time; `None` where a scheduler decides.
        workers: Option<usize>,
    },
    /// The data are being read.
    Reading,
    /// The data are read and split.
    Read {
        /// What is known of them.
        facts: StudyFacts,
    },
    /// It is known how fast each model trains here.
    Paced {
        /// How fast.
        pace: Throughput,
    },
    /// The database was damaged and is rebuilt from the result files.
    Rebuilt {
        /// Where the damaged file is now.
        kept: String,
    },
    /// Something an interrupted run left was put in order.
    Recovered {
        /// Results that were published but not yet in the database.
        results: usize,
        /// Executions that ended without a word.
        lost: usize,
        /// Result files that could not be read; their trials run again.
        torn: usize,
        /// Results whose file has gone; their trials run again.
        gone: usize,
    },
    /// The study file is not the one the finished trials were made for.
    StudyChanged {
        /// Finished trials the study still wants.
        valid: usize,
        /// Finished trials it no longer wants.
        stale: usize,
        /// The same by model and size.
        stale_at: Vec<StaleTrials>,
    },
    /// More trials are wanted than were known of, because of what the results tell.
    Scheduled(Scheduled),
    /// An attempt started.
    Started {
        /// Which.
        #[serde(flatten)]
        attempt: EventAttempt,
    },
    /// An attempt said how far it is.
    Progress {
        /// Which.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// How far.
        progress: Progress,
    },
    /// A trial finished.
    Finished {
        /// Which.
        #[serde(flatten)]
        trial: EventTrial,
        /// Token of the execution that published its result.
        token: String,
        /// Every setting, as a line.
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
        /// Which.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// Why.
        reason: String,
        /// Whether the trial will be tried once more.
        will_retry: bool,
        /// Whether its command has never worked so far, so that the rest of its trials waits.
        is_first_try: bool,
    },
    /// An attempt does not count, because a file that it depends on changed.
    Stale {
        /// Which.
        #[serde(flatten)]
        attempt: EventAttempt,
        /// Which file and how.
        reason: String,
        /// Trials of its model that are not started because of it; `None` if another one was told of
        /// before.
        not_started: Option<usize>,
    },
    /// A command never worked: the rest of its trials is not started.
    CommandStopped {
        /// Which, and why.
        #[serde(flatten)]
        stopped: StoppedCommand,
    },
    /// A trial was cancelled by name and is left out of this run.
    Cancelled {
        /// Which.
        #[serde(flatten)]
        trial: EventTrial,
    },
    /// What a budget can buy, before the first trial.
    Plans {
        /// From the cheapest.
        plans: Vec<PricedPlan>,
    },
    /// Where a run within a budget stands.
    #[serde(rename = "budget")]
    Spent {
        /// Where.
        #[serde(flatten)]
        state: BudgetState,
    },
    /// Somebody asked the run to pause: trials that run stop at their next evaluation.
    Pausing {
        /// How many were being trained.
        running: usize,
    },
    /// An attempt was put aside while the run is paused; its trial goes on from its checkpoint.
    PutAside {
        /// Which.
        #[serde(flatten)]
        attempt: EventAttempt,
    },
    /// The run goes on after a pause.
    Resumed,
    /// The user asked to stop; checkpoints are being written.
    Stopping,
    /// Something a person should hear of where trials run.
    Notice {
        /// What.
        text: String,
    },
    /// The run ended by itself or was stopped; one that was killed says nothing.
    Ended {
        /// Trials trained in it.
        trained: usize,
        /// Trials that failed for good.
        failed: usize,
        /// Whether it was stopped before its end.
        is_interrupted: bool,
        /// Whether trials go on without it.
        is_handed_over: bool,
        /// What ended it, if an error did.
        error: Option<String>,
    },
}

impl RunEvent {
    /// That the trial of `outcome` finished.
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

    /// The event as an object, whose field `schema` is `schema`.
    pub fn document(&self, schema: &str) -> Value {
        // Its parts are numbers, texts and lists, which always can be written.
        let mut document = serde_json::to_value(self).unwrap_or_else(|_| json!({}));
        if let Some(fields) = document.as_object_mut() {
            fields.insert("schema".to_owned(), json!(schema));
        }
        document
    }

    /// The line of the journal for what happened at `time`, in seconds since 1970.
    pub fn entry(&self, time: f64) -> Value {
        let mut entry = self.document(SCHEMA);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("time".to_owned(), json!(time));
        }
        entry
    }

    /// The event of a line of the journal, `None` if it is of a kind that a later program added.
    pub fn of_entry(entry: Value) -> Option<Self> {
        serde_json::from_value(entry).ok()
    }
}

/// Trials that became wanted, and about how many more will be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// How many of the new ones were finished before.
    pub finished: usize,
    /// How many of the new ones wait to be executed.
    pub waiting: usize,
    /// About how many more will be wanted, all of them.
    pub later: usize,
    /// What is new, by model: at first everything.
    pub added: Vec<WantedTrials>,
    /// What will be wanted later, by model and size.
    pub expected: Vec<LaterTrials>,
}

impl Scheduled {
    /// What is `added`, and what will be wanted later.
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
    /// Sizes at which it was tried, each as often as it may be retried.
    pub tried: Vec<u64>,
    /// Trials of it that were not started.
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
