//! What a report says of a study's data, kept in the database so that a curve can be read again
//! without the data.

use serde::{Deserialize, Serialize};
use tenfold_data::{Dataset, Targets};
use tenfold_train::MetricName;

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

/// What a report says of a study's data.
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
    /// Rows used to stop and to choose.
    pub validation: u64,
    /// Rows reported on, with folds all of a repeat together; `None` if those are the validation rows.
    pub test: Option<u64>,
    /// Name of the metric.
    pub metric: String,
    /// Which kind of metric it is, by name; `None`: told from the metric.
    pub metric_kind: Option<String>,
    /// Error of the best constant answer, in units of the metric.
    pub best_guess: Option<f64>,
    /// Training-set sizes, ascending.
    pub sizes: Vec<u64>,
    /// Seeds a size.
    pub seeds: u64,
    /// Folds of a repeat, each tested by another seed; `None`: all seeds are tested on the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u64>,
    /// Name and number of candidates of each model.
    pub models: Vec<(String, usize)>,
    /// Test examples that are identical to a training example, and test examples compared; the
    /// validation examples where no test set is apart, unknown in studies run before it was kept.
    #[serde(default)]
    pub leaks: Option<(u64, u64)>,
    /// What was noticed in the data.
    pub notes: Vec<FactsNote>,
}

impl StudyFacts {
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

    /// Where the numbers come from, for the foot of a report.
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

/// Error on the test rows of the best answer that ignores the inputs: the pool's most frequent
/// class, its class shares, or its mean. `None` if there is nothing to learn it from.
pub fn best_guess(
    metric: MetricName,
    dataset: &Dataset,
    pool: &[u32],
    (test, rows): (&Dataset, &[u32]),
) -> Option<f64> {
    if pool.is_empty() || rows.is_empty() {
        return None;
    }
    let count = rows.len() as f64;
    let guess = match (&dataset.targets, &test.targets) {
        (Targets::Classes { labels, names }, Targets::Classes { labels: test_labels, .. }) => {
            let mut counts = vec![0_u64; names.len()];
            for &row in pool {
                counts[labels[row as usize] as usize] += 1;
            }
            let test_labels = rows.iter().map(|&row| test_labels[row as usize] as usize);
            match metric {
                MetricName::ErrorRate => {
                    let most = (0..counts.len()).rev().max_by_key(|&class| counts[class])?;
                    test_labels.filter(|&label| label != most).count() as f64 / count
                }
                MetricName::CrossEntropy => {
                    // Half an example more a class, so that an unseen class is not infinite.
                    let total = pool.len() as f64 + 0.5 * counts.len() as f64;
                    let loss = |label: usize| -((counts[label] as f64 + 0.5) / total).ln();
                    test_labels.map(loss).sum::<f64>() / count
                }
                MetricName::Rmse => return None,
            }
        }
        (Targets::Values { values, .. }, Targets::Values { values: test_values, .. }) => {
            let of_pool = pool.iter().map(|&row| f64::from(values[row as usize]));
            let mean = of_pool.sum::<f64>() / pool.len() as f64;
            let square = |&row: &u32| (f64::from(test_values[row as usize]) - mean).powi(2);
            (rows.iter().map(square).sum::<f64>() / count).sqrt()
        }
        _ => return None,
    };
    (guess.is_finite() && guess > 0.0).then_some(guess)
}
