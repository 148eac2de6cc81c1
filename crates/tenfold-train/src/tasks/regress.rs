//! Regression: predicts a value.

use tenfold_data::{Dataset, Targets};

use super::{Scale, TargetKind, Task, mismatch};
use crate::engine::{Shape, TapeRecorder, Value};
use crate::error::TrainError;
use crate::metrics::Metric;

/// Targets are standardised by the shard's mean and standard deviation, in units of the target.
#[derive(Debug)]
pub(super) struct Regress {
    pub(super) scale: Scale,
}

impl Task for Regress {
    fn outputs(&self) -> usize {
        1
    }

    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, _smoothing: f64) {
        let targets = tape.input(Shape::flat(1));
        tape.squared_error(output, targets);
    }

    fn targets(
        &self,
        dataset: &Dataset,
        rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError> {
        match (&dataset.targets, metric.suits(TargetKind::Values)) {
            (Targets::Values { values, .. }, true) => {
                let Scale { mean, deviation } = self.scale;
                let standard = |value: f32| ((f64::from(value) - mean) / deviation) as f32;
                Ok(rows.iter().map(|row| standard(values[*row as usize])).collect())
            }
            (targets, _) => Err(mismatch(metric, name, targets)),
        }
    }

    fn check_same(&self, _dataset: &Dataset, _name: &str) -> Result<(), TrainError> {
        Ok(())
    }

    fn loss(&self, output: &[f32], target: f32) -> f64 {
        let distance = f64::from(output[0]) - f64::from(target);
        distance * distance
    }

    fn scale(&self) -> Scale {
        self.scale
    }
}
