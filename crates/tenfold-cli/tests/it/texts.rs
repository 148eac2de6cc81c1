//! A study of texts, with sizes in characters: Tenfold reads the texts, a command learns from them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{run, run_well};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/text")
}

/// The example's folder with this project's own documents as its corpus.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let docs = example().join("../../docs");
    let mut files = Vec::new();
    for place in [docs.clone(), docs.join("decisions")] {
        let entries = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    files.sort();
    let mut corpus = String::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        // Only characters that awk counts the same on every system are kept.
        corpus.extend(text.chars().filter(|c| c.is_ascii_graphic() || matches!(c, ' ' | '\n')));
    }
    write(&folder.path().join("corpus.txt"), &corpus);
    for name in ["study.toml", "ngram.awk"] {
        write(&folder.path().join(name), &fs::read_to_string(example().join(name)).unwrap());
    }
    folder
}

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn results(folder: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in walk(&folder.join(".tenfold/trials")) {
        if entry.ends_with("result.json") {
            found.push(serde_json::from_str(&fs::read_to_string(entry).unwrap()).unwrap());
        }
    }
    found
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_corpus_is_measured_forecast_and_reported_in_characters() {
    let folder = folder();
    let ran = run_well(folder.path(), &["run"]);
    assert!(ran.stderr.contains("characters, 3 seeds"), "{}", ran.stderr);
    let results = results(folder.path());
    let sizes: std::collections::BTreeSet<u64> =
        results.iter().map(|result| result["size"].as_u64().unwrap()).collect();
    let (first, last) = (*sizes.first().unwrap(), *sizes.last().unwrap());
    assert_eq!(first, 1024);
    // Nine tenths of the documents less another tenth are trained on: most of the characters.
    let corpus = fs::metadata(folder.path().join("corpus.txt")).unwrap().len();
    assert!(last > corpus / 2 && last < corpus, "{last} of {corpus}");
    let mean = |size: u64| {
        let of_size = results.iter().filter(|result| result["size"].as_u64() == Some(size));
        let errors: Vec<f64> = of_size.map(|one| one["test_error"].as_f64().unwrap()).collect();
        assert_eq!(errors.len(), 3);
        errors.iter().sum::<f64>() / 3.0
    };
    // The loss falls from .05 nats above a guess of single letters to that of words that were seen.
    assert!(mean(first) > 2.8 && mean(last) < 2.1, "{} {}", mean(first), mean(last));
    assert!(results.iter().all(|one| one["statistics"] == 2 && one["aggregate"] == "ratio"));
    let forecast = run_well(folder.path(), &["forecast", "--at", "1M"]).stdout;
    assert!(forecast.contains("1M"), "{forecast}");
    let plan = run(folder.path(), &["plan", "--target", "1.9"]).stdout;
    assert!(plan.contains("characters") && !plan.contains("examples"), "{plan}");
    let trial = results[0]["trial"].as_str().unwrap().to_owned();
    let shown = run_well(folder.path(), &["trial", &trial]).stdout;
    assert!(shown.contains(" characters, seed "), "{shown}");
    run_well(folder.path(), &["report"]);
    let page = fs::read_to_string(folder.path().join(".tenfold/report.html")).unwrap();
    assert!(page.contains("training characters · log scale"), "the axis");
    // A second run finds every result; an edited document invalidates only the trials that used it.
    let again = run_well(folder.path(), &["run"]).stderr;
    assert!(again.contains(" 0 to train"), "{again}");
}

/// The command gets what Tenfold hashed: it finds the first characters of the documents.
#[test]
fn the_command_is_told_the_documents_and_cuts_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let documents: Vec<String> = (0..40).map(|n| format!("{n:02} {}", "x".repeat(n))).collect();
    write(&folder.path().join("corpus.txt"), &documents.join("\n\n"));
    let script = "cp {indices} seen.{size}; printf '{\"error\": 0.%d}' {size} > {out}";
    let study = format!(
        "[data]\npath = \"corpus.txt\"\nvalidation = 4\ntest = 4\n[shards]\nunit = \"characters\"\n\
         sizes = [50, 100, 200]\nseeds = 1\n[[model]]\nname = \"mine\"\n\
         command = [\"sh\", \"-c\", \"{}\"]\n",
        script.replace('"', "\\\"")
    );
    write(&folder.path().join("study.toml"), &study);
    run_well(folder.path(), &["run", "-q"]);
    let mut before: Vec<usize> = Vec::new();
    for size in [50, 100, 200] {
        let seen = fs::read_to_string(folder.path().join(format!("seen.{size}"))).unwrap();
        let rows: Vec<usize> = seen.lines().map(|line| line.parse().unwrap()).collect();
        let characters =
            |rows: &[usize]| rows.iter().map(|row| documents[*row].len()).sum::<usize>();
        assert!(characters(&rows) >= size && characters(&rows[..rows.len() - 1]) < size);
        assert!(rows.starts_with(&before), "shards are nested");
        before = rows;
    }
}

