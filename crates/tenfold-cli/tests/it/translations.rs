//! Studies of pairs of texts: what `init` writes, and a command that is told pairs by their numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tenfold_data::{Dataset, Source, read};

use crate::program::{has_python, run, run_well, trial_folders, write_study};

/// Translates each word to the one that it comes with most often, and reports which words of the translations
/// are missing. Told pairs are the lines of both files, counted from 0.
const TRANSLATE: &str = r#"
import collections, json, sys
indices, test, out = sys.argv[1:4]
english, spanish = (open(name, encoding="utf-8").read().split("\n") for name in ("a.en", "a.es"))
together, alone = collections.Counter(), collections.Counter()
for row in map(int, open(indices)):
    assert english[row].strip() and spanish[row].strip(), row
    words = set(spanish[row].lower().split())
    alone.update(words)
    together.update((word, other) for word in set(english[row].lower().split()) for other in words)
best = {}
for (word, other), count in together.items():
    score = count * count / alone[other]
    best[word] = max(best.get(word, (0, "")), (score, other))
rows = []
for row in map(int, open(test)):
    written = collections.Counter(best[word][1] for word in english[row].lower().split() if word in best)
    right = collections.Counter(spanish[row].lower().split())
    rows.append([sum((right - written).values()), sum(right.values())])
missing, words = (sum(column) for column in zip(*rows))
json.dump({"error": missing / words, "per_example": rows}, open(out, "w"))
"#;

#[expect(clippy::disallowed_methods, reason = "a test writes its own input files")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn bible() -> Dataset {
    read(&Source::Builtin("kjv-reina-valera".to_owned())).unwrap()
}

/// A folder with every eighth verse as `a.en`, `a.es` and its chapter as `a.chapter`; line 3 has no
/// Spanish.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dataset = bible();
    let pairs = dataset.pairs().unwrap();
    let chapters = &dataset.columns.get("chapter").unwrap().cells;
    let [mut english, mut spanish, mut chapter] = [String::new(), String::new(), String::new()];
    for row in (0..dataset.len() as u32).step_by(8) {
        let _ = writeln!(english, "{}", pairs.source.row(row).unwrap());
        let text = if row == 16 { String::new() } else { pairs.target.row(row).unwrap() };
        let _ = writeln!(spanish, "{text}");
        let _ = writeln!(chapter, "{}", chapters.text(row as usize).unwrap());
    }
    write(&folder.path().join("a.en"), &english);
    write(&folder.path().join("a.es"), &spanish);
    write(&folder.path().join("a.chapter"), &chapter);
    write(&folder.path().join("translate.py"), TRANSLATE);
    folder
}

const STUDY: &str = r#"
[data]
path = "a.en"
format = "parallel"
translation = ".es"
groups = ".chapter"
skip_bad = 1
split = "group:group"
validation = 64
test = 128
[shards]
sizes = [32, 128, 512]
seeds = 2
[metric]
name = "words_missing"
[[model]]
name = "words"
command = ["python3", "translate.py", "{indices}", "{test}", "{out}"]
inputs = ["translate.py"]
"#;

