//! Metrics of held-out examples: the statistics of each example, and the error computed from them.

use tenfold_data::Targets;
use tenfold_train::learners::LINEAR;
use tenfold_train::metrics::{MAE, RMSE, TargetRows, WAPE, usual_metric};
use tenfold_train::tasks::TargetKind;
use tenfold_train::{
    Continue, LearnerSettings, Length, METRICS, TrainJob, Trained, metrics, train,
};

use crate::data::{bars, plane, rows};
use crate::ranks::on_ranks;
use crate::training::{go_on, job, quick};

/// A metric of two statistics an example, through evaluation, threads and ranks.
#[test]
fn a_ratio_of_sums_is_measured_from_two_numbers_an_example() {
    let dataset = plane(500);
    let parts = rows([200, 100, 150]);
    let settings = LearnerSettings { length: Length::Steps(600), ..quick(LINEAR) };
    let run = |metric| train(&TrainJob { metric, ..job(&dataset, &parts, &settings) }, &mut go_on);
    let trained: Trained = run(WAPE).unwrap();
    let Targets::Values { values, .. } = &dataset.targets else { unreachable!("a plane") };
    assert_eq!(trained.test_statistics.len(), 300);
    let (mut errors, mut targets) = (0.0, 0.0);
    for (pair, row) in trained.test_statistics.as_chunks::<2>().0.iter().zip(&parts[2]) {
        let target = values[*row as usize].abs();
        // The target went through its standardised value, which has seven digits.
        assert!((pair[1] - target).abs() < 1e-4 * target.max(1.0), "{pair:?}, {target}");
        errors += f64::from(pair[0]);
        targets += f64::from(pair[1]);
    }
    assert!((trained.test_error - errors / targets).abs() < 1e-12);
    // A normal error of standard deviation 1 to 1.3 has a mean absolute value of 0.8 times that;
    // the targets are about 100.
    assert!((0.006..0.012).contains(&trained.test_error), "{}", trained.test_error);
    assert_eq!(trained.validation_statistics.len(), 200);
    let job = TrainJob { metric: WAPE, threads: 2, ..job(&dataset, &parts, &settings) };
    for ranks in [1, 3] {
        for other in on_ranks(ranks, |_| job, |_, _| Continue::Yes) {
            assert_eq!(other.unwrap(), trained, "{ranks} ranks");
        }
    }
}

#[test]
fn the_mean_error_is_below_the_root_of_the_mean_square_by_what_a_normal_error_has() {
    let dataset = plane(900);
    let parts = rows([400, 200, 300]);
    let settings = LearnerSettings { length: Length::Steps(600), ..quick(LINEAR) };
    let error_in = |metric| {
        let job = TrainJob { metric, ..job(&dataset, &parts, &settings) };
        train(&job, &mut go_on).unwrap().test_error
    };
    // √(2/π) = .798; 300 examples give the ratio to about 3 %.
    let ratio = error_in(MAE) / error_in(RMSE);
    assert!((0.72..0.88).contains(&ratio), "{ratio}");
}

#[test]
fn the_usual_metric_of_targets_is_the_first_that_takes_them() {
    assert_eq!(usual_metric(TargetKind::Classes), Some(metrics::ERROR_RATE));
    assert_eq!(usual_metric(TargetKind::Values), Some(RMSE));
    let names: std::collections::BTreeSet<&str> = METRICS.iter().map(|one| one.name()).collect();
    assert_eq!(names.len(), METRICS.len());
}

#[test]
fn best_guesses_ignore_the_inputs() {
    let values = Targets::Values { values: vec![1.0, 2.0, 9.0, 4.0, 0.0], name: "y".to_owned() };
    let pool = TargetRows { targets: &values, rows: &[0, 1, 2] };
    let test = TargetRows { targets: &values, rows: &[3, 4] };
    let guess = |metric: &dyn tenfold_train::Metric| metric.best_guess(pool, test).unwrap();
    // The mean is 4, the median 2.
    assert!((guess(RMSE) - 8.0_f64.sqrt()).abs() < 1e-12);
    assert!((guess(MAE) - 2.0).abs() < 1e-12);
    assert!((guess(WAPE) - 1.0).abs() < 1e-12);
    assert_eq!(metrics::ERROR_RATE.best_guess(pool, test), None);
    let classes = bars(20, 1, 6).targets;
    let all: Vec<u32> = (0..20).collect();
    let of_classes = TargetRows { targets: &classes, rows: &all };
    assert_eq!(RMSE.best_guess(of_classes, of_classes), None);
}
