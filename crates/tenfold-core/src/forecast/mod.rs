//! Forecasts with calibrated prediction intervals.
//!
//! The centre averages laws over the window family; widths add noise, disagreement between windows and
//! laws, sampling and distance; a scale learnt on public curves turns them into stated coverage.

mod interval;

mod own_scale;

mod scale;

use interval::Spread;

pub use interval::calibrated;
pub use own_scale::{FEWEST_OWN_CURVES, OwnScale, ScaleName, StandardisedMiss};
pub use scale::{COVERAGES, IntervalScale, Ladder, scale_for};

use crate::curve::MetricKind;
use crate::estimate::Interval;
use crate::fit::{
    CurveFit, Evidence, Expected, FitWarning, Member, WarningKind, centres, combined, predict_log,
};
use crate::law::{Parameters, PowerLaw, finite_exp};
use crate::units::TrainingSetSize;

/// What a forecast is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForecastOf {
    /// The error that one new model will be measured to have: its own noise counts.
    #[default]
    NextMeasurement,
    /// The mean error of many models trained alike: the noise of one of them does not count.
    MeanCurve,
}

impl ForecastOf {
    /// Name in options and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::NextMeasurement => "next-measurement",
            Self::MeanCurve => "mean-curve",
        }
    }
}

/// The error of a new model trained on a size, with prediction intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Expected error.
    pub error: f64,
    /// Holds the error measured at `size` in 80 % of cases.
    pub interval_80: Interval,
    /// Holds it in 95 % of cases.
    pub interval_95: Interval,
    /// `size` over the largest size measured.
    pub times_beyond_data: f64,
    /// Name of the scale that calibrated the intervals.
    pub interval_scale: ScaleName,
}

/// A forecast before calibration, in log-error units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawForecast {
    /// Natural logarithm of the expected error.
    pub log_error: f64,
    /// Raw standard deviation of the log of a newly measured error.
    pub deviation: f64,
}

/// What distance from the data adds to a deviation.
struct Doubt {
    /// Part of the predicted fall of log error that may fail to happen.
    drop: f64,
    /// Log error that a log of the distance may add, a share for every factor e beyond the data.
    distance: f64,
}

/// Doubt about forecasts. Shares of .2 to .4 and .02 to .04 have interval scores within 2 % of each other
/// on left-out groups; these come closest to the stated coverage at every distance.
const FORECAST_DOUBT: Doubt = Doubt { drop: 0.2, distance: 0.03 };

/// Doubt about plans.
const PLAN_DOUBT: Doubt = Doubt { drop: 0.3, distance: 0.02 };

/// Part of the largest rise that may happen again. Larger shares make intervals on the development
/// curves wider without covering more, by interval score.
const RISE_SHARE: f64 = 0.2;

/// Smallest deviation of log error: no measurement repeats to better than 0.2 %.
const SMALLEST_DEVIATION: f64 = 0.002;

/// Largest distance from the data, as a ratio of sizes, that the interval scales were learnt on.
pub const LARGEST_LEARNT_RATIO: f64 = 16.0;

impl CurveFit {
    /// Expected error after training on `size`, in error units.
    ///
    /// Extrapolates: [`CurveFit::forecast`] says how far and how surely.
    pub fn predict(&self, size: TrainingSetSize) -> f64 {
        let log_error = self.expected(self.relative_log(size)).log_error;
        finite_exp(log_error + self.evidence.units.log_error)
    }

    /// The error expected at `size` with calibrated prediction intervals.
    pub fn forecast(&self, size: TrainingSetSize) -> Forecast {
        self.forecast_and_raw_intervals(size).0
    }

    /// The forecast of what is asked for.
    ///
    /// Intervals are those of the next measurement either way: they hold the mean curve at least as
    /// often as they say.
    pub fn forecast_of(&self, size: TrainingSetSize, of: ForecastOf) -> Forecast {
        match of {
            ForecastOf::NextMeasurement | ForecastOf::MeanCurve => self.forecast(size),
        }
    }

