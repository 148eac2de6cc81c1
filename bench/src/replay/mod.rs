//! Curves whose trials can be drawn again, and the score of a choice of trials.

pub(crate) mod judge;
pub(crate) mod loops;

#[path = "../../../crates/tenfold-core/tests/it/public_curves.rs"]
#[expect(dead_code, reason = "only the tabular curves are replayed")]
mod public_curves;

use std::collections::BTreeMap;
use std::path::Path;

use tenfold_core::decide::budget::{Design, Possible, Prices};
use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurveFit, CurvePoint, FitOptions, LearningCurve, MetricKind,
    Replicate, TrainingSetSize, fit_curve,
};

/// Splits behind every point of the file, so that a trial's deviation is 5 standard errors.
const SPLITS: f64 = 25.0;

/// Doublings hidden.
const HIDDEN: usize = 3;

/// A true curve, and how its trials scatter.
pub(crate) struct Truth {
    /// Curves of one group share a data set.
    pub(crate) group: String,
    pub(crate) sizes: Vec<TrainingSetSize>,
    trials: Trials,
    /// Sizes hidden, with the errors there.
    pub(crate) targets: Vec<(TrainingSetSize, f64)>,
    index: u64,
}

enum Trials {
    /// Log error and deviation at each size.
    Drawn(Vec<(f64, f64)>),
    /// Log error of each seed at each size.
    Measured(Vec<Vec<f64>>),
}

impl Truth {
    /// Log error of the trial `seed` at the size of index `at`.
    fn log_error(&self, draw: u64, at: usize, seed: u32) -> f64 {
        match &self.trials {
            Trials::Drawn(rows) => {
                let (log, deviation) = rows[at];
                let purpose = draw * 1_000 + at as u64 * 20 + u64::from(seed);
                log + deviation * RandomStream::new(self.index, purpose).normal()
            }
            Trials::Measured(rows) => rows[at][ORDERS[draw as usize][seed as usize]],
        }
    }

    /// The learning curve of the trials in `design`.
    pub(crate) fn curve(&self, draw: u64, design: &Design) -> LearningCurve {
        let rows = design.sizes.iter().zip(&design.seeds).enumerate();
        let measured = rows.filter(|(_, (_, seeds))| **seeds > 0);
        let points = measured.map(|(at, (&size, &seeds))| {
            let mut point = CurvePoint::measured(size, 1.0);
            let replicate = |seed: u32| {
                let error = self.log_error(draw, at, seed).exp();
                Replicate { seed: u64::from(seed), error, outcomes: None }
            };
            point.replicates = (0..seeds).map(replicate).collect();
            point
        });
        let description = CurveDescription {
            name: self.group.clone(),
            metric: MetricKind::ErrorRate,
            aggregate: Aggregate::MEAN,
            best_guess: None,
        };
        LearningCurve::new(description, points.collect()).unwrap()
    }
}

/// The orders of three seeds.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// The tabular curves, three doublings hidden.
pub(crate) fn lcdb(path: &Path) -> Vec<Truth> {
    let splits = public_curves::lcdb(path, HIDDEN);
    let truth = |(index, split): (usize, public_curves::SplitCurve)| {
        let row = |point: &CurvePoint| {
            let error = point.error();
            let standard_error = point.standard_error.unwrap_or(0.0);
            (error.ln(), (SPLITS.sqrt() * standard_error / error).min(1.0))
        };
        let points = split.fitted.points();
        Truth {
            group: split.group,
            sizes: points.iter().map(|point| point.size).collect(),
            trials: Trials::Drawn(points.iter().map(row).collect()),
            targets: split.scored,
            index: index as u64,
        }
    };
    splits.into_iter().enumerate().map(truth).collect()
}

/// The curves of a results file with columns curve, size, seed and error; three doublings hidden.
pub(crate) fn own_study(path: &Path) -> Vec<Truth> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut curves: BTreeMap<&str, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let rows = curves.entry(fields[0]).or_default();
        rows.entry(fields[1].parse().unwrap()).or_default().push(fields[3].parse().unwrap());
    }
    let truth = |(index, (name, rows)): (usize, (&str, BTreeMap<u64, Vec<f64>>))| {
        let (sizes, errors): (Vec<_>, Vec<Vec<f64>>) = rows
            .into_iter()
            .map(|(size, errors)| (TrainingSetSize::new(size as f64).unwrap(), errors))
            .unzip();
        let shown = sizes.len() - HIDDEN;
        let hidden = sizes[shown..].iter().zip(&errors[shown..]);
        let logs = |errors: &Vec<f64>| errors.iter().map(|error| error.ln()).collect();
        Truth {
            group: name.to_owned(),
            sizes: sizes[..shown].to_vec(),
            trials: Trials::Measured(errors[..shown].iter().map(logs).collect()),
            targets: hidden.map(|(s, e)| (*s, median_in_place(&mut e.clone()))).collect(),
            index: index as u64,
        }
    };
    curves.into_iter().enumerate().map(truth).collect()
}

/// A choice of trials.
pub(crate) struct Choice {
    pub(crate) design: Design,
    pub(crate) possible: Possible,
}

/// Cost of a choice, and the scores of its forecasts.
#[derive(Clone)]
pub(crate) struct Score {
    /// Share of the full design's cost: sum of sizes.
    pub(crate) cost: f64,
    /// Share of the full design's cost where a trial costs the square root of its size.
    pub(crate) cost_of_roots: f64,
    pub(crate) rmsle: f64,
    /// One a target.
    pub(crate) at: Vec<Judged>,
}

#[derive(Clone)]
pub(crate) struct Judged {
    /// Log width of the 80 % interval.
    pub(crate) width: f64,
    pub(crate) inside: [bool; 2],
    /// Distance of the measured error from the forecast, in half widths of the 80 % interval.
    pub(crate) halves: f64,
}

/// Fits as `tenfold forecast` does.
pub(crate) fn fit(curve: &LearningCurve) -> CurveFit {
    fit_curve(curve, &FitOptions::default()).unwrap()
}

/// Runs the trials of a choice, fits, and compares with what was hidden.
pub(crate) fn score(truth: &Truth, draw: u64, choice: &Choice) -> Score {
    let fit = fit(&truth.curve(draw, &choice.design));
    let share = |power: f64| {
        let cost = |size: TrainingSetSize| size.get().powf(power);
        let prices = Prices::without_search(&cost);
        choice.design.cost(&prices) / choice.possible.full().cost(&prices)
    };
    let mut squares = 0.0;
    let mut at = Vec::new();
    for &(size, error) in &truth.targets {
        let forecast = fit.forecast(size);
        squares += (forecast.error / error).ln().powi(2);
        let [low, high] = [forecast.interval_80.low, forecast.interval_80.high];
        at.push(Judged {
            width: (high / low).ln(),
            inside: [forecast.interval_80, forecast.interval_95].map(|i| i.contains(error)),
            halves: (error / forecast.error).ln().abs() / (0.5 * (high / low).ln()),
        });
    }
    Score {
        cost: share(1.0),
        cost_of_roots: share(0.5),
        rmsle: (squares / truth.targets.len() as f64).sqrt(),
        at,
    }
}
