//! What to do about a finding.

use serde::Serialize;

/// What to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// Look at the labels, the loss and the learning rate.
    LookAtTraining,
    /// Measure more seeds around a rise before anything is promised.
    SeedsAroundRise,
    /// Measure sizes farther apart, or more seeds.
    SizesFartherApart,
    /// Measure enough sizes that some can be hidden.
    MoreSizes,
    /// Look at what the last shards added.
    LookAtLastShards,
    /// Trust the width of no interval before more sizes are measured.
    TrustNoWidth,
    /// Label again some of the examples the model gets wrong.
    Relabel,
    /// Better inputs or labels instead of more of the same.
    BetterInputs,
    /// Run several seeds a size.
    SeedsASize,
    /// Run more seeds at the largest sizes.
    SeedsAtLargest,
    /// Enlarge the test set.
    EnlargeValidation,
    /// Note the train error.
    NoteTrainError,
    /// Try a larger model at the largest size.
    LargerModel,
    /// Search a setting beyond the end of its axis.
    SearchBeyond {
        /// Name of the setting.
        setting: String,
        /// The end of its axis, as text.
        value: String,
    },
    /// Train longer.
    TrainLonger,
    /// Remove test examples from the training examples.
    RemoveRepeats,
}
