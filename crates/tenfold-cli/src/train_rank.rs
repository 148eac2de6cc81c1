//! `tenfold train-rank`: the process that an MPI launcher starts for each rank.

use anyhow::Result;

use super::Finding;
use super::arguments::TrainRankArguments;

/// Trains one rank's share of a trial.
///
/// # Errors
/// A job that cannot be read, or ranks that cannot train together; with MPI, all ranks then end.
#[cfg(feature = "mpi")]
pub(crate) fn run(arguments: &TrainRankArguments) -> Result<Finding> {
    use tenfold::executor::runners::ranks::{GradSync as _, Mpi, member};

    let Some(mut ranks) = Mpi::start() else {
        return Err(anyhow::anyhow!("MPI was started before"));
    };
    let trained = member::read_job(&arguments.job).and_then(|job| member::train(&job, &mut ranks));
    if let Err(error) = trained {
        if ranks.ranks() > 1 {
            // The launcher's output is written to the trial's log.
            use std::io::Write as _;
            drop(writeln!(std::io::stderr(), "rank {}: {error:#}", ranks.rank()));
            ranks.abort(2);
        }
        return Err(error);
    }
    Ok(Finding::Done)
}

/// Says that this program cannot be a rank.
///
/// # Errors
/// Always.
#[cfg(not(feature = "mpi"))]
pub(crate) fn run(_: &TrainRankArguments) -> Result<Finding> {
    use super::problem::usage;
    use tenfold::executor::runners::ranks::launcher::LauncherError;

    let error = LauncherError::NotBuilt;
    Err(usage(error.to_string(), error.hint()))
}
