//! Tabular curves, one and three doublings hidden, by the loader's rules.

use crate::Sources;
use crate::curves::{curve, replicated};
use crate::public_curves::{SplitCurve, lcdb};
use crate::score::run_all;
use crate::table::{print_coverage, print_sets};

pub(crate) fn print(sources: &Sources) {
    let path = sources.curves.join("lcdb.csv");
    let sets = [
        ("x2", lcdb(&path, 1)),
        ("x8", lcdb(&path, 3)),
        ("x8, noise not told", without_standard_errors(lcdb(&path, 3))),
    ];
    let sets = sets.map(|(name, cases)| {
        (format!("{name} ({})", cases.len()), run_all(&sources.folds, &cases))
    });
    print_sets("tabular, all sizes hidden", &sets, "");
    print_coverage("tabular, all sizes hidden", &sets, None);
}

/// The curves without standard errors, as in a file of sizes and errors only.
fn without_standard_errors(splits: Vec<SplitCurve>) -> Vec<SplitCurve> {
    let strip = |split: SplitCurve| {
        let points = split.fitted.points().iter();
        let points = points.map(|point| replicated(point.size.get(), &[point.error()]));
        let (name, metric) = (split.fitted.name(), split.fitted.metric());
        let fitted = curve(name, metric, points.collect());
        SplitCurve { fitted, ..split }
    };
    splits.into_iter().map(strip).collect()
}
