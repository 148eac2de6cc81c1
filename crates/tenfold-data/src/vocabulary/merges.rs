//! Which neighbouring tokens become one, and which tokens a piece of a text thus consists of.

use std::collections::BTreeMap;

/// Pairs of tokens that become one, in the order in which they do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Merges {
    pairs: Vec<[u32; 2]>,
    /// Of each pair its place in the order, and the token that it becomes.
    ranks: BTreeMap<[u32; 2], (u32, u32)>,
}

/// A token in a piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Its number.
    pub(super) token: u32,
    /// Where it ends in the piece, in bytes.
    pub(super) end: usize,
}

impl Merges {
    /// Adds the next pair, which becomes the token `joined`.
    pub(super) fn push(&mut self, pair: [u32; 2], joined: u32) {
        self.ranks.insert(pair, (self.pairs.len() as u32, joined));
        self.pairs.push(pair);
    }

    /// The pairs in their order.
    pub(super) fn pairs(&self) -> &[[u32; 2]] {
        &self.pairs
    }

    /// Joins `parts`, which are single characters first: always the pair that comes first in the order, of
    /// several of it the leftmost.
    ///
    /// # Reference
    /// Sennrich, Haddow and Birch (2016), *Neural machine translation of rare words with subword units*,
    /// arXiv:1508.07909, section 3.2.
    pub(super) fn join(&self, parts: &mut Vec<Part>) {
        let rank = |pair: &[Part]| self.ranks.get(&[pair[0].token, pair[1].token]).copied();
        loop {
            let ranked = parts.windows(2).enumerate();
            let ranked = ranked.filter_map(|(place, pair)| Some((rank(pair)?, place)));
            let Some(((_, joined), place)) = ranked.min_by_key(|((rank, _), _)| *rank) else {
                return;
            };
            parts[place] = Part { token: joined, end: parts[place + 1].end };
            parts.remove(place + 1);
        }
    }
}
