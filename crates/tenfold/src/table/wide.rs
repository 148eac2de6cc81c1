//! Turns a wide table, with sizes side by side or one column per curve or repeat, into one row per
//! measurement.
//!
//! ```text
//! model | 1000 | 2000        size | fold 0 | fold 1
//! cnn   | 0.31 | 0.22        1000 | 0.31   | 0.33
//! ```
//!
//! The numbers of such a table have no name, so that nothing shows whether they are errors or
//! scores. Numbers that rise with the size are therefore read only if the user says which they are.

use std::ops::Range;

use tenfold_core::TrainingSetSize;

use super::Request;
use super::row::{Fault, Quotes, Sink, SourceLine};
use super::wide_shape::{Shape, shape};
use crate::diagnostic::closest::listed;

/// The meaning of the columns beside a column of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wide {
    /// Each is a curve.
    Curves,
    /// Each is a repeat of one curve.
    Repeats,
}

/// Number of columns that a message names.
const NAMED: usize = 4;

/// An owned copy of a `SourceLine` with its cells.
struct Kept {
    number: u64,
    text: String,
    counted: Option<String>,
    quotes: Quotes,
    cells: Vec<Range<usize>>,
}

impl Kept {
    fn of(line: SourceLine<'_>, cells: &[Range<usize>]) -> Self {
        Self {
            number: line.number,
            text: line.text.to_owned(),
            counted: line.counted.map(str::to_owned),
            quotes: line.quotes,
            cells: cells.to_vec(),
        }
    }

    fn line(&self) -> SourceLine<'_> {
        let (number, quotes) = (self.number, self.quotes);
        SourceLine { number, text: &self.text, counted: self.counted.as_deref(), quotes }
    }
}

enum State {
    /// No header was read yet.
    Start,
    /// The table has one row per measurement, or no more rows are wanted.
    Long { is_wanted: bool },
    /// The header looks like that of a wide table; its first row decides.
    Looked(Kept, Shape),
    /// The table is wide: its rows are turned into measurements.
    Wide(Kept, Shape),
}

/// Receives the rows of a table and passes them on as one row per measurement.
pub(super) struct Unfolding<'s> {
    sink: &'s mut dyn Sink,
    wide: Option<Wide>,
    metric: Option<String>,
    unnamed: String,
    is_score: Option<bool>,
    state: State,
    rows: usize,
    /// Size, sum and count of the numbers at the smallest and at the largest size.
    smallest: (f64, f64, f64),
    largest: (f64, f64, f64),
}

