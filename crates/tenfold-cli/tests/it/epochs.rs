//! Sizes that count from 1 are epochs of one run, which is no learning curve.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::program::{run, run_well};

const SAID: &str = "they look like epochs of one training run";

/// A folder with `curves.csv`: two curves at these sizes.
fn folder(sizes: &[u32]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "curve,size,error\n".to_owned();
    for (name, scale) in [("a", 0.5), ("b", 0.6)] {
        for &size in sizes {
            writeln!(text, "{name},{size},{}", scale * f64::from(size).powf(-0.3)).unwrap();
        }
    }
    fs::write(folder.path().join("curves.csv"), text).unwrap();
    folder
}

/// How often the output of `words`, and the page it writes, say that sizes look like epochs.
fn times_said(sizes: &[u32], words: &[&str]) -> usize {
    let folder = folder(sizes);
    let ran = run(folder.path(), words);
    assert!(ran.code.is_some_and(|code| code < 2), "{words:?} {ran:?}");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap_or_default();
    let all = format!("{} {} {page}", ran.stdout, ran.stderr);
    all.split_whitespace().collect::<Vec<_>>().join(" ").matches(SAID).count()
}

const COMMANDS: [&[&str]; 5] = [
    &["fit", "curves.csv"],
    &["forecast", "curves.csv"],
    &["plan", "curves.csv", "--target", "20%"],
    &["diagnose", "curves.csv"],
    &["report", "curves.csv", "-o", "page.html"],
];

#[test]
fn every_command_says_once_that_sizes_look_like_epochs() {
    let epochs: Vec<u32> = (1..=8).collect();
    for words in COMMANDS {
        assert_eq!(times_said(&epochs, words), 1, "{words:?}");
    }
}

#[test]
fn sizes_of_shards_are_not_taken_for_epochs() {
    for sizes in [&[1, 2, 4, 8, 16, 32][..], &[1, 2, 3, 4], &[2, 3, 4, 5, 6, 7]] {
        for words in COMMANDS {
            assert_eq!(times_said(sizes, words), 0, "{words:?} {sizes:?}");
        }
    }
}

#[test]
fn programs_are_told_by_a_warning_of_every_curve() {
    let folder = folder(&[1, 2, 3, 4, 5]);
    for words in &COMMANDS[..4] {
        let ran = run(folder.path(), &[words, &["--json"][..]].concat());
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        for curve in document["curves"].as_array().unwrap() {
            let mut warnings = curve["warnings"].as_array().unwrap().iter();
            let is_it = |warning: &Value| warning["kind"] == "sizes-look-like-epochs";
            assert!(warnings.any(is_it), "{words:?} {curve}");
        }
    }
}

#[test]
fn a_study_with_shards_of_1_to_5_is_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let study = "[study]\nname = \"mine\"\n[shards]\nsizes = [1, 2, 3, 4, 5]\nseeds = 2\n[[model]]\n\
                 name = \"mine\"\nresult = 'error=([0-9.]+)'\n\
                 command = [\"sh\", \"-c\", \"echo error=0.{size}{seed}\"]\n";
    crate::program::write_study(folder.path(), study);
    run_well(folder.path(), &["run", "-q"]);
    let table = run_well(folder.path(), &["fit"]).stdout;
    assert!(!table.split_whitespace().collect::<Vec<_>>().join(" ").contains(SAID), "{table}");
}
