//! What is said in a recording, label by label, without knowing when.

use tenfold_data::{Dataset, Recorded, Texts};

use super::{TargetKind, Task, mismatch};
use crate::engine::{TapeRecorder, Value};
use crate::error::TrainError;
use crate::metrics::Metric;
use crate::ops::log_sum_exp;

/// Numbers of tokens of one vocabulary are predicted, a logit each in every step; that of the boundary
/// is the blank's.
#[derive(Debug)]
pub(super) struct Transcribe {
    pub(super) vocabulary: usize,
    /// Texts that have the vocabulary.
    pub(super) transcripts: Texts,
}

impl Task for Transcribe {
    fn outputs(&self) -> usize {
        self.vocabulary
    }

    /// Input 0 of the tape are the frames, one a row, 1 says how many there are, 2 are the labels.
    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, _smoothing: f64) {
        let [Some(frames), Some(lengths), Some(labels)] = [0, 1, 2].map(|i| tape.input_value(i))
        else {
            return;
        };
        let (frames, steps) = (tape.shape(frames).height, tape.shape(output).pixels());
        let lengths = tape.shortened(lengths, frames.div_ceil(steps));
        tape.ctc(output, labels, lengths);
    }

    /// None beside the transcripts.
    fn targets(
        &self,
        dataset: &Dataset,
        _rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError> {
        if metric.suits(TargetKind::Transcripts) {
            Ok(Vec::new())
        } else {
            Err(mismatch(metric, name, &dataset.targets))
        }
    }

    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError> {
        let recordings = dataset.recordings();
        let size = recordings.and_then(|Recorded { transcripts, .. }| transcripts.vocabulary());
        if size.is_some_and(|vocabulary| vocabulary.size() == self.vocabulary) {
            return Ok(());
        }
        Err(TrainError::Unsuitable {
            reason: format!(
                "the {name} transcripts have another vocabulary than the training transcripts"
            ),
            hint: None,
        })
    }

    /// Of one label.
    fn loss(&self, output: &[f32], target: f32) -> f64 {
        log_sum_exp(output) - f64::from(output[target as usize])
    }

    fn text(&self, tokens: &[u32]) -> String {
        self.transcripts.vocabulary().map_or_else(String::new, |v| v.text(tokens))
    }
}
