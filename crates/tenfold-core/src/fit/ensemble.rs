//! The laws that the default forecast averages, and how far it keeps to the last error measured.
//!
//! Three laws bend towards their floors in three ways: a power law with a floor, one whose sizes start
//! elsewhere than at 0, and a logarithm. Where they agree it hardly matters which is true; where they do
//! not, their mean misses by less than any of them. All three are slow to notice a curve that has just
//! sped up; near the data the pace of the last doubling therefore counts too.

use crate::fit::noise::MeasuredNoise;
use crate::fit::shape::local_scatter;
use crate::fit::windows::reliability;
use crate::fit::{Member, Pace, combined, predict_log};
use crate::law::{
    CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, Fitted, LogarithmOffset, Parameters,
    PowerLaw, PowerLawOffset, PowerTable, ShiftedPowerLaw,
};

/// Laws averaged when nobody asked for one.
///
/// With M3, M4, the broken power law and the bounded rational as well, the median of all seven is no
/// better on the development curves: .0136 against .0132 on the dense ones, .1306 against .1301 on
/// tabular ones three doublings ahead; their mean is worse, .1542.
const LAWS: [&dyn CurveFamily; 3] = [&PowerLawOffset, &LogarithmOffset, &ShiftedPowerLaw];

/// Power of the squared miss in a window's weight within its law: with three laws the choice of windows
/// matters less, and 1 forecasts better than 2 or 3 three doublings ahead.
const MISS_POWER: i32 = 1;

/// Noise of the last error, in log error, where nothing tells it.
const GUESSED_NOISE: f64 = 0.01;

/// Smallest noise of the last error, in log error.
const SMALLEST_NOISE: f64 = 0.003;

/// Log of the distance, beyond the first doubling, in which what was seen at the largest sizes loses its
/// hold: a fall below the laws, and which of them meets the sizes best.
const SIGHT_FADES: f64 = 0.5;

/// Noise deviations that the last error must stray from the laws before half of it is kept: 1, 2 and 3
/// give mean RMSLE .0589, .0599 and .0611 one doubling ahead and the same three ahead, but on curves
/// that obey a law what is kept is noise.
const NOISE_LIMIT: f64 = 2.0;

/// Log error, far below any measurement's, from which a law counts as met exactly and outweighs others.
const EXACT: f64 = 1e-4;

/// Weight of the laws' disagreement in the variance: they can all be wrong to one side, so the truth is
/// often farther from their mean than they are from each other.
const LAW_SHARE: f64 = 3.0;

/// Share of the pace of the last doubling in the doubling to come, where sizes are doublings. On the tabular
/// development curves .2, .3 and .4 give mean RMSLE .0577, .0575 and .0572 one doubling ahead (.0599
/// without), .1295, .1294 and .1296 three ahead (.1299), on translation .0113, .0126 and .0140 (.0088).
const PACE_SHARE: f64 = 0.3;

/// Doublings, beyond the first, in which that share falls to 1 / e.
const PACE_FADES: f64 = 2.0;

/// Root mean square log miss of the laws on the last sizes at which half of that share is left: laws
/// that meet them know the pace.
const LAWS_MEET: f64 = 0.003;

/// Sizes, from the largest down, on which they have to.
const MET_ON: usize = 3;

/// The windows of every law, and what the last error and the last doubling add.
#[derive(Clone, Debug)]
pub(crate) struct Ensemble {
    laws: Vec<Opinion>,
    /// Part of the last error's distance from the laws, in log error, that forecasts keep.
    kept: f64,
    /// The power law through the last doubling.
    pace: Parameters,
    /// Its share in the doubling to come.
    pace_share: f64,
}

/// One law in all windows.
#[derive(Clone, Debug)]
struct Opinion {
    family: &'static dyn CurveFamily,
    members: Vec<Member>,
    /// How much to believe it at any distance.
    weight: f64,
    /// How much to believe it near the data: how well it meets the sizes measured, up to noise.
    reliability: f64,
}

/// What [`ensemble_of`] looks at.
pub(crate) struct Windows<'a> {
    pub(crate) table: &'a PowerTable,
    pub(crate) column: &'a ErrorColumn,
    pub(crate) starts: &'a [usize],
    /// The power law with a floor in every window.
    pub(crate) with_floor: &'a [Fitted],
    pub(crate) measured: &'a MeasuredNoise,
    pub(crate) pace: &'a Pace,
}

