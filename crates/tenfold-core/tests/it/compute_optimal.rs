//! The best use of a compute budget by joint laws and by isoFLOP minima.

use tenfold_core::Estimate;
use tenfold_core::fit::{
    Allocation, ComputeRule, EmbeddingSize, IsoflopError, IsoflopFit, IsoflopRun, JointFit,
    JointFitOptions, fit_isoflops, fit_joint,
};
use tenfold_core::law::joint::{
    JOINT_FAMILIES, JointFamily, JointParameters, JointPowerLaw, JointRun, JointSize,
};
use tenfold_core::stats::random::RandomStream;

/// E, A, a, B, b of Hoffmann et al. (2022).
const CHINCHILLA: JointParameters = [1.69, 406.4, 0.34, 410.7, 0.28, 0.0];

/// Twice as steep in parameters as in tokens, as found on web text with small models.
const LOPSIDED: JointParameters = [2.5, 2e5, 0.66, 1.5e3, 0.33, 0.0];

fn size(parameters: f64, tokens: f64) -> JointSize {
    JointSize::new(parameters, tokens, tokens).unwrap()
}

/// The best parameter count for `compute` = 6 N D by exhaustive search.
fn best_by_looking(law: &JointParameters, compute: f64) -> f64 {
    let counts = (0..200_000).map(|step| 1e5 * 1e8_f64.powf(f64::from(step) / 2e5));
    let error = |count: f64| JointPowerLaw.predict(law, &size(count, compute / 6.0 / count));
    let least = |best: f64, count: f64| if error(count) < error(best) { count } else { best };
    counts.fold(1e5, least)
}

/// Six budgets from 6e18 in factors of 3, sizes from an eighth to eight times `centre` of the best.
fn budgets(law: &JointParameters, sizes: u32, centre: f64) -> Vec<(JointSize, f64)> {
    let mut designs = Vec::new();
    for budget in 0..6 {
        let compute = 6e18 * 3.0_f64.powi(budget);
        let best = best_by_looking(law, compute);
        for step in 0..sizes {
            let share = f64::from(step) / f64::from(sizes - 1);
            let count = best * centre * 64.0_f64.powf(share - 0.5);
            designs.push((size(count, compute / 6.0 / count), compute));
        }
    }
    designs
}

/// Runs with log-normal noise.
fn simulated(
    law: &JointParameters,
    designs: &[(JointSize, f64)],
    noise: f64,
    stream: &mut RandomStream,
) -> Vec<IsoflopRun> {
    let run = |(size, compute_flop): &(JointSize, f64)| {
        let error = JointPowerLaw.predict(law, size) * (noise * stream.normal()).exp();
        IsoflopRun { run: JointRun::new(*size, error).unwrap(), compute_flop: *compute_flop }
    };
    designs.iter().map(run).collect()
}

fn quick() -> JointFitOptions {
    JointFitOptions { resamples: 200, ..JointFitOptions::default() }
}

fn joint(runs: &[IsoflopRun]) -> JointFit {
    let runs: Vec<JointRun> = runs.iter().map(|run| run.run).collect();
    fit_joint(&JointPowerLaw, &runs, &quick()).unwrap()
}

fn isoflop(runs: &[IsoflopRun]) -> IsoflopFit {
    fit_isoflops(runs, ComputeRule::default(), &quick()).unwrap()
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < tolerance, "{what}: {found}, not {expected}");
}

