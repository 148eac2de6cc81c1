//! Columns of a table as they were written, before they are given a meaning.
//!
//! Splits by group and by time read them, and so does the re-coding of a second file.

use std::sync::Arc;

/// Columns as they were written.
#[derive(Clone, Debug, Default)]
pub struct SplitColumns {
    /// In the order of the file (JSONL: by name), the target column included.
    pub columns: Vec<SplitColumn>,
}

/// One column as it was written.
#[derive(Clone, Debug)]
pub struct SplitColumn {
    /// As in the header.
    pub name: String,
    /// One cell a row.
    pub cells: Arc<Cells>,
}

impl SplitColumns {
    /// The column called `name`.
    pub fn get(&self, name: &str) -> Option<&SplitColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// All names, in order.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

/// Cells of a column before they are given a meaning.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Texts, one after the other in one string; an empty text is a missing value.
    Text(TextCells),
    /// Numbers of a typed file; NaN is missing.
    Number(Vec<f64>),
}

/// Texts packed into one string, so that a million short cells are two allocations.
#[derive(Clone, Debug, Default)]
pub struct TextCells {
    text: String,
    ends: Vec<usize>,
}

impl TextCells {
    /// Appends a cell.
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// The cell of `row`.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all cells together.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// All cells in one string, and where each ends in it.
    pub(crate) fn into_string_and_ends(self) -> (String, Vec<usize>) {
        (self.text, self.ends)
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.len(),
            Self::Number(numbers) => numbers.len(),
        }
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of `row` as text; `None` where the value is missing.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Self::Text(texts) => {
                let text = texts.get(row);
                (!is_missing(text)).then(|| text.to_owned())
            }
            Self::Number(numbers) => (!numbers[row].is_nan()).then(|| numbers[row].to_string()),
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Text(texts) => {
                let mut chosen = TextCells::default();
                for row in rows {
                    chosen.push(texts.get(*row as usize));
                }
                Self::Text(chosen)
            }
            Self::Number(numbers) => Self::Number(gather(numbers, rows)),
        }
    }
}

/// Texts that stand for "no value" in files without a type for it.
pub(crate) fn is_missing(text: &str) -> bool {
    matches!(
        text.trim(),
        "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL" | "<null>" | "?"
    )
}

/// The values of `rows`, in that order.
pub(crate) fn gather<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| values[*row as usize]).collect()
}
