//! Jobs of a scheduler that the study no longer uses but that still hold some of its trials.
//! Training these trials here as well would train them twice, so the user has to say what becomes
//! of the jobs.

use std::time::Duration;

use anyhow::Result;

use super::event::RunEvent;
use super::late;
use crate::diagnostic::{Problem, Problems};
use crate::executor::Executor;
use crate::executor::both::Both;
use crate::executor::clock::Clock;
use crate::executor::cluster::batch::{BatchFolder, BatchLine};
use crate::executor::places::{self, ExecutorPlace, Role, Setting};
use crate::format;
use crate::store::{Database, StudyFolder};
use crate::study::Study;

/// Number of trials that the message lists by name.
const NAMED: usize = 4;

/// How long to wait for reports before checking again for a request to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// What becomes of jobs that hold trials while the study's executor is another one now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenJobs {
    /// The run is refused with a message that names the jobs.
    #[default]
    Refuse,
    /// The jobs go on, and the run waits for their trials.
    Wait,
    /// The jobs are cancelled.
    Cancel,
    /// The jobs go on unattended: the first result of a trial counts.
    Abandon,
}

/// Batches of jobs that the run has to deal with.
#[derive(Debug)]
pub(super) struct Elsewhere {
    wish: OpenJobs,
    batches: Vec<BatchFolder>,
}

impl Elsewhere {
    /// Finds the batches of `study` that a scheduler has which the study no longer uses. To cancel
    /// or to abandon, the batches of its own scheduler are included.
    ///
    /// # Errors
    /// If there are some and the user has not said what becomes of them.
    pub(super) fn find(
        study: &Study,
        folder: &StudyFolder,
        wish: OpenJobs,
        is_adopting: bool,
    ) -> Result<Self> {
        let place = places::named(study.run.executor.name)?;
        let (own, address) = (place.scheduler(), place.address(study));
        let mut batches = Vec::new();
        for batch in BatchFolder::unclosed(folder)? {
            if let Some(address) = address.as_deref().filter(|_| is_adopting)
                && batch.address().is_some()
            {
                // Adoption states that this is the same cluster under a new address.
                batch.set_address(address)?;
            }
            let is_own = own.is_some_and(|name| batch.is_for(name, address.as_deref()));
            if is_own && matches!(wish, OpenJobs::Refuse | OpenJobs::Wait) {
                continue;
            }
            let is_done = unfinished(&batch, folder).is_some_and(|lines| lines.is_empty());
            // Workers of a cancelled batch start no more trials.
            if !is_own && (is_done || batch.is_cancelled()) {
                batch.close(0, &[])?;
                continue;
            }
            batches.push(batch);
        }
        if wish == OpenJobs::Refuse && !batches.is_empty() {
            return Err(Problems(vec![refusal(study, &batches, folder)]).into());
        }
        Ok(Self { wish, batches })
    }

    /// Cancels or abandons the jobs if the user asked for it.
    ///
    /// # Errors
    /// If a scheduler cannot be reached, or the database or a batch cannot be written.
    pub(super) fn end(
        &self,
        setting: &Setting<'_>,
        database: &Database,
        clock: &Clock,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        if !matches!(self.wish, OpenJobs::Cancel | OpenJobs::Abandon) {
            return Ok(());
        }
        if self.wish == OpenJobs::Cancel {
            for executor in self.executors(setting)? {
                cancel(executor, setting, database, clock, watch)?;
            }
        }
        for batch in self.batches.iter().filter(|batch| !batch.is_over()) {
            batch.close(0, &[])?;
            if self.wish == OpenJobs::Abandon {
                let text = format!("{} is left to itself: first results count", shown(batch));
                watch(&RunEvent::Notice { text });
            }
        }
        Ok(())
    }

