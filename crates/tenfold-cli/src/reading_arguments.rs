//! The arguments for reading a curve file.

use clap::{Args, ValueEnum};
use tenfold_core::MetricKind;

use tenfold::curve_file::{Decimal, ValueUnit};

/// Heading of these options. Each option names it, because a heading of the whole struct would also
/// apply to the options after it.
const READING: &str = "How a curve file is read (what is left out is told by names and numbers)";

/// How a curve file is read; what is left out is told by its names and numbers.
#[derive(Debug, Args)]
pub(crate) struct ReadingArguments {
    /// Column that holds the metric; of a study another metric of its results
    #[arg(long, help_heading = READING, value_name = "COLUMN")]
    pub(crate) metric: Option<String>,
    /// The metric is one where higher is better; it is turned round
    #[arg(long, help_heading = READING)]
    pub(crate) higher_is_better: bool,
    /// The metric is an error, whatever its name says
    #[arg(long, help_heading = READING, conflicts_with = "higher_is_better")]
    pub(crate) lower_is_better: bool,
    /// The best value the metric can have; the error is the distance to it
    #[arg(long, help_heading = READING, value_name = "X", allow_negative_numbers = true)]
    pub(crate) best: Option<f64>,
    /// What the values of the metric are
    #[arg(long, help_heading = READING, value_enum, value_name = "UNIT")]
    pub(crate) unit: Option<UnitWord>,
    /// What the metric is, which decides what is believed of its curves beforehand
    #[arg(long, help_heading = READING, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Column that names the curve; given twice, both do
    #[arg(long, help_heading = READING, value_name = "COLUMN")]
    pub(crate) curve: Vec<String>,
    /// Name of the curve when all rows are of one, whatever columns differ
    #[arg(long, help_heading = READING, value_name = "TEXT", conflicts_with = "curve")]
    pub(crate) name: Option<String>,
    /// Column with the training-set size
    #[arg(long, help_heading = READING, value_name = "COLUMN")]
    pub(crate) size_column: Option<String>,
    /// Column with the seed
    #[arg(long, help_heading = READING, value_name = "COLUMN")]
    pub(crate) seed: Option<String>,
    /// Examples of which sizes are shares, as 77k
    #[arg(long, help_heading = READING, value_name = "SIZE")]
    pub(crate) whole: Option<String>,
    /// What stands before decimals, where numbers such as 1.000 do not tell
    #[arg(long, help_heading = READING, value_enum, value_name = "SIGN")]
    pub(crate) decimal: Option<DecimalWord>,
    /// Leave out rows whose metric is no number
    #[arg(long, help_heading = READING)]
    pub(crate) skip_unusable: bool,
}

/// What values of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnitWord {
    /// Per cent
    Percent,
    /// What they are
    Plain,
}

impl From<UnitWord> for ValueUnit {
    fn from(word: UnitWord) -> Self {
        match word {
            UnitWord::Percent => Self::Percent,
            UnitWord::Plain => Self::Plain,
        }
    }
}

/// What stands before decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecimalWord {
    /// 1.5 is one and a half, 1,000 a thousand
    Point,
    /// 1,5 is one and a half, 1.000 a thousand
    Comma,
}

impl From<DecimalWord> for Decimal {
    fn from(word: DecimalWord) -> Self {
        match word {
            DecimalWord::Point => Self::Point,
            DecimalWord::Comma => Self::Comma,
        }
    }
}

/// The direction that the flags give; `None` without a flag.
pub(crate) fn direction(higher_is_better: bool, lower_is_better: bool) -> Option<bool> {
    (higher_is_better || lower_is_better).then_some(higher_is_better)
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Between 0 and 1
    ErrorRate,
    /// A loss in nats or bits
    Loss,
    /// Any unit
    Unbounded,
}

impl Kind {
    /// The kind of metric it names.
    pub(crate) fn metric(self) -> MetricKind {
        match self {
            Self::ErrorRate => MetricKind::ErrorRate,
            Self::Loss => MetricKind::Loss,
            Self::Unbounded => MetricKind::Unbounded,
        }
    }
}
