//! How many tasks a scheduler accepts in one job, as far as is known.

use super::scheduler::SchedulerError;

/// Tasks per job if the scheduler does not report its limit.
const USUAL_TASKS: usize = 1000;

/// How many tasks a scheduler accepts in one job.
#[derive(Debug)]
pub(super) struct ArrayRoom {
    /// The limit that the scheduler reported.
    known: Option<usize>,
    /// An assumed limit for the next batches, because the scheduler was asked and did not report
    /// one.
    guess: Option<usize>,
    /// An upper limit that follows from larger jobs that were refused.
    most: usize,
    pub(super) is_asked: bool,
}

impl Default for ArrayRoom {
    fn default() -> Self {
        Self { known: None, guess: None, most: usize::MAX, is_asked: false }
    }
}

impl ArrayRoom {
    /// Records the scheduler's answer. If it reports no limit, it is asked again next time.
    pub(super) fn take(&mut self, said: &Result<usize, SchedulerError>) {
        self.is_asked = false;
        match said {
            Ok(known) => self.known = Some((*known).max(1)),
            Err(_) => self.guess = Some(USUAL_TASKS),
        }
    }

    /// Largest number of tasks of the next job; `None` if it is not known yet.
    pub(super) fn next(&mut self) -> Option<usize> {
        Some(self.known.or_else(|| self.guess.take())?.min(self.most))
    }

    /// Records that a job of `tasks` tasks was too large: the next may have half as many.
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
