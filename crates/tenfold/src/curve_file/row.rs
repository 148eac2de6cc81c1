//! Reads one measurement: the numbers of a line, each checked.

use tenfold_core::TrainingSetSize;

use super::cell::{Cell, is_absent};
use super::columns::Columns;
use super::detail::{Details, details};
use super::findings::{Findings, SourceLine};
use crate::meaning::names::{self, DETAILS, OPTIONAL};
use crate::meaning::number::{self, Form, Number, Unit};

/// One measurement of the file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Position of its curve in order of appearance.
    pub(super) curve: u32,
    /// How its numbers were written.
    pub(super) written: Written,
    pub(super) line: u64,
    pub(super) size: TrainingSetSize,
    /// The metric as written, NaN if it was not measured; after `interpret` the error, at least 0.
    pub(super) error: f64,
    pub(super) seed: Option<u64>,
    /// Values that few files have. They are boxed because a file may have millions of rows.
    pub(super) rare: Option<Box<Rare>>,
}

/// How the two numbers of a row were written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) size: Form,
    pub(super) size_unit: Unit,
    pub(super) metric: Form,
    pub(super) is_percent: bool,
}

/// Values from columns that few files have.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    pub(super) standard_error: Option<f64>,
    pub(super) train_error: Option<f64>,
    pub(super) parameters: Option<u64>,
    pub(super) cost: Option<f64>,
    pub(super) seconds: Option<f64>,
    /// Number of times that each example was seen; the size counts repetitions.
    pub(super) epochs: Option<f64>,
    /// Model size without embeddings.
    pub(super) non_embedding_parameters: Option<f64>,
    pub(super) details: Details,
}

impl Row {
    /// Applies `of` to the values that few files have; `None` if there are none.
    pub(super) fn rare<'r, T>(&'r self, of: impl Fn(&'r Rare) -> Option<T>) -> Option<T> {
        self.rare.as_deref().and_then(of)
    }
}