    /// [`CurveFit::forecast`] and [`CurveFit::raw_intervals`] from one look at the resamples.
    pub(crate) fn forecast_and_raw_intervals(&self, size: TrainingSetSize) -> (Forecast, [f64; 2]) {
        let spread = self.forecast_spread(self.relative_log(size));
        let raw = spread.half_widths();
        let log_error = spread.expected.log_error + self.evidence.units.log_error;
        let shipped = scale_for(self.evidence.metric);
        let noise = self.noise_of_a_point();
        let (factors, interval_scale) = match &self.evidence.own_calibration {
            Some(own) => {
                let doublings = self.times_beyond_data(size).log2();
                (own.factors_at(doublings), ScaleName::Own { curves: own.curves })
            }
            None => (shipped.intervals, ScaleName::Shipped(shipped.name)),
        };
        let [half_80, half_95] = calibrated(raw, factors, noise);
        let interval = |half: f64| {
            let high = finite_exp(log_error + half);
            Interval { low: finite_exp(log_error - half), high: self.possible(high) }
        };
        let error = finite_exp(log_error);
        let forecast = Forecast {
            size,
            error: self.possible(error),
            interval_80: interval(half_80),
            interval_95: interval(half_95),
            times_beyond_data: self.times_beyond_data(size),
            interval_scale,
        };
        (forecast, raw)
    }

    /// Standard deviation of the log of a newly measured error around the curve: as measured, or else
    /// guessed from how much neighbouring sizes jump.
    ///
    /// No interval is narrower than this noise makes it, however well the scale's curves were forecast.
    pub fn noise_of_a_point(&self) -> f64 {
        self.evidence.local_noise
    }

    /// The forecast before calibration: what probabilities of comparisons and plans are learnt from.
    ///
    /// `deviation^2 = noise^2 + spread over windows and laws^2 + sampling^2 + (0.2 drop)^2 +
    /// (0.03 ln r)^2 + (0.2 rise)^2 + 0.002^2` in log error, with r the size over the largest measured.
    pub fn raw_forecast(&self, size: TrainingSetSize) -> RawForecast {
        let at = self.relative_log(size);
        let spread = self.forecast_spread(at);
        self.raw(
            at,
            &Parts {
                noise: spread.noise,
                centre: spread.expected.log_error,
                between: spread.expected.variance(),
                sampling: spread.sampling,
                drop: spread.drop,
            },
            &FORECAST_DOUBT,
        )
    }

    /// Half widths of the 80 % and the 95 % interval in log error, before calibration.
    pub fn raw_intervals(&self, size: TrainingSetSize) -> [f64; 2] {
        self.forecast_spread(self.relative_log(size)).half_widths()
    }

    fn forecast_spread(&self, at: f64) -> Spread {
        let expected = self.expected(at);
        Spread {
            noise: self.evidence.local_noise,
            expected,
            sampling: variance(self.resampled_centres(at).into_iter()),
            drop: self.expected(0.0).log_error - expected.log_error,
            distance: at,
            rise: self.evidence.rise,
        }
    }

    /// The distribution of the error at `size` by the average of laws, one of the courses that plans
    /// weigh, before calibration.
    ///
    /// As [`CurveFit::raw_forecast`], but the centre is the average of the window family and the
    /// power law through the largest sizes, and their disagreement adds to the spread. Beyond the
    /// distances the average was checked on, the power law moves it no further: a law without a floor
    /// would otherwise promise every target.
    pub fn raw_plan(&self, size: TrainingSetSize) -> RawForecast {
        let at = self.relative_log(size);
        let members = &self.evidence.members;
        let local = &self.evidence.local;
        let (centre, between) = self.plan_centre(members, &local.law, at);
        let drop = self.plan_centre(members, &local.law, 0.0).0 - centre;
        let (share, checked) = (local.share, checked(at));
        let rows = self.resampled_centres(at).into_iter().zip(self.resampled_centres(checked));
        let sampling = variance(rows.zip(&local.resampled).map(|((family, nearer), law)| {
            family + share * (predict_log(&PowerLaw, law, checked) - nearer)
        }));
        self.raw(
            at,
            &Parts { noise: self.evidence.noise, centre, between, sampling, drop },
            &PLAN_DOUBT,
        )
    }

