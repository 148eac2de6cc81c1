//! The cheapest experiment that would change a verdict.

use crate::diagnose::Verdict;
use crate::diagnose::facts::TrainingFacts;
use crate::diagnose::signs::{OpenQuestion, Signs};
use crate::units::Cost;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct NextExperiment {
    /// What to do and which outcome would change the verdict, as sentences.
    pub message: String,
    /// What its examples cost, where examples are bought and their price is known.
    pub cost: Option<Cost>,
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
    let largest = signs.largest.get();
    let cost = |examples: f64| {
        let cost = facts.cost_per_example?.0 * examples;
        cost.is_finite().then_some(Cost(cost))
    };
    let free = |message: String| NextExperiment { message, cost: None };
    match verdict {
        Verdict::MoreData => NextExperiment {
            message: format!(
                "measure one more size, {:.0}: the fit expects {:.1}% less error there",
                2.0 * largest,
                -100.0 * (-signs.next_fall).exp_m1()
            ),
            cost: cost(largest),
        },
        Verdict::ModelTooSmall => free(format!(
            "train a model twice as large at {largest:.0}: if its error is lower, the model was too \
             small; if not, look at labels and inputs"
        )),
        Verdict::SearchTooThin => free(match &signs.search.edge {
            Some(edge) => format!(
                "at {largest:.0} alone, try `{}` beyond {}: if that lowers the error, search it again \
                 at the largest sizes",
                edge.setting, edge.value
            ),
            None => format!("search more settings at {largest:.0} alone"),
        }),
        Verdict::NoisyLabels => free(format!(
            "label again {LOOKED_AT:.0} of the test examples the model gets wrong: if most labels \
             stand, the inputs are at fault and not the labels"
        )),
        Verdict::NothingNewInTheData => {
            let fresh = (FRESH_SHARE * largest).max(1.0).round();
            let unit = facts.unit.as_deref().unwrap_or("examples");
            NextExperiment {
                message: format!(
                    "add {fresh:.0} {unit} from another source and train at the largest size again: \
                     if the error falls by more than noise, the old source is used up"
                ),
                cost: cost(fresh),
            }
        }
        Verdict::Irreducible => free(format!(
            "let a person answer {LOOKED_AT:.0} of the test examples the model gets wrong: what a \
             person cannot answer from these inputs, no amount of data will teach"
        )),
        Verdict::ValidationTooSmall => validation(signs, &cost),
        Verdict::NotMonotone => free(
            "run more seeds at the sizes around the rise: if it stays, measure beyond it before \
             forecasting"
                .to_owned(),
        ),
        Verdict::DoesNotLearn => free(format!(
            "train at {:.0} alone until the train error is 0: if it does not get there, look at the \
             loss and the learning rate; if it does, at the labels and what the inputs tell of them",
            signs.smallest.get()
        )),
        Verdict::NotTold => telling(signs, &cost, &free),
    }
}

/// The experiment that tells what the data leave open.
fn telling(
    signs: &Signs,
    cost: &dyn Fn(f64) -> Option<Cost>,
    free: &dyn Fn(String) -> NextExperiment,
) -> NextExperiment {
    let largest = signs.largest.get();
    match signs.open_question() {
        OpenQuestion::Falls => NextExperiment {
            message: format!(
                "measure {:.0}, four times the largest size: if its error is no lower, more data do \
                 not help",
                4.0 * largest
            ),
            cost: cost(3.0 * largest),
        },
        OpenQuestion::LevelsOff => NextExperiment {
            message: format!(
                "measure one more size, {:.0}: about {:.1}% less error there says that the curve goes \
                 on, half of that or less that it levels off",
                2.0 * largest,
                -100.0 * (-signs.falls[0].max(signs.next_fall)).exp_m1()
            ),
            cost: cost(largest),
        },
        OpenQuestion::Cause => free(format!(
            "note the train error at {largest:.0} and train a model twice as large there: if its \
             error is lower, the model was too small; if not, a train error near 0 points to the \
             labels, a higher one to the inputs"
        )),
    }
}

/// How much larger the test set must be for its noise to be half of what is to be seen.
fn validation(signs: &Signs, cost: &dyn Fn(f64) -> Option<Cost>) -> NextExperiment {
    let needed = signs.validation.and_then(|validation| {
        let examples = validation.examples?;
        let times = (2.0 * validation.deviation / validation.next_fall).powi(2);
        let needed = (times * examples).ceil();
        // A fall of nearly nothing would ask for more examples than exist.
        (needed.is_finite() && needed < 1e12).then_some((examples, needed))
    });
    match needed {
        Some((examples, needed)) => NextExperiment {
            message: format!(
                "enlarge the test set from {examples:.0} to {needed:.0} examples and score the same \
                 models again: no training is needed"
            ),
            cost: cost(needed - examples),
        },
        None => NextExperiment {
            message: "enlarge the test set and score the same models again: no training is needed"
                .to_owned(),
            cost: None,
        },
    }
}
