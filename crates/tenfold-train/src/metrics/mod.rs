//! The metrics that are measured on held-out examples, one file a metric.
//!
//! A file says what the metric is called, what targets it is for, which numbers it keeps of each
//! held-out example, and how their means become the error. To add one is to write its file and to name
//! it in [`METRICS`]: the study file, its schema and the docs are made from that list.

mod bits_per_character;
mod bleu_error;
mod character_error_rate;
mod cross_entropy;
mod edits;
mod error_rate;
mod guess_of_texts;
mod mae;
mod nats_per_character;
mod nats_per_token;
mod perplexity;
mod rmse;
mod share_written;
mod token_error_rate;
mod tokenizer_13a;
mod wape;
mod word_error_rate;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use tenfold_core::{Aggregate, MetricKind, Outcomes};
use tenfold_data::Targets;

pub use bleu_error::bleu_statistics;
pub use edits::{Edits, character_edits, word_edits};
pub use guess_of_texts::guess_of_texts;
pub(crate) use share_written::LEAST_WRITTEN;

use crate::example::{Example, TargetKind};
use crate::wrong_setting::{SettingError, unknown_choice};

/// Every metric, in the order in which docs show them; the first for a kind of targets is the usual one.
pub const METRICS: &[&dyn Metric] = &[
    ERROR_RATE,
    CROSS_ENTROPY,
    RMSE,
    MAE,
    WAPE,
    CHARACTER_ERROR_RATE,
    WORD_ERROR_RATE,
    NATS_PER_TOKEN,
    NATS_PER_CHARACTER,
    BITS_PER_CHARACTER,
    PERPLEXITY,
    TOKEN_ERROR_RATE,
    BLEU_ERROR,
];

/// Share of examples given the wrong class.
pub const ERROR_RATE: &dyn Metric = &error_rate::ErrorRate;
/// Mean of −log of the probability given to the right class, in nats.
pub const CROSS_ENTROPY: &dyn Metric = &cross_entropy::CrossEntropy;
/// Root of the mean squared error, in units of the target.
pub const RMSE: &dyn Metric = &rmse::Rmse;
/// Mean absolute error, in units of the target.
pub const MAE: &dyn Metric = &mae::Mae;
/// Sum of the absolute errors over the sum of the absolute targets.
pub const WAPE: &dyn Metric = &wape::Wape;
/// Edits of what a model writes over the characters of the transcripts.
pub const CHARACTER_ERROR_RATE: &dyn Metric = &character_error_rate::CharacterErrorRate;
/// The same in words.
pub const WORD_ERROR_RATE: &dyn Metric = &word_error_rate::WordErrorRate;
/// −log of the probability of the tokens of texts, over their number, in nats.
pub const NATS_PER_TOKEN: &dyn Metric = &nats_per_token::NatsPerToken;
/// The same over the number of characters.
pub const NATS_PER_CHARACTER: &dyn Metric = &nats_per_character::NatsPerCharacter;
/// The same in bits.
pub const BITS_PER_CHARACTER: &dyn Metric = &bits_per_character::BitsPerCharacter;
/// The exponential of the nats per token.
pub const PERPLEXITY: &dyn Metric = &perplexity::Perplexity;
/// Share of the tokens of translations that are not the most probable ones.
pub const TOKEN_ERROR_RATE: &dyn Metric = &token_error_rate::TokenErrorRate;
/// One minus BLEU of what a model writes.
pub const BLEU_ERROR: &dyn Metric = &bleu_error::BleuError;

/// An error of held-out examples; lower is better.
pub trait Metric: Debug + Sync {
    /// Its name in a study file.
    fn name(&self) -> &'static str;

    /// Description that docs put after its name.
    fn doc(&self) -> &'static str;

    /// The targets it is for; at least one.
    fn targets(&self) -> &'static [TargetKind];

    /// Whether it is for targets of this kind.
    fn suits(&self, kind: TargetKind) -> bool {
        self.targets().contains(&kind)
    }

    /// What kind of number it is, which decides the prior of its curves.
    fn kind(&self) -> MetricKind;

    /// How the statistics of single examples become the error.
    fn aggregate(&self) -> Aggregate;

    /// Whether a model has to write a text for each example: to translate or to transcribe it.
    fn reads_what_is_written(&self) -> bool {
        false
    }

    /// Appends the statistics of one held-out example, as many as the aggregate has.
    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>);

    /// Error on `test` of the best prediction that ignores the inputs, learnt from `pool`. Neither
    /// may be empty. `None` if the targets are of another kind.
    fn best_guess(&self, _pool: TargetRows<'_>, _test: TargetRows<'_>) -> Option<f64> {
        None
    }
}

