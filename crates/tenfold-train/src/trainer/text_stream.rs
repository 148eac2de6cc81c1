//! Texts as one stream of tokens: windows of it are trained on, its documents are measured.
//!
//! The stream is a circle. Each example of a batch follows it from a place of its own, a window a step,
//! for ever: the places are evenly spaced, so that every token is seen once an epoch, and what a recurrent
//! learner carries from one window into the next always belongs there. Texts whose tokens are too many for
//! the memory are read from a file, ahead of each of those places.

use tenfold_data::{BOUNDARY, Dataset, Shard};

use super::tokens::{Asking, Holding, TokenWriter, Tokens};
use crate::error::TrainError;

/// Target of a step that has none.
const NO_TARGET: f32 = -1.0;

/// Tokens of documents, each behind a boundary.
pub(super) struct TextStream {
    tokens: Tokens,
    /// Where the boundary before each document is that is measured, then the end of the last of them.
    starts: Vec<usize>,
    /// Characters of each of those that are predicted, its end counted as one.
    characters: Vec<u32>,
    /// All documents.
    documents: usize,
    /// Tokens of a window.
    window: usize,
    /// Whether the last document stops in its middle, so that nothing is known of what follows.
    is_cut: bool,
    /// Documents that are measured, from short to long, so that those measured together end together.
    measured: Vec<u32>,
}

impl TextStream {
    /// Reads the documents of `shard`; the first of them that hold `most_measured` tokens, at least one, are
    /// measured.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they are no texts with a vocabulary, or cannot be read;
    /// [`TrainError::Tokens`] if a file is needed and cannot be written.
    pub(super) fn read(
        dataset: &Dataset,
        shard: Shard<'_>,
        window: usize,
        most_measured: usize,
        holding: Holding<'_>,
    ) -> Result<Self, TrainError> {
        let unsuitable = |reason: String| TrainError::Unsuitable { reason, hint: None };
        let vocabulary = dataset.texts().and_then(|texts| Some((texts, texts.vocabulary()?)));
        let Some((texts, vocabulary)) = vocabulary else {
            return Err(unsuitable("the examples are no texts with a vocabulary".to_owned()));
        };
        let unwritten = |source| TrainError::Tokens { source };
        let mut tokens = TokenWriter::new(vocabulary.size(), holding);
        let (mut starts, mut characters) = (vec![0], Vec::new());
        for (position, row) in shard.rows.iter().enumerate() {
            let units = shard.units_of_last.filter(|_| position + 1 == shard.rows.len());
            let text = match units {
                Some(units) => shard.unit.beginning(texts, *row, units),
                None => texts.row(*row),
            };
            let text = text.map_err(|error| unsuitable(error.to_string()))?;
            let is_measured = tokens.len() < most_measured;
            tokens.push(BOUNDARY).map_err(unwritten)?;
            vocabulary
                .numbers(&text)
                .try_for_each(|number| tokens.push(number))
                .map_err(unwritten)?;
            if is_measured {
                starts.push(tokens.len());
                // A text that is cut has no end to be predicted.
                let ends = u32::from(units.is_none());
                characters.push(text.chars().count() as u32 + ends);
            }
        }
        let mut stream = Self {
            tokens: tokens.finish().map_err(unwritten)?,
            measured: (0..characters.len() as u32).collect(),
            starts,
            characters,
            documents: shard.rows.len(),
            window,
            is_cut: shard.units_of_last.is_some(),
        };
        let mut measured = std::mem::take(&mut stream.measured);
        measured.sort_by_key(|document| stream.length(*document as usize));
        Ok(Self { measured, ..stream })
    }

    /// Documents in it.
    pub(super) fn documents(&self) -> usize {
        self.documents
    }

    /// Tokens in it, boundaries included.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Why tokens could not be read, if that has happened; what was copied since is wrong.
    pub(super) fn failure(&self) -> Option<std::io::Error> {
        self.tokens.failure()
    }

    /// Tokens of a window.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    /// Windows that hold it.
    pub(super) fn windows(&self) -> usize {
        self.len().div_ceil(self.window)
    }

    /// Documents that are measured, in the order in which they are.
    pub(super) fn measured(&self) -> &[u32] {
        &self.measured
    }

