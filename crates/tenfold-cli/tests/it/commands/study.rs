//! Errors in the command of a study file, and studies that the program writes for a command.

use std::fs;

use super::{FALLING, study_of, write};
use crate::program::{Ran, run, run_well, write_study};

/// The message for a study file with this model.
fn refused(model: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write_study(
        folder.path(),
        &format!("[shards]\nsizes = [10, 20]\n[[model]]\nname = \"mine\"\n{model}\n"),
    );
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(!folder.path().join(".tenfold/study.sqlite").exists() || ran.stdout.is_empty());
    ran.stderr
}

#[test]
fn slips_in_a_command_are_found_before_anything_runs() {
    insta::assert_snapshot!(refused("command = \"python train.py\""), @r#"
    error: `model.command` is a string, a list of strings is needed
     --> study.toml:5:11
    5 | command = "python train.py"
      |           ^^^^^^^^^^^^^^^^^ a string
    hint: `command = ["python", "train.py"]`
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\", \"x.sh\", \"{szie}\"]"), @r#"
    error: `model.command` has the placeholder `{szie}`, which is unknown
     --> study.toml:5:27
    5 | command = ["sh", "x.sh", "{szie}"]
      |                           ^^^^^^ unknown
    hint: did you mean `{size}`?
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\", \"x.sh\", \"{indices}\"]"), @r#"
    error: `{indices}` needs to know which examples there are
     --> study.toml:5:27
    5 | command = ["sh", "x.sh", "{indices}"]
      |                           ^^^^^^^^^ the study has no `[data]`
    hint: `[data]` with `examples = 50000`, or with `path` if Tenfold can read them
    "#);
    insta::assert_snapshot!(refused("command = [\"shh\", \"x.sh\"]"), @r#"
    error: there is no program `shh`
     --> study.toml:5:11
    5 | command = ["shh", "x.sh"]
      |           ^^^^^^^^^^^^^^^ not found
    hint: did you mean `sh`?
    "#);
    // The study file exists but is not executable.
    insta::assert_snapshot!(refused("command = [\"./study.toml\"]"), @r#"
    error: `./study.toml` is not executable
     --> study.toml:5:11
    5 | command = ["./study.toml"]
      |           ^^^^^^^^^^^^^^^^ not executable
    hint: chmod +x ./study.toml, or begin with what runs it: ["sh", "./study.toml"]
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\"]\nwidth = 8"), @r"
    error: `width` is a setting of the built-in learners, not of a command
     --> study.toml:6:1
    6 | width = 8
      | ^^^^^ has no effect here
    hint: write it into the command, or search it: `width = [...]`
    ");
    insta::assert_snapshot!(refused("command = [\"sh\"]\nresult = \"error=[0-9]+\""), @r#"
    error: `model.result` has no group that holds the error
     --> study.toml:6:10
    6 | result = "error=[0-9]+"
      |          ^^^^^^^^^^^^^^ no `(…)`
    hint: for example `result = 'error=([0-9.]+)'`
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\"]\ntimeout = \"soon\""), @r#"
    error: `model.timeout` is "soon", a time such as `"30m"` is needed
     --> study.toml:6:11
    6 | timeout = "soon"
      |           ^^^^^^ not a time
    hint: units are s, m, h and d: `"1h 30m"`
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\"]\nmemory = \"much\""), @r#"
    error: `model.memory` is "much", an amount such as `"4G"` is needed
     --> study.toml:6:10
    6 | memory = "much"
      |          ^^^^^^ not an amount of memory
    hint: units are k, M, G and T, by 1,024; at least `"1M"`
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\"]\nfolder = \"gone\""), @r#"
    error: there is no folder `./gone` to run in
     --> study.toml:6:10
    6 | folder = "gone"
      |          ^^^^^^ not found
    "#);
    insta::assert_snapshot!(refused("command = [\"sh\"]\n[model.search]\nsize = [1, 2]"), @r"
    error: `size` stands for something else in every command
     --> study.toml:7:1
    7 | size = [1, 2]
      | ^^^^ taken
    hint: give the setting another name, such as `size_value`
    ");
    insta::assert_snapshot!(refused("command = [\"sh\"]\nlearner = \"mlp\""), @r#"
    error: `model.command` and `model.learner` are both given, one of them is needed
     --> study.toml:6:1
    6 | learner = "mlp"
      | ^^^^^^^
    hint: take one of the two lines out
    "#);
}

#[test]
fn sizes_need_an_end_where_nobody_knows_the_data() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), "[[model]]\ncommand = [\"sh\", \"{size}\"]\n");
    let ran = run(folder.path(), &["run"]);
    insta::assert_snapshot!(ran.stderr, @r"
    error: `shards.sizes` has no end, and without `[data]` nobody knows how many examples there are
     --> study.toml
    hint: `sizes = { from = 64, to = 8192, factor = 2 }`, or `examples = 50000` in `[data]`
    ");
}

