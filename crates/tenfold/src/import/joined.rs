//! Keeps the imported runs of a study in `.tenfold/imported/runs.jsonl` and joins them with
//! measured curves.
//!
//! Each run is one line with its identity, so that importing it again replaces the line. The file
//! is small; deleting it undoes every import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, LearningCurve, MetricKind, Replicate, TrainingSetSize,
    Zeros, without_zeros,
};

use super::understand::Understood;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::measured::{ImportedRun, MeasuredCurve};
use crate::store::{StudyFolder, write_atomically};
use crate::words::perfect_sizes;

/// One imported run, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    /// Its identity: importing it again replaces the line.
    pub id: String,
    /// Name of the curve it is a point of.
    pub curve: String,
    /// Training-set size.
    pub size: f64,
    /// Seed; `None` if the tool knows none.
    pub seed: Option<u64>,
    /// Error, from 0, lower is better.
    pub error: f64,
    /// Standard error, if the run is the mean of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// Kind of error, by name.
    pub kind: String,
    /// Name of the metric.
    pub metric: String,
    /// The run's name in its tool.
    pub run: String,
    /// Tool and source: "mlflow mlflow.db".
    pub source: String,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Number of runs that were added.
    pub new: usize,
    /// Number of runs that replaced an earlier import of the same run.
    pub known: usize,
}

/// The imported runs of the study, in the order of curve, size, seed.
///
/// # Errors
/// A file that cannot be read, or a line in it that is no imported run.
pub fn read(folder: &StudyFolder) -> Result<Vec<KeptRun>> {
    let path = file(folder);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context(format!("reading `{}`", path.display())),
    };
    let mut runs = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let run = serde_json::from_str::<KeptRun>(line).ok().filter(is_sound);
        runs.push(run.ok_or_else(|| not_a_run(&path, number))?);
    }
    sort(&mut runs);
    Ok(runs)
}

fn not_a_run(path: &Path, line: u64) -> Problems {
    let message = "the line is not an imported run";
    let hint = "delete the line or the file, then import its runs again";
    Problem::new(ProblemKind::Store, message).at(Place::line(path, line)).hint(hint).into()
}

fn is_sound(run: &KeptRun) -> bool {
    TrainingSetSize::new(run.size).is_some() && run.error.is_finite() && run.error >= 0.0
}

fn sort(runs: &mut [KeptRun]) {
    runs.sort_by(|a, b| {
        let names = a.curve.cmp(&b.curve).then(a.size.total_cmp(&b.size));
        names.then(a.seed.cmp(&b.seed)).then(a.id.cmp(&b.id))
    });
}

fn file(folder: &StudyFolder) -> PathBuf {
    folder.root().join("imported").join("runs.jsonl")
}

/// Adds the runs of `understood`, which come from `source`, to the study's imported runs.
///
/// # Errors
/// If the file cannot be read or written; it is then as it was.
pub fn add(folder: &StudyFolder, understood: &Understood, source: &str) -> Result<Joined> {
    let path = file(folder);
    let parent = folder.root().join("imported");
    fs::create_dir_all(&parent).with_context(|| format!("making `{}`", parent.display()))?;
    // Two imports at the same time wait for each other, so that neither loses the other's runs.
    let lock_path = parent.join("lock");
    let lock =
        File::create(&lock_path).with_context(|| format!("writing `{}`", lock_path.display()))?;
    lock.lock().with_context(|| format!("locking `{}`", lock_path.display()))?;
    let mut runs: BTreeMap<String, KeptRun> =
        read(folder)?.into_iter().map(|run| (run.id.clone(), run)).collect();
    let mut joined = Joined::default();
    for one in &understood.measurements {
        let run = KeptRun {
            id: one.identity.as_str().to_owned(),
            curve: one.curve.clone(),
            size: one.size.get(),
            seed: one.seed,
            error: one.error,
            standard_error: one.standard_error,
            kind: understood.kind.name().to_owned(),
            metric: understood.roles.metric.name.clone(),
            run: one.run.clone(),
            source: source.to_owned(),
        };
        match runs.insert(run.id.clone(), run) {
            Some(_) => joined.known += 1,
            None => joined.new += 1,
        }
    }
    let mut runs: Vec<KeptRun> = runs.into_values().collect();
    sort(&mut runs);
    let mut text = String::new();
    for run in &runs {
        text.push_str(&serde_json::to_string(run)?);
        text.push('\n');
    }
    write_atomically(&path, text.as_bytes())?;
    Ok(joined)
}

