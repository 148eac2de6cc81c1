//! Groups the rows of a table into runs: one row per run, or all rows of a run together.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Problems;
use crate::import::mapping::Mapping;
use crate::import::names;
use crate::import::run::{Ending, Run, RunIdentity};
use crate::meaning::names::{CURVES, FOLDS, RUNS, SEEDS, SIZES, STEPS, guess};
use crate::meaning::number;

/// One row of a table: texts by the names of their columns, empty ones left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Line in the file, from 1.
    pub(super) line: Option<u64>,
    /// Name of the row, if its reader gives one.
    pub(super) name: Option<String>,
    /// Column to text.
    pub(super) cells: BTreeMap<String, String>,
}

/// The runs of `rows`, and what was guessed about them.
///
/// # Errors
/// A column of `--run` that is not there.
pub(super) fn runs_of_rows(
    tool: &str,
    rows: Vec<Row>,
    mapping: &Mapping,
) -> Result<(Vec<Run>, Vec<String>), Problems> {
    let names: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.cells.keys()).map(String::as_str).collect();
    // A row that is a run may have `summary._step`, its last step; such a column is no step of a
    // table.
    let plain: BTreeSet<&str> =
        names.iter().copied().filter(|name| !name.contains(['.', '/'])).collect();
    let step = guess(&STEPS, &plain).map(str::to_owned);
    let mut keys = Vec::new();
    for name in &mapping.run {
        let choice = names::choose("column", "--run", Some(name), &RUNS, &names)?;
        keys.extend(choice.map(|choice| choice.name));
    }
    let mut warnings = Vec::new();
    if keys.is_empty()
        && let Some(step) = &step
    {
        keys = guessed_keys(&names, mapping);
        if !keys.is_empty() {
            warnings.push(format!(
                "column `{step}` counts steps: rows with the same {} were taken for one run \
                 (`--run` says otherwise)",
                crate::diagnostic::closest::listed(keys.iter().map(String::as_str))
            ));
        }
    }
    let runs = if keys.is_empty() {
        let mut seen: BTreeMap<RunIdentity, usize> = BTreeMap::new();
        let mut run = |(at, row)| {
            let mut run = run_of_row(tool, at, row);
            let times = seen.entry(run.identity.clone()).or_default();
            *times += 1;
            // Two equal rows of one table are two runs.
            if *times > 1 {
                run.identity =
                    RunIdentity::new(run.identity.as_str(), [times.to_string().as_str()]);
            }
            run
        };
        rows.into_iter().enumerate().map(&mut run).collect()
    } else {
        grouped(tool, rows, &keys, step.as_deref())
    };
    Ok((runs, warnings))
}

/// The columns that tell runs apart in a table with one row per step: the run's name, or size,
/// seed, fold and curve.
fn guessed_keys(names: &BTreeSet<&str>, mapping: &Mapping) -> Vec<String> {
    if let Some(run) = guess(&RUNS, names) {
        return vec![run.to_owned()];
    }
    let one = |asked: &Option<String>, usual: &[&str]| {
        asked.clone().or_else(|| guess(usual, names).map(str::to_owned))
    };
    let curves = match mapping.curve.as_slice() {
        [] => one(&None, &CURVES).into_iter().collect(),
        typed => typed.to_vec(),
    };
    let seed = one(&mapping.seed, &SEEDS);
    let fold = guess(&FOLDS, names).filter(|fold| seed.as_deref() != Some(*fold));
    let rest = [one(&mapping.size, &SIZES), seed, fold.map(str::to_owned)];
    rest.into_iter().flatten().chain(curves).collect()
}

fn number(text: &str) -> Option<f64> {
    let found = number::read(text).map(|found| found.value);
    // NaN and infinity are values of runs that diverged.
    found.or_else(|| text.trim().parse().ok())
}

fn run_of_row(tool: &str, at: usize, row: Row) -> Run {
    let name = row.name.unwrap_or_else(|| format!("row {}", at + 1));
    // A row has no name of its own. Its content identifies it, so that reading the same table twice
    // gives the same runs.
    let parts = row.cells.iter().flat_map(|(column, text)| [column.as_str(), text.as_str()]);
    let identity = RunIdentity::new(tool, parts);
    let measured = |(column, text): (&String, &String)| Some((column.clone(), vec![number(text)?]));
    let metrics = row.cells.iter().filter_map(measured).collect();
    Run { identity, name, line: row.line, fields: row.cells, metrics, ending: Ending::Finished }
}

/// Runs of the rows that share the texts of `keys`, in order of appearance.
fn grouped(tool: &str, rows: Vec<Row>, keys: &[String], step: Option<&str>) -> Vec<Run> {
    let mut order: Vec<Vec<String>> = Vec::new();
    let mut groups: BTreeMap<Vec<String>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let key: Vec<String> =
            keys.iter().map(|key| row.cells.get(key).cloned().unwrap_or_default()).collect();
        let group = groups.entry(key.clone()).or_default();
        if group.is_empty() {
            order.push(key);
        }
        group.push(row);
    }
    let run = |key: Vec<String>| {
        let mut rows = groups.remove(&key).unwrap_or_default();
        if let Some(step) = step {
            let at = |row: &Row| row.cells.get(step).and_then(|text| number(text));
            rows.sort_by(|a, b| at(a).unwrap_or(0.0).total_cmp(&at(b).unwrap_or(0.0)));
        }
        let parts = keys.iter().zip(&key).flat_map(|(name, text)| [name.as_str(), text.as_str()]);
        let identity = RunIdentity::new(tool, parts);
        let (mut fields, mut metrics) = (BTreeMap::new(), BTreeMap::<String, Vec<f64>>::new());
        let line = rows.first().and_then(|row| row.line);
        for (column, text) in rows.into_iter().flat_map(|row| row.cells) {
            if let Some(value) = number(&text) {
                metrics.entry(column.clone()).or_default().push(value);
            }
            fields.insert(column, text);
        }
        Run { identity, name: key.join(" "), line, fields, metrics, ending: Ending::Finished }
    };
    order.into_iter().map(run).collect()
}
