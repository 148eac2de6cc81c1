//! The subject of a report: the measured curves of a study, or those of a curve file.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tenfold_core::{TrainingFacts, TrainingSetSize};
use tenfold_train::METRICS;

use super::Goal;
use crate::curve_file::{self, Measurements, ReadOptions, Scale};
use crate::import::joined;
use crate::meaning::sizes::{EXAMPLES, unit_named};
use crate::measured::curves::measured_study;
use crate::measured::{MeasuredCurve, Note, NoteLevel, imported_words};
use crate::store::{Database, StoreError, StudyFolder};
use crate::study::Study;

/// Curves in memory, or curves of a file that are built one at a time.
#[derive(Debug)]
pub enum Curves {
    /// All curves, in memory.
    Held(Vec<MeasuredCurve>),
    /// The measurements of a file, which may have a hundred thousand curves.
    InFile(Box<Measurements>),
}

impl Curves {
    /// Number of curves.
    pub fn len(&self) -> usize {
        match self {
            Self::Held(curves) => curves.len(),
            Self::InFile(measurements) => measurements.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Curve number `index`.
    ///
    /// # Errors
    /// None for files that could be read.
    pub fn at(&self, index: usize) -> Result<MeasuredCurve> {
        match self {
            Self::Held(curves) => Ok(curves[index].clone()),
            Self::InFile(measurements) => {
                let curve = measurements.curve(index)?;
                let scale = Some(measurements.scale.clone());
                Ok(MeasuredCurve { curve, models: Vec::new(), imported: Vec::new(), scale })
            }
        }
    }

    /// Largest size of any curve; 0 without curves.
    ///
    /// # Errors
    /// None for files that could be read.
    pub fn largest_size(&self) -> Result<f64> {
        (0..self.len()).try_fold(0.0, |largest: f64, index| {
            Ok(largest.max(self.at(index)?.curve.largest_size().get()))
        })
    }
}

/// Curves, and the facts that a report shows around them.
#[derive(Debug, Serialize)]
pub struct Subject<C = Vec<MeasuredCurve>> {
    /// Name of the study or the file.
    pub title: String,
    /// The curves.
    pub curves: C,
    /// Facts about the training behind each curve, by its name.
    pub training: BTreeMap<String, TrainingFacts>,
    /// The study's goal.
    pub goal: Goal,
    /// Findings about the data, the training and the measurement.
    pub notes: Vec<Note>,
    /// Remarks to show at once: how the numbers were read, and what they rest on.
    pub remarks: Vec<String>,
    /// Where the numbers come from, as pairs of label and value.
    pub provenance: Vec<(String, String)>,
    /// Name of the error.
    pub metric_label: String,
    /// Unit of the sizes, in the plural.
    pub unit: &'static str,
    /// Path of the report unless the user gives another.
    pub report_path: PathBuf,
    /// Number of all rows, for a study with folds, where every training leaves some rows out;
    /// `None` otherwise.
    pub all_rows: Option<f64>,
}

impl Subject {
    /// The measured curves of `study`, by `metric` instead of its own if one is named.
    ///
    /// # Errors
    /// If nothing was run or imported, or the database cannot be read.
    pub fn of_study(study: &Study, metric: Option<&str>) -> Result<Self> {
        let folder = StudyFolder::open(&study.folder);
        let imported = joined::read(&folder)?;
        let database = match Database::read(&folder) {
            Err(StoreError::NothingRun { .. }) if !imported.is_empty() => {
                return Self::of_imported(study, &folder, &imported);
            }
            database => database?,
        };
        let measured = measured_study(&database, metric)?;
        let mut remarks = Vec::new();
        if measured.study_text != *study.text {
            remarks.push(
                "study.toml has changed since the last `tenfold run`; this is the study as it was \
                 run"
                .to_owned(),
            );
        }
        let facts = &measured.facts;
        let (curves, told) = joined::join(measured.curves, &imported)?;
        let mut notes = measured.notes;
        notes.extend(told.into_iter().map(warning));
        let imported = imported_notes(&curves);
        remarks.extend(imported.iter().map(|note| note.text.clone()));
        notes.extend(imported);
        let held_out = match (facts.test, facts.folds) {
            (_, Some(folds)) => format!("{folds}-fold test"),
            (Some(_), None) => "test".to_owned(),
            (None, None) => "validation".to_owned(),
        };
        let metric = match facts.metric.as_str() {
            "error_rate" => "error".to_owned(),
            "cross_entropy" => "cross-entropy".to_owned(),
            // Names of our own metrics are words; those of commands may be anything.
            own if METRICS.iter().any(|metric| metric.name() == own) => own.replace('_', " "),
            other => other.to_owned(),
        };
        Ok(Self {
            title: study.name.clone(),
            goal: goal_of(study),
            provenance: facts.provenance(),
            metric_label: format!("{held_out} {metric}"),
            unit: unit_named(facts.unit_name()),
            all_rows: facts.folds.map(|_| facts.whole_size() as f64),
            report_path: folder.report(),
            notes,
            remarks,
            training: measured.training,
            curves,
        })
    }

    /// Builds the subject of a study that was not run yet and has only imported runs.
    fn of_imported(
        study: &Study,
        folder: &StudyFolder,
        imported: &[joined::KeptRun],
    ) -> Result<Self> {
        let (curves, told) = joined::join(Vec::new(), imported)?;
        let mut notes: Vec<Note> = told.into_iter().map(warning).collect();
        notes.extend(imported_notes(&curves));
        Ok(Self {
            title: study.name.clone(),
            goal: goal_of(study),
            provenance: vec![("imported runs".to_owned(), imported.len().to_string())],
            all_rows: None,
            metric_label: imported.first().map_or_else(String::new, |run| run.metric.clone()),
            unit: EXAMPLES,
            report_path: folder.report(),
            remarks: imported_notes(&curves).into_iter().map(|note| note.text).collect(),
            notes,
            training: BTreeMap::new(),
            curves,
        })
    }
}

impl<C> Subject<C> {
    /// Returns the same subject with the curves replaced by `of(curves)`.
    ///
    /// # Errors
    /// Those of `of`.
    pub fn with<D>(self, of: impl FnOnce(C) -> Result<D>) -> Result<Subject<D>> {
        Ok(Subject {
            title: self.title,
            curves: of(self.curves)?,
            training: self.training,
            goal: self.goal,
            notes: self.notes,
            remarks: self.remarks,
            provenance: self.provenance,
            metric_label: self.metric_label,
            unit: self.unit,
            report_path: self.report_path,
            all_rows: self.all_rows,
        })
    }
}

impl Subject<Curves> {
    /// Reads the curves of the file `path` with `options`.
    ///
    /// # Errors
    /// A broken file.
    pub fn of_curve_file(path: &Path, options: &ReadOptions) -> Result<Self> {
        let mut measurements = curve_file::read_measurements(path, options)?;
        let remarks = std::mem::take(&mut measurements.warnings);
        let name = if path == Path::new("-") {
            "standard input".to_owned()
        } else {
            path.file_name().unwrap_or_default().to_string_lossy().into_owned()
        };
        Ok(Self {
            provenance: vec![("curve file".to_owned(), name.clone())],
            title: name,
            training: BTreeMap::new(),
            goal: Goal::default(),
            notes: Vec::new(),
            remarks,
            metric_label: error_label(&measurements.scale),
            unit: measurements.unit,
            curves: Curves::InFile(Box::new(measurements)),
            report_path: PathBuf::from("report.html"),
            all_rows: None,
        })
    }

    /// Builds all curves in memory.
    ///
    /// # Errors
    /// None for files that could be read.
    pub fn hold(self) -> Result<Subject> {
        self.with(|curves| match curves {
            Curves::Held(curves) => Ok(curves),
            in_file @ Curves::InFile(_) => (0..in_file.len()).map(|at| in_file.at(at)).collect(),
        })
    }
}

/// Name of the error of a file: its metric, or `error of` a metric that was a score.
fn error_label(scale: &Scale) -> String {
    if scale.is_turned() { format!("error of {}", scale.metric) } else { scale.metric.clone() }
}

fn goal_of(study: &Study) -> Goal {
    let have = study.goal.have.and_then(|have| TrainingSetSize::new(have as f64));
    Goal {
        target: study.goal.target,
        cost_per_example: study.goal.cost_per_example,
        have,
        value_per_point: study.goal.value_per_point,
        budget: study.goal.budget,
        examples_per_day: study.goal.examples_per_day,
        deadline: study.goal.deadline,
    }
}

fn warning(text: String) -> Note {
    Note { level: NoteLevel::Warn, text }
}

/// One note for each curve with imported runs, because its numbers rest on them.
fn imported_notes(curves: &[MeasuredCurve]) -> Vec<Note> {
    let words = curves.iter().filter_map(imported_words);
    words.map(|text| Note { level: NoteLevel::Ok, text }).collect()
}
