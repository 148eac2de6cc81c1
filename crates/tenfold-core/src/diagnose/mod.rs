//! Why a curve is as it is, and the cheapest experiment that would change the answer.
//!
//! [`diagnose`] gathers signs (`signs`) and the odds between explanations that the posterior of the
//! fit gives (`odds`), chooses the first verdict that applies, and states every check with its
//! numbers (`finding`) and the next experiment (`experiment`). Where the data do not tell, that is
//! the verdict. Signs are circumstantial: a verdict is the explanation to test first, not a proof.

mod advice;
mod experiment;
mod facts;
mod finding;
mod odds;
mod signs;

pub use advice::Advice;
pub use experiment::{Enlargement, Experiment, NextExperiment};
pub use facts::{AxisEnd, Leaks, SearchEdge, TrainingFacts, Unconverged};
pub use finding::{
    Fall, Finding, FindingLevel, FitFound, FloorFound, Found, SeedsFound, ShapeFound,
};
pub use odds::{Answer, odds};
pub use signs::{Capacity, HiddenSizes};

use serde::Serialize;

use crate::curve::LearningCurve;
use crate::fit::CurveFit;
use signs::Signs;

/// What explains a curve best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is wrong: more data should lower the error as forecast.
    MoreData,
    /// The error levels off because the model cannot hold more.
    ModelTooSmall,
    /// The best settings lie outside what was searched.
    SearchTooThin,
    /// The model learns its training labels and still levels off: they contradict each other.
    NoisyLabels,
    /// The error follows its law up to some size and stays there: the added data repeat.
    NothingNewInTheData,
    /// The inputs do not determine the answer any better.
    Irreducible,
    /// The test set cannot see what the next doubling would bring.
    ValidationTooSmall,
    /// The error rises with more data somewhere.
    NotMonotone,
    /// The error does not fall with more data at all.
    DoesNotLearn,
    /// The data do not tell between explanations.
    NotTold,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::MoreData,
        Self::ModelTooSmall,
        Self::SearchTooThin,
        Self::NoisyLabels,
        Self::NothingNewInTheData,
        Self::Irreducible,
        Self::ValidationTooSmall,
        Self::NotMonotone,
        Self::DoesNotLearn,
        Self::NotTold,
    ];

    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::MoreData => "more-data",
            Self::ModelTooSmall => "model-too-small",
            Self::SearchTooThin => "search-too-thin",
            Self::NoisyLabels => "noisy-labels",
            Self::NothingNewInTheData => "nothing-new-in-the-data",
            Self::Irreducible => "irreducible",
            Self::ValidationTooSmall => "validation-too-small",
            Self::NotMonotone => "not-monotone",
            Self::DoesNotLearn => "does-not-learn",
            Self::NotTold => "not-told",
        }
    }
}

/// What was found, and what to do next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The best explanation.
    pub verdict: Verdict,
    /// Every check that could be made, in a fixed order.
    pub findings: Vec<Finding>,
    /// The cheapest experiment that would change the verdict.
    pub next_experiment: NextExperiment,
}

impl Diagnosis {
    /// How many checks ended at `level`.
    pub fn count(&self, level: FindingLevel) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// Explains `curve`, whose fit is `fit`, with what is known of its training.
pub fn diagnose(curve: &LearningCurve, fit: &CurveFit, facts: &TrainingFacts) -> Diagnosis {
    let signs = signs::signs(curve, fit, facts);
    let verdict = verdict(&signs);
    Diagnosis {
        verdict,
        findings: finding::findings(&signs, verdict, facts),
        next_experiment: experiment::next_experiment(&signs, verdict, facts),
    }
}

/// Share of the error that must be floor before more data stop being the answer: half, where the
/// irreducible region begins.
const MOSTLY_FLOOR: f64 = 0.5;

/// Ratio of train to test error from which on the model counts as underfitting.
const UNDERFIT: f64 = 0.7;

/// Ratio of train to test error up to which the model has memorised its training examples.
const MEMORISED: f64 = 0.5;

/// Fewest sizes for the verdict that a curve does not learn: two equal errors may be chance.
const FEWEST_FLAT: usize = 3;

/// The first explanation whose signs are present; direct evidence is checked before the shape of
/// the curve.
fn verdict(signs: &Signs) -> Verdict {
    let (odds, learns) = (&signs.odds, signs.odds.learns());
    if signs.search.is_thin {
        // Settings that stop fitting may well make the error rise.
        return Verdict::SearchTooThin;
    }
    if learns == Answer::No && !odds.has_learnt() && signs.sizes >= FEWEST_FLAT {
        return Verdict::DoesNotLearn;
    }
    if signs.rise > 0.0 {
        return Verdict::NotMonotone;
    }
    let levels_off = odds.levels_off();
    let is_level = levels_off == Answer::Yes;
    let is_blind = signs.validation.is_some_and(|validation| validation.is_blind(is_level));
    match levels_off {
        _ if learns != Answer::Yes => Verdict::NotTold,
        _ if is_blind => Verdict::ValidationTooSmall,
        Answer::No => Verdict::MoreData,
        Answer::NotTold => Verdict::NotTold,
        Answer::Yes => cause(signs),
    }
}

/// Why the error levels off.
fn cause(signs: &Signs) -> Verdict {
    let underfits = signs.train_share.is_some_and(|share| share >= UNDERFIT);
    let memorises = signs.train_share.is_some_and(|share| share <= MEMORISED);
    let repeats = signs.odds.repeats() == Answer::Yes;
    match signs.capacity {
        Capacity::Capped if !memorises => Verdict::ModelTooSmall,
        Capacity::OneSize | Capacity::Unknown if underfits => Verdict::ModelTooSmall,
        _ if repeats && !underfits => Verdict::NothingNewInTheData,
        _ if memorises => Verdict::NoisyLabels,
        Capacity::Free => Verdict::Irreducible,
        // The floor may be the model's, the labels' or the inputs'.
        _ if signs.train_share.is_none() => Verdict::NotTold,
        _ => Verdict::Irreducible,
    }
}
