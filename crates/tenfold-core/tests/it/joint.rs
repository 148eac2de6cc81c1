//! Joint laws: recovery, units, agreement with scipy on real runs, coverage.

use std::path::Path;

use tenfold_core::fit::{JointFit, JointFitError, JointFitOptions, fit_joint};
use tenfold_core::law::joint::{
    JOINT_FAMILIES, JointEnvelope, JointFamily, JointFitted, JointLoss, JointParameters,
    JointPowerLaw, JointRun, JointSize, RepeatedData, fit_joint_law, joint_family_by_name,
};
use tenfold_core::stats::random::RandomStream;

/// Six model sizes by six data sizes, each with fresh data and with 8 and 64 epochs of less.
fn grid() -> Vec<JointSize> {
    let mut sizes = Vec::new();
    for model in 0..6 {
        for data in 0..6 {
            for epochs in [1.0, 8.0, 64.0] {
                let examples = 1e8 * 4_f64.powi(data);
                sizes.extend(JointSize::new(1e6 * 4_f64.powi(model), examples, examples / epochs));
            }
        }
    }
    sizes
}

/// Hoffmann et al.'s published values, and a value of the law's own parameter where it has one.
fn truth(family: &dyn JointFamily) -> JointParameters {
    let own = match family.name() {
        "joint-envelope" => 12.0,
        "repeated-data" => 15.4,
        _ => 0.0,
    };
    [1.69, 406.4, 0.34, 410.7, 0.28, own]
}

fn simulated(family: &dyn JointFamily, noise: f64, stream: &mut RandomStream) -> Vec<JointRun> {
    let run = |size: JointSize| {
        let error = family.predict(&truth(family), &size) * (noise * stream.normal()).exp();
        JointRun::new(size, error)
    };
    grid().into_iter().filter_map(run).collect()
}

const LOSSES: [JointLoss; 2] = [JointLoss::Huber { delta: 1e-3 }, JointLoss::Squares];

fn options(loss: JointLoss) -> JointFitOptions {
    JointFitOptions { loss, resamples: 200, seed: 0 }
}

#[test]
fn every_joint_law_is_recovered_from_exact_runs() {
    for (family, loss) in JOINT_FAMILIES.iter().flat_map(|family| LOSSES.map(|loss| (family, loss)))
    {
        let runs = simulated(*family, 0.0, &mut RandomStream::new(1, 0));
        let fitted = fit_joint_law(*family, &runs, loss);
        let truth = truth(*family);
        for ((name, found), truth) in
            family.parameter_names().iter().zip(fitted.parameters).zip(truth)
        {
            // Steps stop where the sum of squares no longer falls by 1e-12 of itself.
            assert!((found / truth - 1.0).abs() < 1e-3, "{} {name}: {found}", family.name());
        }
    }
}

#[test]
fn units_are_irrelevant() {
    for (family, loss) in JOINT_FAMILIES.iter().flat_map(|family| LOSSES.map(|loss| (family, loss)))
    {
        let runs = simulated(*family, 0.02, &mut RandomStream::new(2, 0));
        let in_units: Vec<JointRun> = runs
            .iter()
            .filter_map(|run| {
                let size = run.size;
                let scaled = JointSize::new(
                    1e-6 * size.parameter_count(),
                    1e-9 * size.examples(),
                    1e-9 * size.unique_examples(),
                )?;
                JointRun::new(scaled, 100.0 * run.log_error().exp())
            })
            .collect();
        let [ours, theirs] =
            [&runs, &in_units].map(|runs| -> JointFitted { fit_joint_law(*family, runs, loss) });
        let (left, right) = (ours.loss, theirs.loss);
        assert!((left / right - 1.0).abs() < 1e-6, "{}: {left} {right}", family.name());
        for at in [2, 4] {
            let (left, right) = (ours.parameters[at], theirs.parameters[at]);
            assert!((left / right - 1.0).abs() < 1e-3, "{}: {left} {right}", family.name());
        }
        let floors = [ours, theirs].map(|fitted| fitted.parameters[0]);
        assert!((floors[1] / floors[0] / 100.0 - 1.0).abs() < 1e-3, "{floors:?}");
    }
}

#[test]
fn fresh_data_are_worth_themselves_and_repeats_less() {
    let worth = |examples, unique| {
        RepeatedData.worth(&JointSize::new(1.0, examples, unique).unwrap(), 15.4)
    };
    assert!((worth(1e9, 1e9) - 1e9).abs() < 1.0);
    // Four epochs: U (1 + r (1 - exp(-3 / r))) = 3.73 U.
    assert!((worth(4e9, 1e9) / 3.726e9 - 1.0).abs() < 1e-3);
    // However many epochs, at most 1 + r times the unique data.
    assert!((worth(1e15, 1e9) / 16.4e9 - 1.0).abs() < 1e-6);
}

#[test]
fn errors_of_the_envelope_stay_below_guessing() {
    for sum in [0.1, 1.0, 100.0, 1e9] {
        let error = JointEnvelope.error(sum, 2.0);
        assert!(error <= 2.0 && error <= sum, "{error}");
        let back = JointEnvelope.sum(error, 2.0).map_or(sum, |back| back);
        assert!((back / sum - 1.0).abs() < 1e-6 || sum > 1e6, "{back} {sum}");
    }
}

