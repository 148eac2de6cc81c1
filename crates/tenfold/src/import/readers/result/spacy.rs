//! Reads spaCy's `meta.json` of `model-best` and `model-last`, with the performance on the
//! development set.

use std::path::{Path, PathBuf};

use super::python_json::{self, number};
use super::{Best, Candidate, Record, ResultFormat};
use crate::diagnostic::Problems;
use crate::import::at::At;
use crate::import::run::Ending;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "spaCy",
    files: "`meta.json`",
    best: "of `model-best`",
    last: "of `model-last`",
    usual: At::Best,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let folder = (candidate.name == "meta.json").then(|| candidate.folder()).flatten()?;
    let is_one = folder.ends_with("model-best") || folder.ends_with("model-last");
    if is_one { folder.parent().map(Path::to_owned) } else { Some(folder) }
}

fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let mut record = Record::new();
    let mut best = None;
    for (at, path) in files.iter().enumerate() {
        let document = python_json::read(path)?;
        let performance = document.get("performance").unwrap_or(&document["accuracy"]);
        // Files are sorted by name, so that `model-best` comes first.
        if path.parent().is_some_and(|folder| folder.ends_with("model-best")) {
            best = Some(at as f64);
        }
        python_json::leaves("", performance, &mut |name, value| {
            let Some(value) = number(value) else { return };
            record.push(name, at as f64, value);
            if name.ends_with("_loss") {
                // The loss is a sum over training batches.
                record.of_training.insert(name.to_owned());
            } else {
                record.directions.insert(name.to_owned(), true);
            }
        });
        for key in ["lang", "name", "version"] {
            let text = document[key].as_str().filter(|text| !text.is_empty());
            record.fields.extend(text.map(|text| (key.to_owned(), text.to_owned())));
        }
    }
    // Without a `model-best` only the last model is left.
    record.best = Best::At(best.unwrap_or(f64::INFINITY));
    if record.series.is_empty() {
        record.ending = Ending::Unfinished("its `meta.json` has no performance".to_owned());
    }
    Ok(vec![record])
}
