//! A table of any format, from named columns of cells to a data set.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::column::{Meaning, codes, feature, number, shortened};
use super::{Files, ReaderKey, parallel};
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, Field, GrowingText, MISSING, Targets, TextPart, Texts};
use crate::error::{ColumnRole, DataError, RowLocation};

/// Which column is to be predicted or is the example, as written by the user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnChoice<'a> {
    /// As a class.
    pub(crate) label: Option<&'a str>,
    /// As a number.
    pub(crate) target: Option<&'a str>,
    /// As the example.
    pub(crate) text: Option<&'a str>,
    /// As the translation of that.
    pub(crate) translation: Option<&'a str>,
}

impl<'a> ColumnChoice<'a> {
    /// The choice that the keys `label`, `target` and `text` make.
    pub(super) fn of(files: &'a Files) -> Self {
        Self {
            label: files.key(LABEL),
            target: files.key(TARGET),
            text: files.key(TEXT),
            translation: files.key(TRANSLATION),
        }
    }

    /// The columns that hold texts which are examples, or parts of them.
    pub(super) fn texts(self) -> impl Iterator<Item = &'a str> {
        [self.text, self.translation].into_iter().flatten()
    }
}

const LABEL: &str = "label";
const TARGET: &str = "target";
pub(super) const TEXT: &str = "text";
pub(super) const TRANSLATION: &str = parallel::TRANSLATION.name;

/// Keys of every table.
pub(super) const TABLE_KEYS: &[ReaderKey] = &[
    ReaderKey {
        name: LABEL,
        default: "none; a table needs `label`, `target` or `text`",
        doc: "Column of a table that holds the class to predict.",
        example: "\"species\"",
    },
    ReaderKey {
        name: TARGET,
        default: "none; a table needs `label`, `target` or `text`",
        doc: "Column of a table that holds the number to predict.",
        example: "\"price\"",
    },
    ReaderKey {
        name: TEXT,
        default: "none; a table needs `label`, `target` or `text`",
        doc: "Column of a table that holds texts. Each is one example, which is predicted from itself; the \
              other columns are only there for `split` (`group:COLUMN`, `time:COLUMN`).",
        example: "\"body\"",
    },
    parallel::TRANSLATION,
];

/// Mean bytes of a cell above which a column beside texts is not kept: it is another text rather than
/// something that rows are split by, and the texts alone may fill the memory.
const LONGEST_TO_SPLIT_BY: usize = 256;

