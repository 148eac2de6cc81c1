//! A field: one thing that every example has, of one kind.
//!
//! A kind of values is a variant of [`FieldValues`] and a file beside this one; the operations of
//! all kinds are listed here, so that the compiler asks for each of them when a kind is added.

use sha2::Sha256;

use super::{Images, MISSING, Sounds, Texts, columns};
use crate::cells::gather;
use crate::digest::{add_numbers, add_text};
use crate::error::DataError;

/// One thing that every example has: its pixels, a column of a table, its text.
#[derive(Clone, Debug)]
pub struct Field {
    /// As in the header of a table; `image` or `text` where the file gives no name.
    pub name: String,
    /// One value an example.
    pub values: FieldValues,
}

/// Values of a field, by kind.
#[derive(Clone, Debug)]
pub enum FieldValues {
    /// Images.
    Images(Images),
    /// Numbers; NaN is missing, and nothing is infinite.
    Numeric(Vec<f32>),
    /// Categories.
    Categorical {
        /// Positions in `levels`; [`MISSING`] where there is no value.
        codes: Vec<u32>,
        /// Category names: numbers ascending first, then texts by byte order.
        levels: Vec<String>,
    },
    /// Texts of any length, read when they are asked for.
    Texts(Texts),
    /// Recordings of any length, decoded when they are asked for.
    Sounds(Sounds),
}

impl FieldValues {
    /// Number of missing values.
    pub fn missing_count(&self) -> usize {
        match self {
            Self::Numeric(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Categorical { codes, .. } => {
                codes.iter().filter(|code| **code == MISSING).count()
            }
            Self::Images(_) | Self::Texts(_) | Self::Sounds(_) => 0,
        }
    }
}

impl Field {
    /// Images under their usual name.
    pub fn images(images: Images) -> Self {
        Self { name: "image".to_owned(), values: FieldValues::Images(images) }
    }

    /// Texts under their usual name.
    pub fn texts(texts: Texts) -> Self {
        Self { name: "text".to_owned(), values: FieldValues::Texts(texts) }
    }

    /// Whether it is a column of a table: numbers or categories.
    pub fn is_column(&self) -> bool {
        match self.values {
            FieldValues::Numeric(_) | FieldValues::Categorical { .. } => true,
            FieldValues::Images(_) | FieldValues::Texts(_) | FieldValues::Sounds(_) => false,
        }
    }

    /// Name of what it holds, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.values {
            FieldValues::Images(_) => "images",
            FieldValues::Numeric(_) | FieldValues::Categorical { .. } => "a table",
            FieldValues::Texts(_) => "texts",
            FieldValues::Sounds(_) => "recordings",
        }
    }

    /// An error unless there are `rows` values.
    pub(super) fn refuse_length(&self, rows: usize) -> Result<(), DataError> {
        let (part, length) = match &self.values {
            FieldValues::Images(images) => ("images".to_owned(), images.len(rows)),
            FieldValues::Numeric(values) => (self.part(), values.len()),
            FieldValues::Categorical { codes, .. } => (self.part(), codes.len()),
            FieldValues::Texts(texts) => ("texts".to_owned(), texts.len()),
            FieldValues::Sounds(sounds) => ("recordings".to_owned(), sounds.len()),
        };
        if length == rows { Ok(()) } else { Err(DataError::LengthsDiffer { part, length, rows }) }
    }

    /// An error for a value that is not allowed.
    pub(super) fn refuse_bad(&self) -> Result<(), DataError> {
        match &self.values {
            FieldValues::Categorical { codes, levels } => {
                columns::refuse_categories(&self.part(), codes, levels)
            }
            FieldValues::Images(_)
            | FieldValues::Numeric(_)
            | FieldValues::Texts(_)
            | FieldValues::Sounds(_) => Ok(()),
        }
    }

    /// Adds to `hasher` what all rows have in common; this is part of the hash of a shard.
    pub(crate) fn add_schema(&self, hasher: &mut Sha256) {
        match &self.values {
            FieldValues::Images(images) => images.add_shape(hasher),
            FieldValues::Numeric(_) | FieldValues::Categorical { .. } | FieldValues::Texts(_) => {
                add_text(hasher, &self.name);
            }
            FieldValues::Sounds(sounds) => sounds.add_rate(hasher),
        }
    }

    /// Adds the whole field to `hasher`.
    pub(crate) fn add_content(&self, hasher: &mut Sha256) {
        match &self.values {
            FieldValues::Images(images) => {
                images.add_shape(hasher);
                images.add_pixels(hasher);
            }
            FieldValues::Numeric(values) => {
                add_text(hasher, &self.name);
                add_numbers(hasher, values);
            }
            FieldValues::Categorical { codes, levels } => {
                add_text(hasher, &self.name);
                columns::add_categories(hasher, codes, levels);
            }
            FieldValues::Texts(texts) => {
                add_text(hasher, &self.name);
                add_text(hasher, "texts");
                texts.add_content(hasher);
            }
            FieldValues::Sounds(sounds) => {
                add_text(hasher, &self.name);
                add_text(hasher, "sounds");
                sounds.add_content(hasher);
            }
        }
    }

    /// Adds one row to `hasher`.
    pub(crate) fn add_row(&self, hasher: &mut Sha256, row: u32) {
        match &self.values {
            FieldValues::Images(images) => {
                sha2::Digest::update(hasher, images.image(row));
            }
            FieldValues::Numeric(values) => columns::add_number(hasher, values, row),
            FieldValues::Categorical { codes, levels } => {
                columns::add_category(hasher, codes, levels, row);
            }
            FieldValues::Texts(texts) => texts.add_row(hasher, row),
            FieldValues::Sounds(sounds) => sounds.add_row(hasher, row),
        }
    }

    /// The values of `rows`, in that order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let values = match &self.values {
            FieldValues::Images(images) => FieldValues::Images(images.select(rows)),
            FieldValues::Numeric(values) => FieldValues::Numeric(gather(values, rows)),
            FieldValues::Categorical { codes, levels } => {
                FieldValues::Categorical { codes: gather(codes, rows), levels: levels.clone() }
            }
            FieldValues::Texts(texts) => FieldValues::Texts(texts.select(rows)),
            FieldValues::Sounds(sounds) => FieldValues::Sounds(sounds.select(rows)),
        };
        Self { name: self.name.clone(), values }
    }

    fn part(&self) -> String {
        format!("column `{}`", self.name)
    }
}