    /// Returns `executor`, extended to wait for the jobs' trials if the user asked for it.
    ///
    /// # Errors
    /// If a scheduler cannot be reached.
    pub(super) fn beside(
        &self,
        executor: Box<dyn Executor>,
        setting: &Setting<'_>,
    ) -> Result<Box<dyn Executor>> {
        let mut executor = executor;
        if self.wish == OpenJobs::Wait {
            for left in self.executors(setting)? {
                executor = Box::new(Both::new(executor, left));
            }
        }
        Ok(executor)
    }

    /// Opens an executor for each scheduler that has the jobs; these executors submit nothing.
    fn executors(&self, setting: &Setting<'_>) -> Result<Vec<Box<dyn Executor>>> {
        let mut executors = Vec::new();
        for (place, address) in self.places() {
            let opened = place.open(setting, &Role::Left(address))?;
            executors.extend(opened.map(|opened| opened.executor));
        }
        Ok(executors)
    }

    /// The executor setups whose schedulers have the jobs, with the schedulers' addresses, each
    /// once.
    fn places(&self) -> Vec<(&'static dyn ExecutorPlace, Option<String>)> {
        let mut found: Vec<(&'static dyn ExecutorPlace, Option<String>)> = Vec::new();
        for batch in &self.batches {
            let place = batch.scheduler().and_then(|name| places::scheduled_by(&name));
            let Some(place) = place else { continue };
            let address = batch.address();
            let is_found =
                found.iter().any(|(other, at)| other.name() == place.name() && *at == address);
            if !is_found {
                found.push((place, address));
            }
        }
        found
    }
}

/// Cancels the jobs of `executor` and waits until that is confirmed or no answer comes.
fn cancel(
    mut executor: Box<dyn Executor>,
    setting: &Setting<'_>,
    database: &Database,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<()> {
    executor.cancel();
    while !executor.under_way().is_empty() && !(setting.is_stopped)() {
        late::book(executor.states(PATIENCE), database, clock)?;
        late::say(executor.notices(), watch);
    }
    late::book(executor.close(), database, clock)?;
    late::say(executor.notices(), watch);
    Ok(())
}

/// The lines of `batch` whose trials have no result but may still get one; `None` if its list is
/// damaged.
fn unfinished(batch: &BatchFolder, folder: &StudyFolder) -> Option<Vec<BatchLine>> {
    let mut lines = batch.lines().ok()?;
    lines.retain(|line| line.is_unfinished(folder));
    Some(lines)
}

fn shown(batch: &BatchFolder) -> String {
    batch.shown_job().unwrap_or_else(|| format!("batch {}", batch.id))
}

fn refusal(study: &Study, batches: &[BatchFolder], folder: &StudyFolder) -> Problem {
    let jobs: Vec<String> = batches.iter().map(shown).collect();
    let trials: Vec<Option<Vec<BatchLine>>> =
        batches.iter().map(|batch| unfinished(batch, folder)).collect();
    let lines: Vec<&BatchLine> = trials.iter().flatten().flatten().collect();
    let named = lines.iter().take(NAMED).map(|line| {
        let size = format::known_size(line.size as f64);
        format!("{} at {size}, seed {}", line.model, line.seed)
    });
    let mut named: Vec<String> = named.collect();
    if lines.len() > NAMED {
        named.push(format!("{} more", lines.len() - NAMED));
    }
    let damaged = batches.iter().zip(&trials).filter(|(_, lines)| lines.is_none());
    named.extend(
        damaged.map(|(batch, _)| {
            format!("those of `{}`, whose list is damaged", batch.path.display())
        }),
    );
    let message = format!(
        "trials of this study are with {}, and would be trained twice: {}",
        jobs.join(", "),
        named.join("; ")
    );
    let hint = "`tenfold run --wait-for-jobs` takes their results in and trains the others, \
                `--cancel-jobs` cancels them first, `--abandon-jobs` leaves them to themselves, as \
                when the cluster is gone; `--adopt` if the same cluster has another address; or set \
                `executor` back";
    study.problem("run.executor", message, "changed since", Some(hint.to_owned()))
}
