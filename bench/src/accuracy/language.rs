//! Language models: losses on eight validation sets of four models, the largest one or three sizes hidden.

use crate::Sources;
use crate::curves::language_models;
use crate::score::{Coverage, Scored, ours, run_all};
use crate::table::{
    Column, coverage_row, print_against_best, print_rmsle, print_sets, row, start, start_coverage,
};

/// Sizes of the curves used.
const SIZES: usize = 8;

pub(crate) fn print(sources: &Sources) {
    let mut curves = language_models(&sources.curves);
    curves.retain(|whole| whole.points.len() == SIZES);
    let sets = [1, 3].map(|hidden| {
        let kept: Vec<usize> = (0..SIZES - hidden).collect();
        let asked: Vec<usize> = (SIZES - hidden..SIZES).collect();
        let cases: Vec<_> = curves.iter().map(|whole| whole.cut(&kept, &asked)).collect();
        (format!("last {hidden} hidden"), run_all(&sources.folds, &cases))
    });
    print_sets("language models", &sets, "");
    let at = |place: usize| move |one: &Scored| Some(one.misses[place].log_ratio.abs());
    let columns: [Column<'_>; 3] = [("x2", &at(0)), ("x4", &at(1)), ("x8", &at(2))];
    print_rmsle("language models, last 3 hidden", &sets[1].1, &columns);
    print_against_best("language models", &sets);
    // One label and coverage for each number of hidden sizes, distance and form of our method.
    let mut found = Vec::new();
    for (at, place) in [(0, 0), (1, 0), (1, 1), (1, 2)] {
        let (hidden, runs) = &sets[at];
        found.extend(ours(runs).map(|run| {
            let label = format!("{}, {hidden}, x{}", run.method.name(), 2 << place);
            (label, run.coverage("", Some(place)))
        }));
    }
    let title = "language models: width of intervals over RMS miss (2.6 and 3.9 for a true normal)";
    start(title, &["", "80 %", "95 %"]);
    for (label, coverage) in &found {
        let Some(Coverage { width, rms, .. }) = coverage else { continue };
        row(&[label.clone(), format!("{:.1}", width[0] / rms), format!("{:.1}", width[1] / rms)]);
    }
    start_coverage("language models; groups are models");
    found.into_iter().for_each(|(label, coverage)| coverage_row(&label, coverage));
}
