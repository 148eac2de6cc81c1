//! Readers: one file a format, each from bytes to a [`Dataset`].
//!
//! A file says what its format is called, which paths look like it, which keys of the study file it
//! knows beside `path`, and how it is read. To add one is to write its file and to name it in
//! [`READERS`]: the study file, its schema and the docs are made from that list.
//!
//! Readers of all table formats end in `table`, which gives the columns their meaning.

mod bad_lines;
mod column;
mod decimal;
mod delimited;
mod documents;
mod file;
mod idx;
mod image_folder;
mod jsonl;
mod lines;
mod parallel;
mod parquet;
mod quiet;
mod speech;
mod table;
mod text;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

pub(crate) use file::gunzip_bytes;
pub use quiet::quietly;
pub use speech::{SpeechChoice, holds_audio, speech_files};

use crate::dataset::Dataset;
use crate::error::DataError;

/// Every format, in the order in which docs show them.
pub const READERS: &[&dyn Reader] = &[
    &idx::Idx,
    &image_folder::ImageFolder,
    &delimited::Delimited { name: "csv", ending: "csv" },
    &delimited::Delimited { name: "tsv", ending: "tsv" },
    &jsonl::JsonLines,
    &parquet::Parquet,
    &text::Text,
    &parallel::Parallel,
    &speech::SpeechTable,
    &speech::SpeechParquet,
    &speech::LibriSpeech,
];

/// A format that data sets are read from.
pub trait Reader: Debug + Sync {
    /// Its name in a study file.
    fn name(&self) -> &'static str;

    /// Whether `path`, its name or what the folder holds, looks like this format.
    fn recognises(&self, path: &Path) -> Likeness;

    /// What an example is, unless keys say something else ([`Files::examples`]).
    fn examples(&self) -> ExampleKind;

    /// Keys of `[data]` that say how to read it, beside `path` and `format`.
    fn keys(&self) -> &'static [ReaderKey];

    /// The files and folders that are read.
    fn paths(&self, files: &Files) -> Vec<PathBuf> {
        vec![files.path.clone()]
    }

    /// Reads a data set.
    ///
    /// # Errors
    /// [`DataError`], with the file and the place in it.
    fn read(&self, files: &Files) -> Result<Dataset, DataError>;
}

/// How much a path looks like a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// It does not.
    No,
    /// The format is used if no other format is certain.
    Perhaps,
    /// The name of the path or its content shows the format.
    Surely,
}

impl Likeness {
    /// [`Likeness::Surely`] if `is_like`.
    fn surely(is_like: bool) -> Self {
        if is_like { Self::Surely } else { Self::No }
    }
}

/// What an example of a format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    /// A row of named columns, one of which is the label or target, or the text that is the example.
    Row,
    /// An image, which brings its class along.
    Image,
    /// A text, which is predicted from itself.
    Text,
    /// A text and its translation.
    Pair,
    /// A recording and its transcript.
    Sound,
}

/// A key of `[data]` that a reader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderKey {
    /// Its name.
    pub name: &'static str,
    /// What applies without the key.
    pub default: &'static str,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// A value that can be typed.
    pub example: &'static str,
}

impl ReaderKey {
    /// Whether it takes a whole number rather than a text.
    pub fn is_count(&self) -> bool {
        self.example.parse::<u64>().is_ok()
    }
}

/// Files of the user, and how to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// How they are written.
    pub format: Format,
    /// A file, or a folder where the format is one.
    pub path: PathBuf,
    /// Values of the keys that the format knows, by name.
    pub keys: BTreeMap<&'static str, String>,
}

impl Files {
    /// What an example is: of a table with a column of texts, a text, or with their translations a pair.
    pub fn examples(&self) -> ExampleKind {
        let has = |key| self.key(key).is_some();
        match self.format.examples() {
            ExampleKind::Row if has(table::TEXT) && has(table::TRANSLATION) => ExampleKind::Pair,
            ExampleKind::Row if has(table::TEXT) => ExampleKind::Text,
            kind => kind,
        }
    }

    /// The files and folders that are read.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.format.0.paths(self)
    }

    /// The value of the key called `name`.
    pub fn key(&self, name: &str) -> Option<&str> {
        self.keys.get(name).map(String::as_str)
    }

    /// An error for a key that the format does not know.
    fn refuse_unknown_keys(&self) -> Result<(), DataError> {
        let known = self.format.0.keys();
        let unknown = self.keys.keys().find(|name| known.iter().all(|key| key.name != **name));
        let Some(name) = unknown else { return Ok(()) };
        Err(DataError::UnknownKey {
            path: self.path.clone(),
            name,
            format: self.format.name(),
            why: self.format.0.examples().bring(),
        })
    }
}

impl ExampleKind {
    /// Why a key for other examples is not needed.
    pub fn bring(self) -> &'static str {
        match self {
            Self::Row => "a table has rows and columns",
            Self::Image => "images bring their classes along",
            Self::Text => "a text is predicted from itself",
            Self::Pair => "a line of parallel texts is an example",
            Self::Sound => "a recording brings its transcript along",
        }
    }
}

/// How a data set is written: one of [`READERS`].
#[derive(Clone, Copy, Debug)]
pub struct Format(&'static dyn Reader);

/// Formats are the same if they have the same name.
impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl Format {
    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        READERS.iter().map(|reader| Self(*reader))
    }

    /// The format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// Name in `study.toml`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What an example is, unless keys say something else ([`Files::examples`]).
    pub fn examples(self) -> ExampleKind {
        self.0.examples()
    }

    /// Keys of `[data]` that say how to read it.
    pub fn keys(self) -> &'static [ReaderKey] {
        self.0.keys()
    }

    /// The format a path looks like: by its ending, and for folders by what is in them.
    pub fn of_path(path: &Path) -> Option<Self> {
        let like = |wanted| Self::all().find(|format| format.0.recognises(path) == wanted);
        like(Likeness::Surely).or_else(|| like(Likeness::Perhaps))
    }
}

/// Keys that any format knows, once each, in the order of [`READERS`].
pub fn reader_keys() -> Vec<&'static ReaderKey> {
    let mut keys: Vec<&ReaderKey> = Vec::new();
    for key in READERS.iter().flat_map(|reader| reader.keys()) {
        if keys.iter().all(|known| known.name != key.name) {
            keys.push(key);
        }
    }
    keys
}

/// Reads files of the user.
pub(crate) fn files(files: &Files) -> Result<Dataset, DataError> {
    files.refuse_unknown_keys()?;
    files.format.0.read(files)
}

/// Whether the name of `path`, packed or not, ends in `.` and one of `endings`.
fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}
