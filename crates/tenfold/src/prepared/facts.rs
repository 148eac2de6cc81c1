//! Facts about a study's data for a report. They are stored in the database, so that a curve can be
//! read again without the data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenfold_data::Dataset;
use tenfold_train::Metric;
use tenfold_train::metrics::{TargetRows, guess_of_texts};

use crate::format;

/// How serious a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FactsLevel {
    /// Worth knowing.
    Ok,
    /// Worth doing something about.
    Warn,
}

/// One sentence about the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactsNote {
    /// How serious it is.
    pub level: FactsLevel,
    /// The sentence.
    pub text: String,
}

impl FactsNote {
    /// A note worth knowing.
    pub fn ok(text: String) -> Self {
        Self { level: FactsLevel::Ok, text }
    }

    /// A note worth doing something about.
    pub fn warn(text: String) -> Self {
        Self { level: FactsLevel::Warn, text }
    }
}

/// Facts about a study's data for a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyFacts {
    /// Name of the study.
    pub study: String,
    /// Name of the data: a built-in set, a file or a folder, without its path.
    pub source: String,
    /// Hash of the data's content.
    pub content_hash: String,
    /// Rows read.
    pub examples: u64,
    /// Classes, for classification.
    pub classes: Option<u64>,
    /// Rows that shards are drawn from.
    pub pool: u64,
    /// Rows of the validation set.
    pub validation: u64,
    /// Rows on which the error is reported, with folds those of a whole repeat; `None` if they are
    /// the validation rows.
    pub test: Option<u64>,
    /// Name of the metric.
    pub metric: String,
    /// Name of the metric's kind; `None` if it follows from the metric.
    pub metric_kind: Option<String>,
    /// Error of the best constant answer, in units of the metric.
    pub best_guess: Option<f64>,
    /// Training-set sizes, ascending.
    pub sizes: Vec<u64>,
    /// The unit that sizes are counted in; `None` for examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<SizeUnit>,
    /// Number of seeds at each size.
    pub seeds: u64,
    /// Number of folds, each tested by another seed; `None` if all seeds are tested on the same
    /// rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u64>,
    /// Name and number of candidates of each model.
    pub models: Vec<(String, usize)>,
    /// For each model whose winners are carried from smaller sizes, where those of each size are
    /// searched, by the model's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<String, Vec<CarriedSize>>,
    /// Number of test examples identical to a training example, and number of test examples
    /// compared. Validation examples if there is no separate test set; `None` in older studies,
    /// which did not store it.
    #[serde(default)]
    pub leaks: Option<(u64, u64)>,
    /// Notes on the data.
    pub notes: Vec<FactsNote>,
}

/// Where the settings of one size are searched, if not at the size itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarriedSize {
    /// Training-set size.
    pub size: u64,
    /// The size at which its settings are searched.
    pub searched_at: u64,
    /// Rungs of that search; one if every candidate is trained to the end.
    pub rungs: usize,
    /// Floating-point operations that the whole grid is expected to take at the size, on one seed.
    pub grid_flop: f64,
}

/// The unit that sizes are counted in, if it is not examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeUnit {
    /// Name of the unit, in the plural.
    pub name: String,
    /// Number of units in all data, if Tenfold reads them.
    pub all: Option<u64>,
    /// Number of units in the pool, for the seed with the fewest, if Tenfold reads them.
    pub pool: Option<u64>,
}

impl StudyFacts {
    /// Name of the unit that sizes are counted in, in the plural.
    pub fn unit_name(&self) -> &str {
        self.unit.as_ref().map_or("examples", |unit| unit.name.as_str())
    }

    /// Size of the pool, in units of size.
    pub fn pool_size(&self) -> u64 {
        self.unit.as_ref().and_then(|unit| unit.pool).unwrap_or(self.pool)
    }

    /// Size of all data, in units of size.
    pub fn whole_size(&self) -> u64 {
        self.unit.as_ref().and_then(|unit| unit.all).unwrap_or(self.examples)
    }

