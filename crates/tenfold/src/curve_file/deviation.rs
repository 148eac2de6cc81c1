//! Finds the column with the spread of the runs behind a row, and the number of these runs.
//!
//! A point needs the standard error of its mean. A standard deviation is that of single runs;
//! divided by the root of their number, which must be known, it becomes the standard error of their
//! mean.

use std::ops::Range;

use super::ReadOptions;
use super::columns::Columns;
use super::findings::SourceLine;
use super::row::Row;
use crate::diagnostic::closest::{closest, listed};
use crate::meaning::names::{self, OPTIONAL};
use crate::table::Fault;

/// Index of `standard_error` among the optional columns.
pub(super) const STANDARD_ERROR: usize = 1;
const _: () = assert!(matches!(OPTIONAL[STANDARD_ERROR].0.as_bytes(), b"standard_error"));

/// Usual names of a column with a standard error.
const ERRORS: [&str; 7] =
    ["standard_error", "standarderror", "std_error", "std_err", "stderr", "sem", "se"];

/// Usual names of a column with a standard deviation.
const DEVIATIONS: [&str; 8] =
    ["std", "sd", "stdev", "stddev", "std_dev", "standard_deviation", "deviation", "sigma"];

/// Usual names of a column with the number of runs behind a row.
const RUNS: [&str; 12] = [
    "runs",
    "n_runs",
    "num_runs",
    "seeds",
    "n_seeds",
    "num_seeds",
    "repeats",
    "n_repeats",
    "replicates",
    "n_replicates",
    "folds",
    "n_folds",
];

/// Beginnings and ends of a name that mark its column as a mean.
const MEANS: [&str; 3] = ["mean", "avg", "average"];

/// The source of the spread of each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deviation {
    /// Column with the standard error, or the standard deviation if runs are known.
    pub(super) column: Option<usize>,
    /// Number of runs, by the root of which a standard deviation is divided; `None` for a standard
    /// error.
    runs: Option<Runs>,
    /// Whether a column holds the spread, so that `±` beside a value adds nothing.
    has_column: bool,
    /// Number of runs behind each row, if the user gave it.
    said: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Runs {
    /// The user gave one number for all rows.
    Said(u32),
    /// Index of the column with the number.
    Column(usize),
}

/// Finds the spread of the metric among the columns.
///
/// # Errors
/// A column that is not there, or a standard deviation of an unknown number of runs: what was found,
/// and what to type.
pub(super) fn deviation(
    names: &[String],
    columns: &Columns,
    options: &ReadOptions,
) -> Result<Deviation, (String, String)> {
    let found = column(names, columns, options)?;
    let has_column = found.column.is_some() || columns.optional[STANDARD_ERROR].is_some();
    Ok(Deviation { has_column, said: options.runs, ..found })
}

fn column(
    names: &[String],
    columns: &Columns,
    options: &ReadOptions,
) -> Result<Deviation, (String, String)> {
    let named = |flag: &str, name: &String| {
        names.iter().position(|found| found.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let all = || names.iter().map(String::as_str);
            let near = closest(name, all()).unwrap_or("NAME");
            let message = format!("there is no column `{name}`, there are {}", listed(all()));
            (message, format!("`{flag} '{near}'`"))
        })
    };
    if let Some(name) = &options.standard_error {
        return Ok(Deviation::of(named("--standard-error", name)?, None));
    }
    let asked = options.standard_deviation.as_ref();
    let asked = asked.map(|name| named("--standard-deviation", name)).transpose()?;
    let plain: Vec<String> = names.iter().map(|name| names::plain(name)).collect();
    let metric = &plain[columns.metric];
    if asked.is_none() {
        if columns.optional[STANDARD_ERROR].is_some() {
            return Ok(Deviation::default());
        }
        if let Some(at) = of_metric(&plain, metric, &ERRORS) {
            return Ok(Deviation::of(at, None));
        }
    }
    let Some(at) = asked.or_else(|| of_metric(&plain, metric, &DEVIATIONS)) else {
        return Ok(Deviation::default());
    };
    let column = plain.iter().position(|name| RUNS.contains(&name.as_str()));
    let runs = options.runs.map(Runs::Said).or(column.map(Runs::Column));
    if runs.is_none() {
        let name = &names[at];
        let message = format!(
            "`{name}` says how much runs differ, and nothing says how many runs are behind a row"
        );
        let hint = format!(
            "`--runs 5`, or `--standard-error '{name}'` if it is the standard error of the mean"
        );
        return Err((message, hint));
    }
    Ok(Deviation::of(at, runs))
}