#[test]
fn init_writes_a_study_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train.sh"), "echo \"{\\\"error\\\": 0.$1$2}\" > $3\n");
    let words = ["init", "--command", "sh train.sh {size} '{seed}' {out}", "--sizes", "10..80"];
    run_well(folder.path(), &words);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("inputs = [\"train.sh\"]"), "{text}");
    let ran = run_well(folder.path(), &["run"]);
    assert!(ran.stderr.contains("12 trials trained"), "{}", ran.stderr);
    let again = run(folder.path(), &words);
    assert!(again.stderr.contains("`./study.toml` is already there"), "{}", again.stderr);
    let bare = run_well(folder.path(), &["init", "--force", "--command", "sh train.sh"]);
    for name in ["{size}", "{seed}", "{out}"] {
        assert!(bare.stderr.contains(name), "{}", bare.stderr);
    }
    let open = run(folder.path(), &["init", "--force", "--command", "sh 'train.sh"]);
    assert_eq!(open.code, Some(2));
    assert!(open.stderr.contains("a quote is not closed"), "{}", open.stderr);
}

#[test]
fn measure_needs_no_study_file_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("train.sh"),
        "awk \"BEGIN { printf \\\"val_err=%.6f\\n\\\", $1 ^ -0.4 * (1 + 0.01 * $2) }\"\n",
    );
    let words = [
        "measure",
        "--sizes",
        "64..2048",
        "--seeds",
        "2",
        "--result",
        "val_err=(\\S+)",
        "--at",
        "4096,1M",
        "--json",
        "--",
        "sh",
        "train.sh",
        "{size}",
        "{seed}",
    ];
    // Lines about the progress of the runs come before the answer.
    let last = |ran: &Ran| ran.stdout.lines().last().unwrap_or_default().to_owned();
    let first = run_well(folder.path(), &words);
    let document: serde_json::Value = serde_json::from_str(&last(&first)).unwrap();
    assert_eq!(document["schema"], "tenfold.forecast/1");
    let error = document["curves"][0]["forecasts"][0]["error"].as_f64().unwrap();
    let expected = 4096_f64.powf(-0.4);
    // The two seeds differ by one per cent.
    assert!((error / expected - 1.0).abs() < 0.02, "{error} for {expected}");
    let again = run_well(folder.path(), &words);
    assert_eq!(last(&again), last(&first));
    assert!(again.stdout.contains("\"finished\":12"), "{}", again.stdout);
    assert!(!again.stdout.contains("\"event\":\"started\""), "{}", again.stdout);
    run_well(folder.path(), &["status", "tenfold-measure"]);
    let wrong = run(folder.path(), &["measure", "--sizes", "64..8", "--", "sh"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("hint: --sizes 8..64"), "{}", wrong.stderr);
    let wrong = run(folder.path(), &["measure", "--sizes", "8..64", "--", "sh", "{szie}"]);
    assert!(wrong.stderr.contains("did you mean `{size}`?"), "{}", wrong.stderr);
}

#[test]
fn a_report_of_commands_says_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(FALLING, ""));
    run_well(folder.path(), &["run", "-q"]);
    run_well(folder.path(), &["report", "-o", "report.html"]);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("mine") && page.contains("<svg"));
    assert!(!page.contains(", 0 examples"), "there are no data to speak of");
    let planned = run_well(folder.path(), &["run", "--dry-run"]).stdout;
    assert!(planned.contains("how long is told once a trial has finished"), "{planned}");
}
