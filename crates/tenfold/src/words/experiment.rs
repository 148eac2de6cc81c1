//! The next experiment, and which outcome would change the verdict.

use tenfold_core::diagnose::{Enlargement, Experiment};

use super::percent::percent_fall;

/// `measure one more size, 16384: the fit expects 8.1% less error there`; `unit` is what sizes count, in the
/// plural.
pub fn experiment(experiment: &Experiment, unit: &str) -> String {
    match experiment {
        Experiment::OneMoreSize { size, log_fall } => format!(
            "measure one more size, {size:.0}: the fit expects {:.1}% less error there",
            percent_fall(*log_fall)
        ),
        Experiment::LargerModel { size } => format!(
            "train a model twice as large at {size:.0}: if its error is lower, the model was too \
             small; if not, look at labels and inputs"
        ),
        Experiment::SearchBeyond { size, setting, value } => format!(
            "at {size:.0} alone, try `{setting}` beyond {value}: if that lowers the error, search it \
             again at the largest sizes"
        ),
        Experiment::SearchMore { size } => format!("search more settings at {size:.0} alone"),
        Experiment::RelabelTestExamples { examples } => format!(
            "label again {examples:.0} of the test examples the model gets wrong: if most labels \
             stand, the inputs are at fault and not the labels"
        ),
        Experiment::AnotherSource { amount } => format!(
            "add {amount:.0} {unit} from another source and train at the largest size again: if the \
             error falls by more than noise, the old source is used up"
        ),
        Experiment::AnswerByHand { examples } => format!(
            "let a person answer {examples:.0} of the test examples the model gets wrong: what a \
             person cannot answer from these inputs, no amount of data will teach"
        ),
        Experiment::SeedsAroundRise => "run more seeds at the sizes around the rise: if it stays, \
                                        measure beyond it before forecasting"
            .to_owned(),
        Experiment::TrainToZero { size } => format!(
            "train at {size:.0} alone until the train error is 0: if it does not get there, look at \
             the loss and the learning rate; if it does, at the labels and what the inputs tell of \
             them"
        ),
        Experiment::FartherSize { size } => format!(
            "measure {size:.0}, four times the largest size: if its error is no lower, more data do \
             not help"
        ),
        Experiment::WhetherItLevelsOff { size, log_fall } => format!(
            "measure one more size, {size:.0}: about {:.1}% less error there says that the curve \
             goes on, half of that or less that it levels off",
            percent_fall(*log_fall)
        ),
        Experiment::TrainErrorAndLargerModel { size } => format!(
            "note the train error at {size:.0} and train a model twice as large there: if its error \
             is lower, the model was too small; if not, a train error near 0 points to the labels, a \
             higher one to the inputs"
        ),
        Experiment::LargerTestSet { examples: Some(Enlargement { from, to }) } => format!(
            "enlarge the test set from {from:.0} to {to:.0} examples and score the same models \
             again: no training is needed"
        ),
        Experiment::LargerTestSet { examples: None } => {
            "enlarge the test set and score the same models again: no training is needed".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_another_source_is_counted_in_the_unit_of_the_sizes() {
        let words = experiment(&Experiment::AnotherSource { amount: 12.0 }, "hours");
        assert!(words.starts_with("add 12 hours from another source"), "{words}");
    }
}
