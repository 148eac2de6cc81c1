//! Reads the results of the Hugging Face Trainer: `trainer_state.json` with its log,
//! `all_results.json`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::python_json::{self, number};
use super::{Best, Candidate, Main, Record, ResultFormat};
use crate::diagnostic::Problems;
use crate::import::at::At;
use crate::import::run::Ending;
use crate::meaning::metric;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "Hugging Face",
    files: "`trainer_state.json`, `all_results.json`",
    best: "of the evaluation that the Trainer took for the best where it chose by a metric, else of \
           the last",
    last: "of the last evaluation",
    usual: At::Best,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    if candidate.name != "trainer_state.json" && candidate.name != "all_results.json" {
        return None;
    }
    let folder = candidate.folder()?;
    let is_checkpoint = is_checkpoint(&folder);
    if is_checkpoint { folder.parent().map(Path::to_owned) } else { Some(folder) }
}

fn is_checkpoint(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("checkpoint-"))
}

fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let mut record = Record::new();
    let mut newest: Option<(u64, Value, bool)> = None;
    let mut results = None;
    for path in files {
        let document = python_json::read(path)?;
        if path.ends_with("all_results.json") {
            results = Some(document);
            continue;
        }
        let step = document["global_step"].as_u64().unwrap_or(0);
        let is_of_run = !path.parent().is_some_and(is_checkpoint);
        // The run's own state is preferred to those of checkpoints, because it is written at the
        // end.
        let is_newer = newest
            .as_ref()
            .is_none_or(|(other, _, was_of_run)| (is_of_run, step) > (*was_of_run, *other));
        if is_newer {
            newest = Some((step, document, is_of_run));
        }
    }
    if let Some((_, state, is_of_run)) = &newest {
        log(state, &mut record);
        best(state, &mut record);
        let count = |name: &str| state[name].as_u64();
        let (done, planned) = (count("global_step").unwrap_or(0), count("max_steps").unwrap_or(0));
        if !is_of_run && results.is_none() && done < planned {
            let why = format!("its newest checkpoint is at step {done} of {planned}");
            record.ending = Ending::Unfinished(why);
        }
    }
    let end = newest.as_ref().map_or(0.0, |(step, ..)| *step as f64);
    python_json::leaves("", &results.unwrap_or_default(), &mut |name, value| {
        if let Some(value) = number(value) {
            record.push(name, end, value);
        }
    });
    let is_known = |name: &&String| name.starts_with("eval") || super::record::is_of_test(name);
    let is_score = |name: &&String| is_known(name) && !is_of_speed(name);
    let others = record.series.keys().filter(|name| !is_score(name)).cloned();
    record.of_training = others.collect();
    Ok(vec![record])
}

/// Whether a metric is one of the times and amounts that the Trainer adds.
fn is_of_speed(name: &str) -> bool {
    ["runtime", "_per_second", "samples", "epoch", "mem_"].iter().any(|word| name.contains(word))
}

/// Adds the logged values, by the step at which they were logged.
fn log(state: &Value, record: &mut Record) {
    for entry in state["log_history"].as_array().into_iter().flatten() {
        let step = entry["step"].as_f64().unwrap_or(f64::NAN);
        for (name, value) in entry.as_object().into_iter().flatten() {
            if let Some(value) = number(value).filter(|_| name != "step" && name != "epoch") {
                record.push(name, step, value);
            }
        }
    }
}

/// Reads the step of the best checkpoint and the metric that selected it, if there is one.
fn best(state: &Value, record: &mut Record) {
    let Some(value) = number(&state["best_metric"]) else {
        record.best = Best::At(f64::INFINITY);
        return;
    };
    let of_folder = || state["best_model_checkpoint"].as_str()?.rsplit_once('-')?.1.parse().ok();
    let step: Option<f64> = state["best_global_step"].as_f64().or_else(of_folder);
    let Some(step) = step else {
        record.best = Best::At(f64::INFINITY);
        return;
    };
    record.best = Best::At(step);
    let is_it = |(_, series): &(&String, &Vec<(f64, f64)>)| {
        let at_step = series.iter().find(|(at, _)| at.total_cmp(&step).is_eq());
        at_step.is_some_and(|(_, found)| found.total_cmp(&value).is_eq())
    };
    let mut chosen = record.series.iter().filter(is_it);
    if let (Some((name, series)), None) = (chosen.next(), chosen.next()) {
        let name = name.clone();
        // The best value is the largest or the smallest of its series; a single value does not show
        // which.
        let others = || series.iter().map(|(_, other)| *other);
        let higher_is_better =
            match (others().any(|one| one < value), others().any(|one| one > value)) {
                (true, false) => true,
                (false, true) => false,
                _ => metric::is_score(&name),
            };
        record.main = Some(Main { name, higher_is_better });
    }
}
