//! Polling intervals: short after news, and longer and longer without.

use std::time::Duration;

/// A polling interval that grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    shortest: Duration,
    longest: Duration,
    length: Duration,
    until: Duration,
}

impl Pause {
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, length: shortest, until: Duration::ZERO }
    }

    /// Whether it is time to poll.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    /// Starts the next interval: the shortest if there was news, otherwise 1.5 times as long as the
    /// last, up to the longest.
    pub(super) fn next(&mut self, now: Duration, is_new: bool) {
        self.length = if is_new { self.shortest } else { (self.length * 3 / 2).min(self.longest) };
        self.until = now + self.length;
    }

    /// Polls at once, and starts again with the shortest interval.
    pub(super) fn reset(&mut self) {
        (self.length, self.until) = (self.shortest, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_to_its_longest_and_is_short_after_news() {
        let seconds = Duration::from_secs;
        let mut pause = Pause::new(seconds(2), seconds(4));
        assert!(pause.is_over(seconds(0)));
        pause.next(seconds(0), false);
        assert!(!pause.is_over(seconds(2)));
        assert!(pause.is_over(seconds(3)));
        pause.next(seconds(3), false);
        assert!(!pause.is_over(seconds(6)));
        pause.next(seconds(7), true);
        assert!(pause.is_over(seconds(9)));
        pause.reset();
        assert!(pause.is_over(seconds(0)));
    }
}
