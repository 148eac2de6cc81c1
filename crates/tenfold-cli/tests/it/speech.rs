//! Studies of recordings: sizes in seconds, speakers held out, and what `init` writes.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{has_python, run, run_well, trial_folders, write_study};

/// Reports edits that fall with the number of recordings it is told.
const LISTEN: &str = r#"
import json, sys
indices, test, out = sys.argv[1:4]
told = sum(1 for _ in open(indices))
rows = [[int(40 * told ** -0.4), 40] for _ in open(test)]
json.dump({"error": rows[0][0] / 40, "per_example": rows}, open(out, "w"))
"#;

const STUDY: &str = r#"
[data]
builtin = "spoken-digits"
split = "group:speaker"
validation = 120
test = 120
[shards]
unit = "seconds"
sizes = [16, 64, 128]
seeds = 1
[metric]
name = "character_error_rate"
[[model]]
name = "mine"
command = ["python3", "listen.py", "{indices}", "{test}", "{out}"]
inputs = ["listen.py"]
"#;

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn seconds_are_counted_and_written_out() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("listen.py"), LISTEN);
    write_study(folder.path(), STUDY);
    let ran = run_well(folder.path(), &["run"]);
    assert!(ran.stderr.contains("3 sizes from 16 to 128 seconds"), "{}", ran.stderr);
    run_well(folder.path(), &["report", "-o", "report.html"]);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(
        page.contains("sizes count seconds: 312 (5m12s) in all"),
        "the length is not written out"
    );
    // A digit takes a bit less than half a second.
    for trial in trial_folders(folder.path()) {
        let text = fs::read_to_string(trial.join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&text).unwrap();
        let told = (40.0 / (result["test_error"].as_f64().unwrap() * 40.0)).powf(2.5);
        let seconds = result["size"].as_f64().unwrap();
        assert!((1.2..4.5).contains(&(told / seconds)), "{told} {seconds}");
    }
}

#[test]
fn a_study_of_recordings_is_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_well(folder.path(), &["init", "--builtin", "spoken-digits"]);
    assert!(ran.stderr.contains("720 recordings"), "{}", ran.stderr);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("split = \"group:speaker\"") && text.contains("to = 128,"), "{text}");
    let study = tenfold::study::load(&folder.path().join("study.toml")).unwrap();
    assert_eq!(study.sizes(Some(208)).unwrap(), [2, 4, 8, 16, 32, 64, 128]);
}

#[test]
fn what_does_not_fit_recordings_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("listen.py"), LISTEN);
    let told = |from: &str, to: &str| {
        write_study(folder.path(), &STUDY.replace(from, to));
        run(folder.path(), &["run", "--dry-run"]).stderr
    };
    let message = told("\"seconds\"", "\"tokens\"");
    assert!(message.contains("counted in `seconds` and `examples`"), "{message}");
    let message = told("[[model]]", "[[model]]\nname = \"cnn\"\nlearner = \"cnn\"\n[[model]]");
    assert!(message.contains("which hears nothing"), "{message}");
}

/// A speaker of the training data in a test file would be no new speaker.
#[test]
fn a_test_file_that_shares_a_group_with_the_training_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..60).map(|at| format!("{at},{},{}\n", at % 2, at / 6));
    write(&folder.path().join("train.csv"), &format!("x,y,who\n{}", rows.collect::<String>()));
    write(&folder.path().join("test.csv"), "x,y,who\n1,0,77\n2,1,3\n");
    let text = "[data]\npath = \"train.csv\"\nlabel = \"y\"\nsplit = \"group:who\"\nvalidation = 12\n\
                test = \"test.csv\"\n[shards]\nsizes = [8, 16]\n[[model]]\nname = \"a\"\nlearner = \"linear\"\n";
    write_study(folder.path(), text);
    let ran = run(folder.path(), &["run", "--dry-run"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("row 2 of the file that `data.test` names has `who` 3"),
        "{}",
        ran.stderr
    );
    write(&folder.path().join("test.csv"), "x,y,who\n1,0,77\n2,1,78\n");
    run_well(folder.path(), &["run", "--dry-run"]);
}
