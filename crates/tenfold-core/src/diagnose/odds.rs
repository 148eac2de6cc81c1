//! The odds between the named explanations of a curve, under one likelihood.
//!
//! A curve goes on by its law, or most of its error is floor, or its data repeat from some size on; and it
//! learns at all, or not. All is read from the posterior of the fit; repeats, which that does not hold, are
//! weighed against it.

use serde::Serialize;

use crate::curve::LearningCurve;
use crate::diagnose::MOSTLY_FLOOR;
use crate::fit::CurveFit;
use crate::posterior::{Posterior, Prior, PriorName, observations};

/// Probability from which the data tell an answer: odds of two to one. With three to one, twice as many of
/// the simulated curves that level off leave it open, and hardly fewer are named wrongly.
const TOLD: f64 = 2.0 / 3.0;

/// The same for data that repeat against a floor, which is the more usual of the two: odds of four to one.
const REPEATS_TOLD: f64 = 0.8;

/// Fall of log error a doubling below which a curve does not learn: a fifth of a percent.
const LEAST_FALL: f64 = 0.002;

/// What the data say of a question that has two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// They do not tell.
    NotTold,
}

impl Answer {
    /// The answer when `yes` is the probability of yes, and answers are told from `told` on.
    fn of(yes: f64, told: f64) -> Self {
        if yes >= told {
            Self::Yes
        } else if yes <= 1.0 - told {
            Self::No
        } else {
            Self::NotTold
        }
    }
}

/// Probabilities of the explanations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Odds {
    /// That the error falls from the smallest size to the largest.
    pub(crate) falls: f64,
    /// That it falls from the smallest size to the one with the lowest error.
    pub(crate) falls_before: f64,
    /// That the error levels off.
    pub(crate) level: f64,
    /// That half of the error or more is floor.
    pub(crate) floor: f64,
    /// The same before the curve is seen.
    pub(crate) usual_floor: f64,
    /// That the data repeat over the last doublings and not that half of the error is floor, if either;
    /// `None` with too few sizes.
    pub(crate) repeats: Option<f64>,
}

impl Odds {
    /// The odds of `curve`, whose fit is `fit`.
    pub(crate) fn of(curve: &LearningCurve, fit: &CurveFit) -> Self {
        let points = curve.points();
        let mut lowest = 0;
        for (at, point) in points.iter().enumerate() {
            if point.error() < points[lowest].error() {
                lowest = at;
            }
        }
        let first = fit.doublings_beyond(points[0].size);
        let probability_of_fall = |to: f64| {
            let least = LEAST_FALL * (to - first);
            1.0 - fit.evidence.posterior.fall(first, to).cumulative(least)
        };
        let prior = Prior::shipped();
        let floor = fit.probability_of_floor(MOSTLY_FLOOR);
        let level = fit.evidence.posterior.levels_off(MOSTLY_FLOOR);
        let repeats = RepeatOdds::of(curve, fit);
        let by_repeats = repeats.map_or(0.0, |odds| probability(odds.lawful_to_all));
        Self {
            falls: probability_of_fall(0.0),
            falls_before: probability_of_fall(fit.doublings_beyond(points[lowest].size)),
            level: by_repeats + (1.0 - by_repeats) * level,
            floor,
            usual_floor: prior.probability_of_floor(curve.metric(), MOSTLY_FLOOR),
            repeats: repeats.map(|odds| probability(odds.to_floor)),
        }
    }

    /// Whether the error falls with more data at all.
    pub(crate) fn learns(&self) -> Answer {
        Answer::of(self.falls, TOLD)
    }

    /// Whether it fell from the smallest size to some other, if only to rise again.
    pub(crate) fn has_learnt(&self) -> bool {
        Answer::of(self.falls_before, TOLD) == Answer::Yes
    }

    /// Whether the error levels off, by a floor or by repeats; what curves of the kind usually do is no
    /// answer.
    pub(crate) fn levels_off(&self) -> Answer {
        let factor = odds(self.level) / odds(self.usual_floor).max(f64::MIN_POSITIVE);
        match Answer::of(self.level, TOLD) {
            Answer::Yes if factor < odds(TOLD) => Answer::NotTold,
            answer => answer,
        }
    }

    /// Whether data that repeat are why it levels off, if it does.
    pub(crate) fn repeats(&self) -> Answer {
        self.repeats.map_or(Answer::NotTold, |yes| Answer::of(yes, REPEATS_TOLD))
    }
}

/// Odds of a probability.
pub fn odds(probability: f64) -> f64 {
    probability / (1.0 - probability).max(f64::MIN_POSITIVE)
}

/// Odds of data that repeat.
#[derive(Clone, Copy, Debug)]
struct RepeatOdds {
    /// To half of the error being floor.
    to_floor: f64,
    /// Of a curve that follows such a law closely, to all that the posterior holds.
    lawful_to_all: f64,
}

impl RepeatOdds {
    /// The odds, were repeats as likely beforehand as that half of the error is floor; `None` with too few
    /// sizes.
    fn of(curve: &LearningCurve, fit: &CurveFit) -> Option<Self> {
        let prior = Prior::shipped();
        let metric = curve.metric();
        // Odds of a fit that is held to another law, or of another prior, would compare unlike things.
        let is_plain = fit.evidence.prior == PriorName::Shipped && fit.is_of_floor_laws();
        let plain = || Posterior::of(observations(curve, curve.points().len()), metric, prior);
        let other = (!is_plain).then(plain);
        let posterior = other.as_ref().unwrap_or(&fit.evidence.posterior);
        let ratio = posterior.repeats(metric, prior)?;
        let beforehand = prior.probability_of_floor(metric, MOSTLY_FLOOR).ln();
        let floor = posterior.probability_of_floor(MOSTLY_FLOOR).ln();
        Some(Self {
            to_floor: (ratio.all + beforehand - floor).exp(),
            lawful_to_all: (ratio.lawful + beforehand).exp(),
        })
    }
}

/// Probability with the given odds.
fn probability(odds: f64) -> f64 {
    if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }
}