    /// "fashion-mnist-14 (built in), 18,432 examples of 10 classes; 2 models, 8 sizes from 64 to
    /// 8,192, 3 seeds".
    pub fn sentence(&self) -> String {
        let kinds = self.classes.map_or_else(String::new, |classes| {
            format!(" of {} classes", format::count(classes as f64))
        });
        let examples = format::count(self.examples as f64);
        let ends = match (self.sizes.first(), self.sizes.last()) {
            (Some(first), Some(last)) if first < last => format!(
                "{} sizes from {} to {}",
                self.sizes.len(),
                format::count(*first as f64),
                format::count(*last as f64)
            ),
            (Some(only), _) => format!("1 size, {}", format::count(*only as f64)),
            _ => "no size".to_owned(),
        };
        let ends = match &self.unit {
            Some(unit) => format!("{ends} {}", unit.name),
            None => ends,
        };
        let models = if self.models.len() == 1 { "model" } else { "models" };
        let seeds = match self.folds {
            Some(folds) => match self.seeds / folds {
                1 => format!("{folds} folds"),
                repeats => format!("{repeats} repeats of {folds} folds"),
            },
            None => format!("{} {}", self.seeds, if self.seeds == 1 { "seed" } else { "seeds" }),
        };
        let data = match self.examples {
            0 => String::new(),
            _ => format!("{}, {examples} examples{kinds}; ", self.source),
        };
        format!("{data}{} {models}, {ends}, {seeds}", self.models.len())
    }

    /// The origin of the numbers, for the foot of a report.
    pub fn provenance(&self) -> Vec<(String, String)> {
        let count = |number: u64| format::count(number as f64);
        let held_out = match self.test {
            Some(test) if let Some(folds) = self.folds => format!(
                "{} to train, {} to stop and choose; each of {folds} folds reported on in turn, {} \
                 in all",
                count(self.pool),
                count(self.validation),
                count(test)
            ),
            Some(test) => format!(
                "{} to train, {} to stop and choose, {} reported on",
                count(self.pool),
                count(self.validation),
                count(test)
            ),
            None => format!(
                "{} to train, {} to stop, choose and report on",
                count(self.pool),
                count(self.validation)
            ),
        };
        let models: Vec<String> = self
            .models
            .iter()
            .map(|(name, candidates)| match candidates {
                1 => format!("{name} (no search)"),
                _ => format!("{name} ({candidates} candidates searched at the ends)"),
            })
            .collect();
        let short_hash: String = self.content_hash.chars().take(12).collect();
        let row = |name: &str, value: String| (name.to_owned(), value);
        let mut rows = Vec::new();
        if self.examples > 0 {
            let data =
                format!("{}, {} examples, sha256 {short_hash}", self.source, count(self.examples));
            rows.extend([row("data", data), row("split", held_out)]);
        }
        rows.push(row(
            "seeds",
            match self.folds {
                Some(folds) => {
                    format!("{} a size, one a fold: {} × {folds}", self.seeds, self.seeds / folds)
                }
                None => format!("{} a size", self.seeds),
            },
        ));
        rows.push(row("models", models.join(", ")));
        rows
    }
}

/// Error on the test rows of the best answer that ignores the inputs, such as the pool's most
/// frequent class or its mean, or of texts the share of each token in the pool. `None` if there are no rows, or if no such answer has a finite error
/// above 0.
pub fn best_guess(
    metric: &'static dyn Metric,
    dataset: &Dataset,
    pool: &[u32],
    test: &Dataset,
    rows: &[u32],
) -> Option<f64> {
    if pool.is_empty() || rows.is_empty() {
        return None;
    }
    let guess = if dataset.texts().is_some() {
        // A text that cannot be read any more is said by the trials that need it.
        guess_of_texts(metric, (dataset, pool), (test, rows)).ok()??
    } else {
        let pool = TargetRows { targets: &dataset.targets, rows: pool };
        metric.best_guess(pool, TargetRows { targets: &test.targets, rows })?
    };
    (guess.is_finite() && guess > 0.0).then_some(guess)
}
