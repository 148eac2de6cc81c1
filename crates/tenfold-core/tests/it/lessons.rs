//! The curves that the shipped prior is learnt from, and their groups, which are left out together
//! when a prior is scored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tenfold_core::posterior::{Example, Lesson};
use tenfold_core::{CurvePoint, LearningCurve, MetricKind, Replicate, TrainingSetSize};

use crate::public_curves::{SplitCurve, curve, lcdb, revisiting};

/// A curve to learn from: all its points, and the number of those that a forecast would have seen.
pub(crate) struct Lecture {
    pub(crate) domain: String,
    pub(crate) group: String,
    pub(crate) curve: LearningCurve,
    pub(crate) kept: usize,
}

/// Number of largest sizes of tabular curves and language models that are hidden as the future.
const HIDDEN: usize = 3;

/// Every curve to learn from: those of `folder`, and the regressions of the file `unbounded`.
pub(crate) fn lectures(folder: &Path, unbounded: &Path) -> Vec<Lecture> {
    let split = lcdb(&folder.join("lcdb.csv"), HIDDEN).into_iter();
    let split = split.chain(revisiting(&folder.join("revisiting.csv")));
    let mut all: Vec<Lecture> = split.map(whole).collect();
    let model = |name: &str| name.split('|').nth(1).unwrap_or_default().to_owned();
    let language = losses(&folder.join("language_models.csv"), model);
    all.extend(language.into_iter().filter_map(|(group, curve)| {
        let sizes = curve.points().len();
        let kept = sizes.checked_sub(HIDDEN).filter(|kept| *kept > HIDDEN)?;
        Some(Lecture { domain: "LM".to_owned(), group, curve, kept })
    }));
    let runs = losses(&folder.join("training_runs.csv"), family);
    all.extend(runs.into_iter().filter_map(|(group, curve)| {
        let kept = curve.points().len().div_ceil(2);
        (kept > HIDDEN).then(|| Lecture { domain: "RUN".to_owned(), group, curve, kept })
    }));
    all.extend(regressions(unbounded));
    all
}

/// Family of a model whose training run is known, by its name before the size.
pub(crate) fn family(name: &str) -> String {
    if let Some((family, _)) = name.split_once(' ') {
        return family.to_owned();
    }
    let mut parts =
        name.split('-').take_while(|part| !part.starts_with(|c: char| c.is_ascii_digit()));
    parts.next().unwrap_or(name).to_owned()
}

/// The examples to learn from, made of the lectures that are seen and weighted by the number of
/// curves of each group; `lessons` are those of `lectures`, in order.
pub(crate) fn examples<'a>(
    lectures: &'a [Lecture],
    lessons: &'a [Lesson],
    is_seen: impl Fn(&Lecture) -> bool,
) -> Vec<Example<'a>> {
    let mut sizes: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for one in lectures {
        *sizes.entry((&one.domain, &one.group)).or_default() += 1.0;
    }
    let seen = lectures.iter().zip(lessons).filter(|(lecture, _)| is_seen(lecture));
    seen.map(|(lecture, lesson)| {
        let count = sizes[&(lecture.domain.as_str(), lecture.group.as_str())];
        // A group counts for the root of its number of curves, because its curves are neither
        // identical nor independent.
        Example { curve: &lecture.curve, kept: lecture.kept, lesson, weight: 1.0 / count.sqrt() }
    })
    .collect()
}

/// Lessons of all lectures, on two threads.
pub(crate) fn lessons(lectures: &[Lecture]) -> Vec<Lesson> {
    let of = |some: &[Lecture]| -> Vec<Lesson> {
        some.iter().map(|one| Lesson::of(&one.curve, one.kept)).collect()
    };
    let (first, second) = lectures.split_at(lectures.len() / 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| of(first));
        let mut second = of(second);
        let mut all = first.join().unwrap();
        all.append(&mut second);
        all
    })
}

/// Groups of each domain, sorted.
pub(crate) fn groups(lectures: &[Lecture]) -> BTreeMap<String, BTreeSet<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in lectures {
        groups.entry(one.domain.clone()).or_default().insert(one.group.clone());
    }
    groups
}

/// All points of a curve that was cut.
fn whole(split: SplitCurve) -> Lecture {
    let mut points = split.fitted.points().to_vec();
    let kept = points.len();
    let largest = split.fitted.largest_size();
    let last = points[kept - 1].clone();
    for &(size, error) in split.scored.iter().filter(|one| one.0 > largest) {
        let mut point = CurvePoint::measured(size, error);
        // Relative noise changes slowly; where it was not measured, that of the last size is used.
        let relative = last.standard_error.map(|one| one / last.error());
        point.standard_error = relative.map(|one| one * error);
        points.push(point);
    }
    let curve = curve(split.fitted.name(), split.fitted.metric(), points);
    Lecture { domain: split.domain, group: split.group, curve, kept }
}

/// Curves of a file of `curve,size,error,…`, each with its group; where a size is repeated the last row
/// stays.
fn losses(path: &Path, group: impl Fn(&str) -> String) -> Vec<(String, LearningCurve)> {
    // Training runs may not be redistributed, so not every folder has them.
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let mut curves: BTreeMap<String, BTreeMap<u64, CurvePoint>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let size: f64 = fields[1].parse().unwrap();
        let point =
            CurvePoint::measured(TrainingSetSize::new(size).unwrap(), fields[2].parse().unwrap());
        curves.entry(fields[0].to_owned()).or_default().insert(size.to_bits(), point);
    }
    let all = curves.into_iter().map(|(name, points)| {
        (group(&name), curve(&name, MetricKind::Loss, points.into_values().collect()))
    });
    all.collect()
}

/// The regressions that `bench/src/make_unbounded.py` measured: seeds at each size, then the mean of ten
/// runs at larger ones.
fn regressions(path: &Path) -> Vec<Lecture> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let mut curves: BTreeMap<String, BTreeMap<u64, (bool, Vec<f64>)>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let size: f64 = fields[1].parse().unwrap();
        let sizes = curves.entry(fields[0].to_owned()).or_default();
        let row = sizes.entry(size.to_bits()).or_default();
        row.0 = fields[2].starts_with("truth");
        row.1.push(fields[3].parse().unwrap());
    }
    let all = curves.into_iter().map(|(name, sizes)| {
        let kept = sizes.values().filter(|row| !row.0).count();
        let seeds = sizes.values().find(|row| !row.0).map_or(1, |row| row.1.len());
        let points = sizes.into_iter().map(|(size, (is_truth, errors))| {
            let size = TrainingSetSize::new(f64::from_bits(size)).unwrap();
            let mut point = CurvePoint::measured(size, errors[0]);
            let count = if is_truth { seeds } else { errors.len() };
            let errors = errors.into_iter().take(count).enumerate();
            point.replicates = errors
                .map(|(seed, error)| Replicate { seed: seed as u64, error, outcomes: None })
                .collect();
            point
        });
        let group = name.split('|').next().unwrap_or_default().to_owned();
        let curve = curve(&name, MetricKind::Unbounded, points.collect());
        Lecture { domain: "unbounded".to_owned(), group, curve, kept }
    });
    all.collect()
}
