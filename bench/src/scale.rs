//! Prints the time that a study of many finished trials takes to plan, import results, resume, list
//! and report.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin scale -- TENFOLD FOLDER [PYTHON] [TRIALS]
//! ```
//!
//! TENFOLD is the program, FOLDER an empty folder to work in. With a Python that has Optuna, its
//! SQLite storage does the same in the same run. Times of TENFOLD are of whole processes; those of
//! Optuna leave Python's start and imports out.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts others")]

mod child;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use child::{Took, median, run, run_until};
use serde_json::{Value, json};

const MODELS: usize = 4;
const SIZES: usize = 25;

/// Number of runs of each command; the median is printed.
const ROUNDS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let program = fs::canonicalize(&words[0]).unwrap();
    let folder = PathBuf::from(&words[1]);
    let trials: usize = words.get(3).map_or(100_000, |word| word.parse().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let folder = fs::canonicalize(folder).unwrap();
    let study = folder.join("study");
    fs::create_dir_all(&study).unwrap();
    fs::write(study.join("study.toml"), study_text(trials)).unwrap();
    println!("{trials} trials, medians of {ROUNDS} rounds:");
    let tenfold = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(words).current_dir(&study).env("CI", "1");
        command
    };

    let marker = folder.join("marker");
    let plans = (0..ROUNDS).map(|_| {
        drop(fs::remove_dir_all(study.join(".tenfold")));
        drop(fs::remove_file(&marker));
        let mut command = tenfold(&["run", "-q"]);
        // The run is stopped when the first trial is about to start, because the plan is then on
        // disk.
        command.env("TENFOLD_FAULT", format!("after-lease:1:{}", marker.display()));
        run_until(&mut command, &folder, &|| marker.exists())
    });
    show("plan", &plans.collect::<Vec<_>>());

    let listed = run(&mut tenfold(&["trial", "--json"]), &folder).printed;
    let seconds = write_results(&study, &serde_json::from_str(&listed).unwrap());
    println!("  (the bench wrote the result files, not synced, in {seconds:.1} s)");
    let builds = (0..ROUNDS).map(|_| {
        drop(fs::remove_file(study.join(".tenfold/study.sqlite")));
        run(&mut tenfold(&["run", "-qq"]), &folder)
    });
    show("plan and take in every result file, no database", &builds.collect::<Vec<_>>());
    let commands: [(&str, &[&str]); 5] = [
        ("resume a finished study (`run`)", &["run", "-qq"]),
        ("`status`", &["status"]),
        ("list every trial (`trial --json`)", &["trial", "--json"]),
        ("best of each group, fits (`fit`)", &["fit"]),
        ("best of each group, fits, page (`report`)", &["report"]),
    ];
    for (name, words) in commands {
        let rounds = (0..ROUNDS).map(|_| run(&mut tenfold(words), &folder));
        show(name, &rounds.collect::<Vec<_>>());
    }
    let entries = |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let outer: Vec<PathBuf> = entries(&study.join(".tenfold/trials")).collect();
    let largest = outer.iter().map(|path| entries(path).count()).max().unwrap();
    let bytes = fs::metadata(study.join(".tenfold/study.sqlite")).unwrap().len();
    println!(
        "  {} folders of at most {largest}; database {:.1} MB",
        outer.len(),
        bytes as f64 / 1e6
    );
    if let Some(python) = words.get(2) {
        optuna(python, &folder, trials);
    }
}

fn show(name: &str, rounds: &[Took]) {
    let seconds = median(rounds.iter().map(|took| took.seconds).collect());
    let processor = median(rounds.iter().map(|took| took.processor_seconds).collect());
    let megabytes = rounds.iter().map(|took| took.megabytes).fold(0.0, f64::max);
    println!("  tenfold {name}: {seconds:.2} s ({processor:.2} s of processor), {megabytes:.0} MB");
}

/// A study of commands that wants `trials` trials from the start: the whole grid at every size.
fn study_text(trials: usize) -> String {
    let candidates = trials / MODELS / SIZES;
    let sizes: Vec<String> = (0..SIZES).map(|k| format!("{}", 100 + 400 * k)).collect();
    let values = |count: usize| (0..count).map(|v| v.to_string()).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "[study]\nname = \"scale\"\nsearch = \"full\"\n[shards]\nsizes = [{}]\nseeds = 1\n",
        sizes.join(", ")
    );
    for model in 0..MODELS {
        text += &format!(
            "[[model]]\nname = \"m{model}\"\n\
             command = [\"sh\", \"-c\", \"false {{size}} {{seed}} {{out}} {model}\"]\n\
             [model.search]\na = [{}]\nb = [{}]\n",
            values(candidates / 25),
            values(25)
        );
    }
    text
}

/// Writes a result for every planned trial, as a worker would; returns the seconds it took.
fn write_results(study: &Path, listed: &Value) -> f64 {
    let start = Instant::now();
    for (index, trial) in listed["trials"].as_array().unwrap().iter().enumerate() {
        let (id, size) = (trial["trial"].as_str().unwrap(), trial["size"].as_u64().unwrap());
        let spread = 1.0 + 0.2 * ((index * 7919) % 1000) as f64 / 1000.0;
        let error = (size as f64).powf(-0.3) * spread;
        let document = json!({
            "schema": "tenfold.result/1", "trial": id, "attempt": "0123456789abcdef",
            "model": trial["model"], "size": size, "repeat": trial["seed"],
            "settings": {}, "validation_error": error, "test_error": error,
            "converged": true, "seconds": 1.0,
            // 1,000 test examples.
            "test_outcomes": { "kind": "bits", "count": 1000, "data": "A".repeat(166) + "A=" },
        });
        let folder = study.join(".tenfold/trials").join(&id[..2]).join(id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("result.json"), document.to_string()).unwrap();
    }
    start.elapsed().as_secs_f64()
}

fn optuna(python: &str, folder: &Path, trials: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scale_optuna.py");
    let database = folder.join("optuna.sqlite");
    drop(fs::remove_file(&database));
    let ask = |what: &str| {
        let mut command = Command::new(python);
        command.arg(&script).arg(trials.to_string()).arg(&database).arg(what);
        let took = run(&mut command, folder);
        let said: Value = serde_json::from_str(took.printed.trim()).unwrap();
        (said, took.megabytes)
    };
    let (said, _) = ask("create");
    let (seconds, created) = (said["create"].as_f64().unwrap(), said["created"].as_f64().unwrap());
    println!(
        "  Optuna create {created} (the rest are copies): {:.1} ms each ({:.1} ms of processor)",
        1000.0 * seconds / created,
        1000.0 * said["processor"].as_f64().unwrap() / created
    );
    let rounds: Vec<(Value, f64)> = (0..ROUNDS).map(|_| ask("read")).collect();
    assert!(rounds.iter().all(|(said, _)| said["trials"] == trials));
    let megabytes = rounds.iter().map(|(_, megabytes)| *megabytes).fold(0.0, f64::max);
    let value =
        |what: &str| median(rounds.iter().map(|(s, _)| s[what].as_f64().unwrap()).collect());
    println!(
        "  Optuna load and best of each group: {:.2} s ({:.2} s of processor), {megabytes:.0} MB",
        value("load and best of each group"),
        value("processor")
    );
    let bytes = fs::metadata(&database).unwrap().len();
    println!("  Optuna database {:.1} MB", bytes as f64 / 1e6);
}
