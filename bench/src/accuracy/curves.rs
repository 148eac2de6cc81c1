//! Whole curves, and cutting them into what is fitted and what is scored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tenfold_core::{CurvePoint, MetricKind, Replicate, TrainingSetSize};

use crate::lessons::family;
use crate::methods::LeftOut;
pub(crate) use crate::public_curves::curve;
use crate::public_curves::{SplitCurve, lcdb, revisiting};
use crate::unbounded;

/// Number of folds over groups: a prior learnt from two folds forecasts the curves of the third.
const FOLDS: usize = 3;

/// All points of a curve, smallest first.
pub(crate) struct Whole {
    pub(crate) name: String,
    pub(crate) metric: MetricKind,
    /// Kind of data, as in `SplitCurve`.
    pub(crate) domain: &'static str,
    pub(crate) group: String,
    /// Size and error.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Whole {
    /// Cuts the curve: the points `kept` are fitted, the points `asked` are forecast; both are
    /// indices of points.
    pub(crate) fn cut(&self, kept: &[usize], asked: &[usize]) -> SplitCurve {
        let measured =
            |&at: &usize| CurvePoint::measured(size(self.points[at].0), self.points[at].1);
        SplitCurve {
            fitted: curve(&self.name, self.metric, kept.iter().map(measured).collect()),
            scored: asked.iter().map(|&at| (size(self.points[at].0), self.points[at].1)).collect(),
            domain: self.domain.to_owned(),
            group: self.group.clone(),
        }
    }

    /// Largest size.
    pub(crate) fn end(&self) -> f64 {
        self.points[self.points.len() - 1].0
    }

    /// Number of points up to `largest` examples.
    pub(crate) fn count_to(&self, largest: f64) -> usize {
        // A size may miss by rounding: 1e-9 is far below any spacing of sizes.
        self.points.iter().take_while(|point| point.0 <= largest * (1.0 + 1e-9)).count()
    }

    /// Number of the point whose size is nearest, as a ratio, and the log of that ratio.
    pub(crate) fn nearest(&self, wanted: f64) -> (usize, f64) {
        let away = |at: usize| (self.points[at].0 / wanted).ln().abs();
        let all = 0..self.points.len();
        let at = all.min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap();
        (at, away(at))
    }
}

/// A training-set size; panics if `examples` is not valid.
pub(crate) fn size(examples: f64) -> TrainingSetSize {
    TrainingSetSize::new(examples).unwrap()
}

/// A point with one replicate an error, seeds counted from 0.
pub(crate) fn replicated(examples: f64, errors: &[f64]) -> CurvePoint {
    let mut point = CurvePoint::measured(size(examples), 1.0);
    let replicate = |(seed, &error)| Replicate { seed, error, outcomes: None };
    point.replicates = (0..).zip(errors).map(replicate).collect();
    point
}

/// Rows of a csv file: the first field, quoted or not, and the others.
pub(crate) fn rows(path: &Path) -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let (name, rest) = match line.strip_prefix('"') {
            Some(quoted) => quoted.split_once("\",").unwrap(),
            None => line.split_once(',').unwrap(),
        };
        (name.to_owned(), rest.split(',').map(str::to_owned).collect())
    };
    text.lines().skip(1).map(row).collect()
}

/// The curves of a file of `curve,size,error,…`; where a size is repeated the last row stays.
pub(crate) fn whole(
    path: &Path,
    metric: MetricKind,
    domain: &'static str,
    group: impl Fn(&str) -> String,
) -> Vec<Whole> {
    let mut curves: BTreeMap<String, BTreeMap<u64, (f64, f64)>> = BTreeMap::new();
    for (name, fields) in rows(path) {
        let (size, error): (f64, f64) = (fields[0].parse().unwrap(), fields[1].parse().unwrap());
        if error > 0.0 {
            // The bits of positive numbers sort like the numbers.
            curves.entry(name).or_default().insert(size.to_bits(), (size, error));
        }
    }
    let whole = curves.into_iter().map(|(name, points)| Whole {
        group: group(&name),
        name,
        metric,
        domain,
        points: points.into_values().collect(),
    });
    whole.collect()
}