#[test]
fn the_closed_form_is_the_least_error_of_a_budget() {
    for family in JOINT_FAMILIES {
        let mut law = CHINCHILLA;
        law[5] = 12.0;
        let runs: Vec<JointRun> = budgets(&CHINCHILLA, 7, 1.0)
            .iter()
            .map(|(size, _)| JointRun::new(*size, family.predict(&law, size)).unwrap())
            .collect();
        // Every run is added again with a quarter of its tokens unique; without repeats in the
        // data, their worth could not be determined.
        let halved = runs.iter().map(|run| {
            let tokens = run.size.examples();
            let size = JointSize::new(run.size.parameter_count(), tokens, tokens / 4.0).unwrap();
            JointRun::new(size, family.predict(&law, &size)).unwrap()
        });
        let runs: Vec<JointRun> = runs.iter().copied().chain(halved).collect();
        let fit = fit_joint(*family, &runs, &JointFitOptions { resamples: 10, ..quick() }).unwrap();
        for compute in [1e20, 1e24] {
            let found = fit.allocation(compute, ComputeRule::default()).unwrap();
            let best = best_by_looking(&CHINCHILLA, compute);
            // The search has steps of 1e-4; the fit to exact runs ends within 1e-3.
            close(found.parameter_count.value, best, 5e-3, family.name());
            let spent = 6.0 * found.parameter_count.value * found.training_tokens.value;
            close(spent, compute, 1e-9, "operations");
            let error = family.predict(&law, &size(best, compute / 6.0 / best));
            close(found.error.unwrap().value, error, 1e-4, "error");
        }
        let exponents = fit.allocation_exponents().unwrap();
        close(exponents.parameter_count.value, 0.28 / 0.62, 2e-3, "exponent");
        close(exponents.training_tokens.value, 0.34 / 0.62, 2e-3, "exponent");
    }
}

#[test]
fn outlying_runs_are_named_and_hardly_move_the_law() {
    let mut stream = RandomStream::new(5, 0);
    let mut runs = simulated(&CHINCHILLA, &budgets(&CHINCHILLA, 13, 1.0), 0.005, &mut stream);
    let spoilt = [3, 20, 41, 60, 77];
    for at in spoilt {
        let run = runs[at].run;
        runs[at].run = JointRun::new(run.size, 1.05 * run.log_error().exp()).unwrap();
    }
    let fit = joint(&runs);
    let mut named: Vec<usize> = fit.outlying.iter().map(|outlying| outlying.run).collect();
    named.sort_unstable();
    assert_eq!(named, spoilt);
    for outlying in &fit.outlying {
        close(outlying.log_residual, 1.05_f64.ln(), 0.5, "residual");
        let size = runs[outlying.run].run.size;
        close(outlying.expected, JointPowerLaw.predict(&CHINCHILLA, &size), 0.01, "expected");
    }
    close(fit.usual_scatter, 0.005, 0.3, "scatter");
    let exponents = fit.allocation_exponents().unwrap();
    // The tolerance is 3 standard errors of the exponent.
    close(exponents.parameter_count.value, 0.28 / 0.62, 0.06, "exponent");
}

#[test]
fn runs_that_obey_the_law_are_seldom_called_outlying() {
    let designs = budgets(&CHINCHILLA, 9, 1.0);
    let alarms = (0..100).filter(|&index| {
        let runs = simulated(&CHINCHILLA, &designs, 0.01, &mut RandomStream::new(6, index));
        !joint(&runs).outlying.is_empty()
    });
    // 5 false alarms of 100 are expected; 3 standard deviations more are 11.
    let alarms = alarms.count();
    assert!(alarms <= 11, "{alarms}");
}

fn check_same(left: Estimate, right: Estimate, factor: f64, what: &str) {
    close(right.value, factor * left.value, 1e-4, what);
    close(right.interval_95.low, factor * left.interval_95.low, 1e-2, what);
    close(right.interval_95.high, factor * left.interval_95.high, 1e-2, what);
}

