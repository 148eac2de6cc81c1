//! One measurement: the numbers of a line, each checked.

use std::ops::Range;

use tenfold_core::TrainingSetSize;

use super::ReadOptions;
use super::columns::OPTIONAL;
use super::detail::{DETAILS, Details, details};
use super::findings::{Findings, Line};

/// One measurement of the file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Position of its curve in order of appearance.
    pub(super) curve: u32,
    pub(super) line: u64,
    pub(super) size: TrainingSetSize,
    /// Above 0.
    pub(super) error: f64,
    pub(super) seed: Option<u64>,
    /// What few files have, elsewhere: a file may have millions of rows.
    pub(super) rare: Option<Box<Rare>>,
}

/// What a row says in columns that few files have.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    pub(super) standard_error: Option<f64>,
    pub(super) train_error: Option<f64>,
    pub(super) parameters: Option<u64>,
    pub(super) cost: Option<f64>,
    pub(super) seconds: Option<f64>,
    /// How often each example was seen; the size counts repeats.
    pub(super) epochs: Option<f64>,
    /// Model size without embeddings.
    pub(super) non_embedding_parameters: Option<f64>,
    pub(super) details: Details,
}

impl Row {
    /// What `of` finds in the columns that few files have.
    pub(super) fn rare<'r, T>(&'r self, of: impl Fn(&'r Rare) -> Option<T>) -> Option<T> {
        self.rare.as_deref().and_then(of)
    }
}

/// A cell as it was typed, and where.
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

/// The cells of a line by what they mean.
pub(super) struct Cells<'a> {
    pub(super) size: Cell<'a>,
    pub(super) metric: Cell<'a>,
    /// In the order of [`OPTIONAL`]; `None` where there is no such column.
    pub(super) optional: [Option<Cell<'a>>; OPTIONAL.len()],
    /// In the order of [`DETAILS`].
    pub(super) details: [Option<Cell<'a>>; DETAILS.len()],
}

/// The row of a line, or `None` once its problems are noted.
pub(super) fn row(
    line: Line<'_>,
    curve: u32,
    cells: &Cells<'_>,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Row> {
    let size = size(line, &cells.size, findings);
    let error = error(line, &cells.metric, options, findings);
    let mut numbers = [None; OPTIONAL.len()];
    let mut is_sound = true;
    for ((number, name), cell) in numbers.iter_mut().zip(OPTIONAL).zip(&cells.optional) {
        let Some(cell) = cell.as_ref().filter(|cell| !is_absent(cell.text)) else { continue };
        match optional(line, name, cell, findings) {
            Some(found) => *number = Some(found),
            None => is_sound = false,
        }
    }
    let details = details(line, &cells.details, findings);
    let [seed, standard_error, train_error, parameters, cost, seconds, epochs, others] = numbers;
    let details = details.ok()?;
    let has_rare = details.is_some() || numbers[1..].iter().any(Option::is_some);
    let rare = has_rare.then(|| {
        let parameters = parameters.map(|parameters| parameters.round() as u64);
        let details = details.unwrap_or_default();
        Rare {
            standard_error,
            train_error,
            parameters,
            cost,
            seconds,
            epochs,
            non_embedding_parameters: others,
            details,
        }
    });
    let row = Row {
        curve,
        line: line.number,
        size: size?,
        error: error?,
        seed: seed.map(|seed| seed as u64),
        rare: rare.map(Box::new),
    };
    is_sound.then_some(row)
}

/// What programs write for a value that was not measured.
fn is_absent(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || ["nan", "na", "null", "none"].iter().any(|no| text.eq_ignore_ascii_case(no))
}

fn size(line: Line<'_>, cell: &Cell<'_>, findings: &mut Findings) -> Option<TrainingSetSize> {
    let size = cell.text.parse().ok();
    if size.is_none() {
        let needed = "a number above 0 such as `1000`, `64k` or `1.2M` is needed";
        findings.add(line, cell.span.clone(), "", || {
            (format!("`size` is {}, {needed}", shown(cell.text)), None)
        });
    }
    size
}

fn error(
    line: Line<'_>,
    cell: &Cell<'_>,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<f64> {
    let name = options.metric();
    let found = || format!("`{name}` is {}", shown(cell.text));
    let Some(value) = finite(cell.text) else {
        findings.add(line, cell.span.clone(), "", || {
            let message = format!("{}, a finite number is needed", found());
            (message, number_hint(cell.text))
        });
        return None;
    };
    let error = if options.higher_is_better { options.best - value } else { value };
    if error > 0.0 {
        return Some(error);
    }
    findings.add(line, cell.span.clone(), "", || {
        let zero = "a measured error of 0 of n test examples counts as 0.5 / (n + 1)".to_owned();
        let best = options.best;
        match (options.higher_is_better, error < 0.0) {
            (false, false) => (format!("{}, an error above 0 is needed", found()), Some(zero)),
            (false, true) => {
                let hint = format!("for a score that grows: `--metric {name} --higher-is-better`");
                (format!("{}, an error above 0 is needed", found()), Some(hint))
            }
            (true, false) => {
                (format!("{}, which leaves an error of 0 below {best}", found()), Some(zero))
            }
            (true, true) => {
                let hint = if best <= 1.0 && value <= 100.0 { "100" } else { "BEST" };
                let hint = format!("`--best {hint}` if that is the score of a model without fault");
                (format!("{}, a score below the best one, {best}, is needed", found()), Some(hint))
            }
        }
    });
    None
}

fn optional(line: Line<'_>, name: &str, cell: &Cell<'_>, findings: &mut Findings) -> Option<f64> {
    let (value, needed) = match name {
        "seed" => {
            let seed = cell.text.parse::<u64>().ok().map(|seed| seed as f64);
            (
                seed.or_else(|| finite(cell.text).filter(|seed| is_seed(*seed))),
                "a whole number from 0",
            )
        }
        "epochs" => (finite(cell.text).filter(|epochs| *epochs > 0.0), "a number above 0"),
        "parameters" | "non_embedding_parameters" => {
            let count = cell.text.parse::<TrainingSetSize>().ok().map(TrainingSetSize::get);
            (count, "a number above 0 such as `1.2M`")
        }
        _ => (finite(cell.text).filter(|value| *value >= 0.0), "a number from 0"),
    };
    if value.is_none() {
        findings.add(line, cell.span.clone(), "", || {
            let message = format!("`{name}` is {}, {needed} is needed", shown(cell.text));
            (message, Some("leave the cell empty if it was not measured".to_owned()))
        });
    }
    value
}

/// Whether a number such as `3.0` is a seed; beyond 2^53 it would not be exact.
fn is_seed(value: f64) -> bool {
    value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
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

/// How the number has to be written, for the usual other ways.
fn number_hint(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(share) = text.strip_suffix('%').and_then(finite) {
        return Some(format!("write the share as a number: `{}`", share / 100.0));
    }
    let with_point = text.replace(',', ".");
    if with_point != text && finite(&with_point).is_some() {
        return Some(format!("write a point, not a comma: `{with_point}`"));
    }
    text.eq_ignore_ascii_case("nan").then(|| "leave out rows that were not measured".to_owned())
}