    /// Relative log error expected by a plan, and its variance between laws.
    fn plan_centre(&self, members: &[Member], law: &Parameters, at: f64) -> (f64, f64) {
        let share = self.evidence.local.share;
        let (family, between) = self.centre(members, at);
        let checked = checked(at);
        let apart = predict_log(&PowerLaw, law, checked) - self.centre(members, checked).0;
        let disagreement = share * (1.0 - share) * apart * apart;
        (family + share * apart, (1.0 - share) * between + disagreement)
    }

    /// Relative log error that the average of laws expects at a relative log size.
    pub(crate) fn average_of_laws(&self, log_size: f64) -> f64 {
        self.plan_centre(&self.evidence.members, &self.evidence.local.law, log_size).0
    }

    fn raw(&self, at: f64, spread: &Parts, doubt: &Doubt) -> RawForecast {
        let evidence = &self.evidence;
        let squares = spread.noise.powi(2)
            + spread.between
            + spread.sampling
            + (doubt.drop * spread.drop).powi(2)
            + (doubt.distance * at).powi(2)
            + (RISE_SHARE * evidence.rise).powi(2)
            + SMALLEST_DEVIATION.powi(2);
        RawForecast {
            log_error: spread.centre + evidence.units.log_error,
            deviation: squares.sqrt(),
        }
    }

    /// Warnings that depend on the size asked about.
    pub fn warnings_at(&self, size: TrainingSetSize) -> Vec<FitWarning> {
        let times = self.times_beyond_data(size);
        if times <= LARGEST_LEARNT_RATIO {
            return Vec::new();
        }
        vec![FitWarning::new(
            WarningKind::FarExtrapolation,
            format!(
                "{:.0} is {times:.0} times the largest size measured; intervals were calibrated up to \
                 {LARGEST_LEARNT_RATIO} times",
                size.get()
            ),
        )]
    }

    /// `size` over the largest size measured.
    fn times_beyond_data(&self, size: TrainingSetSize) -> f64 {
        // Not through logarithms: twice the data is 2 and not 1.9999999999999998.
        (size.get() / self.evidence.largest_size.get()).clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    /// Log of `size` relative to the largest measured.
    pub(crate) fn relative_log(&self, size: TrainingSetSize) -> f64 {
        size.log() - self.evidence.units.log_size
    }

    /// What a forecast expects at a relative log size.
    pub(crate) fn expected(&self, log_size: f64) -> Expected {
        if let Some(ensemble) = &self.evidence.ensemble {
            return ensemble.at(log_size);
        }
        let (log_error, windows) = self.centre(&self.evidence.members, log_size);
        Expected { log_error, windows, laws: 0.0, pace: 0.0, kept: 0.0 }
    }

    /// Weighted mean and variance of the members' relative log errors at a relative log size.
    fn centre(&self, members: &[Member], log_size: f64) -> (f64, f64) {
        combined(self.evidence.family, members, log_size)
    }

    /// Weighted means of relative log errors at a relative log size, one a resample.
    fn resampled_centres(&self, log_size: f64) -> Vec<f64> {
        let Evidence { family, members, resampled, .. } = &self.evidence;
        centres(*family, resampled, members.len(), log_size)
    }

    /// An error held inside what the metric can take.
    fn possible(&self, error: f64) -> f64 {
        let largest = match self.evidence.metric {
            // Errors above 1 may have been measured under this name; then 1 is no bound.
            MetricKind::ErrorRate => self.evidence.largest_size_error.max(1.0),
            MetricKind::Loss | MetricKind::Unbounded => f64::MAX,
        };
        error.min(largest)
    }
}

/// The relative log size beyond which the power law through the largest sizes moves plans no further.
fn checked(log_size: f64) -> f64 {
    log_size.min(LARGEST_LEARNT_RATIO.ln())
}

/// What the deviation of a prediction is made of.
struct Parts {
    /// Standard deviation of a new point around the curve.
    noise: f64,
    /// Relative log error expected.
    centre: f64,
    /// Variance between windows.
    between: f64,
    /// Variance between resamples.
    sampling: f64,
    /// Predicted fall of log error from the largest size measured.
    drop: f64,
}

/// Variance of a sample; 0 with fewer than 2 values.
fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    // Welford's updates: the mean of nearly equal logs must not cancel.
    for value in values {
        count += 1.0;
        let before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
    }
    if count > 1.0 { squares / (count - 1.0) } else { 0.0 }
}
