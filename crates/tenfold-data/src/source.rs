//! Where a data set comes from.

use crate::builtin::{self, Builtin};
use crate::dataset::{Dataset, Targets};
use crate::error::DataError;
use crate::read::{self as reader, ExampleKind, Files};

/// Where a data set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// One of [`crate::BUILTINS`], by name.
    Builtin(String),
    /// Examples that are known only by their numbers, from 0; another program reads their content.
    Numbered {
        /// How many there are.
        examples: u32,
    },
    /// Files of the user.
    Files(Files),
}

impl Source {
    /// What an example is; `None` where nothing is known of the examples but their number.
    pub fn examples(&self) -> Option<ExampleKind> {
        match self {
            Self::Builtin(name) => Builtin::named(name).map(|builtin| builtin.kind),
            Self::Numbered { .. } => None,
            Self::Files(files) => Some(files.examples()),
        }
    }
}

/// Reads a data set.
///
/// # Errors
/// [`DataError`], with the file and the place in it.
pub fn read(source: &Source) -> Result<Dataset, DataError> {
    match source {
        Source::Builtin(name) => builtin::read(name),
        Source::Numbered { examples } => numbered(*examples),
        Source::Files(files) => reader::files(files),
    }
}

/// A data set whose rows hold nothing but their number, so that it can be split and ordered as any
/// other. Beyond 2^24 rows neighbours may share a value; their keys still differ.
fn numbered(examples: u32) -> Result<Dataset, DataError> {
    let values = (0..examples).map(|row| row as f32).collect();
    let targets = Targets::Values { values, name: "number".to_owned() };
    Dataset::new(Vec::new(), targets)
}
