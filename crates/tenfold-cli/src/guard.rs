//! `tenfold guard`: the process that starts and guards each command of a trial.

use anyhow::{Context as _, Result};

use super::Finding;
use super::arguments::GuardArguments;
use tenfold::executor::runners::command::keep;

/// Guards a command until none of its processes is left. A signal to all processes of a job is left
/// to the command to handle.
///
/// # Errors
/// If nobody is at the other end of standard input.
pub(crate) fn run(arguments: &GuardArguments) -> Result<Finding> {
    ctrlc::set_handler(|| {}).context("preparing for SIGTERM")?;
    keep::keep(&arguments.words).context("`tenfold guard` is started by `tenfold run`")?;
    Ok(Finding::Done)
}
