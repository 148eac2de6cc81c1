//! What a command speaks about: a study's measured curves, or a curve file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tenfold_core::law::joint::joint_family_by_name;
use tenfold_core::{
    CurveFamily, FAMILIES, FitOptions, ForecastOf, MetricKind, TrainingFacts, TrainingSetSize,
};

use super::amount::{self, TypedError};
use super::arguments::CurveArguments;
use super::form_arguments::WideWord;
use super::output::Output;
use super::problem::usage;
use super::reading_arguments::{Kind, direction};
use crate::curve_file::{self, Measurements, ReadOptions, Scale};
use crate::diagnostic::closest;
use crate::import::joined;
use crate::meaning::sizes::EXAMPLES;
use crate::pipeline::curves::measured_study;
use crate::report::view::words;
use crate::report::{Goal, MeasuredCurve, Note, NoteLevel, ReportInput, StudyReport, assemble};
use crate::store::{Database, StoreError, StudyFolder};
use crate::study::{self, Study};

/// Curves that are there already, or a file's that are made one at a time.
#[derive(Debug)]
pub(crate) enum Curves {
    /// All of them.
    Held(Vec<MeasuredCurve>),
    /// What was read of a file, which may have a hundred thousand of them.
    InFile(Box<Measurements>),
}

impl Curves {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Held(curves) => curves.len(),
            Self::InFile(measurements) => measurements.len(),
        }
    }

    /// Curve number `index`.
    ///
    /// # Errors
    /// None for files that could be read.
    pub(crate) fn at(&self, index: usize) -> Result<MeasuredCurve> {
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
    pub(crate) fn largest_size(&self) -> Result<f64> {
        (0..self.len()).try_fold(0.0, |largest: f64, index| {
            Ok(largest.max(self.at(index)?.curve.largest_size().get()))
        })
    }
}

/// Curves and what is known around them.
#[derive(Debug)]
pub(crate) struct Subject<C = Vec<MeasuredCurve>> {
    /// Name of the study or the file.
    pub title: String,
    /// The curves.
    pub curves: C,
    /// What is known of the training behind each curve, by its name.
    pub training: BTreeMap<String, TrainingFacts>,
    /// The study's goal.
    pub goal: Goal,
    /// What was noticed.
    pub notes: Vec<Note>,
    /// Where the numbers come from.
    pub provenance: Vec<(String, String)>,
    /// What the error is.
    pub metric_label: String,
    /// What sizes count, in the plural.
    pub unit: &'static str,
    /// Where the report goes unless said otherwise.
    pub report_path: PathBuf,
    /// All rows there are, where folds leave some out of every training.
    pub all_rows: Option<f64>,
}

impl Subject {
    /// Reads the study or curve file that `arguments` name.
    ///
    /// # Errors
    /// Nothing there, nothing measured, or a broken file.
    pub(crate) fn read(arguments: &CurveArguments, output: &Output) -> Result<Self> {
        Subject::open(arguments, output)?.hold()
    }

    /// The measured curves of `study`.
    ///
    /// # Errors
    /// If nothing was run or imported, or the database cannot be read.
    pub(crate) fn of_study(study: &Study, output: &Output) -> Result<Self> {
        let folder = StudyFolder::open(&study.folder);
        let imported = joined::read(&folder)?;
        let database = match Database::read(&folder) {
            Err(StoreError::NothingRun { .. }) if !imported.is_empty() => {
                return Self::of_imported(study, &folder, &imported, output);
            }
            database => database?,
        };
        let measured = measured_study(&database)?;
        if measured.study_text != *study.text {
            output.talk(
                "note: study.toml has changed since the last `tenfold run`; this is the study as \
                 it was run",
            );
        }
        let facts = &measured.facts;
        let (curves, told) = joined::join(measured.curves, &imported)?;
        let mut notes = measured.notes;
        notes.extend(told.into_iter().map(warning));
        notes.extend(imported_notes(&curves, output));
        let held_out = match (facts.test, facts.folds) {
            (_, Some(folds)) => format!("{folds}-fold test"),
            (Some(_), None) => "test".to_owned(),
            (None, None) => "validation".to_owned(),
        };
        let metric = match facts.metric.as_str() {
            "error_rate" => "error".to_owned(),
            "cross_entropy" => "cross-entropy".to_owned(),
            other => other.to_owned(),
        };
        Ok(Self {
            title: study.name.clone(),
            goal: goal_of(study),
            provenance: facts.provenance(),
            metric_label: format!("{held_out} {metric}"),
            unit: EXAMPLES,
            all_rows: facts.folds.map(|_| facts.examples as f64),
            report_path: folder.report(),
            notes,
            training: measured.training,
            curves,
        })
    }

