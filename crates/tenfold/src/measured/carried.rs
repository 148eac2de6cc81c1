//! The winners of searches at smaller sizes, replayed from the trials in the database, and what they
//! cost and lost.

use std::collections::BTreeMap;

use serde::Serialize;
use tenfold_core::TrainingSetSize;
use tenfold_train::Share;

use super::{MeasuredCurve, Note, NoteLevel};
use crate::format;
use crate::prepared::CarriedSize;
use crate::store::{TrialRow, TrialState};
use crate::study::grid::stopped;
use crate::study::halving::{Known, Winner, rungs, search};

/// Where the winner of one size was searched, and what that cost and lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CarriedSearch {
    /// The size at which the candidates were trained.
    pub searched_at: TrainingSetSize,
    /// Expected floating-point operations of the search over those of the whole grid at the
    /// winner's own size on one seed; 0 where a smaller size uses the same search.
    pub share_of_grid: f64,
    /// Expected floating-point operations of the whole grid at the winner's own size on one seed.
    pub grid_flop: f64,
    /// The winner's validation error over the lowest of all candidates trained to the end at its own
    /// size on the first seed, minus 1; `None` if no other was.
    pub regret: Option<f64>,
    /// Number of candidates that the regret is over, the winner included.
    pub compared: usize,
}

/// The candidate that was carried to one size.
pub(super) struct CarriedWinner {
    pub(super) size: u64,
    pub(super) candidate: usize,
    /// Trials of the search; 0 where a smaller size uses the same search.
    pub(super) tuning_trials: usize,
    pub(super) search: CarriedSearch,
}

/// The winners of the searches that are decided, among the `rows` of one model whose grid has
/// `candidates` candidates.
pub(super) fn winners(
    rows: &[&TrialRow],
    candidates: usize,
    sizes: &[CarriedSize],
) -> Vec<CarriedWinner> {
    let first_seed = rows.iter().filter(|row| row.planned.seed == 0);
    let by_place: BTreeMap<(u64, usize), &TrialRow> =
        first_seed.map(|row| ((row.planned.size, row.planned.candidate), *row)).collect();
    let mut before = None;
    let winner = |of: &CarriedSize| {
        let is_shared = before.replace(of.searched_at) == Some(of.searched_at);
        let row = |share: Share, candidate: usize| {
            by_place.get(&(of.searched_at, stopped(candidates, candidate, share)))
        };
        let end_of =
            |share: Share, candidate: usize| row(share, candidate).and_then(|row| end(row));
        let found = search(&rungs(candidates, of.rungs > 1), &end_of);
        let Winner::Candidate(candidate) = found.winner else { return None };
        let of_search = found.trials.iter().filter_map(|(share, one)| row(*share, *one));
        let flop: f64 = of_search.map(|row| row.planned.expected_flop).sum();
        let whole = by_place.range((of.size, 0)..(of.size, candidates));
        let errors: BTreeMap<usize, f64> = whole
            .filter_map(|((_, one), row)| Some((*one, row.measured.as_ref()?.validation_error)))
            .collect();
        Some(CarriedWinner {
            size: of.size,
            candidate,
            tuning_trials: if is_shared { 0 } else { found.trials.len() },
            search: CarriedSearch {
                searched_at: TrainingSetSize::new(of.searched_at as f64)?,
                share_of_grid: if is_shared { 0.0 } else { flop / of.grid_flop },
                grid_flop: of.grid_flop,
                regret: regret(&errors, candidate).filter(|_| of.size != of.searched_at),
                compared: errors.len(),
            },
        })
    };
    sizes.iter().filter_map(winner).collect()
}

/// The known end of the trial of `row`.
fn end(row: &TrialRow) -> Option<Known> {
    match (&row.measured, row.state) {
        (Some(measured), _) => {
            Some(Known::Finished { validation_error: measured.validation_error })
        }
        (None, TrialState::Failed | TrialState::Cancelled) => Some(Known::Failed),
        (None, _) => None,
    }
}

