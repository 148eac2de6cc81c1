//! Reports of simulated studies: all outputs agree on the numbers, pictures are well formed, and
//! hostile input breaks nothing.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test")]

use serde_json::Value;
use tenfold::analysis::{CurveOutcome, Goal};
use tenfold::format;
use tenfold::meaning::scale::Scale;
use tenfold::measured::MeasuredCurve;
use tenfold::report::sections::figures::tiles;
use tenfold::report::svg::{Canvas, Styling, chart};
use tenfold::report::{Question, StudyReport, braille, html, json, scene, text};
use tenfold_core::{ConfidenceLevel, MetricKind};

use crate::markup;
use crate::simulated::{Simulated, plain, report, size, two_models};

const CANVASES: [Canvas; 3] = [Canvas::Wide, Canvas::Medium, Canvas::Narrow];

fn with_target(target: f64) -> Goal {
    Goal { target: Some(target), cost_per_example: Some(0.05), ..Goal::default() }
}

/// Pictures and page of a report; each is checked to be well formed.
fn check_prints(report: &StudyReport) -> String {
    let scene = scene::scene(report);
    let mut all = String::new();
    for canvas in CANVASES {
        let svg = chart(&scene, canvas, Styling::Embedded);
        markup::check_well_formed(&svg);
        assert!(!svg.contains("var("), "custom properties do not survive outside a page");
        all.push_str(&svg);
    }
    let page = html::page(report);
    markup::check_page(&page);
    all.push_str(&page);
    let texts = [
        text::line(report),
        braille::chart(report),
        text::answer(report, Question::Fit),
        text::answer(report, Question::Forecast),
        text::answer(report, Question::Plan),
        text::answer(report, Question::Overview),
    ];
    for text in &texts {
        assert!(!text.contains("unknown"), "a number was missing: {text}");
    }
    for word in ["NaN", "Infinity", "null", ">inf", "\"inf", "-inf", " inf"] {
        let is_printed = all.contains(word) || texts.iter().any(|text| text.contains(word));
        assert!(!is_printed, "`{word}` in the output of {}", report.title);
    }
    for question in [Question::Fit, Question::Forecast, Question::Plan] {
        check_json_is_readable(&json::document(report, question));
    }
    all
}

