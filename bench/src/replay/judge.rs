//! The table: cost, error, width and coverage of every choice, and differences from a reference.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::stats::quantile::quantile_of_sorted;
use tenfold_core::stats::random::RandomStream;

use super::{Score, Truth};

/// The scores of every choice, one row a curve and draw.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    group: String,
    scores: BTreeMap<String, Score>,
}

/// Resamples of data sets behind an interval of a difference.
const RESAMPLES: u64 = 1_000;

impl Table {
    pub(crate) fn add(&mut self, truth: &Truth, scores: BTreeMap<String, Score>) {
        self.rows.push(Row { group: truth.group.clone(), scores });
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}

fn quantile(values: impl Iterator<Item = f64>, probability: f64) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, probability)
}

/// Prints one line a choice; differences are from `reference`.
pub(crate) fn print(table: &Table, reference: &str) {
    let names: BTreeSet<&String> = table.rows.iter().flat_map(|row| row.scores.keys()).collect();
    println!(
        "{:20} {:>5} {:>5} {:>6} {:>6} {:>6} {:>7} {:>7} {:>5} {:>5} {:>6}  difference of mean error",
        "choice",
        "cost",
        "roots",
        "mean",
        "median",
        "width",
        "ratio",
        "at 80 %",
        "in 80",
        "in 95",
        "scale"
    );
    for name in names {
        let scores = || table.rows.iter().map(|row| &row.scores[name]);
        let points = || scores().flat_map(|score| &score.at);
        let share = |at: usize| mean(points().map(|one| f64::from(u8::from(one.inside[at]))));
        let full = || table.rows.iter().flat_map(|row| &row.scores[reference].at);
        let ratio = mean(points().zip(full()).map(|(own, other)| (own.width / other.width).ln()));
        let [apart, low, high] = difference(table, name, reference);
        let own = calibrated(table, name);
        let other = calibrated(table, reference);
        let ratio_80 = mean(own.iter().zip(&other).map(|(a, b)| (a / b).ln())).exp();
        println!(
            "{name:20} {:5.3} {:5.3} {:6.4} {:6.4} {:6.4} {:7.3} {:7.3} {:5.1} {:5.1} {:6.2}  {:+.4} [{low:+.4}, {high:+.4}]",
            mean(scores().map(|score| score.cost)),
            mean(scores().map(|score| score.cost_of_roots)),
            mean(scores().map(|score| score.rmsle)),
            quantile(scores().map(|score| score.rmsle), 0.5),
            mean(points().map(|one| one.width)),
            ratio.exp(),
            ratio_80,
            100.0 * share(0),
            100.0 * share(1),
            quantile(points().map(|one| one.halves), 0.8),
            apart,
        );
        for at in 0..3 {
            let of_distance = || scores().map(move |score| &score.at[at]);
            let inside = mean(of_distance().map(|one| f64::from(u8::from(one.inside[0]))));
            print!(
                "    x{}: in 80 {:.1}, half width median {:.3}",
                2 << at,
                100.0 * inside,
                0.5 * quantile(of_distance().map(|one| one.width), 0.5)
            );
        }
        println!();
    }
}

/// Log widths of the 80 % intervals of `name`, by row and target, if those of each group are scaled
/// to contain 80 % of the errors of the other groups.
fn calibrated(table: &Table, name: &str) -> Vec<f64> {
    let groups: BTreeSet<&str> = table.rows.iter().map(|row| row.group.as_str()).collect();
    let scale_without = |group: &str| {
        let others = table.rows.iter().filter(|row| row.group != group || groups.len() < 3);
        quantile(others.flat_map(|row| &row.scores[name].at).map(|one| one.halves), 0.8)
    };
    let scales: BTreeMap<&str, f64> =
        groups.iter().map(|group| (*group, scale_without(group))).collect();
    let of_row = |row: &'_ Row| {
        let scale = scales[row.group.as_str()];
        row.scores[name].at.iter().map(|one| scale * one.width).collect::<Vec<f64>>()
    };
    table.rows.iter().flat_map(of_row).collect()
}

/// Prints cost, error and width of `name` against `reference`, with 95 % intervals over data sets.
pub(crate) fn print_promise(table: &Table, name: &str, reference: &str) {
    let of = |row: &Row, name: &str| row.scores[name].clone();
    let cost = |name: &str| mean(table.rows.iter().map(|row| row.scores[name].cost));
    let error = |row: &Row| of(row, name).rmsle - of(row, reference).rmsle;
    let width = |row: &Row| {
        let pairs = of(row, name).at.into_iter().zip(of(row, reference).at);
        mean(pairs.map(|(own, other)| (own.width / other.width).ln()))
    };
    let median = |name: &str| quantile(table.rows.iter().map(|row| row.scores[name].rmsle), 0.5);
    let [low, high] = interval(table, error);
    let widths = interval(table, width).map(f64::exp);
    println!(
        "{name} against {reference}: cost 1/{:.2}, mean error {:+.4} [{low:+.4}, {high:+.4}], \
         median {:.3} times, intervals {:.3} times [{:.3}, {:.3}] as wide",
        cost(reference) / cost(name),
        weighted(table, &error, None),
        median(name) / median(reference),
        weighted(table, &width, None).exp(),
        widths[0],
        widths[1]
    );
}

/// Mean RMSLE of `name` minus that of `reference`.
fn difference(table: &Table, name: &str, reference: &str) -> [f64; 3] {
    let of_row = |row: &Row| row.scores[name].rmsle - row.scores[reference].rmsle;
    let [low, high] = interval(table, of_row);
    [weighted(table, &of_row, None), low, high]
}

/// Mean of `value` over the rows, with groups weighted by `counts` where given.
fn weighted(
    table: &Table,
    value: &impl Fn(&Row) -> f64,
    counts: Option<&BTreeMap<&str, f64>>,
) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for row in &table.rows {
        let weight = counts.map_or(1.0, |counts| counts[row.group.as_str()]);
        sum += weight * value(row);
        weights += weight;
    }
    sum / weights
}

/// 95 % interval of the mean of `value`, by resampling data sets.
fn interval(table: &Table, value: impl Fn(&Row) -> f64) -> [f64; 2] {
    let groups: BTreeSet<&str> = table.rows.iter().map(|row| row.group.as_str()).collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    let mut found: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            let mut stream = RandomStream::new(23, resample);
            let mut counts: BTreeMap<&str, f64> = groups.iter().map(|g| (*g, 0.0)).collect();
            for _ in &groups {
                *counts.entry(groups[stream.below(groups.len())]).or_default() += 1.0;
            }
            weighted(table, &value, Some(&counts))
        })
        .collect();
    found.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|probability| quantile_of_sorted(&found, probability))
}