    /// Tokens that are predicted in `document`.
    pub(super) fn predicted(&self, document: usize) -> u32 {
        let is_open = self.is_cut && document + 1 == self.documents();
        (self.length(document) - usize::from(is_open)) as u32
    }

    /// Characters that are predicted in `document`.
    pub(super) fn characters(&self, document: usize) -> u32 {
        self.characters[document]
    }

    /// Tokens of `document`, the boundary before it included.
    fn length(&self, document: usize) -> usize {
        self.starts[document + 1] - self.starts[document]
    }

    /// Windows, each `stride` tokens behind the one before it, of the longest of `documents`.
    pub(super) fn windows_of(&self, documents: &[u32], stride: usize) -> usize {
        let longest = documents.iter().map(|document| self.length(*document as usize)).max();
        let behind_first = longest.unwrap_or(0).saturating_sub(self.window);
        1 + behind_first.div_ceil(stride)
    }

    /// Tokens from one window of a document to the next. A learner that carries a state reads on where it
    /// was; another one reads half of the window before again, so that each token it predicts has that much
    /// before it.
    pub(super) fn stride(&self, is_carried: bool) -> usize {
        if is_carried { self.window } else { self.window.div_ceil(2) }
    }

    /// Writes the window that begins at token `start`.
    pub(super) fn copy_inputs(&self, target: &mut [f32], start: usize) {
        self.copy_round(target, start, Asking::Onward);
    }

    /// Writes what follows each token of the window that begins at token `start`.
    pub(super) fn copy_targets(&self, target: &mut [f32], start: usize) {
        self.copy_following(target, start, Asking::Onward);
    }

