//! Reads the columns that make a written curve give the same fit when it is read again.
//!
//! `tenfold export` writes these columns; other files need not have them. `kind` and `aggregate`
//! describe the error, `best_guess` is the error of a constant answer, `outcomes` holds the result
//! of each test example, and `censored` marks an error that is only an upper bound.

use tenfold_core::{Aggregate, MetricKind, Outcomes};

use super::cell::{Cell, is_absent};
use super::findings::{Findings, SourceLine};
use crate::meaning::names::DETAILS;
use crate::trial::outcome::Packed;

/// The values of a row beyond its measurement.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub(super) kind: Option<MetricKind>,
    pub(super) aggregate: Option<Aggregate>,
    pub(super) best_guess: Option<f64>,
    pub(super) test_examples: Option<u64>,
    pub(super) flop: Option<f64>,
    pub(super) is_censored: bool,
    pub(super) outcomes: Option<Outcomes>,
}

/// Marker of a row whose problems were reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsound;

/// Reads the details of a row; `None` if it has none.
pub(super) fn details(
    line: SourceLine<'_>,
    cells: &[Option<Cell<'_>>; DETAILS.len()],
    findings: &mut Findings,
) -> Result<Option<Details>, Unsound> {
    let mut details = Details::default();
    let mut is_sound = true;
    let mut is_empty = true;
    for ((name, _), cell) in DETAILS.into_iter().zip(cells) {
        let Some(cell) = cell.as_ref().filter(|cell| !is_absent(cell.text)) else { continue };
        is_empty = false;
        if let Err(needed) = details.set(name, cell.text.trim()) {
            is_sound = false;
            findings.add(line, cell.span.clone(), "", || {
                let hint = "leave the cell empty if it is not known".to_owned();
                (format!("`{name}` is not {needed}"), Some(hint))
            });
        }
    }
    if is_sound { Ok((!is_empty).then_some(details)) } else { Err(Unsound) }
}

impl Details {
    fn set(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        let positive = || text.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0);
        match name {
            "kind" => {
                let kinds = [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded];
                self.kind = kinds.into_iter().find(|kind| kind.name() == text);
                self.kind.map(drop).ok_or("one of `error-rate`, `loss`, `unbounded`")
            }
            "aggregate" => {
                self.aggregate = Aggregate::named(text);
                self.aggregate
                    .map(drop)
                    .ok_or("one of `mean`, `root-mean`, `ratio`, `exp-ratio`, `bleu`")
            }
            "best_guess" => {
                self.best_guess = positive();
                self.best_guess.map(drop).ok_or("a number above 0")
            }
            "test_examples" => {
                self.test_examples = text.parse().ok().filter(|count| *count > 0);
                self.test_examples.map(drop).ok_or("a whole number above 0")
            }
            "censored" => {
                let said = matches!(text, "0" | "1" | "true" | "false");
                self.is_censored = matches!(text, "1" | "true");
                said.then_some(()).ok_or("1, of an error that is an upper bound, or 0")
            }
            "flop" => {
                self.flop = positive();
                self.flop.map(drop).ok_or("a number above 0")
            }
            _ => {
                self.outcomes = unpacked(text);
                self.outcomes.as_ref().map(drop).ok_or("what `tenfold export` writes there")
            }
        }
    }
}

/// Formats outcomes as `bits:COUNT:BASE64` or `float32:COUNT:BASE64`; with several statistics per
/// example as `float32:COUNTxWIDTH:…`.
pub(super) fn packed(outcomes: &Outcomes) -> String {
    let width = match outcomes.width() {
        1 => String::new(),
        width => format!("x{width}"),
    };
    let examples = outcomes.examples();
    match Packed::pack(outcomes.values()) {
        Packed::Bits { data, .. } => format!("bits:{examples}{width}:{data}"),
        Packed::Float32 { data, .. } => format!("float32:{examples}{width}:{data}"),
    }
}

fn unpacked(text: &str) -> Option<Outcomes> {
    let (form, rest) = text.split_once(':')?;
    let (shape, data) = rest.split_once(':')?;
    let (examples, width) = shape.split_once('x').unwrap_or((shape, "1"));
    let (examples, width): (usize, usize) = (examples.parse().ok()?, width.parse().ok()?);
    let (count, data) = (examples.checked_mul(width)?, data.to_owned());
    let packed = match form {
        "bits" => Packed::Bits { count, data },
        "float32" => Packed::Float32 { count, data },
        _ => return None,
    };
    Outcomes::new(width, packed.unpack()?)
}
