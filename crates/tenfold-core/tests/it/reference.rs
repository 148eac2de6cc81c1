//! Agreement with figures published for the public curves, and with scipy.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tenfold_core::forecast::{LARGEST_LEARNT_RATIO, Ladder, calibrated, scale_for};
use tenfold_core::law::{
    CurveFamily, ErrorColumn, FitPoints, PowerLaw, PowerLawOffset, PowerTable, SaturatingPowerLaw,
};
use tenfold_core::{MetricKind, fit_curve};

use crate::public_curves::{SplitCurve, lcdb, revisiting};
use crate::residual_bootstrap::bootstrap_residuals;
use crate::scale_learning::{Residual, cut_curves, interval_factors, ladder, residuals, weights};
use crate::simulated::quick;

pub(crate) fn bundled(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

/// The development half of the public curves, where it lies beside the project.
pub(crate) fn development_half() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/curves");
    if folder.join("revisiting.csv").exists() {
        return Some(folder);
    }
    // Written past the test runner's capture of what tests print.
    let why =
        "SKIPPED: the public curves are not beside the project; the bundled ones are tested\n";
    std::io::stderr().write_all(why.as_bytes()).unwrap();
    None
}

/// Mean over curves of the RMSLE of `log_error(curve, size)`, by domain.
fn rmsle(
    curves: &[SplitCurve],
    log_error: impl Fn(&SplitCurve) -> Vec<f64>,
) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for split in curves {
        let squares: f64 = log_error(split)
            .iter()
            .zip(&split.scored)
            .map(|(found, (_, error))| (found - error.ln()).powi(2))
            .sum();
        let entry = sums.entry(split.domain.clone()).or_default();
        entry.0 += (squares / split.scored.len() as f64).sqrt();
        entry.1 += 1.0;
    }
    sums.into_iter().map(|(domain, (sum, count))| (domain, sum / count)).collect()
}

/// Log errors that a law fitted to all points predicts at the scored sizes.
fn single_law(family: &dyn CurveFamily, split: &SplitCurve) -> Vec<f64> {
    let points = split.fitted.points();
    let largest = split.fitted.largest_size().get().ln();
    let table = PowerTable::new(points.iter().map(|one| one.size.get().ln() - largest).collect());
    let mut column = ErrorColumn::default();
    column.set(points.iter().map(|one| one.error().ln()));
    let law = family.fit(&FitPoints::new(&table, &column, 0, 40)).parameters;
    let at = |size: f64| family.predict(&law, (size.ln() - largest).exp()).ln();
    split.scored.iter().map(|(size, _)| at(size.get())).collect()
}

fn default_forecast(split: &SplitCurve) -> Vec<f64> {
    let fit = fit_curve(&split.fitted, &quick()).unwrap();
    split.scored.iter().map(|(size, _)| fit.predict(*size).ln()).collect()
}

fn check_figure(found: &BTreeMap<String, f64>, domain: &str, published: f64) {
    // Published to four decimals; half a unit more for their rounding of the per-curve scores.
    assert!(
        (found[domain] - published).abs() < 1e-4,
        "{domain}: {} not {published}",
        found[domain]
    );
}

#[test]
fn the_bundled_curves_are_the_ones_stated() {
    let curves = revisiting(&bundled("revisiting-subset.csv"));
    let groups: Vec<&str> = curves.iter().map(|split| split.group.as_str()).collect();
    let count = |group: &str| groups.iter().filter(|found| **found == group).count();
    assert_eq!([count("NMT"), count("BB"), curves.len()], [5, 4, 12]);
    assert_eq!([count("IC|BiT/101/3"), count("IC|ViT/S/16")], [2, 1]);
}

#[test]
fn the_power_law_has_the_published_error_on_the_bundled_curves() {
    let found =
        rmsle(&revisiting(&bundled("revisiting-subset.csv")), |split| single_law(&PowerLaw, split));
    check_figure(&found, "NMT", 0.2217);
    check_figure(&found, "BB", 0.0106);
}

#[test]
fn the_power_law_has_the_published_error_on_the_development_half() {
    let Some(folder) = development_half() else { return };
    let curves = revisiting(&folder.join("revisiting.csv"));
    let found = rmsle(&curves, |split| single_law(&PowerLaw, split));
    check_figure(&found, "IC", 0.0794);
    check_figure(&found, "NMT", 0.2217);
    check_figure(&found, "BB", 0.0106);
}