/// Every size of the tabular curves.
pub(crate) fn tabular(folder: &Path) -> Vec<Whole> {
    let data_set = |name: &str| name.split('|').next().unwrap_or_default().to_owned();
    whole(&folder.join("lcdb.csv"), MetricKind::ErrorRate, "LCDB", data_set)
}

/// Losses of language models, which are few; groups are models.
pub(crate) fn language_models(folder: &Path) -> Vec<Whole> {
    let model = |name: &str| name.split('|').nth(1).unwrap_or_default().to_owned();
    whole(&folder.join("language_models.csv"), MetricKind::Loss, "LM", model)
}

/// Losses within training runs; groups are families of models.
pub(crate) fn training_runs(folder: &Path) -> Vec<Whole> {
    whole(&folder.join("training_runs.csv"), MetricKind::Loss, "RUN", family)
}

/// Every size of the image and BIG-Bench curves, which are error rates.
pub(crate) fn dense(folder: &Path) -> Vec<Whole> {
    let splits = revisiting(&folder.join("revisiting.csv")).into_iter();
    let whole = splits.filter_map(|split| {
        let domain = ["IC", "BB"].into_iter().find(|&domain| domain == split.domain)?;
        let fitted = split.fitted.points().iter().map(|point| (point.size.get(), point.error()));
        let scored = split.scored.iter().map(|(size, error)| (size.get(), *error));
        let mut points: Vec<(f64, f64)> = fitted.chain(scored).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let name = split.fitted.name().to_owned();
        Some(Whole { name, metric: MetricKind::ErrorRate, domain, group: split.group, points })
    });
    whole.collect()
}

/// The tabular curves by the loader's rules, with forecasts for the last of `hidden` sizes only.
pub(crate) fn tabular_last(folder: &Path, hidden: usize) -> Vec<SplitCurve> {
    let mut splits = lcdb(&folder.join("lcdb.csv"), hidden);
    for split in &mut splits {
        split.scored.drain(..hidden - 1);
    }
    splits
}

/// The fold of every group from which priors are learnt.
pub(crate) struct Folds(BTreeMap<String, usize>);

impl Folds {
    /// Sorts the groups of each kind of data; the fold is the position mod 3. Folds are the same in
    /// every table, so that three priors suffice for all of them.
    pub(crate) fn load(folder: &Path) -> Self {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let dense = revisiting(&folder.join("revisiting.csv")).into_iter();
        let dense = dense.map(|split| (split.domain, split.group));
        let others = [tabular(folder), language_models(folder)];
        let others = others.into_iter().flatten().map(|one| (one.domain.to_owned(), one.group));
        let regression = unbounded::data_sets().into_iter();
        let regression = regression.map(|group| (unbounded::DOMAIN.to_owned(), group));
        let runs = training_runs(folder).into_iter().map(|one| (one.domain.to_owned(), one.group));
        for (domain, group) in dense.chain(others).chain(regression).chain(runs) {
            kinds.entry(domain).or_default().insert(group);
        }
        let placed = kinds.into_values().flat_map(|groups| groups.into_iter().zip(0..));
        Self(placed.map(|(group, place): (String, usize)| (group, place % FOLDS)).collect())
    }

    /// For each case, the groups of its own fold, of every kind of data; nothing where no prior is
    /// learnt from its group.
    pub(crate) fn left_out(&self, cases: &[SplitCurve]) -> Vec<LeftOut> {
        let members = |fold: usize| {
            let own = self.0.iter().filter(|one| *one.1 == fold);
            LeftOut::Groups(own.map(|one| one.0.clone()).collect())
        };
        let folds: Vec<LeftOut> = (0..FOLDS).map(members).collect();
        let of = |case: &SplitCurve| self.0.get(&case.group).map(|&fold| folds[fold].clone());
        cases.iter().map(|case| of(case).unwrap_or(LeftOut::Nothing)).collect()
    }
}
