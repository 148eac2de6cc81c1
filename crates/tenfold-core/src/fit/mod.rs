//! Fitting a curve: windows, variable projection, noise, resampling, regions, warnings.
//!
//! [`fit_curve`] is the whole program of a fit; each step is a file.

mod windows;

pub(crate) mod seed_noise;

pub(crate) mod noise;

mod prediction;

mod ensemble;
mod gap;

mod joint;

mod local;

mod pace;

mod resample;

mod region;

mod shape;

mod parameter;

mod warning;

pub use joint::{
    Allocation, AllocationExponents, ComputeRule, EmbeddingSize, IsoflopError, IsoflopFit,
    IsoflopRun, JointFit, JointFitError, JointFitOptions, OutlyingRun, Valley, fit_isoflops,
    fit_joint,
};
pub use parameter::NamedEstimate;
pub use region::Regions;
pub use warning::{FitWarning, WarningKind};
pub use windows::{FEWEST_IN_WINDOW, window_starts};

use windows::MISS_POWER;

pub(crate) use ensemble::{Ensemble, Expected};
pub(crate) use local::Local;
pub(crate) use pace::Pace;
pub(crate) use prediction::{centres, combined, predict_log};

use prediction::predict_logs;

use crate::curve::{LearningCurve, MetricKind};
use crate::law::{
    CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, Fitted, ParameterRole, Parameters, PowerLaw,
    PowerLawOffset, PowerTable, Units, finite_exp, units_of,
};
use crate::units::TrainingSetSize;

/// How to fit.
#[derive(Clone, Copy, Debug)]
pub struct FitOptions {
    /// The law to fit; `None` leaves the choice to the number of sizes.
    pub law: Option<&'static dyn CurveFamily>,
    /// Refits on resampled data.
    pub resamples: usize,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { law: None, resamples: 200, seed: 0 }
    }
}

/// Why a curve cannot be fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Fewer sizes than parameters.
    #[error(
        "{parameters} parameters need as many distinct training-set sizes, the curve has {sizes}"
    )]
    TooFewSizes {
        /// Distinct sizes of the curve.
        sizes: usize,
        /// Parameters of the law.
        parameters: usize,
    },
    /// Too few resamples for an interval.
    #[error("a 95% interval needs at least {needed} resamples, {resamples} were asked for")]
    TooFewResamples {
        /// Resamples asked for.
        resamples: usize,
        /// Resamples needed.
        needed: usize,
    },
    /// A back-test that hides too much.
    #[error("hiding {hidden} of {sizes} sizes leaves fewer than the {needed} a fit needs")]
    HidesTooMany {
        /// Sizes to hide.
        hidden: usize,
        /// Distinct sizes of the curve.
        sizes: usize,
        /// Sizes a fit needs.
        needed: usize,
    },
}

/// Fewest resamples: with fewer a 2.5 % tail holds less than one of them.
const FEWEST_RESAMPLES: usize = 40;

/// Fewest sizes for a law with a floor when nobody asked for one: at three it goes through every
/// point and the noise would be guessed from nothing.
const FEWEST_FOR_FLOOR: usize = 4;

/// A fitted learning curve.
#[derive(Clone, Debug)]
pub struct CurveFit {
    /// Name of the curve.
    pub curve: String,
    /// Name of the law.
    pub law: &'static str,
    /// Sizes of the reported fit: those outside the small-data region.
    pub sizes_used: Vec<TrainingSetSize>,
    /// One per parameter of the law, in absolute units.
    pub parameters: Vec<NamedEstimate>,
    /// Where the regions of the curve begin and end.
    pub regions: Regions,
    /// Whether the data tell that the error levels off, and where.
    pub floor_identified: bool,
    /// Whether the error falls with size, up to noise.
    pub monotone: bool,
    /// What to know before trusting the fit.
    pub warnings: Vec<FitWarning>,
    pub(crate) evidence: Evidence,
}

