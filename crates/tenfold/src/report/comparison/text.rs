//! Prints the comparison for a terminal: a table of the best curves, then the leader against each
//! of them.

use std::fmt::Write as _;

use tenfold_core::{CurvePoint, TrainingSetSize};

use super::sentences::versus;
use super::{ComparisonReport, ContenderReport};
use crate::format::table::Table;
use crate::format::{self, Digits};
use crate::report::view::phrases::{floor_digits, floor_with, need, slope};

/// Most curves shown; JSON has all of them.
const SHOWN: usize = 12;

/// The table, verdicts and rankings, in the order of the forecasts at the last size.
pub fn compare(report: &ComparisonReport<'_>) -> String {
    let Some(ranking) = report.comparison.rankings.last() else { return String::new() };
    let shown: Vec<usize> = ranking.by_forecast.iter().copied().take(SHOWN).collect();
    // Writing to a String cannot fail.
    let mut text = table(report, &shown);
    let hidden = report.contenders.len() - shown.len();
    if hidden > 0 {
        let _ = writeln!(text, "  and {hidden} more: --json has every pair");
    }
    text.push('\n');
    for &other in &shown[1..] {
        let sentences = versus(report, shown[0], other, ranking.at);
        let _ = writeln!(text, "{}", sentences.join("\n  "));
    }
    let names = |order: &[usize]| {
        let names: Vec<&str> =
            order.iter().take(SHOWN).map(|&number| report.contenders[number].name()).collect();
        names.join(", ")
    };
    let at = format::known_size(ranking.at.get());
    let _ = writeln!(text, "\nexpected order at {at}: {}", names(&ranking.by_forecast));
    let _ = writeln!(text, "order as last measured: {}", names(&ranking.by_last_measured));
    for (name, reason) in &report.left_out {
        let _ = writeln!(text, "note: {name} is left out: {reason}");
    }
    text
}

fn table(report: &ComparisonReport<'_>, shown: &[usize]) -> String {
    let columns: Vec<String> = report.at.iter().map(|&size| heading(report, size)).collect();
    let mut headings = vec!["model"];
    headings.extend(columns.iter().map(String::as_str));
    headings.extend(["slope", "floor"]);
    let needs = report.report.target_text().map(|target| format!("{target} needs (80%)"));
    headings.extend(needs.as_deref());
    let right: Vec<usize> = (1..columns.len() + 2).collect();
    let mut table = Table::new(&headings, &right);
    let all: Vec<Vec<[f64; 3]>> =
        shown.iter().map(|&number| errors(report, &report.contenders[number])).collect();
    let rows: Vec<Vec<f64>> =
        all.iter().flat_map(|sizes| sizes.iter().map(|bounds| bounds.to_vec())).collect();
    let within = rows.iter().flat_map(|row| row.windows(2).map(|pair| (pair[0], pair[1])));
    // Contenders are sorted by their errors at the last size.
    let beside = all
        .windows(2)
        .flat_map(|two| two[0].iter().zip(&two[1]).map(|(upper, lower)| (upper[1], lower[1])));
    let digits = Digits::telling(report.report.metric, within.chain(beside).collect::<Vec<_>>());
    let fits = shown.iter().map(|&number| report.contenders[number].fitted);
    let of_floors = floor_digits(fits, report.report.metric);
    for (&number, errors) in shown.iter().zip(&all) {
        table.row(cells(report, &report.contenders[number], errors, digits, of_floors));
    }
    table.print()
}

/// The lower bound, the error and the upper bound at each size. A measured error stands for all
/// three, except where every run was perfect: there it is the forecast.
fn errors(report: &ComparisonReport<'_>, contender: &ContenderReport<'_>) -> Vec<[f64; 3]> {
    let at = |&size: &TrainingSetSize| {
        let points = contender.curve.curve.points();
        let measured = points.iter().find(|point| point.size == size);
        let asked = contender.fitted.at.iter().find(|forecast| forecast.size == size).copied();
        let forecast = asked.unwrap_or_else(|| contender.fit().forecast(size));
        let seen = measured.filter(|point| !point.is_censored);
        let error = seen.map_or(forecast.error, CurvePoint::error);
        let is_seen = seen.is_some() || measured.is_none();
        if size > contender.curve.curve.largest_size() || !is_seen {
            [forecast.interval_80.low, error, forecast.interval_80.high]
        } else {
            [error; 3]
        }
    };
    report.at.iter().map(at).collect()
}

/// Heading of a column. It names the level if any curve has a range there.
fn heading(report: &ComparisonReport<'_>, size: TrainingSetSize) -> String {
    let is_forecast = report.contenders.iter().any(|one| {
        let curve = &one.curve.curve;
        let is_there = |point: &CurvePoint| point.is_censored && point.size == size;
        curve.largest_size() < size || curve.points().iter().any(is_there)
    });
    let level = if is_forecast { " (80%)" } else { "" };
    format!("at {}{level}", format::known_size(size.get()))
}

fn cells(
    report: &ComparisonReport<'_>,
    contender: &ContenderReport<'_>,
    errors: &[[f64; 3]],
    digits: Digits,
    of_floors: Digits,
) -> Vec<String> {
    let metric = report.report.metric;
    let mut cells = vec![contender.name().to_owned()];
    for (&size, &[low, error, high]) in report.at.iter().zip(errors) {
        let text = digits.error(error);
        if size > contender.curve.curve.largest_size() || low < error {
            cells.push(format!("{text} ({})", digits.range(low, high)));
        } else {
            cells.push(text);
        }
    }
    let fitted = contender.fitted;
    cells.push(slope(fitted).map_or("–".to_owned(), |(value, _)| value));
    cells.push(floor_with(fitted, of_floors).map_or("–".to_owned(), |words| words.value));
    cells.extend(fitted.plan.as_ref().map(|plan| need(plan, metric)));
    cells
}
