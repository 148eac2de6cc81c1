//! Data sets inside the program, so that the first curve needs no download.
//!
//! One file each, named in [`BUILTINS`]: study file, schema and docs are made from that list. `data/`
//! holds each with its notice; `scripts/make-bundles.py` made them.

mod fashion;
mod kjv_reina_valera;
#[cfg(feature = "demo-speech")]
mod spoken_digits;
mod state_of_the_union;

use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::read::{ExampleKind, gunzip_bytes};

/// A data set inside the program.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Name in `study.toml`.
    pub name: &'static str,
    /// What an example is.
    pub kind: ExampleKind,
    /// Number of examples.
    pub examples: u64,
    /// One sentence: what it is and which rows are what.
    pub description: &'static str,
    /// Licence, and whom to credit.
    pub licence: &'static str,
    /// The full notice that has to travel with the data.
    pub notice: &'static str,
    /// How it is read.
    read: fn() -> Result<Dataset, DataError>,
}

/// All data sets inside the program.
pub const BUILTINS: &[Builtin] = &[
    fashion::BUILTIN,
    state_of_the_union::BUILTIN,
    kjv_reina_valera::BUILTIN,
    #[cfg(feature = "demo-speech")]
    spoken_digits::BUILTIN,
];

impl Builtin {
    /// The built-in data set called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        BUILTINS.iter().find(|builtin| builtin.name == name)
    }

    /// Its bytes, which are kept as gzip.
    fn unpacked(&self, packed: &[u8]) -> Result<Vec<u8>, DataError> {
        gunzip_bytes(packed).map_err(|reason| self.corrupt(reason))
    }

    /// What is said of bytes that are not those of this data set.
    fn corrupt(&self, reason: String) -> DataError {
        let needed = "the data set built in";
        DataError::Corrupt { path: Path::new(self.name).to_owned(), needed, reason }
    }
}

/// The built-in data set called `name`.
pub(crate) fn read(name: &str) -> Result<Dataset, DataError> {
    let builtin = Builtin::named(name).ok_or_else(|| DataError::UnknownBuiltin {
        wanted: name.to_owned(),
        known: BUILTINS.iter().map(|builtin| builtin.name.to_owned()).collect(),
    })?;
    (builtin.read)()
}