/// Targets, and the rows of them to use.
#[derive(Clone, Copy, Debug)]
pub struct TargetRows<'a> {
    /// The targets.
    pub targets: &'a Targets,
    /// Rows.
    pub rows: &'a [u32],
}

/// `metric`, then every other one of targets of this kind.
pub(crate) fn with_others(
    metric: &'static dyn Metric,
    kind: TargetKind,
) -> Vec<&'static dyn Metric> {
    let is_other = |other: &&'static dyn Metric| other.suits(kind) && **other != *metric;
    std::iter::once(metric).chain(METRICS.iter().copied().filter(is_other)).collect()
}

/// What is measured at each evaluation. The first says when training gets no better: `metric`, or the usual
/// one of such targets that is not of written texts. Of transcripts the second says whether anything is
/// written yet (`docs/decisions/stop-by-loss.md`).
pub(crate) fn judges_of(metric: &'static dyn Metric, kind: TargetKind) -> Vec<&'static dyn Metric> {
    let is_judge = |other: &&&dyn Metric| other.suits(kind) && !other.reads_what_is_written();
    let usual = METRICS.iter().find(is_judge).copied();
    let judge = usual.filter(|_| metric.reads_what_is_written()).unwrap_or(metric);
    let written: &dyn Metric = &share_written::ShareWritten;
    std::iter::once(judge).chain((kind == TargetKind::Transcripts).then_some(written)).collect()
}

/// The statistics of each of `metrics`, which stand side by side in the row of each example.
pub(crate) fn apart(rows: &[f32], metrics: &[&'static dyn Metric]) -> Vec<Vec<f32>> {
    let widths = metrics.iter().map(|metric| metric.aggregate().width);
    let width: usize = widths.clone().sum();
    let mut first = 0;
    let of_metric = |own: usize| {
        let range = first..first + own;
        first = range.end;
        rows.chunks_exact(width).flat_map(|row| &row[range.clone()]).copied().collect()
    };
    widths.map(of_metric).collect()
}

/// The error by each of `metrics` but the first, by its name; none without examples.
pub(crate) fn other_errors(
    statistics: &[Vec<f32>],
    metrics: &[&'static dyn Metric],
) -> BTreeMap<&'static str, f64> {
    let others = metrics.iter().zip(statistics).skip(1);
    let others = others.filter(|(_, statistics)| !statistics.is_empty());
    others.map(|(metric, statistics)| (metric.name(), metric.error(statistics))).collect()
}

/// Metrics are the same if they have the same name.
impl PartialEq for dyn Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl FromStr for &'static dyn Metric {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let found = METRICS.iter().find(|metric| metric.name() == text);
        let names = METRICS.iter().map(|metric| metric.name()).collect();
        found.copied().ok_or_else(|| unknown_choice("metric", text, names))
    }
}

/// The default metric for a kind of targets.
pub fn usual_metric(targets: TargetKind) -> Option<&'static dyn Metric> {
    METRICS.iter().find(|metric| metric.suits(targets)).copied()
}

impl dyn Metric {
    /// The error computed from the statistics of all examples; 0 without examples.
    pub fn error(&self, statistics: &[f32]) -> f64 {
        let aggregate = self.aggregate();
        Outcomes::new(aggregate.width, statistics).map_or(0.0, |all| all.error(aggregate))
    }

    /// Standard error of the error over random draws of the examples, by the delta method; 0 for a
    /// single example.
    pub(crate) fn standard_error(&self, statistics: &[f32]) -> f64 {
        let aggregate = self.aggregate();
        let outcomes = Outcomes::new(aggregate.width, statistics);
        outcomes.and_then(|all| all.standard_error(aggregate)).unwrap_or(0.0)
    }
}

impl<'a> TargetRows<'a> {
    /// The labels of the rows and the number of classes; `None` for other targets.
    fn labels(self) -> Option<(impl Iterator<Item = usize> + Clone + 'a, usize)> {
        let Targets::Classes { labels, names } = self.targets else { return None };
        Some((self.rows.iter().map(|row| labels[*row as usize] as usize), names.len()))
    }

    /// The values of the rows; `None` for other targets.
    fn values(self) -> Option<impl Iterator<Item = f64> + Clone + 'a> {
        let Targets::Values { values, .. } = self.targets else { return None };
        Some(self.rows.iter().map(|row| f64::from(values[*row as usize])))
    }

    /// Examples of each class; `None` for other targets.
    fn class_counts(self) -> Option<Vec<u64>> {
        let (labels, classes) = self.labels()?;
        let mut counts = vec![0; classes];
        labels.for_each(|label| counts[label] += 1);
        Some(counts)
    }

    /// Median of the values, of an even number the lower one; `None` for other targets or none.
    fn median(self) -> Option<f64> {
        let mut values: Vec<f64> = self.values()?.collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len().checked_sub(1)? / 2).copied()
    }
}
