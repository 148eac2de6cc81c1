//! Which trials are wanted, which of them wait, and which one starts next.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::event::{RunEvent, Scheduled, WantedTrials};
use super::first_try::FirstTries;
use super::held_back::HeldBack;
use super::waiting::Waiting;
use crate::prepared::Prepared;
use crate::store::PlannedTrial;
use crate::study::planner::Planner;
use crate::study::schedule::{Known, Part, TrialKey};
use crate::trial::{Trial, TrialId};

/// The trials that a run wants, as far as the results so far determine them.
///
/// Trials are stored by key and id and constructed when they start: with all their settings, a
/// hundred thousand trials would take most of the program's memory.
pub(super) struct Wanted<'a> {
    data: &'a Prepared,
    planner: Planner<'a>,
    known: BTreeMap<TrialId, Known>,
    /// The keys of each trial. Two models with the same settings share one trial, which then has
    /// two keys.
    trial_keys: BTreeSet<(TrialId, TrialKey)>,
    waiting: BinaryHeap<Waiting>,
    /// Commands that have not worked yet, and the trials held back for them.
    first_tries: FirstTries,
    /// The trials that wait for another trial to finish, by that trial.
    held_back: HeldBack,
    /// Trials that an earlier run started and that are still running without it.
    under_way: BTreeSet<TrialId>,
    /// Trials of a search that were stopped early and that no later rung goes on from.
    dropped: Vec<TrialId>,
    added_rows: Vec<PlannedTrial>,
    added: BTreeMap<usize, WantedTrials>,
}

impl<'a> Wanted<'a> {
    /// The trials of `part` of `data` that are wanted, given the results `known`. Trials
    /// `under_way` are not started again; the models `tried_first` must finish one trial before
    /// more of their trials start.
    pub(super) fn new(
        data: &'a Prepared,
        part: Part,
        known: BTreeMap<TrialId, Known>,
        under_way: BTreeSet<TrialId>,
        tried_first: &BTreeSet<usize>,
    ) -> Self {
        let mut trial_keys = Vec::new();
        let planner = Planner::new(&data.plan, part, &mut |trial_key| trial_keys.push(trial_key));
        let mut wanted = Self {
            data,
            planner,
            known,
            trial_keys: BTreeSet::new(),
            waiting: BinaryHeap::new(),
            first_tries: FirstTries::new(tried_first.iter().copied()),
            held_back: HeldBack::default(),
            under_way,
            dropped: Vec::new(),
            added_rows: Vec::new(),
            added: BTreeMap::new(),
        };
        wanted.add(trial_keys);
        wanted
    }

    /// Extends the wanted trials to `part`, which contains all that was wanted before. Every row of
    /// the plan counts as new afterwards.
    pub(super) fn grow(&mut self, part: Part) {
        let mut trial_keys = Vec::new();
        self.planner =
            Planner::new(&self.data.plan, part, &mut |trial_key| trial_keys.push(trial_key));
        self.added_rows.clear();
        self.add(trial_keys);
    }

    /// Candidates searched at the sizes that are not searched in full, by model, as far as known.
    pub(super) fn narrowed(&self) -> BTreeMap<usize, Vec<usize>> {
        let models = 0..self.data.plan.grids.len();
        models.filter_map(|model| Some((model, self.planner.narrowed(model)?))).collect()
    }

    /// The known ends of trials.
    pub(super) fn known(&self) -> &BTreeMap<TrialId, Known> {
        &self.known
    }

    /// Records the end of trial `id`. A trial's first recorded end stays for the whole run.
    pub(super) fn learn(&mut self, id: &TrialId, known: Known) {
        if self.known.contains_key(id) {
            return;
        }
        self.known.insert(id.clone(), known);
        self.first_tries.decided(id);
        if let Known::Finished { .. } = known {
            self.waiting.extend(self.held_back.release(id));
        }
        let mut added = Vec::new();
        let trial_keys: Vec<TrialKey> =
            keys_of(&self.trial_keys, id).map(|(_, trial_key)| *trial_key).collect();
        for trial_key in trial_keys {
            self.waiting.extend(self.first_tries.learn(trial_key.model, known));
            added.extend(self.take(trial_key, known));
        }
        self.add(added);
    }

