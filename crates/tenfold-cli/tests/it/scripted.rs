//! A scripted executor for tests of the code around it.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;
use tenfold::executor::{AttemptReport, AttemptState, Executor};
use tenfold::trial::{Attempt, AttemptToken};

/// Decides how an attempt ends, and may publish a result on the way.
pub(crate) type Script<'a> = dyn FnMut(&Attempt) -> AttemptState + 'a;

/// Runs nothing: each attempt ends as `script` decides, in the order of their start or the reverse.
pub(crate) struct Scripted<'a> {
    script: Box<Script<'a>>,
    waiting: VecDeque<Attempt>,
    cancelled: VecDeque<Attempt>,
    capacity: usize,
    is_last_first: bool,
}

impl<'a> Scripted<'a> {
    /// Attempts end in the order they were started, or the reverse if `is_last_first`.
    pub(crate) fn new(
        capacity: usize,
        is_last_first: bool,
        script: impl FnMut(&Attempt) -> AttemptState + 'a,
    ) -> Self {
        Self {
            script: Box::new(script),
            waiting: VecDeque::new(),
            cancelled: VecDeque::new(),
            capacity,
            is_last_first,
        }
    }
}

impl Executor for Scripted<'_> {
    fn capacity(&self) -> usize {
        self.capacity
    }

    fn submit(&mut self, attempt: Attempt) -> Result<()> {
        self.waiting.push_back(attempt);
        Ok(())
    }

    fn states(&mut self, _patience: Duration) -> Vec<AttemptReport> {
        if let Some(attempt) = self.cancelled.pop_front() {
            return vec![AttemptReport { token: attempt.token, state: AttemptState::Interrupted }];
        }
        let next =
            if self.is_last_first { self.waiting.pop_back() } else { self.waiting.pop_front() };
        next.map(|attempt| {
            let state = (self.script)(&attempt);
            AttemptReport { token: attempt.token, state }
        })
        .into_iter()
        .collect()
    }

    fn cancel(&mut self) {
        self.waiting.clear();
    }

    fn cancel_one(&mut self, token: &AttemptToken) {
        let place = self.waiting.iter().position(|attempt| attempt.token == *token);
        self.cancelled.extend(place.and_then(|place| self.waiting.remove(place)));
    }
}
