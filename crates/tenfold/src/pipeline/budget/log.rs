//! The decisions of a run within a budget, written down before they are acted on.
//!
//! A budget of time depends on measured seconds, which no run repeats. A run that goes on after a kill
//! reads what was decided and decides only what comes after.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenfold_core::decide::budget::{Extent, StopReason};

use crate::store::Database;
use crate::study::Study;
use crate::trial::identity::hexadecimal;

/// Where the log is kept in the database.
const FACT: &str = "budget";

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DecisionLog {
    /// What was asked: the budget, the interval, and the hash of the study file.
    asked: String,
    /// Seconds since 1970 when it began; what was started before is free.
    pub(super) begun: f64,
    /// Seeds at each size that had results then.
    pub(super) free: Vec<u32>,
    /// Index of the largest size of the pilot, once decided.
    pub(super) pilot_to: Option<usize>,
    decisions: Vec<Decision>,
    stopped: Option<String>,
}

/// One design that was to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Decision {
    top: usize,
    top_seeds: u32,
    #[serde(default)]
    even_quarter: bool,
    with_half: bool,
    /// Spent when it was decided, in the unit of the budget.
    spent: f64,
}

/// Words of the reasons to stop.
const REASONS: [(StopReason, &str); 5] = [
    (StopReason::WidthReached, "width-reached"),
    (StopReason::BudgetSpent, "budget-spent"),
    (StopReason::NoiseSmall, "noise-small"),
    (StopReason::SeedsSpent, "seeds-spent"),
    (StopReason::TooSmall, "too-small"),
];

impl DecisionLog {
    /// The log of `study`'s budget in `database`, or a new one; `free` are the seeds at each size that have
    /// results, for a new one.
    pub(super) fn open(
        study: &Study,
        database: &Database,
        now: f64,
        free: impl FnOnce() -> Result<Vec<u32>>,
    ) -> Result<Self> {
        let hash = hexadecimal(&Sha256::digest(study.text.as_bytes()));
        let asked = format!("{:?} {:?} {hash}", study.run.budget, study.run.until);
        if let Some(text) = database.fact(FACT)? {
            let found: Self =
                serde_json::from_str(&text).context("reading the decisions in the database")?;
            if found.asked == asked {
                return Ok(found);
            }
        }
        let free = free()?;
        Ok(Self { asked, begun: now, free, pilot_to: None, decisions: Vec::new(), stopped: None })
    }

    /// The design decided last.
    pub(super) fn last(&self) -> Option<Extent> {
        self.extents().last()
    }

    /// Every design decided, in order.
    pub(super) fn extents(&self) -> impl Iterator<Item = Extent> {
        let extent = |decision: &Decision| {
            let Decision { top, top_seeds, even_quarter, with_half, spent: _ } = *decision;
            Extent { top, top_seeds, even_quarter, with_half }
        };
        self.decisions.iter().map(extent)
    }

    /// Why it stopped, if it did.
    pub(super) fn stopped(&self) -> Option<StopReason> {
        let word = self.stopped.as_deref()?;
        REASONS.iter().find(|(_, name)| *name == word).map(|(reason, _)| *reason)
    }

    /// Writes down that `extent` is measured next, after `spent`.
    pub(super) fn decide(&mut self, extent: Extent, spent: f64, database: &Database) -> Result<()> {
        let Extent { top, top_seeds, even_quarter, with_half } = extent;
        self.decisions.push(Decision { top, top_seeds, even_quarter, with_half, spent });
        self.write(database)
    }

    /// Writes down that no more trials are run.
    pub(super) fn stop(&mut self, reason: StopReason, database: &Database) -> Result<()> {
        let row = REASONS.iter().find(|(known, _)| *known == reason);
        self.stopped = row.map(|(_, name)| (*name).to_owned());
        self.write(database)
    }

    /// Stops without a word in the database: the budget is too small for anything.
    pub(super) fn refuse(&mut self) {
        self.stopped = Some("too-small".to_owned());
    }

    fn write(&self, database: &Database) -> Result<()> {
        let mut batch = database.batch();
        batch.set_fact(FACT, &serde_json::to_string(self)?)?;
        Ok(batch.commit()?)
    }
}