impl<'s> Unfolding<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink, request: &Request<'_>) -> Self {
        Self {
            sink,
            wide: request.wide,
            metric: request.metric.map(str::to_owned),
            unnamed: request.unnamed.to_owned(),
            is_score: request.is_score,
            state: State::Start,
            rows: 0,
            smallest: (f64::INFINITY, 0.0, 0.0),
            largest: (0.0, 0.0, 0.0),
        }
    }

    /// Notes how a wide table was read, or reports why it cannot be read.
    pub(super) fn finish(&mut self, notes: &mut Vec<String>) {
        match std::mem::replace(&mut self.state, State::Start) {
            State::Looked(header, _) => {
                self.sink.header(header.line(), &header.cells);
            }
            State::Wide(header, shape) => {
                let mean = |(_, sum, count): (f64, f64, f64)| sum / count;
                let rises = mean(self.largest) > mean(self.smallest);
                if rises && self.is_score.is_none() && self.metric.is_none() {
                    let message = "the numbers rise with the size, and nothing says whether they \
                                   are scores or errors";
                    let hint = "`--higher-is-better` for scores, `--metric error` for errors";
                    self.sink.fault(Fault::of_row(header.line(), message, hint));
                }
                notes.push(shape.in_words(self.rows));
            }
            State::Start | State::Long { .. } => {}
        }
    }

    fn look(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool {
        let names: Vec<String> =
            cells.iter().map(|cell| line.cell(cell).trim().to_owned()).collect();
        if let Some(shape) = shape(&names, self.metric.as_deref(), self.wide) {
            self.state = State::Looked(Kept::of(line, cells), shape);
            true
        } else {
            let is_wanted = self.sink.header(line, cells);
            self.state = State::Long { is_wanted };
            is_wanted
        }
    }

    /// Decides by the first row below `header` whether the table is wide.
    fn decide(&mut self, header: Kept, shape: Shape, line: SourceLine<'_>, cells: &[Range<usize>]) {
        let is_number = |at: usize| {
            cells.get(at).is_some_and(|cell| {
                let text = line.cell(cell);
                text.trim().is_empty() || super::grid::is_number(&text) || is_absent(&text)
            })
        };
        if !shape.values().iter().all(|at| is_number(*at)) {
            let is_wanted = self.sink.header(header.line(), &header.cells);
            self.state = State::Long { is_wanted };
            return;
        }
        if let Shape::Unclear { names } = &shape {
            let named = listed(names.iter().take(NAMED).map(String::as_str));
            let message = format!(
                "the columns {named} beside the sizes may be curves, repeats or different metrics"
            );
            let first = names.first().map_or("NAME", String::as_str);
            let hint = format!("`--wide curves`, `--wide repeats` or `--metric '{first}'`");
            self.sink.fault(Fault::of_row(header.line(), message, hint));
            self.state = State::Long { is_wanted: false };
            return;
        }
        let metric = self.metric.as_ref().unwrap_or(&self.unnamed);
        let text = format!("curve, size, seed, {metric}");
        let names = [0..5, 7..11, 13..17, 19..text.len()];
        let has = [shape.has_curves(), true, shape.has_seeds(), true];
        let names: Vec<Range<usize>> =
            names.into_iter().zip(has).filter(|(_, has)| *has).map(|(name, _)| name).collect();
        let first = header.line();
        let wanted = self.sink.header(SourceLine { text: &text, ..first }, &names);
        self.state =
            if wanted { State::Wide(header, shape) } else { State::Long { is_wanted: false } };
    }

    /// Passes on the measurements of a row.
    fn unfold(
        &mut self,
        header: &Kept,
        shape: &Shape,
        line: SourceLine<'_>,
        cells: &[Range<usize>],
    ) {
        let index = self.rows;
        self.rows += 1;
        let texts: Vec<String> =
            cells.iter().map(|cell| line.cell(cell).trim().to_owned()).collect();
        for at in shape.values() {
            let Some(cell) = cells.get(at).filter(|cell| !is_absent(&line.text[(*cell).clone()]))
            else {
                continue;
            };
            let head = header.line().cell(&header.cells[at]).trim().to_owned();
            let measured = shape.measured(at, &head, &texts, index);
            self.remember(&measured.size, &texts[at]);
            let mut text = format!("{}  (", line.text);
            let mut spans = Vec::with_capacity(4);
            if let Some(curve) = &measured.curve {
                say(&mut text, &mut spans, "curve", curve);
            }
            say(&mut text, &mut spans, "size", &measured.size);
            if let Some(seed) = &measured.seed {
                say(&mut text, &mut spans, "seed", seed);
            }
            text.push(')');
            spans.push(cell.clone());
            self.sink.row(SourceLine { text: &text, ..line }, &spans);
        }
    }

    fn remember(&mut self, size: &str, value: &str) {
        let size = size.parse::<TrainingSetSize>().map_or(f64::NAN, TrainingSetSize::get);
        let value = value.trim_end_matches('%').trim().replace(',', ".").parse().unwrap_or(0.0);
        let (is_smaller, is_larger) = (size < self.smallest.0, size > self.largest.0);
        for (end, is_further) in [(&mut self.smallest, is_smaller), (&mut self.largest, is_larger)]
        {
            if is_further {
                *end = (size, 0.0, 0.0);
            }
            if end.0.total_cmp(&size).is_eq() {
                end.1 += value;
                end.2 += 1.0;
            }
        }
    }
}

impl Sink for Unfolding<'_> {
    fn header(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool {
        match &self.state {
            State::Start => self.look(line, cells),
            State::Long { .. } | State::Looked(..) => {
                let is_wanted = self.sink.header(line, cells);
                self.state = State::Long { is_wanted };
                is_wanted
            }
            State::Wide(..) => {
                let message = "the row has a column that those before it do not have";
                let hint = "give every row the columns of the first";
                self.sink.fault(Fault::of_row(line, message, hint));
                true
            }
        }
    }

    fn row(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) {
        if let State::Long { is_wanted } = self.state {
            if is_wanted {
                self.sink.row(line, cells);
            }
            return;
        }
        match std::mem::replace(&mut self.state, State::Start) {
            State::Looked(header, shape) => {
                self.decide(header, shape, line, cells);
                self.row(line, cells);
            }
            State::Wide(header, shape) => {
                self.unfold(&header, &shape, line, cells);
                self.state = State::Wide(header, shape);
            }
            State::Start | State::Long { .. } => {}
        }
    }

    fn fault(&mut self, fault: Fault<'_>) {
        self.sink.fault(fault);
    }
}

/// Appends a named value to the text of its row, and its position to `spans`.
fn say(text: &mut String, spans: &mut Vec<Range<usize>>, name: &str, value: &str) {
    if !text.ends_with('(') {
        text.push_str(", ");
    }
    text.push_str(name);
    text.push(' ');
    let start = text.len();
    text.push_str(value);
    spans.push(start..text.len());
}

/// Whether a cell holds a word that programs write for a value that was not measured.
fn is_absent(text: &str) -> bool {
    let text = text.trim();
    let words = ["nan", "na", "null", "none", "-", "–", "n/a"];
    text.is_empty() || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
