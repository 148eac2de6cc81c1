//! Walks through the table and turns rows of cells into rows of numbers.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::ops::Range;
use std::path::Path;

use super::ReadOptions;
use super::cell::Cell;
use super::columns::{self, Columns, ReadAs};
use super::deviation::{self, Deviation};
use super::findings::{Findings, SourceLine};
use super::row::{Cells, Row, row};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::meaning::names::OPTIONAL;
use crate::table::{self, Fault, Quotes, Request, Sink, panel};

/// All rows of a file and the names of their curves.
pub(super) struct FileRows {
    pub(super) rows: Vec<Row>,
    /// In order of appearance; [`Row::curve`] is an index into it.
    pub(super) names: Vec<Box<str>>,
    /// How the columns were read.
    pub(super) read_as: ReadAs,
    /// Whether the file is JSON, so that a program wrote the numbers, with decimal points.
    pub(super) is_json: bool,
}

struct Walk<'o> {
    path: &'o Path,
    options: &'o ReadOptions,
    findings: Findings,
    /// Whether a header was read, good or not.
    has_header: bool,
    is_json: bool,
    columns: Option<Columns>,
    deviation: Deviation,
    /// Whether the missing number of runs behind `±` was reported; each row would report it again.
    are_runs_missing: bool,
    rows: Vec<Row>,
    names: Names,
    notes: Vec<String>,
}

/// Reads all rows.
pub(super) fn rows(
    source: &mut dyn BufRead,
    path: &Path,
    options: &ReadOptions,
) -> Result<FileRows, Problems> {
    let request = Request {
        path,
        kind: ProblemKind::Curve,
        sheet: options.sheet.as_deref(),
        wide: options.wide,
        metric: options.metric_column.as_deref(),
        is_score: options.higher_is_better,
        unnamed: options.metric_column.as_deref().unwrap_or("error"),
    };
    let mut walk = Walk {
        path,
        options,
        findings: Findings::new(path),
        has_header: false,
        is_json: false,
        columns: None,
        deviation: Deviation::default(),
        are_runs_missing: false,
        rows: Vec::new(),
        names: Names {
            default: options.name.clone().unwrap_or_else(|| default_name(path)),
            ..Names::default()
        },
        notes: Vec::new(),
    };
    let mut notes = table::read(source, &request, &mut walk)?;
    if !walk.findings.is_empty() {
        return Err(walk.findings.into_problems());
    }
    let whole = |message: &str, hint: &str| {
        let place = Place::file(path);
        Problems::from(Problem::new(ProblemKind::Curve, message).at(place).hint(hint))
    };
    if !walk.has_header {
        let hint = "a curve file starts with `size,error` and has a measurement a line";
        return Err(whole("the curve file is empty", hint));
    }
    if walk.rows.is_empty() {
        let hint = "add a line for each measurement: `1000,0.25`";
        return Err(whole("the curve file has a header and no measurements", hint));
    }
    notes.append(&mut walk.notes);
    let mut read_as = walk.columns.map(|columns| columns.read_as).unwrap_or_default();
    // Notes about the table come before those about its columns.
    read_as.guesses.splice(0..0, notes);
    Ok(FileRows { rows: walk.rows, names: walk.names.in_order, read_as, is_json: walk.is_json })
}

/// Name of the curve of a file that does not name its curves.
fn default_name(path: &Path) -> String {
    match path.file_stem() {
        Some(stem) if path != Path::new("-") => stem.to_string_lossy().into_owned(),
        _ => "curve".to_owned(),
    }
}