/// Fits the laws of the default forecast in every window.
pub(crate) fn ensemble_of(windows: &Windows<'_>) -> Ensemble {
    let Windows { table, column, starts, with_floor, measured, pace } = windows;
    let log_errors = column.log_errors();
    let last_error = log_errors[log_errors.len() - 1];
    let known = measured.deviations.last().copied().filter(|deviation| *deviation > 0.0);
    let noise =
        known.or_else(|| local_scatter(log_errors)).unwrap_or(GUESSED_NOISE).max(SMALLEST_NOISE);
    let opinion = |family: &'static dyn CurveFamily| {
        let mut squares: f64 = 0.0;
        let members = starts.iter().zip(*with_floor).map(|(&first, with_floor)| {
            let fitted = if family.name() == PowerLawOffset.name() {
                *with_floor
            } else {
                family.fit(&FitPoints::new(table, column, first, FULL_SEARCH))
            };
            squares = squares.max(fitted.sum_of_squares);
            let last_miss = family.predict(&fitted.parameters, 1.0).ln() - last_error;
            let weight = reliability(family, &fitted, table.len() - first, last_miss, MISS_POWER);
            Member { parameters: fitted.parameters, weight }
        });
        let members: Vec<Member> = members.collect();
        // A weight is an inverse square, to which that of the noise is added: what misses by less is as
        // good as what meets every size.
        let up_to_noise = members.iter().map(|member| 1.0 / (1.0 / member.weight + noise * noise));
        let reliability = up_to_noise.sum::<f64>() / members.len() as f64;
        let exactness = EXACT * EXACT / squares.max(f64::MIN_POSITIVE);
        Opinion { family, members, weight: 1.0 + exactness.min(1e12).powi(2), reliability }
    };
    // A law that goes through every point says nothing of how far it can be believed.
    let told = LAWS.into_iter().filter(|family| family.minimum_sizes() < table.len());
    let laws = told.map(opinion).collect();
    let mut ensemble = Ensemble { laws, kept: 0.0, pace: pace.law, pace_share: 0.0 };
    let limit = NOISE_LIMIT * noise;
    let apart = last_error - ensemble.at(0.0).log_error;
    ensemble.kept = apart * apart * apart / (apart * apart + limit * limit);
    let latest = table.log_sizes().iter().zip(log_errors).rev().take(MET_ON);
    let misses = latest.map(|(&at, log_error)| ensemble.at(at).log_error - log_error);
    let square = misses.map(|miss| miss * miss).sum::<f64>() / MET_ON as f64;
    // Laws fitted through many sizes of a doubling have seen its pace.
    let unseen = 1.0 / (pace.steps as f64).sqrt();
    ensemble.pace_share = PACE_SHARE * unseen * square / (square + LAWS_MEET * LAWS_MEET);
    ensemble
}

/// The relative log error expected at a size, and why it may be wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) log_error: f64,
    /// Variance between windows.
    pub(crate) windows: f64,
    /// Variance between laws; 0 when there is one.
    pub(crate) laws: f64,
    /// Variance between the laws and the pace of the last doubling, with their shares.
    pub(crate) pace: f64,
    /// What is kept of the last error's distance from the laws.
    pub(crate) kept: f64,
}

impl Expected {
    /// Variance of log error between windows and laws, and of what is kept, which may be noise after all.
    pub(crate) fn variance(&self) -> f64 {
        self.windows + LAW_SHARE * self.laws + 0.25 * self.kept * self.kept
    }
}

impl Ensemble {
    /// What is expected at a relative log size.
    ///
    /// The mean over laws plus e³ / (e² + (2·noise)²), with e the last log error minus the laws' there: a
    /// curve that has left its laws by more than noise goes on from where it is. A rise above the laws
    /// is kept at any distance, a fall below them fades beyond the first doubling; below the largest
    /// size both fade within a doubling. Then a share of the way to the pace of the last doubling is
    /// gone, the less the farther. Up to the first doubling laws count by how well they meet the sizes,
    /// beyond it more and more alike; their variance around the mean always counts them alike.
    pub(crate) fn at(&self, log_size: f64) -> Expected {
        let seen = ((std::f64::consts::LN_2 - log_size) / SIGHT_FADES).exp().min(1.0);
        let (mut weights, mut believed, mut mean, mut within) = (0.0, 0.0, 0.0, 0.0);
        let mut opinions = [(0.0, 0.0); LAWS.len()];
        for (law, opinion) in self.laws.iter().zip(&mut opinions) {
            let (log_error, variance) = combined(law.family, &law.members, log_size);
            let belief = law.weight * law.reliability.powf(seen);
            weights += law.weight;
            believed += belief;
            mean += (log_error - mean) * belief / believed;
            within += law.weight * variance;
            *opinion = (law.weight, log_error);
        }
        let squares: f64 =
            opinions.iter().map(|(weight, log_error)| weight * (log_error - mean).powi(2)).sum();
        let beyond = log_size / std::f64::consts::LN_2;
        let hold = if beyond < 0.0 {
            (1.0 + beyond).max(0.0)
        } else if self.kept < 0.0 {
            seen
        } else {
            1.0
        };
        let kept = hold * self.kept;
        let share = self.pace_share
            * if beyond < 0.0 {
                (1.0 + beyond).max(0.0)
            } else {
                ((1.0 - beyond).min(0.0) / PACE_FADES).exp()
            };
        let apart = predict_log(&PowerLaw, &self.pace, log_size) - mean - kept;
        Expected {
            log_error: mean + kept + share * apart,
            windows: within / weights,
            laws: squares / weights,
            pace: share * (1.0 - share) * apart * apart,
            kept,
        }
    }
}
