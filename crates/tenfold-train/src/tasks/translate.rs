//! The next token of a translation, from what is translated and all tokens before it.

use tenfold_data::{Dataset, Texts, Vocabulary};

use super::{TargetKind, Task, mismatch};
use crate::engine::{Shape, TapeRecorder, Value};
use crate::error::TrainError;
use crate::metrics::Metric;
use crate::ops::log_sum_exp;

/// Numbers of tokens of the target's vocabulary are predicted, a logit each.
#[derive(Debug)]
pub(super) struct Translate {
    /// Sizes of the vocabularies of sources and targets.
    pub(super) sizes: [usize; 2],
    /// Texts that have the vocabulary of the targets.
    pub(super) targets: Texts,
}

impl Task for Translate {
    fn outputs(&self) -> usize {
        self.sizes[1]
    }

    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, smoothing: f64) {
        let targets = tape.input(Shape::sequence(tape.shape(output).pixels(), 1));
        tape.sequence_cross_entropy(output, targets, smoothing);
    }

    /// None beside the pairs.
    fn targets(
        &self,
        dataset: &Dataset,
        _rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError> {
        if metric.suits(TargetKind::Translations) {
            Ok(Vec::new())
        } else {
            Err(mismatch(metric, name, &dataset.targets))
        }
    }

    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError> {
        let pairs = dataset.pairs();
        let sizes = pairs.and_then(|pairs| Some(pairs.vocabularies()?.map(Vocabulary::size)));
        if sizes == Some(self.sizes) {
            return Ok(());
        }
        Err(TrainError::Unsuitable {
            reason: format!("the {name} pairs have other vocabularies than the training pairs"),
            hint: None,
        })
    }

    /// Of one token.
    fn loss(&self, output: &[f32], target: f32) -> f64 {
        log_sum_exp(output) - f64::from(output[target as usize])
    }

    fn text(&self, tokens: &[u32]) -> String {
        self.targets.vocabulary().map_or_else(String::new, |v| v.text(tokens))
    }
}
