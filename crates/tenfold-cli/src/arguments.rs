//! The arguments of the program and its commands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use tenfold::pipeline::OpenJobs;

use super::check::CheckArguments;
use super::clean::CleanArguments;
use super::curve_arguments::{CurveArguments, GoalArguments};
use super::export::ExportArguments;
use super::fit_arguments::FitArguments;
use super::forecast::ForecastArguments;
use super::import_arguments::ImportArguments;
use super::measure::arguments::MeasureArguments;
use super::report::ReportArguments;
use super::shared_arguments::Shared;
use super::trial::TrialArguments;

/// What would tenfold the data buy you?
///
/// Tenfold measures a learning curve (trains models on growing shards of your data), fits the
/// power law, and forecasts what more data would buy, with intervals that are true.
#[derive(Debug, Parser)]
#[command(name = "tenfold", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Try it: tenfold demo (a minute, offline). Exit codes: 0 done, 1 the answer \
is no, 2 usage or data error, 3 some trials failed, 130 interrupted."
)]
pub(crate) struct Arguments {
    /// What to do; nothing prints where to begin.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Options every command takes.
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure, forecast and report on bundled images: about a minute, offline
    Demo(DemoArguments),
    /// Write a study.toml for your data
    Init(InitArguments),
    /// Measure a training command of your own, without a study file
    Measure(MeasureArguments),
    /// Train on growing shards; run it again to resume
    Run(RunArguments),
    /// Show what is planned, running, finished and failed
    Status(StatusArguments),
    /// Put the trials of the run that is going on aside, with their checkpoints
    Pause(StudyArguments),
    /// Go on after a pause
    Resume(StudyArguments),
    /// Stop the run that is going on, here or as jobs; `tenfold run` goes on later
    Stop(StudyArguments),
    /// List trials; show one with its attempts and log; cancel some
    Trial(TrialArguments),
    /// Remove what is no longer needed; shows it first
    Clean(CleanArguments),
    /// Fit the law: exponent, floor, regions
    Fit(FitArguments),
    /// Forecast the error at larger sizes
    Forecast(ForecastArguments),
    /// Whether a later measurement is what was forecast, or by how much it is out
    Check(CheckArguments),
    /// How many examples a target needs, what they cost, and how many are worth it
    Plan(PlanArguments),
    /// Which curve is better at a size, and since when
    Compare(CompareArguments),
    /// Hide the largest sizes, forecast them, and score the forecast
    Backtest(BacktestArguments),
    /// Why the curve is as it is, and the next experiment worth its cost
    Diagnose(CurveArguments),
    /// Write one HTML file that opens offline
    Report(ReportArguments),
    /// Bring runs that other tools made: into a curve file, or into a study
    Import(ImportArguments),
    /// Write curves for other tools: a curve file, Parquet, a Vega-Lite chart, MLflow
    Export(ExportArguments),
    /// Print a completion script for your shell
    Completions(CompletionsArguments),
    /// Execute lines of a batch; what a cluster's tasks run
    #[command(hide = true)]
    Worker(WorkerArguments),
    /// Train one rank's share of a trial; what `mpirun` starts
    #[command(hide = true)]
    TrainRank(TrainRankArguments),
    /// Guard a command of a trial; what `tenfold` starts it with
    #[command(hide = true)]
    Guard(GuardArguments),
}

/// `tenfold demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// What is learnt: images, a language model of characters or of words, translation, or speech
    #[arg(value_enum, default_value_t = DemoKind::Images)]
    pub(crate) kind: DemoKind,
    /// Folder to write to [default: tenfold-demo, tenfold-demo-char-lm, …]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Trials at a time [default: one a core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
}

/// What a demo learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DemoKind {
    /// Kinds of clothes, from images
    Images,
    /// The next character of a speech
    CharLm,
    /// The next word of a speech
    WordLm,
    /// Verses in English and Spanish
    Translation,
    /// Spoken digits
    Speech,
}

/// `tenfold init`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tenfold init train.csv --label species\n  tenfold init \
prices.parquet --target price\n  tenfold init photos/            (one folder a class)\n  tenfold \
init --builtin fashion-mnist-14\n  tenfold init recordings/ --transcripts all.csv\n  tenfold \
init --command 'python train.py --n {size} --seed {seed} --out {out}'")]
pub(crate) struct InitArguments {
    /// Your data: CSV, TSV, JSONL or Parquet table, IDX folder, or a folder of images or recordings
    pub(crate) data: Option<PathBuf>,
    /// The translation of each line of DATA, in a second file
    #[arg(conflicts_with_all = ["label", "target", "text"])]
    pub(crate) translation: Option<PathBuf>,
    /// Column that holds the class
    #[arg(long, value_name = "COLUMN", conflicts_with = "target")]
    pub(crate) label: Option<String>,
    /// Column that holds the number to predict
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Column that holds texts, each of which is an example, or the transcripts
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["label", "target"])]
    pub(crate) text: Option<String>,
    /// Table (CSV, TSV, JSONL) that names the recordings in DATA and says what is said in each
    #[arg(long, value_name = "FILE", requires = "data", conflicts_with_all = ["label", "target", "to", "translation"])]
    pub(crate) transcripts: Option<PathBuf>,
    /// Column that names the recordings, in Parquet holds them [default: the one that does]
    #[arg(long, value_name = "COLUMN", requires = "data", conflicts_with_all = ["label", "target", "to", "translation"])]
    pub(crate) audio: Option<String>,
    /// Most lines or rows of pairs and recordings that may be left out because they cannot be used
    #[arg(long, value_name = "N", requires = "data", conflicts_with_all = ["label", "target"])]
    pub(crate) skip_bad: Option<u32>,
    /// Column that holds the translation of each text
    #[arg(long, value_name = "COLUMN", requires = "text")]
    pub(crate) to: Option<String>,
    /// Use a built-in data set
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    pub(crate) builtin: Option<String>,
    /// A training command of your own; {size}, {seed}, {out} and more are filled in
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["data", "builtin", "label", "target", "text"])]
    pub(crate) command: Option<String>,
    /// Training-set sizes of the command, as 1k..64k
    #[arg(long, value_name = "SIZES", default_value = "64..8192", requires = "command")]
    pub(crate) sizes: String,
    /// How many examples the command can choose from, if it is to be told which ones to use
    #[arg(long, value_name = "N", requires = "command")]
    pub(crate) examples: Option<u64>,
    /// Folder to write study.toml to
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Replace a study.toml that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the JSON Schema of study.toml instead
    #[arg(long)]
    pub(crate) schema: bool,
}