#[test]
fn units_of_parameters_tokens_and_errors_are_irrelevant() {
    let mut stream = RandomStream::new(8, 0);
    let runs = simulated(&CHINCHILLA, &budgets(&CHINCHILLA, 9, 1.0), 0.005, &mut stream);
    let (of_count, of_tokens, of_error) = (1e-6, 1e-9, 1.4);
    let scaled: Vec<IsoflopRun> = runs
        .iter()
        .map(|run| {
            let old = run.run.size;
            let size = size(of_count * old.parameter_count(), of_tokens * old.examples());
            let error = of_error * run.run.log_error().exp();
            let run_of = JointRun::new(size, error).unwrap();
            IsoflopRun { run: run_of, compute_flop: 1e-15 * run.compute_flop }
        })
        .collect();
    let rule = ComputeRule::default();
    let pairs = [
        (joint(&runs).allocation(1e22, rule), joint(&scaled).allocation(1e7, rule)),
        (Some(isoflop(&runs).allocation(1e22)), Some(isoflop(&scaled).allocation(1e7))),
    ];
    for (left, right) in pairs {
        let (left, right): (Allocation, Allocation) = (left.unwrap(), right.unwrap());
        check_same(left.parameter_count, right.parameter_count, of_count, "parameters");
        check_same(left.training_tokens, right.training_tokens, of_tokens, "tokens");
        check_same(left.error.unwrap(), right.error.unwrap(), of_error, "error");
    }
    let outlying = |runs: &[IsoflopRun]| -> Vec<usize> {
        joint(runs).outlying.iter().map(|outlying| outlying.run).collect()
    };
    assert_eq!(outlying(&runs), outlying(&scaled));
}

#[test]
fn the_order_of_runs_is_irrelevant() {
    let mut stream = RandomStream::new(9, 0);
    let runs = simulated(&CHINCHILLA, &budgets(&CHINCHILLA, 7, 1.0), 0.005, &mut stream);
    let reversed: Vec<IsoflopRun> = runs.iter().rev().copied().collect();
    let rule = ComputeRule::default();
    assert_eq!(joint(&runs).allocation(1e22, rule), joint(&reversed).allocation(1e22, rule));
    assert_eq!(isoflop(&runs).allocation(1e22), isoflop(&reversed).allocation(1e22));
}

#[test]
fn intervals_of_allocations_hold_the_truth_as_often_as_they_say() {
    let designs = budgets(&CHINCHILLA, 9, 1.0);
    let compute = 1e23;
    let best = best_by_looking(&CHINCHILLA, compute);
    let error = JointPowerLaw.predict(&CHINCHILLA, &size(best, compute / 6.0 / best));
    let mut inside = [[0.0; 2]; 5];
    let repeats = 100;
    for index in 0..repeats {
        // One run in twenty is 5 % off.
        let mut stream = RandomStream::new(12, index);
        let mut runs = simulated(&CHINCHILLA, &designs, 0.005, &mut stream);
        for run in &mut runs {
            if stream.uniform() < 0.05 {
                run.run = JointRun::new(run.run.size, 1.05 * run.run.log_error().exp()).unwrap();
            }
        }
        let fit = joint(&runs);
        let by_law = fit.allocation(compute, ComputeRule::default()).unwrap();
        let by_minima = isoflop(&runs).allocation(compute);
        let estimates = [
            (by_law.parameter_count, best),
            (by_law.tokens_per_parameter, compute / 6.0 / best / best),
            (by_law.error.unwrap(), error),
            (fit.allocation_exponents().unwrap().parameter_count, 0.28 / 0.62),
            (by_minima.parameter_count, best),
        ];
        for (inside, (estimate, truth)) in inside.iter_mut().zip(estimates) {
            inside[0] += f64::from(u8::from(estimate.interval_80.contains(truth)));
            inside[1] += f64::from(u8::from(estimate.interval_95.contains(truth)));
        }
    }
    for [at_80, at_95] in inside {
        // Standard errors of 4 and 2 points.
        assert!((68.0..=96.0).contains(&at_80), "{inside:?}");
        assert!((89.0..=100.0).contains(&at_95), "{inside:?}");
    }
}

