//! Why a curve is as it is, and the cheapest experiment that would change the answer.
//!
//! [`diagnose`] gathers signs (`signs`), names one verdict by the first that applies, and states
//! every check with its numbers (`finding`) and the next experiment (`experiment`). Signs are
//! circumstantial: a verdict is the explanation to test first, not a proof.

mod bend;
mod experiment;
mod facts;
mod finding;
mod repeats;
mod signs;

pub use experiment::NextExperiment;
pub use facts::{AxisEnd, Leaks, SearchEdge, TrainingFacts, Unconverged};
pub use finding::{Finding, FindingLevel};

use crate::curve::LearningCurve;
use crate::fit::CurveFit;
use bend::Bend;
use signs::{Capacity, Signs};

/// What explains a curve best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing is wrong: more data should lower the error as forecast.
    MoreData,
    /// The error levels off because the model cannot hold more.
    ModelTooSmall,
    /// The best settings lie outside what was searched.
    SearchTooThin,
    /// The model learns its training labels and still levels off: they contradict each other.
    NoisyLabels,
    /// The largest sizes bring less than the smaller ones promised: the added data repeat.
    NothingNewInTheData,
    /// The inputs do not determine the answer any better.
    Irreducible,
    /// The test set cannot see what the next doubling would bring.
    ValidationTooSmall,
    /// The error rises with more data somewhere.
    NotMonotone,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::MoreData,
        Self::ModelTooSmall,
        Self::SearchTooThin,
        Self::NoisyLabels,
        Self::NothingNewInTheData,
        Self::Irreducible,
        Self::ValidationTooSmall,
        Self::NotMonotone,
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
        }
    }
}

/// What was found, and what to do next.
#[derive(Clone, Debug, PartialEq)]
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

/// Ratio of train to test error from which the model learns no more than it can show: it underfits.
const UNDERFIT: f64 = 0.7;

/// Ratio of train to test error up to which the model knows its own examples by heart.
const MEMORISED: f64 = 0.5;

/// The first explanation whose signs are there; direct evidence comes before shape.
fn verdict(signs: &Signs) -> Verdict {
    if signs.search.is_thin {
        // Settings that stop fitting may well make the error rise.
        return Verdict::SearchTooThin;
    }
    if signs.rise > 0.0 {
        return Verdict::NotMonotone;
    }
    let is_floor = signs.has_floor();
    let is_excess = signs.has_excess();
    let is_level = is_floor || is_excess;
    if signs.validation.is_some_and(|validation| validation.is_blind(is_level)) {
        return Verdict::ValidationTooSmall;
    }
    if !is_level {
        return Verdict::MoreData;
    }
    let is_break = signs.bend.as_ref().map_or(is_excess, Bend::is_break);
    let underfits = signs.train_share.is_some_and(|share| share >= UNDERFIT);
    let memorises = signs.train_share.is_some_and(|share| share <= MEMORISED);
    match signs.capacity {
        Capacity::Capped if !memorises => Verdict::ModelTooSmall,
        Capacity::Unknown if underfits => Verdict::ModelTooSmall,
        _ if is_break && !underfits => Verdict::NothingNewInTheData,
        _ if memorises => Verdict::NoisyLabels,
        _ => Verdict::Irreducible,
    }
}