    /// Records the end of the trial at `trial_key`; returns the keys that become wanted because of it.
    fn take(&mut self, trial_key: TrialKey, known: Known) -> Vec<TrialKey> {
        let mut added = Vec::new();
        self.planner.take(trial_key, known, &mut |trial_key| added.push(trial_key));
        let grid = &self.data.plan.grids[trial_key.model];
        let share = grid.share(trial_key.candidate);
        let of_search = added.iter().filter(|one| one.size == trial_key.size && one.seed == 0);
        let going_on: BTreeSet<usize> =
            of_search.map(|one| grid.candidate(one.candidate)).collect();
        // A rung that opens ends the one before, of which all but these are no longer needed.
        if !share.is_whole() && !going_on.is_empty() {
            let stay = (0..grid.len()).filter(|candidate| !going_on.contains(candidate));
            let keys = stay.map(|candidate| grid.stopped(candidate, share));
            let ids = keys.map(|candidate| self.data.trial(TrialKey { candidate, ..trial_key }).id);
            self.dropped.extend(ids);
        }
        added
    }

    /// Trials that were dropped since the last call: their checkpoints are not needed any more.
    pub(super) fn take_dropped(&mut self) -> Vec<TrialId> {
        std::mem::take(&mut self.dropped)
    }

    /// The trial to start next; `None` if none waits.
    pub(super) fn next(&mut self) -> Option<Trial> {
        while let Some(waiting) = self.first_tries.next(&self.known).or_else(|| self.waiting.pop())
        {
            let may_start = !self.first_tries.is_given_up(waiting.trial_key.model);
            if may_start && !self.known.contains_key(&waiting.id) {
                return Some(self.data.trial(waiting.trial_key));
            }
        }
        None
    }

    /// Lets `trial`, which was started and did not finish, wait again.
    pub(super) fn again(&mut self, trial: &Trial) {
        if let Some((id, trial_key)) = keys_of(&self.trial_keys, &trial.id).next() {
            let (id, trial_key) = (id.clone(), *trial_key);
            self.waiting.push(Waiting { expected_flop: trial.expected_flop, id, trial_key });
        }
    }

    /// The trial `id`, if it is wanted and its end is not known.
    pub(super) fn undecided(&self, id: &TrialId) -> Option<Trial> {
        let (_, trial_key) = keys_of(&self.trial_keys, id).next()?;
        (!self.known.contains_key(id)).then(|| self.data.trial(*trial_key))
    }

    /// Whether trial `id` is wanted.
    pub(super) fn contains(&self, id: &TrialId) -> bool {
        keys_of(&self.trial_keys, id).next().is_some()
    }

    /// Whether any trial waits that can still start.
    pub(super) fn is_waiting(&self) -> bool {
        let is_open = |waiting: &Waiting| {
            let may_start = !self.first_tries.is_given_up(waiting.trial_key.model);
            may_start && !self.known.contains_key(&waiting.id)
        };
        self.waiting.iter().any(is_open) || self.first_tries.is_waiting(&self.known)
    }

    /// Whether the command of `trial` has not worked yet.
    pub(super) fn is_first_try(&self, trial: &Trial) -> bool {
        keys_of(&self.trial_keys, &trial.id)
            .any(|(_, trial_key)| self.first_tries.has(trial_key.model))
    }

    /// Records that `trial` failed for good. If its command is given up because it never worked,
    /// returns how many trials are not started.
    pub(super) fn fail(&mut self, trial: &Trial) -> Option<usize> {
        let (_, trial_key) = keys_of(&self.trial_keys, &trial.id).next()?;
        let (model, size) = (trial_key.model, trial_key.size);
        let held = self.first_tries.failed(model, size)?;
        let later = self.planner.later().into_iter().filter(|later| later.model == model);
        Some(held + later.map(|later| later.count).sum::<usize>())
    }

