//! Reads MLflow runs from the store that a path holds.

use std::path::Path;

use super::{mlflow_database, mlflow_folder};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::Mapping;
use crate::import::run::RunTable;

/// Runs in an MLflow database or a folder `mlruns`; of a folder with both, the database.
pub(super) fn read(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    if source.is_file() {
        return mlflow_database::read(source, mapping);
    }
    let database = source.join("mlflow.db");
    if database.is_file() {
        return mlflow_database::read(&database, mapping);
    }
    let inside = source.join("mlruns");
    let folder = if inside.is_dir() { &inside } else { source };
    if mlflow_folder::is_store(folder) {
        return mlflow_folder::read(folder);
    }
    let message = "the folder holds neither `mlflow.db` nor experiments of MLflow's file store";
    let problem = Problem::new(ProblemKind::Import, message).at(Place::file(source));
    let hint = "give the database or the folder that MLFLOW_TRACKING_URI names";
    Err(problem.hint(hint).into())
}
