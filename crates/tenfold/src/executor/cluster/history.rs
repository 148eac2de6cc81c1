//! What was tried with an attempt, and when that is enough: being stopped is nothing a trial does, but
//! one that is stopped for ever has to end too.

use serde::{Deserialize, Serialize};

use super::heartbeat::Heartbeat;

/// Executions of an attempt that may be stopped, cut off or ask to be run again.
const STOPS: usize = 100;

/// Executions of those that may be cut off without a word: a worker may also end so by its trial's fault.
const CUT_OFFS: usize = 10;

/// Executions in a row that may be stopped by their job's time and leave nothing for the next.
const OUT_OF_TIME: usize = 3;

/// How often an attempt is handed in while no worker starts, as after a node was lost.
const HAND_INS: u32 = 2;

/// What a scheduler says of a task that ended by its own fault, in all the ways they write it.
const OWN_FAULTS: [&str; 2] = ["OUT_OF_MEMORY", "OutOfMemory"];

/// What was tried with an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct History {
    /// How often it was handed over.
    hand_ins: u32,
    /// Executions that were stopped or cut off.
    stops: usize,
    /// Executions of those whose worker ended without a word.
    cut_offs: usize,
    /// Its last executions, as many as were stopped in a row by their job's time and left nothing.
    out_of_time: usize,
}

impl History {
    /// Whether nothing was tried.
    pub(super) fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// The history after `executions` as well.
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

    /// The history when it is handed over once more.
    pub(super) fn handed_in(self) -> Self {
        Self { hand_ins: self.hand_ins + 1, ..self }
    }

    /// How often it was handed in anew.
    pub(super) fn times_handed_in(self) -> u32 {
        self.hand_ins
    }

    /// Whether its worker ended by its own fault, by the scheduler's `words` or because that happened
    /// more often than somebody else's explains.
    pub(super) fn is_own_fault(self, words: &str) -> bool {
        self.cut_offs > CUT_OFFS || OWN_FAULTS.iter().any(|fault| words.contains(fault))
    }

    /// Whether another machine may start what this one did not.
    pub(super) fn may_start_elsewhere(self) -> bool {
        self.hand_ins < HAND_INS
    }

    /// Why it is not executed again; `None` if it is.
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
