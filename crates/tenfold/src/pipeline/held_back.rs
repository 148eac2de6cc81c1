//! Trials that wait for another to finish, since they go on with what it leaves.

use std::collections::BTreeMap;

use super::waiting::Waiting;
use crate::study::schedule::Known;
use crate::trial::TrialId;

/// What waits for a trial to finish, by that trial.
#[derive(Default)]
pub(super) struct HeldBack(BTreeMap<TrialId, Vec<Waiting>>);

impl HeldBack {
    /// Keeps `waiting` back until the trial `after` has finished; gives it back if it has.
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

    /// What may start now that the trial `id` has finished.
    pub(super) fn release(&mut self, id: &TrialId) -> Vec<Waiting> {
        self.0.remove(id).unwrap_or_default()
    }

    /// What still waits, each with the trial that did not finish.
    pub(super) fn left(
        &self,
        known: &BTreeMap<TrialId, Known>,
    ) -> impl Iterator<Item = (&Waiting, &TrialId)> {
        let all = self.0.iter().flat_map(|(after, held)| held.iter().map(move |one| (one, after)));
        all.filter(|(waiting, _)| !known.contains_key(&waiting.id))
    }
}