#[test]
fn a_size_beyond_the_pool_is_told_in_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("corpus.txt"), "one\n\ntwo\n\nthree\n\nfour\n\nfive\n\nsix\n");
    let study = "[data]\npath = \"corpus.txt\"\nvalidation = 1\ntest = 1\n[shards]\n\
                 unit = \"characters\"\nsizes = [4, 400]\n[[model]]\ncommand = [\"true\"]\n";
    write(&folder.path().join("study.toml"), study);
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`shards.sizes` goes up to 400, but "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" characters are left to train on"), "{}", ran.stderr);
}

/// A table of texts and nothing else to learn.
#[test]
fn init_names_the_column_of_texts_that_nobody_chose() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..9)
        .map(|row| format!("{{\"id\": {row}, \"t\": \"{row} {}\"}}", "word ".repeat(30)))
        .collect();
    write(&folder.path().join("a.jsonl"), &rows.join("\n"));
    let ran = run(folder.path(), &["init", "a.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("on the command line `--text t`"), "{}", ran.stderr);
    let both = run(folder.path(), &["init", "a.jsonl", "--text", "t", "--label", "id"]);
    assert!(both.stderr.contains("'--text <COLUMN>' cannot be used with"), "{}", both.stderr);
}

/// What the command is told are rows of the table, and whole groups are held out.
#[test]
fn a_command_learns_from_the_texts_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let text = |row: usize| format!("{row:02} {}", "x".repeat(row));
    let rows: Vec<String> = (0..40)
        .map(|row| format!("{{\"site\": \"s{}\", \"body\": \"{}\"}}", row % 8, text(row)))
        .collect();
    write(&folder.path().join("a.jsonl"), &rows.join("\n"));
    let study = "[data]\npath = \"a.jsonl\"\ntext = \"body\"\nsplit = \"group:site\"\n\
                 validation = 5\ntest = 5\n[shards]\nunit = \"characters\"\nsizes = [50, 100, 200]\n\
                 seeds = 1\n[[model]]\nname = \"mine\"\ncommand = [\"sh\", \"-c\", \
                 \"cp {indices} seen.{size}; printf '{\\\"error\\\": 0.%d}' {size} > {out}\"]\n";
    write(&folder.path().join("study.toml"), study);
    let ran = run_well(folder.path(), &["run"]);
    assert!(ran.stderr.contains("characters"), "{}", ran.stderr);
    let seen = fs::read_to_string(folder.path().join("seen.200")).unwrap();
    let rows: Vec<usize> = seen.lines().map(|line| line.parse().unwrap()).collect();
    let characters = |rows: &[usize]| rows.iter().map(|row| text(*row).len()).sum::<usize>();
    assert!(characters(&rows) >= 200 && characters(&rows[..rows.len() - 1]) < 200);
}