fn lines(path: &Path) -> BTreeSet<u32> {
    fs::read_to_string(path).unwrap().lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn a_command_is_told_the_lines_of_pairs_and_groups_stay_together() {
    if !has_python() {
        return;
    }
    let folder = folder();
    write_study(folder.path(), STUDY);
    run_well(folder.path(), &["run", "-q"]);
    let json = run_well(folder.path(), &["fit", "--json"]).stdout;
    let fit: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(fit["curves"][0]["points"], 3);
    let results = trial_folders(folder.path());
    let error = |size: u64| {
        let of_size = results.iter().map(|folder| {
            let text = fs::read_to_string(folder.join("result.json")).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        });
        let errors: Vec<f64> = of_size
            .filter(|result| result["size"] == size)
            .map(|result| result["test_error"].as_f64().unwrap())
            .collect();
        errors.iter().sum::<f64>() / errors.len() as f64
    };
    // More pairs know more words.
    assert!(error(512) < error(128) && error(128) < error(32), "{} {}", error(512), error(32));
    let chapters = fs::read_to_string(folder.path().join("a.chapter")).unwrap();
    let chapters: Vec<&str> = chapters.lines().collect();
    let shards = folder.path().join(".tenfold/shards");
    let files = fs::read_dir(shards).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|end| end == "txt"));
    let mut sets: Vec<BTreeSet<u32>> = texts.map(|path| lines(&path)).collect();
    sets.sort_by_key(BTreeSet::len);
    // Line 2, counted from 0, is left out; no line behind it is counted otherwise.
    assert!(sets.iter().all(|set| !set.contains(&2)));
    let largest = sets.last().unwrap();
    assert_eq!(largest.len(), 512);
    let of_pool: BTreeSet<&str> = largest.iter().map(|line| chapters[*line as usize]).collect();
    // Held-out sets are as large as whole chapters allow, shards exactly as asked for.
    let held_out =
        |set: &&BTreeSet<u32>| ![32, 128, 512].contains(&set.len()) || set.is_disjoint(largest);
    let held_out: Vec<&BTreeSet<u32>> = sets.iter().filter(held_out).collect();
    assert!(held_out.len() >= 2);
    for set in held_out {
        assert!(set.iter().all(|line| !of_pool.contains(chapters[*line as usize])));
    }
    let report = run_well(folder.path(), &["report", "-o", "report.html"]);
    drop(report);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("1 line left out"), "the line that was left out is not told");
}

#[test]
fn a_study_of_two_files_is_written_and_read() {
    let folder = folder();
    write(&folder.path().join("b.es"), &fs::read_to_string(folder.path().join("a.es")).unwrap());
    let ran = run(folder.path(), &["init", "a.en", "a.es"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 3 of `a.es` has no text"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--skip-bad 1`"), "{}", ran.stderr);
    let mended = fs::read_to_string(folder.path().join("a.es")).unwrap().replace("\n\n", "\nfin\n");
    write(&folder.path().join("a.es"), &mended);
    write(&folder.path().join("b.es"), &mended);
    let ran = run_well(folder.path(), &["init", "a.en", "a.es"]);
    assert!(ran.stderr.contains("1,024 pairs of texts"), "{}", ran.stderr);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(
        text.contains("path = \"a.en\"\nformat = \"parallel\"\ntranslation = \".es\"\n"),
        "{text}"
    );
    let study = tenfold::study::load(&folder.path().join("study.toml")).unwrap();
    assert_eq!(study.sizes(Some(820)).unwrap(), [16, 32, 64, 128, 256, 512, 820]);
    run_well(folder.path(), &["init", "a.en", "b.es", "--force"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("translation = \"b.es\""), "{text}");
    run_well(folder.path(), &["init", "--builtin", "kjv-reina-valera", "--force"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    assert!(text.contains("split = \"group:chapter\""), "{text}");
    let uneven = mended.replacen("fin\n", "", 1);
    write(&folder.path().join("a.es"), &uneven);
    let ran = run(folder.path(), &["init", "a.en", "a.es", "--force"]);
    assert!(ran.stderr.contains("`a.en` has 1024 lines and `a.es` has 1023"), "{}", ran.stderr);
}

#[test]
fn what_does_not_fit_pairs_is_told() {
    let folder = folder();
    let told = |from: &str, to: &str| {
        write_study(folder.path(), &STUDY.replace(from, to));
        run(folder.path(), &["run", "--dry-run"]).stderr
    };
    let message = told("[[model]]", "[[model]]\nname = \"lm\"\nlearner = \"lstm-lm\"\n[[model]]");
    assert!(message.contains("which translates no texts"), "{message}");
    let message = told("sizes = [32", "unit = \"characters\"\nsizes = [32");
    assert!(message.contains("counted in `examples`"), "{message}");
    let message = told("format = \"parallel\"\ntranslation", "format = \"csv\"\ntranslation");
    assert!(message.contains("`data.text` is missing"), "{message}");
    let message = told("skip_bad = 1", "skip_bad = \"one\"");
    assert!(message.contains("`data.skip_bad`"), "{message}");
}
