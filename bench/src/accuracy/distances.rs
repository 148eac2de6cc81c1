//! Error rates by distance: each curve is cut that far below its end, and its end is forecast.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Sources;
use crate::curves::{Whole, dense, size, tabular, tabular_last};
use crate::public_curves::SplitCurve;
use crate::score::{ours, run_all};
use crate::table::{coverage_row, print_sets, start_coverage};

const TIMES: [usize; 5] = [2, 4, 8, 10, 16];

/// Kinds of data and what they are.
const KINDS: [(&str, &str); 4] =
    [("LCDB", "tabular"), ("IC", "images"), ("BB", "BIG-Bench"), ("", "all")];

/// Fewest sizes fitted, as for the tabular curves.
const FEWEST: usize = 6;

pub(crate) fn print(sources: &Sources) {
    let tabular_sizes = tabular(&sources.curves);
    let dense = dense(&sources.curves);
    let sets = TIMES.map(|times| {
        let mut cases = tabular_cut(&sources.curves, &tabular_sizes, times);
        cases.extend(dense.iter().filter_map(|whole| cut(whole, times as f64)));
        (format!("x{times}"), run_all(&sources.folds, &cases))
    });
    for (domain, name) in KINDS {
        print_sets(&format!("error rates by distance, {name}"), &sets, domain);
    }
    start_coverage("error rates by distance");
    for (domain, name) in KINDS {
        for (times, runs) in &sets {
            for run in ours(runs) {
                let label = format!("{}, {name} {times}", run.method.name());
                coverage_row(&label, run.coverage(domain, None));
            }
        }
    }
}

/// Tabular curves of power-of-two sizes, with a forecast for one size near `times` the largest
/// fitted.
fn tabular_cut(folder: &Path, every_size: &[Whole], times: usize) -> Vec<SplitCurve> {
    let hidden = (times as f64).log2().ceil() as usize;
    let mut cases = tabular_last(folder, hidden);
    if !times.is_power_of_two() {
        let by_name: BTreeMap<&str, &Whole> =
            every_size.iter().map(|whole| (whole.name.as_str(), whole)).collect();
        for case in &mut cases {
            let whole = by_name[case.fitted.name()];
            let (at, _) = whole.nearest(times as f64 * case.fitted.largest_size().get());
            // Errors are at least the smallest that the loader allows.
            case.scored = vec![(size(whole.points[at].0), whole.points[at].1.max(1e-4))];
        }
    }
    cases
}

/// A dense curve up to one `times`-th of its end, with a forecast for the size nearest `times` the
/// largest fitted.
pub(crate) fn cut(whole: &Whole, times: f64) -> Option<SplitCurve> {
    let count = whole.count_to(whole.end() / times);
    let kept: Vec<usize> = (0..count).collect();
    let (asked, _) = whole.nearest(times * whole.points[count.checked_sub(1)?].0);
    (count >= FEWEST).then(|| whole.cut(&kept, &[asked]))
}
