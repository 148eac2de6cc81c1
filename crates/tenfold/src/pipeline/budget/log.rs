//! The decisions of a run within a budget, stored before the run acts on them.
//!
//! A budget of time depends on measured seconds, which differ from run to run. A run that continues
//! after a kill reads the stored decisions and makes only the later ones itself.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenfold_core::decide::budget::{Extent, StopReason};

use crate::store::Database;
use crate::study::Study;
use crate::trial::identity::hexadecimal;

/// Key under which the database stores the log.
const FACT: &str = "budget";

/// All decisions of a run within a budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DecisionLog {
    /// What the user asked for: the budget, the interval, and the hash of the study file.
    asked: String,
    /// Time at which the run began, in seconds since 1970. Trials started before it are not
    /// charged.
    pub(super) begun: f64,
    /// Seeds at each size that had results when the run began.
    pub(super) free: Vec<u32>,
    /// Index of the largest size of the pilot, once decided.
    pub(super) pilot_to: Option<usize>,
    decisions: Vec<Decision>,
    stopped: Option<String>,
}

/// One decision: the design to be measured next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Decision {
    top: usize,
    top_seeds: u32,
    #[serde(default)]
    even_quarter: bool,
    with_half: bool,
    /// Amount spent when the decision was made, in the unit of the budget.
    spent: f64,
}

/// Names of the reasons to stop, as stored.
const REASONS: [(StopReason, &str); 5] = [
    (StopReason::WidthReached, "width-reached"),
    (StopReason::BudgetSpent, "budget-spent"),
    (StopReason::NoiseSmall, "noise-small"),
    (StopReason::SeedsSpent, "seeds-spent"),
    (StopReason::TooSmall, "too-small"),
];

impl DecisionLog {
    /// The log of `study`'s budget in `database`, or a new one if there is none for this budget.
    /// `free` gives the seeds at each size that have results; only a new log calls it.
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

    /// Why the run stopped, if it did.
    pub(super) fn stopped(&self) -> Option<StopReason> {
        let word = self.stopped.as_deref()?;
        REASONS.iter().find(|(_, name)| *name == word).map(|(reason, _)| *reason)
    }

    /// Stores the decision to measure `extent` next, made when `spent` was spent.
    pub(super) fn decide(&mut self, extent: Extent, spent: f64, database: &Database) -> Result<()> {
        let Extent { top, top_seeds, even_quarter, with_half } = extent;
        self.decisions.push(Decision { top, top_seeds, even_quarter, with_half, spent });
        self.write(database)
    }

    /// Stores the decision that no more trials are run.
    pub(super) fn stop(&mut self, reason: StopReason, database: &Database) -> Result<()> {
        let row = REASONS.iter().find(|(known, _)| *known == reason);
        self.stopped = row.map(|(_, name)| (*name).to_owned());
        self.write(database)
    }

    /// Stops without storing it: the budget is too small for any trial.
    pub(super) fn refuse(&mut self) {
        self.stopped = Some("too-small".to_owned());
    }

    fn write(&self, database: &Database) -> Result<()> {
        let mut batch = database.batch();
        batch.set_fact(FACT, &serde_json::to_string(self)?)?;
        Ok(batch.commit()?)
    }
}
