//! Training from the outside: it learns, it is reproducible, and it refuses what does not go
//! together.

use tenfold_data::{Dataset, Targets};
use tenfold_train::learners::{CNN, LINEAR, MLP, RESNET, Takes};
use tenfold_train::tasks::TargetKind;
use tenfold_train::{
    Continue, LEARNERS, Learner, LearnerSettings, Length, Optimizer, Progress, Schedule, Share,
    TrainError, TrainJob, Trained, describe, metrics, train,
};

use crate::data::{bars, plane, rows};

pub(crate) fn quick(learner: &'static dyn Learner) -> LearnerSettings {
    LearnerSettings {
        width: if learner == MLP { 24 } else { 4 },
        depth: if learner == RESNET { 1 } else { 2 },
        dropout: if learner == LINEAR { 0.0 } else { 0.1 },
        batch: 32,
        length: Length::Steps(60),
        evaluations: 6,
        learning_rate: 0.01,
        ..LearnerSettings::defaults(learner)
    }
}

fn image_learners() -> impl Iterator<Item = &'static dyn Learner> {
    LEARNERS
        .iter()
        .copied()
        .filter(|learner| [Takes::TablesAndImages, Takes::Images].contains(&learner.takes()))
}

pub(crate) fn job<'a>(
    dataset: &'a Dataset,
    [shard, validation, test]: &'a [Vec<u32>; 3],
    settings: &'a LearnerSettings,
) -> TrainJob<'a> {
    let metric = metrics::usual_metric(TargetKind::of(&dataset.targets)).unwrap();
    TrainJob {
        dataset,
        shard: shard.as_slice().into(),
        validation: (dataset, validation),
        test: (dataset, test),
        settings,
        metric,
        transforms: &[],
        seed: 1,
        threads: 1,
        share: Share::WHOLE,
        checkpoint: None,
    }
}

pub(crate) fn go_on(_: &Progress) -> Continue {
    Continue::Yes
}

fn trained(job: &TrainJob<'_>) -> Trained {
    train(job, &mut go_on).unwrap()
}

#[test]
fn every_learner_learns_images() {
    for (channels, side) in [(1, 14), (3, 12)] {
        let dataset = bars(500, channels, side);
        let rows = rows([200, 100, 200]);
        for learner in image_learners() {
            let settings = quick(learner);
            let trained = trained(&job(&dataset, &rows, &settings));
            // Guessing is wrong in two of three.
            assert!(trained.test_error < 0.1, "{}: {}", learner.name(), trained.test_error);
            let size = describe(&dataset, &settings).unwrap();
            assert_eq!(trained.parameter_count, size.parameter_count);
            let flop = size.flop_per_example * 60.0 * 32.0;
            assert!((trained.training_flop - flop).abs() < 1e-9 * flop);
            assert_eq!(
                (trained.test_statistics.len(), trained.validation_statistics.len()),
                (200, 100)
            );
        }
    }
}

#[test]
fn regression_reaches_the_noise() {
    let dataset = plane(900);
    let rows = rows([400, 200, 300]);
    for learner in [LINEAR, MLP] {
        let settings =
            LearnerSettings { length: Length::Steps(600), dropout: 0.0, ..quick(learner) };
        let trained = trained(&job(&dataset, &rows, &settings));
        let sum: f64 = trained.test_statistics.iter().map(|outcome| f64::from(*outcome)).sum();
        assert!((trained.test_error - (sum / 300.0).sqrt()).abs() < 1e-12);
        // The noise has standard deviation 1, the target 20.6; 300 test examples give ± 4 %.
        assert!(
            (0.85..1.35).contains(&trained.test_error),
            "{:?} {}",
            trained.history,
            trained.parameter_count
        );
    }
}

#[test]
fn sizes_are_those_counted_by_hand() {
    let dataset = bars(10, 1, 28);
    let count = |learner, width, depth| {
        let settings = LearnerSettings { width, depth, ..LearnerSettings::defaults(learner) };
        describe(&dataset, &settings).unwrap()
    };
    let linear = count(LINEAR, 1, 1);
    assert_eq!(linear.parameter_count, 784 * 3 + 3);
    assert!((linear.flop_per_example - 3.0 * 2.0 * 784.0 * 3.0).abs() < 1e-6);
    let mlp = count(MLP, 100, 2);
    assert_eq!(mlp.parameter_count, 785 * 100 + 101 * 100 + 101 * 3);
    let cnn = count(CNN, 16, 3);
    let stages = (9 * 16 + 32) + (9 * 16 * 32 + 64) + (9 * 32 * 64 + 128);
    assert_eq!(cnn.parameter_count, stages + 9 * 64 * 3 + 3);
    // ResNet-20 of He et al. has 0.27 million parameters with 3 colours and 10 classes.
    let settings = LearnerSettings { width: 16, depth: 3, ..LearnerSettings::defaults(RESNET) };
    let resnet = describe(&bars(10, 3, 32), &settings).unwrap();
    assert!((268_000..275_000).contains(&resnet.parameter_count), "{}", resnet.parameter_count);
}

