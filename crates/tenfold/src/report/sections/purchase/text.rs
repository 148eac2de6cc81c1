//! What to buy, in which rounds, and what training on it takes, for a terminal.

use std::fmt::Write as _;

use tenfold_core::{CurvePoint, DataPlan, TrainingSetSize};

use super::{
    Line, ROUNDS_INTRODUCTION, purchase_lines, round_cells, round_headings, training_lines,
};
use crate::analysis::{CurveReport, Fitted};
use crate::format;
use crate::format::table::Table;
use crate::report::view::StudyReport;
use crate::report::view::headline::line_for;
use crate::report::view::phrases::{added_range, cost_range, floor, plan_range, scale_value};

/// How many examples the target needs: the leading curve in full, the others in a line each.
pub(super) fn text(report: &StudyReport) -> String {
    let mut text = String::new();
    if let Some((lead, fitted)) = report.lead_curve().and_then(|lead| Some((lead, lead.fitted()?)))
    {
        if let Some(plan) = &fitted.plan {
            text.push_str(&plan_block(report, lead, fitted, plan));
        }
        text.push_str(&purchase_block(report, fitted));
    }
    for (index, curve) in report.curves.iter().enumerate() {
        if report.lead != Some(index) {
            let _ = write!(text, "\n{}\n", line_for(report, curve));
        }
    }
    text
}

fn plan_block(
    report: &StudyReport,
    lead: &CurveReport,
    fitted: &Fitted,
    plan: &DataPlan,
) -> String {
    let metric = report.metric;
    if plan.already_reached {
        return String::new();
    }
    let Some(size) = plan.size else {
        let floor = floor(fitted, metric).filter(|_| fitted.fit.floor_identified);
        let floor = floor.map_or(String::new(), |words| {
            format!("  The floor is about {}, {}.\n", words.value, words.detail.unwrap_or_default())
        });
        return format!(
            "\n{floor}  More of the same data is unlikely to do it. What can: a better model,\n  \
             cleaner labels, new features.\n"
        );
    };
    let have_error = measured_at(lead, plan.have).map_or(String::new(), |point| {
        let error = point.error();
        if point.is_censored {
            return format!("below {} error", format::error(error, metric));
        }
        let also = lead.turned().map_or(String::new(), |scale| {
            format!(", {} {}", scale.metric, scale_value(scale, error))
        });
        format!("{} error{also}", format::error(error, metric))
    });
    let mut table = Table::new(&[], &[1]);
    table.row(["you have".to_owned(), format::known_size(plan.have.get()), have_error]);
    let added = plan.examples_to_add.map_or(String::new(), |added| {
        let range = added_range(plan).map_or(String::new(), |range| format!(" ({range})"));
        if size <= plan.have {
            return "no more than you have".to_owned();
        }
        format!("{} more{range}", format::size(added))
    });
    table.row(["you need".to_owned(), format::size(size.get()), added]);
    let price = report.goal.cost_per_example.filter(|_| size > plan.have);
    if let (Some(cost), Some(price)) = (plan.cost, price) {
        let range = cost_range(plan).map_or(String::new(), |range| format!("{range} "));
        let detail = format!("{range}at {} each", format::price(price));
        table.row(["it costs".to_owned(), format::money(cost.0), detail]);
    }
    if let Some(safe) = plan.safe_size {
        let cost = report.goal.cost_per_example.map_or(String::new(), |price| {
            let amount = (safe.get() - plan.have.get()).max(0.0) * price;
            format!(" · {}", format::money(amount))
        });
        let detail =
            format!("9 in 10 chance of {} by here{cost}", format::target(plan.target, metric));
        table.row(["safe buy".to_owned(), format::size(safe.get()), detail]);
    }
    let level = if plan_range(plan).is_some() { "\n  Ranges are 80% intervals.\n" } else { "" };
    let caution = if plan.probability_reached < 0.8 {
        format!(
            "  It may level off before: the chance to get there at all is {}.\n",
            format::probability(plan.probability_reached)
        )
    } else {
        String::new()
    };
    format!("\n{}{level}{caution}", table.print())
}

/// The point that was measured at exactly `size`.
fn measured_at(curve: &CurveReport, size: TrainingSetSize) -> Option<&CurvePoint> {
    curve.curve.points().iter().find(|point| point.size == size)
}

/// The blocks of the purchase, each after an empty line; empty if they add nothing to the plan.
fn purchase_block(report: &StudyReport, fitted: &Fitted) -> String {
    let mut text = lines_block(&purchase_lines(report, fitted));
    let rounds = &fitted.purchase.rounds;
    // One round is the purchase itself.
    if rounds.len() > 1 {
        let headings = round_headings(report);
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let right: Vec<usize> = (0..headings.len()).collect();
        let mut table = Table::new(&headings, &right);
        for (index, round) in rounds.iter().enumerate() {
            table.row(round_cells(report, index, round));
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {ROUNDS_INTRODUCTION}\n{}", table.print());
    }
    text.push_str(&lines_block(&training_lines(fitted)));
    text
}

fn lines_block(lines: &[Line]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[], &[1]);
    for Line { label, value, detail } in lines {
        table.row([label.clone(), value.clone(), detail.clone()]);
    }
    format!("\n{}", table.print())
}
