//! Reads nnU-Net: `summary.json` of a fold's validation.

use std::path::{Path, PathBuf};

use super::python_json::{self, number};
use super::{Candidate, Main, Record, ResultFormat};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::at::At;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "nnU-Net",
    files: "`summary.json`",
    best: "of the fold's validation",
    last: "of the fold's validation",
    usual: At::Last,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let folder = (candidate.name == "summary.json").then(|| candidate.folder()).flatten()?;
    // The second version writes `fold_0/validation/summary.json`, the first `validation_raw` too.
    let is_inside =
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("validation"));
    if is_inside { folder.parent().map(Path::to_owned) } else { Some(folder) }
}

fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    // `validation` sorts before `validation_raw`, which is without postprocessing.
    let Some(path) = files.first() else { return Ok(Vec::new()) };
    let document = python_json::read(path)?;
    let old = &document["results"]["mean"];
    let classes = if old.is_object() { old } else { &document["mean"] };
    let mut record = Record::new();
    let mut push = |prefix: &str, value: &serde_json::Value| {
        python_json::leaves(prefix, value, &mut |name, value| {
            let Some(value) = number(value) else { return };
            record.push(name, 0.0, value);
            let last = name.rsplit('.').next().unwrap_or_default();
            if last == "Dice" || last == "IoU" {
                record.directions.insert(name.to_owned(), true);
            } else {
                // The others are counts of voxels, and metrics that only version 1 has.
                record.of_training.insert(name.to_owned());
            }
        });
    };
    push("foreground_mean", &document["foreground_mean"]);
    push("mean", classes);
    if record.series.is_empty() {
        let message = "there is neither `foreground_mean` nor `mean` in it, as nnU-Net writes them";
        let hint = "end the pattern with the name of the file that holds the results";
        return Err(Problem::new(ProblemKind::Import, message)
            .at(Place::file(path))
            .hint(hint)
            .into());
    }
    let name = "foreground_mean.Dice".to_owned();
    record.main =
        record.series.contains_key(&name).then_some(Main { name, higher_is_better: true });
    Ok(vec![record])
}
