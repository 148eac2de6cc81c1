//! Reads trials from Optuna's SQLite storage; at each size the best trial of a search counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use super::sqlite::{columns_of, failed, open, require};
use super::wrong_kind;
use crate::diagnostic::Problems;
use crate::import::mapping::{Mapping, Repeated};
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Tables and columns that the reader needs.
const NEEDED: [(&str, &[&str]); 6] = [
    ("studies", &["study_id", "study_name"]),
    ("study_directions", &["direction", "study_id", "objective"]),
    ("trials", &["trial_id", "number", "study_id", "state", "datetime_start"]),
    ("trial_params", &["trial_id", "param_name", "param_value", "distribution_json"]),
    ("trial_values", &["trial_id", "objective", "value"]),
    ("trial_user_attributes", &["trial_id", "key", "value_json"]),
];

/// The storage format covered by a test; Optuna 5.0 writes it.
const KNOWN: i64 = 12;

/// Trials of an Optuna storage.
pub(super) fn read(source: &Path, _mapping: &Mapping) -> Result<RunTable, Problems> {
    if source.is_dir() {
        let hint = format!("tenfold import optuna {}", source.join("optuna.db").display());
        return Err(wrong_kind(source, "a folder, Optuna's SQLite file was expected", hint));
    }
    let connection = open(source, "Optuna")?;
    let known = format!("known is storage format {KNOWN} (Optuna 5.0)");
    require(&connection, source, &NEEDED, &known)?;
    let wrong = |error: rusqlite::Error| failed(source, &error);
    let format = format(&connection).map_err(wrong)?;
    let shown = format.map_or_else(|| "without a number".to_owned(), |number| number.to_string());
    let mut warnings = Vec::new();
    if format != Some(KNOWN) {
        warnings.push(format!(
            "the storage format, {shown}, is not the one tested, {KNOWN}; it was read because all \
             that is needed is there"
        ));
    }
    let directions = directions(&connection).map_err(wrong)?;
    let runs = runs(&connection).map_err(wrong)?;
    let studies: BTreeSet<&String> =
        runs.iter().filter_map(|run| run.fields.get("study")).collect();
    let title = match studies.first() {
        Some(only) if studies.len() == 1 => (*only).clone(),
        _ => "optuna".to_owned(),
    };
    Ok(RunTable {
        title,
        runs,
        source: format!("Optuna storage, format {shown}"),
        run_word: "trial",
        warnings,
        said: Said {
            higher_is_better: match directions.first() {
                Some(only) if directions.len() == 1 => Some(only == "MAXIMIZE"),
                _ => None,
            },
            best: None,
            repeated: Some(Repeated::Best),
        },
    })
}

fn format(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if columns_of(connection, "version_info")?.is_empty() {
        return Ok(None);
    }
    connection.query_row("SELECT schema_version FROM version_info", [], |row| row.get(0)).optional()
}

fn directions(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = connection.prepare("SELECT DISTINCT direction FROM study_directions")?;
    let directions = statement.query_map([], |row| row.get(0))?;
    directions.collect()
}

fn runs(connection: &Connection) -> rusqlite::Result<Vec<Run>> {
    let mut statement = connection.prepare(
        "SELECT trial_id, number, study_name, state, datetime_start
         FROM trials JOIN studies USING (study_id) ORDER BY study_id, number",
    )?;
    let mut runs = Vec::new();
    let mut positions: BTreeMap<i64, usize> = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, number, study): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let state: String = row.get(3)?;
        let started: Option<String> = row.get(4)?;
        let number = number.to_string();
        let parts = [study.as_str(), number.as_str(), started.as_deref().unwrap_or_default()];
        positions.insert(id, runs.len());
        runs.push(Run {
            identity: RunIdentity::new("optuna", parts),
            name: format!("{study} {number}"),
            line: None,
            fields: BTreeMap::from([("study".to_owned(), study.clone())]),
            metrics: BTreeMap::new(),
            ending: match state.as_str() {
                "COMPLETE" => Ending::Finished,
                other => Ending::Unfinished(format!("its state is {}", other.to_lowercase())),
            },
        });
    }
    let mut at = |id: i64, change: &mut dyn FnMut(&mut Run)| {
        if let Some(run) = positions.get(&id).and_then(|at| runs.get_mut(*at)) {
            change(run);
        }
    };
    add_attributes(connection, &mut at)?;
    add_parameters(connection, &mut at)?;
    add_values(connection, &mut at)?;
    Ok(runs)
}

type At<'a> = dyn FnMut(i64, &mut dyn FnMut(&mut Run)) + 'a;

/// Adds the user attributes of studies and trials; a trial's attribute overrides its study's of the
/// same name.
fn add_attributes(connection: &Connection, at: &mut At<'_>) -> rusqlite::Result<()> {
    let has_study_notes = !columns_of(connection, "study_user_attributes")?.is_empty();
    let of_studies = "SELECT trial_id, key, value_json FROM study_user_attributes \
                      JOIN trials USING (study_id)";
    let of_trials = "SELECT trial_id, key, value_json FROM trial_user_attributes";
    for query in [of_studies, of_trials].into_iter().skip(usize::from(!has_study_notes)) {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, text): (String, Option<String>) = (row.get(1)?, row.get(2)?);
            let value = text.as_deref().map(serde_json::from_str::<Value>);
            let text = match value {
                Some(Ok(Value::String(text))) => text,
                Some(Ok(value)) => value.to_string(),
                _ => continue,
            };
            at(row.get(0)?, &mut |run| drop(run.fields.insert(key.clone(), text.clone())));
        }
    }
    Ok(())
}

/// Adds the parameters as Optuna suggested them: a category by its name, a whole number without a
/// point.
fn add_parameters(connection: &Connection, at: &mut At<'_>) -> rusqlite::Result<()> {
    let query = "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, value): (String, f64) = (row.get(1)?, row.get(2)?);
        let distribution: String = row.get(3)?;
        let distribution: Value = serde_json::from_str(&distribution).unwrap_or_default();
        let choice = distribution["attributes"]["choices"].get(value as usize);
        let text = match choice {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => value.to_string(),
        };
        at(row.get(0)?, &mut |run| drop(run.fields.insert(name.clone(), text.clone())));
    }
    Ok(())
}

/// Adds the objectives and the intermediate values.
fn add_values(connection: &Connection, at: &mut At<'_>) -> rusqlite::Result<()> {
    let objectives: i64 = connection.query_row(
        "SELECT coalesce(max(objective), 0) FROM trial_values",
        [],
        |row| row.get(0),
    )?;
    let mut statement =
        connection.prepare("SELECT trial_id, objective, value FROM trial_values")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (objective, value): (i64, Option<f64>) = (row.get(1)?, row.get(2)?);
        let name = if objectives == 0 { "value".to_owned() } else { format!("value_{objective}") };
        let values = vec![value.unwrap_or(f64::NAN)];
        at(row.get(0)?, &mut |run| drop(run.metrics.insert(name.clone(), values.clone())));
    }
    if columns_of(connection, "trial_intermediate_values")?.contains("intermediate_value") {
        let query = "SELECT trial_id, intermediate_value FROM trial_intermediate_values \
                     ORDER BY trial_id, step";
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let value: Option<f64> = row.get(1)?;
            let value = value.unwrap_or(f64::NAN);
            let name = "intermediate";
            at(row.get(0)?, &mut |run| {
                run.metrics.entry(name.to_owned()).or_default().push(value);
            });
        }
    }
    Ok(())
}
