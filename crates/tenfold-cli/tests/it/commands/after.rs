//! Trials that depend on trials: a student learns from the files of its teacher.

use std::fs;
use std::path::Path;

use tenfold::study;

use super::books;
use crate::program::{command, run, run_well, start, wait_until, write_study};

/// A teacher that leaves its size and seed in its folder, and a student that reads them.
fn study_with(teacher: &str) -> String {
    let script = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let teacher = script(&format!(
        "{teacher}; echo {{size}} {{seed}} > {{work}}/weights; printf '{{{{\"error\": 0.%d}}}}' {{size}} > {{out}}"
    ));
    let student = script(
        "test \"$(cat {after}/weights)\" = '{size} {seed}' || exit 9; test \"$TENFOLD_AFTER\" = '{after}' || exit 8; \
         echo x >> students; printf '{{\"error\": 0.0%d}}' {size} > {out}",
    );
    format!(
        "[study]\nname = \"pair\"\n[shards]\nsizes = [10, 20, 40]\nseeds = 2\n\
         [[model]]\nname = \"student\"\nafter = \"teacher\"\nretries = 0\n\
         command = [\"sh\", \"-c\", \"{student}\"]\n\
         [[model]]\nname = \"teacher\"\nretries = 0\ncommand = [\"sh\", \"-c\", \"{teacher}\"]\n"
    )
}

#[test]
fn a_trial_starts_when_the_one_before_it_has_finished_and_finds_what_it_left() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_with("sleep 0.05"));
    let ran = run_well(folder.path(), &["run", "--workers", "4"]);
    assert!(ran.stderr.contains("12 trials trained"), "{}", ran.stderr);
    assert_eq!(books(folder.path()), (12, 12), "none was tried in vain");
}

#[test]
fn what_comes_after_a_trial_that_failed_is_told_and_goes_on_once_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_with("test {size} != 20 || test -e mended || exit 5"));
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    // If the first seed of a size failed, no other seed is trained there.
    assert_eq!(books(folder.path()), (8, 9), "a teacher failed, its student was not started");
    let said = ran.stderr.matches("which it comes after, did not finish").count();
    assert_eq!(said, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("failed: student at 20, seed 0: not started: trial "),
        "{}",
        ran.stderr
    );
    super::write(&folder.path().join("mended"), "");
    run_well(folder.path(), &["run", "-q"]);
    assert_eq!(books(folder.path()).0, 12);
}

/// A budget trains in several steps, which are reported as one run.
#[test]
fn within_a_budget_what_was_left_behind_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_with("test {size} != 20 || exit 5"));
    let ran = run(folder.path(), &["run", "--budget", "30 trials"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let said: Vec<&str> =
        ran.stderr.lines().filter(|line| line.contains("which it comes after")).collect();
    let different: std::collections::BTreeSet<&&str> = said.iter().collect();
    assert!(!said.is_empty() && said.len() == different.len(), "{}", ran.stderr);
}

#[test]
fn killed_between_the_two_a_pair_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_with("sleep 0.02"));
    for students in [1, 3] {
        let mut running = start(command(folder.path(), &["run", "-q", "--workers", "2"]));
        let lines = || fs::read_to_string(folder.path().join("students")).unwrap_or_default();
        wait_until("a student has learnt", || lines().lines().count() >= students);
        running.kill().unwrap();
        running.wait().unwrap();
    }
    run_well(folder.path(), &["run", "-q", "--workers", "2"]);
    assert_eq!(books(folder.path()).0, 12);
    let again = run_well(folder.path(), &["run"]).stderr;
    assert!(again.contains("0 trials trained, 12 reused"), "{again}");
}

#[test]
fn a_teacher_that_changes_makes_its_students_others() {
    let ids = |teacher: &str| -> [String; 2] {
        let study = study::parse(&study_with(teacher), Path::new("study.toml")).unwrap();
        let data = tenfold::prepared::Prepared::new(&study).unwrap();
        ["student", "teacher"].map(|model| data.find(model, 10, 1, 0).unwrap().id.to_string())
    };
    let [student, teacher] = ids("true");
    let [other_student, other_teacher] = ids("false");
    assert_ne!(teacher, other_teacher);
    assert_ne!(student, other_student);
    assert_eq!(ids("true"), [student, teacher]);
}

#[test]
fn a_bad_after_is_told() {
    let said = |after: &str, more: &str| {
        let text = format!(
            "[shards]\nsizes = [10, 20]\n[[model]]\nname = \"student\"\n{after}\n\
             command = [\"true\", \"{{after}}\"]\n[[model]]\nname = \"teacher\"\n\
             command = [\"true\"]\n{more}\n"
        );
        let problems = study::parse(&text, Path::new("study.toml")).unwrap_err().to_string();
        let told = |line: &&str| line.starts_with("error") || line.starts_with("hint");
        problems.lines().filter(told).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        said("", ""),
        "error: `{after}` is the folder of a trial before, and `model.after` names none\n\
         hint: `after = \"NAME\"`, the name of another command of the study"
    );
    assert_eq!(
        said("after = \"teachr\"", ""),
        "error: `model.after` is `teachr`, and no model is called that\nhint: did you mean `teacher`?"
    );
    assert_eq!(
        said("after = \"teacher\"", "after = \"student\""),
        "error: `student` would wait for itself\n\
         hint: take `after` out of one of the models\n\
         error: `teacher` would wait for itself\n\
         hint: take `after` out of one of the models"
    );
    assert_eq!(
        said("after = \"teacher\"", "[model.search]\nwidth = [1, 2]"),
        "error: `model.after` is `teacher`, which is searched, and one trial is needed\n\
         hint: give `teacher` the settings that won, without `[model.search]`"
    );
}
