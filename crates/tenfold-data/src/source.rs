//! Where a data set comes from.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::builtin;
use crate::dataset::{Dataset, Inputs, Table, Targets};
use crate::error::DataError;
use crate::read::{self as reader, TargetChoice};

/// Where a data set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// One of [`crate::BUILTINS`], by name.
    Builtin(String),
    /// Examples known by their numbers only, from 0: somebody else reads what is in them.
    Numbered {
        /// How many there are.
        examples: u32,
    },
    /// Files of the user.
    Files {
        /// How they are written.
        format: Format,
        /// A file, or the folder of an `idx` or `image-folder` data set.
        path: PathBuf,
        /// Column with the class of each row; for tables.
        label: Option<String>,
        /// Column with the number to predict; for tables.
        target: Option<String>,
    },
}

/// How a data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Images and labels as in MNIST, `.gz` or not.
    Idx,
    /// One folder a class, PNG and JPEG files in it.
    ImageFolder,
    /// Values separated by commas, semicolons or tabs, with a header line, `.gz` or not.
    Csv,
    /// The same, by a name for those separated by tabs.
    Tsv,
    /// One JSON object a line, `.gz` or not.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] =
        [Self::Idx, Self::ImageFolder, Self::Csv, Self::Tsv, Self::Jsonl, Self::Parquet];

    /// Name in `study.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idx => "idx",
            Self::ImageFolder => "image-folder",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// Whether rows have named columns, one of which is the label or target.
    pub fn is_table(self) -> bool {
        !matches!(self, Self::Idx | Self::ImageFolder)
    }

    /// The format a path looks like: by its ending, and for folders by what is in them.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "csv" => return Some(Self::Csv),
            "tsv" => return Some(Self::Tsv),
            "jsonl" | "ndjson" => return Some(Self::Jsonl),
            "parquet" => return Some(Self::Parquet),
            _ => {}
        }
        if name.contains("idx3-ubyte") {
            return Some(Self::Idx);
        }
        if !path.is_dir() {
            return None;
        }
        let is_idx = reader::holds_idx(path);
        Some(if is_idx { Self::Idx } else { Self::ImageFolder })
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| UnknownFormat { text: text.to_owned() })
    }
}

/// A format name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a format; there are `idx`, `image-folder`, `csv`, `tsv`, `jsonl`, `parquet`"
)]
pub struct UnknownFormat {
    /// What was written.
    pub text: String,
}

/// Reads a data set into memory.
///
/// # Errors
/// [`DataError`], with the file and the place in it.
pub fn read(source: &Source) -> Result<Dataset, DataError> {
    match source {
        Source::Builtin(name) => builtin::read(name),
        Source::Numbered { examples } => numbered(*examples),
        Source::Files { format, path, label, target } => {
            let choice = TargetChoice { label: label.as_deref(), target: target.as_deref() };
            match format {
                Format::Idx => choice.refuse(path).and_then(|()| reader::idx(path)),
                Format::ImageFolder => {
                    choice.refuse(path).and_then(|()| reader::image_folder(path))
                }
                Format::Csv | Format::Tsv => reader::delimited(path, choice),
                Format::Jsonl => reader::jsonl(path, choice),
                Format::Parquet => reader::parquet(path, choice),
            }
        }
    }
}

/// A data set whose rows hold nothing but their number, so that it can be split and ordered as any
/// other. Beyond 2^24 rows neighbours may share a value; their keys stay apart.
fn numbered(examples: u32) -> Result<Dataset, DataError> {
    let values = (0..examples).map(|row| row as f32).collect();
    let targets = Targets::Values { values, name: "number".to_owned() };
    Dataset::new(Inputs::Table(Table { columns: Vec::new() }), targets)
}
