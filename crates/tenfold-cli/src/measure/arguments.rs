//! The arguments of `tenfold measure`.

use std::path::PathBuf;

use clap::Args;

/// `tenfold measure`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenfold measure --sizes 1k..64k --seeds 3 -- python train.py --n \
{size} --seed {seed} --out {out}\n  tenfold measure --sizes 100,300,1k,3k --result 'val_err=(\\S+)' -- \
./train.sh {size} {seed}\n\nThe command writes JSON such as {\"error\": 0.12} to {out}, or prints its \
error and --result finds it. A study file is kept in FOLDER: edit it and go on with `tenfold run`."
)]
pub(crate) struct MeasureArguments {
    /// The command and its arguments, after `--`; {size}, {seed}, {out} are filled in
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Training-set sizes: 1k..64k doubles from the first to the last; or a list
    #[arg(long, value_name = "SIZES")]
    pub(crate) sizes: String,
    /// Runs at each size, each with another {seed}
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) seeds: u32,
    /// Regular expression for the command's standard output; its first group is the error
    #[arg(long, value_name = "PATTERN")]
    pub(crate) result: Option<String>,
    /// Name of the number the command reports
    #[arg(long, value_name = "NAME", default_value = "error")]
    pub(crate) metric: String,
    /// The number is one where higher is better; it is turned round
    #[arg(long)]
    pub(crate) higher_is_better: bool,
    /// The best value the number can have
    #[arg(long, value_name = "X", default_value_t = 1.0, requires = "higher_is_better")]
    pub(crate) best: f64,
    /// A file that belongs to the command: edit it, and runs are made again [default: files named
    /// in the command]
    #[arg(long = "input", value_name = "FILE")]
    pub(crate) inputs: Vec<String>,
    /// Longest time one run may take, as 30m
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<String>,
    /// Sizes to forecast, as 128k,1M [default: 2, 4 and 10 times the largest]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) at: Vec<String>,
    /// Runs at a time [default: one a core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Folder to keep the study and its results in
    #[arg(long, value_name = "FOLDER", default_value = "tenfold-measure")]
    pub(crate) folder: PathBuf,
}
