//! A data set in memory: inputs, targets, and the columns it can be split by.

use std::fmt;
use std::sync::Arc;

use crate::cells::{SplitColumn, SplitColumns};
use crate::digest;
use crate::error::DataError;

/// Code of a missing value in a categorical column.
pub const MISSING: u32 = u32::MAX;

/// Examples with their targets; row `r` of every part belongs to the same example.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What a learner sees.
    pub inputs: Inputs,
    /// What it has to predict.
    pub targets: Targets,
    /// Every column of a table as it was written, for `group:` and `time:` splits; empty for images.
    pub columns: SplitColumns,
    /// What reading found worth saying.
    pub reading: ReadingReport,
    /// SHA-256 over inputs and targets, as hex.
    pub content_hash: ContentHash,
    /// One number an example, stable when examples are added: its row, or for image folders a hash
    /// of its path. Splits and shards are keyed by it.
    pub keys: Vec<u64>,
}

/// What a learner sees.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// Images, all of one size.
    Images(Images),
    /// Columns of numbers and categories.
    Table(Table),
}

/// Images as bytes, 0 to 255.
#[derive(Clone, Debug)]
pub struct Images {
    /// Example by example, in each channel by channel, row by row (N, C, H, W).
    pub pixels: Arc<[u8]>,
    /// 1 (gray) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
}

impl Images {
    /// Bytes of one image.
    pub fn image_len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Bytes of the image in `row`, channels first.
    pub fn image(&self, row: u32) -> &[u8] {
        let start = row as usize * self.image_len();
        &self.pixels[start..start + self.image_len()]
    }
}

/// Feature columns of a table, all of one length.
#[derive(Clone, Debug)]
pub struct Table {
    /// In the order of the file (JSONL: by name), without the target column.
    pub columns: Vec<Column>,
}

/// One feature column.
#[derive(Clone, Debug)]
pub struct Column {
    /// As in the header.
    pub name: String,
    /// One value an example.
    pub values: ColumnValues,
}

/// Values of a feature column.
#[derive(Clone, Debug)]
pub enum ColumnValues {
    /// Numbers; NaN is missing, and nothing is infinite.
    Numeric(Vec<f32>),
    /// Categories.
    Categorical {
        /// Positions in `levels`; [`MISSING`] where there is no value.
        codes: Vec<u32>,
        /// Category names: numbers ascending first, then texts by byte order.
        levels: Vec<String>,
    },
}

impl ColumnValues {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of missing values.
    pub fn missing_count(&self) -> usize {
        match self {
            Self::Numeric(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Categorical { codes, .. } => {
                codes.iter().filter(|code| **code == MISSING).count()
            }
        }
    }

    fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Numeric(values) => Self::Numeric(gather(values, rows)),
            Self::Categorical { codes, levels } => {
                Self::Categorical { codes: gather(codes, rows), levels: levels.clone() }
            }
        }
    }
}

/// What a learner has to predict.
#[derive(Clone, Debug)]
pub enum Targets {
    /// Classification.
    Classes {
        /// Positions in `names`.
        labels: Vec<u32>,
        /// Class names, at least two: numbers ascending first, then texts by byte order.
        names: Vec<String>,
    },
    /// Regression.
    Values {
        /// Finite numbers in the units of the file.
        values: Vec<f32>,
        /// Name of the target column.
        name: String,
    },
}

impl Targets {
    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values { values, .. } => values.len(),
        }
    }

    /// Whether there is no example at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What reading found worth saying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingReport {
    /// Examples read.
    pub rows: usize,
    /// Sentences for a person, such as "12 missing values in `age`".
    pub notes: Vec<String>,
}

