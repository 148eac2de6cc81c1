//! Recordings as frames of log-mel features, with the labels of their transcripts, put together by length.

use tenfold_data::{Dataset, LogMel, Recorded, standardise};

use super::by_length::ByLength;
use super::sequences::Sequences;
use crate::engine::{Tape, Workspace};
use crate::error::TrainError;
use crate::learners::BANDS;
use crate::ops::ctc_steps;

/// Frames that become one step of logits; recordings with more labels than that leaves them have no
/// loss.
const STRIDE: usize = 2;

/// Behind the labels of a transcript.
const NO_LABEL: f32 = -1.0;

/// Recordings with their transcripts.
pub(super) struct RecordingSet {
    /// Frames × bands of all recordings, one after the other.
    features: Vec<f32>,
    /// First frame of each, then the end.
    starts: Vec<usize>,
    transcripts: Sequences,
    /// Characters of each transcript.
    characters: Vec<u32>,
    /// The transcripts as they were written, of those recordings that are measured.
    references: Vec<String>,
    by_length: ByLength,
}

impl RecordingSet {
    /// Reads the recordings of `rows`; the first of them that have `most_measured` frames are measured.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they are no recordings with a vocabulary, or cannot be read.
    pub(super) fn read(
        dataset: &Dataset,
        rows: &[u32],
        most_measured: usize,
    ) -> Result<Self, TrainError> {
        let unsuitable = |reason: String| TrainError::Unsuitable { reason, hint: None };
        let recordings = dataset.recordings();
        let vocabulary = recordings.as_ref().and_then(|all| all.transcripts.vocabulary());
        let (Some(Recorded { sounds, transcripts }), Some(vocabulary)) = (&recordings, vocabulary)
        else {
            let reason = "the examples are no recordings with transcripts and a vocabulary";
            return Err(unsuitable(reason.to_owned()));
        };
        let mel = LogMel::new(sounds.rate(), BANDS);
        let mut set = Self {
            features: Vec::new(),
            starts: vec![0],
            transcripts: Sequences::new(),
            characters: Vec::new(),
            references: Vec::new(),
            by_length: ByLength::new(Vec::new(), 0),
        };
        for row in rows {
            let samples = sounds.row(*row).map_err(|error| unsuitable(error.to_string()))?;
            let text = transcripts.row(*row).map_err(|error| unsuitable(error.to_string()))?;
            let is_measured = set.starts.last().is_some_and(|start| *start < most_measured.max(1));
            let mut features = mel.features(&samples);
            standardise(&mut features, BANDS);
            set.features.extend(features);
            set.starts.push(set.features.len() / BANDS);
            set.transcripts.push(vocabulary.numbers(&text));
            set.characters.push(text.chars().count() as u32);
            set.references.extend(is_measured.then_some(text));
        }
        let lengths: Vec<usize> = set.starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        set.by_length = ByLength::new(lengths, set.references.len());
        Ok(set)
    }

    pub(super) fn by_length(&self) -> &ByLength {
        &self.by_length
    }

    pub(super) fn by_length_mut(&mut self) -> &mut ByLength {
        &mut self.by_length
    }

    /// Labels of `recording`.
    fn labels(&self, recording: u32) -> &[u32] {
        self.transcripts.of(recording as usize)
    }

    /// Labels of the longest transcript.
    pub(super) fn most_labels(&self) -> usize {
        (0..self.characters.len()).map(|index| self.transcripts.of(index).len()).max().unwrap_or(0)
    }

    /// Steps of logits of `recording`.
    pub(super) fn steps(&self, recording: u32) -> usize {
        let index = recording as usize;
        (self.starts[index + 1] - self.starts[index]).div_ceil(STRIDE)
    }

    /// The transcript of `recording`, which is measured, as it was written.
    pub(super) fn reference(&self, recording: u32) -> &str {
        &self.references[recording as usize]
    }

    /// Characters of the transcript of `recording`.
    pub(super) fn characters(&self, recording: u32) -> u32 {
        self.characters[recording as usize]
    }

    /// Whether `recording` has fewer steps than its transcript needs, so that it has no loss.
    pub(super) fn is_too_short(&self, recording: u32) -> bool {
        ctc_steps(self.labels(recording)) > self.steps(recording)
    }

    /// Recordings that are too short for their transcripts.
    pub(super) fn too_short(&self) -> usize {
        (0..self.characters.len() as u32).filter(|recording| self.is_too_short(*recording)).count()
    }

    /// Writes frames, how many there are, and labels of `recordings`.
    pub(super) fn copy_to(
        &self,
        workspace: &mut Workspace<f32>,
        tape: &Tape,
        recordings: impl ExactSizeIterator<Item = u32> + Clone,
    ) {
        let each = tape.input_shape().numbers();
        let inputs = workspace.input(tape, recordings.len()).chunks_exact_mut(each);
        for (input, recording) in inputs.zip(recordings.clone()) {
            let own = self.starts[recording as usize]..self.starts[recording as usize + 1];
            let features = &self.features[own.start * BANDS..own.end * BANDS];
            input[..features.len()].copy_from_slice(features);
            input[features.len()..].fill(0.0);
        }
        let lengths = workspace.input_at(tape, 1);
        for (length, recording) in lengths.iter_mut().zip(recordings.clone()) {
            let index = recording as usize;
            *length = (self.starts[index + 1] - self.starts[index]) as f32;
        }
        let labels = workspace.input_at(tape, 2);
        let each = labels.len() / recordings.len().max(1);
        for (places, recording) in labels.chunks_exact_mut(each.max(1)).zip(recordings) {
            let own = self.labels(recording).iter().map(|label| *label as f32);
            let own = own.chain(std::iter::repeat(NO_LABEL));
            places.iter_mut().zip(own).for_each(|(place, label)| *place = label);
        }
    }
}
