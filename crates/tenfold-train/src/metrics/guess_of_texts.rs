//! The best guess of texts that ignores what stands before: each token by how often it is in the pool.

use tenfold_data::{BOUNDARY, DataError, Dataset, Texts, Vocabulary};

use super::Metric;
use crate::example::{Example, Scale, TargetKind, Written};

/// Tokens of the pool that are counted. A token of a thousandth is then known to a hundredth of its share,
/// and a pool of any size takes seconds.
const MOST_COUNTED: f64 = 16_777_216.0;

/// Error on the texts `test` of predicting each token by its share of the texts `pool`, the end of each
/// counted as a token. Half a token is added to each of the vocabulary, so that the loss of an unseen one is
/// finite. `None` if there are no texts, they are read with no vocabulary, or the metric is not for texts.
///
/// # Errors
/// A text that cannot be read.
pub fn guess_of_texts(
    metric: &'static dyn Metric,
    pool: (&Dataset, &[u32]),
    test: (&Dataset, &[u32]),
) -> Result<Option<f64>, DataError> {
    if !metric.suits(TargetKind::Texts) || pool.1.is_empty() || test.1.is_empty() {
        return Ok(None);
    }
    let (Some(texts), Some(tested)) = (pool.0.texts(), test.0.texts()) else { return Ok(None) };
    let Some(vocabulary) = texts.vocabulary() else { return Ok(None) };
    let mut counts = vec![0.5; vocabulary.size()];
    let mut total = 0.5 * counts.len() as f64;
    for row in pool.1 {
        if total > MOST_COUNTED {
            break;
        }
        for_each_token(texts, vocabulary, *row, |token| {
            counts[token as usize] += 1.0;
            total += 1.0;
        })?;
    }
    let mut statistics = Vec::new();
    for row in test.1 {
        let (mut loss, mut tokens) = (0.0, 0);
        for_each_token(tested, vocabulary, *row, |token| {
            loss += f64::ln(total / counts[token as usize]);
            tokens += 1;
        })?;
        let example = Example {
            output: &[],
            target: 0.0,
            loss,
            scale: Scale { mean: 0.0, deviation: 1.0 },
            tokens,
            characters: tested.characters(*row) as u32 + 1,
            wrong: 0,
            written: Written::default(),
        };
        metric.statistics(example, &mut statistics);
    }
    Ok(Some(metric.error(&statistics)))
}

/// Calls `visit` with each token of the text in `row` and with its end.
fn for_each_token(
    texts: &Texts,
    vocabulary: &Vocabulary,
    row: u32,
    visit: impl FnMut(u32),
) -> Result<(), DataError> {
    let text = texts.row(row)?;
    vocabulary.numbers(&text).chain([BOUNDARY]).for_each(visit);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tenfold_data::{CHARACTERS, Field, Targets};

    use super::*;
    use crate::metrics::{BITS_PER_CHARACTER, ERROR_RATE, NATS_PER_TOKEN, PERPLEXITY};

    #[test]
    fn tokens_are_guessed_by_their_share_of_the_pool() {
        let texts = Texts::from_strings(&["aab", "a", "abz"]);
        let vocabulary = texts.fit_vocabulary(&[0, 1], CHARACTERS, 9).unwrap();
        let targets = Targets::Own { examples: 3 };
        let dataset = Dataset::new(vec![Field::texts(texts)], targets).unwrap();
        let dataset = dataset.with_vocabulary(&Arc::new(vocabulary)).unwrap();
        let guess = |metric: &'static dyn Metric, test: &[u32]| {
            guess_of_texts(metric, (&dataset, &[0, 1]), (&dataset, test)).unwrap()
        };
        // Of 6 tokens and half of each of 4 kinds: `a` 3.5, `b` 1.5, ends 2.5, unknown .5.
        let nats = -(3.5_f64 * 1.5 * 0.5 * 2.5 / 8.0_f64.powi(4)).ln() / 4.0;
        let close = |found: Option<f64>, expected: f64| {
            // Statistics are kept in single precision.
            assert!((found.unwrap() / expected - 1.0).abs() < 1e-6, "{found:?} {expected}");
        };
        close(guess(NATS_PER_TOKEN, &[2]), nats);
        close(guess(PERPLEXITY, &[2]), nats.exp());
        close(guess(BITS_PER_CHARACTER, &[2]), nats / std::f64::consts::LN_2);
        assert_eq!(guess(ERROR_RATE, &[2]), None);
        assert_eq!(guess(NATS_PER_TOKEN, &[]), None);
    }
}