/// SHA-256 of a content, as 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentHash(pub String);

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Dataset {
    /// A data set made in memory, with its rows as keys.
    ///
    /// # Errors
    /// [`DataError::LengthsDiffer`] when inputs and targets have different lengths,
    /// [`DataError::TooManyRows`] beyond 4,294,967,294 examples, [`DataError::BadValue`] for a label
    /// or category code without a name and for a target that is not finite.
    pub fn new(inputs: Inputs, targets: Targets) -> Result<Self, DataError> {
        let rows = targets.len();
        if rows >= MISSING as usize {
            return Err(DataError::TooManyRows { rows });
        }
        for (part, length) in input_lengths(&inputs, rows) {
            if length != rows {
                return Err(DataError::LengthsDiffer { part, length, rows });
            }
        }
        refuse_bad_values(&inputs, &targets)?;
        let content_hash = digest::content(&inputs, &targets);
        Ok(Self {
            inputs,
            targets,
            columns: SplitColumns::default(),
            reading: ReadingReport { rows, notes: Vec::new() },
            content_hash,
            keys: (0..rows as u64).collect(),
        })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no example at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of classes; `None` for regression.
    pub fn class_count(&self) -> Option<usize> {
        match &self.targets {
            Targets::Classes { names, .. } => Some(names.len()),
            Targets::Values { .. } => None,
        }
    }

    /// The examples of `rows`, in that order, with the same classes, levels and keys.
    ///
    /// Its content hash is a hash of this one's and `rows`.
    ///
    /// # Panics
    /// When a row is not below [`Dataset::len`].
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let columns = self.columns.columns.iter().map(|column| SplitColumn {
            name: column.name.clone(),
            cells: Arc::new(column.cells.select(rows)),
        });
        Self {
            inputs: select_inputs(&self.inputs, rows),
            targets: match &self.targets {
                Targets::Classes { labels, names } => {
                    Targets::Classes { labels: gather(labels, rows), names: names.clone() }
                }
                Targets::Values { values, name } => {
                    Targets::Values { values: gather(values, rows), name: name.clone() }
                }
            },
            columns: SplitColumns { columns: columns.collect() },
            reading: ReadingReport { rows: rows.len(), notes: self.reading.notes.clone() },
            content_hash: digest::selection(&self.content_hash, rows),
            keys: gather(&self.keys, rows),
        }
    }

    /// The same examples without the feature columns of these names, such as the one that groups or
    /// times are split by; they stay in [`Dataset::columns`]. Images have none and stay as they are.
    ///
    /// # Errors
    /// [`DataError::NoInputs`] when no feature would be left.
    pub fn without_features(&self, names: &[&str]) -> Result<Self, DataError> {
        let Inputs::Table(table) = &self.inputs else { return Ok(self.clone()) };
        let kept = table.columns.iter().filter(|column| !names.contains(&column.name.as_str()));
        let columns: Vec<Column> = kept.cloned().collect();
        if columns.is_empty() {
            return Err(DataError::NoInputs {
                path: "the data set".into(),
                column: names.join("`, `"),
                notes: Vec::new(),
            });
        }
        let inputs = Inputs::Table(Table { columns });
        let content_hash = digest::content(&inputs, &self.targets);
        Ok(Self { inputs, content_hash, ..self.clone() })
    }
}

fn input_lengths(inputs: &Inputs, rows: usize) -> Vec<(String, usize)> {
    match inputs {
        Inputs::Images(images) => {
            let bytes = images.pixels.len();
            let whole = rows.checked_mul(images.image_len()) == Some(bytes);
            let length = if whole { rows } else { bytes / images.image_len().max(1) };
            vec![("images".to_owned(), length)]
        }
        Inputs::Table(table) => table
            .columns
            .iter()
            .map(|column| (format!("column `{}`", column.name), column.values.len()))
            .collect(),
    }
}

fn refuse_bad_values(inputs: &Inputs, targets: &Targets) -> Result<(), DataError> {
    match targets {
        Targets::Classes { labels, names } => {
            refuse_codes("labels", labels, |label| (label as usize) < names.len())?;
        }
        Targets::Values { values, name } => {
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(DataError::BadValue {
                    part: format!("target `{name}`"),
                    row: row + 1,
                    found: values[row].to_string(),
                    needed: "a finite number".to_owned(),
                });
            }
        }
    }
    let Inputs::Table(table) = inputs else { return Ok(()) };
    for column in &table.columns {
        if let ColumnValues::Categorical { codes, levels } = &column.values {
            let is_known = |code: u32| code == MISSING || (code as usize) < levels.len();
            refuse_codes(&format!("column `{}`", column.name), codes, is_known)?;
        }
    }
    Ok(())
}

fn refuse_codes(
    part: &str,
    codes: &[u32],
    is_known: impl Fn(u32) -> bool,
) -> Result<(), DataError> {
    match codes.iter().position(|code| !is_known(*code)) {
        None => Ok(()),
        Some(row) => Err(DataError::BadValue {
            part: part.to_owned(),
            row: row + 1,
            found: format!("code {}", codes[row]),
            needed: "the position of a name".to_owned(),
        }),
    }
}

fn select_inputs(inputs: &Inputs, rows: &[u32]) -> Inputs {
    match inputs {
        Inputs::Images(images) => {
            let mut pixels = Vec::with_capacity(rows.len() * images.image_len());
            for row in rows {
                pixels.extend_from_slice(images.image(*row));
            }
            Inputs::Images(Images { pixels: pixels.into(), ..*images })
        }
        Inputs::Table(table) => Inputs::Table(Table {
            columns: table
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    values: column.values.select(rows),
                })
                .collect(),
        }),
    }
}

pub(crate) fn gather<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| values[*row as usize]).collect()
}
