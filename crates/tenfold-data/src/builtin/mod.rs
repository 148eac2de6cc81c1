//! Data sets inside the program, so that the first curve needs no download.
//!
//! `data/` holds each with its notice; `scripts/make-bundles.py` made them.

mod fashion;

use crate::dataset::Dataset;
use crate::error::DataError;

/// A data set inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Name in `study.toml`.
    pub name: &'static str,
    /// Number of examples.
    pub examples: u64,
    /// One sentence: what it is and which rows are what.
    pub description: &'static str,
    /// Licence, and whom to credit.
    pub licence: &'static str,
    /// The full notice that has to travel with the data.
    pub notice: &'static str,
}

/// All data sets inside the program.
pub const BUILTINS: &[Builtin] = &[fashion::BUILTIN];

/// The built-in data set called `name`.
pub(crate) fn read(name: &str) -> Result<Dataset, DataError> {
    match name {
        "fashion-mnist-14" => fashion::read(),
        _ => Err(DataError::UnknownBuiltin {
            wanted: name.to_owned(),
            known: BUILTINS.iter().map(|builtin| builtin.name.to_owned()).collect(),
        }),
    }
}
