//! Learns the interval scales from public curves and prints them.
//!
//! ```text
//! cargo run --release -p tenfold-core --example learn_scales -- FOLDER
//! ```
//!
//! `scale_learning.rs` says how.
//! Coverage is measured with each group left out of the curves its scale is learnt on.

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]
#![expect(clippy::expect_used, reason = "a development program: a missing argument is said")]

#[path = "../tests/it/public_curves.rs"]
mod public_curves;

#[path = "../tests/it/residual_bootstrap.rs"]
mod residual_bootstrap;

#[path = "../tests/it/scale_learning.rs"]
mod scale_learning;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use residual_bootstrap::bootstrap_residuals;
use scale_learning::{Residual, cut_curves, interval_factors, ladder, residuals, weights};
use tenfold_core::forecast::{Ladder, calibrated};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the public curves"));
    let residuals = residuals(&folder);
    report_accuracy(&residuals);
    for (name, which) in [("forecast", 0), ("plan", 1)] {
        println!("\n{name}");
        let everything: Vec<&Residual> = residuals.iter().collect();
        let rates: Vec<&Residual> =
            residuals.iter().filter(|residual| residual.domain != "NMT").collect();
        println!("  error rates: {:?}", ladder(&rates, which).0);
        println!("  pooled:      {:?}", ladder(&everything, which).0);
        if which == 0 {
            println!("  intervals of error rates: {:?}", interval_factors(&rates));
            println!("  intervals pooled:         {:?}", interval_factors(&everything));
        }
        report_coverage(&everything, which);
    }
    println!("\nresidual bootstrap of the law with a floor, scaled likewise");
    let bootstrapped: Vec<Residual> =
        cut_curves(&folder).iter().flat_map(bootstrap_residuals).collect();
    report_coverage(&bootstrapped.iter().collect::<Vec<_>>(), 0);
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
        let scale = Learnt { ladder: ladder(&learnt, which), factors: interval_factors(&learnt) };
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

/// What is learnt from some groups to judge another.
struct Learnt {
    ladder: Ladder,
    factors: [f64; 2],
}

fn judge(into: &mut Judged, residual: &Residual, which: usize, (weight, scale): (f64, &Learnt)) {
    into.weight += weight;
    let miss = residual.miss[which].abs();
    for (at, coverage) in [0.80, 0.95].into_iter().enumerate() {
        let upper = 0.5 + 0.5 * coverage;
        let half = if which == 0 {
            calibrated(residual.half_width, scale.factors, residual.noise)[at]
        } else {
            scale.ladder.quantile(upper) * residual.deviation[which]
        };
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
