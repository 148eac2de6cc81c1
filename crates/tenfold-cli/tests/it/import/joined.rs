//! Imported runs in a study: they share its fit, are marked, and count once however often they are
//! imported.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{import, written};
use crate::program::{SMALL_STUDY, run_well, write_study};

const RUNS: &str = "\
curve,size,seed,error
mlp,64,0,0.5
mlp,1024,0,0.25
mlp,2048,0,0.22
old,32,0,0.6
old,64,0,0.5
";

fn fits(folder: &Path) -> Vec<Value> {
    let text = run_well(folder, &["fit", "--json"]).stdout;
    let document: Value = serde_json::from_str(&text).unwrap();
    document["curves"].as_array().unwrap().clone()
}

#[test]
fn imported_runs_join_measured_ones_in_one_fit_and_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path();
    write_study(study, SMALL_STUDY);
    run_well(study, &["run"]);
    let before = fits(study);
    run_well(study, &["report"]);
    let page = fs::read_to_string(study.join(".tenfold/report.html")).unwrap();
    assert!(!page.contains("\"pt imp\"") && !page.contains("imported<"), "nothing is hollow");
    assert_eq!(before[0].get("imported"), None);
    written(study, "runs.csv", RUNS);
    let seen = import(study, &["csv", "runs.csv", "--into", "."]);
    assert!(seen.stderr.contains("Nothing is written"), "{}", seen.stderr);
    assert!(!study.join(".tenfold/imported").exists());
    let done = import(study, &["csv", "runs.csv", "--into", ".", "--yes"]);
    assert!(done.stdout.contains("joined . (5 runs new)"), "{}", done.stdout);

    let after = fits(study);
    let names: Vec<&str> = after.iter().filter_map(|curve| curve["curve"].as_str()).collect();
    assert_eq!(names, ["mlp", "linear", "old"], "curves of other names follow");
    let points = |curve: &Value| curve["points"].as_u64().unwrap();
    assert_eq!(points(&after[0]), points(&before[0]) + 2, "64 is a replicate, two sizes are new");
    assert_eq!(after[1], before[1], "a curve without imported runs stays as it is");
    let imported = after[0]["imported"].as_array().unwrap();
    assert_eq!(imported.len(), 3);
    assert_eq!(imported[0]["source"], "csv runs.csv");
    assert_eq!(imported[1]["size"], 1024);

    let told = run_well(study, &["fit"]);
    let note = "note: mlp: 3 of 13 runs are imported (csv runs.csv), at 64, 1,024, 2,048";
    assert!(told.stderr.contains(note), "{}", told.stderr);
    run_well(study, &["report"]);
    let page = fs::read_to_string(study.join(".tenfold/report.html")).unwrap();
    assert!(page.contains(&note["note: ".len()..]), "the page has the note");
    // Two sizes of `mlp` and both of `old`, drawn for three widths; one seed at 64; keys: two in
    // pictures, one in the legend.
    let drawn = |class: &str| page.matches(&format!("class=\"{class}\"")).count();
    assert_eq!((drawn("pt imp"), drawn("seed imp")), (3 * (2 + 2) + 3, 3));
    assert!(page.contains("(3 of 13 runs imported)") && page.contains("(2 of 2 runs imported)"));
    assert_eq!(page.matches("imported</text>").count(), 2, "the key in the pictures");
    assert_eq!(page.matches("</svg>imported</li>").count(), 1, "the key in the legend");

    written(study, "loss.csv", "size,val_loss\n64,0.5\n");
    let other = import(study, &["csv", "loss.csv", "--into", ".", "--yes"]);
    assert_eq!(
        other.stderr.trim_end(),
        "error: `val_loss` was taken for loss, `.` measures error-rate\nhint: `--metric` with \
         another one, or `--kind error-rate` if it is in the same unit"
    );
    let again = import(study, &["csv", "runs.csv", "--into", ".", "--yes"]);
    assert!(again.stdout.contains("(0 runs new; 5 were there already"), "{}", again.stdout);
    assert_eq!(fits(study), after, "importing twice changes nothing");
}

#[test]
fn a_study_of_imported_runs_alone_has_a_fit() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    let rows: Vec<String> = (5..12)
        .map(|power| format!("{},{}", 1 << power, 0.9 * f64::from(1 << power).powf(-0.4)))
        .collect();
    written(folder.path(), "runs.csv", format!("size,error\n{}\n", rows.join("\n")));
    let words = ["csv", "runs.csv", "--name", "mlp", "--into", ".", "--yes"];
    assert_eq!(import(folder.path(), &words).code, Some(0));
    let fitted = fits(folder.path());
    let slope = fitted[0]["parameters"]["beta_g"]["value"].as_f64().unwrap();
    assert!((slope + 0.4).abs() < 1e-3, "{slope}");
}

#[test]
fn a_damaged_file_of_imported_runs_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    fs::create_dir_all(folder.path().join(".tenfold/imported")).unwrap();
    written(folder.path(), ".tenfold/imported/runs.jsonl", "{\"id\": \"x\"}\n");
    let ran = crate::program::run(folder.path(), &["fit"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("the line is not an imported run"), "{}", ran.stderr);
    assert!(ran.stderr.contains("runs.jsonl:1"), "{}", ran.stderr);
}
