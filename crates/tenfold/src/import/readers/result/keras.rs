//! Reads Keras' `CSVLogger`: a table with one row per epoch, in a file of any name.

use std::path::PathBuf;

use super::step_table;
use super::{Best, Candidate, Record, ResultFormat};
use crate::diagnostic::Problems;
use crate::import::at::At;
use crate::import::run::Ending;

pub(super) const FORMAT: ResultFormat = ResultFormat {
    name: "Keras",
    files: "`training.log` or `*.csv` with the columns `epoch` and `loss` or `val_…`",
    best: "of the epoch with the lowest `val_loss`",
    last: "of the last epoch, which is the model that `fit` leaves",
    usual: At::Last,
    run_folder,
    read,
};

fn run_folder(candidate: &Candidate<'_>) -> Option<PathBuf> {
    if !candidate.ends_in("csv") && !candidate.ends_in("log") {
        return None;
    }
    let columns = candidate.columns();
    let is_own = columns.first().is_some_and(|first| first == "epoch")
        && columns.iter().any(|column| column == "loss" || column.starts_with("val_"));
    is_own.then(|| candidate.folder()).flatten()
}

/// Reads every file as a run of its own, because nothing shows that two logs in one folder belong
/// together.
fn read(files: &[PathBuf]) -> Result<Vec<Record>, Problems> {
    let is_one = files.len() == 1;
    let mut records = Vec::new();
    for path in files {
        let table = step_table::read(path)?;
        let mut record = Record::new();
        for row in &table.rows {
            record.push_row(&table.columns, row, "epoch");
        }
        let own = |name: &&String| !name.starts_with("val_");
        record.of_training = record.series.keys().filter(own).cloned().collect();
        if record.series.contains_key("val_loss") {
            record.best = Best::Lowest("val_loss".to_owned());
        }
        record.epochs = Some(table.rows.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if table.is_torn {
            record.ending = Ending::Unfinished(format!("its `{name}` ends inside a line"));
        } else if table.rows.is_empty() {
            record.ending = Ending::Unfinished(format!("its `{name}` has no epoch yet"));
        }
        record.part = (!is_one).then_some(name);
        records.push(record);
    }
    Ok(records)
}
