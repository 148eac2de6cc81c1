//! The coordinator with an executor that trains nothing: the order of results, double publication
//! and failures do not change the database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tenfold::executor::clock::Clock;
use tenfold::executor::places::local::Local;
use tenfold::executor::runners::Site;
use tenfold::executor::{AttemptState, Executor};
use tenfold::pipeline::coordinate::Coordinator;
use tenfold::pipeline::{RunEvent, RunSummary, Stop};
use tenfold::prepared::Prepared;
use tenfold::store::files::Published;
use tenfold::store::{Database, PlannedTrial, StoreError, StudyFolder, TrialState};
use tenfold::study;
use tenfold::study::schedule::TrialKey;
use tenfold::trial::{Attempt, AttemptToken, Outcome};
use tenfold_train::Trained;

use crate::program::SMALL_STUDY;
use crate::scripted::Scripted;

/// An error that depends only on the trial; candidate 1 is the best.
fn trained(attempt: &Attempt) -> Trained {
    let trial = &attempt.trial;
    let away = (trial.candidate as f64 - 1.0).abs();
    let error = (trial.size as f64).powf(-0.3) * (1.0 + 0.1 * away + 0.01 * trial.seed as f64);
    Trained {
        other_errors: BTreeMap::new(),
        validation_error: error,
        test_error: error,
        train_error: error / 2.0,
        test_statistics: vec![0.0, 1.0],
        validation_statistics: Vec::new(),
        aggregate: tenfold_core::Aggregate::MEAN,
        parameter_count: 10,
        training_flop: 1.0,
        steps: 1,
        best_step: 1,
        converged: true,
        history: Vec::new(),
        notes: Vec::new(),
    }
}

/// Publishes the result that `attempt` would have.
fn publish(folder: &StudyFolder, attempt: &Attempt) -> AttemptState {
    let id = &attempt.trial.id;
    folder.create_trial(id).unwrap();
    let outcome = Outcome::new(attempt, &trained(attempt), 0.5);
    let document = serde_json::to_string(&outcome).unwrap();
    match folder.publish(id, &attempt.token, &document).unwrap() {
        Published::Won => AttemptState::Published,
        Published::Lost => AttemptState::Fenced,
    }
}

struct Ran {
    summary: anyhow::Result<RunSummary>,
    planned: Vec<(PlannedTrial, TrialState)>,
    finished: usize,
}

/// Runs the small study in `place` with `executor`.
fn run(place: &Path, make: impl FnOnce(StudyFolder) -> Box<dyn Executor>) -> Ran {
    let study = study::parse(SMALL_STUDY, &place.join("study.toml")).unwrap();
    let data = Prepared::new(&study).unwrap();
    let folder = StudyFolder::create(place).unwrap();
    let database = Database::open(&folder).unwrap();
    let (clock, stop) = (Clock::start(), Stop::default());
    let coordinator = Coordinator {
        study: &study,
        data: &data,
        folder: &folder,
        database: &database,
        clock: &clock,
        stop: &stop,
        is_detached: false,
    };
    let mut finished = 0;
    let mut executor = make(folder.clone());
    let summary = coordinator.run(&mut *executor, &mut |event| {
        finished += usize::from(matches!(event, RunEvent::Finished { .. }));
    });
    let rows = database.trials().unwrap().into_iter();
    Ran { summary, planned: rows.map(|row| (row.planned, row.state)).collect(), finished }
}