    /// Starts no more trials of the model of `trial`; returns how many are not started because of
    /// it.
    pub(super) fn stop_model_of(&mut self, trial: &Trial) -> usize {
        let models: BTreeSet<usize> =
            keys_of(&self.trial_keys, &trial.id).map(|(_, trial_key)| trial_key.model).collect();
        let mut not_started = 0;
        for model in models {
            if self.first_tries.is_given_up(model) {
                continue;
            }
            not_started += self.first_tries.give_up(model);
            let waits = |waiting: &&Waiting| {
                waiting.trial_key.model == model && !self.known.contains_key(&waiting.id)
            };
            not_started += self.waiting.iter().filter(waits).count();
            let later = self.planner.later().into_iter().filter(|later| later.model == model);
            not_started += later.map(|later| later.count).sum::<usize>();
        }
        not_started
    }

    /// Whether no model has trials left that may start.
    pub(super) fn is_given_up(&self) -> bool {
        (0..self.data.plan.grids.len()).all(|model| self.first_tries.is_given_up(model))
    }

    /// Number of different trials that are wanted and finished.
    pub(super) fn finished(&self) -> usize {
        let ids: BTreeSet<&TrialId> = self.trial_keys.iter().map(|(id, _)| id).collect();
        let is_finished = |id: &TrialId| matches!(self.known.get(id), Some(Known::Finished { .. }));
        ids.into_iter().filter(|id| is_finished(id)).count()
    }

    /// Rows of the plan that were added since the last call.
    pub(super) fn take_rows(&mut self) -> Vec<PlannedTrial> {
        std::mem::take(&mut self.added_rows)
    }

    /// The event of the trials added since the last call and of those expected to become wanted
    /// later.
    pub(super) fn take_event(&mut self) -> RunEvent {
        let added = std::mem::take(&mut self.added).into_values().collect();
        let mut later = self.planner.later();
        later.retain(|later| !self.first_tries.is_given_up(later.model));
        let later = later.iter().map(|later| self.data.later_trials(later)).collect();
        RunEvent::Scheduled(Scheduled::new(added, later))
    }

    /// Trials that were never started because the trial that they come after did not finish, each
    /// with the id of that trial.
    pub(super) fn left_behind(&self) -> Vec<(Trial, TrialId)> {
        let trial_of = |(waiting, after): (&Waiting, &TrialId)| {
            (self.data.trial(waiting.trial_key), after.clone())
        };
        self.held_back.left(&self.known).map(trial_of).collect()
    }

    fn add(&mut self, mut trial_keys: Vec<TrialKey>) {
        while let Some(trial_key) = trial_keys.pop() {
            let trial = self.data.trial(trial_key);
            let is_new = !self.contains(&trial.id);
            match self.known.get(&trial.id).copied() {
                Some(known) => {
                    let added = self.added.entry(trial_key.model).or_default();
                    added.finished += usize::from(is_new);
                    self.waiting.extend(self.first_tries.learn(trial_key.model, known));
                    trial_keys.extend(self.take(trial_key, known));
                }
                None if is_new => {
                    let added = self.added.entry(trial_key.model).or_default();
                    added.waiting += 1;
                    added.waiting_flop += trial.expected_flop;
                    let (expected_flop, id) = (trial.expected_flop, trial.id.clone());
                    let waits = !self.under_way.contains(&id);
                    let waiting = waits.then_some(Waiting { expected_flop, id, trial_key });
                    let waiting = waiting.and_then(|one| match &trial.after {
                        None => self.first_tries.hold(one),
                        Some(after) => self.held_back.hold(one, after, &self.known),
                    });
                    self.waiting.extend(waiting);
                }
                None => {}
            }
            let added = self.added.entry(trial_key.model).or_default();
            if added.model.is_empty() {
                added.model.clone_from(&trial.model);
            }
            self.trial_keys.insert((trial.id.clone(), trial_key));
            self.added_rows.push(PlannedTrial {
                settings: trial.settings().to_json(),
                model: trial.model,
                size: trial_key.size,
                seed: trial_key.seed,
                candidate: trial_key.candidate,
                trial: trial.id.to_string(),
                expected_flop: trial.expected_flop,
            });
        }
    }
}

fn keys_of<'a>(
    trial_keys: &'a BTreeSet<(TrialId, TrialKey)>,
    id: &'a TrialId,
) -> impl Iterator<Item = &'a (TrialId, TrialKey)> {
    let first = TrialKey { model: 0, size: 0, seed: 0, candidate: 0 };
    trial_keys.range((id.clone(), first)..).take_while(move |(of, _)| of == id)
}
