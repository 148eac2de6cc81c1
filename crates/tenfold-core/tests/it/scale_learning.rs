//! Learning the interval scales from public curves.
//!
//! Every curve is cut at one and at three doublings before its end (dense curves also at their
//! published split), fitted, and scored beyond the cut. A residual is (log measured - log forecast)
//! / raw deviation. Groups weigh the same, then curves in a group, then points of a curve; a
//! quantile counts one more unit than there are curves, as split-conformal prediction does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tenfold_core::forecast::{COVERAGES, Ladder};
use tenfold_core::stats::quantile::weighted_quantile;
use tenfold_core::{FitOptions, fit_curve};

use crate::public_curves::{SplitCurve, lcdb, revisiting};

/// One point beyond the cut of one curve.
pub(crate) struct Residual {
    pub(crate) group: String,
    pub(crate) domain: String,
    pub(crate) curve: String,
    /// Size over the largest size fitted.
    pub(crate) ratio: f64,
    /// Noise of a newly measured point, below which no forecast interval goes.
    pub(crate) noise: f64,
    /// Raw deviation of the forecast and of the plan's distribution.
    pub(crate) deviation: [f64; 2],
    /// Half widths of the forecast's 80 % and 95 % interval before calibration.
    pub(crate) half_width: [f64; 2],
    /// Log measured minus log forecast, for the forecast and for the plan's distribution.
    pub(crate) miss: [f64; 2],
}

/// The residuals of every curve in `folder` at every cut.
pub(crate) fn residuals(folder: &Path) -> Vec<Residual> {
    cut_curves(folder).iter().flat_map(residuals_of).collect()
}

/// Every curve in `folder` at every cut.
pub(crate) fn cut_curves(folder: &Path) -> Vec<SplitCurve> {
    let mut curves = revisiting(&folder.join("revisiting.csv"));
    let earlier: Vec<SplitCurve> =
        revisiting(&folder.join("revisiting.csv")).into_iter().filter_map(cut_earlier).collect();
    curves.extend(earlier);
    for hidden in [1, 3] {
        curves.extend(lcdb(&folder.join("lcdb.csv"), hidden));
    }
    curves
}

/// The curve cut at a quarter of its largest fitted size, scored on everything beyond.
fn cut_earlier(split: SplitCurve) -> Option<SplitCurve> {
    let largest = split.fitted.largest_size().get();
    let cut = tenfold_core::TrainingSetSize::new(0.25 * largest)?;
    let fitted = split.fitted.up_to(cut).ok()?;
    if fitted.points().len() < 6 {
        return None;
    }
    let beyond = split.fitted.points()[fitted.points().len()..].iter();
    let mut scored: Vec<_> = beyond.map(|point| (point.size, point.error())).collect();
    scored.extend(split.scored);
    Some(SplitCurve { fitted, scored, ..split })
}

fn residuals_of(split: &SplitCurve) -> Vec<Residual> {
    let fit = fit_curve(&split.fitted, &FitOptions::default()).unwrap();
    let last = split.fitted.largest_size().get();
    let of_point = |&(size, error): &(tenfold_core::TrainingSetSize, f64)| {
        let raws = [fit.raw_forecast(size), fit.raw_plan(size)];
        Residual {
            group: split.group.clone(),
            domain: split.domain.clone(),
            curve: format!("{}@{last}", split.fitted.name()),
            noise: fit.noise_of_a_point(),
            ratio: size.get() / last,
            half_width: fit.raw_intervals(size),
            deviation: raws.map(|raw| raw.deviation),
            miss: raws.map(|raw| error.ln() - raw.log_error),
        }
    };
    split.scored.iter().map(of_point).collect()
}

/// Weight of each residual: groups alike, curves of a group alike, points of a curve alike.
pub(crate) fn weights(residuals: &[&Residual]) -> Vec<f64> {
    let mut points: BTreeMap<&str, f64> = BTreeMap::new();
    let mut curves: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for residual in residuals {
        *points.entry(&residual.curve).or_default() += 1.0;
        curves.entry(&residual.group).or_default().insert(&residual.curve);
    }
    let weigh = |residual: &&Residual| {
        1.0 / (points[residual.curve.as_str()] * curves[residual.group.as_str()].len() as f64)
    };
    residuals.iter().map(weigh).collect()
}

pub(crate) fn ladder(residuals: &[&Residual], which: usize) -> Ladder {
    let quantiles = quantiles(residuals, |one| (one.miss[which] / one.deviation[which]).abs());
    Ladder(COVERAGES.map(quantiles))
}

/// The factors that make half widths 80 % and 95 % intervals.
pub(crate) fn interval_factors(residuals: &[&Residual]) -> [f64; 2] {
    let factor = |at: usize, coverage| {
        quantiles(residuals, |one| (one.miss[0] / one.half_width[at]).abs())(coverage)
    };
    [factor(0, 0.80), factor(1, 0.95)]
}

/// Conformal quantiles of a standardised residual, rounded to three decimals.
fn quantiles(
    residuals: &[&Residual],
    standardised: impl Fn(&Residual) -> f64,
) -> impl FnMut(f64) -> f64 {
    let weights = weights(residuals);
    let values = residuals.iter().map(|one| standardised(one));
    let mut values: Vec<(f64, f64)> = values.zip(weights.iter().copied()).collect();
    let curves: BTreeSet<&str> = residuals.iter().map(|one| one.curve.as_str()).collect();
    // One unit more, a unit being a curve's mean share of the weight.
    let total = weights.iter().sum::<f64>() * (1.0 + 1.0 / curves.len() as f64);
    move |coverage| {
        let quantile = weighted_quantile(&mut values, coverage, total).unwrap_or(f64::MAX);
        (quantile * 1_000.0).round() / 1_000.0
    }
}
