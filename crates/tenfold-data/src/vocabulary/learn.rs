//! Learns which characters and pairs are joined, from how often they stand side by side in texts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Times a pair has to be there to be joined: what comes once is no part of a language.
const FEWEST: u64 = 2;

/// Most different pieces that are kept in mind, about 100 MB of them. Half a gigabyte of English has about
/// as many; what has more is mostly numbers and names that come once.
const MOST_PIECES: usize = 1 << 20;

/// How often each piece of texts was there.
#[derive(Default)]
pub(super) struct PieceCounts {
    counts: BTreeMap<String, u64>,
    /// Characters of the pieces that were forgotten.
    forgotten: BTreeMap<char, u64>,
}

/// What was learnt.
pub(super) struct Learnt {
    /// Characters by code point, then what pairs were joined to, in the order in which they were.
    pub(super) tokens: Vec<String>,
    /// The pairs that were joined, in that order.
    pub(super) pairs: Vec<[String; 2]>,
}

/// A piece while pairs in it are joined.
struct Piece {
    /// Places in the list of tokens; `None` for characters that are no token.
    tokens: Vec<Option<u32>>,
    count: u64,
}

impl PieceCounts {
    /// Counts one more piece.
    pub(super) fn add(&mut self, piece: &str) {
        if let Some(count) = self.counts.get_mut(piece) {
            *count += 1;
            return;
        }
        self.counts.insert(piece.to_owned(), 1);
        if self.counts.len() > MOST_PIECES {
            self.forget_half();
        }
    }

    /// Forgets the rarest pieces until at most half as many as are allowed are left.
    fn forget_half(&mut self) {
        let mut most = 1;
        while self.counts.len() > MOST_PIECES / 2 {
            let rare: Vec<(String, u64)> =
                self.counts.extract_if(.., |_, count| *count <= most).collect();
            for (piece, count) in rare {
                piece.chars().for_each(|one| *self.forgotten.entry(one).or_default() += count);
            }
            most *= 2;
        }
    }

    /// The `most` most frequent characters, ties by code point, in the order of code points.
    fn characters(&self, most: usize) -> BTreeSet<char> {
        let mut counts = self.forgotten.clone();
        for (piece, count) in &self.counts {
            piece.chars().for_each(|one| *counts.entry(one).or_default() += count);
        }
        let mut counted: Vec<(char, u64)> = counts.into_iter().collect();
        // The sort is stable, so that ties stay in their order.
        counted.sort_by_key(|(_, count)| Reverse(*count));
        counted.into_iter().take(most).map(|(character, _)| character).collect()
    }

    /// At most `most` tokens: the characters, then one by one the most frequent pair of neighbours in a
    /// piece, of several the one whose tokens came first.
    ///
    /// Order and ties are those of `BpeTrainer` of Hugging Face's tokenizers.
    ///
    /// # Reference
    /// Sennrich, Haddow and Birch (2016), arXiv:1508.07909, algorithm 1.
    pub(super) fn learn(self, most: usize) -> Learnt {
        let characters = self.characters(most);
        let places: BTreeMap<char, u32> = characters.iter().copied().zip(0..).collect();
        let tokens = characters.iter().map(char::to_string).collect();
        let pieces = self.counts.into_iter().map(|(piece, count)| Piece {
            tokens: piece.chars().map(|one| places.get(&one).copied()).collect(),
            count,
        });
        let mut learning = Learning::new(tokens, pieces.collect());
        while learning.tokens.len() < most {
            let Some(pair) = learning.most_frequent() else { break };
            learning.join(pair);
        }
        Learnt { tokens: learning.tokens, pairs: learning.joined }
    }
}

/// Pairs and where they are, while they are joined.
struct Learning {
    tokens: Vec<String>,
    places: BTreeMap<String, u32>,
    joined: Vec<[String; 2]>,
    pieces: Vec<Piece>,
    counts: BTreeMap<[u32; 2], u64>,
    /// Pieces that a pair is in, or was.
    holders: BTreeMap<[u32; 2], Vec<u32>>,
    /// Pairs by their count at some time, which was not less than it is now.
    queue: BinaryHeap<(u64, Reverse<[u32; 2]>)>,
}

