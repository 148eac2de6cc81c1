//! `tenfold pause`, `tenfold resume`, `tenfold stop`: requests to the process that runs a study.

use anyhow::Result;

use super::Finding;
use super::arguments::StudyArguments;
use super::output::Output;
use super::problem::usage;
use super::progress::Watcher;
use tenfold::executor::cluster::batch::open_jobs;
use tenfold::pipeline::{self, Check, OpenJobs, RunRequest, Stop};
use tenfold::store::{StudyFolder, StudyLock};
use tenfold::study;

/// Asks the process that runs the study to pause: to set its trials aside.
///
/// # Errors
/// A broken study, or nothing that could pause.
pub(crate) fn pause(arguments: &StudyArguments, output: &Output) -> Result<Finding> {
    let folder = StudyFolder::open(&study::load(&arguments.study)?.folder);
    let Some(owner) = StudyLock::owner(&folder) else {
        let jobs = open_jobs(&folder)?;
        if jobs.is_empty() {
            return Err(usage("nothing is running in this study", "`tenfold run` starts it"));
        }
        let message = format!("{} has the trials, and nobody here to be asked", jobs.join(", "));
        let hint = "`tenfold stop` ends the jobs and keeps the checkpoints, `tenfold run` goes on";
        return Err(usage(message, hint));
    };
    if folder.is_pause_requested() {
        output.answer(&format!("{owner} is paused, or about to be: `tenfold resume` goes on"));
        return Ok(Finding::Done);
    }
    folder.request_pause()?;
    output.answer(&format!(
        "asked {owner} to pause: its trials write their checkpoints and free their workers; \
         `tenfold resume` goes on"
    ));
    Ok(Finding::Done)
}

/// Ends a pause.
///
/// # Errors
/// A broken study, or a folder that cannot be written.
pub(crate) fn resume(arguments: &StudyArguments, output: &Output) -> Result<Finding> {
    let folder = StudyFolder::open(&study::load(&arguments.study)?.folder);
    let was_paused = folder.lift_pause()?;
    output.answer(&match (StudyLock::owner(&folder), was_paused) {
        (Some(owner), true) => format!("asked {owner} to go on"),
        (Some(owner), false) => format!("{owner} is not paused"),
        (None, true) => "no longer paused, and nothing is running: tenfold run".to_owned(),
        (None, false) => "not paused, and nothing is running: tenfold run".to_owned(),
    });
    Ok(Finding::Done)
}

/// Asks the process that runs the study to stop; without one, ends the jobs that have its trials.
///
/// # Errors
/// A broken study, nothing that could stop, or a scheduler that is not there.
pub(crate) fn stop(arguments: &StudyArguments, output: &Output) -> Result<Finding> {
    let study = study::load(&arguments.study)?;
    let folder = StudyFolder::open(&study.folder);
    if let Some(owner) = StudyLock::owner(&folder) {
        folder.request_stop()?;
        output.answer(&format!(
            "asked {owner} to stop: its trials write their checkpoints; `tenfold run` goes on"
        ));
        return Ok(Finding::Done);
    }
    let jobs = open_jobs(&folder)?;
    if jobs.is_empty() {
        return Err(usage("nothing is running in this study", "`tenfold status` says where it is"));
    }
    let request = RunRequest {
        workers: None,
        stop: &Stop::default(),
        purpose: "tenfold stop",
        is_detached: false,
        check: Check::New,
        is_adopting: false,
        open_jobs: OpenJobs::Cancel,
        is_only_ending_jobs: true,
    };
    let mut watcher = Watcher::new(output, 0);
    pipeline::run(&study, &request, &mut |event| watcher.show(event, output))?;
    output.answer(&format!("ended {}: `tenfold run` goes on", jobs.join(", ")));
    Ok(Finding::Done)
}
