//! The odds between the named explanations of a curve, under one likelihood.
//!
//! Either a curve continues by its law, or most of its error is floor, or its data repeat from some
//! size on; and either it learns at all or it does not. All odds but those of repeats are read from
//! the posterior of the fit. That posterior does not contain repeats, so they are weighed against
//! it.

use serde::Serialize;

use crate::curve::LearningCurve;
use crate::diagnose::MOSTLY_FLOOR;
use crate::fit::CurveFit;
use crate::posterior::{Posterior, Prior, PriorName, observations};

/// Probability from which on the data decide an answer: odds of two to one. With three to one,
/// twice as many of the simulated curves that level off stay undecided, and hardly fewer get a
/// wrong answer.
const TOLD: f64 = 2.0 / 3.0;

/// The same probability for repeated data against a floor: odds of four to one, because a floor is
/// more common.
const REPEATS_TOLD: f64 = 0.8;

/// Fall of log error a doubling below which a curve does not learn: a fifth of a percent.
const LEAST_FALL: f64 = 0.002;

/// What the data say about a yes-or-no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The data do not decide.
    NotTold,
}

impl Answer {
    /// The answer if yes has the probability `yes` and an answer needs a probability of at least
    /// `told`.
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
    /// Prior probability that half of the error or more is floor.
    pub(crate) usual_floor: f64,
    /// That the data repeat over the last doublings, if either they do or half of the error is
    /// floor; `None` with too few sizes.
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

    /// Whether the error levels off, by a floor or by repeats; the prior of curves of the kind does
    /// not suffice for a yes.
    pub(crate) fn levels_off(&self) -> Answer {
        let factor = odds(self.level) / odds(self.usual_floor).max(f64::MIN_POSITIVE);
        match Answer::of(self.level, TOLD) {
            Answer::Yes if factor < odds(TOLD) => Answer::NotTold,
            answer => answer,
        }
    }

    /// Whether the data repeat, if the error levels off.
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
    /// Odds of repeats against half of the error being floor.
    to_floor: f64,
    /// Odds of repeats in a curve that follows its law closely, against everything that the
    /// posterior contains.
    lawful_to_all: f64,
}

impl RepeatOdds {
    /// The odds if repeats are as likely a priori as a floor of half of the error; `None` with too
    /// few sizes.
    fn of(curve: &LearningCurve, fit: &CurveFit) -> Option<Self> {
        let prior = Prior::shipped();
        let metric = curve.metric();
        // A fit that is held to another law, or that has another prior, cannot be compared with
        // repeats.
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
