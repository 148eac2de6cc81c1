//! The ways a curve may go on, from which plans are made.
//!
//! A forecast is judged by errors at a size, a plan by sizes at an error, and there one wrong floor
//! turns a near target into an unreachable one. A plan therefore weighs four courses: the forecast,
//! the average of laws with and without a floor, the pace of the last doubling, and a common pace.
//! The last two have no floor; how much they count depends on whether the data show one. Where training
//! errors are known, part of the pace of the last doubling is that of both errors together, which has.

use crate::fit::{CurveFit, predict_log};
use crate::forecast::{Ladder, scale_for};
use crate::law::PowerLaw;
use crate::units::TrainingSetSize;

/// Deviations of log error at one size, before calibration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deviations {
    /// Of the forecast.
    forecast: f64,
    /// Of the average of laws.
    average: f64,
}

impl Deviations {
    /// Those a share of the way from `self` to `other`.
    pub(crate) fn towards(self, other: Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + share * (to - from);
        Self {
            forecast: between(self.forecast, other.forecast),
            average: between(self.average, other.average),
        }
    }
}

/// How the courses share the probability; the rest is that of the laws.
#[derive(Clone, Copy, Debug)]
struct Shares {
    /// The pace of the last doubling.
    last_pace: f64,
    /// The common pace.
    common_pace: f64,
}

/// Shares where the data show no floor.
const WITHOUT_FLOOR: Shares = Shares { last_pace: 0.4, common_pace: 0.2 };

/// Shares where they show one but the curve is slow: a fast curve that levels off has shown its floor, a
/// slow one hardly moves from it. Of slow development curves with a floor many went on below it.
const SLOW_WITH_FLOOR: Shares = Shares { last_pace: 0.6, common_pace: 0.1 };

/// Fall of log error in the last doubling at which a curve with a floor is slow to 1 / e.
const SLOW: f64 = 0.08;

/// Share of the last pace where it is half as fast again as the law with a floor goes on.
const FASTER_THAN_LAW: f64 = 0.15;

/// Part of the last pace's share that the pace of test and training error together has, where it is known.
const GAP_SHARE: f64 = 0.2;

/// Part of the laws' share that the average of laws has; the rest is the forecast's.
const AVERAGE_SHARE: f64 = 0.6;

/// Fall of log error that a doubling brings at the common pace, an exponent of -0.14: it speaks for
/// curves whose last doubling brought nothing by chance.
const COMMON_PACE: f64 = 0.1;

/// Deviation of a single course in forecast deviations: those of forecasts contain the disagreement
/// between courses. The pace of the last doubling has what noise does to its slope besides.
const COURSE_DEVIATION: f64 = 0.6;

impl CurveFit {
    /// Deviations at a size, which take the resamples to work out.
    pub(crate) fn course_deviations(&self, size: TrainingSetSize) -> Deviations {
        Deviations {
            forecast: self.raw_forecast(size).deviation,
            average: self.raw_plan(size).deviation,
        }
    }

    /// Probability that the error at a relative log size is at or below a relative log target.
    pub(crate) fn probability_below(
        &self,
        log_target: f64,
        log_size: f64,
        deviations: Deviations,
    ) -> f64 {
        let scale = scale_for(self.evidence.metric);
        let chance = |ladder: &Ladder, log_error: f64, deviation: f64| {
            ladder.cumulative((log_target - log_error) / deviation)
        };
        let single = COURSE_DEVIATION * deviations.forecast;
        let forecast = chance(&scale.forecast, self.expected(log_size).log_error, single);
        let average = chance(&scale.plan, self.average_of_laws(log_size), deviations.average);
        let laws = forecast + AVERAGE_SHARE * (average - forecast);
        if log_size <= 0.0 {
            // Up to the largest size measured the curve is known.
            return laws;
        }
        let pace = |at: f64| predict_log(&PowerLaw, &self.evidence.pace.law, at);
        let common_pace = pace(0.0) - COMMON_PACE * log_size / std::f64::consts::LN_2;
        let Shares { last_pace: last, common_pace: common } = self.pace_shares();
        // What noise at two sizes does to a line through them grows with the distance.
        let evidence = &self.evidence;
        let slope = evidence.local_noise * evidence.pace.slope_variance.sqrt();
        let extended = single.hypot(slope * log_size);
        let on_last = chance(&scale.forecast, pace(log_size), extended);
        let on_gap = self
            .evidence
            .pace
            .gap
            .map_or(on_last, |gap| chance(&scale.forecast, gap.log_error(log_size), extended));
        let on_pace = last * (on_last + GAP_SHARE * (on_gap - on_last))
            + common * chance(&scale.forecast, common_pace, deviations.forecast);
        (laws + on_pace - (last + common) * laws).clamp(0.0, 1.0)
    }

    /// How much the courses without a floor count.
    fn pace_shares(&self) -> Shares {
        let pace = &self.evidence.pace;
        let law = |at: f64| predict_log(&PowerLaw, &pace.law, at);
        let shares = if self.floor_identified {
            let fall = law(0.0) - law(std::f64::consts::LN_2);
            let slow = (-(fall / SLOW).powi(2)).exp();
            let faster = ((pace.over_family - 1.0) / 0.5).clamp(0.0, 1.0);
            Shares {
                last_pace: slow * SLOW_WITH_FLOOR.last_pace + faster * FASTER_THAN_LAW,
                common_pace: slow * SLOW_WITH_FLOOR.common_pace,
            }
        } else {
            WITHOUT_FLOOR
        };
        Shares {
            last_pace: pace.doubt * shares.last_pace,
            common_pace: pace.doubt * shares.common_pace,
        }
    }
}
