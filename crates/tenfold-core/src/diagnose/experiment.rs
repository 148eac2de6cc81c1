//! The cheapest experiment that would change a verdict.

use serde::Serialize;

use crate::diagnose::Verdict;
use crate::diagnose::facts::TrainingFacts;
use crate::diagnose::signs::{OpenQuestion, Signs};
use crate::units::Cost;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextExperiment {
    /// What to do; its outcome would change the verdict.
    pub experiment: Experiment,
    /// What its examples cost, where examples are bought and their price is known.
    pub cost: Option<Cost>,
}

/// An experiment. Sizes and amounts are in the unit of the curve's sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// Measure one more size, where the fit expects less error.
    OneMoreSize {
        /// The size.
        size: f64,
        /// Fall of log error that the fit expects.
        log_fall: f64,
    },
    /// Train a larger model at the largest size.
    LargerModel {
        /// The size.
        size: f64,
    },
    /// Search a setting beyond the end of its axis, at the largest size alone.
    SearchBeyond {
        /// The size.
        size: f64,
        /// Name of the setting.
        setting: String,
        /// The end of its axis, as text.
        value: String,
    },
    /// Search more settings at the largest size alone.
    SearchMore {
        /// The size.
        size: f64,
    },
    /// Label again some of the test examples the model gets wrong.
    RelabelTestExamples {
        /// How many.
        examples: f64,
    },
    /// Add data of another source and train at the largest size again.
    AnotherSource {
        /// How much.
        amount: f64,
    },
    /// Let a person answer some of the test examples the model gets wrong.
    AnswerByHand {
        /// How many.
        examples: f64,
    },
    /// Run more seeds at the sizes around a rise.
    SeedsAroundRise,
    /// Train at the smallest size alone until the train error is 0.
    TrainToZero {
        /// The size.
        size: f64,
    },
    /// Measure a size several times the largest, to see whether the error falls at all.
    FartherSize {
        /// The size.
        size: f64,
    },
    /// Measure one more size, to see whether the error levels off.
    WhetherItLevelsOff {
        /// The size.
        size: f64,
        /// Fall of log error if the error keeps falling.
        log_fall: f64,
    },
    /// Note the train error at the largest size, and train a larger model there.
    TrainErrorAndLargerModel {
        /// The size.
        size: f64,
    },
    /// Enlarge the test set and score the same models again.
    LargerTestSet {
        /// From how many examples to how many, where that is known.
        examples: Option<Enlargement>,
    },
}

/// From how many test examples to how many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Enlargement {
    /// Test examples now.
    pub from: f64,
    /// Test examples whose noise is half of the fall to be seen.
    pub to: f64,
}

/// Examples to relabel or to look at by hand: enough to tell a tenth from a third.
const LOOKED_AT: f64 = 100.0;

/// Share of the largest size that is enough to see whether another source brings something new.
const FRESH_SHARE: f64 = 0.1;

/// The experiment for `verdict`.
pub(crate) fn next_experiment(
    signs: &Signs,
    verdict: Verdict,
    facts: &TrainingFacts,
) -> NextExperiment {
    let size = signs.largest.get();
    let (experiment, bought) = match verdict {
        Verdict::MoreData => {
            (Experiment::OneMoreSize { size: 2.0 * size, log_fall: signs.next_fall }, Some(size))
        }
        Verdict::ModelTooSmall => (Experiment::LargerModel { size }, None),
        Verdict::SearchTooThin => (search(signs), None),
        Verdict::NoisyLabels => (Experiment::RelabelTestExamples { examples: LOOKED_AT }, None),
        Verdict::NothingNewInTheData => {
            let amount = (FRESH_SHARE * size).max(1.0).round();
            (Experiment::AnotherSource { amount }, Some(amount))
        }
        Verdict::Irreducible => (Experiment::AnswerByHand { examples: LOOKED_AT }, None),
        Verdict::ValidationTooSmall => {
            let examples = enlargement(signs);
            (Experiment::LargerTestSet { examples }, examples.map(|one| one.to - one.from))
        }
        Verdict::NotMonotone => (Experiment::SeedsAroundRise, None),
        Verdict::DoesNotLearn => (Experiment::TrainToZero { size: signs.smallest.get() }, None),
        Verdict::NotTold => telling(signs),
    };
    let cost = |examples: f64| {
        let cost = facts.cost_per_example?.0 * examples;
        cost.is_finite().then_some(Cost(cost))
    };
    NextExperiment { experiment, cost: bought.and_then(cost) }
}

fn search(signs: &Signs) -> Experiment {
    let size = signs.largest.get();
    match &signs.search.edge {
        Some(edge) => Experiment::SearchBeyond {
            size,
            setting: edge.setting.clone(),
            value: edge.value.clone(),
        },
        None => Experiment::SearchMore { size },
    }
}

/// The experiment that answers the open question, and how many examples it takes.
fn telling(signs: &Signs) -> (Experiment, Option<f64>) {
    let size = signs.largest.get();
    match signs.open_question() {
        OpenQuestion::Falls => (Experiment::FartherSize { size: 4.0 * size }, Some(3.0 * size)),
        OpenQuestion::LevelsOff => {
            let log_fall = signs.falls[0].max(signs.next_fall);
            (Experiment::WhetherItLevelsOff { size: 2.0 * size, log_fall }, Some(size))
        }
        OpenQuestion::Cause => (Experiment::TrainErrorAndLargerModel { size }, None),
    }
}

/// How much larger the test set must be for its noise to be half of the fall to be seen.
fn enlargement(signs: &Signs) -> Option<Enlargement> {
    let validation = signs.validation?;
    let from = validation.examples?;
    let times = (2.0 * validation.deviation / validation.next_fall).powi(2);
    let to = (times * from).ceil();
    // A fall of nearly nothing would ask for more examples than exist.
    (to.is_finite() && to < 1e12).then_some(Enlargement { from, to })
}