#[test]
fn threads_do_not_change_a_bit() {
    let dataset = bars(300, 1, 14);
    let rows = rows([130, 70, 100]);
    for learner in [MLP, CNN, RESNET] {
        let settings = LearnerSettings { chunks: 3, batch: 40, ..quick(learner) };
        let job = job(&dataset, &rows, &settings);
        let alone = trained(&job);
        for threads in [2, 3, 4] {
            assert_eq!(trained(&TrainJob { threads, ..job }), alone);
        }
        assert_ne!(trained(&TrainJob { seed: 2, ..job }), alone);
    }
}

#[test]
fn chunks_of_an_mlp_add_up_to_the_batch() {
    let dataset = bars(300, 1, 14);
    let rows = rows([130, 70, 100]);
    let whole = LearnerSettings { length: Length::Steps(20), ..quick(MLP) };
    let parts = LearnerSettings { chunks: 5, ..whole.clone() };
    let whole = trained(&job(&dataset, &rows, &whole));
    let parts = trained(&job(&dataset, &rows, &parts));
    for (whole, parts) in whole.history.iter().zip(&parts.history) {
        // The order of the sums differs, and 20 updates amplify rounding errors of 6e-8.
        assert!((whole.train_loss - parts.train_loss).abs() < 1e-4 * whole.train_loss.max(0.1));
    }
}

#[test]
fn patience_stops_and_the_best_parameters_are_tested() {
    let dataset = bars(300, 1, 8);
    let rows = rows([6, 150, 100]);
    let settings = LearnerSettings {
        length: Length::Steps(2_000),
        evaluations: 20,
        patience: Some(3),
        schedule: Schedule::Constant,
        dropout: 0.0,
        ..quick(MLP)
    };
    let trained = trained(&job(&dataset, &rows, &settings));
    assert!(trained.steps < 2_000 && trained.converged);
    assert_eq!(trained.history.len() as u64, trained.steps / 100);
    let lowest =
        trained.history.iter().map(|done| done.validation_error).fold(f64::INFINITY, f64::min);
    assert!((trained.validation_error - lowest).abs() < 1e-12);
    let best = trained.history.iter().find(|done| done.step == trained.best_step).unwrap();
    assert!((best.validation_error - lowest).abs() < 1e-12);
    assert_eq!(trained.steps - trained.best_step, 300);
}

#[test]
fn a_run_that_is_cut_short_has_not_converged() {
    let dataset = bars(700, 1, 14);
    let rows = rows([400, 300, 0]);
    let short = LearnerSettings {
        length: Length::Steps(20),
        evaluations: 10,
        learning_rate: 2e-3,
        schedule: Schedule::Constant,
        ..quick(MLP)
    };
    let cut = trained(&job(&dataset, &rows, &short));
    assert!(!cut.converged, "{:?}", cut.history);
    let long = LearnerSettings { length: Length::Steps(400), ..short };
    let done = trained(&job(&dataset, &rows, &long));
    assert!(done.converged, "{:?}", done.history);
    // Without test examples, the validation error stands for the test error.
    assert!(
        done.test_statistics.is_empty()
            && done.test_error.total_cmp(&done.validation_error).is_eq()
    );
}

#[test]
fn a_learning_rate_that_explodes_is_told_as_divergence() {
    let dataset = plane(200);
    let rows = rows([100, 50, 50]);
    let settings = LearnerSettings {
        optimizer: Optimizer::Sgd,
        learning_rate: 1e6,
        warmup: 0.0,
        ..quick(LINEAR)
    };
    let error = train(&job(&dataset, &rows, &settings), &mut go_on).unwrap_err();
    let TrainError::Diverged { step, loss, .. } = &error else { panic!("{error}") };
    assert!(*step > 1 && (loss == "inf" || loss == "NaN"), "{error}");
    assert_eq!(error.hint().as_deref(), Some("lower `learning_rate` or raise `warmup`"));
}

fn check_unsuitable(job: &TrainJob<'_>, message: &str) {
    let error = train(job, &mut go_on).unwrap_err();
    assert!(matches!(error, TrainError::Unsuitable { .. }));
    assert_eq!(error.to_string(), message);
}

