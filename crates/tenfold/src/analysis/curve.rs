//! Back-tests and fits one curve, and answers the user's questions from the fit.

use std::collections::BTreeMap;

use serde::Serialize;
use tenfold_core::fit::FEW_SIZES;
use tenfold_core::forecast::own_prior;
use tenfold_core::{
    BackTest, Cost, CurveFit, DataPlan, FitOptions, FitWarning, Forecast, ForecastOf,
    LearningCurve, MetricKind, PlanOptions, Prior, TrainingSetSize, back_test, fit_curve,
};

use super::Goal;
use super::purchase::{Purchase, purchase};
use crate::meaning::scale::Scale;
use crate::measured::{ImportedRun, MeasuredCurve, WinnerRow};

/// The questions that are answered for every curve.
#[derive(Clone, Debug)]
pub struct Analysis<'a> {
    /// Options of every fit.
    pub options: &'a FitOptions<'a>,
    /// What the user wants to know.
    pub goal: Goal,
    /// Sizes to forecast.
    pub at: &'a [TrainingSetSize],
    /// Whether those forecasts are of the next measurement or of the mean curve.
    pub of: ForecastOf,
    /// One prior per kind of metric, as [`own_priors`] returns them.
    pub priors: BTreeMap<MetricKind, Prior>,
    /// Whether every curve is back-tested.
    pub has_back_tests: bool,
}

impl Analysis<'_> {
    /// Fits one curve and answers the questions; the caller assigns the colour later.
    pub fn report(&self, measured: MeasuredCurve) -> CurveReport {
        let curve = &measured.curve;
        let own = self.priors.get(&curve.metric());
        let options = FitOptions { prior: own.or(self.options.prior), ..*self.options };
        let outcome = match fit_curve(curve, &options) {
            Ok(mut fit) => {
                fit.warnings.extend(epochs_warning(&measured));
                CurveOutcome::Fitted(Box::new(self.fitted(fit, curve)))
            }
            Err(error) => CurveOutcome::NotFitted { reason: error.to_string() },
        };
        CurveReport {
            name: shown_name(curve.name()),
            look: Look::Grey,
            curve: measured.curve,
            winners: measured.models,
            imported: measured.imported,
            scale: measured.scale,
            outcome,
        }
    }

    fn fitted(&self, fit: CurveFit, curve: &LearningCurve) -> Fitted {
        let have = self.goal.have.unwrap_or(curve.largest_size());
        let doubled_size = TrainingSetSize::new(2.0 * have.get()).unwrap_or(have);
        let plan = plan(&fit, &self.goal);
        Fitted {
            at: self.at.iter().map(|&size| fit.forecast_of(size, self.of)).collect(),
            of: self.of,
            doubled: fit.forecast(doubled_size),
            have,
            purchase: purchase(curve, &fit, plan.as_ref(), &self.goal),
            plan,
            // The back-test uses the shipped prior: the user's own prior was learnt from the hidden
            // sizes too.
            back_test: self.has_back_tests.then(|| back_tested(curve, self.options)).flatten(),
            fit,
        }
    }
}

/// Replaces the control characters of a name, because they could steer a terminal.
fn shown_name(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

fn plan(fit: &CurveFit, goal: &Goal) -> Option<DataPlan> {
    let options =
        PlanOptions { have: goal.have, cost_per_example: goal.cost_per_example.map(Cost) };
    Some(fit.plan(goal.target?, &options))
}

/// Number of largest sizes that the back-test beside every forecast hides.
const HIDDEN: usize = 2;

/// Forecasts the last two sizes from the others; `None` when fewer than `FEW_SIZES` would be left,
/// because the prior would then dominate the forecast.
fn back_tested(curve: &LearningCurve, options: &FitOptions<'_>) -> Option<BackTest> {
    let is_enough = curve.points().len() >= FEW_SIZES + HIDDEN;
    is_enough.then(|| back_test(curve, HIDDEN, options).ok())?
}

/// Learns a prior for every kind of error that enough curves have.
///
/// Curves of one file or study are taken to be exchangeable: they tell more about each other than
/// public curves do.
pub fn own_priors<'a>(
    curves: impl Iterator<Item = &'a LearningCurve>,
) -> BTreeMap<MetricKind, Prior> {
    let mut kinds: BTreeMap<MetricKind, Vec<&LearningCurve>> = BTreeMap::new();
    for curve in curves {
        kinds.entry(curve.metric()).or_default().push(curve);
    }
    let learnt =
        kinds.into_iter().filter_map(|(metric, curves)| Some((metric, own_prior(&curves)?)));
    learnt.collect()
}

