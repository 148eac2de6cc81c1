//! The joint law with a Huber loss against scipy, and against figures published for the same runs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use tenfold_core::fit::IsoflopRun;
use tenfold_core::law::joint::{
    JointFamily, JointLoss, JointPowerLaw, JointRun, JointSize, fit_joint_law,
};

use crate::joint::{bundled_text, numbers, published_runs};

/// A published run.
#[derive(Clone, Copy)]
pub(crate) struct PublishedRun {
    pub(crate) of: IsoflopRun,
    /// As its source marks it.
    pub(crate) is_outlier: bool,
}

/// Published isoFLOP runs by experiment, if their file is beside the project; it is not part of the
/// project.
pub(crate) fn isoflops() -> Option<BTreeMap<String, Vec<PublishedRun>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/curves/isoflops.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        // Written past the test runner's capture of what tests print.
        let why =
            "\nSKIPPED: the isoFLOP runs are not beside the project; bundled runs are tested\n";
        std::io::stderr().write_all(why.as_bytes()).unwrap();
        return None;
    };
    let mut experiments: BTreeMap<String, Vec<PublishedRun>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().unwrap();
        let size = JointSize::new(number(6), number(5), number(5)).unwrap();
        let run = JointRun::new(size, number(8)).unwrap();
        let of = IsoflopRun { run, compute_flop: number(7) };
        let published = PublishedRun { of, is_outlier: fields[9] == "True" };
        experiments.entry(fields[4].to_owned()).or_default().push(published);
    }
    Some(experiments)
}

/// The runs of an experiment, those marked as outliers with them or not.
fn runs_of(published: &[PublishedRun], selection: &str) -> Vec<JointRun> {
    let kept = published.iter().filter(|run| selection == "all" || !run.is_outlier);
    kept.map(|run| run.of.run).collect()
}

#[test]
fn huber_fits_are_as_good_as_the_best_of_many_starts() {
    let text = bundled_text("huber-fits.csv");
    let experiments = isoflops();
    let mut compared = 0;
    let is_of_the_law = |line: &&str| !line.starts_with(['#', 'r']);
    for line in text.lines().filter(is_of_the_law) {
        let fields: Vec<&str> = line.split(',').collect();
        let runs = match (fields[0], &experiments) {
            ("datablations-subset", _) => published_runs(fields[1].parse().unwrap()),
            (name, Some(experiments)) => runs_of(&experiments[name], fields[1]),
            (_, None) => continue,
        };
        let [.., count, _, _, parameter_exponent, _, data_exponent, least] = numbers(line)[..]
        else {
            continue;
        };
        assert!((runs.len() as f64 - count).abs() < 0.5, "{line}");
        let fitted = fit_joint_law(&JointPowerLaw, &runs, JointLoss::default());
        // An excess of a thousandth would be acceptable; that of all fits is below a millionth.
        assert!(fitted.loss < (1.0 + 1e-5) * least, "{line}: {}", fitted.loss / least);
        for (found, theirs) in
            [(fitted.parameters[2], parameter_exponent), (fitted.parameters[4], data_exponent)]
        {
            // In a flat valley, exponents differ more than losses do.
            assert!((found / theirs - 1.0).abs() < 1e-3, "{line}: {:?}", fitted.parameters);
        }
        compared += 1;
    }
    assert_eq!(compared, if experiments.is_some() { 14 } else { 2 });
}

/// Mean Huber loss, delta 1e-3, of the errors' residuals without logs, times a million.
fn published_loss(runs: &[JointRun]) -> f64 {
    let fitted = fit_joint_law(&JointPowerLaw, runs, JointLoss::default());
    let lost = |run: &JointRun| {
        let error = JointPowerLaw.predict(&fitted.parameters, &run.size);
        JointLoss::default().of(error - run.log_error().exp())
    };
    1e6 * runs.iter().map(lost).sum::<f64>() / runs.len() as f64
}

#[test]
#[expect(clippy::print_stdout, reason = "ours beside the published ones, with --nocapture")]
fn published_losses_are_means_of_plain_residuals_over_all_runs() {
    let Some(experiments) = isoflops() else { return };
    // The README of Open-Athena/vpnls, with Apple's ml-scalefit beside it.
    for (name, vpnls, scalefit) in [
        ("ml_scalefit__massivetext__chinchilla", 13.1, 13.4),
        ("llama_3__raw_loss", 2.3, 2.4),
        ("marin_202603__comma__llama_2", 22.9, 23.5),
        ("marin_202603__dclm__llama_2", 22.9, 23.4),
        ("marin_202603__nemotron__llama_2", 22.6, 24.2),
    ] {
        let found = published_loss(&runs_of(&experiments[name], "all"));
        println!("{name}: {found:.2}, published {vpnls} (vpnls) and {scalefit} (ml-scalefit)");
        // The published figure is rounded, and the fit here minimises log residuals.
        assert!((found - vpnls).abs() < 0.06 + 0.005 * vpnls, "{name}: {found}");
        assert!(found < scalefit, "{name}: {found}");
    }
}