/// M3 as its authors fit it: a straight line through the logs for a given saturation, and in turn the
/// best of the saturations that would meet one point exactly.
///
/// # Reference
/// Alabdulmohsin et al. (2022), arXiv:2209.06640, section 3 and the code published with it.
fn published_m3(split: &SplitCurve) -> Vec<f64> {
    let points = split.fitted.points();
    let at = |size: f64, law: &[f64; 3]| SaturatingPowerLaw.predict(law, size).ln();
    let squares = |law: &[f64; 3]| -> f64 {
        points.iter().map(|one| (at(one.size.get(), law) - one.error().ln()).powi(2)).sum()
    };
    let mut law = [1.0, 0.0, 0.0];
    for _ in 0..10_000 {
        let before = law[0];
        let logs = points.iter().map(|one| (1.0 / one.size.get() + law[2]).ln());
        let pairs: Vec<(f64, f64)> = logs.zip(points.iter().map(|one| one.error().ln())).collect();
        let count = pairs.len() as f64;
        let mean =
            |value: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(value).sum::<f64>() / count;
        let (x, y) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
        let covariance = mean(&|pair| (pair.0 - x) * (pair.1 - y));
        let slope = (covariance / mean(&|pair| (pair.0 - x).powi(2))).max(0.0);
        law = [(y - slope * x).exp(), -slope, law[2]];
        let alpha = law[0];
        let meeting = |one: &tenfold_core::CurvePoint| {
            (one.error() / alpha).powf(1.0 / slope) - 1.0 / one.size.get()
        };
        let mut least = squares(&law);
        for saturation in points.iter().map(meeting).filter(|found| *found >= 0.0) {
            let found = squares(&[law[0], law[1], saturation]);
            if found < least {
                (least, law[2]) = (found, saturation);
            }
        }
        if (law[0] - before).abs() < 1e-10 {
            break;
        }
    }
    split.scored.iter().map(|(size, _)| at(size.get(), &law)).collect()
}

#[test]
fn m3_as_published_has_the_published_error_on_the_bundled_curves() {
    let found = rmsle(&revisiting(&bundled("revisiting-subset.csv")), published_m3);
    check_figure(&found, "NMT", 0.0471);
    check_figure(&found, "BB", 0.0106);
}

#[test]
fn m3_as_published_has_the_published_error_on_the_development_half() {
    let Some(folder) = development_half() else { return };
    let found = rmsle(&revisiting(&folder.join("revisiting.csv")), published_m3);
    check_figure(&found, "IC", 0.0512);
    check_figure(&found, "NMT", 0.0471);
    check_figure(&found, "BB", 0.0106);
}

#[test]
fn m3_by_least_squares_forecasts_better_than_as_published() {
    let curves = revisiting(&bundled("revisiting-subset.csv"));
    let ours = rmsle(&curves, |split| single_law(&SaturatingPowerLaw, split));
    let published = rmsle(&curves, published_m3);
    // The alternation stops before the least squares: .0471 against .0133 on translation.
    assert!(ours["NMT"] < 0.5 * published["NMT"], "{ours:?} {published:?}");
}

#[test]
fn the_default_forecast_beats_one_law_on_the_bundled_curves() {
    let curves = revisiting(&bundled("revisiting-subset.csv"));
    let default = rmsle(&curves, default_forecast);
    let single = rmsle(&curves, |split| single_law(&PowerLawOffset, split));
    // Ours .0126 on translation and .0131 on BIG-Bench, where one law gives .0482 and .0107: there
    // the curves are straight and any bend costs. Room of 5 %, so that only a real loss fails.
    assert!(default["NMT"] < 0.0132, "{default:?}");
    assert!(default["BB"] < 0.0138, "{default:?}");
    assert!(default["IC"] < 0.5 * single["IC"], "{default:?} {single:?}");
}

#[test]
fn the_default_forecast_beats_the_published_error_on_the_development_half() {
    let Some(folder) = development_half() else { return };
    let curves = revisiting(&folder.join("revisiting.csv"));
    let found = rmsle(&curves, default_forecast);
    let count = |domain: &str| curves.iter().filter(|one| one.domain == domain).count() as f64;
    let overall = found.iter().map(|(domain, mean)| mean * count(domain)).sum::<f64>() / 45.0;
    // Published: .0153, .1472 and .0761.
    assert!(overall < 0.0139, "{overall} {found:?}");
    for (hidden, most) in [(3, 0.131), (1, 0.0585)] {
        let tabular = rmsle(&lcdb(&folder.join("lcdb.csv"), hidden), default_forecast)["LCDB"];
        assert!(tabular < most, "{hidden} hidden: {tabular}");
    }
}

#[test]
fn tabular_curves_are_forecast_better_than_by_one_law_on_all_points() {
    let curves = lcdb(&bundled("lcdb-subset.csv"), 3);
    let default = rmsle(&curves, default_forecast)["LCDB"];
    let single = rmsle(&curves, |split| single_law(&PowerLawOffset, split))["LCDB"];
    assert!(default < 0.95 * single, "{default} {single}");
}

