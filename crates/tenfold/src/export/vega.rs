//! Writes the chart as a Vega-Lite specification: measurements, fit, forecast with its intervals.

use serde_json::{Value, json};
use tenfold_core::CurvePoint;

use crate::analysis::CurveReport;
use crate::report::StudyReport;

/// The version of Vega-Lite that the specification is written in.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// The specification, with its data inside.
pub fn specification(report: &StudyReport) -> Value {
    let x = axis("size", &format!("training {}", report.unit));
    let y = |field: &str| axis(field, &report.metric_label);
    let colour = json!({"field": "curve", "type": "nominal", "title": null});
    let band = |low: &str, high: &str, opacity: f64| {
        json!({
            "data": {"name": "forecast"},
            "mark": {"type": "area", "opacity": opacity},
            "encoding": {"x": x, "y": y(low), "y2": {"field": high}, "color": colour},
        })
    };
    let line = |name: &str, dash: &[u32]| {
        json!({
            "data": {"name": name},
            "mark": {"type": "line", "strokeDash": dash},
            "encoding": {"x": x, "y": y("error"), "color": colour},
        })
    };
    let points = |name: &str, mark: Value| {
        let tooltip = ["curve", "size", "error"].map(|field| json!({"field": field}));
        json!({
            "data": {"name": name},
            "mark": mark,
            "encoding": {"x": x, "y": y("error"), "color": colour, "tooltip": tooltip},
        })
    };
    let mut layers = vec![
        band("low_95", "high_95", 0.12),
        band("low_80", "high_80", 0.2),
        line("fit", &[]),
        line("forecast", &[6, 4]),
        points("runs", json!({"type": "point", "opacity": 0.4, "size": 12})),
        points("measured", json!({"type": "point", "filled": true, "size": 50})),
    ];
    if let Some(target) = report.goal.target {
        layers.push(json!({
            "data": {"values": [{"error": target}]},
            "mark": {"type": "rule", "strokeDash": [2, 2]},
            "encoding": {"y": y("error")},
        }));
    }
    json!({
        "$schema": SCHEMA,
        "title": {"text": report.headline.sentence, "subtitle": report.title},
        "width": 640,
        "height": 400,
        "datasets": {
            "runs": rows(report, runs),
            "measured": rows(report, measured),
            "fit": rows(report, fit),
            "forecast": rows(report, |curve| forecast(curve, report.chart_sizes.1)),
        },
        "layer": layers,
    })
}

fn axis(field: &str, title: &str) -> Value {
    let scale = json!({"type": "log", "nice": false, "zero": false});
    json!({"field": field, "type": "quantitative", "scale": scale, "title": title})
}

fn rows(report: &StudyReport, of: impl Fn(&CurveReport) -> Vec<Value>) -> Vec<Value> {
    report.curves.iter().flat_map(of).collect()
}

fn runs(curve: &CurveReport) -> Vec<Value> {
    let points = curve.curve.seen();
    points
        .flat_map(|point| point.replicates.iter().map(move |one| (point.size.get(), one)))
        .map(|(size, one)| {
            json!({"curve": curve.name, "size": size, "seed": one.seed, "error": one.error})
        })
        .collect()
}

fn measured(curve: &CurveReport) -> Vec<Value> {
    let value = |point: &CurvePoint| {
        let mut value =
            json!({"curve": curve.name, "size": point.size.get(), "error": point.error()});
        if point.is_censored {
            value["is_upper_bound"] = json!(true);
        }
        value
    };
    curve.curve.points().iter().map(value).collect()
}

fn fit(curve: &CurveReport) -> Vec<Value> {
    let part = curve.measured_part();
    part.iter()
        .filter(|(_, error)| error.is_finite() && *error > 0.0)
        .map(|(size, error)| json!({"curve": curve.name, "size": size, "error": error}))
        .collect()
}

fn forecast(curve: &CurveReport, end: f64) -> Vec<Value> {
    let part = curve.forecast_part(end);
    // A logarithmic axis has no 0, so that the low end of an interval is held above it, as in the
    // report.
    let held = |low: f64, high: f64| low.max(high * 1e-6);
    part.iter()
        .filter(|each| each.interval_95.low.is_finite() && each.interval_95.high.is_finite())
        .map(|each| {
            let (narrow, wide) = (each.interval_80, each.interval_95);
            json!({
                "curve": curve.name, "size": each.size.get(), "error": each.error,
                "low_80": held(narrow.low, narrow.high), "high_80": narrow.high,
                "low_95": held(wide.low, wide.high), "high_95": wide.high,
            })
        })
        .collect()
}
