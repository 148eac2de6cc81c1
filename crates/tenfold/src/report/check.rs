//! Reports a later measurement beside its forecast.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tenfold_core::check::Side;
use tenfold_core::{Check, CheckFinding, ConfidenceLevel, FitWarning};

use super::elements::plain::{self, number};
use super::elements::wrap::push_wrapped;
use super::sections::notes::text::notes_of;
use super::sections::notes::warnings;
use super::view::StudyReport;
use super::view::phrases::scale_value;
use crate::analysis::CurveReport;
use crate::format::table::Table;
use crate::format::{self, Digits};

/// The input of the printers.
#[derive(Clone, Copy, Debug)]
pub struct CheckReport<'a> {
    /// The report of all curves.
    pub report: &'a StudyReport,
    /// Number of the curve that the measurement belongs to.
    pub index: usize,
    /// The measurement and its forecast.
    pub check: Check,
    /// Number of examples it was measured on, if their noise was added.
    pub test_examples: Option<u64>,
}

impl CheckReport<'_> {
    fn curve(&self) -> &CurveReport {
        &self.report.curves[self.index]
    }

    /// The warnings to read before trusting the answer.
    fn warnings(&self) -> Vec<FitWarning> {
        let Some(fitted) = self.curve().fitted() else { return Vec::new() };
        let far = fitted.fit.warning_at(self.check.forecast.size);
        fitted.fit.warnings.iter().copied().chain(far).collect()
    }
}

/// The document `tenfold.check/1`.
pub fn json(shown: &CheckReport<'_>) -> Value {
    let check = &shown.check;
    let (finding, outside_by) = match check.finding {
        CheckFinding::Inside(ConfidenceLevel::P80) => ("inside-80", None),
        CheckFinding::Inside(ConfidenceLevel::P95) => ("inside-95", None),
        CheckFinding::Outside { side: Side::Above, factor } => ("above", Some(factor)),
        CheckFinding::Outside { side: Side::Below, factor } => ("below", Some(factor)),
    };
    json!({
        "schema": "tenfold.check/1",
        "curve": shown.curve().curve.name(),
        "size": number(check.forecast.size.get()),
        "error": number(check.error),
        "test_examples": shown.test_examples,
        "finding": finding,
        "outside_by": outside_by.map(number),
        "times_forecast": number(check.factor),
        "forecast": plain::value(&check.forecast),
        "warnings": warnings(&shown.warnings()),
    })
}

/// The finding in a sentence, the numbers behind it, and the warnings.
pub fn text(shown: &CheckReport<'_>) -> String {
    let (check, kind) = (&shown.check, shown.curve().curve.metric());
    let forecast = &check.forecast;
    let (inner, outer) = (forecast.interval_80, forecast.interval_95);
    let size = format::known_size(forecast.size.get());
    let bounds = [outer.low, inner.low, forecast.error, inner.high, outer.high];
    let beside =
        [(check.error, forecast.error), (check.error, inner.low), (check.error, inner.high)];
    let within = bounds.windows(2).map(|pair| (pair[0], pair[1]));
    let digits = Digits::telling(kind, within.chain(beside));
    let measured = digits.error(check.error);
    let found = match check.finding {
        CheckFinding::Inside(ConfidenceLevel::P80) => {
            "is inside the 80% range of the forecast".to_owned()
        }
        CheckFinding::Inside(ConfidenceLevel::P95) => {
            let side = if check.error > inner.high { "above" } else { "below" };
            format!("is inside the 95% range of the forecast, {side} the 80% range")
        }
        CheckFinding::Outside { side: Side::Above, factor } => {
            format!("is above the 95% range of the forecast, {} its upper end", times(factor))
        }
        CheckFinding::Outside { side: Side::Below, factor } => {
            format!(
                "is below the 95% range of the forecast, whose lower end is {} as high",
                times(factor)
            )
        }
    };
    let mut text = String::new();
    push_wrapped(&mut text, "", &format!("{}: {measured} at {size} {found}", shown.curve().name));
    text.push('\n');
    let mut table = Table::new(&[], &[1]);
    let mut row = |name: &str, value: String, detail: String| {
        table.row([name.to_owned(), value, detail]);
    };
    let turned = shown.curve().scale.as_ref().filter(|scale| scale.is_turned());
    if let Some(scale) = turned {
        let value = |error| scale_value(scale, error);
        let forecast = format!("forecast {}", value(forecast.error));
        row(&scale.metric, value(check.error), forecast);
    }
    row("measured", measured, format!("{} the forecast", times(check.factor)));
    let beyond = if forecast.times_beyond_data > 1.0 {
        format!("at {} the largest size measured", times(forecast.times_beyond_data))
    } else {
        "inside the sizes measured".to_owned()
    };
    row("forecast", digits.error(forecast.error), beyond);
    row("80% range", digits.range(inner.low, inner.high), String::new());
    row("95% range", digits.range(outer.low, outer.high), String::new());
    text.push_str(&table.print());
    if let Some(examples) = shown.test_examples {
        let examples = format::count(examples as f64);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nranges: with the noise of {examples} test examples added");
    }
    let notes = notes_of(&shown.warnings());
    if !notes.is_empty() {
        let _ = write!(text, "\n{notes}");
    }
    text
}

/// A ratio such as `1.03 times`, with two decimals, since one decimal would hide a factor near 1.
fn times(factor: f64) -> String {
    if factor < 0.01 {
        "less than 0.01 times".to_owned()
    } else if factor < 9.95 {
        format!("{factor:.2} times")
    } else {
        format!("{} times", format::count(factor))
    }
}
