//! Data that cannot be read, as a problem with a hint.

use anyhow::anyhow;
use tenfold_data::DataError;

use crate::diagnostic::{Problem, ProblemKind, Problems};

/// The problem that `error` is.
pub(super) fn data_problems(error: &DataError) -> anyhow::Error {
    let mut problem = Problem::new(ProblemKind::Data, error.to_string());
    problem.hint = error.hint();
    anyhow!(Problems(vec![problem]))
}
