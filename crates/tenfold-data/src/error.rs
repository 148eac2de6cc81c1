//! What can be wrong with data, with messages that let a person fix it.

use std::fmt;
use std::path::PathBuf;

/// Why a data set could not be read.
///
/// The message says what was found and what was needed; [`DataError::hint`] what to type instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// No such file or folder.
    #[error("`{}` is not there; {}", .path.display(), listed(.folder, .entries))]
    NotThere {
        /// What was asked for.
        path: PathBuf,
        /// The nearest folder above it that exists.
        folder: PathBuf,
        /// What that folder holds, by name.
        entries: Vec<String>,
        /// The entry whose name is most similar to the requested one.
        closest: Option<PathBuf>,
    },
    /// A file where a folder is needed, or the reverse.
    #[error("`{}` is {found}, needed {needed}", .path.display())]
    WrongKind {
        /// What was asked for.
        path: PathBuf,
        /// "a folder" or "a file".
        found: &'static str,
        /// What is read in this format.
        needed: &'static str,
    },
    /// The system refused to read it.
    #[error("`{}` cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's message.
        reason: String,
    },
    /// Nothing in it.
    #[error("`{}` is empty, needed {needed}", .path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What should be in it.
        needed: &'static str,
    },
    /// It ends before it should.
    #[error("`{}` ends after {found} bytes, its header promises {needed}", .path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes there (unpacked).
        found: u64,
        /// Bytes needed (unpacked).
        needed: u64,
    },
    /// Not readable as what it claims to be.
    #[error("`{}` is not {needed}: {reason}", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Such as "a valid PNG or JPEG image".
        needed: &'static str,
        /// What the decoder met, and where.
        reason: String,
    },
    /// Not an IDX file of bytes, or one with another number of dimensions.
    #[error("`{}` starts with {found}, needed {needed}", .path.display())]
    WrongMagic {
        /// The file.
        path: PathBuf,
        /// First four bytes, in hex, and what they mean.
        found: String,
        /// The same, as needed.
        needed: &'static str,
        /// Another file to try.
        instead: Option<PathBuf>,
    },
    /// Images and labels do not belong together.
    #[error(
        "`{}` holds {images} images, but `{}` holds {labels} labels",
        .images_path.display(), .labels_path.display()
    )]
    CountsDiffer {
        /// Images file.
        images_path: PathBuf,
        /// Images in it.
        images: u64,
        /// Labels file.
        labels_path: PathBuf,
        /// Labels in it.
        labels: u64,
    },
    /// An image of another size than the first.
    #[error(
        "`{}` is {}, but `{}` is {}; all images of a data set need one size",
        .odd.display(), sized(.odd_size.0, .odd_size.1), .first.display(), sized(.first_size.0, .first_size.1)
    )]
    OddImage {
        /// The first image read.
        first: PathBuf,
        /// Its width and height.
        first_size: (u32, u32),
        /// The first image that differs.
        odd: PathBuf,
        /// Its width and height.
        odd_size: (u32, u32),
    },
    /// A folder that is not one folder per class.
    #[error("`{}` {found}, needed one folder a class with images in it", .path.display())]
    NotAnImageFolder {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        found: String,
        /// A folder below that looks right.
        instead: Option<PathBuf>,
    },
    /// A row with more or fewer cells than the header.
    #[error("line {line} of `{}` has {}, the header has {}", .path.display(), cells(*.found), cells(*.needed))]
    RaggedRow {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// Cells in that row.
        found: usize,
        /// Cells in the header.
        needed: usize,
    },
    /// A line that is not what the format needs.
    #[error("line {line} of `{}` {found}, needed {needed}", .path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// What is there.
        found: String,
        /// What should be.
        needed: &'static str,
    },
    /// A row of a file without lines that is not what the format needs.
    #[error("row {row} of `{}` {found}, needed {needed}", .path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// Row in the file, from 1.
        row: u64,
        /// What is there.
        found: String,
        /// What should be.
        needed: &'static str,
    },
    /// Lines that cannot be used, more than may be left out.
    #[error("{first}{}", like_it(*.lines))]
    BadLines {
        /// What is wrong with the first of them.
        first: Box<Self>,
        /// How many there are.
        lines: u64,
    },
    /// Two files that should correspond line by line.
    #[error(
        "`{}` has {source_lines} lines and `{}` has {target_lines}, needed as many, each the translation of the other",
        .source_path.display(), .target_path.display()
    )]
    LinesDiffer {
        /// The file of what is translated.
        source_path: PathBuf,
        /// Its lines.
        source_lines: u64,
        /// The file of what it is translated to.
        target_path: PathBuf,
        /// Its lines.
        target_lines: u64,
    },
    /// A key without which files cannot be read, or one that does not fit what `path` is.
    #[error("`{name}` {found} for `{}`, needed {needed}", .path.display())]
    KeyNeeded {
        /// The file or folder.
        path: PathBuf,
        /// The key.
        name: &'static str,
        /// "is missing", or what it is.
        found: String,
        /// What it should say.
        needed: &'static str,
    },
    /// Two columns of one name.
    #[error("`{}` has two columns `{name}`, names must differ", .path.display())]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A column that does not exist.
    #[error("`{}` has no column `{wanted}` for the {role}; it has {}", .path.display(), quoted(.columns))]
    NoSuchColumn {
        /// The file.
        path: PathBuf,
        /// What the column is for.
        role: ColumnRole,
        /// The name asked for.
        wanted: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// None or more than one of `label`, `target` and `text` given for a table.
    #[error("{found} for `{}`, needed {needed}", .path.display())]
    TargetChoice {
        /// The file.
        path: PathBuf,
        /// What was given.
        found: &'static str,
        /// What is needed.
        needed: &'static str,
        /// A column that could be meant.
        suggestion: Option<String>,
    },
    /// A target without a usable value.
    #[error("{place} of `{}` has {found} in the {role} column `{column}`, needed {}", .path.display(), .role.needed())]
    BadTarget {
        /// The file.
        path: PathBuf,
        /// Where.
        place: RowLocation,
        /// What is there: "nothing", "`abc`".
        found: String,
        /// What the column is for.
        role: ColumnRole,
        /// The column.
        column: String,
        /// How many rows are like this one, itself included.
        rows: usize,
    },
    /// A row whose text, which is the example, cannot be used.
    #[error("{place} of `{}` has {found} in column `{column}`", .path.display())]
    BadText {
        /// The file.
        path: PathBuf,
        /// Where.
        place: RowLocation,
        /// What is there: "no text", or what is none.
        found: &'static str,
        /// The column of texts.
        column: String,
        /// How many rows are like this one, itself included.
        rows: usize,
    },
    /// A column that was to hold texts and holds something else.
    #[error("`{column}` of `{}` holds {found}, needed texts", .path.display())]
    NotTexts {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it holds, such as "numbers".
        found: &'static str,
    },
    /// All examples are of one class.
    #[error("all {rows} examples of {what} are of class `{class}`, needed at least two classes")]
    OneClass {
        /// File and column.
        what: String,
        /// The one class.
        class: String,
        /// Examples.
        rows: usize,
    },
    /// A label with nearly as many values as rows.
    #[error("`{column}` of `{}` has {classes} different values in {rows} rows, too many for classes", .path.display())]
    TooManyClasses {
        /// The file.
        path: PathBuf,
        /// The label column.
        column: String,
        /// Different values.
        classes: usize,
        /// Rows.
        rows: usize,
        /// Whether all values are numbers, so that it can be a regression target.
        numeric: bool,
    },
    /// No column to learn from.
    #[error("`{}` has no column to learn from beside `{column}`{}", .path.display(), because(.notes))]
    NoInputs {
        /// The file.
        path: PathBuf,
        /// The target column.
        column: String,
        /// Why the other columns were left out.
        notes: Vec<String>,
    },
    /// A built-in data set that does not exist.
    #[error("there is no built-in data set `{wanted}`; there is {}", quoted(.known))]
    UnknownBuiltin {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Two files that should have the same columns, sizes and kind of target have not.
    #[error("the two data sets differ: {found}, needed {needed}")]
    SchemasDiffer {
        /// What the second data set has.
        found: String,
        /// What the first one has.
        needed: String,
    },
    /// A key that says how to read files of another format.
    #[error("`{name}` is given for `{}`, and the format `{format}` does not know it: {why}", .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        name: &'static str,
        /// The format.
        format: &'static str,
        /// What an example of it is.
        why: &'static str,
    },
    /// A transform that does not apply to the data.
    #[error("`{transform}` needs {needed}, and the data have none")]
    NotForThese {
        /// Its name.
        transform: &'static str,
        /// What it needs.
        needed: &'static str,
    },
    /// A table of recordings without a column that is needed.
    #[error(
        "`{}` has no column {}; it has {}", .path.display(), speech_column(.key, .wanted.as_deref()), quoted(.columns)
    )]
    SpeechColumn {
        /// The file.
        path: PathBuf,
        /// The key that names the column.
        key: &'static str,
        /// The name asked for, if one was.
        wanted: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
        /// The one that is most like the name asked for.
        closest: Option<String>,
    },
    /// A folder without a recording.
    #[error("`{}` holds no WAV, FLAC, Ogg Vorbis or MP3 file", .path.display())]
    NoRecordings {
        /// The folder.
        path: PathBuf,
    },
    /// A table whose cells name no file that is there.
    #[error(
        "no recording that column `{column}` of `{}` names is there, neither in `{}` nor beside the table",
        .path.display(), .folder.display()
    )]
    NoRecordingNamed {
        /// The table.
        path: PathBuf,
        /// The column that should name recordings.
        column: String,
        /// The folder that they should be in.
        folder: PathBuf,
    },
    /// A transcript with a character that no transcript of the training data has.
    #[error(
        "recording {row} has `{unknown}` in its transcript `{text}`, and no transcript of the training data \
         has; they are written with `{known}`"
    )]
    OtherAlphabet {
        /// Row in the second data set, from 1.
        row: usize,
        /// The transcript.
        text: String,
        /// The character.
        unknown: char,
        /// The characters of the training data.
        known: String,
    },
    /// A text that has changed since its file was first read.
    #[error("`{}` was changed after it was read", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file without anything to read in it, among others that have something.
    #[error("`{}` is an empty document", .path.display())]
    EmptyDocument {
        /// The file.
        path: PathBuf,
    },
    /// A class that the training data do not have.
    #[error("row {row} is of class `{class}`, which the training data do not have; they have {}", quoted(.known))]
    UnknownClass {
        /// Row in the second data set, from 1.
        row: usize,
        /// The class.
        class: String,
        /// The classes of the training data.
        known: Vec<String>,
    },
    /// More examples than row numbers.
    #[error("{rows} examples, at most 4294967294 can be read")]
    TooManyRows {
        /// Examples found.
        rows: usize,
    },
    /// Parts of a data set made in memory that do not fit together.
    #[error("{part}: {length} values for {rows} targets")]
    LengthsDiffer {
        /// Which part.
        part: String,
        /// Its length.
        length: usize,
        /// Number of targets.
        rows: usize,
    },
    /// A code without a name, or a target that is no finite number, in a data set made in memory.
    #[error("{part}: row {row} is {found}, needed {needed}")]
    BadValue {
        /// Which part.
        part: String,
        /// From 1.
        row: usize,
        /// What is there.
        found: String,
        /// What can be.
        needed: String,
    },
}

