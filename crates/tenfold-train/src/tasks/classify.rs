//! Classification: predicts the class of an example.

use tenfold_data::{Dataset, Targets};

use super::{TargetKind, Task, mismatch};
use crate::engine::{Shape, TapeRecorder, Value};
use crate::error::TrainError;
use crate::metrics::Metric;
use crate::ops::log_sum_exp;

#[derive(Debug)]
pub(super) struct Classify {
    pub(super) classes: usize,
}

impl Task for Classify {
    fn outputs(&self) -> usize {
        self.classes
    }

    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, _smoothing: f64) {
        let labels = tape.input(Shape::flat(1));
        tape.cross_entropy(output, labels);
    }

    fn targets(
        &self,
        dataset: &Dataset,
        rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError> {
        match (&dataset.targets, metric.suits(TargetKind::Classes)) {
            (Targets::Classes { labels, .. }, true) => {
                // Exact: a data set has far fewer than 2^24 classes.
                Ok(rows.iter().map(|row| labels[*row as usize] as f32).collect())
            }
            (targets, _) => Err(mismatch(metric, name, targets)),
        }
    }

    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError> {
        let (found, needed) = (dataset.class_count().unwrap_or(0), self.classes);
        if found == needed {
            return Ok(());
        }
        Err(TrainError::Unsuitable {
            reason: format!(
                "the {name} examples have {found} classes, the training examples have {needed}"
            ),
            hint: None,
        })
    }

    fn loss(&self, output: &[f32], target: f32) -> f64 {
        log_sum_exp(output) - f64::from(output[target as usize])
    }
}