#[test]
fn results_in_any_order_lead_to_the_same_plan() {
    let mut plans = Vec::new();
    for (capacity, is_last_first) in [(1, false), (2, false), (8, false), (8, true), (64, true)] {
        let place = tempfile::tempdir().unwrap();
        let ran = run(place.path(), |folder| {
            let script = move |attempt: &Attempt| publish(&folder, attempt);
            Box::new(Scripted::new(capacity, is_last_first, script))
        });
        assert_eq!(ran.summary.unwrap().trained, ran.finished);
        assert!(ran.planned.iter().all(|(_, state)| *state == TrialState::Finished));
        plans.push(ran.planned);
    }
    assert!(plans.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_result_that_somebody_else_published_counts_once() {
    let place = tempfile::tempdir().unwrap();
    let ran = run(place.path(), |folder| {
        let script = move |attempt: &Attempt| {
            publish(&folder, attempt);
            publish(&folder, attempt)
        };
        Box::new(Scripted::new(2, false, script))
    });
    let summary = ran.summary.unwrap();
    assert_eq!(summary.trained, ran.planned.len());
    assert!(summary.failed.is_empty());
}

#[test]
fn a_trial_that_fails_twice_is_left_out_and_the_others_go_on() {
    let place = tempfile::tempdir().unwrap();
    let ran = run(place.path(), |folder| {
        let script = move |attempt: &Attempt| {
            let trial = &attempt.trial;
            if trial.model == "linear" && trial.size == 64 {
                return AttemptState::Failed { reason: "no reason".to_owned() };
            }
            publish(&folder, attempt)
        };
        Box::new(Scripted::new(2, false, script))
    });
    let summary = ran.summary.unwrap();
    let failed: Vec<(u64, u64)> =
        summary.failed.iter().map(|failed| (failed.trial.size, failed.trial.seed)).collect();
    // A size whose first seed failed has no winner, so that its second seed is never trained.
    assert_eq!(failed, [(64, 0)]);
    assert_eq!(summary.retried, 1);
    assert_eq!(ran.finished + 1, ran.planned.len());
}

#[test]
fn a_trial_that_fails_once_is_tried_again() {
    let place = tempfile::tempdir().unwrap();
    let ran = run(place.path(), |folder| {
        let script = move |attempt: &Attempt| {
            if attempt.number == 1 {
                return AttemptState::Failed { reason: "bad luck".to_owned() };
            }
            publish(&folder, attempt)
        };
        Box::new(Scripted::new(3, true, script))
    });
    let summary = ran.summary.unwrap();
    assert!(summary.failed.is_empty());
    assert_eq!((summary.trained, summary.retried), (ran.planned.len(), ran.planned.len()));
}

#[test]
fn a_folder_that_cannot_be_written_stops_the_study_at_once() {
    let place = tempfile::tempdir().unwrap();
    let ran = run(place.path(), |folder| {
        let mut published = 0;
        let script = move |attempt: &Attempt| {
            published += 1;
            if published > 5 {
                return AttemptState::StoreBroken(StoreError::DiskFull { path: "x".into() });
            }
            publish(&folder, attempt)
        };
        Box::new(Scripted::new(2, false, script))
    });
    let error = ran.summary.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(StoreError::DiskFull { .. })), "{error}");
    assert_eq!(ran.finished, 5);
}

#[test]
fn one_attempt_is_stopped_and_the_other_goes_on() {
    let place = tempfile::tempdir().unwrap();
    // Ten thousand steps take seconds, so that the cancellation comes long before the end.
    let text = SMALL_STUDY.replacen("steps = 120", "steps = 10000", 1);
    let study = study::parse(&text, &place.path().join("study.toml")).unwrap();
    let data = Arc::new(Prepared::new(&study).unwrap());
    let folder = StudyFolder::create(place.path()).unwrap();
    let mut executor = Local::new(Site::new(Arc::clone(&data), folder), 2).unwrap();
    let mut submit = |model: usize| {
        let trial = data.trial(TrialKey { model, size: 512, seed: 0, candidate: 0 });
        let token = AttemptToken::fresh(1);
        executor.submit(Attempt { token: token.clone(), trial, number: 1 }).unwrap();
        token
    };
    let (long, short) = (submit(0), submit(1));
    executor.cancel_one(&long);
    let mut ends = BTreeMap::new();
    while ends.len() < 2 {
        for report in executor.states(Duration::from_secs(1)) {
            if !matches!(report.state, AttemptState::Running { .. }) {
                ends.insert(report.token, report.state);
            }
        }
    }
    assert!(matches!(ends[&long], AttemptState::Interrupted), "{ends:?}");
    assert!(matches!(ends[&short], AttemptState::Published), "{ends:?}");
}
