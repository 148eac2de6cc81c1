//! Sequences of tokens, one after the other in one vector.

/// Sequences of tokens.
pub(super) struct Sequences {
    tokens: Vec<u32>,
    /// Where each begins, then the end.
    starts: Vec<usize>,
}

impl Sequences {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { tokens: Vec::new(), starts: vec![0] }
    }

    /// Adds one more.
    pub(super) fn push(&mut self, tokens: impl IntoIterator<Item = u32>) {
        self.tokens.extend(tokens);
        self.starts.push(self.tokens.len());
    }

    /// Sequence `index`.
    pub(super) fn of(&self, index: usize) -> &[u32] {
        &self.tokens[self.starts[index]..self.starts[index + 1]]
    }

    /// Tokens of all of them.
    pub(super) fn tokens(&self) -> usize {
        self.tokens.len()
    }
}
