//! Texts that are held out and nearly the same as one that is trained on, as two accounts of one event are.
//!
//! Two texts are nearly the same if one pool text has at least half of the held-out text's runs of four
//! words; of a text with fewer than six words, which has next to no runs, all words. Case and signs do not
//! count. Runs of words, rather than single ones, are what two authors do not share by chance (Broder 1997,
//! *On the resemblance and containment of documents*).

use std::collections::BTreeMap;

use crate::dataset::Texts;
use crate::digest::text_key;
use crate::error::DataError;

/// Words of a run.
const RUN: usize = 4;

/// Words of the shortest text that is compared by its runs.
const SHORTEST: usize = RUN + 2;

/// Pairs shown at most; the count is always complete.
const SHOWN: usize = 3;

/// What [`near_duplicates`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearDuplicates {
    /// Held-out texts that are nearly the same as one of the pool, equal ones included.
    pub near: usize,
    /// Held-out texts compared.
    pub checked: usize,
    /// At most 3 of them: (row in the pool's texts, row in the held-out texts).
    pub pairs: Vec<(u32, u32)>,
}

/// Runs of words of a held-out text.
struct Wanted {
    row: u32,
    runs: usize,
    /// The first row of the pool that has at least half of them.
    found: Option<u32>,
}

/// Counts held-out texts that are nearly the same as one of the pool. The pool is read once, text by text;
/// only runs of the held-out texts are in memory.
///
/// # Errors
/// As for [`Texts::row`].
pub fn near_duplicates(
    pool: (&Texts, &[u32]),
    held_out: (&Texts, &[u32]),
) -> Result<NearDuplicates, DataError> {
    let mut wanted = Vec::with_capacity(held_out.1.len());
    let mut with_run: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for row in held_out.1 {
        let words = words(&held_out.0.row(*row)?);
        let runs = if words.len() < SHORTEST { vec![whole(&words)] } else { runs(&words) };
        for run in &runs {
            with_run.entry(*run).or_default().push(wanted.len());
        }
        wanted.push(Wanted { row: *row, runs: runs.len(), found: None });
    }
    for row in pool.1 {
        let words = words(&pool.0.row(*row)?);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for run in runs(&words).into_iter().chain([whole(&words)]) {
            for at in with_run.get(&run).into_iter().flatten() {
                *shared.entry(*at).or_insert(0) += 1;
            }
        }
        for (at, count) in shared {
            if 2 * count >= wanted[at].runs {
                wanted[at].found.get_or_insert(*row);
            }
        }
    }
    let pairs = wanted.iter().filter_map(|wanted| Some((wanted.found?, wanted.row)));
    Ok(NearDuplicates {
        near: pairs.clone().count(),
        checked: wanted.len(),
        pairs: pairs.take(SHOWN).collect(),
    })
}

/// Words in small letters, without signs.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The different runs of words.
fn runs(words: &[String]) -> Vec<u64> {
    let mut runs: Vec<u64> = words.windows(RUN).map(|run| text_key(&run.join(" "))).collect();
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// All words together; with a mark, so that four words are no run.
fn whole(words: &[String]) -> u64 {
    text_key(&format!("all: {}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pool: &[&str], held_out: &[&str]) -> NearDuplicates {
        let texts = [pool, held_out].map(Texts::from_strings);
        let rows = texts.each_ref().map(|texts| (0..texts.len() as u32).collect::<Vec<u32>>());
        near_duplicates((&texts[0], &rows[0]), (&texts[1], &rows[1])).unwrap()
    }

    /// 2 Kings 19:1 and Isaiah 37:1; 1 Kings 10:1 and 2 Chronicles 9:1, of whose 32 runs 10 are shared.
    #[test]
    fn two_accounts_of_one_event_are_nearly_the_same() {
        let kings = "And it came to pass, when king Hezekiah heard it, that he rent his clothes, and \
                     covered himself with sackcloth, and went into the house of the LORD.";
        let isaiah = kings.replace("when king Hezekiah heard it", "when King Hezekiah heard it");
        let psalm = "And it came to pass that the house of the LORD was filled.";
        assert_eq!(found(&[psalm, kings], &[&isaiah]).pairs, [(1, 0)]);
        assert_eq!(found(&[kings], &[psalm]).near, 0);
        let half = "they rent his clothes, and covered himself with sackcloth, and wept";
        assert_eq!(found(&[kings], &[half]).near, 1);
        let less = "they covered himself with sackcloth, and went home again to sleep there";
        assert_eq!(found(&[kings], &[less]).near, 0);
    }

    #[test]
    fn short_texts_are_compared_as_a_whole() {
        let report =
            found(&["Jesus wept.", "and he died"], &["JESUS wept!", "he died", "And he died:"]);
        assert_eq!(report.pairs, [(0, 0), (1, 2)]);
        assert_eq!((report.near, report.checked), (2, 3));
    }
}
