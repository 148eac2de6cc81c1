//! Files that change while a study runs: no result of a changed file counts under an old id.

use std::fs;
use std::path::Path;

use super::{books, write};
use crate::books::rows;
use crate::program::{Ran, command, run, run_well, start, wait_until, write_study};

/// Two models, one trial at a time: `mine`, made of `train.sh` and `config`, and `other`.
fn study(more: &str) -> String {
    format!(
        "[study]\nname = \"mine\"\n{more}[shards]\nsizes = [10, 20, 40, 80]\nseeds = 2\n\
         [[model]]\nname = \"mine\"\ninputs = [\"train.sh\", \"config\"]\n\
         command = [\"sh\", \"train.sh\", \"{{size}}\", \"{{seed}}\", \"{{out}}\"]\n\
         [[model]]\nname = \"other\"\n\
         command = [\"sh\", \"-c\", \"echo '{{{{\\\"error\\\": 0.{{size}}}}}}' > {{out}}\"]\n"
    )
}

/// A script that reads `config`, then does `at` in the trial of 40 examples and seed 1.
fn script(at: &str) -> String {
    format!(
        "factor=$(cat config)\nif [ \"$1.$2\" = 40.1 ]; then {at}; fi\n\
         echo \"{{\\\"error\\\": $(awk \"BEGIN {{ print $factor / $1 + 0.001 * $2 }}\")}}\" > \"$3\"\n"
    )
}

fn errors(folder: &Path) -> Vec<String> {
    let query =
        "SELECT printf('%s %d %d %.6f', p.model, p.size, p.repeat, r.test_error) FROM planned p
                 JOIN result r ON r.trial = p.trial ORDER BY 1";
    rows(folder, query)
}

fn ends(folder: &Path) -> Vec<String> {
    rows(
        folder,
        "SELECT outcome || ': ' || coalesce(reason, '') FROM attempt WHERE outcome <> 'finished'",
    )
}

fn ran_with(at: &str) -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train.sh"), &script(at));
    write(&folder.path().join("config"), "1\n");
    write_study(folder.path(), &study(""));
    let ran = run(folder.path(), &["run", "--workers", "1"]);
    (folder, ran)
}

#[test]
fn a_file_that_changes_during_a_trial_takes_its_result_away_even_if_it_is_put_back() {
    let (reference, ran) = ran_with("true");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let reference = errors(reference.path());
    assert_eq!(reference.len(), 16);
    for change in [
        "echo 2 > config",
        "echo 2 > config; echo 1 > config",
        "cp -p config c; echo 2 > config; factor=2; cp -p c config",
        "cp config c; mv c config",
        "rm config",
    ] {
        let (folder, ran) = ran_with(change);
        let folder = folder.path();
        assert_eq!(ran.code, Some(3), "{change}: {}", ran.stderr);
        assert!(ran.stderr.contains("`config` "), "{change}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("`tenfold run` trains with the file as it is"),
            "{}",
            ran.stderr
        );
        let ends = ends(folder);
        assert_eq!(ends.len(), 1, "{change}: it costs no retry: {ends:?}");
        assert!(ends[0].starts_with("stale: `config` "), "{ends:?}");
        let kept = errors(folder);
        assert_eq!(kept.iter().filter(|line| line.starts_with("other")).count(), 8, "{change}");
        assert!(kept.iter().all(|line| reference.contains(line)), "{change}: {kept:?}");
        assert!(kept.len() < 16, "{change}");
        // With the files restored, finished trials are kept and the rest is trained by the same
        // files. The trial of 40 examples and seed 1 changes its file again, so that the run fails
        // again.
        write(&folder.join("config"), "1\n");
        write(&folder.join("train.sh"), &script(change));
        let again = run(folder, &["run", "--workers", "1"]);
        assert_eq!(again.code, Some(3), "{change}: the same trial does the same: {}", again.stderr);
        assert!(errors(folder).iter().all(|line| reference.contains(line)), "{change}");
    }
}

#[test]
fn a_file_that_is_edited_between_trials_starts_no_more_of_them_and_put_back_all_are_of_one_kind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("train.sh"), &script("true").replace("factor=", "sleep 0.1; factor="));
    write(&folder.join("config"), "1\n");
    write_study(folder, &study(""));
    let first = command(folder, &["run", "--workers", "2"]);
    let mut first = start(first);
    let results = || {
        let found = crate::program::trial_folders(folder).into_iter();
        found.filter(|trial| trial.join("result.json").exists()).count()
    };
    wait_until("some results", || results() >= 3);
    write(&folder.join("config"), "7\n");
    assert_eq!(first.wait().unwrap().code(), Some(3));
    check_all_are_of_one(folder);
    assert!(
        ends(folder).iter().all(|end| end.starts_with("stale: `config` ")),
        "{:?}",
        ends(folder)
    );
    write(&folder.join("config"), "1\n");
    let again = run_well(folder, &["run"]);
    assert!(!again.stderr.contains("stale"), "{}", again.stderr);
    check_all_are_of_one(folder);
    assert_eq!(errors(folder).len(), 16);
}

