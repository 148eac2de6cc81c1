//! One reader per tool; a new tool needs a file and a line here.

mod array_file;
mod event;
mod folder;
mod mlflow;
mod mlflow_database;
mod mlflow_folder;
mod optuna;
mod parquet_rows;
mod python_literal;
mod result;
mod sklearn;
mod sqlite;
mod steps;
mod table;
mod tensorboard;
mod wandb;

use std::path::Path;

use super::mapping::Mapping;
use super::run::RunTable;
use super::understand::Understood;
pub use result::{RESULT_FORMATS, ResultFormat};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Reads the runs of one tool.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The word typed after `tenfold import`.
    pub name: &'static str,
    /// The kind of source that it reads.
    pub reads: &'static str,
    /// An example command.
    pub example: &'static str,
    /// The function that reads; the mapping tells it which values are needed.
    pub read: Read,
}

/// The way in which a reader finds its runs.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// It reads all runs in a file or folder.
    Runs(fn(&Path, &Mapping) -> Result<RunTable, Problems>),
    /// It reads the runs that match a pattern of paths, and interprets them by the rules of their
    /// tools.
    Pattern(fn(&Path, &Mapping) -> Result<Understood, Problems>),
}

/// Every reader, in the order of the help.
pub const READERS: &[Reader] = &[
    Reader {
        name: "folder",
        reads: "result files of training tools under a pattern of paths",
        example: "tenfold import folder 'runs/{model}/n={size}_seed={seed}/**'",
        read: Read::Pattern(folder::import),
    },
    Reader {
        name: "csv",
        reads: "a table: a row a run, or a row a step",
        example: "tenfold import csv runs.csv --size n_train --metric val_error",
        read: Read::Runs(table::read_csv),
    },
    Reader {
        name: "jsonl",
        reads: "JSON: an object a line, or a list of objects",
        example: "tenfold import jsonl log.jsonl --run run_id --take min",
        read: Read::Runs(table::read_json),
    },
    Reader {
        name: "mlflow",
        reads: "mlflow.db, or a folder mlruns of the old file store",
        example: "tenfold import mlflow mlflow.db --size n_train --only experiment=curves",
        read: Read::Runs(mlflow::read),
    },
    Reader {
        name: "tensorboard",
        reads: "a folder of runs with event files; sizes in folder names or hparams",
        example: "tenfold import tensorboard runs/ --pattern 'n={size}_seed={seed}' --metric val/error",
        read: Read::Runs(tensorboard::read),
    },
    Reader {
        name: "optuna",
        reads: "its SQLite storage; at each size the best trial counts",
        example: "tenfold import optuna optuna.db --size n_train --curve study",
        read: Read::Runs(optuna::read),
    },
    Reader {
        name: "wandb",
        reads: "runs exported as CSV or JSON, a history as Parquet",
        example: "tenfold import wandb runs.csv --size n_train --metric val_acc --higher-is-better",
        read: Read::Runs(wandb::read),
    },
    Reader {
        name: "sklearn",
        reads: "what learning_curve returns, saved as npz or JSON; a fold is a seed",
        example: "tenfold import sklearn curve.npz --name svm",
        read: Read::Runs(sklearn::read),
    },
];

/// The reader called `name`.
pub fn named(name: &str) -> Option<&'static Reader> {
    READERS.iter().find(|reader| reader.name == name)
}

/// The problem of a file of another kind than the reader expects.
fn wrong_kind(source: &Path, found: &str, hint: impl Into<String>) -> Problems {
    let message = format!("this is {found}");
    Problem::new(ProblemKind::Import, message).at(Place::file(source)).hint(hint).into()
}

/// The problem of a file or folder that cannot be read.
pub(super) fn unreadable(source: &Path, why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Import, format!("cannot be read: {why}")).at(Place::file(source))
}

/// The kind of a file, recognised by its first bytes, and the command that reads it.
fn kind_of_file(beginning: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_record = beginning.len() >= 12
        && u64::from_le_bytes(beginning[..8].try_into().unwrap_or_default()) < 1 << 32
        && beginning[4..8] == [0; 4];
    if beginning.starts_with(b"SQLite format 3\0") {
        Some(("an SQLite database", "`tenfold import mlflow` or `tenfold import optuna` reads one"))
    } else if beginning.starts_with(b"PAR1") {
        Some(("a Parquet file", "`tenfold import wandb` reads a history as Parquet"))
    } else if beginning.starts_with(b"PK\x03\x04") {
        Some(("a zip archive", "`tenfold import sklearn` reads arrays saved with `numpy.savez`"))
    } else if beginning.starts_with(b"\x1f\x8b") {
        Some(("a compressed file", "unpack it with `gunzip` first"))
    } else if is_record {
        Some(("a TensorBoard event file", "`tenfold import tensorboard` reads it"))
    } else if beginning.contains(&0) {
        Some(("a binary file", "this reader needs text"))
    } else {
        None
    }
}

/// The file's name without its ending, to call the only curve by.
fn stem(source: &Path) -> String {
    let path = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    path.file_stem().map_or_else(|| "curve".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
