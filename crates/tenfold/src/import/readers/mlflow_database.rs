//! Reads MLflow's database with SQL: runs, parameters, tags and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::sqlite::{columns_of, failed, open, require};
use crate::diagnostic::Problems;
use crate::import::mapping::Mapping;
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Schemas that were read in a test, oldest first, with the MLflow that writes them.
const KNOWN: [(&str, &str); 3] =
    [("97727af70f4d", "1.30"), ("acf3f17fdcc7", "2.9"), ("dc11669786a5", "3.17")];

/// Tables and columns that the reader needs.
const NEEDED: [(&str, &[&str]); 6] = [
    ("experiments", &["experiment_id", "name"]),
    ("runs", &["run_uuid", "status", "lifecycle_stage", "start_time", "experiment_id"]),
    ("params", &["key", "value", "run_uuid"]),
    ("tags", &["key", "value", "run_uuid"]),
    ("metrics", &["key", "value", "run_uuid", "step", "is_nan"]),
    ("latest_metrics", &["key", "value", "run_uuid", "is_nan"]),
];

/// Runs of an MLflow database.
pub(super) fn read(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    let connection = open(source, "MLflow")?;
    let versions: Vec<String> =
        KNOWN.iter().map(|(schema, mlflow)| format!("`{schema}` (MLflow {mlflow})")).collect();
    let known = format!("known schemas are {}", versions.join(", "));
    require(&connection, source, &NEEDED, &known)?;
    let schema = schema(&connection).map_err(|error| failed(source, &error))?;
    let mut warnings = Vec::new();
    let shown = schema.as_deref().unwrap_or("without a number");
    if !KNOWN.iter().any(|(known, _)| schema.as_deref() == Some(*known)) {
        warnings.push(format!(
            "the schema, {shown}, is not among those tested ({}); it was read because all that is \
             needed is there",
            versions.join(", ")
        ));
    }
    let runs = runs(&connection, mapping).map_err(|error| failed(source, &error))?;
    let experiments: BTreeSet<&String> =
        runs.iter().filter_map(|run| run.fields.get("experiment")).collect();
    let title = match experiments.first() {
        Some(only) if experiments.len() == 1 => (*only).clone(),
        _ => "mlflow".to_owned(),
    };
    let source = format!("MLflow database, schema {shown}");
    Ok(RunTable { runs, source, title, run_word: "run", warnings, said: Said::default() })
}

fn schema(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if columns_of(connection, "alembic_version")?.is_empty() {
        return Ok(None);
    }
    let query = "SELECT version_num FROM alembic_version";
    connection.query_row(query, [], |row| row.get(0)).optional()
}

fn runs(connection: &Connection, mapping: &Mapping) -> rusqlite::Result<Vec<Run>> {
    // Before version 2 a run's name was a tag only.
    let has_name = columns_of(connection, "runs")?.contains("name");
    let name = if has_name { "runs.name" } else { "NULL" };
    let mut statement = connection.prepare(&format!(
        "SELECT run_uuid, {name}, status, runs.lifecycle_stage, experiments.name
         FROM runs LEFT JOIN experiments ON runs.experiment_id = experiments.experiment_id
         ORDER BY start_time, run_uuid"
    ))?;
    let mut runs = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let (name, status): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let (stage, experiment): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let ending = match (stage.as_deref(), status.as_deref()) {
            (Some("deleted"), _) => Ending::Unfinished("it is deleted".to_owned()),
            (_, Some("FINISHED")) => Ending::Finished,
            (_, status) => Ending::Unfinished(format!(
                "its status is {}",
                status.unwrap_or("unknown").to_lowercase()
            )),
        };
        positions.insert(id.clone(), runs.len());
        runs.push(Run {
            identity: RunIdentity::new("mlflow", [id.as_str()]),
            name: name.filter(|name| !name.is_empty()).unwrap_or(id),
            line: None,
            fields: experiment.into_iter().map(|name| ("experiment".to_owned(), name)).collect(),
            metrics: BTreeMap::new(),
            ending,
        });
    }
    add_texts(connection, &positions, &mut runs)?;
    add_metrics(connection, mapping, &positions, &mut runs)?;
    Ok(runs)
}

/// Adds parameters and the tags that people set; of MLflow's own tags only the name.
fn add_texts(
    connection: &Connection,
    positions: &BTreeMap<String, usize>,
    runs: &mut [Run],
) -> rusqlite::Result<()> {
    // Parameters come last, because a parameter overrides a tag of the same name.
    for table in ["tags", "params"] {
        let query = format!("SELECT run_uuid, key, value FROM {table} WHERE value IS NOT NULL");
        let mut statement = connection.prepare(&query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, key): (String, String) = (row.get(0)?, row.get(1)?);
            let Some(run) = positions.get(&id).and_then(|at| runs.get_mut(*at)) else { continue };
            if key == "mlflow.runName" {
                run.name = row.get(2)?;
            } else if !key.starts_with("mlflow.") {
                run.fields.insert(key, row.get(2)?);
            }
        }
    }
    Ok(())
}

/// Adds the last value of every metric, or all values where the mapping needs them.
fn add_metrics(
    connection: &Connection,
    mapping: &Mapping,
    positions: &BTreeMap<String, usize>,
    runs: &mut [Run],
) -> rusqlite::Result<()> {
    let query = if mapping.take.needs_history() {
        "SELECT run_uuid, key, value, is_nan FROM metrics ORDER BY step, timestamp"
    } else {
        "SELECT run_uuid, key, value, is_nan FROM latest_metrics"
    };
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, key): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(run) = positions.get(&id).and_then(|at| runs.get_mut(*at)) else { continue };
        let value = if row.get::<_, bool>(3)? { f64::NAN } else { row.get(2)? };
        run.metrics.entry(key).or_default().push(value);
    }
    Ok(())
}
