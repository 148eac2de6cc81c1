//! A learner that is no tape and has a setting of its own, defined outside the crate: no other code
//! has to know it.

use tenfold_train::learners::{FitJob, Fitted, Fitting, LINEAR, MLP, Model, Takes};
use tenfold_train::settings::OwnDefault;
use tenfold_train::{
    Learner, LearnerSettings, SettingKey, SettingValue, TrainError, ValueKind, describe, train,
};

use crate::data::{bars, plane, rows};
use crate::training::{go_on, job};

/// Predicts the mean target of the nearest examples.
#[derive(Debug)]
struct Nearest;

const NEAREST: &dyn Learner = &Nearest;

const OWN: &[SettingKey] = &[SettingKey::own(
    "neighbours",
    "Nearest examples that are averaged.",
    ValueKind::Whole { least: 1, most: 100 },
    OwnDefault::Number(3.0),
)];

impl Learner for Nearest {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn takes(&self) -> Takes {
        Takes::TablesAndImages
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings { learner: NEAREST, ..LearnerSettings::defaults(MLP) }
    }

    fn ignores(&self) -> &'static [&'static str] {
        &["width", "depth", "batch", "epochs", "optimizer"]
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        OWN
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Direct(self)
    }
}

impl Fitted for Nearest {
    fn fit(&self, job: &FitJob<'_>) -> Result<Box<dyn Model>, TrainError> {
        let neighbours = match job.settings.entries().pop() {
            Some(("neighbours", SettingValue::Number(number))) => number as usize,
            other => unreachable!("{other:?}"),
        };
        Ok(Box::new(Memory {
            inputs: job.shard.inputs.to_vec(),
            targets: job.shard.targets.to_vec(),
            neighbours,
            is_of_classes: job.task.outputs() > 1,
        }))
    }
}

#[derive(Debug)]
struct Memory {
    inputs: Vec<f32>,
    targets: Vec<f32>,
    neighbours: usize,
    is_of_classes: bool,
}

impl Model for Memory {
    fn predict(&self, input: &[f32], output: &mut [f32]) {
        let distance = |row: &[f32]| -> f32 {
            row.iter().zip(input).map(|(left, right)| (left - right) * (left - right)).sum()
        };
        let rows = self.inputs.chunks_exact(input.len());
        let mut near: Vec<(f32, f32)> = rows.map(distance).zip(self.targets.clone()).collect();
        near.sort_by(|left, right| left.0.total_cmp(&right.0));
        near.truncate(self.neighbours);
        output.fill(0.0);
        for (_, target) in &near {
            if self.is_of_classes {
                output[*target as usize] += 1.0;
            } else {
                output[0] += target / near.len() as f32;
            }
        }
    }

    fn parameter_count(&self) -> u64 {
        self.inputs.len() as u64
    }

    fn fitting_flop(&self) -> f64 {
        0.0
    }

    fn rounds(&self) -> u64 {
        1
    }

    fn is_converged(&self) -> bool {
        true
    }
}

#[test]
fn a_learner_without_gradient_steps_is_measured_as_any_other() {
    let parts = rows([200, 60, 100]);
    let settings = NEAREST.defaults();
    let images = bars(400, 1, 14);
    let trained = train(&job(&images, &parts, &settings), &mut go_on).unwrap();
    // Guessing is wrong in two of three.
    assert!(trained.test_error < 0.05, "{}", trained.test_error);
    assert_eq!((trained.test_statistics.len(), trained.validation_statistics.len()), (100, 60));
    assert_eq!((trained.parameter_count, trained.steps), (200 * 196, 1));
    assert!(describe(&images, &settings).unwrap().flop_per_example.abs() < 1e-12);

    let values = plane(400);
    let trained = train(&job(&values, &parts, &settings), &mut go_on).unwrap();
    // In units of the target, whose standard deviation is 20.6: the outcomes are not standardised.
    assert!((2.0..12.0).contains(&trained.test_error), "{}", trained.test_error);
    let mean = trained.test_statistics.iter().map(|square| f64::from(*square)).sum::<f64>() / 100.0;
    assert!((trained.test_error - mean.sqrt()).abs() < 1e-9);
}

#[test]
fn a_setting_of_its_own_is_checked_and_tells_trials_apart() {
    let mut settings = NEAREST.defaults();
    let defaults = settings.identity();
    assert_eq!(defaults.last(), Some(&("neighbours", SettingValue::Number(3.0))));
    assert!(defaults.iter().all(|(name, _)| *name != "width" && *name != "optimizer"));
    settings.set("neighbours", &SettingValue::Number(5.0)).unwrap();
    assert_eq!(settings.identity().last(), Some(&("neighbours", SettingValue::Number(5.0))));
    let error = settings.set("neighbours", &SettingValue::Number(0.0)).unwrap_err();
    assert_eq!(error.to_string(), "`neighbours` is 0, it has to be a whole number from 1 to 100");

    let mut linear = LINEAR.defaults();
    let error = linear.set("neighbours", &SettingValue::Number(5.0)).unwrap_err();
    assert_eq!(error.to_string(), "`neighbours` is not a setting of a built-in learner");
}
