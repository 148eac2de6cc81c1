//! The next token of a text, from all before it.

use tenfold_data::{Dataset, Texts};

use super::{TargetKind, Task, mismatch};
use crate::engine::{Shape, TapeRecorder, Value};
use crate::error::TrainError;
use crate::metrics::Metric;
use crate::ops::log_sum_exp;

/// Numbers of tokens of one vocabulary are predicted, a logit each.
#[derive(Debug)]
pub(super) struct NextToken {
    pub(super) vocabulary: usize,
}

impl Task for NextToken {
    fn outputs(&self) -> usize {
        self.vocabulary
    }

    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, smoothing: f64) {
        let targets = tape.input(Shape::sequence(tape.shape(output).pixels(), 1));
        tape.sequence_cross_entropy(output, targets, smoothing);
    }

    /// None beside the texts.
    fn targets(
        &self,
        dataset: &Dataset,
        _rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError> {
        if metric.suits(TargetKind::Texts) {
            Ok(Vec::new())
        } else {
            Err(mismatch(metric, name, &dataset.targets))
        }
    }

    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError> {
        let vocabulary = dataset.texts().and_then(Texts::vocabulary);
        if vocabulary.is_some_and(|vocabulary| vocabulary.size() == self.vocabulary) {
            return Ok(());
        }
        Err(TrainError::Unsuitable {
            reason: format!("the {name} texts have another vocabulary than the training texts"),
            hint: None,
        })
    }

    /// Of one token.
    fn loss(&self, output: &[f32], target: f32) -> f64 {
        log_sum_exp(output) - f64::from(output[target as usize])
    }
}