    /// A study of which nothing has been run yet: its imported runs are all there is.
    fn of_imported(
        study: &Study,
        folder: &StudyFolder,
        imported: &[joined::KeptRun],
        output: &Output,
    ) -> Result<Self> {
        let (curves, told) = joined::join(Vec::new(), imported)?;
        let mut notes: Vec<Note> = told.into_iter().map(warning).collect();
        notes.extend(imported_notes(&curves, output));
        Ok(Self {
            title: study.name.clone(),
            goal: goal_of(study),
            provenance: vec![("imported runs".to_owned(), imported.len().to_string())],
            all_rows: None,
            metric_label: imported.first().map_or_else(String::new, |run| run.metric.clone()),
            unit: EXAMPLES,
            report_path: folder.report(),
            notes,
            training: BTreeMap::new(),
            curves,
        })
    }

    /// How the errors of the curves are typed.
    pub(crate) fn typed_as(&self) -> TypedError {
        let none = TypedError { kind: MetricKind::Unbounded, scale: None };
        self.curves.first().map_or(none, TypedError::of)
    }

    /// The view model of a page, which also says why the curves are as they are.
    pub(crate) fn page(self, options: &FitOptions<'_>) -> StudyReport {
        let training = self.training.clone();
        let mut report = self.report(Vec::new(), options);
        report.diagnose(&training);
        report
    }

    /// The view model, with forecasts at `at`.
    pub(crate) fn report(self, at: Vec<TrainingSetSize>, options: &FitOptions<'_>) -> StudyReport {
        self.report_of(at, ForecastOf::default(), options)
    }

    /// The view model, with forecasts of what is asked for at `at`.
    pub(crate) fn report_of(
        self,
        at: Vec<TrainingSetSize>,
        of: ForecastOf,
        options: &FitOptions<'_>,
    ) -> StudyReport {
        let input = ReportInput {
            title: self.title,
            curves: self.curves,
            goal: self.goal,
            metric_label: self.metric_label,
            unit: self.unit.to_owned(),
            notes: self.notes,
            provenance: self.provenance,
            at,
            of,
        };
        assemble(input, options)
    }
}

impl<C> Subject<C> {
    /// The same with what `of` makes of the curves.
    fn with<D>(self, of: impl FnOnce(C) -> Result<D>) -> Result<Subject<D>> {
        Ok(Subject {
            title: self.title,
            curves: of(self.curves)?,
            training: self.training,
            goal: self.goal,
            notes: self.notes,
            provenance: self.provenance,
            metric_label: self.metric_label,
            unit: self.unit,
            report_path: self.report_path,
            all_rows: self.all_rows,
        })
    }
}

impl Subject<Curves> {
    /// As [`Subject::read`], with the curves of a file still to be made.
    ///
    /// # Errors
    /// As [`Subject::read`].
    pub(crate) fn open(arguments: &CurveArguments, output: &Output) -> Result<Self> {
        let path = arguments.subject.as_path();
        let is_study = path.is_dir() || path.extension().is_some_and(|ending| ending == "toml");
        if is_study {
            let subject = Subject::of_study(&study::load(path)?, output)?;
            return subject.with(|curves| Ok(Curves::Held(curves)));
        }
        Self::of_curve_file(path, &read_options(arguments)?, output)
    }

