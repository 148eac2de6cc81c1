//! The built-in learners, one file each.
//!
//! A file says what the learner is called, what it needs of the data, its settings and defaults, and
//! how it is fitted. To add one is to write its file and to name it in [`LEARNERS`]: the study file,
//! its schema and the docs are made from that list.

mod cnn;
mod deep_speech;
mod linear;
mod lstm_lm;
mod mlp;
mod resnet;
mod rhn_lm;
mod seq2seq;
mod transformer;
mod transformer_lm;

mod convolutions;
pub mod settings;
mod windows;

use std::fmt::Debug;
use std::str::FromStr;

use crate::engine::{TapeRecorder, Value};
use crate::error::TrainError;
use crate::tasks::Task;
use crate::wrong_setting::{SettingError, unknown_choice};
use settings::{LearnerSettings, SettingKey};
pub(crate) use windows::{smoothing, window};

/// Every built-in learner, in the order in which docs show them.
pub const LEARNERS: &[&dyn Learner] =
    &[LINEAR, MLP, CNN, RESNET, LSTM_LM, RHN_LM, TRANSFORMER_LM, SEQ2SEQ, TRANSFORMER, DEEP_SPEECH];

/// Softmax regression, or least squares.
pub const LINEAR: &dyn Learner = &linear::Linear;
/// Fully connected layers with `ReLU`.
pub const MLP: &dyn Learner = &mlp::Mlp;
/// Stages of convolution, batch norm, `ReLU` and pooling.
pub const CNN: &dyn Learner = &cnn::Cnn;
/// Residual network as in CIFAR experiments: three stages of residual blocks.
pub const RESNET: &dyn Learner = &resnet::Resnet;
/// Recurrent language model with long short-term memory.
pub const LSTM_LM: &dyn Learner = &lstm_lm::LstmLm;
/// Recurrent highway network as a language model.
pub const RHN_LM: &dyn Learner = &rhn_lm::RhnLm;
/// Language model of causal self-attention.
pub const TRANSFORMER_LM: &dyn Learner = &transformer_lm::TransformerLm;
/// Long short-term memory that reads a text in both directions, and writes another with attention.
pub const SEQ2SEQ: &dyn Learner = &seq2seq::Seq2Seq;
/// Attention that reads a text and writes another.
pub const TRANSFORMER: &dyn Learner = &transformer::Transformer;
/// Convolutions and layers in both directions that transcribe recordings.
pub const DEEP_SPEECH: &dyn Learner = &deep_speech::DeepSpeech;

/// A built-in learner.
pub trait Learner: Debug + Sync {
    /// Its name in a study file.
    fn name(&self) -> &'static str;

    /// The examples it can learn from.
    fn takes(&self) -> Takes;

    /// Settings that work on shards of 64 to 100,000 examples without tuning.
    fn defaults(&self) -> LearnerSettings;

    /// Settings that this learner ignores; they are not part of a trial's identity.
    fn ignores(&self) -> &'static [&'static str] {
        &[]
    }

    /// Settings of its own, beside those that all learners have.
    fn own_settings(&self) -> &'static [SettingKey] {
        &[]
    }

    /// How it is fitted.
    fn fitting(&self) -> Fitting<'_>;

    /// Whether a run can be stopped after a share of its updates.
    fn is_stoppable(&self) -> bool {
        !matches!(self.fitting(), Fitting::Direct(_))
    }
}

/// Learners are the same if they have the same name.
impl PartialEq for dyn Learner {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl FromStr for &'static dyn Learner {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let found = LEARNERS.iter().find(|learner| learner.name() == text);
        let names = LEARNERS.iter().map(|learner| learner.name()).collect();
        found.copied().ok_or_else(|| unknown_choice("learner", text, names))
    }
}

/// The examples that a learner can learn from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Takes {
    /// Rows of a table, and images as long rows.
    TablesAndImages,
    /// Images only.
    Images,
    /// Texts with a vocabulary.
    Texts,
    /// Pairs of texts with vocabularies.
    Pairs,
    /// Recordings with transcripts and their vocabulary.
    Recordings,
}

impl Takes {
    /// Phrase that docs put after the names of learners: "take images and tables".
    pub fn describe(self) -> &'static str {
        match self {
            Self::TablesAndImages => "take images and tables",
            Self::Images => "need images",
            Self::Texts => "read texts",
            Self::Pairs => "translate texts",
            Self::Recordings => "transcribes recordings",
        }
    }
}

