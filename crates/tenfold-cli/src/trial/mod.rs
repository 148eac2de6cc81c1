//! `tenfold trial`: lists trials of a study, shows one, or cancels some.

mod arguments;
mod history;
mod list;
mod log;
mod show;

use std::path::Path;

use anyhow::Result;

pub(crate) use arguments::TrialArguments;
use arguments::{CancelArguments, TrialCommand};

use super::Finding;
use super::output::Output;
use super::problem::usage;
use tenfold::executor::cluster::batch::open_jobs;
use tenfold::store::{Database, StudyFolder, StudyLock, TrialState};
use tenfold::study;
use tenfold::trial::TrialId;

/// Lists the trials of a study, shows one, or cancels some.
///
/// # Errors
/// A broken study, nothing run yet, or a trial that is not there.
pub(crate) fn run(arguments: &TrialArguments, output: &Output) -> Result<Finding> {
    if let Some(TrialCommand::Cancel(cancelled)) = &arguments.command {
        return cancel(cancelled, output);
    }
    let database = open(&arguments.study)?;
    let Some(word) = &arguments.id else { return list::run(arguments, &database, output) };
    let id = trial_named(word, &database)?;
    if arguments.log {
        return log::run(&id, &database, arguments.follow, output);
    }
    if arguments.history {
        return history::run(&id, &database, output);
    }
    show::run(&id, &database, output)
}

fn open(path: &Path) -> Result<Database> {
    let study = study::load(path)?;
    Ok(Database::read(&StudyFolder::open(&study.folder))?)
}

/// The trial whose id begins with `word`.
///
/// # Errors
/// If there is none, or more than one.
fn trial_named(word: &str, database: &Database) -> Result<TrialId> {
    let mut ids = database.ids_beginning(&word.to_lowercase())?;
    if ids.len() > 1 {
        let shown: Vec<&str> = ids.iter().take(3).map(TrialId::short).collect();
        let more = if ids.len() > shown.len() { ", …" } else { "" };
        let message =
            format!("{} trials begin with `{word}`: {}{more}", ids.len(), shown.join(", "));
        return Err(usage(message, "type more digits; `tenfold trial` lists the trials"));
    }
    ids.pop().ok_or_else(|| {
        let message = format!("no trial of this study begins with `{word}`");
        usage(message, "`tenfold trial` lists the trials")
    })
}

/// Asks the process that runs the study to cancel trials.
fn cancel(arguments: &CancelArguments, output: &Output) -> Result<Finding> {
    let database = open(&arguments.study)?;
    let ids = arguments.ids.iter().map(|word| trial_named(word, &database));
    let ids = ids.collect::<Result<Vec<TrialId>>>()?;
    let Some(owner) = StudyLock::owner(database.folder()) else {
        let jobs = open_jobs(database.folder())?;
        if jobs.is_empty() {
            let message = "nothing is running in this study, so there is nothing to cancel";
            return Err(usage(message, "`tenfold trial --state running` lists what runs"));
        }
        let message = format!("{} has the trials, and nobody here to be asked", jobs.join(", "));
        return Err(usage(message, "`tenfold run` takes the jobs over; then cancel again"));
    };
    for id in &ids {
        let row = database.places_of(id)?.into_iter().next();
        let Some(row) = row else {
            output.answer(&format!("{}: no longer part of the study", id.short()));
            continue;
        };
        let what =
            format!("{} at {}, seed {}", row.planned.model, row.planned.size, row.planned.seed);
        if matches!(row.state, TrialState::Finished | TrialState::Cancelled) {
            output.answer(&format!("{}: {what} is {} already", id.short(), row.state.name()));
            continue;
        }
        database.folder().request_cancel(id)?;
        output.answer(&format!("{}: asked {owner} to cancel {what}", id.short()));
    }
    Ok(Finding::Done)
}
