//! Interim analysis: the noise of the results so far, the widths of their intervals, and whether a
//! curve falls faster than before.

use std::collections::BTreeSet;

use anyhow::Result;
use tenfold_core::decide::budget::{Extent, Findings, TrialNoise, Width, quickens};
use tenfold_core::{Forecast, LearningCurve, TrainingSetSize, fit_curve};

use crate::measured::curves::measured_study;
use crate::pipeline::coordinate::Coordinator;
use crate::store::{Database, TrialState};
use crate::study::Until;

/// The results so far, as input of the budget's decision rule.
#[derive(Debug, Default)]
pub(super) struct InterimAnalysis {
    /// The curve of each model that has results.
    pub(super) curves: Vec<Seen>,
    /// The largest standard deviation of the log error of one trial; infinite if nothing is
    /// measured.
    pub(super) deviation: f64,
    /// Whether a curve falls faster towards its largest size than before.
    pub(super) quickens: bool,
}

/// One measured curve and its interim results.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) curve: LearningCurve,
    pub(super) noise: TrialNoise,
    /// The size at which the interval is computed, and half the interval's width over the forecast
    /// error; `None` if the curve cannot be fitted.
    pub(super) half_width: Option<(TrainingSetSize, f64)>,
}

/// Ratio of the size at which the interval is computed to the largest measured size, if the user
/// named no size.
const USUAL_RATIO: f64 = 4.0;

impl InterimAnalysis {
    /// Analyses the curves in `database`: with the interval that `until` names, otherwise with the
    /// 80 % interval at 4 times each curve's largest size.
    pub(super) fn at(database: &Database, until: Option<Until>) -> Result<Self> {
        let measured = measured_study(database, None)?.curves.into_iter();
        let curves: Vec<Seen> = measured.map(|measured| seen(measured.curve, until)).collect();
        let deviations = curves.iter().map(|seen| seen.noise.deviation);
        let deviation = deviations.fold(0.0, f64::max);
        let deviation = if curves.is_empty() { f64::INFINITY } else { deviation };
        let quickens = curves.iter().any(|seen| quickens(&seen.curve, &seen.noise));
        Ok(Self { curves, deviation, quickens })
    }

    /// The curve with the widest interval, its size and half width: the last curve to reach a
    /// wanted width.
    pub(super) fn widest(&self) -> Option<(&Seen, TrainingSetSize, f64)> {
        let told = self.curves.iter().filter_map(|seen| {
            let (size, width) = seen.half_width?;
            Some((seen, size, width))
        });
        told.max_by(|a, b| a.2.total_cmp(&b.2))
    }

    /// Input of the decision rule after `measured` was measured.
    pub(super) fn findings(&self, measured: Option<Extent>, until: Option<Until>) -> Findings {
        let width = self.width(until);
        Findings { measured, deviation: self.deviation, quickens: self.quickens, width }
    }

    /// The wanted half width and the widest found; `None` until every curve has one.
    fn width(&self, until: Option<Until>) -> Option<Width> {
        let is_told = self.curves.iter().all(|seen| seen.half_width.is_some());
        let found = self.widest().filter(|_| is_told)?.2;
        Some(Width { wanted: until?.half_width, found })
    }
}

fn seen(curve: LearningCurve, until: Option<Until>) -> Seen {
    let noise = TrialNoise::pooled(&curve, curve.largest_size());
    let usual = || TrainingSetSize::new(USUAL_RATIO * curve.largest_size().get());
    let size = until.map(|until| until.size).or_else(usual);
    let fit = fit_curve(&curve, &tenfold_core::FitOptions::default()).ok();
    let half_width = size.zip(fit).map(|(size, fit)| {
        let Forecast { error, interval_80, interval_95, .. } = fit.forecast(size);
        let interval =
            if until.is_some_and(|until| until.is_95) { interval_95 } else { interval_80 };
        (size, (interval.high - interval.low) / (2.0 * error))
    });
    Seen { curve, noise, half_width }
}

/// For each size of the study, how many leading seeds have a result in every model.
pub(super) fn finished_seeds(coordinator: &Coordinator<'_>) -> Result<Vec<u32>> {
    let data = coordinator.data;
    let mut finished: BTreeSet<(String, u64, u64)> = BTreeSet::new();
    for row in coordinator.database.trials()? {
        let planned = row.planned;
        let trial = data.find(&planned.model, planned.size, planned.seed, planned.candidate);
        let is_whole = trial.as_ref().is_some_and(|trial| trial.share.is_whole());
        let is_same = trial.is_some_and(|trial| trial.id.as_str() == planned.trial);
        if is_whole && is_same && row.state == TrialState::Finished {
            finished.insert((planned.model, planned.size, planned.seed));
        }
    }
    let has_all = |size: u64, seed: u64| {
        let models = data.facts.models.iter();
        models.map(|(name, _)| name).all(|name| finished.contains(&(name.clone(), size, seed)))
    };
    let count = |size: u64| (0..data.plan.seeds).take_while(|&seed| has_all(size, seed)).count();
    Ok(data.plan.sizes.iter().map(|&size| u32::try_from(count(size)).unwrap_or(u32::MAX)).collect())
}
