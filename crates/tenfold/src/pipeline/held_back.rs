//! Trials that wait for another trial to finish because they continue from what it leaves.

use std::collections::BTreeMap;

use super::waiting::Waiting;
use crate::study::schedule::Known;
use crate::trial::TrialId;

/// The waiting trials, by the trial that they wait for.
#[derive(Default)]
pub(super) struct HeldBack(BTreeMap<TrialId, Vec<Waiting>>);

impl HeldBack {
    /// Holds `waiting` back until the trial `after` has finished; returns it if `after` has
    /// finished.
    pub(super) fn hold(
        &mut self,
        waiting: Waiting,
        after: &TrialId,
        known: &BTreeMap<TrialId, Known>,
    ) -> Option<Waiting> {
        if let Some(Known::Finished { .. }) = known.get(after) {
            return Some(waiting);
        }
        self.0.entry(after.clone()).or_default().push(waiting);
        None
    }

    /// The trials that may start because trial `id` has finished.
    pub(super) fn release(&mut self, id: &TrialId) -> Vec<Waiting> {
        self.0.remove(id).unwrap_or_default()
    }

    /// The trials that still wait, each with the unfinished trial that it waits for.
    pub(super) fn left(
        &self,
        known: &BTreeMap<TrialId, Known>,
    ) -> impl Iterator<Item = (&Waiting, &TrialId)> {
        let all = self.0.iter().flat_map(|(after, held)| held.iter().map(move |one| (one, after)));
        all.filter(|(waiting, _)| !known.contains_key(&waiting.id))
    }
}