    /// The curves of a file that is read with `options`.
    ///
    /// # Errors
    /// A broken file.
    pub(crate) fn of_curve_file(
        path: &Path,
        options: &ReadOptions,
        output: &Output,
    ) -> Result<Self> {
        let measurements = curve_file::read_measurements(path, options)?;
        for warning in &measurements.warnings {
            output.talk(&format!("note: {warning}"));
        }
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
            metric_label: error_label(&measurements.scale),
            unit: measurements.unit,
            curves: Curves::InFile(Box::new(measurements)),
            report_path: PathBuf::from("report.html"),
            all_rows: None,
        })
    }

    /// Makes all curves.
    ///
    /// # Errors
    /// None for files that could be read.
    pub(crate) fn hold(self) -> Result<Subject> {
        self.with(|curves| match curves {
            Curves::Held(curves) => Ok(curves),
            in_file @ Curves::InFile(_) => (0..in_file.len()).map(|at| in_file.at(at)).collect(),
        })
    }

    /// How the errors of the first curve are typed.
    ///
    /// # Errors
    /// None for files that could be read.
    pub(crate) fn typed_as(&self) -> Result<TypedError> {
        if self.curves.len() == 0 {
            return Ok(TypedError { kind: MetricKind::Unbounded, scale: None });
        }
        Ok(TypedError::of(&self.curves.at(0)?))
    }
}

/// What the error of a file is called: its metric, or the error of a score.
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

/// A note for each curve with imported runs, said at once too: the numbers rest on them.
fn warning(text: String) -> Note {
    Note { level: NoteLevel::Warn, text }
}

fn imported_notes(curves: &[MeasuredCurve], output: &Output) -> Vec<Note> {
    let words = curves.iter().filter_map(words::imported);
    let notes: Vec<Note> = words.map(|text| Note { level: NoteLevel::Ok, text }).collect();
    for note in &notes {
        output.talk(&format!("note: {}", note.text));
    }
    notes
}

/// How the curve file that `arguments` name is to be read.
///
/// # Errors
/// A whole that is no number.
pub(crate) fn read_options(arguments: &CurveArguments) -> Result<ReadOptions> {
    let reading = &arguments.reading;
    let whole = reading.whole.as_deref().map(|word| amount::size(word, "--whole")).transpose()?;
    Ok(ReadOptions {
        size_column: reading.size_column.clone(),
        metric_column: reading.metric.clone(),
        curves: reading.curve.clone(),
        name: reading.name.clone(),
        seed: reading.seed.clone(),
        higher_is_better: direction(reading.higher_is_better, reading.lower_is_better),
        best: reading.best,
        unit: reading.unit.map(Into::into),
        kind: reading.kind.map(Kind::metric),
        decimal: reading.decimal.map(Into::into),
        whole: whole.map(TrainingSetSize::get),
        skip_unusable: reading.skip_unusable,
        sheet: arguments.form.sheet.clone(),
        wide: arguments.form.wide.map(WideWord::wide),
        standard_deviation: arguments.form.standard_deviation.clone(),
        runs: arguments.form.runs,
        standard_error: arguments.form.standard_error.clone(),
        ..ReadOptions::default()
    })
}

/// The options of a fit that `arguments` ask for.
///
/// # Errors
/// A law that does not exist.
pub(crate) fn fit_options(arguments: &CurveArguments) -> Result<FitOptions<'static>> {
    let law = arguments.law.as_deref().map(law_named).transpose()?;
    Ok(FitOptions { law, ..FitOptions::default() })
}

fn law_named(name: &str) -> Result<&'static dyn CurveFamily> {
    let names: Vec<&str> = FAMILIES.iter().map(|family| family.name()).collect();
    let found = FAMILIES.iter().find(|family| family.name() == name);
    found.copied().ok_or_else(|| {
        if joint_family_by_name(name).is_some() {
            let message =
                format!("`{name}` is a law of model size and data, which only `fit` fits");
            return usage(message, format!("tenfold fit runs.csv --law {name}"));
        }
        let near = closest::closest(name, names.iter().copied()).unwrap_or(names[0]);
        let message = format!("there is no law `{name}`; there are {}", names.join(", "));
        usage(message, format!("`--law {near}`"))
    })
}
