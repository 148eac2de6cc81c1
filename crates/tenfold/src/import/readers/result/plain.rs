//! Reads files of no particular tool: `metrics.json`, `results.json`, JSONL with one object per
//! step.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::python_json::{self, number};
use super::step_table;
use super::{Candidate, Record, ResultFormat};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::at::At;
use crate::import::run::Ending;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "plain",
    files: "`metrics.json`, `results.json`, `*.jsonl`",
    best: "of the best step",
    last: "of the last step",
    usual: At::Last,
    run_folder,
    read,
};

/// Usual names of the step in a logged object.
const STEPS: [&str; 6] = ["step", "epoch", "global_step", "iteration", "iter", "_step"];

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let is_known = ["metrics.json", "results.json"].contains(&candidate.name);
    let is_own =
        is_known || candidate.ends_in("jsonl") || candidate.is_named && candidate.ends_in("json");
    is_own.then(|| candidate.folder()).flatten()
}

/// Reads every file as one run, or as several if it holds a list of them.
fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let mut records = Vec::new();
    for path in files {
        let read = records_of(path)?;
        let (is_one, name) = (files.len() == 1, path.file_name().unwrap_or_default());
        records.extend(read.into_iter().map(|record| match record.part.clone() {
            part if is_one => Record { part, ..record },
            None => Record { part: Some(name.to_string_lossy().into_owned()), ..record },
            Some(part) => {
                Record { part: Some(format!("{}{part}", name.to_string_lossy())), ..record }
            }
        }));
    }
    Ok(records)
}

fn records_of(path: &Path) -> Result<Vec<Record>, Problems> {
    let text = step_table::text(path)?;
    let mut ending = Ending::Finished;
    let is_lines = path.extension().is_some_and(|ending| ending == "jsonl");
    let objects = if is_lines {
        let mut objects = Vec::new();
        let lines: Vec<(usize, &str)> =
            text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
        for (index, (number, line)) in lines.iter().enumerate() {
            match python_json::parse(line, path) {
                Ok(object) => objects.push(object),
                Err(_) if index + 1 == lines.len() && index > 0 => {
                    ending = Ending::Unfinished("its log ends inside a line".to_owned());
                }
                Err(problems) => {
                    let place = Place::line(path, *number as u64 + 1);
                    let at = |problem: Problem| problem.at(place.clone());
                    return Err(Problems(problems.0.into_iter().map(at).collect()));
                }
            }
        }
        objects
    } else {
        match python_json::parse(&text, path)? {
            Value::Array(objects) => objects,
            object => vec![object],
        }
    };
    if objects.first().is_some_and(|first| first.get("train_sizes").is_some()) {
        let message = "this is what `learning_curve` of scikit-learn returns, not one run";
        let hint = format!("tenfold import sklearn {}", path.display());
        return Err(Problem::new(ProblemKind::Import, message)
            .at(Place::file(path))
            .hint(hint)
            .into());
    }
    if let Some(other) = objects.iter().find(|object| !object.is_object()) {
        let message = format!("an object is needed, found `{}`", start(other));
        let hint = "{\"n_train\": 1000, \"seed\": 0, \"val_error\": 0.1}";
        return Err(Problem::new(ProblemKind::Import, message)
            .at(Place::file(path))
            .hint(hint)
            .into());
    }
    if objects.is_empty() {
        ending = Ending::Unfinished("its file is empty".to_owned());
    }
    let step =
        STEPS.into_iter().find(|step| objects.iter().any(|object| object.get(step).is_some()));
    if step.is_some() || objects.len() < 2 {
        let mut record = Record { ending, ..Record::new() };
        for (at, object) in objects.iter().enumerate() {
            let position = step.and_then(|step| object[step].as_f64()).unwrap_or(at as f64);
            add(object, position, &mut record, step);
        }
        record.epochs = step.map(|_| objects.len());
        return Ok(vec![record]);
    }
    let run = |(at, object): (usize, &Value)| {
        let part = Some(format!("#{}", at + 1));
        let mut record = Record { part, ending: ending.clone(), ..Record::new() };
        add(object, 0.0, &mut record, None);
        record
    };
    Ok(objects.iter().enumerate().map(run).collect())
}

fn add(object: &Value, position: f64, record: &mut Record, step: Option<&str>) {
    python_json::leaves("", object, &mut |name, value| {
        if Some(name) == step {
            return;
        }
        if let Some(value) = number(value) {
            record.push(name, position, value);
        }
        if name.to_lowercase().contains("train") {
            record.of_training.insert(name.to_owned());
        }
        record.fields.insert(name.to_owned(), python_json::word(value));
    });
}

fn start(value: &Value) -> String {
    value.to_string().chars().take(40).collect()
}
