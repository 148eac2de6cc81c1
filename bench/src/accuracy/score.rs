//! Compares forecasts with what was measured.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::stats::quantile::{median_in_place, quantile_of_sorted};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{Interval, TrainingSetSize};

use crate::curves::Folds;
use crate::methods::{Forecaster, LeftOut, METHODS, Method};
use crate::public_curves::SplitCurve;

/// Bootstrap resamples of groups for an interval.
const RESAMPLES: u64 = 2_000;

/// One forecast compared with the measured error, in log error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Miss {
    /// Log of the forecast over the measured error.
    pub(crate) log_ratio: f64,
    /// Ends of the 80 % and the 95 % interval minus the log of the measured error.
    pub(crate) ends: Option<[Interval; 2]>,
}

/// Scored forecasts of one curve, one per forecast size.
#[derive(Clone, Debug)]
pub(crate) struct Scored {
    pub(crate) domain: String,
    pub(crate) group: String,
    pub(crate) misses: Vec<Miss>,
}

/// Scores of a method for each case; `None` where the case had too few sizes.
pub(crate) struct Run {
    pub(crate) method: Method,
    pub(crate) scored: Vec<Option<Scored>>,
}

impl Miss {
    /// Compares a method's forecast at one size with the error measured there.
    pub(crate) fn of(forecaster: &Forecaster, size: TrainingSetSize, error: f64) -> Self {
        let prediction = forecaster(size);
        let log = |value: f64| (value / error).ln();
        let beside = |one: Interval| Interval { low: log(one.low), high: log(one.high) };
        Self {
            log_ratio: log(prediction.median),
            ends: prediction.intervals.map(|both| both.map(beside)),
        }
    }
}

impl Scored {
    /// Root mean square log error over the forecast sizes.
    pub(crate) fn rmsle(&self) -> f64 {
        root_mean_square(self.misses.iter().map(|miss| miss.log_ratio))
    }
}

impl Run {
    /// Whether every curve had enough sizes.
    pub(crate) fn is_complete(&self) -> bool {
        self.scored.iter().all(Option::is_some)
    }

    /// Mean over curves.
    pub(crate) fn mean_rmsle(&self) -> f64 {
        mean(&self.scored.iter().flatten().map(Scored::rmsle).collect::<Vec<_>>())
    }

    /// Coverage over the curves of one kind of data ("" for all), at forecast size number `place`,
    /// or at all of them.
    pub(crate) fn coverage(&self, domain: &str, place: Option<usize>) -> Option<Coverage> {
        let belonging = self.scored.iter().flatten();
        let belonging = belonging.filter(|one| domain.is_empty() || one.domain == domain);
        Coverage::of(belonging.flat_map(|one| {
            let misses = one.misses.iter().enumerate();
            let asked = misses.filter(move |(at, _)| place.is_none_or(|place| place == *at));
            asked.map(|(_, miss)| (one.group.as_str(), miss))
        }))
    }
}

/// The runs of our method.
pub(crate) fn ours(runs: &[Run]) -> impl Iterator<Item = &Run> {
    runs.iter().filter(|run| run.method.is_ours())
}

/// Runs every method on every case, with priors learnt by folds over groups.
pub(crate) fn run_all(folds: &Folds, cases: &[SplitCurve]) -> Vec<Run> {
    let left_out = folds.left_out(cases);
    let is_learnt_from = left_out.iter().any(|one| *one != LeftOut::Nothing);
    let methods = METHODS.into_iter().filter(|method| method.applies(is_learnt_from));
    methods.map(|method| run(method, cases, &left_out)).collect()
}

fn run(method: Method, cases: &[SplitCurve], left_out: &[LeftOut]) -> Run {
    let pairs: Vec<(&SplitCurve, &LeftOut)> = cases.iter().zip(left_out).collect();
    let scored = in_parallel(&pairs, |(case, left_out)| {
        let forecaster = method.forecaster(&case.fitted, left_out, &case.domain)?;
        let miss = |&(size, error): &_| Miss::of(&forecaster, size, error);
        Some(Scored {
            domain: case.domain.clone(),
            group: case.group.clone(),
            misses: case.scored.iter().map(miss).collect(),
        })
    });
    Run { method, scored }
}

