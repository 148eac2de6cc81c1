//! Which value of a run counts, where its tool keeps more than one.

use std::fmt;

/// The end of a run, or what its tool takes for the best of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// What the run ended with.
    Last,
    /// Where validation was best, by the rule of its tool.
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
