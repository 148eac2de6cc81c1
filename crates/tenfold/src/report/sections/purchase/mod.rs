//! How many examples the target needs, what to buy in which rounds, and what training on it takes.

mod html;
mod json;
mod text;

use maud::Markup;
use serde_json::{Map, Value};
use tenfold_core::{Estimate, Investment, PurchaseLimit, Round};

use crate::analysis::{BestModel, CurveReport, Fitted};
use crate::format;
use crate::report::section::{Asked, Question, ReportSection};
use crate::report::view::StudyReport;

/// The purchase that the leading curve asks for.
pub struct Purchases;

impl ReportSection for Purchases {
    fn name(&self) -> &'static str {
        "purchase"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        html::html(report)
    }

    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        let text = (question == Question::Plan).then(|| text::text(report));
        text.filter(|text| !text.is_empty())
    }

    fn json(&self, curve: &CurveReport, asked: &Asked) -> Option<Map<String, Value>> {
        let is_asked = matches!(asked.question, Question::Plan | Question::Overview);
        is_asked.then(|| json::fields(curve, asked))
    }
}

/// A figure with its name and its qualification.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Name of the figure: `buy now`.
    label: String,
    /// The figure: `12k`.
    value: String,
    /// Qualification of the figure.
    detail: String,
}

fn line(label: &str, value: String, detail: String) -> Line {
    Line { label: label.to_owned(), value, detail }
}

/// What to buy and its value; empty if only a target was given, which the plan answers.
fn purchase_lines(report: &StudyReport, fitted: &Fitted) -> Vec<Line> {
    if !report.goal.weighs_a_purchase() {
        return Vec::new();
    }
    let Ok(found) = &fitted.purchase.investment else { return Vec::new() };
    let metric = report.metric;
    let price = found.cost.map_or(String::new(), |cost| format!(" for {}", format::money(cost.0)));
    let why = why(report, found);
    let mut lines = if found.examples > 0.0 {
        let to = format::size(found.size.get());
        vec![line("buy now", format::size(found.examples), format!("to {to}{price}: {why}"))]
    } else {
        vec![line("buy now", "nothing".to_owned(), why)]
    };
    if let Some(days) = found.days.filter(|_| found.examples > 0.0) {
        lines.push(line("arrives in", days_text(days), rate_text(report)));
    }
    if let Some(worth) = &found.worth {
        if found.examples > 0.0 {
            let range = worth.gain_interval_80;
            let range = format::gain_range(range.low, range.high);
            let net = worth
                .net_gain
                .map_or(String::new(), |net| format!("; {} after its price", format::gain(net)));
            let detail = format!("of less error ({range}, 80%){net}");
            lines.push(line("gain", format::gain(worth.gain), detail));
        }
        let next = format::gain(worth.next_example);
        let size = format::size(found.size.get());
        let detail = if found.examples > 0.0 {
            format!("is what one more example is worth now, {next} at {size}")
        } else {
            "is what one more example is worth now".to_owned()
        };
        lines.push(line("next one", format::gain(worth.first_example), detail));
    }
    if found.examples > 0.0 {
        let range = found.forecast.interval_80;
        let chance = found.probability_reached.zip(report.target_text());
        let chance = chance.map_or(String::new(), |(chance, target)| {
            format!("; {} chance of {target}", format::probability(chance))
        });
        let detail = format!(
            "expected there ({}, 80%){chance}",
            format::error_range(range.low, range.high, metric)
        );
        lines.push(line("error", format::error(found.forecast.error, metric), detail));
    }
    lines
}

fn why(report: &StudyReport, found: &Investment) -> String {
    let price = report.goal.cost_per_example.map_or(String::new(), format::price);
    match found.limit {
        PurchaseLimit::Value if found.examples > 0.0 => {
            format!("past it an example is worth less than its {price}")
        }
        PurchaseLimit::Value => format!("an example is worth less than its {price}"),
        PurchaseLimit::Target => "what the target likely takes".to_owned(),
        PurchaseLimit::Budget => {
            let budget = report.goal.budget.map_or(String::new(), format::money);
            format!("the budget of {budget} is spent")
        }
        PurchaseLimit::Deadline => {
            let days = report.goal.deadline.map_or(String::new(), days_text);
            format!("no more arrive within {days}")
        }
        PurchaseLimit::Horizon => {
            format!("{} stay worth their price as far as can be said", report.unit)
        }
        PurchaseLimit::OutOfReach => {
            "the target may never be reached, and nothing else was said to be worth it".to_owned()
        }
    }
}