/// Checks that `null` replaces a value only where the document gives a reason, or at an open end of
/// an interval.
fn check_json_is_readable(document: &Value) {
    let again: Value = serde_json::from_str(&document.to_string()).unwrap();
    assert_eq!(again["schema"], document["schema"]);
    for curve in document["curves"].as_array().unwrap() {
        if curve.get("size") == Some(&Value::Null) && curve["already_reached"] != true {
            assert!(curve["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{curve}");
        }
    }
}

#[test]
fn one_number_has_one_text() {
    let report = two_models(Some(0.06));
    let plan = &json::document(&report, Question::Plan)["curves"][0];
    let value = |key: &str| plan[key].as_f64().unwrap();
    let end = |key: &str, at: usize| plan[key][at].as_f64().unwrap();
    let needed = format::size(value("size"));
    let range = format::size_range(end("interval_80", 0), end("interval_80", 1));
    let levelled = format::at_level(&range, ConfidenceLevel::P80);
    let cost = format::money(value("cost"));

    assert!(report.headline.sentence.contains(&format!("about {needed} examples")));
    assert!(report.headline.subtitle.contains(&range));
    assert_eq!(tiles(&report)[0].value, needed);
    assert_eq!(tiles(&report)[0].detail, levelled);
    assert_eq!(tiles(&report)[1].value, cost);
    let crossing = scene::scene(&report).target.unwrap().crossing.unwrap();
    assert_eq!((crossing.label, crossing.range), (needed.clone(), levelled));
    let terminal = text::answer(&report, Question::Plan);
    for word in [&needed, &range, &cost] {
        assert!(terminal.contains(word.as_str()), "{word} in {terminal}");
    }

    let doubled = &json::document(&report, Question::Forecast)["curves"][0]["forecasts"][0];
    assert_eq!(doubled["size"], 128_000);
    let error = format::error(doubled["error"].as_f64().unwrap(), MetricKind::ErrorRate);
    assert_eq!(tiles(&report)[2].value, error);
    assert!(text::answer(&report, Question::Forecast).contains(&error));
}

#[test]
fn the_curve_that_needs_least_leads() {
    let report = two_models(Some(0.05));
    assert_eq!(report.lead_curve().unwrap().name, "cnn");
    let reversed = report.curves.iter().rev().map(|curve| MeasuredCurve {
        curve: curve.curve.clone(),
        models: Vec::new(),
        imported: Vec::new(),
        scale: None,
    });
    let reversed = crate::simulated::report(reversed.collect(), with_target(0.05), &[]);
    assert_eq!(reversed.lead, Some(1));
    assert_eq!(reversed.headline, report.headline);
}

#[test]
fn a_target_below_the_floor_gets_no_number() {
    let floor = Simulated { floor: 0.1, scale: 6.0, ..Simulated::default() };
    let report = report(vec![floor.measured()], with_target(0.03), &[]);
    check_prints(&report);
    assert!(report.headline.sentence.contains("may never reach 3% error"));
    assert_eq!(tiles(&report)[0].value, "may never reach");
    assert!(scene::scene(&report).target.unwrap().crossing.is_none());
    let plan = &json::document(&report, Question::Plan)["curves"][0];
    assert!(plan["size"].is_null() && plan["cost"].is_null(), "{plan}");
    assert!(plan["reason"].as_str().unwrap().contains("may never reach 3%"));
}

#[test]
fn a_rising_curve_gets_no_promise() {
    let errors = [0.5, 0.4, 0.33, 0.3, 0.5, 0.36, 0.24, 0.18];
    let bump: Vec<(f64, f64)> =
        errors.iter().zip(7..).map(|(&error, step)| (2_f64.powi(step), error)).collect();
    let mut measured = plain("bump", MetricKind::ErrorRate, &bump);
    // The seeds agree, so that the rise is not noise.
    let points = measured.curve.points().iter().map(|point| {
        let mut point = point.clone();
        for seed in 1..4 {
            let error = point.replicates[0].error * (1.0 + 0.002 * seed as f64);
            point.replicates.push(tenfold_core::Replicate { seed, error, outcomes: None });
        }
        point
    });
    let description = tenfold_core::CurveDescription {
        name: "bump".to_owned(),
        metric: MetricKind::ErrorRate,
        aggregate: tenfold_core::Aggregate::MEAN,
        best_guess: None,
    };
    measured.curve = tenfold_core::LearningCurve::new(description, points.collect()).unwrap();
    let report = report(vec![measured], with_target(0.1), &[1e5]);
    check_prints(&report);
    let fitted = report.curves[0].fitted().unwrap();
    assert!(!fitted.fit.monotone);
    assert!(report.headline.sentence.contains("no forecast is promised"));
    let drawn = scene::scene(&report);
    assert!(drawn.regions.is_none() && drawn.target.unwrap().crossing.is_none());
    assert!(
        json::document(&report, Question::Forecast)["curves"][0]["forecasts"][0]["error"]
            .is_number()
    );
}

#[test]
fn one_point_is_forecast_by_what_curves_usually_do_and_says_so() {
    let one = plain("tiny", MetricKind::ErrorRate, &[(100.0, 0.3)]);
    let report = report(vec![one], with_target(0.1), &[1e4]);
    check_prints(&report);
    assert!(matches!(report.curves[0].outcome, CurveOutcome::Fitted { .. }));
    assert_eq!(scene::scene(&report).series[0].points.len(), 1);
    let said = json::document(&report, Question::Fit)["curves"][0]["warnings"].to_string();
    assert!(said.contains("1 training-set size is few") || said.contains("few-sizes"), "{said}");
}

#[test]
fn hostile_studies_still_print() {
    let rate = MetricKind::ErrorRate;
    let two = plain("two", rate, &[(100.0, 0.3), (200.0, 0.25)]);
    let huge = plain("huge", rate, &[(1e9, 0.03), (2e9, 0.02), (4e9, 0.015), (8e9, 0.012)]);
    let flat = plain("flat", rate, &[(1e2, 0.5), (2e2, 0.5), (4e2, 0.5), (8e2, 0.5), (1.6e3, 0.5)]);
    let tiny_error = plain(
        "tiny",
        MetricKind::Unbounded,
        &[(1.0, 1e-9), (2.0, 5e-10), (4.0, 2.6e-10), (8.0, 1.3e-10), (16.0, 7e-11)],
    );
    let large_error = plain(
        "large",
        MetricKind::Unbounded,
        &[(1.0, 1e12), (2.0, 5e11), (4.0, 2.6e11), (8.0, 1.3e11), (16.0, 7e10)],
    );
    let equal_seeds = Simulated { noise: 0.0, ..Simulated::default() }.measured();
    for (curve, target) in [
        (two, 0.1),
        (huge, 0.005),
        (flat, 0.1),
        (tiny_error, 1e-12),
        (large_error, 1e10),
        (equal_seeds, 0.05),
    ] {
        check_prints(&report(vec![curve.clone()], with_target(target), &[1e9, 1e12]));
        check_prints(&report(vec![curve], Goal::default(), &[]));
    }
    check_prints(&report(Vec::new(), with_target(0.1), &[]));
}

#[test]
fn names_cannot_leave_their_element() {
    let name = "</script></style><b>\"&'\u{1}\u{0} 名前";
    let curve = Simulated { name, ..Simulated::default() }.measured();
    let mut study = report(vec![curve], with_target(0.05), &[]);
    study.title = name.to_owned();
    study.provenance.push((name.to_owned(), name.to_owned()));
    let all = check_prints(&study);
    assert!(!all.contains("<b>\"") && !all.contains("</script>"));
    assert_eq!(
        json::document(&study, Question::Fit)["curves"][0]["curve"],
        name,
        "JSON keeps the name as it is"
    );
}

#[test]
fn six_of_thirty_models_have_a_colour() {
    let models = (0..30).map(|index| {
        let name = format!("model-{index:02}");
        let slope = -0.3 - 0.008 * f64::from(index);
        Simulated { name: &name, slope, ..Simulated::default() }.measured()
    });
    let report = report(models.collect(), with_target(0.06), &[]);
    check_prints(&report);
    let svg = chart(&scene::scene(&report), Canvas::Wide, Styling::Page);
    let groups = |class: &str| svg.matches(&format!("<g class=\"{class}\">")).count();
    assert_eq!(groups("sg"), 2 * 24, "lines and marks of 24 grey models");
    // Each coloured model has lines, marks and a strip.
    assert!((0..6).all(|index| groups(&format!("s{index}")) == 3), "{}", groups("s0"));
}

#[test]
fn pages_stay_small() {
    let page = html::page(&two_models(Some(0.05)));
    assert!(page.len() <= 100_000, "{} bytes for 2 models", page.len());
}

#[test]
fn the_same_study_gives_the_same_bytes() {
    let (first, second) = (two_models(Some(0.05)), two_models(Some(0.05)));
    assert_eq!(html::page(&first), html::page(&second));
    assert_eq!(
        json::document(&first, Question::Plan).to_string(),
        json::document(&second, Question::Plan).to_string()
    );
}

#[test]
fn names_at_line_ends_do_not_touch() {
    let models = ["a", "b", "c", "d", "e", "f"].map(|name| {
        // The curves of all six end at almost the same error.
        Simulated { name, scale: 15.0 + name.len() as f64 * 0.01, ..Simulated::default() }
            .measured()
    });
    let report = report(models.to_vec(), with_target(0.05), &[]);
    let svg = chart(&scene::scene(&report), Canvas::Wide, Styling::Page);
    let mut heights: Vec<f64> = svg
        .match_indices("class=\"nl ")
        .map(|(at, _)| {
            let rest = &svg[at..];
            let from = rest.find(" y=\"").unwrap() + 4;
            rest[from..from + rest[from..].find('"').unwrap()].parse().unwrap()
        })
        .collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 6);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 29.0), "{heights:?}");
}