/// A place in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLocation {
    /// Line of a text file, from 1.
    Line(u64),
    /// Row of a file without lines, from 1.
    Row(u64),
}

impl fmt::Display for RowLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Row(row) => write!(formatter, "row {row}"),
        }
    }
}

/// What the chosen column of a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole {
    /// Classes to predict.
    Label,
    /// Numbers to predict.
    Target,
    /// Texts, which are the examples.
    Text,
    /// What those texts are translated to.
    Translation,
}

impl ColumnRole {
    /// Key in `study.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Target => "target",
            Self::Text => "text",
            Self::Translation => "translation",
        }
    }

    fn needed(self) -> &'static str {
        match self {
            Self::Label => "a class name",
            Self::Target => "a finite number",
            Self::Text | Self::Translation => "a text",
        }
    }
}

impl fmt::Display for ColumnRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Entries listed in a message; more are counted.
const LISTED: usize = 8;

/// "`a`, `b` and 3 more".
pub(crate) fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn listed(folder: &std::path::Path, entries: &[String]) -> String {
    let folder =
        if folder.as_os_str().is_empty() { ".".into() } else { folder.display().to_string() };
    if entries.is_empty() {
        format!("`{folder}` is empty")
    } else {
        format!("`{folder}` has {}", quoted(entries))
    }
}

fn sized(width: u32, height: u32) -> String {
    format!("{width}×{height} pixels")
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

fn speech_column(key: &str, wanted: Option<&str>) -> String {
    match (wanted, key) {
        (Some(wanted), _) => format!("`{wanted}`"),
        (None, "audio") => "that names recordings, such as `path`".to_owned(),
        (None, _) => "of transcripts, such as `sentence`".to_owned(),
    }
}

fn like_it(lines: u64) -> String {
    if lines == 1 { String::new() } else { format!(" ({lines} such lines)") }
}

fn because(notes: &[String]) -> String {
    if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) }
}
