//! The shipped prior sharpened by the user's own curves.
//!
//! The shipped prior is learnt on public curves. Twenty or more curves of one kind say themselves what such
//! curves do, and no back-test has to be set aside for it.

use crate::curve::LearningCurve;
use crate::posterior::{Lesson, Prior};

/// Fewest curves that sharpen the prior.
pub const FEWEST_OWN_CURVES: usize = 20;

/// Most curves that are looked at, evenly spread over all: more hardly move the prior, and each takes
/// memory and time.
pub const MOST_OWN_CURVES: usize = 400;

/// Fewest sizes of a curve that says anything of its kind.
const FEWEST_SIZES: usize = 4;

/// Sizes of every curve that the floor's share and the regions are told beyond: a lesson shows how a curve
/// went on after it was cut.
const CUT: usize = 3;

/// The shipped prior sharpened by `curves` of one kind; `None` below [`FEWEST_OWN_CURVES`] that say
/// anything.
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