/// Mean bytes of a cell from which a column is taken for texts, when nothing says what to learn.
const LONG_TEXT: usize = 80;

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
    /// The data set: texts, or every column but the target as a feature where it can be one.
    pub(super) fn into_dataset(self, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
        let mut names = BTreeSet::new();
        if let Some(column) = self.columns.iter().find(|column| !names.insert(&column.name)) {
            return Err(DataError::RepeatedColumn {
                path: self.path.clone(),
                name: column.name.clone(),
            });
        }
        let (role, position) = self.chosen_column(choice)?;
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        if rows == 0 {
            return Err(DataError::Empty { path: self.path.clone(), needed: "at least one row" });
        }
        let targets = match role {
            ColumnRole::Label => self.classes(&self.columns[position])?,
            ColumnRole::Target => self.values(&self.columns[position])?,
            ColumnRole::Text | ColumnRole::Translation => return self.into_texts(position, choice),
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

    /// The texts of one column, which stay in memory where they were read to; the other columns are
    /// what can be split by.
    fn into_texts(
        mut self,
        position: usize,
        choice: ColumnChoice<'_>,
    ) -> Result<Dataset, DataError> {
        let translation = choice.translation.map(|name| self.column(name, ColumnRole::Translation));
        let translation = translation.transpose()?;
        let texts = self.texts_of(position)?;
        let translations = translation.map(|position| self.texts_of(position)).transpose()?;
        let mut taken: Vec<usize> = std::iter::once(position).chain(translation).collect();
        taken.sort_unstable();
        while let Some(position) = taken.pop() {
            self.columns.remove(position);
        }
        let notes = &mut self.notes;
        self.columns.retain(|column| {
            let is_kept = !is_too_long_to_split_by(&column.cells);
            if !is_kept {
                notes.push(too_long_to_split_by(&column.name));
            }
            is_kept
        });
        let mut dataset = if let Some(translations) = translations {
            Dataset::of_pairs(texts, translations)?
        } else {
            let targets = Targets::Own { examples: texts.len() };
            Dataset::new(vec![Field::texts(texts)], targets)?
        };
        dataset.columns = SplitColumns { columns: self.columns };
        dataset.reading.notes = self.notes;
        Ok(dataset)
    }

    fn chosen_column(&self, choice: ColumnChoice<'_>) -> Result<(ColumnRole, usize), DataError> {
        let refused = |found, needed, suggestion| {
            Err(DataError::TargetChoice { path: self.path.clone(), found, needed, suggestion })
        };
        if choice.translation.is_some()
            && (choice.text.is_none() || choice.translation == choice.text)
        {
            return refused(
                "`translation` is given without a `text` of another column",
                "both: the column of texts and that of their translations",
                Some("for example `text = \"en\"` and `translation = \"es\"`".to_owned()),
            );
        }
        let (role, wanted) = match (choice.label, choice.target, choice.text) {
            (Some(label), None, None) => (ColumnRole::Label, label),
            (None, Some(target), None) => (ColumnRole::Target, target),
            (None, None, Some(text)) => (ColumnRole::Text, text),
            (None, None, None) => {
                return refused(
                    "neither `label` nor `target` is given",
                    "the column to predict, as a class (`label`) or as a number (`target`)",
                    self.suggestion(),
                );
            }
            (Some(_), Some(_), _) => {
                return refused(
                    "both `label` and `target` are given",
                    "one of them: a class (`label`) or a number (`target`) is predicted",
                    Some("remove one of the two lines".to_owned()),
                );
            }
            (label, _, Some(_)) => {
                let both = if label.is_some() {
                    "both `label` and `text` are given"
                } else {
                    "both `target` and `text` are given"
                };
                return refused(
                    both,
                    "one of them: a text is predicted from itself",
                    Some("remove one of the two lines".to_owned()),
                );
            }
        };
        Ok((role, self.column(wanted, role)?))
    }

    /// Position of the column called `wanted`.
    fn column(&self, wanted: &str, role: ColumnRole) -> Result<usize, DataError> {
        let position = self.columns.iter().position(|column| column.name == wanted);
        position.ok_or_else(|| DataError::NoSuchColumn {
            path: self.path.clone(),
            role,
            wanted: wanted.to_owned(),
            columns: self.columns.iter().map(|column| column.name.clone()).collect(),
        })
    }

    /// The cells of the column at `position` as texts, which leave it empty.
    fn texts_of(&mut self, position: usize) -> Result<Texts, DataError> {
        let column = &mut self.columns[position];
        let cells = std::mem::replace(&mut column.cells, Arc::new(Cells::Number(Vec::new())));
        let name = column.name.clone();
        let Cells::Text(cells) = Arc::unwrap_or_clone(cells) else {
            let (path, column) = (self.path.clone(), name);
            return Err(DataError::NotTexts { path, column, found: "numbers" });
        };
        let is_empty = |row: &usize| cells.get(*row).trim().is_empty();
        let empty: Vec<usize> = (0..cells.len()).filter(is_empty).collect();
        if let Some(first) = empty.first() {
            return Err(DataError::BadText {
                place: self.place(*first),
                path: self.path.clone(),
                found: "no text",
                column: name,
                rows: empty.len(),
            });
        }
        Ok(in_memory(cells))
    }

    /// What could be meant when no column was chosen: the texts, if there is one column of long ones
    /// and nothing else to learn; otherwise the last column.
    fn suggestion(&self) -> Option<String> {
        let mut long = self.columns.iter().filter(|column| is_long_text(&column.cells));
        if let (Some(texts), None) = (long.next(), long.next())
            && !self.columns.iter().any(|column| can_be_target(&column.cells))
        {
            let name = &texts.name;
            return Some(format!(
                "`text = \"{name}\"`, on the command line `--text {name}`: each of its texts is an example"
            ));
        }
        let last = self.columns.last()?;
        Some(format!("for example `label = \"{}\"`, the last column", last.name))
    }

    fn classes(&self, column: &SplitColumn) -> Result<Targets, DataError> {
        let rows = column.cells.len();
        let (labels, names) = codes(&column.cells);
        let is_bad = |row: &usize| labels[*row] == MISSING;
        self.refuse_bad(column, ColumnRole::Label, is_bad)?;
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
        self.refuse_bad(column, ColumnRole::Target, is_bad)?;
        Ok(Targets::Values { values, name: column.name.clone() })
    }

    fn place(&self, row: usize) -> RowLocation {
        match self.lines.get(row) {
            Some(line) => RowLocation::Line(*line),
            None => RowLocation::Row(row as u64 + 1),
        }
    }

    fn refuse_bad(
        &self,
        column: &SplitColumn,
        role: ColumnRole,
        is_bad: impl Fn(&usize) -> bool,
    ) -> Result<(), DataError> {
        let bad: Vec<usize> = (0..column.cells.len()).filter(is_bad).collect();
        let Some(first) = bad.first() else { return Ok(()) };
        let place = self.place(*first);
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

/// Texts that stay where their cells are.
fn in_memory(cells: TextCells) -> Texts {
    let mut start = 0;
    let (all, ends) = cells.into_string_and_ends();
    let rows = ends.into_iter().map(|end| {
        let mut text = GrowingText::default();
        text.push(&all[start..end]);
        let row = text.finish(0, start as u64);
        start = end;
        row
    });
    let rows = rows.collect();
    Texts::new(vec![TextPart::Memory(all.into_bytes())], rows)
}

/// Whether a column beside texts holds so much that it is not kept.
pub(super) fn is_too_long_to_split_by(cells: &Cells) -> bool {
    matches!(cells, Cells::Text(texts) if texts.bytes() > LONGEST_TO_SPLIT_BY * texts.len())
}

/// The note on such a column.
pub(super) fn too_long_to_split_by(name: &str) -> String {
    format!("`{name}` holds long texts, by which nothing is split, and is left out")
}

fn is_long_text(cells: &Cells) -> bool {
    matches!(cells, Cells::Text(texts) if texts.bytes() >= LONG_TEXT * texts.len().max(1))
}

/// Whether a column could be predicted: numbers that differ and do not only count rows, or texts that
/// come again.
fn can_be_target(cells: &Cells) -> bool {
    let (codes, names) = codes(cells);
    let counts_rows = codes.is_sorted_by(|a, b| a < b);
    let are_numbers = names.iter().all(|name| number(name).is_some());
    names.len() > 1 && !counts_rows && (are_numbers || names.len() * 2 <= codes.len())
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
