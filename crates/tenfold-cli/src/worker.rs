//! `tenfold worker`: the process that runs in each task of a cluster job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::arguments::WorkerArguments;
use super::problem::usage;
use super::{Finding, signals};
use tenfold::executor::cluster::batch::parse_range;
use tenfold::executor::cluster::batch_id::BatchId;
use tenfold::executor::worker::{Assignment, WorkerEnd, work};

/// Executes lines of a batch; `SIGTERM` and Ctrl-C make it write a checkpoint and end.
///
/// # Errors
/// Words that name no batch, a batch that cannot be read, a folder that cannot be written.
pub(crate) fn run(arguments: &WorkerArguments) -> Result<Finding> {
    let batch = BatchId::parse(&arguments.batch).ok_or_else(|| {
        usage(format!("`{}` is no batch", arguments.batch), "see the study's `.tenfold/batches`")
    })?;
    let lines = parse_range(&arguments.lines).ok_or_else(|| {
        usage(format!("`--lines {}` is no range of lines", arguments.lines), "`--lines 0..8`")
    })?;
    let is_stopped = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&is_stopped);
    signals::listen(move |_| on_signal.store(true, Ordering::SeqCst))?;
    let assignment = Assignment { study: &arguments.study, batch, lines };
    match work(&assignment, &is_stopped)? {
        WorkerEnd::Done | WorkerEnd::Cancelled => Ok(Finding::Done),
        WorkerEnd::Requeue => Ok(Finding::Requeue),
    }
}
