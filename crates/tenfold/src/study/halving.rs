//! Successive halving: a search that trains all its candidates a little, and the best of them on
//! (Jamieson and Talwalkar 2016, arXiv:1502.07943).

use tenfold_train::Share;

/// Ratio of a size to the one at which its candidates are searched.
const RATIO: u64 = 4;

/// The known end of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// It finished with this error on the validation set.
    Finished {
        /// Error on the validation set.
        validation_error: f64,
    },
    /// It failed and will not be retried.
    Failed,
}

/// The winner of a search, as far as the results so far determine it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// Trials of the search are not finished yet.
    Undecided,
    /// Every candidate failed.
    AllFailed,
    /// The candidate with the lowest validation error.
    Candidate(usize),
}

/// One step of a search: how many candidates are trained how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// How much of their planned updates is made.
    pub share: Share,
    /// How many candidates are trained, if none fails.
    pub candidates: usize,
}

/// A search, as far as the results so far determine it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The trials of the rungs that are reached: how far each candidate is trained.
    pub trials: Vec<(Share, usize)>,
    /// The rungs that are not reached.
    pub later: Vec<Rung>,
    /// Its winner.
    pub winner: Winner,
}

/// The size at which the candidates for `size` are searched: a quarter of it, or the smallest of
/// `sizes` if that is larger.
pub fn searched_at(sizes: &[u64], size: u64) -> u64 {
    (size / RATIO).max(sizes.first().copied().unwrap_or(size))
}

/// The rungs of a search among `candidates` candidates; one rung to the end without `is_halved`.
pub fn rungs(candidates: usize, is_halved: bool) -> Vec<Rung> {
    let third = candidates.div_ceil(3).max(2).min(candidates);
    let halved = [
        Rung { share: Share::EIGHTH, candidates },
        Rung { share: Share::QUARTER, candidates: third },
        Rung { share: Share::WHOLE, candidates: candidates.div_ceil(8) },
    ];
    if !is_halved {
        return vec![Rung { share: Share::WHOLE, candidates }];
    }
    // A rung that all its candidates pass decides nothing.
    let follows = halved[1..].iter().map(Some).chain([None]);
    let decides = |(rung, next): (&Rung, Option<&Rung>)| {
        next.is_none_or(|next| next.candidates < rung.candidates).then_some(*rung)
    };
    halved.iter().zip(follows).filter_map(decides).collect()
}

/// The search over `rungs`, where `end_of` gives the known end of a candidate trained so far.
///
/// A rung is decided once the ends of all its trials are known, so the order of results changes
/// nothing. Candidates are ranked by their validation error, equal ones by their order in the grid.
pub fn search(rungs: &[Rung], end_of: &dyn Fn(Share, usize) -> Option<Known>) -> Search {
    let mut candidates: Vec<usize> = (0..rungs.first().map_or(0, |rung| rung.candidates)).collect();
    let mut trials = Vec::new();
    for (at, rung) in rungs.iter().enumerate() {
        trials.extend(candidates.iter().map(|candidate| (rung.share, *candidate)));
        let ends: Option<Vec<Known>> =
            candidates.iter().map(|candidate| end_of(rung.share, *candidate)).collect();
        let Some(ends) = ends else {
            return Search { trials, later: rungs[at + 1..].to_vec(), winner: Winner::Undecided };
        };
        let error = |(candidate, end): (&usize, &Known)| match end {
            Known::Finished { validation_error } => Some((*validation_error, *candidate)),
            Known::Failed => None,
        };
        let mut ranked: Vec<(f64, usize)> =
            candidates.iter().zip(&ends).filter_map(error).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let kept = rungs.get(at + 1).map_or(1, |next| next.candidates);
        candidates = ranked.into_iter().take(kept).map(|(_, candidate)| candidate).collect();
        if candidates.is_empty() {
            break;
        }
    }
    let winner = candidates.first().map_or(Winner::AllFailed, |best| Winner::Candidate(*best));
    Search { trials, later: Vec::new(), winner }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(candidates: usize) -> Vec<(String, usize)> {
        let rungs = rungs(candidates, true).into_iter();
        rungs.map(|rung| (rung.share.to_string(), rung.candidates)).collect()
    }

    fn named(rungs: &[(&str, usize)]) -> Vec<(String, usize)> {
        rungs.iter().map(|(share, count)| ((*share).to_owned(), *count)).collect()
    }

    #[test]
    fn a_third_goes_on_to_a_quarter_and_an_eighth_to_the_end() {
        assert_eq!(counts(24), named(&[("1/8", 24), ("1/4", 8), ("1", 3)]));
        assert_eq!(counts(9), named(&[("1/8", 9), ("1/4", 3), ("1", 2)]));
        assert_eq!(counts(4), named(&[("1/8", 4), ("1/4", 2), ("1", 1)]));
        assert_eq!(counts(2), named(&[("1/4", 2), ("1", 1)]));
        assert_eq!(rungs(9, false), [Rung { share: Share::WHOLE, candidates: 9 }]);
    }

    #[test]
    fn candidates_are_searched_at_a_quarter_and_not_below_the_smallest_size() {
        let sizes = [64, 100, 256, 300, 8192];
        assert_eq!(sizes.map(|size| searched_at(&sizes, size)), [64, 64, 64, 75, 2048]);
    }

    #[test]
    fn the_best_of_each_rung_goes_on_and_failed_ones_do_not() {
        // Candidate 8 is best after an eighth and fails later; 2 and 5 are equal.
        let end_of = |share: Share, candidate: usize| {
            let error = [0.9, 0.8, 0.2, 0.7, 0.6, 0.2, 0.5, 0.4, 0.1][candidate];
            Some(match candidate {
                8 if share != Share::EIGHTH => Known::Failed,
                _ => Known::Finished { validation_error: error },
            })
        };
        let found = search(&rungs(9, true), &end_of);
        let of = |share: Share| -> Vec<usize> {
            found.trials.iter().filter(|trial| trial.0 == share).map(|trial| trial.1).collect()
        };
        assert_eq!(of(Share::QUARTER), [8, 2, 5]);
        assert_eq!(of(Share::WHOLE), [2, 5]);
        assert_eq!(found.winner, Winner::Candidate(2));
        let failed = search(&rungs(9, true), &|_, _| Some(Known::Failed));
        assert_eq!((failed.winner, failed.trials.len()), (Winner::AllFailed, 9));
    }

    #[test]
    fn a_rung_waits_for_its_last_trial() {
        let end_of = |_: Share, candidate: usize| {
            (candidate != 3).then_some(Known::Finished { validation_error: 0.5 })
        };
        let found = search(&rungs(4, true), &end_of);
        assert_eq!((found.winner, found.trials.len()), (Winner::Undecided, 4));
        assert_eq!(found.later, rungs(4, true)[1..]);
    }
}
