//! All curves in the order of their expected errors at a size.
//!
//! The first of many by forecast is the one whose forecast errs most in its favour. Each curve's fall
//! of log error is therefore drawn towards the fall they have in common, the more the less sure it is.
//!
//! # Reference
//! Efron and Morris (1973), "Stein's estimation rule and its competitors: an empirical Bayes approach".

use crate::decide::compare::profile::Profile;
use crate::units::TrainingSetSize;

/// Standard deviation of the falls of log error of several learners on one data set, a doubling: on the
/// tabular development curves .055, .051 and .048 over two, three and four doublings, at the median.
const FALLS_DIFFER: f64 = 0.05;

/// All contenders in order at one size, the best first, as their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The size.
    pub at: TrainingSetSize,
    /// By expected error: the last error less a fall between the forecast's and that of all curves.
    ///
    /// A sure forecast counts almost in full, one that may be wrong by half almost not at all: whoever
    /// leads among many mostly stays first.
    pub by_forecast: Vec<usize>,
    /// By the error at the largest size that all of them were measured at.
    pub by_last_measured: Vec<usize>,
}

pub(super) fn ranking(profiles: &[Profile<'_>], at: TrainingSetSize) -> Ranking {
    let common = profiles.iter().map(Profile::largest).fold(f64::INFINITY, f64::min);
    let last: Vec<f64> = profiles.iter().map(|profile| profile.expected(common)).collect();
    let by_forecast = best_first(&expected(profiles, &last, at.log(), common));
    Ranking { at, by_forecast, by_last_measured: best_first(&last) }
}

/// Expected log errors at the log size `at`; `last` are those at `common`, the largest that all have.
///
/// With f the forecast's fall of log error beyond `common`, s its deviation and t that of true falls, the
/// weight is w = t² / (t² + s²) and the fall w·f + (1 − w)·Σw·f / Σw.
fn expected(profiles: &[Profile<'_>], last: &[f64], at: f64, common: f64) -> Vec<f64> {
    let doublings = (at - common) / std::f64::consts::LN_2;
    if doublings <= 0.0 {
        return profiles.iter().map(|profile| profile.expected(at)).collect();
    }
    let square = (FALLS_DIFFER * doublings).powi(2);
    let falls = profiles.iter().zip(last).map(|(profile, last)| {
        let weight = square / (square + profile.at(at).variance());
        (last - profile.expected(at), weight)
    });
    let falls: Vec<(f64, f64)> = falls.collect();
    let weights: f64 = falls.iter().map(|(_, weight)| weight).sum();
    let weighed: f64 = falls.iter().map(|(fall, weight)| weight * fall).sum();
    // Deviations are finite, so that no weight is 0.
    let in_common = weighed / weights.max(f64::MIN_POSITIVE);
    let left = falls.iter().zip(last);
    left.map(|((fall, weight), last)| last - in_common - weight * (fall - in_common)).collect()
}

fn best_first(errors: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..errors.len()).collect();
    order.sort_by(|&a, &b| errors[a].total_cmp(&errors[b]));
    order
}