/// What forecasts are made from.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) metric: MetricKind,
    pub(crate) units: Units,
    pub(crate) largest_size: TrainingSetSize,
    pub(crate) smallest_log_size: f64,
    /// Error measured at the largest size.
    pub(crate) largest_size_error: f64,
    /// The member of each window, widest window first.
    pub(crate) members: Vec<Member>,
    /// The laws that forecasts average; `None` when one law was asked for or the sizes are too few.
    pub(crate) ensemble: Option<Ensemble>,
    /// As `members`, one row a resample.
    pub(crate) resampled: Vec<Member>,
    /// The power law through the largest sizes alone.
    pub(crate) local: Local,
    /// The power law through the last doubling, and how far it may be believed.
    pub(crate) pace: Pace,
    /// Standard deviation of a new point's log error around the curve.
    pub(crate) noise: f64,
    /// The same without what is too smooth for noise: misfits of the law.
    pub(crate) local_noise: f64,
    /// Largest rise of log error beyond noise; 0 on a monotone curve.
    pub(crate) rise: f64,
    /// Calibration learnt on the user's own curves, where there are enough.
    pub(crate) own_calibration: Option<OwnCalibration>,
}

/// Factors that make half widths 80 % and 95 % intervals on the user's own curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OwnCalibration {
    pub(crate) curves: usize,
    /// At the largest size measured.
    pub(crate) factors: [f64; 2],
    /// Log by which they grow in a doubling.
    pub(crate) growth: f64,
}

/// The fit of one window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Its parameters in relative units.
    pub(crate) parameters: Parameters,
    /// How much to believe it, against the other windows of its row.
    pub(crate) weight: f64,
}

/// Fits `curve`: windows, then resamples, then what they say about parameters and regions.
///
/// # Errors
/// [`FitError::TooFewSizes`] when the curve has fewer sizes than the law has parameters;
/// [`FitError::TooFewResamples`] below 40 resamples.
pub fn fit_curve(curve: &LearningCurve, options: &FitOptions) -> Result<CurveFit, FitError> {
    let family = chosen_family(curve, options)?;
    let units = units_of(curve);
    let table = PowerTable::new(relative_log_sizes(curve, units));
    let mut column = ErrorColumn::default();
    column.set(curve.points().iter().map(|point| point.error().ln() - units.log_error));
    let best_guess = curve.best_guess().map(|guess| finite_exp(guess.ln() - units.log_error));
    let starts = window_starts(&table);
    let fitted = fit_windows(family, &starts, |first| {
        FitPoints::new(&table, &column, first, FULL_SEARCH).with_best_guess(best_guess)
    });

    let measured = noise::measured_noise(curve);
    let reported = region::reported_window(&starts, &fitted, table.len(), family);
    let scatter = region::scatter(&fitted[reported], table.len() - starts[reported], family);
    let resampler = resample::Resampler {
        curve,
        family,
        table: &table,
        best_guess,
        starts: &starts,
        centre: fitted[reported].parameters,
        measured: &measured,
        scatter,
    };
    let resampled = resampler.refits(options);

    let shape = shape::shape_of(column.log_errors(), &measured, scatter);
    let identified = region::floor_is_identified(family, &fitted, &resampled.members, reported);
    let parameters = parameter::estimates(&parameter::Refits {
        family,
        units,
        reported,
        fitted: &fitted,
        resampled: &resampled.members,
        degrees: measured
            .degrees
            .max((table.len() - starts[reported]).saturating_sub(family.minimum_sizes())),
        floor_identified: identified,
    });
    let regions = region::regions(&region::Evidence {
        family,
        units,
        table: &table,
        starts: &starts,
        fitted: &fitted,
        resampled: &resampled.members,
        reported,
        floor_identified: identified,
    });
    let members = weighed(family, &starts, &table, &fitted, &[0.0]);
    let local = local::local_law(&local::Windows {
        family,
        members: &members,
        table: &table,
        column: &column,
        resampled: &resampled.columns,
        floor_identified: identified,
    });
    let pace = pace::pace_of(&pace::Windows {
        family,
        members: &members,
        table: &table,
        column: &column,
        train_errors: &relative_train_errors(curve, units),
    });
    let jitter = shape::local_scatter(column.log_errors()).unwrap_or(scatter).min(scatter);
    let is_open = options.law.is_none() && family.name() == PowerLawOffset.name();
    let ensemble = is_open.then(|| {
        ensemble::ensemble_of(&ensemble::Windows {
            table: &table,
            column: &column,
            starts: &starts,
            with_floor: &fitted,
            measured: &measured,
            pace: &pace,
        })
    });
    let mut fit = CurveFit {
        curve: curve.name().to_owned(),
        law: family.name(),
        sizes_used: curve.points()[starts[reported]..].iter().map(|point| point.size).collect(),
        parameters,
        regions,
        floor_identified: identified,
        monotone: shape.rise <= 0.0,
        warnings: Vec::new(),
        evidence: Evidence {
            family,
            metric: curve.metric(),
            units,
            largest_size: curve.largest_size(),
            smallest_log_size: curve.points()[0].size.log(),
            largest_size_error: finite_exp(units.log_error),
            members,
            ensemble,
            local,
            pace,
            resampled: weighed(
                family,
                &starts,
                &table,
                &resampled.members,
                &resampled.last_errors(),
            ),
            noise: noise_of_a_new_point(&measured, scatter),
            local_noise: noise_of_a_new_point(&measured, jitter),
            rise: shape.rise,
            own_calibration: None,
        },
    };
    fit.warnings = shape::warnings(curve, &fit, &measured, &shape);
    Ok(fit)
}

