//! Trials on several ranks, as the program runs them; `scripts/test-mpi` runs them with a real
//! `mpirun`.

use std::fs;
use std::path::Path;

use tenfold::executor::runners::ranks::job::{RankJob, RankReport};
use tenfold::executor::runners::ranks::{launcher, member};
use tenfold::prepared::Prepared;
use tenfold::store::StudyFolder;
use tenfold::study;
use tenfold::trial::{Attempt, AttemptToken, Outcome, Trial};
use tenfold_train::ranks::Threads;

use crate::program::{run, write_study};

const STUDY: &str = r#"
[data]
builtin = "fashion-mnist-14"
validation = 256
test = 256

[shards]
sizes = [64, 96]

[[model]]
learner = "resnet"
width = 2
depth = 1
ranks = 2
[model.train]
steps = 20
chunks = 4
"#;

fn prepare(folder: &Path, text: &str) -> (Prepared, Trial) {
    write_study(folder, text);
    let study = study::load(&folder.join("study.toml")).unwrap();
    let data = Prepared::new(&study).unwrap();
    let trial = data.find("resnet", 96, 1, 0).unwrap();
    (data, trial)
}

/// The reports of `ranks` threads for a job with the id of `trial`.
fn report_of(folder: &Path, ranks: usize, trial: &Trial) -> (Vec<bool>, RankReport) {
    StudyFolder::create(folder).unwrap().create_trial(&trial.id).unwrap();
    let attempt = Attempt { token: AttemptToken::fresh(1), trial: trial.clone(), number: 1 };
    let job = RankJob {
        study_file: folder.join("study.toml"),
        study_text: STUDY.to_owned(),
        attempt: (&attempt).into(),
        ranks: 2,
        report: folder.join("report"),
    };
    let ended = std::thread::scope(|scope| {
        let start = |mut rank: Threads| {
            let job = &job;
            scope.spawn(move || member::train(job, &mut rank).is_ok())
        };
        let threads: Vec<_> = Threads::group(ranks).into_iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let text = fs::read_to_string(&job.report).unwrap();
    (ended, serde_json::from_str(&text).unwrap())
}

#[test]
fn ranks_report_the_result_of_one_and_have_its_identity() {
    let folder = tempfile::tempdir().unwrap();
    let (_, trial) = prepare(folder.path(), STUDY);
    let (ended, report) = report_of(folder.path(), 2, &trial);
    assert_eq!(ended, [true, true]);
    let RankReport::Measured { document } = report else { panic!("{report:?}") };
    let outcome = Outcome::parse(&document, &trial.id).unwrap();

    let alone = tempfile::tempdir().unwrap();
    let (data, same) = prepare(alone.path(), &STUDY.replace("ranks = 2", "ranks = 1"));
    assert_eq!(same.id, trial.id, "ranks are part of the identity");
    let trained = tenfold_train::train(&data.job(&same, None).unwrap(), &mut |_| {
        tenfold_train::Continue::Yes
    });
    let attempt = Attempt { token: AttemptToken::fresh(2), trial: same, number: 1 };
    let expected = Outcome::new(&attempt, &trained.unwrap(), outcome.seconds);
    assert_eq!(outcome, Outcome { attempt: outcome.attempt.clone(), ..expected });
}

#[test]
fn ranks_that_do_not_know_of_each_other_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_, trial) = prepare(folder.path(), STUDY);
    let (ended, report) = report_of(folder.path(), 1, &trial);
    assert_eq!(ended, [false]);
    let RankReport::Failed { reason } = report else { panic!("{report:?}") };
    assert!(reason.starts_with("rank 0: MPI knows of 1 ranks where the study wants 2"), "{reason}");
}

#[test]
fn ranks_with_other_data_refuse_the_trial() {
    let folder = tempfile::tempdir().unwrap();
    let (_, trial) = prepare(folder.path(), &STUDY.replace("steps = 20", "steps = 21"));
    let (ended, report) = report_of(folder.path(), 2, &trial);
    assert_eq!(ended, [false, false]);
    let RankReport::Failed { reason } = report else { panic!("{report:?}") };
    assert!(reason.contains("not those that the trial was planned with"), "{reason}");
}

#[test]
fn without_mpi_a_study_with_ranks_is_refused_before_anything_is_read() {
    if launcher::HAS_MPI {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), STUDY.trim_start());
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r"
    error: model `resnet` wants ranks, and this `tenfold` was built without MPI
      --> study.toml:13:9
    13 | ranks = 2
       |         ^
    hint: build it with `--features mpi`, or take the line out: the results are the same
    ");
    assert_eq!(run(folder.path(), &["train-rank", "job"]).code, Some(2));
}
