//! A study that is valid by construction.
//!
//! `study.toml` is read in two named steps. `file` parses the text, one key at a time; `check`
//! turns the result into a [`Study`], its meaning. Both record every problem and go on, so that all
//! problems of a file are reported at once. The keys themselves, with types, defaults and
//! documentation, are one list in [`registry`]; [`schema`](schema()) and [`reference()`] print it,
//! [`init`] writes a first file.

mod after;
mod budget;
mod carried;
mod check;
mod command;
pub mod command_draft;
mod data;
mod draft_lines;
mod file;
mod findings;
pub mod grid;
pub mod halving;
pub mod init;
pub mod keys;
mod lever;
mod model;
mod number;
mod pair_draft;
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
mod sound_draft;
mod table;
mod text_draft;
mod typed;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenfold_core::MetricKind;
use tenfold_data::{Amount, Folds, Source, SplitMethod, Targets, Tokenizer, Unit};
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

/// Size limit of a study file in bytes; a larger file is not a study file.
const LARGEST_FILE: u64 = 4 << 20;

/// A study that can be run: every name known, every number in its range.
#[derive(Clone, Debug)]
pub struct Study {
    /// Title of the report.
    pub name: String,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Folder of `study.toml`; Tenfold writes only into its subfolder `.tenfold`.
    pub folder: PathBuf,
    /// The data, and what is held out of them; `None` if commands find their own data.
    pub data: Option<StudyData>,
    /// Training-set sizes.
    pub shards: ShardSizes,
    /// The unit that sizes are counted in.
    pub unit: &'static Unit,
    /// Number of seeds at each size, at least 1.
    pub seeds: u32,
    /// The metric of the built-in learners; `None` for the usual metric of the targets.
    pub metric: Option<&'static dyn Metric>,
    /// The meaning of the number that commands report.
    pub command_metric: CommandMetric,
    /// The kind of the metric, if the file gives one; `None` if it follows from the metric.
    pub metric_kind: Option<MetricKind>,
    /// The models, at least one, names distinct.
    pub models: Vec<ModelSpec>,
    /// How much of the search grids is searched.
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

/// The data to learn from, and what is held out of them.
#[derive(Clone, Debug)]
pub struct StudyData {
    /// The data; paths are already relative to the working folder.
    pub source: Source,
    /// How examples are held out.
    pub split: SplitMethod,
    /// Stops training and chooses between candidates; never [`HeldOut::Nothing`].
    pub validation: HeldOut,
    /// The curve is reported on it.
    pub test: HeldOut,
    /// How built-in learners read texts; other data have no use for it.
    pub reading: TextReading,
}

/// How texts become numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextReading {
    /// Cuts a text into tokens.
    pub tokenizer: &'static Tokenizer,
    /// Most tokens of the vocabulary.
    pub most: usize,
}

/// Examples that are not trained on.
#[derive(Clone, Debug, PartialEq)]
pub enum HeldOut {
    /// A part of the data.
    Amount(Amount),
    /// Each fold in turn: consecutive seeds test consecutive folds.
    Folds(Folds),
    /// A separate data set.
    File(Source),
    /// No examples are held out.
    Nothing,
}

/// One model of the study.
#[derive(Clone, Debug)]
pub struct ModelSpec {
    /// Its name, distinct in the study.
    pub name: String,
    /// What the model executes, before the search changes settings.
    pub recipe: Recipe,
    /// The axes of the search grid in the order they were typed; empty if nothing is searched.
    pub axes: Vec<SearchAxis>,
    /// Number of processes that train a trial together, at least one; changes no result.
    pub ranks: usize,
    /// Name of the lever, if the model is a lever's variant of another model.
    pub lever: Option<String>,
    /// Name of the model whose trial at the same size and seed has to finish before this model's
    /// trial starts.
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

/// How much of the search grids is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// The whole grid at the smallest and the largest size; between them only the part that their
    /// winners span.
    Narrowed,
    /// The whole grid at every size.
    Full,
    /// The whole grid at a quarter of each size, by successive halving; nothing at the size itself.
    Carried,
}

/// What the curve is measured for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StudyGoal {
    /// Error to reach, in units of the metric.
    pub target: Option<f64>,
    /// Price of one more example.
    pub cost_per_example: Option<f64>,
    /// Number of examples that exist already.
    pub have: Option<u64>,
    /// Value of an error that is lower by one point.
    pub value_per_point: Option<f64>,
    /// The most that may be spent on more examples.
    pub budget: Option<f64>,
    /// Number of new examples that can be obtained per day.
    pub examples_per_day: Option<f64>,
    /// Days until the model is needed.
    pub deadline: Option<f64>,
}

/// The study in a folder, or in the file given.
///
/// # Errors
/// All problems of the file; if there is no such file, one problem that names the files there are.
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
    // Editors on Windows may write a byte order mark first, which TOML does not allow.
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

    /// Number of seeds at each size. With folds it is the number asked for, rounded up to a
    /// multiple of the number of folds.
    pub fn seeds_run(&self) -> u64 {
        let whole = self.folds().map_or(1, |folds| folds.count);
        u64::from(self.seeds).next_multiple_of(u64::from(whole))
    }

    /// Training-set sizes for a pool of `pool` units, increasing; `pool` is `None` if the number of
    /// units is unknown.
    ///
    /// # Errors
    /// If the pool is too small for a size that was asked for; the message names the pool's size.
    pub fn sizes(&self, pool: Option<u64>) -> Result<Vec<u64>, Problems> {
        match pool {
            Some(pool) => sizes::in_pool(self, pool),
            None => sizes::without_pool(self),
        }
    }

    /// The metric for these targets: the one asked for, or the usual one.
    ///
    /// # Errors
    /// If the metric asked for, or the goal's target, does not fit the targets.
    pub fn metric_for(&self, targets: &Targets) -> Result<&'static dyn Metric, Problems> {
        check::metric_for(self, targets)
    }

    /// A problem found later, pointing at a key of the file.
    ///
    /// `key_path` is dotted (`data.path`, `model.cnn.train.batch`). If the key was not typed, the
    /// problem points at the nearest enclosing table that was.
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