/// How a learner is fitted.
#[derive(Debug)]
pub enum Fitting<'a> {
    /// By gradient steps on a tape.
    Gradient(&'a dyn Recorded),
    /// By gradient steps on tapes for pairs of sequences, one tape for each shape of a batch.
    Pairs(&'a dyn RecordedPairs),
    /// The same for recordings.
    Speech(&'a dyn RecordedSpeech),
    /// By an algorithm of its own, in one call.
    Direct(&'a dyn Fitted),
}

/// A learner whose model is recorded on a tape.
pub trait Recorded: Debug {
    /// Records the model up to what it predicts, `outputs` numbers an example or, of texts, a token,
    /// and returns that; `None` where images are too small, or a width cannot be divided.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value>;
}

/// Steps to which the pairs of a batch are padded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairShape {
    /// Of what is read, the end included.
    pub source: usize,
    /// Of what is written, the end included.
    pub target: usize,
}

/// What a model for pairs of sequences reads, the first inputs of its tape in this order.
#[derive(Clone, Copy, Debug)]
pub struct PairInputs {
    /// Tokens of the source and its end, then padding.
    pub source: Value,
    /// How many of these are no padding, at least one.
    pub lengths: Value,
    /// What stands before each token of the target: a boundary, then its tokens.
    pub before: Value,
    /// How much of the target that is.
    pub part: TargetPart,
}

/// How much of its targets a batch holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetPart {
    /// All, as in training.
    Whole,
    /// Some steps that go on where the batch before ended, as when a model writes.
    Next {
        /// Steps of a whole target, at most.
        most: usize,
    },
}

/// A learner that gives a sequence for a sequence. It is recorded for each shape of a batch, with the same
/// groups of parameters each time: no parameter may belong to a place in a sequence.
pub trait RecordedPairs: Debug {
    /// Records the model up to the logits of each token of the target, and returns these; `sizes` are the
    /// numbers of tokens of source and target. What a layer knows of earlier steps is carried where the
    /// batch holds the next part of a target. `None` where a width cannot be divided.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        inputs: PairInputs,
        settings: &LearnerSettings,
        sizes: [usize; 2],
    ) -> Option<Value>;
}

/// Bands of pitch that models of speech hear.
pub(crate) const BANDS: usize = 40;

/// The size of a batch of recordings, to which each is padded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpeechShape {
    /// Frames of a recording.
    pub frames: usize,
    /// Numbers of a frame.
    pub bands: usize,
    /// Labels of a transcript.
    pub labels: usize,
}

/// What a model of speech reads, the first inputs of its tape in this order.
#[derive(Clone, Copy, Debug)]
pub struct SpeechInputs {
    /// Frames of a recording as the rows of an image: frames × bands, one channel.
    pub frames: Value,
    /// How many of these are no padding, at least one.
    pub lengths: Value,
}

/// A learner that transcribes. It is recorded for each length of a batch, with the same groups of
/// parameters each time.
pub trait RecordedSpeech: Debug {
    /// Records the model up to the logits of `outputs` labels, the first of them the blank, in each step,
    /// and returns these. A step may be of several frames, as many everywhere. `None` where there are too
    /// few bands.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        inputs: SpeechInputs,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value>;
}

/// Examples as a [`Fitted`] learner sees them.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Inputs, one example after the other; standardised.
    pub inputs: &'a [f32],
    /// One target an example: the number of its class, or its standardised value.
    pub targets: &'a [f32],
}

/// Input of [`Fitted::fit`].
#[derive(Clone, Copy, Debug)]
pub struct FitJob<'a> {
    /// Examples to fit to.
    pub shard: Rows<'a>,
    /// Examples that may decide when fitting stops.
    pub validation: Rows<'a>,
    /// The prediction task.
    pub task: &'a dyn Task,
    /// The learner's settings.
    pub settings: &'a LearnerSettings,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// A learner that is not a tape, such as boosted trees.
pub trait Fitted: Debug {
    /// Fits a model to the shard. The same job gives the same model.
    ///
    /// # Errors
    /// [`TrainError`] if there can be no model.
    fn fit(&self, job: &FitJob<'_>) -> Result<Box<dyn Model>, TrainError>;
}

/// A fitted model, as [`Fitted::fit`] returns it.
pub trait Model: Debug {
    /// Writes the prediction for `input`, one example: one logit per class, or a standardised
    /// value.
    fn predict(&self, input: &[f32], output: &mut [f32]);

    /// Fitted numbers.
    fn parameter_count(&self) -> u64;

    /// Floating-point operations that fitting took, as far as they are known.
    fn fitting_flop(&self) -> f64;

    /// Rounds of fitting done.
    fn rounds(&self) -> u64;

    /// Whether more rounds are unlikely to help.
    fn is_converged(&self) -> bool;
}