fn rate_text(report: &StudyReport) -> String {
    report
        .goal
        .examples_per_day
        .map_or(String::new(), |rate| format!("at {} a day", format::size(rate)))
}

/// A number of days: `24 days`, `1 day`, `0.5 days`.
fn days_text(days: f64) -> String {
    let text = format::size(days);
    if text == "1" { "1 day".to_owned() } else { format!("{text} days") }
}

/// Cost of one training on the planned size, and the best model size for it; empty if neither was
/// measured.
fn training_lines(fitted: &Fitted) -> Vec<Line> {
    let purchase = &fitted.purchase;
    let compute = &purchase.compute;
    let size = format::size(compute.size.get());
    let mut lines = Vec::new();
    let mut put =
        |label: &str, amount: &Option<Estimate>, text: &dyn Fn(f64) -> String, unit: &str| {
            let Some(amount) = amount else { return };
            let range = amount.interval_80;
            let detail =
                format!("{unit} on {size} ({} to {}, 80%)", text(range.low), text(range.high));
            lines.push(line(label, text(amount.value), detail));
        };
    put("one training", &compute.seconds, &format::duration, "of time");
    put("one training", &compute.flop, &format::operations, "operations");
    put("one training", &compute.cost, &format::money, "of money");
    lines.extend(purchase.model_size.as_ref().and_then(model_line));
    lines
}

/// How large a model fits the planned size best, or why that is not told; `None` if too few sizes were
/// searched to say anything.
fn model_line(best: &BestModel) -> Option<Line> {
    let edges = edges_text(best);
    let (Some(parameters), Some(beta_p)) = (&best.parameters, &best.beta_p) else {
        return edges.map(|edges| line("model", "not told".to_owned(), edges));
    };
    let growth = if beta_p.interval_80.low >= 1.0 {
        "; it grows at least as fast as the data: were smaller models tried at small sizes?"
    } else if best.at_least_linear == Some(true) {
        "; it may grow as fast as the data"
    } else {
        ""
    };
    let (range, exponents) = (parameters.interval_80, beta_p.interval_80);
    let detail = format!(
        "parameters fit {} best ({}, 80%), growing as m^{:.2} ({:.2} to {:.2}){growth}{}",
        format::size(best.size.get()),
        format::size_range(range.low, range.high),
        beta_p.value,
        exponents.low,
        exponents.high,
        edges.map_or(String::new(), |edges| format!("; {edges}")),
    );
    Some(line("model", format::size(parameters.value), detail))
}

/// At how many sizes the winner lay at an end of what was tried, and what to try; `None` if at none.
fn edges_text(best: &BestModel) -> Option<String> {
    let at = |count: usize| match count {
        count if count == best.winners => "every size".to_owned(),
        count => format!("{count} of {} sizes", best.winners),
    };
    match (best.at_largest, best.at_smallest) {
        (0, 0) => None,
        (largest, 0) => {
            Some(format!("the largest model tried won at {}: try larger ones", at(largest)))
        }
        (0, smallest) => {
            Some(format!("the smallest model tried won at {}: try smaller ones", at(smallest)))
        }
        (largest, smallest) => Some(format!(
            "the largest model tried won at {}, the smallest at {}: try more on both sides",
            at(largest),
            at(smallest)
        )),
    }
}

/// Headings of the rounds; the columns that every plan has come first.
fn round_headings(report: &StudyReport) -> Vec<String> {
    let mut headings = vec!["round", "to", "buy"];
    if report.goal.cost_per_example.is_some() {
        headings.push("for");
    }
    if report.goal.examples_per_day.is_some() {
        headings.push("after");
    }
    headings.push("error (80%)");
    let mut headings: Vec<String> = headings.into_iter().map(str::to_owned).collect();
    headings.extend(report.target_text().map(|target| format!("{target} by then")));
    headings
}

/// The cells of round number `index`, from 0.
fn round_cells(report: &StudyReport, index: usize, round: &Round) -> Vec<String> {
    let metric = report.metric;
    let range = round.forecast.interval_80;
    let range = format::error_range(range.low, range.high, metric);
    let mut cells =
        vec![(index + 1).to_string(), format::size(round.size.get()), format::size(round.examples)];
    cells.extend(round.cost.map(|cost| format::money(cost.0)));
    cells.extend(round.days.map(days_text));
    cells.push(format!("{} ({range})", format::error(round.forecast.error, metric)));
    cells.extend(round.probability_reached.map(format::probability));
    cells
}

/// Introduction above the table of rounds.
const ROUNDS_INTRODUCTION: &str = "In rounds, each followed by a new measurement and a new plan:";