    /// Writes the tokens from number `start` on, the first one behind the last.
    fn copy_round(&self, target: &mut [f32], start: usize, asking: Asking) {
        let all = self.len();
        let (mut place, mut rest) = (start % all, target);
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(rest.len().min(all - place));
            self.tokens.copy(place, now, asking);
            (place, rest) = (0, later);
        }
    }

    /// Writes what follows each token from number `start` on, as something to be predicted.
    fn copy_following(&self, target: &mut [f32], start: usize, asking: Asking) {
        self.copy_round(target, start + 1, asking);
        if self.is_cut {
            // Nothing is known to follow the last token, which the first one stands behind.
            let last = self.len() - 1 - start % self.len();
            target.iter_mut().skip(last).step_by(self.len()).for_each(|one| *one = NO_TARGET);
        }
    }

    /// Writes the window of `document` that begins at its token `first`, and what follows each token; no
    /// target behind the end, nor for the `known` tokens at the beginning, which another window asked for.
    pub(super) fn copy_document(
        &self,
        inputs: &mut [f32],
        targets: &mut [f32],
        document: u32,
        [first, known]: [usize; 2],
    ) {
        let range = self.starts[document as usize]..self.starts[document as usize + 1];
        let start = (range.start + first).min(range.end);
        let inside = (range.end - start).min(self.window);
        self.tokens.copy(start, &mut inputs[..inside], Asking::Once);
        inputs[inside..].fill(BOUNDARY as f32);
        self.copy_following(&mut targets[..inside], start, Asking::Once);
        targets[inside..].fill(NO_TARGET);
        targets[..known].fill(NO_TARGET);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tenfold_data::{CHARACTERS, Field, Targets, Texts, Unit};

    use super::*;

    /// `ab`, `b`, `abb`: b is 2 and a is 3.
    fn dataset() -> Dataset {
        let texts = Texts::from_strings(&["ab", "b", "abb"]);
        let vocabulary = texts.fit_vocabulary(&[0, 1, 2], CHARACTERS, 9).unwrap();
        let dataset =
            Dataset::new(vec![Field::texts(texts)], Targets::Own { examples: 3 }).unwrap();
        dataset.with_vocabulary(&Arc::new(vocabulary)).unwrap()
    }

    /// Tokens in memory, and in a file.
    const HELD: [usize; 2] = [1 << 20, 1];

    fn stream_of(
        dataset: &Dataset,
        shard: Shard<'_>,
        [window, most]: [usize; 2],
        bytes: usize,
    ) -> TextStream {
        let folder = std::env::temp_dir();
        TextStream::read(dataset, shard, window, most, Holding { bytes, folder: &folder }).unwrap()
    }

    fn window(stream: &TextStream, start: usize) -> (Vec<f32>, Vec<f32>) {
        let (mut inputs, mut targets) = (vec![9.0; 4], vec![9.0; 4]);
        stream.copy_inputs(&mut inputs, start);
        stream.copy_targets(&mut targets, start);
        (inputs, targets)
    }

    #[test]
    fn windows_go_round_and_targets_are_a_token_ahead() {
        for held in HELD {
            let stream = stream_of(&dataset(), [0, 1].as_slice().into(), [4, 100], held);
            // |ab|b
            assert_eq!((stream.len(), stream.windows()), (5, 2));
            assert_eq!(window(&stream, 0), (vec![0.0, 3.0, 2.0, 0.0], vec![3.0, 2.0, 0.0, 2.0]));
            assert_eq!(window(&stream, 3), (vec![0.0, 2.0, 0.0, 3.0], vec![2.0, 0.0, 3.0, 2.0]));
        }
    }

    #[test]
    fn documents_end_with_a_boundary_and_windows_behind_them_ask_for_nothing() {
        for held in HELD {
            let stream = stream_of(&dataset(), [2, 1].as_slice().into(), [3, 100], held);
            // The short one first.
            assert_eq!(stream.measured(), [1, 0]);
            assert_eq!(stream.windows_of(stream.measured(), 3), 2);
            let (mut inputs, mut targets) = (vec![9.0; 3], vec![9.0; 3]);
            stream.copy_document(&mut inputs, &mut targets, 0, [3, 0]);
            assert_eq!(
                (inputs.as_slice(), targets.as_slice()),
                (&[2.0, 0.0, 0.0][..], &[0.0, -1.0, -1.0][..])
            );
            stream.copy_document(&mut inputs, &mut targets, 1, [0, 0]);
            assert_eq!(
                (inputs.as_slice(), targets.as_slice()),
                (&[0.0, 2.0, 0.0][..], &[2.0, 0.0, -1.0][..])
            );
            assert_eq!((stream.predicted(0), stream.characters(0)), (4, 4));
            assert_eq!((stream.predicted(1), stream.characters(1)), (2, 2));
        }
    }

    #[test]
    fn windows_that_overlap_ask_for_every_token_once() {
        let texts = Texts::from_strings(&["abbabbababba"]);
        let vocabulary = texts.fit_vocabulary(&[0], CHARACTERS, 9).unwrap();
        let dataset =
            Dataset::new(vec![Field::texts(texts)], Targets::Own { examples: 1 }).unwrap();
        let dataset = dataset.with_vocabulary(&Arc::new(vocabulary)).unwrap();
        let windows = [1, 2, 3, 4, 5, 12, 13, 14, 20].into_iter();
        for (window, held) in windows.flat_map(|window| HELD.map(|held| (window, held))) {
            let stream = stream_of(&dataset, [0].as_slice().into(), [window, 100], held);
            let mut all = vec![0.0; 13];
            stream.copy_targets(&mut all, 0);
            for is_carried in [true, false] {
                assert_eq!(asked(&stream, is_carried), all, "window {window}");
            }
        }
    }

    /// All targets of the first document, window by window.
    fn asked(stream: &TextStream, is_carried: bool) -> Vec<f32> {
        let (window, stride) = (stream.window(), stream.stride(is_carried));
        let mut asked = Vec::new();
        for index in 0..stream.windows_of(&[0], stride) {
            let known = if index == 0 { 0 } else { window - stride };
            let (mut inputs, mut targets) = (vec![9.0; window], vec![9.0; window]);
            stream.copy_document(&mut inputs, &mut targets, 0, [index * stride, known]);
            asked.extend(targets.into_iter().filter(|target| *target >= 0.0));
        }
        asked
    }

    #[test]
    fn nothing_is_asked_of_where_a_text_is_cut() {
        for held in HELD {
            let shard = Shard {
                rows: &[1, 2],
                units_of_last: Some(2),
                unit: Unit::named("characters").unwrap(),
            };
            let stream = stream_of(&dataset(), shard, [4, 100], held);
            // |b|ab, and then nobody knows.
            assert_eq!(window(&stream, 2), (vec![0.0, 3.0, 2.0, 0.0], vec![3.0, 2.0, -1.0, 2.0]));
            assert_eq!((stream.predicted(1), stream.characters(1)), (2, 2));
            assert_eq!(stream_of(&dataset(), shard, [4, 1], held).measured(), [0]);
        }
    }
}
