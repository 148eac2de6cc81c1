//! Commands that report rows of statistics, such as the edits and characters of each recording.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tenfold::curve_file::ReadOptions;
use tenfold::measured::curves::measured_study;
use tenfold::store::{Database, StudyFolder};
use tenfold_core::{Aggregate, FitOptions, LearningCurve, fit_curve};

use super::{ran, write};
use crate::program::{has_python, run_well, write_study};

/// Transcribes 40 recordings of very different lengths, of which the odd ones are hard. `HARD` is
/// the difficulty, and the edits fall with the size.
const TRANSCRIBE: &str = r#"
import json, sys
size, seed, out, hard, form = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), sys.argv[5]
rows = []
for number in range(40):
    characters = 5 + 13 * (number * 7 % 11)
    rate = min(1.0, hard * (1.6 if number % 2 else 0.4) * size ** -0.3) * (1 + 0.02 * seed)
    rows.append([round(characters * rate), characters])
edits, characters = (sum(column) for column in zip(*rows))
error = edits / characters
if form == "rows":
    document = {"error": error, "per_example": rows}
elif form == "bleu":
    # Every word is right or wrong, independently of its neighbours, and nothing is too short.
    counts = []
    for wrong, words in rows:
        right, totals = 1 - wrong / words, [words - n for n in range(4)]
        counts.append([round(total * right ** (n + 1)) for n, total in enumerate(totals)] + totals + [words, words])
    sums = [sum(column) for column in zip(*counts)]
    score = 1.0
    for n in range(4):
        score *= (sums[n] / sums[4 + n]) ** 0.25
    document = {"error": 1 - score, "per_example": counts, "aggregate": "bleu"}
elif form == "perplexity":
    document = {"error": 2.718281828459045 ** error, "per_example": rows, "aggregate": "exp-ratio"}
else:
    document = {"error": error}
json.dump(document, open(out, "w"))
"#;

/// A study of models `good` and `bad`, whose commands report in the form `form`.
fn study(form: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("transcribe.py"), TRANSCRIBE);
    let model = |name: &str, hard: f64| {
        format!(
            "[[model]]\nname = \"{name}\"\ninputs = [\"transcribe.py\"]\ncommand = [\"python3\", \
             \"transcribe.py\", \"{{size}}\", \"{{seed}}\", \"{{out}}\", \"{hard}\", \"{form}\"]\n"
        )
    };
    let models = [model("good", 1.0), model("bad", 1.1)].concat();
    let text = format!(
        "[study]\nname = \"speech\"\n[shards]\nsizes = [16, 64, 256, 1024, 4096]\nseeds = 2\n{models}"
    );
    write_study(folder.path(), &text);
    run_well(folder.path(), &["run", "-q"]);
    folder
}

fn curves(folder: &Path) -> Vec<LearningCurve> {
    let database = Database::read(&StudyFolder::open(folder)).unwrap();
    let measured = measured_study(&database, None).unwrap();
    measured.curves.into_iter().map(|measured| measured.curve).collect()
}

#[test]
fn edits_over_characters_are_the_error_and_say_how_sure_it_is() {
    if !has_python() {
        return;
    }
    let folder = study("rows");
    for curve in curves(folder.path()) {
        assert_eq!(curve.aggregate(), Aggregate::RATIO);
        for point in curve.points() {
            let outcomes = point.replicates[0].outcomes.as_ref().unwrap();
            assert_eq!((outcomes.examples(), outcomes.width()), (40, 2));
            let error = outcomes.error(curve.aggregate());
            assert!((error - point.replicates[0].error).abs() < 1e-6, "{error}");
        }
    }
    // The models differ by a tenth. With rows this is less certain for other recordings than
    // numbers without rows suggest, but more certain than a guess, since both models were scored on
    // the same recordings.
    let better = |folder: &Path| {
        let json = run_well(folder, &["compare", "--at", "4096", "--json"]).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        json["pairs"][0]["probability_a_better"].as_f64().unwrap()
    };
    let (known, unknown) = (better(folder.path()), better(study("nothing").path()));
    assert!(0.6 < known && known < unknown, "{known}, {unknown}");
}

#[test]
fn a_perplexity_is_the_exponential_of_its_ratio() {
    if !has_python() {
        return;
    }
    let folder = study("perplexity");
    let curve = curves(folder.path()).remove(0);
    assert_eq!(curve.aggregate(), Aggregate::EXP_RATIO);
    let outcomes = curve.points()[0].replicates[0].outcomes.as_ref().unwrap();
    let error = outcomes.error(curve.aggregate());
    assert!((error - curve.points()[0].replicates[0].error).abs() < 1e-6);
}

#[test]
fn bleu_is_computed_from_ten_counts_a_sentence() {
    if !has_python() {
        return;
    }
    let folder = study("bleu");
    let curve = curves(folder.path()).remove(0);
    assert_eq!(curve.aggregate(), Aggregate::BLEU);
    let replicate = &curve.points()[4].replicates[0];
    let outcomes = replicate.outcomes.as_ref().unwrap();
    assert_eq!((outcomes.examples(), outcomes.width()), (40, 10));
    assert!((outcomes.error(curve.aggregate()) - replicate.error).abs() < 1e-6);
    assert!(outcomes.standard_error(curve.aggregate()).unwrap() > 0.0);
}

#[test]
fn a_written_curve_of_rows_reads_back_to_the_same_fit() {
    if !has_python() {
        return;
    }
    let folder = study("rows");
    let csv = run_well(folder.path(), &["export", "csv"]).stdout;
    assert!(csv.lines().next().unwrap().contains("aggregate") && csv.contains(",ratio,"), "{csv}");
    let path = folder.path().join("curve.csv");
    write(&path, &csv);
    let read = tenfold::curve_file::read_measurements(&path, &ReadOptions::default()).unwrap();
    for (index, own) in curves(folder.path()).iter().enumerate() {
        let other = read.curve(index).unwrap();
        assert_eq!(own.points()[0].replicates, other.points()[0].replicates);
        let options = FitOptions::default();
        let fits = [own, &other].map(|curve| fit_curve(curve, &options).unwrap());
        assert_eq!(fits[0].parameters, fits[1].parameters);
    }
    drop(fs::remove_file(path));
}

/// Standard error for a command whose result is `document`.
fn refused(document: &str) -> String {
    let script = format!("echo '{}' > {{out}}", document.replace('{', "{{").replace('}', "}}"));
    let (_folder, ran) = ran(&script, "retries = 0");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    ran.stderr
}

#[test]
fn rows_that_do_not_fit_the_error_are_refused_with_the_reason() {
    let rows = refused("{\"error\": 0.5, \"per_example\": [[1, 10], [1, 10]]}");
    assert!(
        rows.contains("`per_example` amounts to 0.1 as `ratio`, and the error is 0.5"),
        "{rows}"
    );
    let ragged = refused("{\"error\": 0.1, \"per_example\": [[1, 10], [1]]}");
    assert!(ragged.contains("not a number, or rows of different lengths"), "{ragged}");
    let words = refused("{\"error\": 0.1, \"per_example\": [[1, \"ten\"]]}");
    assert!(words.contains("not a number, or rows of different lengths"), "{words}");
    let three = refused("{\"error\": 0.1, \"per_example\": [[1, 10, 2]]}");
    assert!(three.contains("which takes 1 numbers an example, and `per_example` has 3"), "{three}");
    let name = refused("{\"error\": 0.1, \"per_example\": [[1, 10]], \"aggregate\": \"median\"}");
    assert!(name.contains("`aggregate` is \"median\": `mean`, `root-mean`"), "{name}");
}
