//! A table of any format, from named columns of cells to a data set.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::column::{Meaning, codes, feature, number, shortened};
use super::{Files, ReaderKey};
use crate::cells::{Cells, SplitColumn, SplitColumns};
use crate::dataset::{Dataset, Field, MISSING, Targets};
use crate::error::{DataError, RowLocation, TargetRole};

/// Which column is to be predicted, as written by the user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetChoice<'a> {
    /// As a class.
    pub(crate) label: Option<&'a str>,
    /// As a number.
    pub(crate) target: Option<&'a str>,
}

impl<'a> TargetChoice<'a> {
    /// The choice that the keys `label` and `target` make.
    pub(super) fn of(files: &'a Files) -> Self {
        Self { label: files.key(LABEL), target: files.key(TARGET) }
    }
}

const LABEL: &str = "label";
const TARGET: &str = "target";

/// Keys of every table.
pub(super) const TABLE_KEYS: &[ReaderKey] = &[
    ReaderKey {
        name: LABEL,
        default: "none; a table needs `label` or `target`",
        doc: "Column of a table that holds the class to predict.",
        example: "\"species\"",
    },
    ReaderKey {
        name: TARGET,
        default: "none; a table needs `label` or `target`",
        doc: "Column of a table that holds the number to predict.",
        example: "\"price\"",
    },
];

/// Columns of one length, not yet given a meaning.
pub(super) struct RawTable {
    /// The file.
    pub(super) path: PathBuf,
    /// In the order of the file.
    pub(super) columns: Vec<SplitColumn>,
    /// Line of each row in a text file; empty for files without lines.
    pub(super) lines: Vec<u64>,
    /// Notes of the reader.
    pub(super) notes: Vec<String>,
}

impl RawTable {
    /// The data set, with every column but the target as a feature where it can be one.
    pub(super) fn into_dataset(self, choice: TargetChoice<'_>) -> Result<Dataset, DataError> {
        let mut names = BTreeSet::new();
        if let Some(column) = self.columns.iter().find(|column| !names.insert(&column.name)) {
            return Err(DataError::RepeatedColumn {
                path: self.path.clone(),
                name: column.name.clone(),
            });
        }
        let (role, position) = self.target_column(choice)?;
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        if rows == 0 {
            return Err(DataError::Empty { path: self.path.clone(), needed: "at least one row" });
        }
        let targets = match role {
            TargetRole::Label => self.classes(&self.columns[position])?,
            TargetRole::Target => self.values(&self.columns[position])?,
        };
        let mut notes = self.notes;
        let notes_before = notes.len();
        let mut features = Vec::with_capacity(self.columns.len());
        for (other, column) in self.columns.iter().enumerate() {
            if other == position {
                continue;
            }
            if let Meaning::Feature(values) = feature(&column.name, &column.cells, &mut notes) {
                features.push(Field { name: column.name.clone(), values });
            }
        }
        if features.is_empty() {
            return Err(DataError::NoInputs {
                path: self.path,
                column: self.columns[position].name.clone(),
                notes: notes.split_off(notes_before),
            });
        }
        let mut dataset = Dataset::new(features, targets)?;
        dataset.columns = SplitColumns { columns: self.columns };
        dataset.reading.notes = notes;
        Ok(dataset)
    }

    fn target_column(&self, choice: TargetChoice<'_>) -> Result<(TargetRole, usize), DataError> {
        let (role, wanted) = match (choice.label, choice.target) {
            (Some(label), None) => (TargetRole::Label, label),
            (None, Some(target)) => (TargetRole::Target, target),
            (None, None) => {
                let last = self.columns.last();
                return Err(DataError::TargetChoice {
                    path: self.path.clone(),
                    found: "neither `label` nor `target` is given",
                    needed: "the column to predict, as a class (`label`) or as a number (`target`)",
                    suggestion: last.map(|column| {
                        format!("for example `label = \"{}\"`, the last column", column.name)
                    }),
                });
            }
            (Some(_), Some(_)) => {
                return Err(DataError::TargetChoice {
                    path: self.path.clone(),
                    found: "both `label` and `target` are given",
                    needed: "one of them: a class (`label`) or a number (`target`) is predicted",
                    suggestion: Some("remove one of the two lines".to_owned()),
                });
            }
        };
        let position = self.columns.iter().position(|column| column.name == wanted);
        let position = position.ok_or_else(|| DataError::NoSuchColumn {
            path: self.path.clone(),
            role,
            wanted: wanted.to_owned(),
            columns: self.columns.iter().map(|column| column.name.clone()).collect(),
        })?;
        Ok((role, position))
    }

    fn classes(&self, column: &SplitColumn) -> Result<Targets, DataError> {
        let rows = column.cells.len();
        let (labels, names) = codes(&column.cells);
        let is_bad = |row: &usize| labels[*row] == MISSING;
        self.refuse_bad(column, TargetRole::Label, is_bad)?;
        if let [class] = &names[..] {
            return Err(DataError::OneClass {
                what: format!("`{}` in `{}`", column.name, self.path.display()),
                class: class.clone(),
                rows,
            });
        }
        // In a table of few rows, almost every row may have a class of its own.
        if names.len() > 20 && names.len() * 2 > rows {
            return Err(DataError::TooManyClasses {
                path: self.path.clone(),
                column: column.name.clone(),
                classes: names.len(),
                rows,
                numeric: names.iter().all(|name| number(name).is_some()),
            });
        }
        Ok(Targets::Classes { labels, names })
    }

    fn values(&self, column: &SplitColumn) -> Result<Targets, DataError> {
        let values: Vec<f32> = match &*column.cells {
            Cells::Number(numbers) => numbers.iter().map(|number| *number as f32).collect(),
            Cells::Text(texts) => texts
                .iter()
                .map(|text| number(text).map_or(f32::NAN, |value| value as f32))
                .collect(),
        };
        let is_bad = |row: &usize| !values[*row].is_finite();
        self.refuse_bad(column, TargetRole::Target, is_bad)?;
        Ok(Targets::Values { values, name: column.name.clone() })
    }

    fn refuse_bad(
        &self,
        column: &SplitColumn,
        role: TargetRole,
        is_bad: impl Fn(&usize) -> bool,
    ) -> Result<(), DataError> {
        let bad: Vec<usize> = (0..column.cells.len()).filter(is_bad).collect();
        let Some(first) = bad.first() else { return Ok(()) };
        let place = match self.lines.get(*first) {
            Some(line) => RowLocation::Line(*line),
            None => RowLocation::Row(*first as u64 + 1),
        };
        let found = match column.cells.text(*first) {
            Some(text) => format!("`{}`", shortened(&text)),
            None => match &*column.cells {
                Cells::Text(texts) if !texts.get(*first).trim().is_empty() => {
                    format!("`{}`", texts.get(*first).trim())
                }
                _ => "nothing".to_owned(),
            },
        };
        Err(DataError::BadTarget {
            path: self.path.clone(),
            place,
            found,
            role,
            column: column.name.clone(),
            rows: bad.len(),
        })
    }
}

/// Columns from names and the cells read for them.
pub(super) fn columns(
    names: Vec<String>,
    cells: impl IntoIterator<Item = Cells>,
) -> Vec<SplitColumn> {
    names
        .into_iter()
        .zip(cells)
        .map(|(name, cells)| SplitColumn { name, cells: Arc::new(cells) })
        .collect()
}