#[test]
fn parabolas_are_biased_where_valleys_are_lopsided_or_off_centre() {
    let exact = |law: &JointParameters, centre: f64| {
        let runs = simulated(law, &budgets(law, 13, centre), 0.0, &mut RandomStream::new(1, 0));
        (joint(&runs), isoflop(&runs))
    };
    let compute = 1e24;
    let mut symmetric = CHINCHILLA;
    symmetric[4] = symmetric[2];
    for (law, centre, least, most) in [
        // Equal exponents and sizes around the minimum: a parabola's minimum is the valley's.
        (symmetric, 1.0, 0.999, 1.001),
        // Equal exponents, sizes around three times the minimum.
        (symmetric, 3.0, 1.02, 1.5),
        // a = 2 b.
        (LOPSIDED, 1.0, 1.1, 2.0),
    ] {
        let (fit, minima) = exact(&law, centre);
        let best = best_by_looking(&law, compute);
        let by_law = fit.allocation(compute, ComputeRule::default()).unwrap();
        close(by_law.parameter_count.value, best, 5e-3, "joint law");
        let found = minima.allocation(compute).parameter_count.value / best;
        assert!((least..most).contains(&found), "{centre}: {found}");
        // The bias as it is predicted from the runs.
        close(minima.bias(&fit, compute).unwrap(), found, 5e-3, "bias");
    }
}

#[test]
fn minima_need_budgets_that_enclose_them() {
    let designs = budgets(&CHINCHILLA, 7, 1.0);
    let rule = ComputeRule::default();
    let refused = |runs: &[IsoflopRun]| fit_isoflops(runs, rule, &quick()).unwrap_err();
    let runs = simulated(&CHINCHILLA, &designs, 0.0, &mut RandomStream::new(1, 0));
    let one = IsoflopError::TooFewBudgets { found: 1, needed: 4 };
    assert_eq!(refused(&runs[..7]), one);
    assert_eq!(refused(&runs[..10]), one);
    let beyond = budgets(&CHINCHILLA, 7, 20.0);
    let runs = simulated(&CHINCHILLA, &beyond, 0.0, &mut RandomStream::new(1, 0));
    assert_eq!(refused(&runs), IsoflopError::TooFewMinima { found: 0, budgets: 6 });
}

#[test]
fn counted_without_embeddings_the_best_model_of_that_law_is_found() {
    // The law holds for the parameters without embeddings; the number of embedding parameters is
    // 50,000 times their cube root.
    let all = |others: f64| others + 5e4 * others.cbrt();
    let others_of: Vec<f64> = (0..8).map(|step| 2e6 * 3.0_f64.powi(step)).collect();
    let runs: Vec<JointRun> = others_of
        .iter()
        .flat_map(|&others| [2e9, 8e9, 3e10, 1e11].map(|tokens| size(others, tokens)))
        .map(|size| JointRun::new(size, JointPowerLaw.predict(&CHINCHILLA, &size)).unwrap())
        .collect();
    let models: Vec<(f64, f64)> = others_of.iter().map(|&others| (all(others), others)).collect();
    let embedding = EmbeddingSize::of(&models).unwrap();
    let fit = fit_joint(&JointPowerLaw, &runs, &quick()).unwrap();
    for compute in [1e19, 1e22] {
        let error = |others: f64| {
            JointPowerLaw.predict(&CHINCHILLA, &size(others, compute / 6.0 / all(others)))
        };
        let counts = (0..100_000).map(|step| 1e5 * 1e7_f64.powf(f64::from(step) / 1e5));
        let least = |best: f64, count: f64| if error(count) < error(best) { count } else { best };
        let best = counts.fold(1e5, least);
        let rule = ComputeRule::default();
        let found = fit.allocation_without_embeddings(compute, rule, &embedding).unwrap();
        close(found.non_embedding_parameters.unwrap().value, best, 5e-3, "without embeddings");
        close(found.parameter_count.value, all(best), 5e-3, "all");
        close(found.error.unwrap().value, error(best), 1e-4, "error");
    }
}
