//! Plans: their sizes and probabilities, and when they give no size.

use tenfold_core::stats::random::RandomStream;
use tenfold_core::{Cost, CurveFit, DataPlan, FitOptions, PlanOptions, WarningKind, fit_curve};

use crate::simulated::{Truth, exact, noisy, size};

const TRUTH: Truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };

fn exact_fit() -> CurveFit {
    // 64 … 65,536; the error falls from 1.1 to 0.131.
    fit_curve(&exact(TRUTH, 11), &FitOptions::default()).unwrap()
}

fn plan(target: f64) -> DataPlan {
    exact_fit().plan(target, &PlanOptions::default())
}

fn kinds(plan: &DataPlan) -> Vec<&'static str> {
    plan.warnings.iter().map(|warning| warning.kind().name()).collect()
}

#[test]
fn an_exact_curve_gives_the_size_of_its_law() {
    // 8 m^-0.5 = 0.02 at m = 160,000.
    let plan = plan(0.12);
    let found = plan.size.unwrap().get();
    // The law through the largest sizes keeps a share below 1 %.
    assert!((found / 160_000.0 - 1.0).abs() < 0.02, "{found}");
    assert!(!plan.already_reached);
    assert!(plan.interval_80.low.unwrap() < found);
    assert!(plan.safe_size.unwrap().get() > found);
    assert_eq!(plan.interval_80.high, plan.safe_size.map(tenfold_core::TrainingSetSize::get));
}

#[test]
fn a_target_below_the_floor_may_never_be_reached() {
    let plan = plan(0.09);
    assert_eq!(plan.size, None);
    assert!(plan.probability_reached < 0.5, "{}", plan.probability_reached);
    assert_eq!((plan.examples_to_add, plan.cost), (None, None));
    assert!(kinds(&plan).contains(&WarningKind::TargetMayNeverBeReached.name()));
}

#[test]
fn a_target_that_is_no_error_is_never_reached() {
    for target in [0.0, -1.0] {
        let plan = plan(target);
        assert_eq!(plan.size, None);
        assert!(plan.probability_reached <= 0.0);
    }
}

#[test]
fn a_reached_target_needs_nothing_more() {
    let plan = plan(0.2);
    assert!(plan.already_reached);
    assert_eq!(plan.examples_to_add, Some(0.0));
    assert!(plan.probability_reached >= 1.0);
    // 8 m^-0.5 = 0.1 at m = 6,400.
    assert!((plan.size.unwrap().get() / 6_400.0 - 1.0).abs() < 0.02, "{:?}", plan.size);
}

#[test]
fn the_price_is_for_the_examples_not_there_yet() {
    let options = PlanOptions { have: Some(size(100_000.0)), cost_per_example: Some(Cost(0.05)) };
    let plan = exact_fit().plan(0.12, &options);
    let to_add = plan.examples_to_add.unwrap();
    assert!((to_add - (plan.size.unwrap().get() - 100_000.0)).abs() < 1e-6);
    assert!((plan.cost.unwrap().0 - 0.05 * to_add).abs() < 1e-9);
    assert!(plan.cost_interval_80.low.unwrap() <= plan.cost.unwrap().0);
    assert!(plan.cost_interval_80.high.unwrap() >= plan.cost.unwrap().0);
}

#[test]
fn between_a_half_and_four_fifths_a_size_comes_with_a_warning() {
    let mut stream = RandomStream::new(5, 0);
    let fit = fit_curve(&noisy(TRUTH, 8, 0.03, &mut stream), &FitOptions::default()).unwrap();
    let plans: Vec<DataPlan> = (1..60)
        .map(|percent| fit.plan(0.16 - 0.002 * f64::from(percent), &PlanOptions::default()))
        .collect();
    let unsure: Vec<&DataPlan> =
        plans.iter().filter(|plan| (0.5..0.8).contains(&plan.probability_reached)).collect();
    assert!(!unsure.is_empty());
    for plan in unsure {
        assert!(plan.size.is_some());
        assert!(kinds(plan).contains(&WarningKind::TargetUncertain.name()), "{plan:?}");
        assert_eq!(plan.safe_size, None);
    }
    for plan in plans.iter().filter(|plan| plan.probability_reached < 0.5) {
        assert_eq!(plan.size, None);
    }
}

#[test]
fn far_plans_say_so() {
    // 8 m^-0.5 = 0.005 at m = 2,560,000, 39 times the largest size.
    let plan = plan(0.105);
    assert!(kinds(&plan).contains(&WarningKind::FarExtrapolation.name()), "{plan:?}");
}
