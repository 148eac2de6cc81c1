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

    9 runs lie further from the law than runs that scatter by 3.9% do:
      line  parameters  size  error  by the law  away  usual scatters
        87        1.1B  5.9B   6.01        3.56   69%  13.5
       147        8.7B   12B   4.54        2.98   53%  10.9
       109        2.8B  4.8B   5.34        3.51   52%  10.8
        86        1.1B  3.9B   4.83        3.62   34%  7.5
       126        2.8B   55B   3.42        2.59   32%  7.1
        76        620M  5.9B   4.67        3.62   29%  6.5
       144        4.2B   84B   3.28        2.62   25%  5.7
       127        2.8B   77B   3.30        2.68   23%  5.4
       104        2.8B  100M   7.52        6.37   18%  4.3

    Best use of C = 6 × parameters × tokens (95% ranges)
      by              parameters grow as        tokens grow as
      joint law       C^0.468 (0.393 to 0.558)  C^0.532 (0.442 to 0.640)
      isoFLOP minima  C^0.372 (0.273 to 0.506)  C^0.628 (0.541 to 0.730)

    isoFLOP minima are those of parabolas through 3 budgets. They are biased where a valley is steeper on one side or its sizes are off centre (arXiv:2603.22339).

    `--budget 1e21` says how many parameters and tokens that is.
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

/// Five budgets of seven model sizes, the run in line 14 off by 6 %, embeddings of one vocabulary.
fn isoflop_runs() -> String {
    let mut text = "size,error,parameters,flop,non_embedding_parameters\n".to_owned();
    for run in 0..35 {
        let (budget, size) = (run / 7, run % 7);
        let flop = 1e18 * 4.0_f64.powi(budget);
        let parameters = 1.5e7 * 2.0_f64.powi(budget + size);
        let tokens = flop / 6.0 / parameters;
        let law = 1.7 + 400.0 * parameters.powf(-0.34) + 400.0 * tokens.powf(-0.28);
        let noise = 1.0 + 0.004 * f64::from(run * run).sin();
        let error = law * noise * if run == 12 { 1.06 } else { 1.0 };
        let others = parameters - 20_000.0 * parameters.cbrt();
        let row =
            [tokens.round(), (1e6 * error).round() / 1e6, parameters.round(), flop, others.round()];
        text += &row.map(|number| number.to_string()).join(",");
        text.push('\n');
    }
    text
}

#[test]
fn a_budget_is_spent_by_every_way_that_the_runs_allow() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("runs.csv"), isoflop_runs()).unwrap();
    let fit = ["fit", "runs.csv", "--law", "joint-power-law", "--budget", "1e21"];
    insta::assert_snapshot!(run_well(folder.path(), &fit).stdout, @r"
    runs, joint-power-law: 35 runs scatter by 1.1% around it

      parameter              value             95% range
      irreducible_error     1.6753    1.61671 to 1.73602
      parameter_scale      405.464     291.55 to 563.887
      parameter_exponent  0.340769  0.321469 to 0.361228
      data_scale           346.361     269.019 to 445.94
      data_exponent       0.272098  0.258869 to 0.286004

    1 run lies further from the law than runs that scatter by 0.38% do:
      line  parameters  size  error  by the law  away  usual scatters
        14        960M  690M   3.59        3.39  5.9%  15.0

    Best use of C = 6 × parameters × tokens (95% ranges)
      by                  parameters grow as        tokens grow as
      joint law           C^0.444 (0.430 to 0.459)  C^0.556 (0.542 to 0.570)
      isoFLOP minima      C^0.454 (0.374 to 0.552)  C^0.546 (0.475 to 0.627)
      without embeddings  C^0.481 (0.463 to 0.500)  C^0.519 (0.502 to 0.538)

      budget  by                  parameters        tokens          tokens per parameter  error
      1.0e21  joint law           1.8B (1.6B–1.9B)  94B (86B–100B)  53 (45–63)            2.32 (2.31–2.33)
      1.0e21  isoFLOP minima      1.9B (1.2B–2.9B)  90B (57B–140B)  48 (20–120)           2.32 (2.26–2.38)
      1.0e21  without embeddings  1.8B (1.7B–2B)    91B (82B–100B)  49 (40–60)            2.32 (2.30–2.34)

    isoFLOP minima are those of parabolas through 5 budgets. They are biased where a valley is steeper on one side or its sizes are off centre (arXiv:2603.22339): here by less than 5% if the joint law holds.

    Without embeddings: the law of the other parameters; exponents are of those, the budget's rows of all parameters, which is what a training costs.
    ");
    let json = [&fit[..], &["--json"]].concat();
    let document: Value = serde_json::from_str(&run_well(folder.path(), &json).stdout).unwrap();
    let curve = &document["curves"][0];
    assert_eq!(curve["loss"]["name"], "huber");
    assert_eq!(curve["outlying"][0]["line"], 14);
    let optimal = &curve["compute_optimal"];
    let by_law = &optimal["allocations"][0];
    let spent =
        ["parameter_count", "training_tokens"].map(|name| by_law[name]["value"].as_f64().unwrap());
    assert!((6.0 * spent[0] * spent[1] / 1e21 - 1.0).abs() < 1e-6, "{by_law}");
    assert_eq!(optimal["isoflop_minima"]["valleys"].as_array().unwrap().len(), 5);
    let bias = optimal["isoflop_minima"]["allocations"][0]["parabola_bias"].as_f64().unwrap();
    assert!((bias - 1.0).abs() < 0.05, "{bias}");
    let without = &optimal["without_embeddings"]["allocations"][0];
    let others = without["non_embedding_parameters"]["value"].as_f64().unwrap();
    assert!(others < without["parameter_count"]["value"].as_f64().unwrap(), "{without}");
}

