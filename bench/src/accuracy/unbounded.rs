//! Metrics of regression: RMSE, MAE and 1 − R² of six learners on 16 data sets, as `make_unbounded.py` measured them.

use std::collections::BTreeMap;
use std::path::Path;

use tenfold_core::MetricKind;

use crate::Sources;
use crate::curves::{curve, replicated, rows, size};
use crate::public_curves::SplitCurve;
use crate::score::{mean, run_all};
use crate::table::{print_coverage, print_sets};

/// Kind of data of these curves.
pub(crate) const DOMAIN: &str = "unbounded";

/// Errors by size, as bits, which sort like positive numbers.
type Errors = BTreeMap<u64, Vec<f64>>;

pub(crate) fn print(sources: &Sources) {
    let curves = load();
    let set = |times: u32, truth: &dyn Fn(&[f64]) -> Vec<f64>| {
        let split = |(name, both): (&String, &(Errors, Errors))| split(name, both, times, truth);
        let cases: Vec<SplitCurve> = curves.iter().filter_map(split).collect();
        (format!("x{times} ({})", cases.len()), run_all(&sources.folds, &cases))
    };
    let of_mean = [2, 4, 8].map(|times| set(times, &|runs| vec![mean(runs)]));
    print_sets("unbounded, the mean of ten runs", &of_mean, "");
    print_coverage("unbounded, the mean of ten runs", &of_mean, None);
    let of_each = [2, 4, 8].map(|times| set(times, &<[f64]>::to_vec));
    print_coverage("unbounded, each of ten runs", &of_each, None);
}

/// Data set of each curve, from its name; it is the curve's group.
pub(crate) fn data_sets() -> Vec<String> {
    load().keys().map(|name| data_set(name)).collect()
}

fn data_set(name: &str) -> String {
    name.split('|').next().unwrap_or_default().to_owned()
}

/// Errors to fit, and the runs that give the true errors, by curve.
fn load() -> BTreeMap<String, (Errors, Errors)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/unbounded.csv");
    let mut curves: BTreeMap<String, (Errors, Errors)> = BTreeMap::new();
    for (name, fields) in rows(&path) {
        let (size, error): (f64, f64) = (fields[0].parse().unwrap(), fields[2].parse().unwrap());
        let both = curves.entry(name).or_default();
        let errors = if fields[1].starts_with("truth") { &mut both.1 } else { &mut both.0 };
        errors.entry(size.to_bits()).or_default().push(error);
    }
    curves
}

/// The curve, to be scored by the errors that `truth` gives for the runs at `times` the largest
/// size; `None` where there are no such runs.
fn split(
    name: &str,
    (measured, runs): &(Errors, Errors),
    times: u32,
    truth: &dyn Fn(&[f64]) -> Vec<f64>,
) -> Option<SplitCurve> {
    let points = measured.iter().map(|(&size, errors)| replicated(f64::from_bits(size), errors));
    let fitted = curve(name, MetricKind::Unbounded, points.collect());
    let asked = f64::from(times) * fitted.largest_size().get();
    let truth = truth(runs.get(&asked.to_bits())?);
    Some(SplitCurve {
        fitted,
        scored: truth.into_iter().map(|error| (size(asked), error)).collect(),
        domain: DOMAIN.to_owned(),
        group: data_set(name),
    })
}