impl CurveReport {
    /// Fitted error on a grid from the smallest size used to the largest measured; empty without a
    /// fit.
    pub fn measured_part(&self) -> Vec<(f64, f64)> {
        let Some(Fitted { fit, .. }) = self.fitted() else { return Vec::new() };
        let largest = self.curve.largest_size();
        let first = fit.sizes_used.first().copied().unwrap_or(largest).get();
        grid(first, largest.get()).map(|size| (size.get(), fit.predict(size))).collect()
    }

    /// Forecasts on a grid from the largest size measured to `end`, where the chart ends; empty
    /// without a fit.
    pub fn forecast_part(&self, end: f64) -> Vec<Forecast> {
        let Some(Fitted { fit, .. }) = self.fitted() else { return Vec::new() };
        grid(self.curve.largest_size().get(), end).map(|size| fit.forecast(size)).collect()
    }
}

/// Steps of the grid on each side of the largest size; straight pieces this short look curved.
const GRID_STEPS: u32 = 36;

/// Sizes evenly spaced in the logarithm, both ends included.
fn grid(low: f64, high: f64) -> impl Iterator<Item = TrainingSetSize> {
    (0..=GRID_STEPS).filter_map(move |step| {
        let share = f64::from(step) / f64::from(GRID_STEPS);
        // The ends are returned as given: `low * (high / low).powf(1)` can differ from `high` in
        // the last bit.
        TrainingSetSize::new(match step {
            0 => low,
            GRID_STEPS => high,
            _ => low * (high / low).powf(share),
        })
    })
}

/// Warns that the sizes of a curve look like the epochs of one training run.
///
/// Only sizes from elsewhere are checked: a study makes its own shards and knows their sizes.
pub fn epochs_warning(measured: &MeasuredCurve) -> Option<FitWarning> {
    let is_run = measured.models.is_empty() && measured.curve.counts_from_one();
    is_run.then_some(FitWarning::SizesLookLikeEpochs)
}

/// A curve, its fit and how it is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct CurveReport {
    /// Name of the curve as it is shown, without control characters.
    pub name: String,
    /// Colour and shape, or grey.
    pub look: Look,
    /// The measurements.
    pub curve: LearningCurve,
    /// The winner at each size.
    pub winners: Vec<WinnerRow>,
    /// Runs of the curve that were made elsewhere and imported.
    pub imported: Vec<ImportedRun>,
    /// How the metric of a file was turned into an error; `None` for the curves of a study.
    pub scale: Option<Scale>,
    /// The fit, or why there is none.
    pub outcome: CurveOutcome,
}

impl CurveReport {
    /// The fit and what follows from it, if the curve could be fitted.
    pub fn fitted(&self) -> Option<&Fitted> {
        match &self.outcome {
            CurveOutcome::Fitted(fitted) => Some(fitted),
            CurveOutcome::NotFitted { .. } => None,
        }
    }

    /// Error measured at the largest size.
    pub fn last_error(&self) -> f64 {
        self.curve.points().last().map_or(f64::NAN, tenfold_core::CurvePoint::error)
    }
}

/// How a curve is drawn, the same in every view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// One of [`COLOURS`] colours and shapes, counted from 0.
    Colour(usize),
    /// Grey, for the curves after the first [`COLOURS`].
    Grey,
}

/// Curves that get a colour of their own.
pub const COLOURS: usize = 6;

/// The fit of a curve, or why there is none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CurveOutcome {
    /// The curve was fitted.
    Fitted(Box<Fitted>),
    /// The curve could not be fitted; its points are still shown.
    NotFitted {
        /// Why, as a sentence without a full stop.
        reason: String,
    },
}

/// A fit and every answer computed from it.
#[derive(Clone, Debug, Serialize)]
pub struct Fitted {
    /// The fit.
    pub fit: CurveFit,
    /// Forecasts at the sizes of `Analysis::at`.
    pub at: Vec<Forecast>,
    /// Whether those forecasts are of the next measurement or of the mean curve.
    pub of: ForecastOf,
    /// Forecast at twice the examples at hand.
    pub doubled: Forecast,
    /// Examples at hand.
    pub have: TrainingSetSize,
    /// How many examples the target needs; `None` without a target.
    pub plan: Option<DataPlan>,
    /// What to buy, in which rounds, and what training on it takes.
    pub purchase: Purchase,
    /// How well the last two sizes were forecast from the others; `None` with too few sizes.
    pub back_test: Option<BackTest>,
}

impl Fitted {
    /// Warnings of the fit and of the plan, each once.
    pub fn warnings(&self) -> Vec<&FitWarning> {
        let plan_warnings = self.plan.iter().flat_map(|plan| &plan.warnings);
        let mut unique: Vec<&FitWarning> = Vec::new();
        for warning in self.fit.warnings.iter().chain(plan_warnings) {
            if !unique.contains(&warning) {
                unique.push(warning);
            }
        }
        unique
    }
}