/// The error of `winner` over the lowest of `errors`, by candidate, minus 1; `None` if there is only
/// the winner.
fn regret(errors: &BTreeMap<usize, f64>, winner: usize) -> Option<f64> {
    let best = errors.values().copied().fold(f64::INFINITY, f64::min);
    let of_winner = errors.get(&winner).filter(|_| errors.len() > 1 && best > 0.0);
    of_winner.map(|error| error / best - 1.0)
}

/// A note on the searches behind the points of `measured`: their cost, and the regret where it is
/// known; `None` if no winner was carried.
pub(super) fn note(measured: &MeasuredCurve) -> Option<Note> {
    let searches: Vec<&CarriedSearch> =
        measured.models.iter().filter_map(|row| row.carried.as_ref()).collect();
    let grid: f64 = searches.iter().map(|search| search.grid_flop).sum();
    let spent: f64 = searches.iter().map(|search| search.share_of_grid * search.grid_flop).sum();
    let regrets = || searches.iter().filter_map(|search| search.regret);
    let of_regret = if regrets().next().is_some() {
        let worst = regrets().fold(0.0, f64::max);
        let (known, of) = (regrets().count(), searches.len());
        format!(
            "; at the {known} of {of} sizes where other settings were trained to the end too, the \
             validation error of the carried ones is at most {:.1}% above the best",
            100.0 * worst
        )
    } else {
        String::new()
    };
    let text = format!(
        "{}: settings were searched at a quarter of each size, for {} of the work of the whole grid at \
         every size{of_regret}",
        measured.curve.name(),
        format::probability(spent / grid)
    );
    (grid > 0.0).then_some(Note { level: NoteLevel::Ok, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MeasuredTrial, PlannedTrial};

    /// A trial of the first seed whose work is its size times `share`.
    fn row(size: u64, candidate: usize, error: Option<f64>, share: f64) -> TrialRow {
        let measured = error.map(|validation_error| MeasuredTrial {
            seconds: 1.0,
            validation_error,
            test_error: 0.5,
            is_validation_apart: true,
            judged_on: None,
            judged_examples: 0,
            parameter_count: None,
        });
        TrialRow {
            planned: PlannedTrial {
                model: "m".to_owned(),
                size,
                seed: 0,
                candidate,
                trial: String::new(),
                settings: String::new(),
                expected_flop: size as f64 * share,
            },
            state: if error.is_some() { TrialState::Finished } else { TrialState::Running },
            measured,
            reason: None,
        }
    }

    #[test]
    fn a_search_is_replayed_with_its_cost_and_its_regret() {
        let halved = |size| CarriedSize {
            size,
            searched_at: size / 4,
            rungs: 3,
            grid_flop: 4.0 * size as f64,
        };
        // Four candidates: 0 to 3 whole, 4 to 7 a quarter, 8 to 11 an eighth.
        let mut rows = vec![
            row(100, 8, Some(0.4), 0.125),
            row(100, 9, Some(0.3), 0.125),
            row(100, 10, Some(0.2), 0.125),
            row(100, 11, Some(0.5), 0.125),
            row(100, 5, Some(0.25), 0.25),
            row(100, 6, Some(0.28), 0.25),
            row(100, 1, Some(0.22), 1.0),
            row(400, 1, Some(0.12), 1.0),
            row(400, 3, Some(0.1), 1.0),
        ];
        let sizes = [halved(400), CarriedSize { size: 500, ..halved(400) }];
        let found = winners(&rows.iter().collect::<Vec<_>>(), 4, &sizes);
        let [of_size, shared] = &found[..] else { panic!("two sizes have a winner") };
        assert_eq!((of_size.candidate, of_size.tuning_trials), (1, 7));
        // 4/8 + 2/4 + 1 trials of a quarter of the size, over four of the size.
        assert!((of_size.search.share_of_grid - 2.0 * 0.25 / 4.0).abs() < 1e-12);
        assert!((of_size.search.regret.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(of_size.search.compared, 2);
        assert_eq!((shared.tuning_trials, shared.search.regret), (0, None));
        // A rung that is not finished has no winner yet.
        rows[4] = row(100, 5, None, 0.25);
        assert!(winners(&rows.iter().collect::<Vec<_>>(), 4, &sizes).is_empty());
    }
}
