//! A study whose settings are searched at a quarter of each size, end to end.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tenfold::prepared::Prepared;
use tenfold::store::{Database, StudyFolder, TrialRow};
use tenfold::study;
use tenfold::study::schedule::TrialKey;
use tenfold::trial::TrialId;
use tenfold_train::Share;

use crate::program::{run_well, write_study};

/// Nine settings; 512 and 1024 are searched at 128 and 256, the others at 64.
pub(crate) const STUDY: &str = r#"
[study]
name = "carried"
search = "carried"
[data]
builtin = "fashion-mnist-14"
validation = 500
test = 500
[shards]
sizes = { from = 64, to = 1024, factor = 2 }
seeds = 2
[[model]]
name = "mlp"
learner = "mlp"
depth = 1
[model.train]
steps = 80
[model.search]
learning_rate = [1e-3, 3e-3, 1e-2]
width = [4, 8, 16]
"#;

fn rows(folder: &Path) -> Vec<TrialRow> {
    Database::read(&StudyFolder::open(folder)).unwrap().trials().unwrap()
}

fn prepared(folder: &Path, text: &str) -> Prepared {
    Prepared::new(&study::parse(text, &folder.join("study.toml")).unwrap()).unwrap()
}

#[test]
fn the_winner_at_a_quarter_is_all_that_is_trained_at_the_size() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), STUDY);
    run_well(folder.path(), &["run", "--workers", "2"]);
    let rows = rows(folder.path());
    let at = |size: u64| -> Vec<(u64, usize)> {
        let of_size = rows.iter().filter(|row| row.planned.size == size);
        of_size.map(|row| (row.planned.seed, row.planned.candidate)).collect()
    };
    for size in [512, 1024] {
        let [(0, first), (1, second)] = at(size)[..] else { panic!("{:?}", at(size)) };
        assert_eq!(first, second);
    }
    // An eighth of the updates for nine, a quarter for three, the whole for two.
    let stopped = |from: usize| at(128).iter().filter(|one| one.1 / 9 == from).count();
    assert_eq!((stopped(2), stopped(1)), (9, 3));
    let whole: BTreeSet<usize> =
        at(128).iter().filter(|one| one.1 < 9 && one.0 == 0).map(|one| one.1).collect();
    assert!(whole.contains(&at(512)[0].1), "{whole:?}");
    // What is said about it.
    let fit = run_well(folder.path(), &["fit", "--json"]).stdout;
    let fit: Value = serde_json::from_str(&fit).unwrap();
    assert_eq!(fit["curves"][0]["points"], 5);
    run_well(folder.path(), &["report", "-o", "page.html"]);
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("Searched at"));
    assert!(page.contains("settings were searched at a quarter of each size"));
    // Nothing is trained again, and nothing is in the way of cleaning up.
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("0 trials trained"), "{}", again.stderr);
    let cleaned = run_well(folder.path(), &["clean", "--only", "stale-trials"]).stdout;
    assert!(cleaned.contains("nothing to remove"), "{cleaned}");
}

#[test]
fn the_same_trials_run_on_one_thread_and_on_three() {
    let plan = |threads: &str| {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), STUDY);
        run_well(folder.path(), &["run", "--workers", threads]);
        let rows = rows(folder.path()).into_iter();
        let errors: Vec<_> = rows
            .map(|row| (row.planned.trial, row.measured.map(|m| m.test_error.to_bits())))
            .collect();
        errors
    };
    assert_eq!(plan("1"), plan("3"));
}

#[test]
fn a_candidate_that_goes_on_begins_where_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), STUDY);
    run_well(folder.path(), &["run", "--workers", "1"]);
    let data = prepared(folder.path(), STUDY);
    let store = StudyFolder::open(folder.path());
    let grid = &data.plan.grids[0];
    let quarters = rows(folder.path()).into_iter().filter(|row| {
        row.planned.size == 128 && grid.share(row.planned.candidate) == Share::QUARTER
    });
    let mut begun = Vec::new();
    for row in quarters {
        let candidate = row.planned.candidate;
        let trial = data.trial(TrialKey { model: 0, size: 128, seed: 0, candidate });
        let history = std::fs::read_to_string(store.history(&trial.id)).unwrap();
        let first: Value = serde_json::from_str(history.lines().next().unwrap()).unwrap();
        begun.push(first["step"].as_u64().unwrap());
        // The checkpoint of the eighth is this trial's now.
        let before = data.rung_before(&trial).unwrap();
        assert!(!store.checkpoint(&before.id).exists());
    }
    let checkpoints = rows(folder.path()).into_iter().filter(|row| {
        let id = TrialId::parse(&row.planned.trial).unwrap();
        store.checkpoint(&id).exists()
    });
    assert_eq!(checkpoints.count(), 0, "candidates that do not go on leave nothing behind");
    // The whole run evaluates after 8 and after 16 updates; an eighth is 10, a quarter 20.
    assert_eq!(begun, [16, 16, 16]);
}

#[test]
fn a_dry_run_counts_the_trials_that_a_run_makes_and_a_budget_keeps_to_them() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), STUDY);
    let dry = run_well(folder.path(), &["run", "--dry-run"]).stdout;
    // 9 at the smallest size and 14 in each of two searches; the first seeds of 128 to 1024, of
    // which two may also be of a search; the second seeds.
    assert!(dry.contains("mlp: about 46 trials"), "{dry}");
    let with_budget = |workers: &str| {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), STUDY);
        let words = ["run", "--budget", "42 trials", "--workers", workers];
        let ran = run_well(folder.path(), &words);
        let rows = rows(folder.path()).into_iter();
        let finished = rows.filter(|row| row.measured.is_some());
        (finished.map(|row| row.planned.trial).collect::<Vec<_>>(), ran.stderr)
    };
    let (one, said) = with_budget("1");
    assert!((30..=42).contains(&one.len()), "{} {said}", one.len());
    assert_eq!(one, with_budget("2").0);
}

#[test]
fn commands_are_searched_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
[study]
search = "carried"
[shards]
sizes = [10, 20, 40, 80]
[[model]]
name = "own"
command = ["true", "{size}", "{rate}"]
[model.search]
rate = [1, 2, 3, 4, 5, 6, 7, 8]
"#;
    let data = prepared(folder.path(), text);
    assert!(!data.plan.is_carried(0));
    assert!(data.facts.carried.is_empty());
    let schedule =
        data.plan.schedule(&std::collections::BTreeMap::new(), &mut |key| data.trial(key));
    let sizes: BTreeSet<u64> = schedule.trials.iter().map(|trial| trial.size).collect();
    assert_eq!((schedule.trials.len(), sizes), (16, BTreeSet::from([10, 80])));
}
