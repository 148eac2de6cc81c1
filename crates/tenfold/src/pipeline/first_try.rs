//! A command is tried at its smallest size before the rest of its trials starts: one that cannot work
//! at all is told once, not twice for every trial.

use std::collections::{BTreeMap, BTreeSet};

use super::waiting::Waiting;
use crate::study::schedule::Known;
use crate::trial::TrialId;

/// Sizes at which a command has to fail, however often each is retried, before it is given up: at one
/// alone it may be the size, such as fewer examples than folds.
const SIZES_TO_TELL: usize = 2;

/// Commands of which no trial has finished yet, by the index of their model.
#[derive(Default)]
pub(super) struct FirstTries {
    commands: BTreeMap<usize, FirstTry>,
    given_up: BTreeSet<usize>,
}

/// What waits until a command has worked once.
#[derive(Default)]
struct FirstTry {
    /// By size, seed and candidate.
    held: BTreeMap<(u64, u64, usize), Waiting>,
    running: Option<TrialId>,
    failed_at: BTreeSet<u64>,
}

impl FirstTries {
    /// The models in `commands` are to be tried first.
    pub(super) fn new(commands: impl IntoIterator<Item = usize>) -> Self {
        let commands = commands.into_iter().map(|model| (model, FirstTry::default())).collect();
        Self { commands, given_up: BTreeSet::new() }
    }

    /// Keeps `waiting` back if its command has yet to work; gives it back if it may start.
    pub(super) fn hold(&mut self, waiting: Waiting) -> Option<Waiting> {
        let place = waiting.place;
        if self.given_up.contains(&place.model) {
            return None;
        }
        let Some(command) = self.commands.get_mut(&place.model) else { return Some(waiting) };
        command.held.insert((place.size, place.repeat, place.candidate), waiting);
        None
    }

    /// A trial of `model` ended so; if it finished, its command works: gives what was kept back.
    pub(super) fn learn(
        &mut self,
        model: usize,
        known: Known,
    ) -> impl Iterator<Item = Waiting> + use<> {
        let works = matches!(known, Known::Finished { .. });
        let command = if works { self.commands.remove(&model) } else { None };
        command.unwrap_or_default().held.into_values()
    }

    /// The trial that a command is tried with next, if one has to be.
    pub(super) fn next(&mut self, known: &BTreeMap<TrialId, Known>) -> Option<Waiting> {
        self.commands.values_mut().find_map(|command| command.next(known))
    }

    /// Whether `model` has yet to work.
    pub(super) fn has(&self, model: usize) -> bool {
        self.commands.contains_key(&model)
    }

    /// Whether nothing of `model` is started any more.
    pub(super) fn is_given_up(&self, model: usize) -> bool {
        self.given_up.contains(&model)
    }

    /// The trial `id` is decided, one way or the other.
    pub(super) fn decided(&mut self, id: &TrialId) {
        for command in self.commands.values_mut() {
            command.running.take_if(|running| running == id);
        }
    }

    /// The command of `model` failed at `size` for good; how many trials are not started because of it.
    pub(super) fn failed(&mut self, model: usize, size: u64) -> Option<usize> {
        let command = self.commands.get_mut(&model)?;
        command.failed_at.insert(size);
        let is_left = command.held.keys().any(|(size, ..)| !command.failed_at.contains(size));
        if command.failed_at.len() < SIZES_TO_TELL && is_left {
            return None;
        }
        Some(self.give_up(model))
    }

    /// Starts nothing of `model` any more; how many trials were kept back.
    pub(super) fn give_up(&mut self, model: usize) -> usize {
        self.given_up.insert(model);
        self.commands.remove(&model).map_or(0, |command| command.held.len())
    }

    /// Whether a trial is kept back that will be started.
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
