//! A data set: named fields, targets, and the columns it can be split by.

mod columns;
mod content;
mod field;
mod images;
mod pairs;
mod recordings;
mod sounds;
mod texts;

use std::sync::Arc;

pub use columns::MISSING;
pub(crate) use content::{ExampleDigest, content, example, examples};
pub use field::{Field, FieldValues};
pub use images::Images;
pub use pairs::{PairVocabularies, Pairs};
pub use recordings::Recorded;
pub use sounds::Sounds;
pub(crate) use sounds::{SoundPart, SoundRow};
pub use texts::Texts;
pub(crate) use texts::{GrowingText, TextPart, TextRow};

use crate::cells::{SplitColumn, SplitColumns, gather};
pub use crate::digest::ContentHash;
use crate::error::DataError;
use crate::vocabulary::Vocabulary;

/// Examples with their targets; row `r` of every field belongs to the same example.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What a learner sees, in the order of the file, the target aside; shared by copies.
    pub fields: Arc<[Field]>,
    /// What it has to predict.
    pub targets: Targets,
    /// Every column of a table as it was written, for `group:` and `time:` splits; empty for images.
    pub columns: SplitColumns,
    /// Notes of the reader about the data.
    pub reading: ReadingReport,
    /// SHA-256 over fields and targets, as hex.
    pub content_hash: ContentHash,
    /// One number an example, stable when examples are added: its row, or for image folders a hash
    /// of its path. Splits and shards are keyed by it.
    pub keys: Vec<u64>,
    /// What commands are told of each example, if some that their files have were left out: where it stands in
    /// them, from 0. `None`: its row.
    pub numbers: Option<Arc<[u32]>>,
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
    /// Nothing beside the examples themselves, such as texts whose own next word is predicted.
    Own {
        /// How many examples there are.
        examples: usize,
    },
    /// The second of two texts, which are the fields: what the first one means in another language.
    Translations {
        /// How many examples there are.
        examples: usize,
    },
    /// What is said in a recording: the second field, which is a text.
    Transcripts {
        /// How many examples there are.
        examples: usize,
    },
}

impl Targets {
    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values { values, .. } => values.len(),
            Self::Own { examples }
            | Self::Translations { examples }
            | Self::Transcripts { examples } => *examples,
        }
    }

    /// The targets of `rows`, in that order.
    fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Classes { labels, names } => {
                Self::Classes { labels: gather(labels, rows), names: names.clone() }
            }
            Self::Values { values, name } => {
                Self::Values { values: gather(values, rows), name: name.clone() }
            }
            Self::Own { .. } => Self::Own { examples: rows.len() },
            Self::Translations { .. } => Self::Translations { examples: rows.len() },
            Self::Transcripts { .. } => Self::Transcripts { examples: rows.len() },
        }
    }

    fn refuse_bad(&self) -> Result<(), DataError> {
        match self {
            Self::Classes { labels, names } => {
                refuse_codes("labels", labels, |label| (label as usize) < names.len())
            }
            Self::Values { values, name } => {
                let Some(row) = values.iter().position(|value| !value.is_finite()) else {
                    return Ok(());
                };
                Err(DataError::BadValue {
                    part: format!("target `{name}`"),
                    row: row + 1,
                    found: values[row].to_string(),
                    needed: "a finite number".to_owned(),
                })
            }
            Self::Own { .. } | Self::Translations { .. } | Self::Transcripts { .. } => Ok(()),
        }
    }

    /// Whether there is no example at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Notes of the reader about the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingReport {
    /// Examples read.
    pub rows: usize,
    /// Sentences for a person, such as "12 missing values in `age`".
    pub notes: Vec<String>,
}

