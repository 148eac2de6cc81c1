//! Selects the value of a run that is used, where its tool keeps several.

use std::fmt;

/// The last value of a run, or the best one by its tool's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The value at the end of the run.
    Last,
    /// The value at the epoch or step with the best validation, by the rule of its tool.
    Best,
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Last => "last",
            Self::Best => "best",
        })
    }
}
