//! Decides what only the whole file can tell: the decimal separator, the unit of the sizes, the
//! scale of the metric.
//!
//! The numbers of `FileRows` come in as they were written. Here the sizes become numbers of
//! examples and the metric becomes an error of at least 0; a file that is ambiguous is refused,
//! with the option that the user has to add.

use std::collections::BTreeMap;
use std::path::Path;

use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::{MetricKind, TrainingSetSize};

use super::ReadOptions;
use super::lines::FileRows;
use super::row::Row;
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::meaning::apart::pooled;
use crate::meaning::decide::scale;
use crate::meaning::decimals::{self as meaning, Forms};
use crate::meaning::number::{Decimal, Unit, in_decimal};
use crate::meaning::scale::{Scale, ScaleRefusal, StatedScale, ValueUnit, Values};
use crate::meaning::sizes::counted;

/// The decisions about a file.
pub(super) struct Interpreted {
    pub(super) scale: Scale,
    /// Unit of the sizes.
    pub(super) unit: &'static str,
    /// Decisions that were made without being told, one sentence each.
    pub(super) warnings: Vec<String>,
}

/// Number of problems with single sizes that are reported in full.
const TOLD: usize = 8;

/// Turns the numbers of `rows` into sizes and errors, and sorts the rows by curve, size and line.
pub(super) fn interpret(
    rows: &mut FileRows,
    path: &Path,
    options: &ReadOptions,
) -> Result<Interpreted, Problems> {
    let mut warnings = std::mem::take(&mut rows.read_as.guesses);
    decimals(rows, path, options, &mut warnings)?;
    let unit = sizes(rows, path, options, &mut warnings)?;
    nothing_pooled(rows, path)?;
    rows.rows.sort_unstable_by_key(|row| (row.curve, row.size, row.line));
    not_measured(rows, path, options, &mut warnings)?;
    let said = said(rows, path, options)?;
    let scale = scale(&rows.read_as.metric, &values(&rows.rows), &said)
        .map_err(|refusal| refused(path, refusal))?;
    for row in &mut rows.rows {
        row.error = scale.error(row.error);
        let Some(rare) = &mut row.rare else { continue };
        rare.standard_error = rare.standard_error.map(|error| error / scale.per);
        let of_train =
            |error: f64| if scale.is_score { error / scale.per } else { scale.error(error) };
        rare.train_error = rare.train_error.map(of_train).filter(|error| *error >= 0.0);
    }
    warnings.extend(scale.notes(&said));
    if !rows.read_as.unread.is_empty() {
        let names = rows.read_as.unread.iter().map(String::as_str);
        warnings.push(format!("not read: {}", listed(names)));
    }
    Ok(Interpreted { scale, unit, warnings })
}

fn refused(path: &Path, refusal: ScaleRefusal) -> Problems {
    let problem = Problem::new(ProblemKind::Curve, refusal.message).at(Place::file(path));
    problem.hint(refusal.hint).into()
}