/// Adds the imported runs to the points of the measured curves; imported curves of other names
/// follow. Also returns what was done about errors of 0, one sentence each.
///
/// # Errors
/// If a curve cannot be put together.
pub fn join(
    measured: Vec<MeasuredCurve>,
    runs: &[KeptRun],
) -> Result<(Vec<MeasuredCurve>, Vec<String>)> {
    let mut told = Vec::new();
    let mut of_curve: BTreeMap<&str, Vec<&KeptRun>> = BTreeMap::new();
    for run in runs {
        of_curve.entry(&run.curve).or_default().push(run);
    }
    let pattern = measured.first().map(|first| (first.curve.metric(), first.curve.aggregate()));
    let mut joined = Vec::new();
    for one in measured {
        joined.push(match of_curve.remove(one.curve.name()) {
            Some(runs) => with_runs(one, &runs, &mut told)?,
            None => one,
        });
    }
    for (name, runs) in of_curve {
        let kinds = [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded];
        let own = kinds.into_iter().find(|kind| kind.name() == runs[0].kind);
        let (metric, aggregate) =
            pattern.unwrap_or((own.unwrap_or(MetricKind::Loss), Aggregate::MEAN));
        let description =
            CurveDescription { name: name.to_owned(), metric, aggregate, best_guess: None };
        let (points, imported, zeros) = points_with(Vec::new(), &runs)?;
        told.extend(said_of(name, &zeros));
        let curve = LearningCurve::new(description, points)
            .with_context(|| format!("putting together the imported curve `{name}`"))?;
        joined.push(MeasuredCurve { curve, models: Vec::new(), imported, scale: None });
    }
    Ok((joined, told))
}

fn said_of(name: &str, zeros: &Zeros) -> Option<String> {
    let averaged = "some errors are 0 of an unknown number of test examples: the runs of each size were averaged";
    let of_perfect = perfect_sizes(zeros).map_or(String::new(), |words| format!("; {words}"));
    zeros.is_averaged.then(|| format!("{name}: {averaged}{of_perfect}"))
}

fn with_runs(
    one: MeasuredCurve,
    runs: &[&KeptRun],
    told: &mut Vec<String>,
) -> Result<MeasuredCurve> {
    let (points, imported, zeros) = points_with(one.curve.points().to_vec(), runs)?;
    told.extend(said_of(one.curve.name(), &zeros));
    let description = CurveDescription {
        name: one.curve.name().to_owned(),
        metric: one.curve.metric(),
        aggregate: one.curve.aggregate(),
        best_guess: one.curve.best_guess(),
    };
    let curve = LearningCurve::new(description, points)
        .with_context(|| format!("joining imported runs with curve `{}`", one.curve.name()))?;
    Ok(MeasuredCurve { curve, models: one.models, imported, scale: one.scale })
}

/// The points with the imported runs added as replicates, the imported replicates, and what was
/// done about errors of 0.
///
/// A fit resamples seeds across all sizes. Since an imported seed 0 is not the study's seed 0,
/// imported seeds are numbered from the study's largest seed on.
fn points_with(
    mut points: Vec<CurvePoint>,
    runs: &[&KeptRun],
) -> Result<(Vec<CurvePoint>, Vec<ImportedRun>, Zeros)> {
    let measured = points.iter().flat_map(|point| point.replicates.iter().map(|one| one.seed));
    let first_free = measured.max().map_or(0, |largest| largest.saturating_add(1));
    let seeds: BTreeSet<u64> = runs.iter().filter_map(|run| run.seed).collect();
    let columns: BTreeMap<u64, u64> = seeds.into_iter().zip(first_free..).collect();
    let mut imported: Vec<ImportedRun> = Vec::new();
    for run in runs {
        let Some(size) = TrainingSetSize::new(run.size) else { continue };
        let unnamed = imported.iter().filter(|one| one.size == size).count();
        let seed = run.seed.and_then(|seed| columns.get(&seed).copied());
        let seed = seed.unwrap_or(first_free + columns.len() as u64 + unnamed as u64);
        let replicate = Replicate { seed, error: run.error, outcomes: None };
        match points.iter_mut().find(|point| point.size == size) {
            // Another run at the size turns a censored point, whose runs were all perfect, into a
            // measured one.
            Some(point) => {
                if std::mem::take(&mut point.is_censored) {
                    point.replicates.iter_mut().for_each(|one| one.error = 0.0);
                }
                point.replicates.push(replicate);
            }
            None => points.push(CurvePoint {
                replicates: vec![replicate],
                // More runs at the size only lower the standard error of the point below that of
                // this run.
                standard_error: run.standard_error,
                ..CurvePoint::measured(size, run.error)
            }),
        }
        imported.push(ImportedRun {
            size,
            seed: run.seed,
            error: run.error,
            run: run.run.clone(),
            source: run.source.clone(),
        });
    }
    let zeros = without_zeros(&mut points)?;
    Ok((points, imported, zeros))
}
