//! The arguments of `tenfold trial`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `tenfold trial`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  tenfold trial --state failed\n  tenfold trial 3f2a          (the first \
digits of an id are enough)\n  tenfold trial 3f2a --log --follow\n  tenfold trial 3f2a --history\n  tenfold trial cancel 3f2a"
)]
pub(crate) struct TrialArguments {
    /// What to do with trials; nothing lists or shows them.
    #[command(subcommand)]
    pub(crate) command: Option<TrialCommand>,
    /// First digits of the id of the trial to show [default: list them]
    pub(crate) id: Option<String>,
    /// Print its log
    #[arg(long, requires = "id")]
    pub(crate) log: bool,
    /// Go on printing the log until the trial ends
    #[arg(long, requires = "log")]
    pub(crate) follow: bool,
    /// Show how it was trained: loss and validation error by step
    #[arg(long, requires = "id", conflicts_with = "log")]
    pub(crate) history: bool,
    /// List trials of this model only
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    pub(crate) model: Option<String>,
    /// List trials of this size only, as 4096 or 4k
    #[arg(long, value_name = "SIZE", conflicts_with = "id")]
    pub(crate) size: Option<String>,
    /// List trials in this state only
    #[arg(long, value_enum, value_name = "STATE", conflicts_with = "id")]
    pub(crate) state: Option<TrialStateName>,
    /// Folder with a study.toml
    #[arg(long, default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
}

/// What to do with trials.
#[derive(Debug, Subcommand)]
pub(crate) enum TrialCommand {
    /// Ask the run that is going on to stop these trials and leave them out
    Cancel(CancelArguments),
}

/// `tenfold trial cancel`
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// First digits of the ids of the trials
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Folder with a study.toml
    #[arg(long, default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
}

/// Where a trial stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrialStateName {
    /// Not started, interrupted or cut off
    Planned,
    /// Started and not ended
    Running,
    /// Its result is in
    Finished,
    /// Its last execution failed
    Failed,
    /// It was cancelled by name
    Cancelled,
}
