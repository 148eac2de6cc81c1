//! `tenfold guard`: what each command of a trial is started with.

use anyhow::{Context as _, Result};

use super::Finding;
use super::arguments::GuardArguments;
use tenfold::executor::runners::command::keep;

/// Guards a command until nothing of it is left. A signal that all processes of a job get is the
/// command's business.
///
/// # Errors
/// If nobody is at the other end of standard input.
pub(crate) fn run(arguments: &GuardArguments) -> Result<Finding> {
    ctrlc::set_handler(|| {}).context("preparing for SIGTERM")?;
    keep::keep(&arguments.words).context("`tenfold guard` is started by `tenfold run`")?;
    Ok(Finding::Done)
}
