//! Agreement with figures published for the public curves, and with scipy.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tenfold_core::law::{
    CurveFamily, ErrorColumn, FitPoints, PowerLaw, PowerLawOffset, PowerTable, SaturatingPowerLaw,
};

use crate::public_curves::{SplitCurve, revisiting};

pub(crate) fn bundled(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

/// The development half of the public curves, where it lies beside the project.
pub(crate) fn development_half() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/curves");
    if folder.join("revisiting.csv").exists() {
        return Some(folder);
    }
    // Written past the test runner's capture of what tests print, on a line of its own.
    let why =
        "\nSKIPPED: the public curves are not beside the project; the bundled ones are tested\n";
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
    let curves = revisiting(&bundled("public/revisiting.csv"));
    let groups: Vec<&str> = curves.iter().map(|split| split.group.as_str()).collect();
    let count = |group: &str| groups.iter().filter(|found| **found == group).count();
    assert_eq!([count("NMT"), count("BB"), curves.len()], [5, 4, 12]);
    assert_eq!([count("IC|BiT/101/3"), count("IC|ViT/S/16")], [2, 1]);
}

#[test]
fn the_power_law_has_the_published_error_on_the_bundled_curves() {
    let found =
        rmsle(&revisiting(&bundled("public/revisiting.csv")), |split| single_law(&PowerLaw, split));
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
    let found = rmsle(&revisiting(&bundled("public/revisiting.csv")), published_m3);
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
    let curves = revisiting(&bundled("public/revisiting.csv"));
    let ours = rmsle(&curves, |split| single_law(&SaturatingPowerLaw, split));
    let published = rmsle(&curves, published_m3);
    // The alternation stops before the least squares: .0471 against .0133 on translation.
    assert!(ours["NMT"] < 0.5 * published["NMT"], "{ours:?} {published:?}");
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
