//! `tenfold trial` and `tenfold clean` as a user types them.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::program::{
    SMALL_STUDY, command, run, run_well, start, trial_folders, wait_until, write_study,
};

fn finished_study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run", "-q"]);
    folder
}

fn fit(folder: &Path) -> String {
    run_well(folder, &["fit", "--json"]).stdout
}

fn ids(folder: &Path) -> Vec<String> {
    let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    trial_folders(folder).iter().map(name).collect()
}

/// The one value that `query` gives.
fn value<T: rusqlite::types::FromSql>(folder: &Path, query: &str) -> T {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

fn check_refused(folder: &Path, words: &[&str], expected: &str) {
    let ran = run(folder, words);
    assert_eq!((ran.stderr.as_str(), ran.code), (expected, Some(2)), "tenfold {words:?}");
}

#[test]
fn trials_are_listed_and_filtered() {
    let folder = finished_study();
    let all = run_well(folder.path(), &["trial"]).stdout;
    assert_eq!(all.lines().count(), 1 + ids(folder.path()).len(), "{all}");
    let linear = run_well(folder.path(), &["trial", "--model", "linear", "--size", "64"]).stdout;
    let shown: Vec<Vec<&str>> = linear
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().skip(1).take(4).collect())
        .collect();
    assert_eq!(shown, [["linear", "64", "0", "finished"], ["linear", "64", "1", "finished"]]);
    assert!(all.contains("learning_rate=0.003"), "a search shows what differs:\n{all}");
    assert!(!linear.contains("learning_rate"), "two seeds differ in nothing:\n{linear}");
    let failed = run_well(folder.path(), &["trial", "--state", "failed"]).stdout;
    assert_eq!(failed, "no such trials\n");
    check_refused(
        folder.path(),
        &["trial", "--model", "liner"],
        "error: the study has no model `liner`; it has linear, mlp\nhint: `--model linear`\n",
    );
    let json = run_well(folder.path(), &["trial", "--model", "linear", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "tenfold.trials/1");
    assert_eq!(json["trials"].as_array().unwrap().len(), 10);
    assert!(json["trials"][0]["test_error"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_trial_is_found_by_the_first_digits_of_its_id() {
    let folder = finished_study();
    let ids = ids(folder.path());
    let id = &ids[0];
    let shown = run_well(folder.path(), &["trial", &id[..10]]).stdout;
    assert!(shown.starts_with(&format!("trial {id}\n  finished  ")), "{shown}");
    let expected = [": finished after ", "test error 0.", "validation error 0.", "120 steps"];
    for part in expected {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    let place = format!("  folder    .tenfold/trials/{}/{id}: history.jsonl (", &id[..2]);
    assert!(shown.contains(&place), "{shown}");
    let log = run_well(folder.path(), &["trial", id, "--log"]).stdout;
    assert!(log.contains("finished after "), "{log}");
    let json = run_well(folder.path(), &["trial", id, "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["attempts"][0]["outcome"], "finished");
    assert_eq!(json["result"]["steps"], 120);
    check_refused(
        folder.path(),
        &["trial", "nothing"],
        "error: no trial of this study begins with `nothing`\nhint: `tenfold trial` lists the \
         trials\n",
    );
    let short: Vec<&str> = ids.iter().map(|id| &id[..8]).collect();
    check_refused(
        folder.path(),
        &["trial", ""],
        &format!(
            "error: {} trials begin with ``: {}, …\nhint: type more digits; `tenfold trial` lists \
             the trials\n",
            ids.len(),
            short[..3].join(", ")
        ),
    );
    fs::remove_file(trial_folders(folder.path())[0].join("log.txt")).unwrap();
    check_refused(
        folder.path(),
        &["trial", id, "--log"],
        &format!(
            "error: trial {} has no log: it has not started\nhint: `tenfold trial {}`\n",
            &id[..8],
            &id[..8]
        ),
    );
}

#[test]
fn a_cancelled_trial_stops_is_shown_and_is_trained_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    // The linear model's trials start first and take hours unless they are cancelled.
    let two = SMALL_STUDY.replace("{ from = 32, to = 512, factor = 2 }", "[256, 512]");
    let (mlp, linear) = two.split_once("name = \"linear\"").unwrap();
    let endless = format!("{mlp}name = \"linear\"{}", linear.replace("120", "100000000"));
    write_study(folder.path(), &endless);
    let mut child = start(command(folder.path(), &["run", "--workers", "2"]));
    let open = "SELECT count(*) FROM attempt JOIN planned USING (trial)
                WHERE model = 'linear' AND ended IS NULL";
    let database = folder.path().join(".tenfold/study.sqlite");
    wait_until("the linear trials", || {
        let count = || Connection::open(&database).ok()?.query_row(open, [], |row| row.get(0)).ok();
        database.exists() && count().is_some_and(|count: i64| count == 2)
    });
    let id_at = |size: u64| -> String {
        let query =
            format!("SELECT trial FROM planned WHERE model = 'linear' AND size = {size} LIMIT 1");
        value(folder.path(), &query)
    };
    let (other, id) = (id_at(256), id_at(512));
    let asked = run_well(folder.path(), &["trial", "cancel", &other, &id[..12]]).stdout;
    let process = child.id();
    let line = |id: &str, size: u64| {
        let id = &id[..8];
        format!(
            "{id}: asked process {process} (`tenfold run`) to cancel linear at {size}, seed 0\n"
        )
    };
    assert_eq!(asked, line(&other, 256) + &line(&id, 512));
    // A size whose first seed was cancelled has no winner, so that no other trial of it is needed.
    let mut ended = None;
    wait_until("the end of the run", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(0));
    let outcome: String =
        value(folder.path(), &format!("SELECT outcome FROM attempt WHERE trial = '{id}'"));
    assert_eq!(outcome, "cancelled");
    let status = run_well(folder.path(), &["status"]).stdout;
    let expected = format!(
        "  cancelled: linear at 512, seed 0: `tenfold run` trains it (log: tenfold trial {} --log)",
        &id[..8]
    );
    assert!(status.contains(&expected), "{status}");
    let listed = run_well(folder.path(), &["trial", "--state", "cancelled"]).stdout;
    assert!(listed.contains(&id[..8]), "{listed}");
    run_well(folder.path(), &["report"]);
    let page = fs::read_to_string(folder.path().join(".tenfold/report.html")).unwrap();
    assert!(page.contains("linear: 2 of 2 trials were cancelled and are left out"), "{page}");
    check_refused(
        folder.path(),
        &["trial", "cancel", &id],
        "error: nothing is running in this study, so there is nothing to cancel\nhint: `tenfold \
         trial --state running` lists what runs\n",
    );
}

#[test]
fn clean_shows_what_it_would_free_and_keeps_what_the_study_wants() {
    let folder = finished_study();
    let before = fit(folder.path());
    let total = ids(folder.path()).len();
    let trials = trial_folders(folder.path());
    fs::File::create(trials[0].join("result.torn.1.json")).unwrap();
    fs::File::create(folder.path().join(".tenfold/study.sqlite.damaged-1")).unwrap();
    let stale = folder.path().join(".tenfold/trials/00/00000000000000000000");
    fs::create_dir_all(&stale).unwrap();
    fs::copy(trials[0].join("result.json"), stale.join("result.json")).unwrap();
    let shown = run_well(folder.path(), &["clean"]).stdout;
    let kinds: Vec<(&str, &str)> = shown
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?)).filter(|_| line.starts_with("  "))
        })
        .collect();
    let logs = total.to_string();
    let expected = [
        ("stale-trials", "1"),
        ("logs", logs.as_str()),
        ("torn-results", "1"),
        ("damaged-databases", "1"),
    ];
    assert_eq!(kinds, expected, "{shown}");
    assert!(shown.lines().last().unwrap().starts_with("would free "), "{shown}");
    assert!(stale.exists() && trials[0].join("log.txt").exists(), "a preview removes nothing");
    run_well(folder.path(), &["clean", "--only", "logs", "--yes"]);
    assert!(stale.exists() && !trials[0].join("log.txt").exists());
    let removed = run_well(folder.path(), &["clean", "--yes"]).stdout;
    assert!(removed.lines().last().unwrap().starts_with("removed, "), "{removed}");
    assert!(!stale.exists());
    assert_eq!(run_well(folder.path(), &["clean"]).stdout, "nothing to remove\n");
    assert_eq!(fit(folder.path()), before);
    assert!(run_well(folder.path(), &["run"]).stderr.contains("0 trials trained"));
    check_refused(
        folder.path(),
        &["clean", "--only", "log"],
        "error: nothing is called `log`; there are stale-trials, logs, checkpoints, torn-results, \
         batches, damaged-databases\nhint: `--only logs`\n",
    );
}

#[test]
fn clean_removes_what_an_edited_study_no_longer_wants() {
    let folder = finished_study();
    let total = ids(folder.path()).len();
    let smaller = SMALL_STUDY.replace("to = 512", "to = 256");
    write_study(folder.path(), &smaller);
    // These are two seeds of the linear model at 512, and the search and another seed of the other
    // model.
    run_well(folder.path(), &["clean", "--yes"]);
    assert_eq!(ids(folder.path()).len(), total - 2 - 4);
    let kept: i64 = value(folder.path(), "SELECT count(*) FROM result");
    assert_eq!(kept as usize, total - 2 - 4);
}

#[test]
fn status_says_how_much_disk_the_study_takes() {
    let folder = finished_study();
    let status = run_well(folder.path(), &["status"]).stdout;
    let last = status.lines().last().unwrap();
    assert!(last.starts_with("disk: ") && last.contains(" kB in trials, "), "{status}");
    let json = run_well(folder.path(), &["status", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let files = trial_folders(folder.path()).into_iter().flat_map(|t| fs::read_dir(t).unwrap());
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(json["disk"]["trials"], bytes);
    assert_eq!(json["disk"]["exact"], true);
}
