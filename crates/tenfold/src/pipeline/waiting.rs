//! A trial that waits to be started.

use std::cmp::Ordering;

use crate::study::schedule::TrialKey;
use crate::trial::TrialId;

/// A trial that waits. Trials are ordered by their expected work, so that the longest start first
/// and no thread is left with a long trial while the others are idle.
#[derive(PartialEq)]
pub(super) struct Waiting {
    pub(super) expected_flop: f64,
    pub(super) id: TrialId,
    pub(super) trial_key: TrialKey,
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.expected_flop.total_cmp(&other.expected_flop).then(other.id.cmp(&self.id))
    }
}