/// The column called by one of `words`, alone or with the name of the metric.
fn of_metric(names: &[String], metric: &str, words: &[&str]) -> Option<usize> {
    let mut stems = vec![metric];
    for mean in MEANS {
        let end = metric.strip_suffix(mean).map(|stem| stem.trim_end_matches('_'));
        let start = metric.strip_prefix(mean).map(|stem| stem.trim_start_matches('_'));
        stems.extend(end.into_iter().chain(start).filter(|stem| !stem.is_empty()));
    }
    let is_of = |name: &String| {
        stems.iter().any(|stem| {
            let rest = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('_'));
            let rest = rest.or_else(|| name.strip_suffix(stem)?.strip_suffix('_'));
            rest.is_some_and(|rest| words.contains(&rest))
        })
    };
    names
        .iter()
        .position(is_of)
        .or_else(|| names.iter().position(|name| words.contains(&name.as_str())))
}

impl Deviation {
    fn of(column: usize, runs: Option<Runs>) -> Self {
        Self { column: Some(column), runs, ..Self::default() }
    }

    /// Indices of the columns that this value reads.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        let runs = match self.runs {
            Some(Runs::Column(at)) => Some(at),
            _ => None,
        };
        self.column.into_iter().chain(runs)
    }

    /// Number of runs behind `row`; 1 if its spread is already that of their mean.
    ///
    /// # Errors
    /// A number of runs that is none, or a spread of an unknown number of them.
    pub(super) fn runs_of<'l>(
        &self,
        line: SourceLine<'l>,
        cells: &[Range<usize>],
        row: &Row,
    ) -> Result<f64, Box<Fault<'l>>> {
        match (self.runs, self.said) {
            (Some(Runs::Said(runs)), _) => Ok(f64::from(runs)),
            (Some(Runs::Column(at)), _) => {
                let text = line.cell(&cells[at]);
                let runs = text.trim().parse::<f64>().ok();
                let runs = runs.filter(|runs| *runs >= 1.0 && runs.fract() <= 0.0);
                let wrong = || {
                    Box::new(Fault {
                        line,
                        span: cells[at].clone(),
                        label: "",
                        message: format!("`{text}` is no number of runs, 1 or more is needed"),
                        hint: Some("give the number of runs behind the row".to_owned()),
                    })
                };
                runs.ok_or_else(wrong)
            }
            // The spread is written after `±` in the cell of the metric.
            (None, said) if !self.has_column && row.rare(|rare| rare.standard_error).is_some() => {
                said.map(f64::from).ok_or_else(|| {
                    let message = "`±` says how much runs differ, and nothing says how many runs \
                                   are behind a row";
                    let hint = "`--runs 5`, or `--runs 1` if it is the standard error of the mean";
                    Box::new(Fault::of_row(line, message, hint))
                })
            }
            (None, _) => Ok(1.0),
        }
    }

    /// Whether the number of runs behind a row is given nowhere; then every row lacks it.
    pub(super) fn lacks_runs(&self) -> bool {
        self.runs.is_none() && self.said.is_none()
    }

    /// Says how the spread was read; `None` without such a column.
    pub(super) fn in_words(&self, names: &[String]) -> Option<String> {
        let name = &names[self.column?];
        Some(match self.runs {
            None => format!("`{name}` was read as the standard error of each row"),
            Some(Runs::Said(runs)) => {
                format!("`{name}` was read as the standard deviation of {runs} runs a row")
            }
            Some(Runs::Column(at)) => {
                let of = &names[at];
                format!(
                    "`{name}` was read as the standard deviation of the runs, as many as `{of}` says"
                )
            }
        })
    }
}
