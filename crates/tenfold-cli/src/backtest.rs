//! `tenfold backtest`

use anyhow::Result;
use serde_json::{Value, json};
use tenfold_core::{BackTest, Forecast, MetricKind, back_test};

use super::Finding;
use super::arguments::BacktestArguments;
use super::output::Output;
use super::problem::usage;
use super::subject::{self, fit_options};
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::format::{self, Digits};

/// Hides the largest sizes, forecasts them and prints how far off that was.
///
/// # Errors
/// No curve with enough sizes.
pub(crate) fn run(arguments: &BacktestArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    if arguments.hide == 0 {
        return Err(usage("`--hide 0` hides nothing to forecast", "tenfold backtest --hide 2"));
    }
    let subject = subject::read(&arguments.curve, output)?;
    let mut tests = Vec::new();
    let mut problems = Vec::new();
    for measured in &subject.curves {
        let curve = &measured.curve;
        match back_test(curve, arguments.hide, &options) {
            Ok(test) => tests.push((curve.name().to_owned(), test)),
            Err(error) => {
                let message = format!("`{}` cannot be tested: {error}", curve.name());
                let hint = "hide fewer sizes: `--hide 1`";
                problems.push(Problem::new(ProblemKind::Fit, message).hint(hint));
            }
        }
    }
    if tests.is_empty() && !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    for problem in &problems {
        output.talk(&format!("note: {}", problem.message));
    }
    if output.is_json {
        Output::json(&document(&tests));
    } else {
        let kind = subject::typed_as(&subject).kind;
        for (name, test) in &tests {
            output.answer(&table(name, test, kind));
        }
    }
    Ok(Finding::Done)
}

fn table(name: &str, test: &BackTest, kind: MetricKind) -> String {
    let mut lines = vec![
        format!(
            "{name}: hiding the last {} sizes, the forecast missed by {:.1}% (the last measured \
             error, kept, by {:.1}%)",
            test.hidden,
            100.0 * test.rmsle.exp_m1(),
            100.0 * test.last_value_rmsle.exp_m1()
        ),
        format!(
            "  {:>8}  {:>9}  {:>9}  {:<15}  inside",
            "size", "measured", "forecast", "80% range"
        ),
    ];
    let beside = test.points.iter().flat_map(|point| {
        let Forecast { error, interval_80: range, .. } = &point.forecast;
        [(point.observed, *error), (range.low, *error), (*error, range.high)]
    });
    let digits = Digits::telling(kind, beside);
    for point in &test.points {
        let Forecast { error, interval_80, .. } = &point.forecast;
        let (below, is_inside) = if point.is_bound {
            ("<", interval_80.low <= point.observed)
        } else {
            ("", (interval_80.low..=interval_80.high).contains(&point.observed))
        };
        lines.push(format!(
            "  {:>8}  {:>9}  {:>9}  {:<15}  {}",
            format::known_size(point.size.get()),
            format!("{below}{}", digits.error(point.observed)),
            digits.error(*error),
            digits.range(interval_80.low, interval_80.high),
            if is_inside { "yes" } else { "no" }
        ));
    }
    lines.join("\n")
}

fn document(tests: &[(String, BackTest)]) -> Value {
    let count = tests.len().max(1) as f64;
    let mean =
        |value: fn(&BackTest) -> f64| tests.iter().map(|(_, t)| value(t)).sum::<f64>() / count;
    let curves: Vec<Value> = tests
        .iter()
        .map(|(name, test)| {
            json!({
                "curve": name, "hidden": test.hidden, "rmsle": test.rmsle,
                "last_value_rmsle": test.last_value_rmsle,
                "inside_80": test.inside_80, "inside_95": test.inside_95,
            })
        })
        .collect();
    json!({
        "schema": "tenfold.backtest/1", "curves": curves,
        "mean": {
            "rmsle": mean(|t| t.rmsle), "last_value_rmsle": mean(|t| t.last_value_rmsle),
            "inside_80": mean(|t| t.inside_80 as f64), "inside_95": mean(|t| t.inside_95 as f64),
        },
    })
}
