//! What more data is worth: closed forms, invariance, agreement with the plan, refusals.

use tenfold_core::law::PowerLaw;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Cost, CurveFit, FitOptions, Investment, InvestmentError, InvestmentOptions, PlanOptions,
    PurchaseLimit, fit_curve,
};

use crate::simulated::{Truth, curve_through, exact, noisy, size};

/// 8 m^-0.5, from 64 to 65,536 examples.
const TRUTH: Truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.0 };

fn power_law_fit() -> CurveFit {
    fit_curve(&exact(TRUTH, 11), &FitOptions { law: Some(&PowerLaw), ..FitOptions::default() })
        .unwrap()
}

/// A unit of error is worth 1,000,000 and an example costs 0.01.
fn worth_it() -> InvestmentOptions {
    InvestmentOptions {
        value_of_error: Some(Cost(1e6)),
        cost_per_example: Some(Cost(0.01)),
        ..InvestmentOptions::default()
    }
}

/// Where value alpha b m^(-b - 1) = price: (value alpha b / price)^(1 / (1 + b)).
fn analytic_best(value: f64, price: f64) -> f64 {
    (value * 8.0 * 0.5 / price).powf(1.0 / 1.5)
}

fn invest(fit: &CurveFit, options: InvestmentOptions) -> Investment {
    fit.invest(&options).unwrap()
}

#[test]
fn the_best_size_of_a_power_law_is_the_analytic_one() {
    let fit = power_law_fit();
    let found = invest(&fit, worth_it());
    let best = analytic_best(1e6, 0.01);
    let worth = found.worth.unwrap();
    // A maximum resolves no finer than the root of rounding; the fit itself is good to 1e-8.
    assert!((found.size.get() / best - 1.0).abs() < 1e-4, "{} {best}", found.size);
    assert_eq!(found.limit, PurchaseLimit::Value);
    assert_eq!(worth.best_size, Some(found.size));
    // The slope is taken over a ten-thousandth of the size.
    assert!((worth.next_example / 0.01 - 1.0).abs() < 3e-4, "{worth:?}");
    let first = 1e6 * 4.0 * 65_536_f64.powf(-1.5);
    assert!((worth.first_example / first - 1.0).abs() < 3e-4, "{worth:?}");
    let saved = 1e6 * 8.0 * (65_536_f64.powf(-0.5) - best.powf(-0.5));
    assert!((worth.gain / saved - 1.0).abs() < 1e-4, "{worth:?}");
    let net = saved - 0.01 * (best - 65_536.0);
    assert!((worth.net_gain.unwrap() / net - 1.0).abs() < 1e-3, "{worth:?}");
    assert!(worth.gain_interval_80.contains(worth.gain));
}

#[test]
fn an_example_dearer_than_it_is_worth_is_not_bought() {
    let fit = power_law_fit();
    let dear = InvestmentOptions { cost_per_example: Some(Cost(1.0)), ..worth_it() };
    let found = invest(&fit, dear);
    // The next one is worth 0.24.
    assert_eq!((found.examples, found.limit), (0.0, PurchaseLimit::Value));
    assert_eq!(found.worth.unwrap().best_size, Some(size(65_536.0)));
}

#[test]
fn examples_worth_more_than_their_price_at_any_size_are_bought_to_the_horizon() {
    let fit = power_law_fit();
    let cheap = InvestmentOptions { cost_per_example: Some(Cost(1e-9)), ..worth_it() };
    let found = invest(&fit, cheap);
    assert_eq!(found.limit, PurchaseLimit::Horizon);
    assert_eq!(found.worth.unwrap().best_size, None);
}

#[test]
fn a_budget_and_a_deadline_stop_the_purchase() {
    let fit = power_law_fit();
    let poor = InvestmentOptions { budget: Some(Cost(100.0)), ..worth_it() };
    let found = invest(&fit, poor);
    assert_eq!((found.examples, found.limit), (10_000.0, PurchaseLimit::Budget));
    assert!((found.cost.unwrap().0 - 100.0).abs() < 1e-9);
    let late =
        InvestmentOptions { examples_per_day: Some(500.0), deadline_days: Some(10.0), ..poor };
    let found = invest(&fit, late);
    assert_eq!((found.examples, found.limit), (5_000.0, PurchaseLimit::Deadline));
    assert_eq!(found.days, Some(10.0));
    // The value of one more example is still above its price there.
    assert!(found.worth.unwrap().next_example > 0.01);
}

#[test]
fn without_a_value_the_target_decides_as_in_the_plan() {
    let fit = fit_curve(&exact(Truth { gamma: 0.1, ..TRUTH }, 11), &FitOptions::default()).unwrap();
    let options = InvestmentOptions { target: Some(0.12), ..InvestmentOptions::default() };
    let found = invest(&fit, options);
    let plan = fit.plan(0.12, &PlanOptions::default());
    assert_eq!(Some(found.size), plan.size);
    assert_eq!(Some(found.examples), plan.examples_to_add);
    assert_eq!(found.limit, PurchaseLimit::Target);
    // A plan's size is where the probability passes one half, found by bisection.
    assert!((found.probability_reached.unwrap() - 0.5).abs() < 0.01, "{found:?}");
    let safe = plan.safe_size.unwrap();
    let at_safe = fit.rounds(safe, &options);
    let last = at_safe.last().unwrap();
    assert_eq!(last.size, safe);
    assert!((last.probability_reached.unwrap() - 0.9).abs() < 0.01, "{last:?}");
    let never = InvestmentOptions { target: Some(0.05), ..options };
    let never = invest(&fit, never);
    assert_eq!((never.examples, never.limit), (0.0, PurchaseLimit::OutOfReach));
}

