//! One curve at a time: its back-test, its fit, and what is asked of them.

use std::collections::BTreeMap;

use tenfold_core::fit::FEWEST_IN_WINDOW;
use tenfold_core::forecast::{OwnScale, StandardisedMiss, scale_for};
use tenfold_core::{
    BackTest, Cost, CurveFit, DataPlan, FAMILIES, FitOptions, Forecast, ForecastOf, LearningCurve,
    MetricKind, PlanOptions, TrainingSetSize, back_test, fit_curve,
};

use super::purchase::purchase;
use super::words::epochs_warning;
use super::{CurveReport, Fitted, Goal, Look, MeasuredCurve, Outcome};

/// What is asked of every curve.
#[derive(Clone, Debug)]
pub struct Analysis<'a> {
    /// How to fit.
    pub options: &'a FitOptions,
    /// What the user wants to know.
    pub goal: Goal,
    /// Sizes to forecast.
    pub at: &'a [TrainingSetSize],
    /// What those forecasts are of.
    pub of: ForecastOf,
    /// The scales of [`own_scales`].
    pub scales: BTreeMap<MetricKind, OwnScale>,
}

impl Analysis<'_> {
    /// Fits one curve and answers what is asked; it has no colour yet.
    pub fn report(&self, measured: MeasuredCurve, back_test: Option<BackTest>) -> CurveReport {
        let curve = &measured.curve;
        let outcome = match fit_curve(curve, self.options) {
            Ok(fit) => {
                let mut fit = match self.scales.get(&curve.metric()) {
                    Some(scale) => fit.with_own_scale(scale),
                    None => fit,
                };
                fit.warnings.extend(epochs_warning(&measured));
                Outcome::Fitted(Box::new(self.fitted(fit, curve, back_test)))
            }
            Err(error) => Outcome::NotFitted { reason: error.to_string() },
        };
        CurveReport {
            name: shown_name(curve.name()),
            look: Look::Grey,
            curve: measured.curve,
            winners: measured.models,
            imported: measured.imported,
            outcome,
        }
    }

    fn fitted(&self, fit: CurveFit, curve: &LearningCurve, back_test: Option<BackTest>) -> Fitted {
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
            back_test,
            fit,
        }
    }
}

/// A name without control characters, which could steer a terminal.
fn shown_name(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

fn plan(fit: &CurveFit, goal: &Goal) -> Option<DataPlan> {
    let options =
        PlanOptions { have: goal.have, cost_per_example: goal.cost_per_example.map(Cost) };
    Some(fit.plan(goal.target?, &options))
}

/// Sizes hidden by the back-test beside every forecast.
const HIDDEN: usize = 2;

/// The forecast of the last two sizes from the others, where enough for a fit that can check itself
/// are left.
pub fn back_tested(curve: &LearningCurve, options: &FitOptions) -> Option<BackTest> {
    // Its centre does not depend on the number of resamples, and its deviation hardly.
    let options = FitOptions { resamples: 40, ..*options };
    let is_enough = curve.points().len() >= FEWEST_IN_WINDOW + HIDDEN;
    is_enough.then(|| back_test(curve, HIDDEN, &options).ok())?
}

/// A scale for every kind of error that enough curves have.
///
/// The back-tests are those shown beside the forecasts: two sizes hidden. Curves of one file or study
/// are taken to be exchangeable, which their own back-tests say more about than public curves do.
pub fn own_scales<'a>(
    back_tests: impl Iterator<Item = (MetricKind, &'a Option<BackTest>)>,
) -> BTreeMap<MetricKind, OwnScale> {
    let mut misses: BTreeMap<MetricKind, Vec<Vec<StandardisedMiss>>> = BTreeMap::new();
    for (metric, test) in back_tests {
        misses.entry(metric).or_default().extend(test.as_ref().map(BackTest::standardised));
    }
    let learnt = misses.into_iter().filter_map(|(metric, misses)| {
        Some((metric, OwnScale::learn(&misses, scale_for(metric))?))
    });
    learnt.collect()
}

impl CurveReport {
    /// Fitted error on a grid from the smallest size used to the largest measured; empty without a
    /// fit.
    pub fn measured_part(&self) -> Vec<(f64, f64)> {
        let Some(Fitted { fit, .. }) = self.fitted() else { return Vec::new() };
        let largest = self.curve.largest_size();
        let first = fit.sizes_used.first().copied().unwrap_or(largest).get();
        grid(first, largest.get()).map(|size| (size.get(), reported_error(fit, size))).collect()
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

/// Error of the law with the reported parameters.
///
/// The forecast combines several windows and weighs those that meet the largest size, so below the
/// largest size it may leave the points that the reported parameters describe.
fn reported_error(fit: &CurveFit, size: TrainingSetSize) -> f64 {
    let value = |&name: &&str| fit.parameter(name).map(|named| named.estimate.value);
    let law = FAMILIES.iter().find(|family| family.name() == fit.law);
    law.and_then(|law| {
        let parameters: Option<Vec<f64>> = law.parameter_names().iter().map(value).collect();
        Some(law.predict(&parameters?, size.get()))
    })
    .unwrap_or_else(|| fit.predict(size))
}

/// Sizes evenly spaced in the logarithm, both ends included.
fn grid(low: f64, high: f64) -> impl Iterator<Item = TrainingSetSize> {
    (0..=GRID_STEPS).filter_map(move |step| {
        let share = f64::from(step) / f64::from(GRID_STEPS);
        // The ends exactly: 10^log10(x) is off by a bit.
        TrainingSetSize::new(match step {
            0 => low,
            GRID_STEPS => high,
            _ => low * (high / low).powf(share),
        })
    })
}