/// The cells of a line by their role.
pub(super) struct Cells<'a> {
    pub(super) size: Cell<'a>,
    pub(super) metric: Cell<'a>,
    /// The fold, where another column holds the seed.
    pub(super) fold: Option<Cell<'a>>,
    /// One per name of [`OPTIONAL`], in that order; `None` without such a column.
    pub(super) optional: [Option<Cell<'a>>; OPTIONAL.len()],
    /// One per name of [`DETAILS`], in that order.
    pub(super) details: [Option<Cell<'a>>; DETAILS.len()],
}

/// Reads the row of a line; returns `None` after reporting its problems.
pub(super) fn row(
    line: SourceLine<'_>,
    curve: u32,
    cells: &Cells<'_>,
    columns: &Columns,
    findings: &mut Findings,
) -> Option<Row> {
    let size = size(line, &cells.size, &columns.names[columns.size], findings);
    let metric = metric(line, &cells.metric, &columns.read_as.metric, findings);
    let seed = cells.optional[0].as_ref().filter(|cell| !is_absent(cell.text));
    let seed = seed.map(|cell| seed_of(line, cell, &columns.names, columns.optional[0], findings));
    let fold = cells.fold.as_ref().filter(|cell| !is_absent(cell.text));
    let mut numbers = [None; OPTIONAL.len()];
    let mut is_sound = seed.is_none_or(|seed| seed.is_some());
    for (at, (name, _)) in OPTIONAL.into_iter().enumerate().skip(1) {
        let cell = cells.optional[at].as_ref().filter(|cell| !is_absent(cell.text));
        let Some(cell) = cell else { continue };
        match optional(line, name, cell, findings) {
            Some(found) => numbers[at] = Some(found),
            None => is_sound = false,
        }
    }
    let details = details(line, &cells.details, findings);
    let [_, standard_error, train_error, parameters, cost, seconds, epochs, others] = numbers;
    let (details, size, metric) = (details.ok()?, size?, metric?);
    let standard_error = standard_error.or(metric.deviation);
    let has_rare =
        details.is_some() || standard_error.is_some() || numbers[2..].iter().any(Option::is_some);
    let rare = has_rare.then(|| Rare {
        standard_error,
        train_error,
        parameters: parameters.map(|parameters| parameters.round() as u64),
        cost,
        seconds,
        epochs,
        non_embedding_parameters: others,
        details: details.unwrap_or_default(),
    });
    let row = Row {
        curve,
        written: Written {
            size: size.form,
            size_unit: size.unit,
            metric: metric.form,
            is_percent: metric.unit == Unit::Percent,
        },
        line: line.number,
        size: TrainingSetSize::new(size.value)?,
        error: metric.value,
        seed: match (seed.flatten(), fold) {
            (Some(seed), Some(fold)) => Some(names::seed_of_fold(seed, fold.text)),
            (seed, _) => seed,
        },
        rare: rare.map(Box::new),
    };
    is_sound.then_some(row)
}

fn size(
    line: SourceLine<'_>,
    cell: &Cell<'_>,
    name: &str,
    findings: &mut Findings,
) -> Option<Number> {
    let size = number::read(cell.text).filter(|size| size.value > 0.0);
    if size.is_none() {
        let needed = "a number above 0 such as `1000`, `64k` or `1.2M` is needed";
        findings.add(line, cell.span.clone(), "", || {
            (format!("`{name}` is {}, {needed}", shown(cell.text)), None)
        });
    }
    size
}

/// Reads the metric; NaN if it was not measured.
fn metric(
    line: SourceLine<'_>,
    cell: &Cell<'_>,
    name: &str,
    findings: &mut Findings,
) -> Option<Number> {
    if is_absent(cell.text) {
        let (form, unit) = (Form::default(), Unit::default());
        return Some(Number { value: f64::NAN, form, unit, deviation: None });
    }
    let found = number::read(cell.text).filter(|found| found.unit != Unit::Hours);
    if found.is_none() {
        findings.add(line, cell.span.clone(), "", || {
            (format!("`{name}` is {}, a finite number is needed", shown(cell.text)), None)
        });
    }
    found
}

fn seed_of(
    line: SourceLine<'_>,
    cell: &Cell<'_>,
    names: &[String],
    column: Option<usize>,
    findings: &mut Findings,
) -> Option<u64> {
    match names::seed(cell.text) {
        Ok(seed) => Some(seed),
        Err(needed) => {
            let name = column.map_or("seed", |at| names[at].as_str());
            findings.add(line, cell.span.clone(), "", || {
                let message = format!("`{name}` is {}, {needed} is needed", shown(cell.text));
                (message, Some("leave the cell empty if it was not measured".to_owned()))
            });
            None
        }
    }
}

fn optional(
    line: SourceLine<'_>,
    name: &str,
    cell: &Cell<'_>,
    findings: &mut Findings,
) -> Option<f64> {
    let number = number::read(cell.text);
    let plain = number.filter(|found| found.unit == Unit::Plain).map(|found| found.value);
    let (value, needed) = match name {
        "epochs" => (plain.filter(|epochs| *epochs > 0.0), "a number above 0"),
        "parameters" | "non_embedding_parameters" => {
            (plain.filter(|count| *count > 0.0), "a number above 0 such as `1.2M`")
        }
        "train_error" | "standard_error" => {
            (number.map(|found| found.value).filter(|value| *value >= 0.0), "a number from 0")
        }
        _ => (plain.filter(|value| *value >= 0.0), "a number from 0"),
    };
    if value.is_none() {
        findings.add(line, cell.span.clone(), "", || {
            let message = format!("`{name}` is {}, {needed} is needed", shown(cell.text));
            (message, Some("leave the cell empty if it was not measured".to_owned()))
        });
    }
    value
}

/// A cell in a message: in backticks, or by name if it is empty.
fn shown(text: &str) -> String {
    if text.trim().is_empty() {
        return "empty".to_owned();
    }
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}