#[test]
fn operations_that_the_file_states_set_the_cost() {
    let folder = tempfile::tempdir().unwrap();
    // Each parameter and token takes eight operations, as if activations were computed twice.
    let text = isoflop_runs();
    let header = text.lines().take(1).map(str::to_owned);
    let rows = text.lines().skip(1).map(|row| {
        let fields: Vec<&str> = row.split(',').collect();
        let flop = 8.0 / 6.0 * fields[3].parse::<f64>().unwrap();
        format!("{},{},{},{flop},{}", fields[0], fields[1], fields[2], fields[4])
    });
    let text = header.chain(rows).collect::<Vec<String>>().join("\n");
    fs::write(folder.path().join("runs.csv"), text).unwrap();
    let fit = ["fit", "runs.csv", "--law", "joint-power-law", "--budget", "1e21", "--json"];
    let document: Value = serde_json::from_str(&run_well(folder.path(), &fit).stdout).unwrap();
    let optimal = &document["curves"][0]["compute_optimal"];
    let factor = optimal["flop_per_parameter_token"].as_f64().unwrap();
    assert!((factor - 8.0).abs() < 1e-6, "{factor}");
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
    let law = ["fit", "runs.csv", "--law", "joint-power-law"];
    let with = |more: &[&'static str]| [&law[..], more].concat();
    insta::assert_snapshot!(refusal(few, &["fit", "runs.csv", "--budget", "1e21"]), @r"
    error: `--budget` is for laws of model size and data
    hint: add `--law joint-power-law`
    ");
    insta::assert_snapshot!(refusal(few, &with(&["--budget", "1e21,ten"])), @r"
    error: `--budget ten` is not a number of operations above 0
    hint: `--budget 1e21`
    ");
    insta::assert_snapshot!(refusal(few, &with(&["--embedding-parameters", "15"])), @r"
    error: the model in line 2 has 10 parameters, not more than its embeddings
    hint: `--embedding-parameters` is vocabulary times width, and part of `parameters`
    ");
}

#[test]
fn how_the_runs_were_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = isoflop_runs().replace('\n', ",plain\n").replacen(",plain", ",flavour", 1);
    fs::write(folder.path().join("runs.csv"), text).unwrap();
    let ran = run_well(folder.path(), &["fit", "runs.csv", "--law", "joint-power-law"]);
    assert!(ran.stderr.contains("note: not read: `flavour`"), "{}", ran.stderr);
}
