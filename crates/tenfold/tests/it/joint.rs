//! `tenfold fit --law joint-power-law` and its siblings, on the published runs of another project.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, run_well};

/// Runs of Muennighoff et al. (2023), bundled with the core's tests.
const RUNS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tenfold-core/tests/it/data/datablations-subset.csv");

#[test]
fn repeated_data_are_fitted_from_the_command_line() {
    let ran = run_well(Path::new("."), &["fit", RUNS, "--law", "repeated-data"]);
    insta::assert_snapshot!(ran.stdout, @r"
    datablations-subset, repeated-data: 153 runs scatter by 9.3% around it

      parameter              value             95% range
      irreducible_error    2.09461    1.97413 to 2.22244
      parameter_scale       2183.2    382.283 to 12468.1
      parameter_exponent  0.442187  0.340601 to 0.574073
      data_scale           5377.81    1628.37 to 17760.6
      data_exponent       0.389388   0.336155 to 0.45105
      repeats_worth        22.4734    16.6038 to 30.4179
    ");
}

#[test]
fn the_json_is_a_fit_with_the_parameters_of_the_law() {
    let ran = run_well(Path::new("."), &["fit", RUNS, "--law", "joint-power-law", "--json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "tenfold.fit/1");
    let curve = &document["curves"][0];
    assert_eq!((&curve["law"], &curve["points"]), (&"joint-power-law".into(), &153.into()));
    let exponent = &curve["parameters"]["data_exponent"];
    // scipy 1.17.1 on the same runs: 0.37100 (tests/it/data/huber-fits.csv of the core).
    assert!((exponent["value"].as_f64().unwrap() - 0.371_00).abs() < 1e-3, "{exponent}");
    assert!(exponent["interval_95"][0].as_f64().unwrap() < exponent["value"].as_f64().unwrap());
}

fn refusal(text: &str, words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("runs.csv"), text).unwrap();
    let ran = run(folder.path(), words);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    ran.stderr
}

#[test]
fn what_a_joint_law_cannot_use_is_refused() {
    let fit = ["fit", "runs.csv", "--law", "joint-power-law"];
    let without = "size,error,parameters\n1000,0.5,10\n2000,0.4,\n";
    insta::assert_snapshot!(refusal(without, &fit), @r"
    error: 1 row has no `parameters`, and a law of model size needs them in every row
     --> runs.csv:3
    hint: add a column `parameters` with the model size of each run
    ");
    let few = "size,error,parameters\n1000,0.5,10\n2000,0.4,20\n";
    insta::assert_snapshot!(refusal(few, &fit), @r"
    error: `runs` cannot be fitted: 5 parameters and their noise need 7 runs, there are 2
    hint: measure more runs
    ");
    let forecast = ["forecast", "runs.csv", "--law", "joint-power-law"];
    insta::assert_snapshot!(refusal(few, &forecast), @r"
    error: `joint-power-law` is a law of model size and data, which only `fit` fits
    hint: tenfold fit runs.csv --law joint-power-law
    ");
    insta::assert_snapshot!(refusal(few, &["fit", ".", "--law", "repeated-data"]), @r"
    error: `repeated-data` is fitted to single runs, and a study keeps only the best model of each size
    hint: tenfold fit runs.csv --law repeated-data
    ");
}
