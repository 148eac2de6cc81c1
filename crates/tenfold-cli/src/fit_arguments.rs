//! The arguments of `tenfold fit`.

use clap::{Args, ValueEnum};
use tenfold_core::law::joint::JointLoss;

use super::curve_arguments::CurveArguments;

/// `tenfold fit`
#[derive(Debug, Args)]
#[command(
    after_help = "Laws of model size and data together read `parameters`, and where they are there \
`epochs`, `flop` (operations of a training) and `non_embedding_parameters`.\n\nExamples:\n  tenfold fit \
curve.csv\n  tenfold fit runs.csv --law joint-power-law --budget 1e21,1e22"
)]
pub(crate) struct FitArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// Operations to spend well on parameters and examples, as 1e21,1e22; for laws of model size and data
    #[arg(long, value_name = "FLOP", value_delimiter = ',')]
    pub(crate) budget: Vec<String>,
    /// Parameters that are embeddings, in every model, as 38.6M; shows the same without them
    #[arg(long, value_name = "N")]
    pub(crate) embedding_parameters: Option<String>,
    /// What log residuals of laws of model size and data cost [default: huber]
    #[arg(long, value_enum, value_name = "LOSS")]
    pub(crate) loss: Option<Loss>,
}

/// What a log residual costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Loss {
    /// The square up to 0.001, a straight line beyond: runs far off count little
    Huber,
    /// The square
    Squares,
}

impl Loss {
    /// The loss it names.
    pub(crate) fn joint(self) -> JointLoss {
        match self {
            Self::Huber => JointLoss::default(),
            Self::Squares => JointLoss::Squares,
        }
    }
}