#[test]
fn what_does_not_go_together_is_told() {
    let (table, images) = (plane(50), bars(50, 1, 8));
    let parts = rows([30, 10, 10]);
    let cnn = quick(CNN);
    check_unsuitable(
        &job(&table, &parts, &cnn),
        "`cnn` needs images, the data set is a table of 3 features",
    );
    assert!(describe(&table, &cnn).is_err());
    check_unsuitable(
        &TrainJob { metric: metrics::RMSE, ..job(&images, &parts, &cnn) },
        "the metric `rmse` needs values, the training targets are classes",
    );
    let linear = quick(LINEAR);
    check_unsuitable(
        &TrainJob { metric: metrics::CROSS_ENTROPY, ..job(&table, &parts, &linear) },
        "the metric `cross_entropy` needs classes, the training targets are values",
    );
    check_unsuitable(
        &job(&images, &rows([0, 10, 10]), &cnn),
        "there are no training examples, at least one is needed",
    );
    check_unsuitable(
        &job(&images, &rows([10, 0, 10]), &cnn),
        "there are no validation examples, at least one is needed",
    );
    let larger = bars(50, 1, 9);
    check_unsuitable(
        &TrainJob { validation: (&larger, &parts[1]), ..job(&images, &parts, &cnn) },
        "a validation example has 81 numbers, the training examples have 64",
    );
    let mut fewer = bars(50, 1, 8);
    fewer.targets = Targets::Classes {
        labels: vec![0; 50],
        names: ["top", "middle"].map(str::to_owned).to_vec(),
    };
    check_unsuitable(
        &TrainJob { test: (&fewer, &parts[2]), ..job(&images, &parts, &cnn) },
        "the test examples have 2 classes, the training examples have 3",
    );
    check_unsuitable(
        &TrainJob { validation: (&table, &parts[1]), ..job(&images, &parts, &cnn) },
        "a validation example has 0 numbers, the training examples have 64",
    );
}

#[test]
fn the_average_is_evaluated_and_is_steadier_than_the_last_parameters() {
    let dataset = plane(400);
    let parts = rows([200, 100, 100]);
    // At this learning rate, the parameters keep jumping around the best ones.
    let last = LearnerSettings {
        learning_rate: 0.1,
        optimizer: Optimizer::Sgd,
        schedule: Schedule::Constant,
        length: Length::Steps(200),
        evaluations: 20,
        ..quick(LINEAR)
    };
    let averaged = LearnerSettings { average: 0.95, ..last.clone() };
    let jumps = |settings| {
        let trained = trained(&job(&dataset, &parts, settings));
        let late = trained.history[10..].windows(2);
        late.map(|pair| (pair[1].validation_error - pair[0].validation_error).abs()).sum::<f64>()
    };
    assert!(jumps(&averaged) < 0.5 * jumps(&last));
}

#[test]
fn a_clipped_gradient_moves_the_parameters_less() {
    let dataset = plane(400);
    let parts = rows([200, 100, 100]);
    let free = LearnerSettings {
        optimizer: Optimizer::Sgd,
        momentum: 0.0,
        schedule: Schedule::Constant,
        length: Length::Steps(1),
        warmup: 0.0,
        evaluations: 1,
        learning_rate: 0.1,
        ..quick(LINEAR)
    };
    let clipped = LearnerSettings { clip: 0.1, ..free.clone() };
    let still = LearnerSettings { learning_rate: 1e-12, ..free.clone() };
    let error = |settings| trained(&job(&dataset, &parts, settings)).train_error;
    let (start, free, clipped) = (error(&still), error(&free), error(&clipped));
    // The gradient of a mean squared error of 1 has a norm of about 2.
    assert!(clipped < start && start - clipped < 0.2 * (start - free), "{start} {clipped} {free}");
}

#[test]
fn one_example_is_enough_to_train() {
    let dataset = bars(20, 1, 8);
    let parts = rows([1, 1, 1]);
    for learner in image_learners() {
        let settings = quick(learner);
        let trained = trained(&job(&dataset, &parts, &settings));
        assert!(trained.test_error.is_finite() && trained.history.len() == 6);
    }
}

#[test]
fn cross_entropy_is_the_mean_of_its_outcomes() {
    let dataset = bars(300, 1, 8);
    let parts = rows([150, 70, 80]);
    let settings = quick(MLP);
    let job = TrainJob { metric: metrics::CROSS_ENTROPY, ..job(&dataset, &parts, &settings) };
    let trained = trained(&job);
    let mean = trained.test_statistics.iter().map(|nats| f64::from(*nats)).sum::<f64>() / 80.0;
    assert!((trained.test_error - mean).abs() < 1e-12);
    // Guessing costs ln 3 = 1.1 nats.
    assert!(trained.test_error > 0.0 && trained.test_error < 0.4, "{}", trained.test_error);
}