/// `tenfold run`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct RunArguments {
    /// Folder with a study.toml
    #[arg(default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Trials at a time [default: one a core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Read every result file first, and train what was removed or damaged
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Spend no more than this: `2h`, `100 trials` or `1e15 flop`; the trials that tell most are run
    #[arg(long, value_name = "BUDGET")]
    pub(crate) budget: Option<String>,
    /// Stop once an interval is narrow enough: '80% interval at 1M < 10%'
    #[arg(long, value_name = "INTERVAL")]
    pub(crate) until: Option<String>,
    /// Read the data and say what would be trained, then stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Hand the trials to the cluster and end; run it again to take over
    #[arg(long)]
    pub(crate) detach: bool,
    /// Take over the jobs of the folder that this one was copied or restored from
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Trials that jobs still have, though `executor` has changed: wait for them, train the others
    #[arg(long, conflicts_with_all = ["cancel_jobs", "abandon_jobs"])]
    pub(crate) wait_for_jobs: bool,
    /// Cancel the jobs of earlier runs first
    #[arg(long, conflicts_with = "abandon_jobs")]
    pub(crate) cancel_jobs: bool,
    /// Leave the jobs of earlier runs to themselves, as when their cluster is gone; results of
    /// theirs count if they are first
    #[arg(long)]
    pub(crate) abandon_jobs: bool,
}

impl RunArguments {
    /// How jobs that hold trials are treated when the study now runs somewhere else.
    pub(super) fn open_jobs(&self) -> OpenJobs {
        match (self.wait_for_jobs, self.cancel_jobs, self.abandon_jobs) {
            (true, ..) => OpenJobs::Wait,
            (_, true, _) => OpenJobs::Cancel,
            (.., true) => OpenJobs::Abandon,
            _ => OpenJobs::Refuse,
        }
    }
}

/// `tenfold status`
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Folder with a study.toml
    #[arg(default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Go on showing a run that was started elsewhere, until it ends
    #[arg(long)]
    pub(crate) follow: bool,
}

/// `tenfold pause`, `tenfold resume`, `tenfold stop`
#[derive(Debug, Args)]
pub(crate) struct StudyArguments {
    /// Folder with a study.toml
    #[arg(default_value = ".", value_name = "STUDY")]
    pub(crate) study: PathBuf,
}

/// `tenfold plan`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenfold plan --target 5% --cost-per-example 0.05\n  tenfold plan \
--value-per-point 2000 --cost-per-example 0.05 --budget 5000\n  tenfold plan --target 5% \
--examples-per-day 500 --deadline 30"
)]
pub(crate) struct PlanArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// What to find out.
    #[command(flatten)]
    pub(crate) goal: GoalArguments,
}

/// `tenfold compare`
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Where the curves are.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// Sizes to compare at, as 128k,500k,1M [default: twice the largest]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) at: Vec<String>,
    /// Error to reach, as 5% or 0.05, or the metric itself, as 'BLEU 35' [default: the study's goal]
    #[arg(long, value_name = "ERROR", allow_hyphen_values = true)]
    pub(crate) target: Option<String>,
}

/// `tenfold backtest`
#[derive(Debug, Args)]
pub(crate) struct BacktestArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// How many of the largest sizes to hide
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) hide: usize,
}

/// `tenfold completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// Your shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `tenfold worker`
#[derive(Debug, Args)]
pub(crate) struct WorkerArguments {
    /// Folder with a study.toml
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Name of the batch
    #[arg(long, value_name = "ID")]
    pub(crate) batch: String,
    /// Lines of the batch, from 0, as 0..8
    #[arg(long, value_name = "A..B")]
    pub(crate) lines: String,
}

/// `tenfold guard`
#[derive(Debug, Args)]
pub(crate) struct GuardArguments {
    /// The command
    #[arg(value_name = "WORD", required = true, last = true)]
    pub(crate) words: Vec<OsString>,
}

/// `tenfold train-rank`
#[derive(Debug, Args)]
pub(crate) struct TrainRankArguments {
    /// File that says what to train
    #[arg(value_name = "JOB")]
    pub(crate) job: PathBuf,
}
