//! Levers end to end: a curve of a study with one thing changed beside more data, next to the
//! unchanged curve.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, run_well, write_study};

/// Wrong labels on the images that come with the program, and a lever that does nothing.
const STUDY: &str = r#"
[study]
name = "labels"
[data]
builtin = "fashion-mnist-14"
validation = 500
test = 1000
[shards]
sizes = [64, 128, 256, 512, 1024]
seeds = 2
[[model]]
name = "linear"
learner = "linear"
[model.train]
steps = 150
[[lever]]
name = "careless"
transform = "wrong-labels"
rate = 0.4
[[lever]]
name = "nothing"
transform = "wrong-labels"
rate = 0
"#;

#[test]
fn wrong_labels_cost_what_the_report_says_and_nothing_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), STUDY);
    let ran = run_well(folder.path(), &["run"]);
    // The lever that changes nothing gives the same trials as the unchanged model, so that they are
    // trained once.
    assert!(ran.stderr.contains("20 trials trained"), "{}", ran.stderr);
    let fit: Value =
        serde_json::from_str(&run_well(folder.path(), &["fit", "--json"]).stdout).unwrap();
    let curves: Vec<&str> = fit["curves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["curve"].as_str().unwrap())
        .collect();
    assert_eq!(curves, ["linear", "linear+careless", "linear+nothing"]);
    let compared = run_well(folder.path(), &["compare", "--at", "1024", "--json"]).stdout;
    let compared: Value = serde_json::from_str(&compared).unwrap();
    let pair = |a: &str, b: &str| {
        let pairs = compared["pairs"].as_array().unwrap();
        pairs.iter().find(|pair| pair["a"] == a && pair["b"] == b).unwrap().clone()
    };
    let careless = pair("linear", "linear+careless");
    assert_eq!(careless["verdict"], "a", "{careless}");
    assert_eq!(careless["same_test_examples"], true);
    assert_eq!(pair("linear", "linear+nothing")["verdict"], "too-close");
    run_well(folder.path(), &["report"]);
    let page = fs::read_to_string(folder.path().join(".tenfold/report.html")).unwrap();
    assert!(page.contains("linear+careless changes its training examples by"), "the page");
    assert!(page.contains("wrong-labels.rate"), "the page");
}

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_lever_of_other_data_is_told_before_the_first_trial() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..200).map(|row| format!("{row},{}", 3 * row)).collect();
    write(&folder.path().join("a.csv"), &format!("x,price\n{}\n", rows.join("\n")));
    write_study(
        folder.path(),
        "[data]\npath = \"a.csv\"\ntarget = \"price\"\n[[model]]\nlearner = \"linear\"\n[[lever]]\n\
         transform = \"oversample\"\nbalance = 1\n",
    );
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let said = "lever `oversample` does not fit the data: `oversample` needs classes, and the data \
                have none";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}
