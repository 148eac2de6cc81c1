//! The shipped prior sharpened by the user's own curves.
//!
//! The shipped prior is learnt on public curves. Twenty or more curves of one kind show what such
//! curves do, and no curve has to be held out for a back-test.

use crate::curve::LearningCurve;
use crate::posterior::{Lesson, Prior};

/// Fewest curves that sharpen the prior.
pub const FEWEST_OWN_CURVES: usize = 20;

/// Most curves that are used, evenly spread over all: more hardly change the prior, and each takes
/// memory and time.
pub const MOST_OWN_CURVES: usize = 400;

/// Fewest sizes of a curve that can sharpen the prior.
const FEWEST_SIZES: usize = 4;

/// Number of largest sizes before which every curve is cut: floor share and regions are counted
/// from the cut, so that a lesson shows how a curve continued after it.
const CUT: usize = 3;

/// The shipped prior sharpened by `curves` of one kind; `None` if fewer than [`FEWEST_OWN_CURVES`]
/// of them have enough sizes.
pub fn own_prior(curves: &[&LearningCurve]) -> Option<Prior> {
    let told: Vec<&LearningCurve> =
        curves.iter().copied().filter(|curve| curve.seen().count() >= FEWEST_SIZES).collect();
    if told.len() < FEWEST_OWN_CURVES {
        return None;
    }
    let looked_at = told.len().min(MOST_OWN_CURVES);
    let lessons: Vec<Lesson> = (0..looked_at)
        .map(|number| {
            let curve = told[number * told.len() / looked_at];
            let sizes = curve.points().len();
            let kept = sizes.saturating_sub(CUT.min(sizes / 3)).max(1);
            Lesson::of(curve, kept)
        })
        .collect();
    let lessons: Vec<&Lesson> = lessons.iter().collect();
    Some(Prior::shipped().sharpened(&lessons))
}