/// `work` on every item, in their order, on two threads.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Each thread takes every second item, because neighbours cost about the same.
    let (even, mut odd) = std::thread::scope(|scope| {
        let other = scope.spawn(|| items.iter().skip(1).step_by(2).map(&work).collect::<Vec<R>>());
        let own: Vec<R> = items.iter().step_by(2).map(&work).collect();
        (own.into_iter(), other.join().unwrap().into_iter())
    });
    let mut results = Vec::with_capacity(items.len());
    for result in even {
        results.push(result);
        results.extend(odd.next());
    }
    results
}

/// Coverage, width and misses of a set of forecasts with intervals.
pub(crate) struct Coverage {
    pub(crate) forecasts: usize,
    pub(crate) groups: usize,
    /// Share inside the 80 % and the 95 % interval.
    pub(crate) inside: [f64; 2],
    /// 90 % interval of that share, by a bootstrap of groups.
    pub(crate) range: [Interval; 2],
    /// Number of errors measured below and above the 80 % interval.
    pub(crate) outside: [usize; 2],
    /// Mean interval score in log error; lower is better.
    pub(crate) interval_score: [f64; 2],
    /// Mean width in log error.
    pub(crate) width: [f64; 2],
    pub(crate) rms: f64,
    /// Median log of forecast over measured.
    pub(crate) bias: f64,
}

impl Coverage {
    /// Coverage of (group, miss) pairs; `None` when there are none with intervals.
    pub(crate) fn of<'a>(misses: impl IntoIterator<Item = (&'a str, &'a Miss)>) -> Option<Self> {
        let stated: Vec<(&str, f64, [Interval; 2])> = misses
            .into_iter()
            .filter_map(|(group, miss)| Some((group, miss.log_ratio, miss.ends?)))
            .collect();
        if stated.is_empty() {
            return None;
        }
        let mean = |value: &dyn Fn(&[Interval; 2]) -> f64| {
            stated.iter().map(|one| value(&one.2)).sum::<f64>() / stated.len() as f64
        };
        let is_inside =
            |at: usize| move |ends: &[Interval; 2]| f64::from(u8::from(ends[at].contains(0.0)));
        let range = |at: usize| {
            let pairs = stated.iter().map(|one| (one.0, is_inside(at)(&one.2)));
            mean_range(&pairs.collect::<Vec<_>>())
        };
        let width = |at: usize| move |ends: &[Interval; 2]| ends[at].high - ends[at].low;
        let score = |at: usize| {
            let penalty = 2.0 / [0.2, 0.05][at];
            move |ends: &[Interval; 2]| {
                let outside = ends[at].low.max(-ends[at].high).max(0.0);
                ends[at].high - ends[at].low + penalty * outside
            }
        };
        let count =
            |is: &dyn Fn(&Interval) -> bool| stated.iter().filter(|one| is(&one.2[0])).count();
        let mut ratios: Vec<f64> = stated.iter().map(|one| one.1).collect();
        let groups: BTreeSet<&str> = stated.iter().map(|one| one.0).collect();
        Some(Self {
            forecasts: stated.len(),
            groups: groups.len(),
            inside: [0, 1].map(|at| mean(&is_inside(at))),
            range: [0, 1].map(range),
            outside: [count(&|ends| ends.low > 0.0), count(&|ends| ends.high < 0.0)],
            interval_score: [0, 1].map(|at| mean(&score(at))),
            width: [0, 1].map(|at| mean(&width(at))),
            rms: root_mean_square(ratios.iter().copied()),
            bias: median_in_place(&mut ratios),
        })
    }
}

/// 90 % interval of the mean of (group, value) pairs, by a bootstrap of whole groups.
pub(crate) fn mean_range(values: &[(&str, f64)]) -> Interval {
    let mut groups: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (group, value) in values {
        let sums = groups.entry(group).or_default();
        *sums = (sums.0 + value, sums.1 + 1.0);
    }
    let groups: Vec<(f64, f64)> = groups.into_values().collect();
    let draw = |index| {
        let mut stream = RandomStream::new(90, index);
        let drawn = (0..groups.len()).map(|_| groups[stream.below(groups.len())]);
        let (sum, count) = drawn.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        sum / count
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(draw).collect();
    means.sort_by(f64::total_cmp);
    Interval { low: quantile_of_sorted(&means, 0.05), high: quantile_of_sorted(&means, 0.95) }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x * x, count + 1.0));
    (sum / count).sqrt()
}
