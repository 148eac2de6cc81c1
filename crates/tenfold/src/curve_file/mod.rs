//! Reads curves measured elsewhere from a table with one measurement per row.
//!
//! The reader goes through the file once, line by line, and keeps a few numbers per row. `table`
//! cuts the file into cells, whatever its format; `columns` finds the columns in the header;
//! `deviation` finds the column with the spread of the runs; `row` turns one line into numbers;
//! `lines` walks through the table; `interpret` decides what only the whole file can tell; `collect`
//! builds each curve when it is asked for; `zeros` describes what was done about perfect runs. All
//! broken rules are reported together.

mod cell;
mod collect;
mod columns;
mod detail;
mod deviation;
mod findings;
mod interpret;
mod lines;
mod row;
mod runs;
pub mod write;
mod zeros;

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use tenfold_core::{LearningCurve, MetricKind};

pub use collect::{Measurements, kind_of_metric};
pub use runs::{CurveRuns, FileRun};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems, missing_file};
pub use crate::meaning::number::Decimal;
pub use crate::meaning::scale::{Scale, ValueUnit};
pub use crate::table::Wide;

/// Curves of a file, in the order they first appear in it.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveFile {
    /// At least one.
    pub curves: Vec<LearningCurve>,
    /// Decisions that the reader made without being sure, one sentence each.
    pub warnings: Vec<String>,
}

/// Options for reading a curve file; what they leave out is derived from names and numbers in the
/// file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// Column with the training-set size.
    pub size_column: Option<String>,
    /// Column with the metric.
    pub metric_column: Option<String>,
    /// Columns whose texts together name the curve.
    pub curves: Vec<String>,
    /// Whether entries of [`ReadOptions::curves`] that match no column may be names of curves.
    pub curves_may_be_names: bool,
    /// Name of the only curve; columns with different values do not split it.
    pub name: Option<String>,
    /// Column with the seed.
    pub seed: Option<String>,
    /// Whether a higher metric is better.
    pub higher_is_better: Option<bool>,
    /// Best value of the metric.
    pub best: Option<f64>,
    /// Unit of the metric's values.
    pub unit: Option<ValueUnit>,
    /// Kind of error; `None`: guessed for each curve, error rate if no value is above 1.
    pub kind: Option<MetricKind>,
    /// Character before the decimals.
    pub decimal: Option<Decimal>,
    /// Number of examples of which the sizes are shares.
    pub whole: Option<f64>,
    /// Whether rows without a measurement are left out.
    pub skip_unusable: bool,
    /// Whether all models are fitted together, as laws of model size and data are.
    pub is_joint: bool,
    /// Sheet of a workbook; `None`: the first.
    pub sheet: Option<String>,
    /// Meaning of the columns beside a column of sizes; `None`: derived from their names.
    pub wide: Option<Wide>,
    /// Column with the standard deviation of single runs; `None`: found by its name.
    pub standard_deviation: Option<String>,
    /// Number of runs behind each row; `None`: read from a column, if there is one.
    pub runs: Option<u32>,
    /// Column with the standard error; `None`: found by its name.
    pub standard_error: Option<String>,
}

impl ReadOptions {
    /// Whether all rows belong to one curve, even if other columns differ.
    fn is_one_curve(&self) -> bool {
        self.name.is_some() || self.is_joint
    }
}

/// Reads the runs in a file, each with its model size, by curve, and the decisions that were made
/// without being told, one sentence each. The path `-` is standard input.
///
/// # Errors
/// As [`read`], and when rows have no `parameters`.
pub fn read_runs(
    path: &Path,
    options: &ReadOptions,
) -> Result<(Vec<CurveRuns>, Vec<String>), Problems> {
    let options = &ReadOptions { is_joint: true, ..options.clone() };
    with_source(path, |source| {
        let mut rows = lines::rows(source, path, options)?;
        let warnings = interpret::interpret(&mut rows, path, options)?.warnings;
        rows.rows.sort_unstable_by_key(|row| row.line);
        Ok((runs::of_curves(rows, path)?, warnings))
    })
}

/// The curves in a file; `-` is standard input.
///
/// # Errors
/// Every line that breaks a rule, at most 20 of them told one by one, or why there is nothing to
/// read.
pub fn read(path: &Path, options: &ReadOptions) -> Result<CurveFile, Problems> {
    with_source(path, |source| read_from(source, path, options))
}

/// Reads the measurements in a file, whose curves are built one at a time; `-` is standard input.
///
/// # Errors
/// As [`read`].
pub fn read_measurements(path: &Path, options: &ReadOptions) -> Result<Measurements, Problems> {
    with_source(path, |source| measurements_from(source, path, options))
}

/// Calls `use_it` on the content of a file.
fn with_source<T>(
    path: &Path,
    use_it: impl FnOnce(&mut dyn BufRead) -> Result<T, Problems>,
) -> Result<T, Problems> {
    if path == Path::new("-") {
        return use_it(&mut io::stdin().lock());
    }
    if path.is_dir() {
        let message = format!("`{}` is a folder, a curve file is needed", path.display());
        let hint = "without a file, the commands read the study in the current folder";
        return Err(Problem::new(ProblemKind::Curve, message).hint(hint).into());
    }
    match File::open(path) {
        Ok(file) => use_it(&mut BufReader::with_capacity(1 << 16, file)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(missing_file(ProblemKind::Curve, path, "curve file").into())
        }
        Err(error) => Err(unreadable(path, &error).into()),
    }
}

/// Reads the curves in a stream; messages call it `path`.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    source: impl BufRead,
    path: &Path,
    options: &ReadOptions,
) -> Result<CurveFile, Problems> {
    measurements_from(source, path, options)?.into_file(path)
}

/// Reads the measurements in a stream; messages call it `path`.
///
/// # Errors
/// As [`read`].
pub fn measurements_from(
    mut source: impl BufRead,
    path: &Path,
    options: &ReadOptions,
) -> Result<Measurements, Problems> {
    Measurements::new(lines::rows(&mut source, path, options)?, path, options)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("the curve file cannot be read: {error}");
    Problem::new(ProblemKind::Curve, message).at(Place::file(path))
}
