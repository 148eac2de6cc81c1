//! What folds measure: a repeat is one measurement, the mean over its folds, whose outcomes stand fold
//! after fold, so that two models are compared on the same rows of the same folds.

use tenfold_core::{Aggregate, FoldErrors, Outcomes, Replicate, error_of_zero};

use crate::trial::Outcome;

/// The repeats all of whose `folds` are among `outcomes`, each in the order of its folds; seed s tests fold
/// s mod `folds` of repeat s / `folds`.
pub(super) fn whole_repeats(outcomes: &[Outcome], folds: u64) -> Vec<&[Outcome]> {
    let repeats = outcomes.chunk_by(|a, b| a.repeat / folds == b.repeat / folds);
    repeats.filter(|repeat| repeat.len() as u64 == folds).collect()
}

/// One measurement a repeat; only the first keeps its outcomes, since rows stand elsewhere in the others.
pub(super) fn replicates(repeats: &[&[Outcome]], folds: u64, rows: Option<u64>) -> Vec<Replicate> {
    let replicate = |(number, repeat): (usize, &&[Outcome])| {
        let mean = repeat.iter().map(|outcome| outcome.test_error).sum::<f64>() / folds as f64;
        Some(Replicate {
            seed: repeat.first()?.repeat / folds,
            error: if mean > 0.0 { mean } else { rows.map_or(0.0, error_of_zero) },
            outcomes: if number == 0 { pooled(repeat) } else { None },
        })
    };
    repeats.iter().enumerate().filter_map(replicate).collect()
}

/// What the folds say of how far their mean may be off; `share` of the rows left for training is used.
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

/// What each row did, fold after fold; `None` if a fold does not say.
fn pooled(repeat: &[Outcome]) -> Option<Outcomes> {
    let all: Option<Vec<Outcomes>> = repeat.iter().map(Outcome::outcomes).collect();
    let all = all?;
    let width = all.first()?.width();
    let is_alike = all.iter().all(|one| one.width() == width);
    let values: Vec<f32> = all.iter().flat_map(Outcomes::values).copied().collect();
    if is_alike { Outcomes::new(width, values) } else { None }
}
