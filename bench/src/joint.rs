//! Prints the seconds of joint fits: the five-parameter law with a Huber loss on published isoFLOP
//! runs.
//!
//! `joint ISOFLOPS`, where ISOFLOPS is the table of open-athena/isoflop-experiments as CSV.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::collections::BTreeMap;
use std::time::Instant;

use tenfold_core::fit::{JointFitOptions, fit_joint};
use tenfold_core::law::joint::{JointLoss, JointPowerLaw, JointRun, JointSize, fit_joint_law};

/// Fits timed together.
const FITS: u32 = 50;

fn main() {
    let path = std::env::args().nth(1).expect("joint ISOFLOPS");
    let text = std::fs::read_to_string(path).expect("the runs can be read");
    let mut experiments: BTreeMap<String, Vec<JointRun>> = BTreeMap::new();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let at = |name: &str| header.iter().position(|found| *found == name).expect("a known column");
    let [experiment, params, tokens, loss, outlier] =
        ["experiment", "params", "tokens", "loss", "outlier"].map(at);
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().expect("a number");
        if fields[outlier] == "False" {
            let size = JointSize::new(number(params), number(tokens), number(tokens));
            let run = size.and_then(|size| JointRun::new(size, number(loss)));
            experiments.entry(fields[experiment].to_owned()).or_default().extend(run);
        }
    }
    println!(
        "{:40} {:>5} {:>12} {:>9} {:>22}",
        "experiment", "runs", "mean x 1e6", "ms a fit", "s for 1,000 resamples"
    );
    for (name, runs) in &experiments {
        let started = Instant::now();
        let mut lost = 0.0;
        for _ in 0..FITS {
            lost = fit_joint_law(&JointPowerLaw, runs, JointLoss::default()).loss;
        }
        let fit = started.elapsed().as_secs_f64() / f64::from(FITS);
        let started = Instant::now();
        let options = JointFitOptions { resamples: 1_000, ..JointFitOptions::default() };
        let found = fit_joint(&JointPowerLaw, runs, &options);
        let resampled = started.elapsed().as_secs_f64();
        found.expect("enough runs");
        let count = runs.len();
        let mean = 1e6 * lost / count as f64;
        println!("{name:40} {count:>5} {mean:>12.2} {:>9.2} {resampled:>22.2}", 1e3 * fit);
    }
}