impl Learning {
    fn new(tokens: Vec<String>, pieces: Vec<Piece>) -> Self {
        let places = tokens.iter().cloned().zip(0..).collect();
        let mut learning = Self {
            tokens,
            places,
            joined: Vec::new(),
            pieces: Vec::new(),
            counts: BTreeMap::new(),
            holders: BTreeMap::new(),
            queue: BinaryHeap::new(),
        };
        for (piece, number) in pieces.iter().zip(0..) {
            for pair in pairs(&piece.tokens) {
                *learning.counts.entry(pair).or_default() += piece.count;
                learning.holders.entry(pair).or_default().push(number);
            }
        }
        learning.pieces = pieces;
        learning.queue =
            learning.counts.iter().map(|(pair, count)| (*count, Reverse(*pair))).collect();
        learning
    }

    /// The next pair to be joined, which is no longer in the queue; `None` if none comes often enough.
    fn most_frequent(&mut self) -> Option<[u32; 2]> {
        while let Some((count, Reverse(pair))) = self.queue.pop() {
            let now = self.counts.get(&pair).copied().unwrap_or(0);
            if now == count {
                return (count >= FEWEST).then_some(pair);
            }
            if now > 0 {
                self.queue.push((now, Reverse(pair)));
            }
        }
        None
    }

    /// Makes one token of `pair` wherever it is.
    fn join(&mut self, pair: [u32; 2]) {
        let texts = pair.map(|place| self.tokens[place as usize].clone());
        let text = texts.concat();
        self.joined.push(texts);
        // Two pairs can be joined to the same text, and are the same token then.
        let new = self.tokens.len() as u32;
        let joined = *self.places.entry(text.clone()).or_insert(new);
        if joined == new {
            self.tokens.push(text);
        }
        let mut holders = self.holders.remove(&pair).unwrap_or_default();
        holders.sort_unstable();
        holders.dedup();
        let more: BTreeSet<[u32; 2]> =
            holders.into_iter().flat_map(|holder| self.join_in(holder, pair, joined)).collect();
        self.counts.remove(&pair);
        let more = more.into_iter().map(|pair| (self.counts[&pair], Reverse(pair)));
        self.queue.extend(more);
    }

    /// Makes one token, `joined`, of `pair` in the piece numbered `holder`; returns the pairs that have it
    /// there now.
    fn join_in(&mut self, holder: u32, pair: [u32; 2], joined: u32) -> Vec<[u32; 2]> {
        let piece = &mut self.pieces[holder as usize];
        for old in pairs(&piece.tokens) {
            self.counts.entry(old).and_modify(|count| *count -= piece.count);
        }
        replace(&mut piece.tokens, pair, joined);
        let mut more = Vec::new();
        for new in pairs(&piece.tokens) {
            *self.counts.entry(new).or_default() += piece.count;
            if new.contains(&joined) {
                self.holders.entry(new).or_default().push(holder);
                more.push(new);
            }
        }
        more
    }
}

/// Neighbours in a piece, both of which are tokens.
fn pairs(tokens: &[Option<u32>]) -> impl Iterator<Item = [u32; 2]> {
    tokens.windows(2).filter_map(|pair| Some([pair[0]?, pair[1]?]))
}

/// Replaces each `pair` in `tokens` from the left by `joined`.
fn replace(tokens: &mut Vec<Option<u32>>, pair: [u32; 2], joined: u32) {
    let mut read = 0;
    let mut written = 0;
    while read < tokens.len() {
        let is_pair = tokens[read..].starts_with(&pair.map(Some));
        tokens[written] = if is_pair { Some(joined) } else { tokens[read] };
        read += if is_pair { 2 } else { 1 };
        written += 1;
    }
    tokens.truncate(written);
}
