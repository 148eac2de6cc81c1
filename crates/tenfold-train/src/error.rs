//! Why a training run has no result.

use std::path::PathBuf;

use crate::ranks::RankLost;

/// Why a training run has no result.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss, or a parameter, became infinite or not a number.
    #[error("training diverged in step {step}: the loss went from {last_loss} to {loss}")]
    Diverged {
        /// Step, counted from 1, in which it was seen.
        step: u64,
        /// The loss as printed, such as `inf` or `NaN`.
        loss: String,
        /// Loss of the step before, as printed. It is `0` in the first step; a learner that is
        /// fitted without gradient steps repeats `loss`.
        last_loss: String,
    },
    /// The progress callback said to stop; a checkpoint, if one was asked for, is written.
    #[error("interrupted after step {step}")]
    Interrupted {
        /// Steps done.
        step: u64,
    },
    /// Learner, metric and data set do not go together.
    #[error("{reason}")]
    Unsuitable {
        /// What was found and what was needed.
        reason: String,
        /// What to write instead.
        hint: Option<String>,
    },
    /// The checkpoint cannot be written.
    #[error("the checkpoint {} cannot be written: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file for tokens of more texts than are held in memory cannot be written or read.
    #[error("the file of the tokens to train on cannot be kept: {source}")]
    Tokens {
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Another rank of the same training has ended early.
    #[error(transparent)]
    RankLost(#[from] RankLost),
    /// Ranks that train one model do not hold the same numbers.
    #[error("ranks 0 and {rank} have different {what} after step {step}")]
    RanksDiffer {
        /// The first rank that differs from rank 0.
        rank: usize,
        /// What differs.
        what: &'static str,
        /// Steps done.
        step: u64,
    },
}

impl TrainError {
    /// A hint about what to type instead, if there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Diverged { .. } => Some("lower `learning_rate` or raise `warmup`".to_owned()),
            Self::Unsuitable { hint, .. } => hint.clone(),
            Self::RanksDiffer { .. } => {
                Some("every rank needs the same program, data and kind of processor".to_owned())
            }
            Self::Tokens { .. } => Some(
                "it needs as many bytes as there are tokens, or two or four times that".to_owned(),
            ),
            Self::Interrupted { .. } | Self::Checkpoint { .. } | Self::RankLost(_) => None,
        }
    }
}
