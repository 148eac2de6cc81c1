//! Reads Ultralytics' `results.csv` of a training, with one row per epoch, and the `args.yaml`
//! beside it.

use std::path::PathBuf;

use super::settings;
use super::step_table::{self, number};
use super::{Best, Candidate, Main, Record, ResultFormat};
use crate::diagnostic::Problems;
use crate::import::at::At;
use crate::import::run::Ending;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "Ultralytics",
    files: "`results.csv`",
    best: "of the epoch of best fitness, which `best.pt` is",
    last: "of the last epoch, which `last.pt` is",
    usual: At::Best,
    run_folder,
    read,
};

/// Columns whose sum is a trainer's fitness; the first one present decides which. A table with
/// masks or keypoints beside boxes adds the columns of both.
///
/// # Reference
/// Ultralytics 8.4, `ultralytics/utils/metrics.py`, `fitness` of each task's metrics. Up to 8.3 a
/// detector's fitness was 0.9 mAP50-95 + 0.1 mAP50, which has its maximum at the same epoch unless two
/// epochs are nearly equal.
const FITNESS: [&[&str]; 5] = [
    &["metrics/mAP50-95(B)", "metrics/mAP50-95(M)", "metrics/mAP50-95(P)"],
    &["metrics/accuracy_top1", "metrics/accuracy_top5"],
    &["metrics/mIoU"],
    &["metrics/delta1"],
    // YOLOv5, whose fitness is nearly this.
    &["metrics/mAP_0.5:0.95"],
];

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let is_named = candidate.name == "results.csv" || candidate.is_named;
    if !is_named || !candidate.ends_in("csv") {
        return None;
    }
    let columns = candidate.columns();
    let is_own = columns.iter().any(|column| column == "epoch")
        && columns.iter().any(|column| column.starts_with("metrics/"));
    is_own.then(|| candidate.folder()).flatten()
}

fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let Some(path) = files.first() else { return Ok(Vec::new()) };
    let table = step_table::read(path)?;
    let mut record = Record::new();
    if let Some(folder) = path.parent() {
        record.fields = settings::read(&folder.join("args.yaml"))?;
    }
    let epoch = table.columns.iter().position(|name| name == "epoch").unwrap_or(0);
    for row in &table.rows {
        record.push_row(&table.columns, row, "epoch");
    }
    let is_of_training =
        |name: &&String| name.starts_with("train/") || name.starts_with("lr/") || *name == "time";
    record.of_training = record.series.keys().filter(is_of_training).cloned().collect();
    let scores = record.series.keys().filter(|name| name.starts_with("metrics/")).cloned();
    record.directions = scores.map(|name| (name, true)).collect();
    let parts = FITNESS.into_iter().find(|parts| record.series.contains_key(parts[0]));
    let mut fittest: Option<(usize, f64)> = None;
    if let Some(parts) = parts {
        let main = parts[0].to_owned();
        record.main = Some(Main { name: main, higher_is_better: true });
        let columns: Vec<usize> = (0..table.columns.len())
            .filter(|at| parts.contains(&table.columns[*at].as_str()))
            .collect();
        for (at, row) in table.rows.iter().enumerate() {
            let fitness: f64 = columns.iter().filter_map(|column| number(&row[*column])).sum();
            // Of equal epochs the trainer kept the first.
            if fitness.is_finite() && fittest.is_none_or(|(_, best)| fitness > best) {
                fittest = Some((at, fitness));
            }
        }
    }
    if let Some((at, _)) = fittest {
        record.best = Best::At(number(&table.rows[at][epoch]).unwrap_or(f64::NAN));
    }
    record.epochs = Some(table.rows.len());
    let planned = |name: &str| record.fields.get(name).and_then(|text| text.parse::<usize>().ok());
    let since_best = fittest.map_or(0, |(at, _)| table.rows.len() - 1 - at);
    let is_stopped_early =
        planned("patience").is_some_and(|patience| patience > 0 && since_best >= patience);
    // `time` is a limit in hours; a training that reaches it is finished.
    let is_timed = planned_time(&record);
    record.ending = match planned("epochs") {
        _ if table.is_torn => Ending::Unfinished("its `results.csv` ends inside a line".to_owned()),
        _ if table.rows.is_empty() => {
            Ending::Unfinished("its `results.csv` has no epoch yet".to_owned())
        }
        Some(planned) if table.rows.len() < planned && !is_stopped_early && !is_timed => {
            let done = table.rows.len();
            Ending::Unfinished(format!("it has {done} of {planned} epochs"))
        }
        _ => Ending::Finished,
    };
    Ok(vec![record])
}

fn planned_time(record: &Record) -> bool {
    record.fields.get("time").is_some_and(|text| number(text).is_some())
}
