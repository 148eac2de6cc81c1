//! Losses within single training runs: the tokens beyond a half and beyond a quarter of each run hidden.
//!
//! These are not learning curves. Groups are families of models.

use crate::Sources;
use crate::curves::training_runs;
use crate::score::{Run, run_all};
use crate::table::{print_against_best, print_coverage, print_sets};

/// Fewest points fitted.
const FEWEST: usize = 5;

pub(crate) fn print(sources: &Sources) {
    let curves = training_runs(&sources.curves);
    let sets = [2, 4].map(|times| {
        let cases = curves.iter().filter_map(|whole| {
            let count = whole.count_to(whole.end() / f64::from(times));
            let all = 0..whole.points.len();
            let (kept, asked): (Vec<usize>, Vec<usize>) = all.partition(|&at| at < count);
            (count >= FEWEST).then(|| whole.cut(&kept, &asked))
        });
        (format!("to x{times}"), run_all(&sources.folds, &cases.collect::<Vec<_>>()))
    });
    print_sets("training runs, all hidden", &sets, "");
    print_against_best("training runs", &sets);
    let last = sets.map(|(label, runs)| (label, runs.into_iter().map(last_only).collect()));
    print_sets("training runs, the last loss", &last, "");
    print_coverage("training runs, the last loss; groups are families of models", &last, None);
}

/// The forecasts of the last size of each curve.
fn last_only(mut run: Run) -> Run {
    for one in run.scored.iter_mut().flatten() {
        one.misses.drain(..one.misses.len() - 1);
    }
    run
}
