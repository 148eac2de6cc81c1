//! Reads MLflow's older file store: one folder per experiment, one per run, one file per value.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::unreadable;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Whether the folder has an experiment in it.
pub(super) fn is_store(folder: &Path) -> bool {
    folders(folder).iter().any(|experiment| experiment.join("meta.yaml").is_file())
}

/// Runs of a folder `mlruns`.
pub(super) fn read(folder: &Path) -> Result<RunTable, Problems> {
    let mut runs = Vec::new();
    let mut names = Vec::new();
    for experiment in folders(folder) {
        let Some(meta) = facts(&experiment.join("meta.yaml")) else { continue };
        let name = meta.get("name").cloned().unwrap_or_else(|| "mlflow".to_owned());
        let before = runs.len();
        for run in folders(&experiment) {
            if let Some(meta) = facts(&run.join("meta.yaml")) {
                let started = meta.get("start_time").and_then(|time| time.parse::<i64>().ok());
                runs.push((started, self::run(&run, &meta, &name)?));
            }
        }
        if runs.len() > before {
            names.push(name);
        }
    }
    runs.sort_by(|(a, left), (b, right)| a.cmp(b).then(left.identity.cmp(&right.identity)));
    let title = match names.as_slice() {
        [only] => only.clone(),
        _ => "mlflow".to_owned(),
    };
    let source = format!("MLflow file store, {}", super::table::counted(names.len(), "experiment"));
    let runs = runs.into_iter().map(|(_, run)| run).collect();
    Ok(RunTable {
        runs,
        source,
        title,
        run_word: "run",
        warnings: Vec::new(),
        said: Said::default(),
    })
}

fn run(folder: &Path, meta: &BTreeMap<String, String>, experiment: &str) -> Result<Run, Problems> {
    let of_folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let id = meta.get("run_id").or_else(|| meta.get("run_uuid")).cloned().unwrap_or(of_folder);
    let mut fields = BTreeMap::from([("experiment".to_owned(), experiment.to_owned())]);
    let mut name = meta.get("run_name").filter(|name| !name.is_empty()).cloned();
    for (key, path) in values(&folder.join("tags")) {
        let text = read_text(&path)?;
        if key == "mlflow.runName" {
            name = Some(text);
        } else if !key.starts_with("mlflow.") {
            fields.insert(key, text);
        }
    }
    for (key, path) in values(&folder.join("params")) {
        fields.insert(key, read_text(&path)?);
    }
    let mut metrics = BTreeMap::new();
    for (key, path) in values(&folder.join("metrics")) {
        metrics.insert(key, history(&path)?);
    }
    // The numbers of MLflow's RunStatus.
    let status = match meta.get("status").map(String::as_str) {
        Some("3" | "FINISHED") => None,
        Some("1") => Some("running"),
        Some("2") => Some("scheduled"),
        Some("4") => Some("failed"),
        Some("5") => Some("killed"),
        other => Some(other.unwrap_or("unknown")),
    };
    let is_deleted = meta.get("lifecycle_stage").is_some_and(|stage| stage == "deleted");
    let ending = match (is_deleted, status) {
        (true, _) => Ending::Unfinished("it is deleted".to_owned()),
        (false, None) => Ending::Finished,
        (false, Some(status)) => Ending::Unfinished(format!("its status is {status}")),
    };
    let identity = RunIdentity::new("mlflow", [id.as_str()]);
    Ok(Run { identity, name: name.unwrap_or(id), line: None, fields, metrics, ending })
}

/// The values of a metric in the order of their steps; a line is "timestamp value step".
fn history(path: &Path) -> Result<Vec<f64>, Problems> {
    let mut values: Vec<(i64, f64)> = Vec::new();
    for (number, line) in (1..).zip(read_text(path)?.lines()) {
        let mut words = line.split_whitespace().skip(1);
        let value = words.next().and_then(|word| word.parse().ok());
        // Before MLflow 1 a line had no step.
        let step = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let Some(value) = value else {
            let message = format!("`{line}` is not a value, `timestamp value step` was expected");
            let problem = Problem::new(ProblemKind::Import, message).at(Place::line(path, number));
            return Err(problem
                .hint("delete the line: it was cut off while it was written")
                .into());
        };
        values.push((step, value));
    }
    values.sort_by_key(|(step, _)| *step);
    Ok(values.into_iter().map(|(_, value)| value).collect())
}

/// Reads a `meta.yaml`, which MLflow writes as one `name: value` per line.
fn facts(path: &Path) -> Option<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).ok()?;
    let fact = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim().trim_matches(['\'', '"']);
        Some((name.trim().to_owned(), value.to_owned()))
    };
    Some(text.lines().filter_map(fact).collect())
}

/// Files below `folder` by name; a name with slashes is a file in folders.
fn values(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in fs::read_dir(&inner).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.push((name.to_string_lossy().replace('\\', "/"), path.clone()));
            }
        }
    }
    found.sort();
    found
}

/// The folders in a folder, sorted by name, without MLflow's `.trash`.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_trash = |path: &PathBuf| path.file_name().is_some_and(|name| name == ".trash");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir() && !is_trash(path)).collect();
    folders.sort();
    folders
}

fn read_text(path: &Path) -> Result<String, Problems> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(text.trim_end_matches('\n').to_owned())
}
