//! Why a data set cannot be split as asked.

use crate::error::quoted;
use crate::hint::closest;

/// Why a data set cannot be split as asked; [`SplitError::hint`] says what to type instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// More held out than there is.
    #[error("the {part} set asks for {wanted} examples, the data set has {examples}")]
    PartTooLarge {
        /// "validation" or "test".
        part: &'static str,
        /// Asked for.
        wanted: u64,
        /// Size of the data set.
        examples: u64,
    },
    /// Everything held out.
    #[error(
        "validation ({validation}) and test ({test}) leave nothing to train on, the data set has {examples} examples"
    )]
    NothingLeft {
        /// Asked for.
        validation: u64,
        /// Asked for.
        test: u64,
        /// Size of the data set.
        examples: u64,
    },
    /// Zero examples asked for.
    #[error("the {part} set would have no example out of {examples}, needed at least 1")]
    NothingHeldOut {
        /// "validation" or "test".
        part: &'static str,
        /// Size of the data set.
        examples: u64,
    },
    /// A fraction that is not between 0 and 1.
    #[error("the {part} fraction is {fraction}, needed a number between 0 and 1")]
    BadFraction {
        /// "validation" or "test".
        part: &'static str,
        /// As given.
        fraction: String,
    },
    /// A column that does not exist.
    #[error("there is no column `{wanted}` to split by {role}; there are {}", quoted(.columns))]
    NoSuchColumn {
        /// "group" or "time".
        role: &'static str,
        /// The name asked for.
        wanted: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Regression has no classes to keep in proportion.
    #[error("`split = \"stratified\"` needs classes, `{target}` is a number")]
    NotStratifiable {
        /// The target column.
        target: String,
    },
    /// A row without a group or a time.
    #[error(
        "row {row} has no value in the {role} column `{column}`, needed one in every row; {rows} rows have none"
    )]
    NoValue {
        /// "group" or "time".
        role: &'static str,
        /// The column.
        column: String,
        /// First such row, from 1.
        row: usize,
        /// Such rows.
        rows: usize,
    },
    /// Too few or too large groups.
    #[error(
        "`{column}` has {groups} groups, the largest of {largest} rows: no whole group fits the {wanted} {part} examples asked for"
    )]
    GroupsTooLarge {
        /// "validation" or "test".
        part: &'static str,
        /// The column.
        column: String,
        /// Number of groups.
        groups: usize,
        /// Rows of the largest.
        largest: usize,
        /// Asked for.
        wanted: usize,
    },
    /// Fewer examples or groups than folds.
    #[error("{folds} folds need as many {what}, there are {there}")]
    TooManyFolds {
        /// Folds asked for.
        folds: usize,
        /// "examples" or "groups".
        what: &'static str,
        /// How many there are.
        there: usize,
    },
    /// A time that cannot be ordered.
    #[error("row {row} has `{found}` in the time column `{column}`, needed {needed}")]
    BadTime {
        /// The column.
        column: String,
        /// From 1.
        row: usize,
        /// What is there.
        found: String,
        /// "a number, as in the rows before" or "a date such as 2026-01-31".
        needed: &'static str,
    },
}

impl SplitError {
    /// A text that can be typed or done, `None` where nothing general can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::PartTooLarge { part, examples, .. } => {
                Some(format!("try `{part} = {}`, a tenth of the data", (examples / 10).max(1)))
            }
            Self::NothingLeft { examples, .. } => {
                let tenth = (examples / 10).max(1);
                Some(format!("try `validation = {tenth}` and `test = {tenth}`, a tenth each"))
            }
            Self::NothingHeldOut { part, .. } | Self::BadFraction { part, .. } => {
                Some(format!("try `{part} = 0.1`"))
            }
            Self::NoSuchColumn { role, wanted, columns } => {
                if columns.is_empty() {
                    return Some("images have no columns: use `split = \"stratified\"`".to_owned());
                }
                closest(wanted, columns.iter().map(String::as_str))
                    .map(|name| format!("did you mean `split = \"{role}:{name}\"`?"))
            }
            Self::NotStratifiable { .. } => Some("use `split = \"random\"`".to_owned()),
            Self::NoValue { role, .. } => {
                Some(format!("remove the rows without a {role} or give them one"))
            }
            Self::GroupsTooLarge { part, largest, .. } => {
                Some(format!("ask for more: `{part} = {largest}`"))
            }
            Self::TooManyFolds { there, .. } => {
                (*there > 1).then(|| format!("`test = \"{}-fold\"` at most", (*there).min(5)))
            }
            Self::BadTime { .. } => Some(
                "write times as numbers or from the year on, such as 2026-01-31 or 2026-01-31T12:00"
                    .to_owned(),
            ),
        }
    }
}
