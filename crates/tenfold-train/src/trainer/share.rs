//! How much of its planned updates a run makes.

use std::fmt;

/// A share of the planned updates: one in so many. A search stops most of its candidates early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// Every planned update.
    pub const WHOLE: Self = Self(1);
    /// One update in four.
    pub const QUARTER: Self = Self(4);
    /// One update in eight.
    pub const EIGHTH: Self = Self(8);

    /// Whether no update is left out.
    pub fn is_whole(self) -> bool {
        self == Self::WHOLE
    }

    /// The share of `count`, rounded up.
    pub fn of(self, count: u64) -> u64 {
        count.div_ceil(self.0)
    }
}

impl fmt::Display for Share {
    /// `1/8`; the whole is `1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() { f.write_str("1") } else { write!(f, "1/{}", self.0) }
    }
}
