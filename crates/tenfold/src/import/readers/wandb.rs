//! Reads Weights & Biases: exports of its web page, saved runs of its API, and histories.
//!
//! W&B's own run files have no public reader, so that an export is needed: CSV from a table of
//! runs; CSV or JSON of `Api().runs` with `name`, `summary`, `config`; Parquet of a run's history.

use std::path::Path;

use super::python_literal;
use super::steps::{Row, runs_of_rows};
use super::table::{beginning, chart, counted, flatten, is_json, json_rows, table_rows, text};
use super::{parquet_rows, stem, wrong_kind};
use crate::diagnostic::Problems;
use crate::import::mapping::Mapping;
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Reads the runs in an export.
pub(super) fn read(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    if source.is_dir() {
        let hint = "export the runs first: tenfold import wandb runs.csv";
        let message = "a folder; W&B's own run files have no public reader, an export is needed";
        return Err(wrong_kind(source, message, hint));
    }
    let (mut rows, form, mut notes) = if parquet_rows::is_parquet(source) {
        (parquet_rows::read(source)?, "Parquet", Vec::new())
    } else if is_json(&beginning(source, "wandb")?) {
        (json_rows(&text(source, "wandb")?, source)?, "JSON", Vec::new())
    } else {
        let table = table_rows(source, mapping)?;
        if let Some(columns) = table.panel {
            let described = format!("W&B chart as CSV, {}", counted(table.rows.len(), "step"));
            return Ok(chart(&table.rows, &columns, source, described));
        }
        (table.rows, "CSV", table.notes)
    };
    for row in &mut rows {
        unfold(row);
        // W&B adds values of its own, under names that look like steps.
        row.cells.retain(|name, _| !name.contains("_wandb"));
    }
    let described = format!("W&B export as {form}, {}", counted(rows.len(), "row"));
    let (mut runs, warnings) = runs_of_rows("wandb", rows, mapping)?;
    notes.extend(warnings);
    runs.iter_mut().for_each(name);
    let title = stem(source);
    let said = Said::default();
    Ok(RunTable { runs, source: described, title, run_word: "run", warnings: notes, said })
}

/// Splits cells that hold a whole Python dict, as `Api().runs` in a data frame has, into one cell
/// per member.
fn unfold(row: &mut Row) {
    for column in ["summary", "config"] {
        let Some(text) = row.cells.get(column).filter(|text| text.starts_with('{')) else {
            continue;
        };
        if let Some(value) = python_literal::parse(text) {
            row.cells.remove(column);
            flatten(column, &value, &mut row.cells);
        }
    }
}

/// Gives a run the name, id and state that its export has.
fn name(run: &mut Run) {
    let field = |names: &[&str]| names.iter().find_map(|name| run.fields.get(*name)).cloned();
    let state = field(&["State", "state", "_state"]);
    if let Some(id) = field(&["ID", "id", "run_id"]) {
        run.identity = RunIdentity::new("wandb", [id.as_str()]);
        run.name = id;
    }
    let named = ["Name", "display_name", "name"].iter().find_map(|name| run.fields.get(*name));
    if let Some(name) = named {
        run.name.clone_from(name);
    }
    if let Some(state) = state.filter(|state| state != "finished") {
        run.ending = Ending::Unfinished(format!("its state is {state}"));
    }
}
