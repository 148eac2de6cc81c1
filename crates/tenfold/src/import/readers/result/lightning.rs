//! Reads Lightning's `CSVLogger`: `metrics.csv`, with one row each time something was logged.

use std::path::PathBuf;

use super::settings;
use super::step_table::{self, number};
use super::{Candidate, Record, ResultFormat};
use crate::diagnostic::Problems;
use crate::import::at::At;
use crate::import::run::Ending;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "Lightning",
    files: "`metrics.csv`",
    best: "of the last test, or where there is none of the best validation",
    last: "of the last row",
    usual: At::Best,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    let is_named = candidate.name == "metrics.csv" || candidate.is_named;
    if !is_named || !candidate.ends_in("csv") {
        return None;
    }
    let columns = candidate.columns();
    let has = |name: &str| columns.iter().any(|column| column == name);
    (has("step") && has("epoch")).then(|| candidate.folder()).flatten()
}

fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let Some(path) = files.first() else { return Ok(Vec::new()) };
    let table = step_table::read(path)?;
    let mut record = Record::new();
    if let Some(folder) = path.parent() {
        record.fields = settings::read(&folder.join("hparams.yaml"))?;
    }
    let column = |name: &str| table.columns.iter().position(|column| column == name);
    let epoch = column("epoch").unwrap_or(0);
    let mut last_epoch = None;
    for row in &table.rows {
        last_epoch = number(&row[epoch]).or(last_epoch);
        record.push_row(&table.columns, row, "step");
    }
    let is_of_training = |name: &&String| {
        name.to_lowercase().contains("train") || name.starts_with("lr-") || *name == "epoch"
    };
    record.of_training = record.series.keys().filter(is_of_training).cloned().collect();
    record.epochs = last_epoch.filter(|last| *last >= 0.0).map(|last| last as usize + 1);
    if table.is_torn {
        record.ending = Ending::Unfinished("its `metrics.csv` ends inside a line".to_owned());
    } else if table.rows.is_empty() {
        record.ending = Ending::Unfinished("its `metrics.csv` has no row yet".to_owned());
    }
    Ok(vec![record])
}
