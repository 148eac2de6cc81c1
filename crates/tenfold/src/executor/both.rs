//! Combines two executors: new attempts start with the first; attempts that an earlier run left
//! with the second continue there.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use super::{AttemptReport, AttemptState, Executor};
use crate::trial::{Attempt, AttemptToken};

/// Executor of new attempts, together with the one that still runs attempts of an earlier run.
pub struct Both {
    here: Box<dyn Executor>,
    elsewhere: Box<dyn Executor>,
    /// Attempts that run elsewhere.
    away: BTreeSet<AttemptToken>,
}

impl Both {
    /// New attempts start `here`; attempts that already run `elsewhere` are waited for.
    pub fn new(here: Box<dyn Executor>, elsewhere: Box<dyn Executor>) -> Self {
        Self { here, elsewhere, away: BTreeSet::new() }
    }
}

impl Executor for Both {
    fn capacity(&self) -> usize {
        // Attempts that run elsewhere use no capacity here.
        self.here.capacity() + self.away.len()
    }

    fn submit(&mut self, attempt: Attempt) -> Result<()> {
        self.here.submit(attempt)
    }

    fn states(&mut self, patience: Duration) -> Vec<AttemptReport> {
        let mut reports = self.elsewhere.states(Duration::ZERO);
        for report in &reports {
            if !matches!(report.state, AttemptState::Running(_) | AttemptState::Executed(_)) {
                self.away.remove(&report.token);
            }
        }
        let patience = if reports.is_empty() { patience } else { Duration::ZERO };
        reports.extend(self.here.states(patience));
        reports
    }

    fn cancel(&mut self) {
        self.elsewhere.cancel();
        self.here.cancel();
    }

    fn cancel_one(&mut self, token: &AttemptToken) {
        self.elsewhere.cancel_one(token);
        self.here.cancel_one(token);
    }

    fn put_aside(&mut self, token: &AttemptToken) {
        self.elsewhere.put_aside(token);
        self.here.put_aside(token);
    }

    fn under_way(&mut self) -> Vec<Attempt> {
        let mut attempts = self.elsewhere.under_way();
        self.away = attempts.iter().map(|attempt| attempt.token.clone()).collect();
        attempts.extend(self.here.under_way());
        attempts
    }

    fn notices(&mut self) -> Vec<String> {
        let mut notices = self.elsewhere.notices();
        notices.extend(self.here.notices());
        notices
    }

    fn hand_over(&mut self) -> Option<String> {
        if self.away.is_empty() { self.here.hand_over() } else { None }
    }

    fn close(&mut self) -> Vec<AttemptReport> {
        let mut reports = self.elsewhere.close();
        reports.extend(self.here.close());
        reports
    }
}
