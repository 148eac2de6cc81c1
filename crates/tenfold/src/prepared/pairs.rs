//! What is to be known of pairs of texts: how many tokens they have, and which held-out ones are nearly the
//! same as others.

use anyhow::Result;
use tenfold_data::{Dataset, NearDuplicates, Pairs, Texts, near_duplicates};

use super::data_error::data_problems;
use super::facts::FactsNote;
use super::held_out::HeldOutPlan;
use crate::format;

/// Notes on the pairs of `dataset`, which `plans` divide; none if its examples are no pairs of texts.
///
/// # Errors
/// If a text cannot be read.
pub(super) fn pair_notes(dataset: &Dataset, plans: &[HeldOutPlan]) -> Result<Vec<FactsNote>> {
    let Some(pairs) = dataset.pairs() else { return Ok(Vec::new()) };
    let mut notes: Vec<FactsNote> = tokens_note(pairs).into_iter().collect();
    for plan in plans {
        let (held_out, rows) = plan.test.view();
        let Some(test) = held_out.pairs() else { continue };
        let near = near_duplicates((pairs.source, &plan.pool), (test.source, rows));
        notes.extend(near_note(&near.map_err(|error| data_problems(&error))?));
    }
    Ok(notes)
}

/// Tokens beside the pairs that sizes count; `None` if they were not counted.
fn tokens_note(pairs: Pairs<'_>) -> Option<FactsNote> {
    let all =
        |texts: &Texts| (0..texts.len() as u32).map(|row| texts.tokens(row)).sum::<Option<u64>>();
    let (source, target) = (all(pairs.source)?, all(pairs.target)?);
    Some(FactsNote::ok(format!(
        "the {} pairs have {} tokens of what is translated and {} of translations",
        format::count(pairs.source.len() as f64),
        format::count(source as f64),
        format::count(target as f64)
    )))
}

/// A note on held-out texts that are nearly the same as one trained on, if there are any.
fn near_note(found: &NearDuplicates) -> Option<FactsNote> {
    let (train, held) = found.pairs.first()?;
    let share = 100.0 * found.near as f64 / found.checked.max(1) as f64;
    Some(FactsNote::warn(format!(
        "{} of {} test examples ({share:.1}%) are nearly the same as a training example, such as row {train} = \
         test row {held}: half of their runs of four words are in it",
        format::count(found.near as f64),
        format::count(found.checked as f64)
    )))
}
