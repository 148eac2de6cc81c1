//! The value of more data, from the command line: texts, JSON, refusals.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, run_well};

/// Ten sizes with errors `0.6 (m / 64)^-0.4 + 0.01`, with the cost of training, which varies by up
/// to 5 %.
fn write_curve(folder: &Path) {
    let mut text = "size,error,seconds,cost,parameters\n".to_owned();
    for step in 0..10 {
        let size = f64::from(64 << step);
        let error = 0.6 * (size / 64.0).powf(-0.4) + 0.01;
        let more = 1.0 + 0.05 * f64::from(step % 3) / 2.0;
        let seconds = (2.0 + 0.01 * size) * more;
        let parameters = 200.0 * size.powf(0.7) * more;
        writeln!(text, "{size},{error},{seconds},{},{parameters:.0}", seconds / 3_600.0).unwrap();
    }
    fs::write(folder.join("curve.csv"), text).unwrap();
}

fn plan(words: &[&str]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path());
    let words = ["plan", "curve.csv"].iter().chain(words).map(|&word| word.to_owned());
    (folder, words.collect())
}

fn text(words: &[&str]) -> String {
    let (folder, words) = plan(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run_well(folder.path(), &words).stdout
}

fn json(words: &[&str]) -> Value {
    let (folder, mut words) = plan(words);
    words.push("--json".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let document: Value = serde_json::from_str(&run_well(folder.path(), &words).stdout).unwrap();
    assert_eq!(document["schema"], "tenfold.plan/1");
    document["curves"][0].clone()
}

fn refusal(words: &[&str]) -> String {
    let (folder, words) = plan(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ran = run(folder.path(), &words);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    ran.stderr
}

const WORTH: [&str; 4] = ["--value-per-point", "2000", "--cost-per-example", "0.05"];

#[test]
fn a_value_and_a_price_say_how_much_to_buy() {
    insta::assert_snapshot!(text(&WORTH), @r"
    curve is forecast to reach about 4.7% at 65,536 (4.7–4.8%, 80%), from 5.9% at 32,768

      buy now     29k  to 62k for $1.4k: past it an example is worth less than its $0.05
      gain      $2.2k  of less error ($2.2k to $2.2k, 80%); $770 after its price
      next one  $0.12  is what one more example is worth now, $0.05 at 62k
      error      4.8%  expected there (4.8–4.9%, 80%)

      one training  10m26s  of time on 62k (9m59s to 10m55s, 80%)
      one training   $0.17  of money on 62k ($0.17 to $0.18, 80%)
      model           460k  parameters fit 62k best (440k–480k, 80%), growing as m^0.70 (0.70 to 0.71)

    note: there is one run a size and no standard error, so noise is guessed from
          the scatter around the fit
    ");
    let [a, b, c, d] = WORTH;
    let limits = [a, b, c, d, "--budget", "1000", "--examples-per-day", "500", "--deadline", "30"];
    insta::assert_snapshot!(text(&[&limits[..], &["--target", "4%"]].concat()), @r"
    curve reaches 4% at about 110k examples (110k–120k, 80%)

      you have  32,768  5.9% error
      you need    110k  81k more (80k–83k)
      it costs   $4.1k  $4k–$4.1k at $0.05 each
      safe buy    120k  9 in 10 chance of 4% by here · $4.1k

      Ranges are 80% intervals.

      buy now         15k  to 48k for $750: no more arrive within 30 days
      arrives in  30 days  at 500 a day
      gain          $1.4k  of less error ($1.4k to $1.4k, 80%); $637 after its price
      next one      $0.12  is what one more example is worth now, $0.071 at 48k
      error          5.3%  expected there (5.2–5.3%, 80%); <1% chance of 4%

      one training  8m07s  of time on 48k (7m46s to 8m28s, 80%)
      one training  $0.14  of money on 48k ($0.13 to $0.14, 80%)
      model          390k  parameters fit 48k best (370k–400k, 80%), growing as m^0.70 (0.70 to 0.71)

    note: there is one run a size and no standard error, so noise is guessed from
          the scatter around the fit
    ");
}

#[test]
fn an_example_that_is_too_dear_is_not_bought() {
    let words = ["--value-per-point", "1", "--cost-per-example", "5"];
    insta::assert_snapshot!(text(&words), @r"
    curve is forecast to reach about 4.7% at 65,536 (4.7–4.8%, 80%), from 5.9% at 32,768

      buy now    nothing  an example is worth less than its $5
      next one  $0.00006  is what one more example is worth now

      one training  11m06s  of time on 66k (10m37s to 11m36s, 80%)
      one training   $0.18  of money on 66k ($0.18 to $0.19, 80%)
      model           480k  parameters fit 66k best (460k–500k, 80%), growing as m^0.70 (0.70 to 0.71)

    note: there is one run a size and no standard error, so noise is guessed from
          the scatter around the fit
    ");
}

#[test]
fn a_far_target_is_bought_in_rounds() {
    insta::assert_snapshot!(text(&["--target", "4%", "--cost-per-example", "0.05"]), @r"
    curve reaches 4% at about 110k examples (110k–120k, 80%)

      you have  32,768  5.9% error
      you need    110k  81k more (80k–83k)
      it costs   $4.1k  $4k–$4.1k at $0.05 each
      safe buy    120k  9 in 10 chance of 4% by here · $4.1k

      Ranges are 80% intervals.

      In rounds, each followed by a new measurement and a new plan:
      round    to  buy    for        error (80%)  4% by then
          1   61k  28k  $1.4k    4.9% (4.8–4.9%)  <1%
          2  110k  53k  $2.6k  4.0% (3.98–4.02%)  50%

      one training  19m15s  of time on 110k (18m20s to 20m13s, 80%)
      one training   $0.32  of money on 110k ($0.31 to $0.34, 80%)
      model           710k  parameters fit 110k best (680k–740k, 80%), growing as m^0.70 (0.70 to 0.71)

    note: there is one run a size and no standard error, so noise is guessed from
          the scatter around the fit
    ");
}

#[test]
fn the_page_shows_what_the_terminal_says() {
    let (folder, mut words) = plan(&WORTH);
    words[0] = "report".to_owned();
    words.extend(["--target", "4%", "--output", "page.html"].map(str::to_owned));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run_well(folder.path(), &words);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let section = page.split("More data for curve").nth(1).unwrap();
    assert!(section.contains("past it an example is worth less than its $0.05"), "{section}");
    assert!(section.contains("parameters fit 62k best (440k–480k, 80%)"), "{section}");
}

#[test]
fn the_best_size_in_json_is_where_an_example_is_worth_its_price() {
    let curve = json(&WORTH);
    let investment = &curve["investment"];
    let size = investment["size"].as_f64().unwrap();
    // The value of a unit of error is 200,000: 200,000 x .4 x .6 x 64^.4 m^-1.4 = .05.
    let best = (200_000.0 * 0.4 * 0.6 * 64_f64.powf(0.4) / 0.05_f64).powf(1.0 / 1.4);
    assert!((size / best - 1.0).abs() < 0.01, "{size} {best}");
    assert_eq!(investment["limit"], "value");
    assert_eq!(investment["worth"]["best_size"], investment["size"]);
    let next = investment["worth"]["next_example"].as_f64().unwrap();
    assert!((next / 0.05 - 1.0).abs() < 0.01, "{next}");
    let examples: f64 = curve["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|round| round["examples"].as_f64().unwrap())
        .sum();
    assert!((examples / investment["examples"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    assert_eq!((&curve["size"], &curve["reason"]), (&Value::Null, &"no target was given".into()));
}

#[test]
fn what_training_takes_is_told_at_the_size_planned() {
    let curve = json(&["--target", "4%"]);
    let (size, compute) = (curve["size"].as_f64().unwrap(), &curve["compute"]);
    assert_eq!(compute["size"], curve["size"]);
    let seconds = compute["seconds"]["value"].as_f64().unwrap();
    assert!((seconds / (2.0 + 0.01 * size) - 1.025).abs() < 0.05, "{seconds} at {size}");
    let cost = compute["cost"]["value"].as_f64().unwrap();
    assert!((cost / seconds * 3_600.0 - 1.0).abs() < 1e-3);
    assert_eq!(compute["flop"], Value::Null);
    let model = &curve["model_size"];
    let beta_p = model["beta_p"]["value"].as_f64().unwrap();
    assert!((beta_p - 0.7).abs() < 0.01, "{beta_p}");
    assert_eq!(model["at_least_linear"], false);
    assert_eq!(curve["investment"]["limit"], "target");
    assert_eq!(curve["investment"]["size"], curve["size"]);
}

#[test]
fn nonsense_is_refused_with_one_error() {
    insta::assert_snapshot!(refusal(&["--value-per-point", "-3"]), @r"
    error: `--value-per-point -3` must be above 0
    hint: --value-per-point 2000
    ");
    insta::assert_snapshot!(refusal(&["--target", "4%", "--budget", "100"]), @r"
    error: a budget buys a number of examples only at a price
    hint: add `--cost-per-example 0.05`
    ");
    insta::assert_snapshot!(refusal(&["--target", "4%", "--deadline", "10"]), @r"
    error: a deadline limits a purchase only with the number of examples a day
    hint: add `--examples-per-day 500`
    ");
    insta::assert_snapshot!(refusal(&["--value-per-point", "100"]), @r"
    error: a plan needs an error to reach, or a value per point and a cost per example
    hint: tenfold plan --target 5%
    ");
    insta::assert_snapshot!(refusal(&["--target", "4%", "--examples-per-day", "nan"]), @r"
    error: `--examples-per-day NaN` must be above 0
    hint: --examples-per-day 500
    ");
}
