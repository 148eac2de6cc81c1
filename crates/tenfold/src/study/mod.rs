//! A study: the question, valid by construction.
//!
//! `study.toml` is read in two named steps. `file` turns text into what was typed, one key at a
//! time; `check` turns that into a [`Study`], what it means. Both note every problem and go on, so
//! a file is reported whole. The keys themselves, with types, defaults and documentation, are one
//! list in [`registry`]; [`schema`](schema()) and [`reference()`] print it, [`init`] writes a first file.

mod after;
mod budget;
mod check;
mod command;
pub mod command_draft;
mod data;
mod file;
mod findings;
pub mod grid;
pub mod init;
pub mod keys;
mod lever;
mod model;
mod number;
pub mod places;
pub mod planner;
pub mod quantity;
mod ranks;
mod reference;
pub mod registry;
mod run;
pub mod schedule;
mod schema;
mod sizes;
mod table;
mod typed;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenfold_core::MetricKind;
use tenfold_data::{Amount, Folds, Source, SplitMethod, Targets, Unit};
use tenfold_train::{Metric, SettingValue};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems, missing_file};
use crate::trial::{CommandMetric, Recipe};

pub use budget::{BUDGET_NEEDED, Budget, Until};
pub use reference::reference;
pub use run::RunOptions;
pub use schema::schema;
pub use sizes::ShardSizes;

/// Name of the study file in its folder.
pub const FILE_NAME: &str = "study.toml";

/// Bytes of the largest study file that is read; more is some other file.
const LARGEST_FILE: u64 = 4 << 20;

/// A study that can be run: every name known, every number in its range.
#[derive(Clone, Debug)]
pub struct Study {
    /// Title of the report.
    pub name: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Where `study.toml` is; Tenfold writes below its `.tenfold` only.
    pub folder: PathBuf,
    /// What is learned from, and what is held out; `None` if commands find their own data.
    pub data: Option<StudyData>,
    /// Training-set sizes.
    pub shards: ShardSizes,
    /// What sizes count.
    pub unit: &'static Unit,
    /// Times each size is measured, at least 1.
    pub seeds: u32,
    /// The error asked for of built-in learners; `None`: whatever suits the targets.
    pub metric: Option<&'static dyn Metric>,
    /// What the number that commands report means.
    pub command_metric: CommandMetric,
    /// The kind of metric asked for; `None`: told from the metric.
    pub metric_kind: Option<MetricKind>,
    /// The models, at least one, names distinct.
    pub models: Vec<ModelSpec>,
    /// How the search grids are gone through.
    pub search: SearchScope,
    /// What the curve is measured for.
    pub goal: StudyGoal,
    /// How trials are executed.
    pub run: RunOptions,
    /// The file as it was typed.
    pub text: Arc<str>,
    /// The file's path as it was typed.
    pub file: PathBuf,
    /// Bytes of each key's value, by its path: `data.path`, `model.cnn.train.batch`.
    pub(crate) spans: BTreeMap<String, Range<usize>>,
}

/// What is learned from, and what is held out.
#[derive(Clone, Debug)]
pub struct StudyData {
    /// The data; paths are already relative to the working folder.
    pub source: Source,
    /// How examples are held out.
    pub split: SplitMethod,
    /// To stop and to choose; never [`HeldOut::Nothing`].
    pub validation: HeldOut,
    /// To report on.
    pub test: HeldOut,
}

/// Examples that are not trained on.
#[derive(Clone, Debug, PartialEq)]
pub enum HeldOut {
    /// Split off the data.
    Amount(Amount),
    /// Each fold in turn: every seed of a repeat has another one.
    Folds(Folds),
    /// A data set of their own.
    File(Source),
    /// None.
    Nothing,
}

/// One model of the study.
#[derive(Clone, Debug)]
pub struct ModelSpec {
    /// Its name, distinct in the study.
    pub name: String,
    /// What it executes where the search changes nothing.
    pub recipe: Recipe,
    /// The grid, in the order it was typed; empty: no search.
    pub axes: Vec<SearchAxis>,
    /// Processes that train a trial together, at least one; changes no result.
    pub ranks: usize,
    /// The lever it is another model with.
    pub lever: Option<String>,
    /// Name of the model whose trial at the same size and seed has to finish before.
    pub after: Option<String>,
}

/// Values of one setting to try.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchAxis {
    /// Name of the setting.
    pub key: String,
    /// Values, at least one, distinct.
    pub values: Vec<SettingValue>,
}

/// How the search grids are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// The whole grid at the smallest and the largest size, between them what their winners span.
    Narrowed,
    /// The whole grid at every size.
    Full,
}

/// What the curve is measured for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StudyGoal {
    /// Error to reach, in units of the metric.
    pub target: Option<f64>,
    /// Price of one more example.
    pub cost_per_example: Option<f64>,
    /// Examples there are already.
    pub have: Option<u64>,
    /// What one point less error is worth.
    pub value_per_point: Option<f64>,
    /// Most that may be spent on more examples.
    pub budget: Option<f64>,
    /// New examples that can be had a day.
    pub examples_per_day: Option<f64>,
    /// Days until the model is needed.
    pub deadline: Option<f64>,
}

