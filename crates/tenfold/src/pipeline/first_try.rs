//! Tries a command at its smallest size before the rest of its trials starts, so that a command
//! that cannot work at all is reported once, not twice for every trial.

use std::collections::{BTreeMap, BTreeSet};

use super::waiting::Waiting;
use crate::study::schedule::Known;
use crate::trial::TrialId;

/// Number of sizes at which a command must fail for good before it is given up. A failure at one
/// size alone may be due to the size, such as fewer examples than folds.
const SIZES_TO_TELL: usize = 2;

/// Commands of which no trial has finished yet, by the index of their model.
#[derive(Default)]
pub(super) struct FirstTries {
    commands: BTreeMap<usize, FirstTry>,
    given_up: BTreeSet<usize>,
}

/// The trials held back until a command has worked once.
#[derive(Default)]
struct FirstTry {
    /// The trials by size, seed and candidate.
    held: BTreeMap<(u64, u64, usize), Waiting>,
    running: Option<TrialId>,
    failed_at: BTreeSet<u64>,
}

impl FirstTries {
    /// Starts with the models in `commands` untried.
    pub(super) fn new(commands: impl IntoIterator<Item = usize>) -> Self {
        let commands = commands.into_iter().map(|model| (model, FirstTry::default())).collect();
        Self { commands, given_up: BTreeSet::new() }
    }

    /// Holds `waiting` back if its command has not worked yet; returns it if it may start.
    pub(super) fn hold(&mut self, waiting: Waiting) -> Option<Waiting> {
        let trial_key = waiting.trial_key;
        if self.given_up.contains(&trial_key.model) {
            return None;
        }
        let Some(command) = self.commands.get_mut(&trial_key.model) else { return Some(waiting) };
        command.held.insert((trial_key.size, trial_key.seed, trial_key.candidate), waiting);
        None
    }

    /// Records that a trial of `model` ended as `known`. If it finished, its command works, and the
    /// trials held back are returned.
    pub(super) fn learn(
        &mut self,
        model: usize,
        known: Known,
    ) -> impl Iterator<Item = Waiting> + use<> {
        let works = matches!(known, Known::Finished { .. });
        let command = if works { self.commands.remove(&model) } else { None };
        command.unwrap_or_default().held.into_values()
    }

    /// The next trial to try a command with, if one has to be tried.
    pub(super) fn next(&mut self, known: &BTreeMap<TrialId, Known>) -> Option<Waiting> {
        self.commands.values_mut().find_map(|command| command.next(known))
    }

    /// Whether the command of `model` has not worked yet.
    pub(super) fn has(&self, model: usize) -> bool {
        self.commands.contains_key(&model)
    }

    /// Whether no more trials of `model` are started.
    pub(super) fn is_given_up(&self, model: usize) -> bool {
        self.given_up.contains(&model)
    }

    /// Records that trial `id` has finished, failed or been left out, so that it no longer blocks
    /// the next try.
    pub(super) fn decided(&mut self, id: &TrialId) {
        for command in self.commands.values_mut() {
            command.running.take_if(|running| running == id);
        }
    }

    /// Records that the command of `model` failed at `size` for good. If that gives the command up,
    /// returns how many trials are not started because of it.
    pub(super) fn failed(&mut self, model: usize, size: u64) -> Option<usize> {
        let command = self.commands.get_mut(&model)?;
        command.failed_at.insert(size);
        let is_left = command.held.keys().any(|(size, ..)| !command.failed_at.contains(size));
        if command.failed_at.len() < SIZES_TO_TELL && is_left {
            return None;
        }
        Some(self.give_up(model))
    }

    /// Starts no more trials of `model`; returns how many were held back.
    pub(super) fn give_up(&mut self, model: usize) -> usize {
        self.given_up.insert(model);
        self.commands.remove(&model).map_or(0, |command| command.held.len())
    }

    /// Whether a trial is held back that can still start.
    pub(super) fn is_waiting(&self, known: &BTreeMap<TrialId, Known>) -> bool {
        let mut held = self.commands.values().flat_map(|command| command.held.values());
        held.any(|waiting| !known.contains_key(&waiting.id))
    }
}

impl FirstTry {
    fn next(&mut self, known: &BTreeMap<TrialId, Known>) -> Option<Waiting> {
        if self.running.is_some() {
            return None;
        }
        self.held.retain(|_, waiting| !known.contains_key(&waiting.id));
        let is_new = |key: &&(u64, u64, usize)| !self.failed_at.contains(&key.0);
        let key = *self.held.keys().find(is_new)?;
        let waiting = self.held.remove(&key)?;
        self.running = Some(waiting.id.clone());
        Some(waiting)
    }
}
