//! Forecasts for a terminal.

use std::fmt::Write as _;

use tenfold_core::{ConfidenceLevel, Forecast, ForecastOf};

use crate::analysis::{CurveOutcome, CurveReport};
use crate::format::table::Table;
use crate::format::{self, Digits};
use crate::report::view::StudyReport;
use crate::report::view::phrases::{back_test, own_scale, scale_value};

/// Ratio to the largest measured size from which a forecast is marked, because the intervals were
/// learnt on nearer ones.
const FAR: f64 = 10.0;

/// The forecasts at the requested sizes, one block per curve.
pub(super) fn text(report: &StudyReport) -> String {
    let blocks = report.curves.iter().map(|curve| forecast_block(report, curve));
    blocks.collect::<Vec<String>>().join("\n")
}

fn forecast_block(report: &StudyReport, curve: &CurveReport) -> String {
    let name = &curve.name;
    let fitted = match &curve.outcome {
        CurveOutcome::Fitted(fitted) => fitted,
        CurveOutcome::NotFitted { reason } => return format!("{name}: no forecast, {reason}\n"),
    };
    let largest = format::known_size(curve.curve.largest_size().get());
    let what = match fitted.of {
        ForecastOf::NextMeasurement => "next measurement",
        ForecastOf::MeanCurve => "mean curve",
    };
    let mut text = format!("{name}, {what} past {largest} (the largest size measured)\n\n");
    let scale = curve.turned();
    let mut headings = vec!["size", "error", "80% range", "95% range", "beyond data", ""];
    if let Some(scale) = scale {
        headings.insert(1, &scale.metric);
    }
    let right: Vec<usize> = (0..headings.len() - 1).collect();
    let mut table = Table::new(&headings, &right);
    let bounds: Vec<[f64; 5]> = fitted.at.iter().map(in_order).collect();
    let digits = Digits::of_rows(report.metric, bounds.iter().map(<[f64; 5]>::as_slice));
    for forecast in &fitted.at {
        let mut row = Vec::from(forecast_row(digits, forecast));
        if let Some(scale) = scale {
            row.insert(1, scale_value(scale, forecast.error));
        }
        table.row(row);
    }
    text.push_str(&table.print());
    let farthest = fitted.at.iter().filter(|forecast| forecast.times_beyond_data > FAR);
    if let Some(far) = farthest.max_by(|a, b| a.times_beyond_data.total_cmp(&b.times_beyond_data)) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nnote: {} is {} past your data. Ranges that far assume the same law.\n",
            format::known_size(far.size.get()),
            format::times(far.times_beyond_data)
        );
    }
    if let Some(sentence) = back_test(fitted) {
        // Writing to a String cannot fail.
        let sentence = sentence.replacen(" (", "\n           (", 1);
        let _ = writeln!(text, "\nback-test: {sentence}");
    }
    if let Some(sentence) = own_scale(fitted) {
        let _ = writeln!(text, "\nranges: {sentence}");
    }
    if !fitted.fit.monotone {
        text.push_str(
            "\nnote: the error rises somewhere by more than noise: ranges are widened.\n",
        );
    }
    text
}

/// The numbers of a forecast, in ascending order.
fn in_order(forecast: &Forecast) -> [f64; 5] {
    let (inner, outer) = (forecast.interval_80, forecast.interval_95);
    [outer.low, inner.low, forecast.error, inner.high, outer.high]
}

fn forecast_row(digits: Digits, forecast: &Forecast) -> [String; 6] {
    let range = |level| {
        let interval = match level {
            ConfidenceLevel::P80 => forecast.interval_80,
            ConfidenceLevel::P95 => forecast.interval_95,
        };
        digits.range(interval.low, interval.high)
    };
    let beyond = forecast.times_beyond_data;
    [
        format::known_size(forecast.size.get()),
        digits.error(forecast.error),
        range(ConfidenceLevel::P80),
        range(ConfidenceLevel::P95),
        if beyond > 1.0 { format::times(beyond) } else { "measured".to_owned() },
        if beyond > FAR { "far".to_owned() } else { String::new() },
    ]
}
