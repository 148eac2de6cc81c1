//! What to do about a finding.

use tenfold_core::diagnose::Advice;

/// `run 3 seeds a size`
pub fn advice(advice: &Advice) -> String {
    match advice {
        Advice::LookAtTraining => "look at the labels, the loss and the learning rate",
        Advice::SeedsAroundRise => {
            "measure more seeds around the rise; promise nothing before it is explained"
        }
        Advice::SizesFartherApart => "measure sizes farther apart, or more seeds",
        Advice::MoreSizes => "measure 6 sizes or more",
        Advice::LookAtLastShards => {
            "look at what the last shards added: repeats, one source, another split"
        }
        Advice::TrustNoWidth => "trust the width of no range before more sizes are measured",
        Advice::Relabel => "relabel some of the examples it gets wrong",
        Advice::BetterInputs => "better inputs or labels, not more of the same",
        Advice::SeedsASize => "run 3 seeds a size",
        Advice::SeedsAtLargest => "run more seeds at the largest sizes",
        Advice::EnlargeValidation => {
            "your validation set is too small to see the next doubling: enlarge it"
        }
        Advice::NoteTrainError => "note the train error: it tells a small model from noisy labels",
        Advice::LargerModel => "try a larger model at the largest size",
        Advice::SearchBeyond { setting, value } => {
            return format!("search `{setting}` beyond {value}");
        }
        Advice::TrainLonger => "train longer; it may lower the curve there",
        Advice::RemoveRepeats => "remove the repeats, or split by group",
    }
    .to_owned()
}
