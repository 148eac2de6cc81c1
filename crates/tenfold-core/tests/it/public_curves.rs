//! Public learning curves, as files and as `LearningCurve`s.
//!
//! Loader rules, so that figures compare with published ones. `revisiting.csv`: `split=train` rows
//! are fitted and `split=test` rows scored; where a curve repeats a size the last row stays.
//! `lcdb.csv`: sizes 16 * 2^k, at least 6 left after hiding, errors not below 1e-4, no curve whose
//! last fitted training error is below 2e-3.

use std::collections::BTreeMap;
use std::path::Path;

use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, LearningCurve, MetricKind, TrainingSetSize,
};

/// A curve cut in two.
pub(crate) struct SplitCurve {
    /// What is fitted.
    pub(crate) fitted: LearningCurve,
    /// Larger sizes and the errors measured there.
    pub(crate) scored: Vec<(TrainingSetSize, f64)>,
    /// Data it comes from: "IC", "NMT", "BB", "LCDB".
    pub(crate) domain: String,
    /// Curves of one group share models or data sets, so they are never split by validation.
    pub(crate) group: String,
}

/// Points of a curve by the bits of the size, which sort like the (positive) sizes.
type Rows = BTreeMap<u64, CurvePoint>;

/// The curves of a file in the format of `revisiting.csv`.
pub(crate) fn revisiting(path: &Path) -> Vec<SplitCurve> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut curves: BTreeMap<String, (String, Rows, Rows)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (name, rest) = name_and_rest(line);
        let fields: Vec<&str> = rest.split(',').collect();
        let entry = curves.entry(name.to_owned()).or_default();
        fields[0].clone_into(&mut entry.0);
        let rows = if fields[3] == "train" { &mut entry.1 } else { &mut entry.2 };
        insert(rows, fields[1], fields[2], None);
    }
    let split = curves.into_iter().map(|(name, (domain, train, test))| {
        let metric = if domain == "NMT" { MetricKind::Loss } else { MetricKind::ErrorRate };
        let model = name.rsplit('|').next().unwrap_or_default();
        let group = match domain.as_str() {
            // The translation models share one data set, the BIG-Bench curves one model.
            "IC" => format!("IC|{model}"),
            other => other.to_owned(),
        };
        let scored = test.into_values().map(|point| (point.size, point.error())).collect();
        let fitted = curve(&name, metric, train.into_values().collect());
        SplitCurve { fitted, scored, domain, group }
    });
    split.collect()
}

/// The power-of-two shards of `lcdb.csv`, the `hidden` largest sizes of each curve scored.
pub(crate) fn lcdb(path: &Path, hidden: usize) -> Vec<SplitCurve> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut curves: BTreeMap<String, Rows> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (name, rest) = name_and_rest(line);
        let fields: Vec<&str> = rest.split(',').collect();
        let size: f64 = fields[0].parse().unwrap();
        let doublings = (size / 16.0).log2();
        if (doublings - doublings.round()).abs() > 1e-9 {
            continue;
        }
        let error = fields[1].parse::<f64>().unwrap().max(1e-4);
        let standard_error = fields[2].parse::<f64>().ok().filter(|&error| error > 0.0);
        let rows = curves.entry(name.to_owned()).or_default();
        let point = insert(rows, fields[0], &error.to_string(), standard_error);
        point.train_error = fields[3].parse().ok();
    }
    let split = curves.into_iter().filter_map(|(name, mut rows)| {
        if rows.len() < hidden + 6 {
            return None;
        }
        let mut scored = Vec::new();
        while scored.len() < hidden {
            let (_, point) = rows.pop_last()?;
            scored.insert(0, (point.size, point.error()));
        }
        let group = name.split('|').next().unwrap_or_default().to_owned();
        let fitted = curve(&name, MetricKind::ErrorRate, rows.into_values().collect());
        let is_learnable = fitted.points().last()?.error() >= 2e-3;
        is_learnable.then(|| SplitCurve { fitted, scored, domain: "LCDB".to_owned(), group })
    });
    split.collect()
}

fn insert<'a>(
    rows: &'a mut Rows,
    size: &str,
    error: &str,
    standard_error: Option<f64>,
) -> &'a mut CurvePoint {
    let size = TrainingSetSize::new(size.parse::<f64>().unwrap()).unwrap();
    let mut point = CurvePoint::measured(size, error.parse().unwrap());
    point.standard_error = standard_error;
    rows.entry(size.get().to_bits()).insert_entry(point).into_mut()
}

/// A curve of means through `points`.
pub(crate) fn curve(name: &str, metric: MetricKind, points: Vec<CurvePoint>) -> LearningCurve {
    let description = CurveDescription {
        name: name.to_owned(),
        metric,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    };
    LearningCurve::new(description, points).unwrap()
}

/// The first field, quoted or not, and what follows its comma.
fn name_and_rest(line: &str) -> (&str, &str) {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\",").unwrap(),
        None => line.split_once(',').unwrap(),
    }
}
