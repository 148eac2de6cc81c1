//! The output in a terminal: sentences, tables, the chart.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what is missing fails the test")]

use tenfold::analysis::{CurveOutcome, Goal};
use tenfold::measured::ImportedRun;
use tenfold::report::{Question, StudyReport, braille, text};
use tenfold_core::{
    BackTest, Cost, Estimate, FitWarning, Forecast, Interval, NamedEstimate, OptionalInterval,
};
use tenfold_core::{ForecastOf, PriorName};

use crate::simulated::{Simulated, report, size, two_models};

#[test]
fn the_terminal_chart_fits_80_columns() {
    let long = "a-model-with-a-very-long-name-that-must-be-cut-somewhere";
    let models = [long, "mlp", "cnn", "d", "e", "f", "g", "h"];
    let curves = models.map(|name| Simulated { name, ..Simulated::default() }.measured());
    for report in [two_models(Some(0.05)), report(curves.to_vec(), Goal::default(), &[])] {
        let chart = braille::chart(&report);
        for line in chart.lines() {
            assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn the_terminal_chart_shows_marks_target_and_forecast() {
    let chart = braille::chart(&two_models(Some(0.05)));
    let target = chart.lines().find(|line| line.contains("╌╌╌")).unwrap();
    assert!(target.trim_start().starts_with("5% ┤"), "{target}");
    assert!(chart.contains("measured ┊ forecast →"));
    // Each curve has ten sizes and a name at its line end, minus marks that cover each other.
    let marks = |mark: char| chart.chars().filter(|&letter| letter == mark).count();
    assert!(marks('●') >= 9 && marks('■') >= 9, "{chart}");
    let name_row = |name: &str| chart.lines().position(|line| line.contains(name)).unwrap();
    assert!(name_row("■ mlp-512") < name_row("● cnn"), "the lower error stands lower");
}

#[test]
fn imported_runs_are_hollow_in_the_terminal_chart() {
    let mut measured = Simulated::default().measured();
    let largest = measured.curve.points().last().unwrap();
    let run = |error: f64| ImportedRun {
        size: largest.size,
        seed: None,
        error,
        run: "a".to_owned(),
        source: "csv a.csv".to_owned(),
    };
    measured.imported = largest.replicates.iter().map(|each| run(each.error)).collect();
    let chart = |measured| braille::chart(&report(vec![measured], Goal::default(), &[]));
    let all = chart(measured.clone());
    assert_eq!(all.matches('○').count(), 1, "{all}");
    assert!(all.ends_with("       hollow marks: imported runs\n"), "{all}");
    measured.imported.pop();
    let some = chart(measured);
    assert!(!some.contains('○') && !some.contains("hollow"), "one run there is ours: {some}");
}

/// The two simulated models with the estimates of the designed report in place of fitted ones, so
/// that the output changes only if the printing changes.
pub(crate) fn designed() -> StudyReport {
    let mut report = two_models(Some(0.05));
    let estimate = |value: f64, low: f64, high: f64| Estimate {
        value,
        standard_error: None,
        interval_80: Interval { low, high },
        interval_95: Interval { low, high },
    };
    let forecast = |examples: f64, error: f64, spread: [f64; 2]| Forecast {
        size: size(examples),
        error,
        interval_80: Interval { low: error - spread[0], high: error + spread[0] },
        interval_95: Interval { low: error - spread[1], high: error + spread[1] },
        times_beyond_data: examples / 64_000.0,
        interval_scale: PriorName::Shipped,
        of: ForecastOf::NextMeasurement,
    };
    let slopes = [estimate(-0.6, -0.67, -0.53), estimate(-0.38, -0.48, -0.31)];
    let floors = [estimate(0.021, 0.004, 0.035), estimate(0.0, 0.0, 0.085)];
    for (index, curve) in report.curves.iter_mut().enumerate() {
        let CurveOutcome::Fitted(fitted) = &mut curve.outcome else {
            panic!("{} has no fit", curve.name)
        };
        fitted.fit.parameters = vec![
            NamedEstimate { name: "beta_g", estimate: slopes[index], identified: true },
            NamedEstimate { name: "gamma", estimate: floors[index], identified: index == 0 },
        ];
        fitted.fit.floor_identified = index == 0;
        let base = [0.063, 0.139][index];
        fitted.doubled = forecast(128e3, base, [0.0035, 0.0045]);
        fitted.at = vec![
            forecast(128e3, base, [0.0035, 0.0045]),
            forecast(500e3, base - 0.024, [0.006, 0.009]),
            forecast(1e6, base - 0.03, [0.008, 0.0105]),
        ];
        fitted.back_test = (index == 0).then(|| BackTest {
            hidden: 2,
            rmsle: 0.04,
            last_value_rmsle: 0.12,
            inside_80: 2,
            inside_95: 2,
            points: Vec::new(),
        });
        fitted.purchase.rounds.clear();
        fitted.purchase.model_size = None;
        let plan = fitted.plan.as_mut().unwrap();
        plan.already_reached = false;
        plan.warnings.clear();
        if index == 0 {
            plan.size = Some(size(231_600.0));
            plan.interval_80 = OptionalInterval { low: Some(180_400.0), high: Some(322_000.0) };
            plan.probability_reached = 0.97;
            plan.safe_size = Some(size(322_000.0));
            plan.examples_to_add = Some(167_600.0);
            plan.cost = Some(Cost(8_380.0));
            plan.cost_interval_80 = OptionalInterval { low: Some(5_820.0), high: Some(12_900.0) };
        } else {
            plan.size = None;
            plan.interval_80 = OptionalInterval { low: Some(400e3), high: None };
            plan.probability_reached = 0.38;
        }
    }
    report
}

#[test]
fn the_terminal_reads_as_designed() {
    let report = designed();
    insta::assert_snapshot!(text::answer(&report, Question::Plan), @r"
    cnn reaches 5% at about 230k examples (180k–320k, 80%)

      you have    64k  6.8% error
      you need   230k  170k more (120k–260k)
      it costs  $8.4k  $5.8k–$13k at $0.05 each
      safe buy   320k  9 in 10 chance of 5% by here · $13k

      Ranges are 80% intervals.

    mlp-512 may never reach 5%: the chance that more data gets there is 38%
    ");
    insta::assert_snapshot!(text::answer(&report, Question::Forecast), @r"
    cnn, next measurement past 64k (the largest size measured)

      size  error   80% range   95% range  beyond data
      128k  6.30%  5.95–6.65%  5.85–6.75%         2.0×
      500k  3.90%  3.30–4.50%  3.00–4.80%         7.8×
        1M  3.30%  2.50–4.10%  2.25–4.35%          16×  far

    note: 1M is 16× past your data. Ranges that far assume the same law.

    back-test: hiding your last two sizes, this method missed by 4.1%
               (keeping the last error as the forecast, by 13%)

    mlp-512, next measurement past 64k (the largest size measured)

      size  error   80% range   95% range  beyond data
      128k  13.9%  13.6–14.3%  13.5–14.4%         2.0×
      500k  11.5%  10.9–12.1%  10.6–12.4%         7.8×
        1M  10.9%  10.1–11.7%   9.9–12.0%          16×  far

    note: 1M is 16× past your data. Ranges that far assume the same law.
    ");
    insta::assert_snapshot!(text::answer(&report, Question::Fit), @r"
      curve    error   at  slope (95%)             floor (95%)
      cnn       6.8%  64k  −0.60 (−0.67 to −0.53)  2.1% (0.4–3.5%)
      mlp-512    17%  64k  −0.38 (−0.48 to −0.31)  not seen yet (below 8.5%)

    law: error = alpha * m^beta_g + gamma, with m the training-set size, beta_g the
         slope and gamma the floor (power-law-offset)
    ");
    let overview = text::answer(&report, Question::Overview);
    insta::assert_snapshot!(overview.split_once("\n\n").unwrap().1, @r"
    model    error   at         at 2× (80%)  slope  floor         5% needs (80%)
    cnn       6.8%  64k     6.3% (5.9–6.7%)  −0.60  2.1%          230k (180k–320k)
    mlp-512    17%  64k  13.9% (13.6–14.3%)  −0.38  not seen yet  may never reach 5%
    ");
}

#[test]
fn without_a_chance_there_is_advice_and_no_number() {
    let mut report = designed();
    report.lead = Some(1);
    insta::assert_snapshot!(text::answer(&report, Question::Plan), @r"
    mlp-512 may never reach 5%: the chance that more data gets there is 38%

      More of the same data is unlikely to do it. What can: a better model,
      cleaner labels, new features.

    cnn reaches 5% at about 230k examples (180k–320k, 80%)
    ");
    report.goal.target = None;
    for curve in &mut report.curves {
        if let CurveOutcome::Fitted(fitted) = &mut curve.outcome {
            fitted.plan = None;
        }
    }
    report.lead = Some(0);
    insta::assert_snapshot!(text::line(&report), @"cnn is forecast to reach about 6.3% at 128k (5.9–6.7%, 80%), from 6.8% at 64k");
}

#[test]
fn what_a_table_does_not_tell_of_its_fits_is_noted_once_below_it() {
    let single = |name| Simulated { name, ..Simulated::default() }.measured();
    let mut report = report(["a", "b", "c", "d"].map(single).to_vec(), Goal::default(), &[1e6]);
    for (at, curve) in report.curves.iter_mut().enumerate() {
        let CurveOutcome::Fitted(fitted) = &mut curve.outcome else { panic!("it is fitted") };
        // The floor column shows that no floor was found, so that this warning is not printed.
        fitted.fit.warnings = vec![FitWarning::Flat, FitWarning::FloorNotIdentified];
        if at == 2 {
            fitted.fit.warnings.push(FitWarning::NotMonotone { log_rise: 0.1 });
        }
    }
    let notes = |text: String| text[text.find("\nnote: the error does").unwrap()..].to_owned();
    let flat = "\nnote: the error does not fall by more than noise from the smallest size to the\n      \
                largest\n";
    let rises = "note: the error rises by 11% with more data somewhere, beyond noise; a power law\n      \
                 cannot promise what comes next, and intervals are wider (c)\n";
    assert_eq!(notes(text::answer(&report, Question::Fit)), format!("{flat}{rises}").trim_end());
    // Below forecasts another note reports the rise.
    assert_eq!(notes(text::answer(&report, Question::Forecast)), flat.trim_end());
    report.curves.truncate(3);
    let CurveOutcome::Fitted(first) = &mut report.curves[0].outcome else { panic!("it is fitted") };
    first.fit.warnings.clear();
    assert!(text::answer(&report, Question::Fit).contains("largest (b, c)\n"));
}