/// Checks that every result of `mine` belongs to a `config` of 1.
fn check_all_are_of_one(folder: &Path) {
    for line in errors(folder).iter().filter(|line| line.starts_with("mine")) {
        let numbers: Vec<f64> = line.split(' ').skip(1).map(|n| n.parse().unwrap()).collect();
        assert!((numbers[2] - 1.0 / numbers[0] - 0.001 * numbers[1]).abs() < 2e-6, "{line}");
    }
}

#[test]
fn each_result_says_what_it_was_trained_with() {
    let (folder, _) = ran_with("true");
    for trial in crate::program::trial_folders(folder.path()) {
        let text = fs::read_to_string(trial.join("result.json")).unwrap();
        let result: serde_json::Value = serde_json::from_str(&text).unwrap();
        match result["model"].as_str() {
            // The digest is the sha256sum of "1
            // ".
            Some("mine") => assert_eq!(
                result["inputs"]["config"],
                "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
            ),
            _ => assert_eq!(result.get("inputs"), None),
        }
    }
}

#[test]
fn data_that_change_while_commands_read_them_take_their_results_away() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..200).map(|row| format!("{row},{}\n", row % 7)).collect();
    write(&folder.path().join("data.csv"), &format!("x,y\n{}", rows.concat()));
    write(&folder.path().join("config"), "1\n");
    write(&folder.path().join("train.sh"), &script("touch data.csv"));
    write_study(
        folder.path(),
        &study("[data]\npath = \"data.csv\"\ntarget = \"y\"\n[metric]\nname = \"rmse\"\n"),
    );
    let ran = run(folder.path(), &["run", "--workers", "1"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("data.csv` "), "{}", ran.stderr);
    let ends = ends(folder.path());
    assert!(ends.iter().all(|end| end.starts_with("stale: ")), "{ends:?}");
    assert!(books(folder.path()).0 < 16);
}

/// Trains on as many examples as its list has lines.
const COUNTS: &str = "n=$(wc -l < {indices}); echo \"{{\\\"error\\\": $(awk \"BEGIN { print 1 / ($n + 1) }\")}}\" > {out}";

fn counted(folder: &Path) -> Vec<String> {
    rows(
        folder,
        "SELECT printf('%d %.0f', p.size, 1 / r.test_error - 1) FROM planned p
                  JOIN result r ON r.trial = p.trial ORDER BY 1",
    )
}

#[test]
fn a_list_of_examples_that_was_not_written_whole_is_written_again() {
    let study = |script: &str| {
        let study = super::study_of(script, "retries = 0");
        format!("[data]\nexamples = 200\nvalidation = 30\ntest = 20\n{study}")
    };
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study(COUNTS));
    run_well(folder.path(), &["run"]);
    let expected = ["10 10", "10 10", "20 20", "20 20", "40 40", "40 40", "80 80", "80 80"];
    assert_eq!(counted(folder.path()), expected);
    for entry in fs::read_dir(folder.path().join(".tenfold/shards")).unwrap() {
        write(&entry.unwrap().path(), "");
    }
    fs::remove_dir_all(folder.path().join(".tenfold/trials")).unwrap();
    fs::remove_file(folder.path().join(".tenfold/study.sqlite")).unwrap();
    run_well(folder.path(), &["run"]);
    assert_eq!(counted(folder.path()), expected);
    // A list that changes while it is read: it is unknown what the trial was trained on.
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study(&format!("{COUNTS}; echo 7 >> {{indices}}")));
    let ran = run(folder.path(), &["run", "--workers", "1"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("which says what to train on, was changed"), "{}", ran.stderr);
    assert_eq!(counted(folder.path()), Vec::<String>::new());
}

/// A script whose first execution waits; a later one notes whether it finds the files of an earlier
/// one.
const GOES_ON: &str = "if test -e $4/c; then touch used; fi; touch $4/c\n\
                       if ! test -e once; then touch once; sleep 300; fi\n\
                       echo '{\"error\": 0.5}' > $3\n";

#[test]
fn what_an_execution_left_that_was_killed_while_its_input_was_another_is_not_gone_on_with() {
    for is_edited in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(&folder.join("train.sh"), GOES_ON);
        write(&folder.join("config"), "1\n");
        write_study(folder, &study("").replace("\"{out}\"]", "\"{out}\", \"{work}\"]"));
        let mut run = start(command(folder, &["run", "--workers", "1"]));
        wait_until("the first command", || folder.join("once").exists());
        if is_edited {
            write(&folder.join("config"), "2\n");
        }
        run.kill().unwrap();
        run.wait().unwrap();
        if is_edited {
            write(&folder.join("config"), "1\n");
        }
        run_well(folder, &["run", "--workers", "1"]);
        assert_eq!(folder.join("used").exists(), !is_edited);
        let left = crate::program::trial_folders(folder);
        assert!(left.iter().all(|trial| !trial.join("inputs.seen").exists()));
    }
}