#[test]
fn the_forecast_starts_where_the_measurements_end() {
    let report = two_models(Some(0.05));
    let drawn = scene::scene(&report);
    let series = drawn.series.last().unwrap();
    let largest = report.curves[0].curve.largest_size();
    assert_eq!(size(series.forecast[0].size), largest);
    assert_eq!(size(series.fit.last().unwrap().size), largest);
    assert!(series.band_80.iter().all(|span| span.size >= largest.get()));
    let wider = |(narrow, wide): (&scene::Span, &scene::Span)| {
        wide.low <= narrow.low && narrow.high <= wide.high
    };
    assert!(series.band_80.iter().zip(&series.band_95).all(wider));
}

#[test]
fn a_curve_with_many_sizes_stays_a_small_page() {
    let points: Vec<(f64, f64)> =
        (1..=1_500).map(|step| f64::from(step) * 1e5).map(|at| (at, 9.0 * at.powf(-0.2))).collect();
    let report = report(vec![plain("log", MetricKind::Loss, &points)], Goal::default(), &[]);
    let page = check_prints(&report);
    assert!(html::page(&report).len() < 100_000, "{} bytes", html::page(&report).len());
    assert!(page.contains("every 4th size of 1500"), "what is left out is said");
}

#[test]
fn forecasts_on_the_page_are_given_in_the_metric_too() {
    let mut measured = Simulated::default().measured();
    let scale = Scale { is_score: true, best: 1.0, ..Scale::error_itself("accuracy") };
    measured.scale = Some(scale.clone());
    let report = report(vec![measured], with_target(0.1), &[1e6]);
    let page = check_prints(&report);
    let fitted = report.curves[0].fitted().unwrap();
    let forecast = &fitted.at[0];
    let value = format::metric_value(scale.value(forecast.error), forecast.error);
    let ends = forecast.interval_80;
    let low = format::metric_value(scale.value(ends.high), ends.high);
    assert!(page.contains(&format!("<td>{value}</td><td>{low}–")), "{value} {low}");
    assert!(page.contains("10% error (accuracy 0.900)"), "the headline has the target in one unit");
    for wanted in ["(accuracy in brackets) · log scale", ">10% (0.900)<"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    // The chart of a terminal keeps its narrow labels.
    assert!(!braille::chart(&report).contains("(0."), "{}", braille::chart(&report));
}
