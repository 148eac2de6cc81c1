//! Two to five sizes a curve, far apart, with a forecast for the largest size.

use crate::Sources;
use crate::curves::{Whole, dense, tabular};
use crate::public_curves::SplitCurve;
use crate::score::{Run, run_all};
use crate::table::{print_coverage, print_sets};

/// Sizes kept, the factor between them, and the end of the curve over the last size kept.
const CHOICES: [(i32, f64, f64); 6] =
    [(2, 4.0, 4.0), (3, 2.0, 4.0), (3, 4.0, 4.0), (3, 10.0, 10.0), (4, 4.0, 4.0), (5, 2.0, 4.0)];

/// Largest log ratio between a size wanted and the one kept.
const NEAR: f64 = 0.2;

pub(crate) fn print(sources: &Sources) {
    let images = dense(&sources.curves).into_iter().filter(|whole| whole.domain == "IC");
    for (name, curves) in [("tabular", tabular(&sources.curves)), ("images", images.collect())] {
        let sets: Vec<(String, Vec<Run>)> = CHOICES
            .into_iter()
            .map(|(count, step, ahead)| {
                let kept = |whole: &Whole| keep(whole, count, step, ahead);
                let cases: Vec<SplitCurve> = curves.iter().filter_map(kept).collect();
                (format!("{count} sizes, step {step}, x{ahead}"), run_all(&sources.folds, &cases))
            })
            .collect();
        print_sets(&format!("few sizes, {name}"), &sets, "");
        print_coverage(&format!("few sizes, {name}"), &sets, None);
    }
}

/// The curve at `count` sizes a factor `step` apart, the last one `ahead` times below its end;
/// `None` if the curve was not measured near these sizes.
fn keep(whole: &Whole, count: i32, step: f64, ahead: f64) -> Option<SplitCurve> {
    let end = whole.end();
    let wanted = (0..count).rev().map(|place| end / ahead / step.powi(place));
    let nearest = wanted.map(|wanted| whole.nearest(wanted));
    let kept: Option<Vec<usize>> = nearest.map(|(at, away)| (away <= NEAR).then_some(at)).collect();
    let kept = kept?;
    let is_distinct = kept.windows(2).all(|pair| pair[0] < pair[1]);
    is_distinct.then(|| whole.cut(&kept, &[whole.points.len() - 1]))
}