impl Dataset {
    /// A data set made in memory, with its rows as keys.
    ///
    /// # Errors
    /// [`DataError::LengthsDiffer`] when fields and targets have different lengths,
    /// [`DataError::TooManyRows`] beyond 4,294,967,294 examples, [`DataError::BadValue`] for a label
    /// or category code without a name and for a target that is not finite.
    pub fn new(fields: Vec<Field>, targets: Targets) -> Result<Self, DataError> {
        let rows = targets.len();
        if rows >= MISSING as usize {
            return Err(DataError::TooManyRows { rows });
        }
        for field in &fields {
            field.refuse_length(rows)?;
        }
        targets.refuse_bad()?;
        for field in &fields {
            field.refuse_bad()?;
        }
        let content_hash = content(&fields, &targets);
        Ok(Self {
            fields: fields.into(),
            targets,
            columns: SplitColumns::default(),
            reading: ReadingReport { rows, notes: Vec::new() },
            content_hash,
            keys: (0..rows as u64).collect(),
            numbers: None,
        })
    }

    /// The images, if an example is one image and nothing else.
    pub fn images(&self) -> Option<&Images> {
        match &*self.fields {
            [Field { values: FieldValues::Images(images), .. }] => Some(images),
            _ => None,
        }
    }

    /// The texts, if an example is one text and nothing else.
    pub fn texts(&self) -> Option<&Texts> {
        match &*self.fields {
            [Field { values: FieldValues::Texts(texts), .. }] => Some(texts),
            _ => None,
        }
    }

    /// The same examples, their texts read with `vocabulary`; unchanged if they are no texts.
    ///
    /// # Errors
    /// [`DataError`] for a text that cannot be read to count its tokens.
    pub fn with_vocabulary(&self, vocabulary: &Arc<Vocabulary>) -> Result<Self, DataError> {
        let Some(texts) = self.texts() else { return Ok(self.clone()) };
        let texts = texts.with_vocabulary(Arc::clone(vocabulary))?;
        let field = Field { values: FieldValues::Texts(texts), name: self.fields[0].name.clone() };
        Ok(Self { fields: vec![field].into(), ..self.clone() })
    }

    /// What commands are told of the examples in `rows`: where they stand in the files of the data set, from
    /// 0.
    pub fn numbers_of(&self, rows: &[u32]) -> Vec<u32> {
        self.numbers.as_ref().map_or_else(|| rows.to_vec(), |numbers| gather(numbers, rows))
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
            Targets::Values { .. }
            | Targets::Own { .. }
            | Targets::Translations { .. }
            | Targets::Transcripts { .. } => None,
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
            fields: self.fields.iter().map(|field| field.select(rows)).collect(),
            targets: self.targets.select(rows),
            columns: SplitColumns { columns: columns.collect() },
            reading: ReadingReport { rows: rows.len(), notes: self.reading.notes.clone() },
            content_hash: content::selection(&self.content_hash, rows),
            keys: gather(&self.keys, rows),
            numbers: self.numbers.as_ref().map(|numbers| gather(numbers, rows).into()),
        }
    }

    /// The same examples with other targets; `how` describes how they were made and replaces their
    /// content in the content hash.
    #[must_use]
    pub fn with_targets(&self, targets: Targets, how: &str) -> Self {
        let content_hash = content::changed(&self.content_hash, how);
        Self { targets, content_hash, ..self.clone() }
    }

    /// The same examples without the feature columns of these names, such as the one that groups or
    /// times are split by; they stay in [`Dataset::columns`]. Images and texts stay as they are.
    ///
    /// # Errors
    /// [`DataError::NoInputs`] when no feature would be left.
    pub fn without_features(&self, names: &[&str]) -> Result<Self, DataError> {
        if !self.fields.iter().any(Field::is_column) {
            return Ok(self.clone());
        }
        let is_kept = |field: &&Field| !field.is_column() || !names.contains(&field.name.as_str());
        let fields: Vec<Field> = self.fields.iter().filter(is_kept).cloned().collect();
        if fields.is_empty() {
            return Err(DataError::NoInputs {
                path: "the data set".into(),
                column: names.join("`, `"),
                notes: Vec::new(),
            });
        }
        let content_hash = content(&fields, &self.targets);
        Ok(Self { fields: fields.into(), content_hash, ..self.clone() })
    }
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
