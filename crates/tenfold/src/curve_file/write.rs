//! Writes curves as a curve file that reads back to the same curves, and so to the same fit.

use std::fmt::Write as _;

use tenfold_core::{Aggregate, CurvePoint, LearningCurve, MetricKind, Replicate};

use super::detail::packed;

/// One measurement to be written, columns by name.
pub type WrittenRow = Vec<(&'static str, WrittenCell)>;

/// A cell to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenCell {
    /// Text.
    Text(String),
    /// A number, written with all its digits.
    Number(f64),
    /// A whole number.
    Whole(u64),
}

/// The rows of `curves`, one per replicate, in the curves' order.
pub fn rows(curves: &[&LearningCurve]) -> Vec<WrittenRow> {
    let points = curves.iter().flat_map(|curve| curve.points().iter().map(move |at| (curve, at)));
    points
        .flat_map(|(curve, point)| {
            let replicates = point.replicates.iter().enumerate();
            replicates.map(move |(at, replicate)| row(curve, point, at, replicate))
        })
        .collect()
}

/// The row of replicate number `at` of a point.
fn row(curve: &LearningCurve, point: &CurvePoint, at: usize, replicate: &Replicate) -> WrittenRow {
    let number = |name, value: Option<f64>| value.map(|value| (name, WrittenCell::Number(value)));
    let whole = |name, value: Option<u64>| value.map(|value| (name, WrittenCell::Whole(value)));
    let cells = [
        Some(("curve", WrittenCell::Text(curve.name().to_owned()))),
        number("size", Some(point.size.get())),
        whole("seed", Some(replicate.seed)),
        number("error", Some(replicate.error)),
        number("train_error", point.train_error),
        // The standard error is written once per point: the reader combines those of a point's
        // rows.
        number("standard_error", point.standard_error.filter(|_| at == 0)),
        whole("parameters", point.parameter_count.map(|count| count.0)),
        number("seconds", point.training_seconds),
        number("cost", point.training_cost.map(|cost| cost.0)),
        number("flop", point.training_flop.map(|flop| flop.0)),
        number("best_guess", curve.best_guess()),
        whole("test_examples", point.test_examples),
        whole("censored", point.is_censored.then_some(1)),
        outcomes(replicate),
    ];
    let mut row: WrittenRow = cells.into_iter().flatten().collect();
    row.extend(described(curve.metric(), curve.aggregate()));
    row
}

/// The cells that describe the error: always its kind, and its aggregate if that is not the mean.
pub fn described(kind: MetricKind, aggregate: Aggregate) -> WrittenRow {
    let kind = ("kind", WrittenCell::Text(kind.name().to_owned()));
    let name = ("aggregate", WrittenCell::Text(aggregate.name.to_owned()));
    if aggregate == Aggregate::MEAN { vec![kind] } else { vec![kind, name] }
}

fn outcomes(replicate: &Replicate) -> Option<(&'static str, WrittenCell)> {
    let outcomes = replicate.outcomes.as_ref()?;
    Some(("outcomes", WrittenCell::Text(packed(outcomes))))
}

/// Name of the size column, by which a reader recognises the unit of the sizes.
pub fn size_column(unit: &str) -> &'static str {
    SIZE_COLUMNS.iter().find(|column| **column == unit).copied().unwrap_or("size")
}

/// Names of size columns that state the unit; the reader accepts each as a size.
const SIZE_COLUMNS: [&str; 2] = ["tokens", "hours"];

/// The columns that any of `rows` has, in the order in which they are written.
pub fn columns(rows: &[WrittenRow]) -> Vec<&'static str> {
    const ORDER: [&str; 19] = [
        "curve",
        "size",
        "tokens",
        "hours",
        "seed",
        "error",
        "train_error",
        "standard_error",
        "parameters",
        "seconds",
        "cost",
        "flop",
        "kind",
        "aggregate",
        "best_guess",
        "test_examples",
        "censored",
        "run",
        "outcomes",
    ];
    let is_used = |column: &&str| rows.iter().flatten().any(|(name, _)| name == column);
    ORDER.into_iter().filter(is_used).collect()
}

/// `rows` as CSV with a header.
pub fn csv(rows: &[WrittenRow]) -> String {
    let columns = columns(rows);
    let mut text = columns.join(",");
    text.push('\n');
    for row in rows {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            match row.iter().find(|(name, _)| name == column).map(|(_, cell)| cell) {
                Some(WrittenCell::Text(word)) => text.push_str(&quoted(word)),
                // Writing to a String cannot fail; `Display` gives the digits that read back.
                Some(WrittenCell::Number(number)) => drop(write!(text, "{number}")),
                Some(WrittenCell::Whole(number)) => drop(write!(text, "{number}")),
                None => {}
            }
        }
        text.push('\n');
    }
    text
}

/// Formats a text as a field on one line, quoted where it must be.
fn quoted(text: &str) -> String {
    let line: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let is_plain = !line.contains([',', ';', '"']) && line.trim() == line;
    if is_plain { line } else { format!("\"{}\"", line.replace('"', "\"\"")) }
}
