//! Compact markdown tables.

use tenfold_core::Interval;
use tenfold_core::stats::quantile::median_in_place;

use crate::score::{Coverage, Run, Scored, mean, mean_range, ours, root_mean_square};

/// A column of [`print_rmsle`]: its heading, and the RMSLE of a curve that belongs in it.
pub(crate) type Column<'a> = (&'a str, &'a dyn Fn(&Scored) -> Option<f64>);

/// Prints a heading and the first rows of a table.
pub(crate) fn start(title: &str, columns: &[&str]) {
    println!("\n## {title}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

/// Prints a row.
pub(crate) fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// Prints mean/median RMSLE over curves of each method; a dash where a curve had too few sizes.
pub(crate) fn print_rmsle(title: &str, runs: &[Run], columns: &[Column<'_>]) {
    let headings: Vec<&str> = columns.iter().map(|column| column.0).collect();
    start(title, &[&["RMSLE, mean/median"], headings.as_slice()].concat());
    for run in runs {
        let cells = columns.iter().map(|(_, of)| mean_and_median(run, *of));
        row(&[run.method.name().to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
    }
}

/// Like [`print_rmsle`], with one column per set of curves, for the curves of one kind of data (""
/// for all).
pub(crate) fn print_sets(title: &str, sets: &[(String, Vec<Run>)], domain: &str) {
    let headings: Vec<&str> = sets.iter().map(|set| set.0.as_str()).collect();
    start(title, &[&["RMSLE, mean/median"], headings.as_slice()].concat());
    let rmsle = |one: &Scored| (domain.is_empty() || one.domain == domain).then(|| one.rmsle());
    for (place, run) in sets[0].1.iter().enumerate() {
        let cells = sets.iter().map(|(_, runs)| mean_and_median(&runs[place], &rmsle));
        row(&[run.method.name().to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
    }
}

fn mean_and_median(run: &Run, of: &dyn Fn(&Scored) -> Option<f64>) -> String {
    let mut values: Vec<f64> = run.scored.iter().flatten().filter_map(of).collect();
    if values.is_empty() {
        return "–".to_owned();
    }
    format!("{:.4}/{:.4}", mean(&values), median_in_place(&mut values))
}

/// Prints the root mean square over curves of each column's RMSLE, which is used where curves are
/// few.
pub(crate) fn print_rms(title: &str, runs: &[Run], columns: &[Column<'_>]) {
    let headings: Vec<&str> = columns.iter().map(|column| column.0).collect();
    start(title, &[&["RMSLE"], headings.as_slice()].concat());
    for run in runs {
        let of_run = |of: &dyn Fn(&Scored) -> Option<f64>| {
            root_mean_square(run.scored.iter().flatten().filter_map(of))
        };
        let cells = columns.iter().map(|(_, of)| format!("{:.4}", of_run(*of)));
        row(&[run.method.name().to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
    }
}

/// Prints coverage of our method on each set of curves, at size number `place` or all of them.
pub(crate) fn print_coverage(title: &str, sets: &[(String, Vec<Run>)], place: Option<usize>) {
    start_coverage(title);
    for (label, runs) in sets {
        for run in ours(runs) {
            coverage_row(&format!("{}, {label}", run.method.name()), run.coverage("", place));
        }
    }
}

/// Prints RMSLE of our method minus that of the best other method, with a 90 % interval over
/// groups.
pub(crate) fn print_against_best(title: &str, sets: &[(String, Vec<Run>)]) {
    start(
        &format!("{title}: mean RMSLE minus that of the best other method"),
        &["", "best other", "difference", "90 % interval over groups"],
    );
    for (label, runs) in sets {
        let others = runs.iter().filter(|run| !run.method.is_ours() && run.is_complete());
        let best = others.min_by(|a, b| a.mean_rmsle().total_cmp(&b.mean_rmsle()));
        let Some(best) = best else { continue };
        for run in ours(runs) {
            let both = run.scored.iter().zip(&best.scored);
            let apart: Vec<(&str, f64)> = both
                .filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?)))
                .map(|(a, b)| (a.group.as_str(), a.rmsle() - b.rmsle()))
                .collect();
            let range = mean_range(&apart);
            row(&[
                format!("{}, {label}", run.method.name()),
                format!("{} {:.4}", best.method.name(), best.mean_rmsle()),
                format!("{:+.4}", run.mean_rmsle() - best.mean_rmsle()),
                format!("{:+.4} to {:+.4}", range.low, range.high),
            ]);
        }
    }
}

/// Prints the start of a table with rows by [`coverage_row`].
pub(crate) fn start_coverage(title: &str) {
    let columns = [
        "",
        "forecasts",
        "data sets",
        "80 % holds",
        "95 % holds",
        "below/above 80 %",
        "interval score 80/95",
        "width 80/95",
        "RMS miss",
        "bias",
    ];
    start(title, &columns);
}

/// Prints coverage with its 90 % interval, and the other numbers of [`Coverage`].
pub(crate) fn coverage_row(label: &str, coverage: Option<Coverage>) {
    let Some(found) = coverage else { return row(&[label.to_owned(), "0".to_owned()]) };
    let holds = |at: usize| {
        let Interval { low, high } = found.range[at];
        format!("{} ({}–{})", percent(found.inside[at]), percent(low), percent(high))
    };
    let pair = |[a, b]: [f64; 2]| format!("{a:.3}/{b:.3}");
    row(&[
        label.to_owned(),
        found.forecasts.to_string(),
        found.groups.to_string(),
        holds(0),
        holds(1),
        format!("{}/{}", found.outside[0], found.outside[1]),
        pair(found.interval_score),
        pair(found.width),
        format!("{:.4}", found.rms),
        format!("{:+.3}", found.bias),
    ]);
}

/// A share in percent, without the sign.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}
