//! Learns the interval scales from public curves and prints them.
//!
//! ```text
//! cargo run --release -p tenfold-core --example learn_scales -- ../shared/curves
//! ```
//!
//! Every curve is cut at one and at three doublings before its end (dense curves also at their
//! published split), fitted, and scored beyond the cut. A residual is (log measured - log forecast)
//! / raw deviation. Groups weigh the same, then curves in a group, then points of a curve; a
//! quantile counts one more unit than there are curves, as split-conformal prediction does.
//! Coverage is measured with each group left out of the curves its scale is learnt on.

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]
#![expect(clippy::expect_used, reason = "a development program: a missing argument is said")]

#[path = "../tests/it/public_curves.rs"]
mod public_curves;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use public_curves::SplitCurve;
use tenfold_core::forecast::{COVERAGES, Ladder};
use tenfold_core::stats::quantile::weighted_quantile;
use tenfold_core::{FitOptions, fit_curve};

/// One point beyond the cut of one curve.
struct Residual {
    group: String,
    domain: String,
    curve: String,
    /// Size over the largest size fitted.
    ratio: f64,
    /// Raw deviation of the forecast and of the plan's distribution.
    deviation: [f64; 2],
    /// Log measured minus log forecast, for the forecast and for the plan's distribution.
    miss: [f64; 2],
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the public curves"));
    let revisiting = folder.join("revisiting.csv");
    let mut curves = public_curves::revisiting(&revisiting);
    let earlier: Vec<SplitCurve> =
        public_curves::revisiting(&revisiting).into_iter().filter_map(cut_earlier).collect();
    curves.extend(earlier);
    for hidden in [1, 3] {
        curves.extend(public_curves::lcdb(&folder.join("lcdb.csv"), hidden));
    }
    let residuals: Vec<Residual> = curves.iter().flat_map(residuals_of).collect();
    report_accuracy(&residuals);
    for (name, which) in [("forecast", 0), ("plan", 1)] {
        println!("\n{name}");
        let everything: Vec<&Residual> = residuals.iter().collect();
        let rates: Vec<&Residual> =
            residuals.iter().filter(|residual| residual.domain != "NMT").collect();
        println!("  error rates: {:?}", ladder(&rates, which).0);
        println!("  pooled:      {:?}", ladder(&everything, which).0);
        report_coverage(&everything, which);
    }
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
            ratio: size.get() / last,
            deviation: raws.map(|raw| raw.deviation),
            miss: raws.map(|raw| error.ln() - raw.log_error),
        }
    };
    split.scored.iter().map(of_point).collect()
}

/// Weight of each residual: groups alike, curves of a group alike, points of a curve alike.
fn weights(residuals: &[&Residual]) -> Vec<f64> {
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

fn ladder(residuals: &[&Residual], which: usize) -> Ladder {
    let weights = weights(residuals);
    let standardised = residuals.iter().map(|one| (one.miss[which] / one.deviation[which]).abs());
    let mut values: Vec<(f64, f64)> = standardised.zip(weights.iter().copied()).collect();
    let curves: BTreeSet<&str> = residuals.iter().map(|one| one.curve.as_str()).collect();
    // One unit more, a unit being a curve's mean share of the weight.
    let total = weights.iter().sum::<f64>() * (1.0 + 1.0 / curves.len() as f64);
    Ladder(COVERAGES.map(|coverage| {
        let quantile = weighted_quantile(&mut values, coverage, total).unwrap_or(f64::MAX);
        (quantile * 1_000.0).round() / 1_000.0
    }))
}

/// Coverage and score of a set of intervals, each group judged by the scale of the others.
#[derive(Default)]
struct Judged {
    weight: f64,
    inside: [f64; 2],
    width: [f64; 2],
    score: [f64; 2],
}

fn report_coverage(residuals: &[&Residual], which: usize) {
    let groups: BTreeSet<&str> = residuals.iter().map(|one| one.group.as_str()).collect();
    let mut judged: BTreeMap<String, Judged> = BTreeMap::new();
    for group in groups {
        let (held_out, others): (Vec<&Residual>, Vec<&Residual>) =
            residuals.iter().copied().partition(|one| one.group == group);
        let is_rate = held_out[0].domain != "NMT";
        let learnt: Vec<&Residual> =
            others.into_iter().filter(|one| !is_rate || one.domain != "NMT").collect();
        let scale = ladder(&learnt, which);
        for (residual, weight) in held_out.iter().zip(weights(&held_out)) {
            let doublings = residual.ratio.log2().ceil() as u32;
            for key in
                ["all".to_owned(), residual.domain.clone(), format!("to x{:02}", 1 << doublings)]
            {
                judge(judged.entry(key).or_default(), residual, which, (weight, &scale));
            }
        }
    }
    for (key, Judged { weight, inside, width, score }) in judged {
        println!(
            "  {key:7} coverage {:.3} {:.3}  width {:.3} {:.3}  interval score {:.3} {:.3}",
            inside[0] / weight,
            inside[1] / weight,
            width[0] / weight,
            width[1] / weight,
            score[0] / weight,
            score[1] / weight
        );
    }
}

fn judge(into: &mut Judged, residual: &Residual, which: usize, (weight, scale): (f64, &Ladder)) {
    into.weight += weight;
    let miss = residual.miss[which].abs();
    for (at, coverage) in [0.80, 0.95].into_iter().enumerate() {
        let half = scale.quantile(0.5 + 0.5 * coverage) * residual.deviation[which];
        let outside = (miss - half).max(0.0);
        into.inside[at] += weight * f64::from(u8::from(miss <= half));
        into.width[at] += weight * 2.0 * half;
        into.score[at] += weight * (2.0 * half + 2.0 / (1.0 - coverage) * outside);
    }
}

/// Mean RMSLE over curves, by domain and distance of the cut.
fn report_accuracy(residuals: &[Residual]) {
    let mut curves: BTreeMap<(&str, &str), Vec<&Residual>> = BTreeMap::new();
    for residual in residuals {
        curves.entry((&residual.domain, &residual.curve)).or_default().push(residual);
    }
    let mut errors: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for ((domain, _), points) in curves {
        let farthest = points.iter().map(|point| point.ratio).fold(1.0, f64::max);
        let squares: f64 = points.iter().map(|point| point.miss[0].powi(2)).sum();
        let key = format!("{domain} to x{}", 1 << (farthest.log2().ceil() as u32));
        errors.entry(key).or_default().push((squares / points.len() as f64).sqrt());
    }
    for (key, mut values) in errors {
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        println!(
            "{key:14} curves {:3}  RMSLE {mean:.4} / {:.4}",
            values.len(),
            values[values.len() / 2]
        );
    }
}
