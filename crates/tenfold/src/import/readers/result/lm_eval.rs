//! Reads the evaluation harness for language models: `results_*.json`, one per evaluation.

use std::path::PathBuf;

use super::python_json::{self, number};
use super::{Candidate, Record, ResultFormat};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::at::At;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "lm-eval",
    files: "`results_*.json`",
    best: "of the best evaluation",
    last: "of the newest evaluation",
    usual: At::Last,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let is_own = candidate.name.starts_with("results_") && candidate.ends_in("json");
    is_own.then(|| candidate.folder()).flatten()
}

/// Reads the files of a folder as evaluations of one model; their names hold the time of writing.
fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let mut record = Record::new();
    let mut files = files.to_vec();
    files.sort();
    for (at, path) in files.iter().enumerate() {
        let document = python_json::read(path)?;
        let Some(tasks) = document["results"].as_object() else {
            let message = "there is no object `results` in it, as lm-eval writes it";
            let hint = "end the pattern with the name of the file that holds the results";
            let problem = Problem::new(ProblemKind::Import, message).at(Place::file(path));
            return Err(problem.hint(hint).into());
        };
        let metrics = tasks.iter().flat_map(|(task, metrics)| {
            metrics.as_object().into_iter().flatten().map(move |(key, value)| (task, key, value))
        });
        for (task, key, value) in metrics {
            let metric = key.split(',').next().unwrap_or(key);
            let Some(value) = number(value) else { continue };
            let name = format!("{task}/{key}");
            let direction = document["higher_is_better"][task][metric].as_bool();
            record.directions.extend(direction.map(|higher| (name.clone(), higher)));
            record.push(&name, at as f64, value);
            if metric.ends_with("_stderr") || key == "samples" {
                record.of_training.insert(name);
            }
        }
        python_json::leaves("config", &document["config"], &mut |name, value| {
            record.fields.insert(name.to_owned(), python_json::word(value));
        });
    }
    Ok(vec![record])
}