#[test]
fn a_target_that_is_measured_is_reached_with_certainty() {
    let fit = power_law_fit();
    let found = invest(&fit, InvestmentOptions { target: Some(0.2), ..worth_it() });
    assert_eq!(found.probability_reached, Some(1.0));
}

#[test]
fn currencies_and_error_units_are_irrelevant() {
    let stream = &mut RandomStream::new(5, 1);
    let curve = noisy(Truth { gamma: 0.02, ..TRUTH }, 9, 0.02, stream);
    let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
    let options =
        InvestmentOptions { budget: Some(Cost(2_000.0)), target: Some(0.05), ..worth_it() };
    let ours = invest(&fit, options);
    let yen = |cost: Option<Cost>| cost.map(|cost| Cost(150.0 * cost.0));
    let theirs = invest(
        &fit,
        InvestmentOptions {
            value_of_error: yen(options.value_of_error),
            cost_per_example: yen(options.cost_per_example),
            budget: yen(options.budget),
            ..options
        },
    );
    assert!((ours.size.get() / theirs.size.get() - 1.0).abs() < 1e-6);
    let net = |found: &Investment| found.worth.unwrap().net_gain.unwrap();
    assert!((net(&theirs) / net(&ours) / 150.0 - 1.0).abs() < 1e-6);

    let hundredfold: Vec<(f64, f64)> =
        curve.points().iter().map(|point| (point.size.get(), 100.0 * point.error())).collect();
    let in_percent = fit_curve(&curve_through(&hundredfold), &FitOptions::default()).unwrap();
    let theirs = invest(
        &in_percent,
        InvestmentOptions { value_of_error: Some(Cost(1e4)), target: Some(5.0), ..options },
    );
    // Errors times 100 round differently, and a maximum resolves no finer than the root of that.
    assert!((ours.size.get() / theirs.size.get() - 1.0).abs() < 1e-5);
    assert!((net(&theirs) / net(&ours) - 1.0).abs() < 1e-5);
    let chance = |found: &Investment| found.probability_reached.unwrap();
    assert!((chance(&theirs) - chance(&ours)).abs() < 1e-6);
}

#[test]
fn nonsense_is_refused_by_name() {
    let fit = power_law_fit();
    let refused = |options: InvestmentOptions| fit.invest(&options).unwrap_err();
    let nothing = InvestmentOptions::default();
    assert_eq!(refused(nothing), InvestmentError::NothingToWeigh);
    let value = InvestmentOptions { value_of_error: Some(Cost(1.0)), ..nothing };
    assert_eq!(refused(value), InvestmentError::NothingToWeigh);
    let budget = InvestmentOptions { budget: Some(Cost(1.0)), ..nothing };
    assert_eq!(refused(budget), InvestmentError::BudgetWithoutPrice);
    let free = InvestmentOptions { cost_per_example: Some(Cost(0.0)), ..budget };
    assert_eq!(refused(free), InvestmentError::BudgetWithoutPrice);
    let deadline = InvestmentOptions { deadline_days: Some(1.0), ..nothing };
    assert_eq!(refused(deadline), InvestmentError::DeadlineWithoutRate);
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        let error = refused(InvestmentOptions { cost_per_example: Some(Cost(bad)), ..worth_it() });
        assert!(error.to_string().starts_with("the cost per example is"), "{error}");
        assert!(fit.invest(&InvestmentOptions { target: Some(bad), ..worth_it() }).is_err());
        let value = InvestmentOptions { value_of_error: Some(Cost(bad)), ..worth_it() };
        assert!(fit.invest(&value).is_err());
    }
}

#[test]
fn rounds_are_doublings_at_most_and_add_up() {
    let fit = power_law_fit();
    let options = InvestmentOptions { target: Some(0.01), ..worth_it() };
    let goal = size(500_000.0);
    let rounds = fit.rounds(goal, &options);
    // 65,536 to 500,000 is 2.9 doublings.
    assert_eq!(rounds.len(), 3);
    let mut before = 65_536.0;
    for round in &rounds {
        assert!(round.size.get() <= 2.0 * before + 1.0, "{round:?}");
        assert!((round.size.get() - before - round.examples).abs() < 1e-6);
        assert!((round.cost.unwrap().0 - 0.01 * round.examples).abs() < 1e-6);
        before = round.size.get();
    }
    assert_eq!(rounds[2].size, goal);
    let chances: Vec<f64> = rounds.iter().filter_map(|round| round.probability_reached).collect();
    assert!(chances.windows(2).all(|pair| pair[0] <= pair[1]), "{chances:?}");
    assert_eq!(fit.rounds(size(131_072.0), &options).len(), 1);
    assert!(fit.rounds(size(65_536.0), &options).is_empty());
    assert!(fit.rounds(size(100.0), &options).is_empty());
}
