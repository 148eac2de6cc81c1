//! How many tasks a scheduler takes in one job, as far as it has said.

use super::scheduler::SchedulerError;

/// Tasks of a job where the scheduler does not say how many it takes.
const USUAL_TASKS: usize = 1000;

/// How many tasks a scheduler takes in one job.
#[derive(Debug)]
pub(super) struct ArrayRoom {
    /// As it has said.
    known: Option<usize>,
    /// As it usually is, for the next batches: it was asked and did not say.
    guess: Option<usize>,
    /// A larger job was refused.
    most: usize,
    pub(super) is_asked: bool,
}

impl Default for ArrayRoom {
    fn default() -> Self {
        Self { known: None, guess: None, most: usize::MAX, is_asked: false }
    }
}

impl ArrayRoom {
    /// Takes in what the scheduler says; one that does not say is asked again the next time.
    pub(super) fn take(&mut self, said: &Result<usize, SchedulerError>) {
        self.is_asked = false;
        match said {
            Ok(known) => self.known = Some((*known).max(1)),
            Err(_) => self.guess = Some(USUAL_TASKS),
        }
    }

    /// Tasks that the next job may have, if that can be told.
    pub(super) fn next(&mut self) -> Option<usize> {
        Some(self.known.or_else(|| self.guess.take())?.min(self.most))
    }

    /// A job of `tasks` was too large.
    pub(super) fn shrink(&mut self, tasks: usize) {
        self.known = None;
        self.most = (tasks / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduler_that_does_not_say_how_much_it_takes_is_asked_for_each_batch() {
        let mut room = ArrayRoom::default();
        let silent = || SchedulerError::Unreachable { reason: "away".to_owned() };
        assert_eq!(room.next(), None);
        room.take(&Err(silent()));
        assert_eq!((room.next(), room.next()), (Some(USUAL_TASKS), None));
        room.shrink(30);
        room.take(&Err(silent()));
        assert_eq!(room.next(), Some(15));
        room.take(&Ok(50));
        assert_eq!((room.next(), room.next()), (Some(15), Some(15)));
    }
}