#[test]
fn the_law_with_a_floor_agrees_with_scipy() {
    let text = std::fs::read_to_string(bundled("scipy-fits.csv")).unwrap();
    let mut curves: BTreeMap<u32, Vec<[f64; 6]>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
        let mut fields = line.split(',');
        let number = fields.next().unwrap().parse().unwrap();
        let mut row = [0.0; 6];
        for (value, field) in row.iter_mut().zip(fields) {
            *value = field.parse().unwrap();
        }
        curves.entry(number).or_default().push(row);
    }
    assert_eq!(curves.len(), 5);
    for (number, rows) in curves {
        let [.., alpha, beta_g, gamma, sum_of_squares] = rows[0];
        let largest = rows[rows.len() - 1][0].ln();
        let table = PowerTable::new(rows.iter().map(|row| row[0].ln() - largest).collect());
        let mut column = ErrorColumn::default();
        column.set(rows.iter().map(|row| row[1].ln()));
        let fitted = PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, 40));
        let truth = |size: f64| (alpha * size.powf(beta_g) + gamma).ln();
        for row in &rows {
            let found = PowerLawOffset.predict(&fitted.parameters, (row[0].ln() - largest).exp());
            // Residuals are up to 5 %, and one re-weighting leaves a difference from the log scale
            // of second order in them, which the fit averages down: a thousandth.
            let apart = (found.ln() - truth(row[0])).abs();
            assert!(apart < 1e-3, "curve {number} at {}: {apart}", row[0]);
        }
        let excess = fitted.sum_of_squares / sum_of_squares;
        assert!((excess - 1.0).abs() < 2e-3, "curve {number}: {excess}");
    }
}

fn check_ladder(name: &str, shipped: Ladder, learnt: Ladder) {
    check_factors(name, &shipped.0, &learnt.0);
}

fn check_factors(name: &str, shipped: &[f64], learnt: &[f64]) {
    for (shipped, learnt) in shipped.iter().zip(learnt) {
        // Shipped to three decimals; other processors round the fits a little differently.
        assert!((shipped - learnt).abs() <= 0.02 * learnt + 0.001, "{name}: {learnt} learnt");
    }
}

#[test]
fn shipped_forecast_scales_are_those_learnt_on_the_development_half() {
    let Some(folder) = development_half() else { return };
    let residuals = residuals(&folder);
    let everything: Vec<&Residual> = residuals.iter().collect();
    let rates: Vec<&Residual> = residuals.iter().filter(|one| one.domain != "NMT").collect();
    // The scales were learnt up to sixteen times the data, as warnings say.
    let farthest = residuals.iter().map(|one| one.ratio).fold(1.0, f64::max);
    assert!(farthest <= LARGEST_LEARNT_RATIO * 1.1, "{farthest}");
    assert!(residuals.iter().all(|one| (0.0..1.0).contains(&one.noise)));
    let intervals = |metric| scale_for(metric).intervals;
    check_factors("rate", &intervals(MetricKind::ErrorRate), &interval_factors(&rates));
    check_factors("loss", &intervals(MetricKind::Loss), &interval_factors(&everything));
    check_ladder("rate", scale_for(MetricKind::ErrorRate).forecast, ladder(&rates, 0));
    check_ladder("loss", scale_for(MetricKind::Loss).forecast, ladder(&everything, 0));
    check_ladder("unbounded", scale_for(MetricKind::Unbounded).forecast, ladder(&everything, 0));
}

/// Mean width and interval score (Gneiting and Raftery 2007) at 80 and 95 %, in log error, with the
/// factors that give the stated coverage.
fn width_and_score(residuals: &[Residual]) -> [[f64; 2]; 2] {
    let residuals: Vec<&Residual> = residuals.iter().collect();
    let factors = interval_factors(&residuals);
    let weights = weights(&residuals);
    [0.80, 0.95].map(|level: f64| {
        let at = usize::from(level > 0.9);
        let (mut width, mut score) = (0.0, 0.0);
        for (one, weight) in residuals.iter().zip(&weights) {
            let half = calibrated(one.half_width, factors, one.noise)[at];
            let outside = (one.miss[0].abs() - half).max(0.0);
            width += weight * 2.0 * half;
            score += weight * (2.0 * half + 2.0 / (1.0 - level) * outside);
        }
        let total: f64 = weights.iter().sum();
        [width / total, score / total]
    })
}

#[test]
fn intervals_are_sharper_than_those_of_a_residual_bootstrap_scaled_to_the_same_coverage() {
    let Some(folder) = development_half() else { return };
    let ours = width_and_score(&residuals(&folder));
    let bootstrapped: Vec<Residual> =
        cut_curves(&folder).iter().flat_map(bootstrap_residuals).collect();
    let theirs = width_and_score(&bootstrapped);
    for (ours, theirs) in ours.as_flattened().iter().zip(theirs.as_flattened()) {
        // Measured: about a half to two thirds; 10 % leave room for another processor's rounding.
        assert!(*ours < 0.9 * theirs, "{ours} {theirs}");
    }
}