/// Decides whether the point in `1.000` is a decimal point.
fn decimals(
    rows: &mut FileRows,
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Problems> {
    let (mut of_sizes, mut of_metric) = (Forms::default(), Forms::default());
    for row in rows.rows.iter().filter(|row| !row.error.is_nan()) {
        of_sizes.add(row.written.size);
        of_metric.add(row.written.metric);
    }
    let said = options.decimal.or(rows.is_json.then_some(Decimal::Point));
    let (sizes, metric) =
        meaning::decimals(&of_sizes, &of_metric, said).map_err(|refusal| refused(path, refusal))?;
    let mut first = None;
    for row in &mut rows.rows {
        let size = in_decimal(row.size.get(), row.written.size, sizes);
        if size.total_cmp(&row.size.get()).is_ne() && first.is_none() {
            first = Some(size);
        }
        row.size = TrainingSetSize::new(size).unwrap_or(row.size);
        row.error = in_decimal(row.error, row.written.metric, metric);
    }
    if let (Some(size), Decimal::Comma, None) = (first, sizes, options.decimal) {
        warnings.push(format!("sizes have points between thousands, the first is {size}"));
    }
    Ok(())
}

/// Converts the sizes to their unit: examples, hours, or shares of a whole; returns the unit.
fn sizes(
    rows: &mut FileRows,
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<&'static str, Problems> {
    let mut units: Vec<Unit> = Vec::new();
    let mut largest = 0.0;
    for row in &rows.rows {
        largest = row.size.get().max(largest);
        if !units.contains(&row.written.size_unit) {
            units.push(row.written.size_unit);
        }
    }
    let counted = counted(&rows.read_as.size, &units, largest, options.whole)
        .map_err(|refusal| refused(path, refusal))?;
    warnings.extend(counted.note);
    for row in &mut rows.rows {
        row.size = TrainingSetSize::new(row.size.get() * counted.times).unwrap_or(row.size);
    }
    Ok(counted.unit)
}

/// Refuses rows of one curve and size that differ in a column which makes them different curves.
fn nothing_pooled(rows: &FileRows, path: &Path) -> Result<(), Problems> {
    if rows.read_as.apart.is_empty() {
        return Ok(());
    }
    let keys: Vec<(u32, TrainingSetSize)> =
        rows.rows.iter().map(|row| (row.curve, row.size)).collect();
    let telling = rows.read_as.apart.telling(&keys);
    if telling.is_empty() {
        return Ok(());
    }
    let source = path.display().to_string();
    Err(refused(path, pooled(&telling, &rows.read_as.curves, &source)))
}

/// Leaves out or refuses rows whose metric was not measured, with one sentence per size.
fn not_measured(
    rows: &mut FileRows,
    path: &Path,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Problems> {
    if rows.rows.iter().all(|row| !row.error.is_nan()) {
        return Ok(());
    }
    let name = &rows.read_as.metric;
    let mut problems = Vec::new();
    let groups = rows.rows.chunk_by(|a, b| (a.curve, a.size) == (b.curve, b.size));
    for group in groups {
        let Some(first) = group.iter().find(|row| row.error.is_nan()) else { continue };
        let count = group.iter().filter(|row| row.error.is_nan()).count();
        let (of, size) = (group.len(), first.size);
        let message = format!("`{name}` is missing in {count} of {of} rows of size {size}");
        problems.push(
            Problem::new(ProblemKind::Curve, message)
                .at(Place::line(path, first.line))
                .hint("`--skip-unusable` leaves such rows out"),
        );
    }
    let count = problems.len();
    if !options.skip_unusable {
        problems.truncate(TOLD);
        if count > TOLD {
            let message = format!("{} more sizes have such rows", count - TOLD);
            problems.push(Problem::new(ProblemKind::Curve, message).at(Place::file(path)));
        }
        return Err(Problems(problems));
    }
    warnings.extend(
        problems.into_iter().take(TOLD).map(|problem| format!("left out: {}", problem.message)),
    );
    if count > TOLD {
        warnings.push(format!("left out: rows of {} more sizes", count - TOLD));
    }
    rows.rows.retain(|row| !row.error.is_nan());
    if rows.rows.is_empty() {
        let problem = Problem::new(ProblemKind::Curve, "no row has a measurement");
        return Err(problem.at(Place::file(path)).hint("add measurements").into());
    }
    Ok(())
}

/// The scale that the user stated, with the kind that the rows themselves state.
fn said(rows: &FileRows, path: &Path, options: &ReadOptions) -> Result<StatedScale, Problems> {
    let mut stated: BTreeMap<&str, (MetricKind, u64)> = BTreeMap::new();
    for row in &rows.rows {
        if let Some(kind) = row.rare(|rare| rare.details.kind) {
            stated.entry(kind.name()).or_insert((kind, row.line));
        }
    }
    let kind = options.kind.or_else(|| stated.values().next().map(|(kind, _)| *kind));
    let is_like_percent = |row: &&Row| row.error > 1.0 && options.unit.is_none();
    if stated.len() > 1 && options.kind.is_none() {
        let of_rates = rows
            .rows
            .iter()
            .filter(|row| row.rare(|rare| rare.details.kind) == Some(MetricKind::ErrorRate));
        if let Some(row) = { of_rates }.find(is_like_percent) {
            let message = format!("an error rate lies between 0 and 1, this one is {}", row.error);
            let problem = Problem::new(ProblemKind::Curve, message).at(Place::line(path, row.line));
            return Err(problem.hint("write shares between 0 and 1").into());
        }
        // The curves are of several kinds, and each keeps the kind that its rows state.
        let (higher_is_better, best) = (options.higher_is_better, options.best);
        return Ok(StatedScale {
            higher_is_better,
            best,
            unit: Some(ValueUnit::Plain),
            kind: None,
        });
    }
    Ok(StatedScale {
        higher_is_better: options.higher_is_better,
        best: options.best,
        unit: options.unit,
        kind,
    })
}

/// Summary of all values; `rows` are in the order of curve and size.
fn values(rows: &[Row]) -> Values {
    let mut values = Values::default();
    let mut largest: f64 = 0.0;
    let mut has_parameters = false;
    for row in rows {
        values.add(row.error, row.written.is_percent);
        largest = largest.max(row.size.get());
        has_parameters |= row.rare(|rare| rare.parameters).is_some();
    }
    values.is_like_language_models = has_parameters || largest >= Values::MANY_TOKENS;
    let mut is_rising = true;
    let mut has_steps = false;
    for curve in rows.chunk_by(|a, b| a.curve == b.curve) {
        let sizes = curve.chunk_by(|a, b| a.size == b.size);
        let medians: Vec<f64> = sizes
            .map(|rows| {
                median_in_place(&mut rows.iter().map(|row| row.error).collect::<Vec<f64>>())
            })
            .collect();
        has_steps |= medians.len() > 2;
        is_rising &= medians.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_rising {
            break;
        }
    }
    values.rises = is_rising && has_steps;
    values
}
