//! Turns rows into single runs with their model sizes, for laws of both sizes.

use std::path::Path;

use tenfold_core::law::joint::{JointRun, JointSize};

use super::lines::FileRows;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// The runs of one curve.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveRuns {
    /// Name of the curve.
    pub name: String,
    /// At least one, in the order of the file.
    pub runs: Vec<FileRun>,
}

/// One run, with the values that the file has for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileRun {
    /// Line of the file, from 1.
    pub line: u64,
    /// Its sizes and its error.
    pub run: JointRun,
    /// Floating-point operations of its training.
    pub compute_flop: Option<f64>,
    /// Its parameters without embeddings.
    pub non_embedding_parameters: Option<f64>,
}

/// The runs of all rows, curves in order of appearance.
pub(super) fn of_curves(rows: FileRows, path: &Path) -> Result<Vec<CurveRuns>, Problems> {
    let mut curves: Vec<CurveRuns> = rows
        .names
        .iter()
        .map(|name| CurveRuns { name: name.to_string(), runs: Vec::new() })
        .collect();
    let mut missing = Vec::new();
    for row in rows.rows {
        let size = row.rare(|rare| rare.parameters).and_then(|parameters| {
            let unique = row.size.get() / row.rare(|rare| rare.epochs).unwrap_or(1.0).max(1.0);
            JointSize::new(parameters as f64, row.size.get(), unique)
        });
        match size.and_then(|size| JointRun::new(size, row.error)) {
            Some(run) => curves[row.curve as usize].runs.push(FileRun {
                line: row.line,
                run,
                compute_flop: row.rare(|rare| rare.details.flop),
                non_embedding_parameters: row.rare(|rare| rare.non_embedding_parameters),
            }),
            None => missing.push(row.line),
        }
    }
    let Some(first) = missing.first() else { return Ok(curves) };
    let rows = if missing.len() == 1 {
        "1 row has".to_owned()
    } else {
        format!("{} rows have", missing.len())
    };
    let message =
        format!("{rows} no `parameters`, and a law of model size needs them in every row");
    let problem = Problem::new(ProblemKind::Curve, message).at(Place::line(path, *first));
    Err(problem.hint("add a column `parameters` with the model size of each run").into())
}
