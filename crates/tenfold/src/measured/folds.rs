//! Turns the results of folds into measurements. One repeat is one measurement, the mean over its
//! folds. Its outcomes are ordered by fold, so that two models are compared on the same rows.

use tenfold_core::{Aggregate, FoldErrors, Outcomes, Replicate, error_of_zero};

use crate::trial::Outcome;

/// The repeats of which all `folds` are among `outcomes`, each in the order of its folds. Seed s
/// tests fold s mod `folds` of repeat s / `folds`.
pub(super) fn whole_repeats(outcomes: &[Outcome], folds: u64) -> Vec<&[Outcome]> {
    let repeats = outcomes.chunk_by(|a, b| a.seed / folds == b.seed / folds);
    repeats.filter(|repeat| repeat.len() as u64 == folds).collect()
}

/// One measurement per repeat. Only the first keeps its outcomes, because the other repeats test
/// the rows in another order.
pub(super) fn replicates(repeats: &[&[Outcome]], folds: u64, rows: Option<u64>) -> Vec<Replicate> {
    let replicate = |(number, repeat): (usize, &&[Outcome])| {
        let mean = repeat.iter().map(|outcome| outcome.test_error).sum::<f64>() / folds as f64;
        Some(Replicate {
            seed: repeat.first()?.seed / folds,
            error: if mean > 0.0 { mean } else { rows.map_or(0.0, error_of_zero) },
            outcomes: if number == 0 { pooled(repeat) } else { None },
        })
    };
    repeats.iter().enumerate().filter_map(replicate).collect()
}

/// Fold errors, from which the standard error of their mean is estimated; `share` is the share of
/// the rows outside a fold that is trained on.
pub(super) fn errors(
    repeats: &[&[Outcome]],
    folds: u64,
    share: f64,
    aggregate: Aggregate,
) -> FoldErrors {
    FoldErrors {
        errors: repeats.iter().copied().flatten().map(|outcome| outcome.test_error).collect(),
        folds,
        share: share.clamp(f64::MIN_POSITIVE, 1.0),
        outcomes: repeats.first().and_then(|repeat| pooled(repeat)),
        aggregate,
    }
}

/// The outcomes of all rows, fold after fold; `None` if a fold has no outcomes.
fn pooled(repeat: &[Outcome]) -> Option<Outcomes> {
    let all: Option<Vec<Outcomes>> = repeat.iter().map(Outcome::outcomes).collect();
    let all = all?;
    let width = all.first()?.width();
    let is_alike = all.iter().all(|one| one.width() == width);
    let values: Vec<f32> = all.iter().flat_map(Outcomes::values).copied().collect();
    if is_alike { Outcomes::new(width, values) } else { None }
}
