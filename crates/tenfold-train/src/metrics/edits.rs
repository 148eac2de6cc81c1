//! Edits from a written text to the right one: insertions, deletions and substitutions, one each.

/// Edits of a text, and what they are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edits {
    /// Fewest insertions, deletions and substitutions.
    pub edits: usize,
    /// Length of the right text, in characters or words.
    pub length: usize,
}

/// Edits of characters, white space at both ends aside, as jiwer counts them.
pub fn character_edits(hypothesis: &str, reference: &str) -> Edits {
    let [hypothesis, reference] =
        [hypothesis, reference].map(|text| text.trim().chars().collect::<Vec<char>>());
    of(&hypothesis, &reference)
}

/// Edits of words, which white space separates.
pub fn word_edits(hypothesis: &str, reference: &str) -> Edits {
    let [hypothesis, reference] =
        [hypothesis, reference].map(|text| text.split_whitespace().collect::<Vec<&str>>());
    of(&hypothesis, &reference)
}

fn of<T: PartialEq>(hypothesis: &[T], reference: &[T]) -> Edits {
    Edits { edits: levenshtein(hypothesis, reference), length: reference.len() }
}

/// Fewest insertions, deletions and substitutions between `from` and `to`.
///
/// # Reference
/// Wagner and Fischer (1974), *The string-to-string correction problem*, Journal of the ACM 21.
fn levenshtein<T: PartialEq>(from: &[T], to: &[T]) -> usize {
    // Edits from the part of `from` that was seen to each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (seen, one) in from.iter().enumerate() {
        let mut before = seen;
        row[0] = seen + 1;
        for (at, other) in to.iter().enumerate() {
            let changed = before + usize::from(one != other);
            before = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(before + 1);
        }
    }
    row[to.len()]
}