/// The study in a folder, or in the file given.
///
/// # Errors
/// All problems of the file, or one that says what is there when the file is not.
pub fn load(folder_or_file: &Path) -> Result<Study, Problems> {
    let file = if folder_or_file.is_dir() {
        let folder = if folder_or_file == Path::new(".") { Path::new("") } else { folder_or_file };
        folder.join(FILE_NAME)
    } else {
        folder_or_file.to_path_buf()
    };
    let bytes = read_bytes(&file)?;
    let text = String::from_utf8(bytes).map_err(|error| not_text(&file, &error))?;
    parse(&text, &file)
}

/// The study in `text`, with problems placed in `path` and data relative to its folder.
///
/// # Errors
/// All problems of the text, in its order.
pub fn parse(text: &str, path: &Path) -> Result<Study, Problems> {
    // Editors on Windows may put a byte order mark first; TOML knows none.
    let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(text).into();
    let mut findings = findings::Findings::new(path.to_path_buf(), text);
    let study = file::read(&mut findings).and_then(|file| check::study(&file, &mut findings));
    match (study, findings.problems) {
        (Some(study), problems) => Problems::unless_empty(problems, study),
        (None, problems) => Err(Problems::sorted(problems)),
    }
}

fn read_bytes(file: &Path) -> Result<Vec<u8>, Problems> {
    let shown = file.display();
    let refused = |error: std::io::Error| {
        if error.kind() != ErrorKind::NotFound {
            let message = format!("`{shown}` cannot be read: {error}");
            return Problems::from(Problem::new(ProblemKind::Config, message));
        }
        let problem = missing_file(ProblemKind::Config, file, "study file");
        let usual = "`tenfold init DATA` writes one for your data, `tenfold demo` needs none";
        let hint = problem.hint.clone().unwrap_or_else(|| usual.to_owned());
        problem.hint(hint).into()
    };
    let opened = fs::File::open(file).map_err(refused)?;
    let mut bytes = Vec::new();
    opened.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let message = format!(
            "`{shown}` has more than {} MiB, a study file of text is needed",
            LARGEST_FILE >> 20
        );
        return Err(Problem::new(ProblemKind::Config, message).into());
    }
    Ok(bytes)
}

fn not_text(file: &Path, error: &std::string::FromUtf8Error) -> Problem {
    let at = error.utf8_error().valid_up_to();
    let line = 1 + String::from_utf8_lossy(&error.as_bytes()[..at]).matches('\n').count();
    let message = format!("`{}` is not text in UTF-8", file.display());
    Problem::new(ProblemKind::Config, message)
        .at(Place::line(file, line as u64))
        .note(format!("the first byte that is not is at offset {at}"))
        .hint("save the file as UTF-8")
}

impl Study {
    /// The folds that are tested in turn, if the study has any.
    pub fn folds(&self) -> Option<&Folds> {
        match &self.data.as_ref()?.test {
            HeldOut::Folds(folds) => Some(folds),
            HeldOut::Amount(_) | HeldOut::File(_) | HeldOut::Nothing => None,
        }
    }

    /// Times each size is measured: with folds whole repeats, as many as the seeds asked for begin.
    pub fn seeds_run(&self) -> u64 {
        let whole = self.folds().map_or(1, |folds| folds.count);
        u64::from(self.seeds).next_multiple_of(u64::from(whole))
    }

    /// Training-set sizes for a pool of `pool` units, increasing; `None` where nobody knows how
    /// many there are.
    ///
    /// # Errors
    /// When the pool is too small for a size that was asked for; the message names the pool's size.
    pub fn sizes(&self, pool: Option<u64>) -> Result<Vec<u64>, Problems> {
        match pool {
            Some(pool) => sizes::in_pool(self, pool),
            None => sizes::without_pool(self),
        }
    }

    /// The metric for these targets: the one asked for, or the usual one.
    ///
    /// # Errors
    /// When the metric asked for, or the goal's target, does not go with the targets.
    pub fn metric_for(&self, targets: &Targets) -> Result<&'static dyn Metric, Problems> {
        check::metric_for(self, targets)
    }

    /// A problem found later, pointing at a key of the file.
    ///
    /// `key_path` is dotted (`data.path`, `model.cnn.train.batch`); a key that was not typed is
    /// pointed at by the nearest table around it that was.
    pub fn problem(
        &self,
        key_path: &str,
        message: impl Into<String>,
        label: impl Into<String>,
        hint: Option<String>,
    ) -> Problem {
        let mut path = key_path;
        let span = loop {
            match (self.spans.get(path), path.rsplit_once('.')) {
                (Some(span), _) => break Some(span.clone()),
                (None, Some((parent, _))) => path = parent,
                (None, None) => break None,
            }
        };
        let place = match span {
            Some(span) => Place::span(&self.file, Arc::clone(&self.text), span).label(label),
            None => Place::file(&self.file),
        };
        let problem = Problem::new(ProblemKind::Config, message).at(place);
        Problem { hint, ..problem }
    }
}
