//! The arguments for the format of a table, where the file does not show it.

use clap::{Args, ValueEnum};

use tenfold::table::Wide;

/// The form of a table, where it does not say it itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "How the table is read (what is left out is told by its names)")]
pub(crate) struct FormArguments {
    /// Sheet of a workbook (.xlsx) [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// What the columns beside the sizes are, where a table has several
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) wide: Option<WideWord>,
    /// Column with the standard deviation of the runs behind each row
    #[arg(long, value_name = "COLUMN", conflicts_with = "standard_error")]
    pub(crate) standard_deviation: Option<String>,
    /// Runs behind each row
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: Option<u32>,
    /// Column with the standard error of each row
    #[arg(long, value_name = "COLUMN")]
    pub(crate) standard_error: Option<String>,
}

/// What columns beside a column of sizes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WideWord {
    /// Each column is a curve
    Curves,
    /// Each column is a repeat of one curve
    Repeats,
}

impl WideWord {
    /// Converts the word to the type that readers use.
    pub(crate) fn wide(self) -> Wide {
        match self {
            Self::Curves => Wide::Curves,
            Self::Repeats => Wide::Repeats,
        }
    }
}
