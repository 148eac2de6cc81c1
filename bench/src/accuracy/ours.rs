//! The method under test: the only file that knows how Tenfold forecasts, plans and compares.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use tenfold_core::decide::{Contender, HORIZON_RATIO, PairAt, compare};
use tenfold_core::posterior::{Lesson, Prior, learn_prior};
use tenfold_core::{
    CurveFit, DataPlan, FitOptions, LearningCurve, PlanOptions, TrainingSetSize, fit_curve,
};

use crate::lessons::{Lecture, examples, lectures, lessons};
use crate::methods::{Forecaster, LeftOut, Prediction};

/// Whether forecasts depend on what is left out; if not, each table has one row of our method.
pub(crate) const LEARNS: bool = true;

/// Largest size that is planned for, over the largest measured.
pub(crate) const HORIZON: f64 = HORIZON_RATIO;

/// The fit from which all answers are computed.
pub(crate) type Fit = CurveFit;

/// The curves from which priors are learnt.
struct School {
    lectures: Vec<Lecture>,
    lessons: Vec<Lesson>,
}

static SCHOOL: OnceLock<School> = OnceLock::new();

/// Priors by what was left out; they live as long as the program.
static PRIORS: Mutex<BTreeMap<LeftOut, &'static Prior>> = Mutex::new(BTreeMap::new());

/// Reads the curves that priors are learnt from, once.
pub(crate) fn prepare(folder: &Path) {
    let unbounded = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/unbounded.csv");
    SCHOOL.get_or_init(|| {
        let lectures = lectures(folder, &unbounded);
        let lessons = lessons(&lectures);
        School { lectures, lessons }
    });
}

/// The prior learnt without `left_out`.
fn prior(left_out: &LeftOut) -> &'static Prior {
    // The lock is held while a prior is learnt, so that two threads never learn the same one.
    let mut priors = PRIORS.lock().unwrap();
    priors.entry(left_out.clone()).or_insert_with(|| {
        let is_seen = |one: &Lecture| match left_out {
            LeftOut::Nothing => true,
            LeftOut::Groups(groups) => !groups.contains(&one.group),
            LeftOut::Kind(domain) => one.domain != *domain,
        };
        let school = SCHOOL.get().unwrap();
        Box::leak(Box::new(learn_prior(&examples(&school.lectures, &school.lessons, is_seen))))
    })
}

/// The fit of a curve with the prior learnt without `left_out`; `None` where the curve has too few
/// sizes.
pub(crate) fn fit(curve: &LearningCurve, left_out: &LeftOut) -> Option<Fit> {
    fit_curve(curve, &FitOptions { prior: Some(prior(left_out)), ..FitOptions::default() }).ok()
}

/// Forecasts of a curve with the prior learnt without `left_out`.
pub(crate) fn forecaster(curve: &LearningCurve, left_out: &LeftOut) -> Option<Forecaster> {
    let fit = fit(curve, left_out)?;
    Some(Box::new(move |size| {
        let forecast = fit.forecast(size);
        Prediction {
            median: forecast.error,
            intervals: Some([forecast.interval_80, forecast.interval_95]),
        }
    }))
}

/// The error expected at a size.
pub(crate) fn median(fit: &Fit, size: TrainingSetSize) -> f64 {
    fit.predict(size)
}

/// How many examples a target needs.
pub(crate) fn plan(fit: &Fit, target: f64) -> DataPlan {
    fit.plan(target, &PlanOptions::default())
}

/// Probability that a target is reached with `size` examples.
pub(crate) fn probability_reached_by(fit: &Fit, target: f64, size: TrainingSetSize) -> f64 {
    fit.probability_reached_by(target, size)
}

/// Which of two curves is better at each of some sizes.
pub(crate) fn compare_two(
    a: (&LearningCurve, &Fit),
    b: (&LearningCurve, &Fit),
    at: &[TrainingSetSize],
) -> Vec<PairAt> {
    let contenders = [a, b].map(|(curve, fit)| Contender { curve, fit });
    compare(&contenders, at).pairs.remove(0).at
}

/// Indices of the curves, the best expected at a size first.
pub(crate) fn order(curves: &[(&LearningCurve, &Fit)], at: TrainingSetSize) -> Vec<usize> {
    let contenders: Vec<Contender<'_>> =
        curves.iter().map(|&(curve, fit)| Contender { curve, fit }).collect();
    compare(&contenders, &[at]).rankings.remove(0).by_forecast
}