pub(crate) fn bundled_text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

pub(crate) fn numbers(line: &str) -> Vec<f64> {
    line.split(',').filter_map(|field| field.parse().ok()).collect()
}

/// Runs of up to `epochs` epochs of Muennighoff et al. (2023).
pub(crate) fn published_runs(epochs: f64) -> Vec<JointRun> {
    let text = bundled_text("datablations-subset.csv");
    let rows = text.lines().skip(1).map(numbers);
    let run = |row: Vec<f64>| {
        let [size, error, parameters, of] = row[..] else { return None };
        let size = JointSize::new(parameters, size, size / of)?;
        JointRun::new(size, error).filter(|_| of <= 1.000_001 * epochs)
    };
    rows.filter_map(run).collect()
}

#[test]
fn joint_laws_agree_with_scipy_on_real_runs() {
    let text = bundled_text("joint-fits.csv");
    let mut compared = 0;
    for line in text.lines().filter(|line| line.contains("joint-") || line.contains("repeated")) {
        let Some(family) = joint_family_by_name(line.split(',').next().unwrap()) else { continue };
        let [epochs, count, .., sum_of_squares] = numbers(line)[..] else { continue };
        let runs = published_runs(epochs);
        assert!((runs.len() as f64 - count).abs() < 0.5, "{line}");
        let fitted = fit_joint_law(family, &runs, JointLoss::Squares);
        let excess = fitted.loss / sum_of_squares - 1.0;
        // Both stop at the least sum of squares; in a flat valley, parameters differ more than sums
        // of squares do.
        assert!(excess.abs() < 1e-4, "{line}: {excess}");
        for (found, theirs) in fitted.parameters.iter().zip(&numbers(line)[2..]).take(5) {
            assert!((found / theirs - 1.0).abs() < 0.02, "{line}: {:?}", fitted.parameters);
        }
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[test]
fn repeats_are_worth_what_was_published() {
    let fit = |family: &'static dyn JointFamily, loss| {
        fit_joint(family, &published_runs(60.0), &options(loss)).unwrap()
    };
    // Published: 15.39, with excess parameters discounted as well and rising losses left out.
    let of_squares = fit(&RepeatedData, JointLoss::Squares);
    let worth = of_squares.parameters[5].estimate;
    assert!(
        worth.interval_95.contains(15.387_756) || (8.0..16.0).contains(&worth.value),
        "{worth:?}"
    );
    // Without repeats in the law a quarter more scatter is left.
    let plain = fit(&JointPowerLaw, JointLoss::Squares);
    assert!(of_squares.scatter < 0.82 * plain.scatter, "{} {}", of_squares.scatter, plain.scatter);
    // Runs whose loss rises with more epochs are outside the law; they count little here.
    let text = bundled_text("huber-fits.csv");
    let line = text.lines().find(|line| line.starts_with("repeated-data")).unwrap();
    let [.., theirs, least] = numbers(line)[..] else { unreachable!("{line}") };
    let huber = fit(&RepeatedData, JointLoss::default());
    assert!(huber.loss_sum < (1.0 + 1e-5) * least, "{} {least}", huber.loss_sum);
    assert!((huber.parameters[5].estimate.value / theirs - 1.0).abs() < 1e-3, "{huber:?}");
}

#[test]
fn intervals_of_joint_parameters_hold_the_truth_as_often_as_they_say() {
    for loss in LOSSES {
        let (mut inside, mut all) = ([0.0; 2], 0.0);
        for index in 0..40 {
            let runs = simulated(&JointPowerLaw, 0.02, &mut RandomStream::new(7, index));
            let fit = fit_joint(&JointPowerLaw, &runs, &options(loss)).unwrap();
            for (parameter, truth) in fit.parameters.iter().zip(truth(&JointPowerLaw)) {
                let estimate = parameter.estimate;
                inside[0] += f64::from(u8::from(estimate.interval_80.contains(truth)));
                inside[1] += f64::from(u8::from(estimate.interval_95.contains(truth)));
                all += 1.0;
            }
        }
        // There are 200 intervals, and the five of each fit are correlated: the standard errors are
        // 4 and 2 points.
        let [at_80, at_95] = inside.map(|count| count / all);
        assert!((0.70..0.92).contains(&at_80), "{loss:?} {at_80}");
        assert!((0.90..=1.0).contains(&at_95), "{loss:?} {at_95}");
    }
}

#[test]
fn runs_that_cannot_tell_are_refused() {
    let refused = |runs: &[JointRun]| -> JointFitError {
        fit_joint(&JointPowerLaw, runs, &JointFitOptions::default())
            .map(|fit: JointFit| fit.runs)
            .unwrap_err()
    };
    let runs = simulated(&JointPowerLaw, 0.0, &mut RandomStream::new(1, 0));
    let few = JointFitError::TooFewRuns { runs: 6, parameters: 5, needed: 7 };
    assert_eq!(refused(&runs[..6]), few);
    let one_model = JointFitError::TooFewValues { variable: "model sizes", found: 1 };
    assert_eq!(refused(&runs[..18]), one_model);
    assert_eq!(JointSize::new(0.0, 1.0, 1.0), None);
    assert_eq!(JointSize::new(1.0, f64::NAN, 1.0), None);
}