impl Sink for Walk<'_> {
    fn header(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool {
        self.has_header = true;
        let names: Vec<String> =
            cells.iter().map(|cell| line.cell(cell).trim().to_owned()).collect();
        if panel::panel(&names).is_some() {
            let message = "this is a chart of W&B, with a column a run and a row a step";
            let hint = format!("tenfold import wandb {} -o curves.csv", self.path.display());
            self.fault(Fault::of_row(line, message, hint));
            return false;
        }
        let found = columns::columns(line, cells, self.options, &mut self.findings);
        let Some(mut columns) = found else { return false };
        let deviation = deviation::deviation(&names, &columns, self.options);
        match deviation {
            Ok(deviation) => {
                // A column with the standard error takes the role of a column called
                // `standard_error`.
                if let Some(at) = deviation.column {
                    columns.optional[deviation::STANDARD_ERROR] = Some(at);
                }
                for at in deviation.columns() {
                    columns.read_as.is_read(&names[at]);
                }
                self.notes.extend(deviation.in_words(&names));
                self.deviation = deviation;
            }
            Err((message, hint)) => {
                self.fault(Fault::of_row(line, message, hint));
                return false;
            }
        }
        if let Some(before) = self.columns.take() {
            columns.read_as.apart =
                before.read_as.apart.with(&columns.read_as.apart, self.rows.len());
        }
        self.columns = Some(columns);
        true
    }

    fn row(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) {
        self.is_json |= line.quotes == Quotes::Json;
        let Some(columns) = &mut self.columns else { return };
        let cell = |at: usize| {
            let span = cells[at].clone();
            Cell { text: &line.text[span.clone()], span }
        };
        let mut optional = [const { None }; OPTIONAL.len()];
        for (slot, at) in optional.iter_mut().zip(&columns.optional) {
            *slot = at.map(cell);
        }
        let details = columns.details.map(|at| at.map(cell));
        let (size, metric) = (cell(columns.size), cell(columns.metric));
        let fold = columns.fold.map(cell);
        let read = Cells { size, metric, fold, optional, details };
        let text = |at: &usize| line.cell(&cells[*at]);
        let curve = match columns.curves.as_slice() {
            [] => self.names.position(None),
            [only] => self.names.position(Some(&text(only))),
            several => {
                let texts: Vec<_> = several.iter().map(text).collect();
                self.names.position(Some(&texts.join("/")))
            }
        };
        let Some(mut row) = row(line, curve, &read, columns, &mut self.findings) else { return };
        match self.deviation.runs_of(line, cells, &row) {
            Ok(runs) => divide(&mut row, runs.sqrt()),
            Err(_) if self.are_runs_missing => return,
            Err(fault) => {
                self.are_runs_missing = self.deviation.lacks_runs();
                return self.fault(*fault);
            }
        }
        self.rows.push(row);
        let Columns { names, read_as, .. } = columns;
        read_as.apart.add(|wanted| {
            let at = names.iter().position(|name| name == wanted)?;
            Some(&line.text[cells[at].clone()])
        });
    }

    fn fault(&mut self, fault: Fault<'_>) {
        let Fault { line, span, label, message, hint } = fault;
        self.has_header = true;
        if line.text.is_empty() {
            self.findings.add_line(line.number, message, hint.as_deref());
        } else {
            self.findings.add(line, span, label, || (message, hint));
        }
    }
}

/// Divides the standard error of a row that has one.
fn divide(row: &mut Row, by: f64) {
    if let Some(rare) = row.rare.as_deref_mut() {
        rare.standard_error = rare.standard_error.map(|each| each / by);
    }
}

/// Curve names and their positions in order of appearance.
#[derive(Default)]
struct Names {
    default: String,
    in_order: Vec<Box<str>>,
    positions: BTreeMap<Box<str>, u32>,
    last: u32,
}

impl Names {
    fn position(&mut self, name: Option<&str>) -> u32 {
        let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&self.default);
        // Rows of one curve mostly follow each other.
        if self.in_order.get(self.last as usize).is_some_and(|last| **last == *name) {
            return self.last;
        }
        self.last = if let Some(position) = self.positions.get(name) {
            *position
        } else {
            let position = self.in_order.len() as u32;
            self.in_order.push(name.into());
            self.positions.insert(name.into(), position);
            position
        };
        self.last
    }
}
