//! Earlier executions of an attempt, and the limits at which it is given up. A trial is not to
//! blame for being stopped, but one that is stopped again and again must end too.

use serde::{Deserialize, Serialize};

use super::heartbeat::Heartbeat;

/// Number of executions that were stopped, were cut off or asked to be run again, after which an
/// attempt is given up.
const STOPS: usize = 100;

/// Largest number of executions that were cut off without a report; if there are more, the trial
/// itself is taken to be the cause.
const CUT_OFFS: usize = 10;

/// Number of consecutive executions that reached their job's time limit and left no progress, after
/// which an attempt is given up.
const OUT_OF_TIME: usize = 3;

/// How often an attempt is submitted again if no worker starts, as after the loss of a node.
const HAND_INS: u32 = 2;

/// What schedulers report for a task that ended by its own fault, in all their spellings.
const OWN_FAULTS: [&str; 2] = ["OUT_OF_MEMORY", "OutOfMemory"];

/// Counts of an attempt's earlier executions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct History {
    /// How often it was submitted again.
    hand_ins: u32,
    /// Executions that were stopped or cut off.
    stops: usize,
    /// Number of those executions whose worker ended without a report.
    cut_offs: usize,
    /// Number of its last consecutive executions that reached their job's time limit and left no
    /// progress.
    out_of_time: usize,
}

impl History {
    /// Whether there were no earlier executions.
    pub(super) fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// The history with `executions` added.
    pub(super) fn with(self, mut executions: Vec<&Heartbeat>) -> Self {
        executions.sort_by_key(|said| said.ordinal);
        let is_stuck = |said: &&&Heartbeat| said.is_out_of_time && !said.has_advanced;
        let stuck = executions.iter().rev().take_while(is_stuck).count();
        let before = if stuck == executions.len() { self.out_of_time } else { 0 };
        Self {
            hand_ins: self.hand_ins,
            stops: self.stops + executions.len(),
            cut_offs: self.cut_offs + executions.iter().filter(|said| !said.is_final()).count(),
            out_of_time: before + stuck,
        }
    }

    /// The history after the attempt is submitted once more.
    pub(super) fn handed_in(self) -> Self {
        Self { hand_ins: self.hand_ins + 1, ..self }
    }

    /// How often the attempt was submitted again.
    pub(super) fn times_handed_in(self) -> u32 {
        self.hand_ins
    }

    /// Whether the attempt itself caused the end of its worker: either the scheduler's message
    /// `words` says so, or its workers were cut off more often than outside causes explain.
    pub(super) fn is_own_fault(self, words: &str) -> bool {
        self.cut_offs > CUT_OFFS || OWN_FAULTS.iter().any(|fault| words.contains(fault))
    }

    /// Whether the attempt may be submitted again after no worker started.
    pub(super) fn may_start_elsewhere(self) -> bool {
        self.hand_ins < HAND_INS
    }

    /// Why the attempt is not executed again; `None` if it may be.
    pub(super) fn why_no_more(self) -> Option<String> {
        let Self { stops, out_of_time, .. } = self;
        if out_of_time >= OUT_OF_TIME {
            return Some(format!(
                "the time of its job was over {out_of_time} times in a row, and it left nothing to \
                 go on from: raise `time` in `[run.slurm]`, or write checkpoints to {{work}}"
            ));
        }
        let is_too_often = stops >= STOPS;
        is_too_often.then(|| format!("it was stopped {stops} times and never came to its end"))
    }
}
