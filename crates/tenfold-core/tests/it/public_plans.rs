//! What plans are worth: misses of sizes that were measured, and floors that are known.

use std::path::Path;

use tenfold_core::stats::random::RandomStream;
use tenfold_core::{DataPlan, PlanOptions, TrainingSetSize, fit_curve};

use crate::public_curves::lcdb;
use crate::reference::{bundled, development_half};
use crate::simulated::{Truth, noisy, quick};

/// Plans for the errors measured three doublings on, where they fell by 3 % or more.
fn plans_three_doublings_on(curves: &Path) -> Vec<(DataPlan, TrainingSetSize)> {
    let planned = lcdb(curves, 3).into_iter().filter_map(|split| {
        let &(size, target) = split.scored.last()?;
        let fit = fit_curve(&split.fitted, &quick()).unwrap();
        let last = split.fitted.points().last()?.error();
        (target < 0.97 * last).then(|| (fit.plan(target, &PlanOptions::default()), size))
    });
    planned.collect()
}

/// Doublings between the size planned and the true one, sorted; infinite without a size.
fn misses(plans: &[(DataPlan, TrainingSetSize)]) -> Vec<f64> {
    let miss = |(plan, size): &(DataPlan, TrainingSetSize)| {
        plan.size.map_or(f64::INFINITY, |found| (found.get() / size.get()).log2().abs())
    };
    let mut misses: Vec<f64> = plans.iter().map(miss).collect();
    misses.sort_by(f64::total_cmp);
    misses
}

#[test]
fn sizes_of_measured_targets_are_found_on_the_development_half() {
    let Some(folder) = development_half() else { return };
    let misses = misses(&plans_three_doublings_on(&folder.join("lcdb.csv")));
    let count = misses.len() as f64;
    let share = |holds: &dyn Fn(f64) -> bool| {
        misses.iter().filter(|&&miss| holds(miss)).count() as f64 / count
    };
    // Measured: 146 curves, median 1.4, 66 % within x4 and 11 % without a size, against 1.45, 64 % and 12 %
    // by the power law of the last two sizes. One curve is 0.7 %; 40 resamples move a few.
    assert!((130.0..160.0).contains(&count), "{count}");
    assert!(misses[misses.len() / 2] < 1.65, "{}", misses[misses.len() / 2]);
    assert!(share(&|miss| miss <= 2.0) > 0.63, "{}", share(&|miss| miss <= 2.0));
    assert!(share(&f64::is_infinite) < 0.13, "{}", share(&f64::is_infinite));
}

#[test]
fn sizes_of_measured_targets_are_found_on_the_bundled_curves() {
    let misses = misses(&plans_three_doublings_on(&bundled("lcdb-subset.csv")));
    // Measured: 13 targets, median .91, one without a size and the others within x4.
    assert_eq!(misses.len(), 13);
    assert!(misses[6] < 1.2, "{misses:?}");
    assert!(misses.iter().filter(|&&miss| miss <= 2.0).count() >= 11, "{misses:?}");
    assert!(misses.iter().filter(|miss| miss.is_infinite()).count() <= 1, "{misses:?}");
}

#[test]
fn targets_below_a_known_floor_are_rarely_called_reachable() {
    let curves = 300;
    let mut called = 0;
    for index in 0..curves {
        let mut stream = RandomStream::new(79, index);
        let beta_g = -(0.2 + 0.5 * stream.uniform());
        // The floor is .2 to .9 of an error of .1 at the largest size, 64 * 2^8.
        let gamma = 0.1 * (0.2 + 0.7 * stream.uniform());
        let truth = Truth { alpha: (0.1 - gamma) / 16_384_f64.powf(beta_g), beta_g, gamma };
        let noise = 0.01 + 0.04 * stream.uniform();
        let target = gamma * (0.5 + 0.5 * stream.uniform());
        let fit = fit_curve(&noisy(truth, 9, noise, &mut stream), &quick()).unwrap();
        let plan = fit.plan(target, &PlanOptions::default());
        called += u32::from(plan.probability_reached >= 0.8);
    }
    // 7 % of 1,000 by `score_plans`; the standard error of 300 is 1.6 %.
    assert!(f64::from(called) <= 0.12 * curves as f64, "{called}");
}

#[test]
fn a_target_not_measured_yet_takes_more_than_the_data_there_are() {
    for (index, target) in [0.15, 0.14, 0.13, 0.12].into_iter().enumerate() {
        let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
        let mut stream = RandomStream::new(80, index as u64);
        let curve = noisy(truth, 8, 0.03, &mut stream);
        let fit = fit_curve(&curve, &quick()).unwrap();
        let plan = fit.plan(target, &PlanOptions::default());
        assert!(!plan.already_reached);
        for size in [plan.size, plan.safe_size].into_iter().flatten() {
            assert!(size >= curve.largest_size(), "{target}: {size:?}");
        }
        let by = |ratio: f64| {
            let size = TrainingSetSize::new(ratio * curve.largest_size().get()).unwrap();
            fit.probability_reached_by(target, size)
        };
        assert!(by(0.25) <= by(1.0) && by(1.0) <= by(4.0), "{target}");
        assert!((by(10_000.0) - plan.probability_reached).abs() < 1e-9, "{target}");
    }
}
