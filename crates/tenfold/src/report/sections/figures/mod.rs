//! Four figures under the answer: needed, cost, error at twice the data, floor.

mod html;

use maud::Markup;
use tenfold_core::{ConfidenceLevel, DataPlan};

use crate::analysis::{CurveReport, Fitted};
use crate::format;
use crate::report::section::ReportSection;
use crate::report::view::StudyReport;
use crate::report::view::phrases::{
    added_range, cost_range, floor, plan_range, scale_value, slope,
};

/// The figures.
pub struct Figures;

impl ReportSection for Figures {
    fn name(&self) -> &'static str {
        "figures"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        html::html(&tiles(report))
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Name of the figure.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Its range with the level, or why there is none.
    pub detail: String,
}

/// The value of a tile that has none.
const NONE: &str = "–";

/// The figures of the leading curve; fewer where there is no fit.
pub fn tiles(report: &StudyReport) -> Vec<Tile> {
    let Some(lead) = report.lead_curve() else { return Vec::new() };
    let Some(fitted) = lead.fitted() else { return vec![measured(report, lead)] };
    let (first, second) = match &fitted.plan {
        Some(plan) => (needed(report, lead, plan), cost(report, plan)),
        None => (measured(report, lead), exponent(fitted)),
    };
    vec![first, second, doubled(report, lead, fitted), floor_tile(report, fitted)]
}

fn tile(label: impl Into<String>, value: impl Into<String>, detail: impl Into<String>) -> Tile {
    Tile { label: label.into(), value: value.into(), detail: detail.into() }
}

fn needed(report: &StudyReport, lead: &CurveReport, plan: &DataPlan) -> Tile {
    let target = format::target(plan.target, report.metric);
    let in_metric = lead.in_metric(plan.target);
    let label = format!("{} for {target}{in_metric}", capital(&report.unit));
    if plan.already_reached {
        return tile(label, "reached", "no more data needed");
    }
    let Some(size) = plan.size else {
        let chance = format::probability(plan.probability_reached);
        return tile(label, "may never reach", format!("chance to get there {chance}"));
    };
    let detail = plan_range(plan)
        .map_or(String::new(), |range| format::at_level(&range, ConfidenceLevel::P80));
    tile(label, format::size(size.get()), detail)
}

fn cost(report: &StudyReport, plan: &DataPlan) -> Tile {
    let Some(price) = report.goal.cost_per_example else {
        let label = format!("{} to add", capital(&report.unit));
        if plan.already_reached {
            return tile(label, "0", "the target is reached");
        }
        return match plan.examples_to_add {
            Some(added) => {
                let detail = added_range(plan)
                    .map_or(String::new(), |range| format::at_level(&range, ConfidenceLevel::P80));
                tile(label, format::size(added), detail)
            }
            None => tile(label, NONE, "no size to name"),
        };
    };
    let label = "Cost to get there";
    match plan.cost {
        Some(cost) => {
            let range = cost_range(plan).map_or(String::new(), |range| {
                format!("{} ", format::at_level(&range, ConfidenceLevel::P80))
            });
            tile(label, format::money(cost.0), format!("{range}at {}", format::price(price)))
        }
        None => tile(label, NONE, format!("no size to price at {}", format::price(price))),
    }
}

fn doubled(report: &StudyReport, lead: &CurveReport, fitted: &Fitted) -> Tile {
    let forecast = &fitted.doubled;
    let range =
        format::error_range(forecast.interval_80.low, forecast.interval_80.high, report.metric);
    tile(
        "Error at 2× data",
        format::error(forecast.error, report.metric),
        joined(
            lead.turned()
                .map(|scale| format!("{} {}", scale.metric, scale_value(scale, forecast.error))),
            &format::at_level(&range, ConfidenceLevel::P80),
        ),
    )
}

/// `detail`, after the value in the metric if there is one.
fn joined(in_metric: Option<String>, detail: &str) -> String {
    in_metric.map_or(detail.to_owned(), |words| format!("{words}, {detail}"))
}

fn floor_tile(report: &StudyReport, fitted: &Fitted) -> Tile {
    match floor(fitted, report.metric) {
        Some(words) => tile("Floor", words.value, words.detail.unwrap_or_default()),
        None => tile("Floor", "not seen yet", "the curve shows no bend"),
    }
}

fn measured(report: &StudyReport, curve: &CurveReport) -> Tile {
    let size = curve.curve.largest_size().get();
    let size = format::in_unit(&format::known_size(size), size, &report.unit);
    tile(
        "Error measured",
        curve.last_error_text(report.metric),
        joined(curve.last_in_metric(), &format!("at {size}")),
    )
}

fn exponent(fitted: &Fitted) -> Tile {
    match slope(fitted) {
        Some((value, range)) => {
            tile("Slope", value, format::at_level(&range, ConfidenceLevel::P95))
        }
        None => tile("Slope", NONE, "the law has no exponent"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