impl CurveFit {
    /// The estimate of the parameter called `name`, if the law has it.
    pub fn parameter(&self, name: &str) -> Option<&NamedEstimate> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The estimate of the parameter that plays `role`, if the law has one.
    pub fn parameter_with(&self, role: ParameterRole) -> Option<&NamedEstimate> {
        self.parameter(self.evidence.family.parameter_with(role)?)
    }

    /// The law as an equation, as [`CurveFamily::formula`] writes it.
    pub fn formula(&self) -> &'static str {
        self.evidence.family.formula()
    }
}

/// The law asked for, or the one the number of sizes allows.
fn chosen_family(
    curve: &LearningCurve,
    options: &FitOptions,
) -> Result<&'static dyn CurveFamily, FitError> {
    let sizes = curve.points().len();
    let default: &dyn CurveFamily =
        if sizes < FEWEST_FOR_FLOOR { &PowerLaw } else { &PowerLawOffset };
    let family = options.law.unwrap_or(default);
    if sizes < family.minimum_sizes() {
        return Err(FitError::TooFewSizes { sizes, parameters: family.minimum_sizes() });
    }
    if options.resamples < FEWEST_RESAMPLES {
        let resamples = options.resamples;
        return Err(FitError::TooFewResamples { resamples, needed: FEWEST_RESAMPLES });
    }
    Ok(family)
}

fn relative_log_sizes(curve: &LearningCurve, units: Units) -> Vec<f64> {
    curve.points().iter().map(|point| point.size.log() - units.log_size).collect()
}

/// Training errors in units of the largest size's error; empty unless all sizes have one.
fn relative_train_errors(curve: &LearningCurve, units: Units) -> Vec<f64> {
    let scale = finite_exp(-units.log_error);
    let known = curve.points().iter().map(|point| point.train_error.map(|error| error * scale));
    known.collect::<Option<Vec<f64>>>().unwrap_or_default()
}

/// One member a window; `points_from` gives the points of the window that starts at a size.
fn fit_windows<'a>(
    family: &dyn CurveFamily,
    starts: &[usize],
    points_from: impl Fn(usize) -> FitPoints<'a>,
) -> Vec<Fitted> {
    starts.iter().map(|&first| family.fit(&points_from(first))).collect()
}

/// Members with their weights; `last_errors` has the relative log error at the largest size of each
/// row of windows.
fn weighed(
    family: &dyn CurveFamily,
    starts: &[usize],
    table: &PowerTable,
    fitted: &[Fitted],
    last_errors: &[f64],
) -> Vec<Member> {
    let last_logs = predict_logs(family, fitted.iter().map(|member| member.parameters), 0.0);
    let windows = starts.len();
    let rows = fitted.chunks(windows).zip(last_logs.chunks(windows)).zip(last_errors);
    rows.flat_map(|((row, last_logs), last_error)| {
        row.iter().zip(last_logs).zip(starts).map(move |((member, last_log), start)| {
            let (sizes, last_miss) = (table.len() - start, last_log - last_error);
            let weight = windows::reliability(family, member, sizes, last_miss, MISS_POWER);
            Member { parameters: member.parameters, weight }
        })
    })
    .collect()
}

/// Standard deviation of a new point's log error: scatter around the fit, and never less than what
/// was measured at the sizes we have.
fn noise_of_a_new_point(measured: &noise::MeasuredNoise, scatter: f64) -> f64 {
    let squares = measured.deviations.iter().map(|deviation| deviation * deviation);
    let mean_square = squares.sum::<f64>() / measured.deviations.len() as f64;
    scatter.max(mean_square.sqrt())
}
