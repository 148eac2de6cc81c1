//! Every check as a sentence with its numbers.

use crate::diagnose::Verdict;
use crate::diagnose::facts::TrainingFacts;
use crate::diagnose::odds::{Answer, odds};
use crate::diagnose::signs::{Capacity, OpenQuestion, Signs};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingLevel {
    /// Checked and fine.
    Ok,
    /// Worth knowing.
    Warn,
    /// The reason for the verdict, or something that makes every number doubtful.
    Fail,
}

impl FindingLevel {
    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its name, one word.
    pub check: &'static str,
    /// How it ended.
    pub level: FindingLevel,
    /// What was found, a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The numbers behind the message by name, finite; errors as logarithms where the name says so.
    pub evidence: Vec<(&'static str, f64)>,
}

impl Finding {
    fn new(check: &'static str, level: FindingLevel, message: String) -> Self {
        Self { check, level, message, advice: None, evidence: Vec::new() }
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    fn evidence(mut self, numbers: &[(&'static str, f64)]) -> Self {
        self.evidence.extend(numbers.iter().filter(|(_, value)| value.is_finite()));
        self
    }
}

/// All checks that could be made; the one that explains the verdict fails.
pub(crate) fn findings(signs: &Signs, verdict: Verdict, facts: &TrainingFacts) -> Vec<Finding> {
    let all = [
        Some(shape(signs, verdict)),
        Some(fit(signs)),
        floor(signs, verdict),
        repeats(signs, verdict),
        Some(seeds(signs)),
        validation(signs, verdict),
        capacity(signs, verdict),
        search(signs, verdict),
        training(signs, facts),
        leakage(facts),
    ];
    all.into_iter().flatten().collect()
}

/// `fail` for the reason of the verdict, `warn` for a sign that did not decide it.
fn level(is_reason: bool, is_sign: bool) -> FindingLevel {
    match (is_reason, is_sign) {
        (true, _) => FindingLevel::Fail,
        (false, true) => FindingLevel::Warn,
        (false, false) => FindingLevel::Ok,
    }
}

/// A ratio of errors as percent above 1.
fn percent_above(log_ratio: f64) -> f64 {
    100.0 * log_ratio.exp_m1().min(1e4)
}

/// A fall of log error as percent of the error.
fn percent_fall(log_fall: f64) -> f64 {
    -100.0 * (-log_fall).exp_m1()
}

fn shape(signs: &Signs, verdict: Verdict) -> Finding {
    let numbers = [("probability_of_fall", signs.odds.falls), ("log_fall", signs.fall)];
    if verdict == Verdict::DoesNotLearn {
        let change = if signs.fall > 0.0 {
            format!("{:.1}% lower", percent_fall(signs.fall))
        } else {
            format!("{:.1}% higher", percent_above(-signs.fall))
        };
        let message = format!(
            "the error does not fall with more data, beyond noise: at the largest size it is {change} \
             than at the smallest"
        );
        return Finding::new("shape", FindingLevel::Fail, message)
            .advise("look at the labels, the loss and the learning rate")
            .evidence(&numbers);
    }
    if signs.rise > 0.0 {
        let message = format!(
            "the error rises by {:.0}% with more data somewhere, beyond noise",
            percent_above(signs.rise)
        );
        return Finding::new("shape", FindingLevel::Fail, message)
            .advise("measure more seeds around the rise; promise nothing before it is explained")
            .evidence(&[("log_rise", signs.rise)]);
    }
    if signs.odds.learns() != Answer::Yes {
        let message = "the data do not tell whether the error falls with more data".to_owned();
        return Finding::new("shape", FindingLevel::Warn, message)
            .advise("measure sizes farther apart, or more seeds")
            .evidence(&numbers);
    }
    let message = format!(
        "the error falls by {:.1}% from the smallest size to the largest, with no rise beyond noise",
        percent_fall(signs.fall)
    );
    Finding::new("shape", FindingLevel::Ok, message).evidence(&numbers)
}

fn fit(signs: &Signs) -> Finding {
    let Some(hidden) = &signs.hidden else {
        let message = format!("{} sizes are too few to hide any and forecast them", signs.sizes);
        return Finding::new("fit", FindingLevel::Warn, message).advise("measure 6 sizes or more");
    };
    let hiding = match hidden.sizes {
        1 => "hiding the last size".to_owned(),
        more => format!("hiding the last {more} sizes"),
    };
    let numbers = [
        ("hidden", hidden.sizes as f64),
        ("log_measured_over_forecast", hidden.log_ratio),
        ("deviations", hidden.deviations),
        ("inside_80", hidden.inside_80 as f64),
    ];
    if hidden.is_too_high() {
        let message = format!(
            "{hiding}, the largest came out {:.0}% above its forecast, {:.1} deviations",
            percent_above(hidden.log_ratio),
            hidden.deviations
        );
        return Finding::new("fit", FindingLevel::Warn, message)
            .advise("look at what the last shards added: repeats, one source, another split")
            .evidence(&numbers);
    }
    if hidden.inside_80 == 0 {
        let message = format!("{hiding}, none came out inside the 80% range");
        return Finding::new("fit", FindingLevel::Warn, message)
            .advise("trust the width of no range before more sizes are measured")
            .evidence(&numbers);
    }
    let message =
        format!("{hiding}, {} of {} came out inside the 80% range", hidden.inside_80, hidden.sizes);
    Finding::new("fit", FindingLevel::Ok, message).evidence(&numbers)
}

fn floor(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    if signs.odds.learns() == Answer::No {
        return None;
    }
    let is_reason = matches!(verdict, Verdict::Irreducible | Verdict::NoisyLabels);
    let levels_off = signs.odds.levels_off();
    let next =
        format!("the next doubling should lower it by {:.1}%", percent_fall(signs.next_fall));
    let message = match (signs.floor_share, levels_off) {
        (Some(share), _) => {
            format!("about {:.0}% of the error at the largest size is floor; {next}", 100.0 * share)
        }
        (None, Answer::Yes) => format!(
            "a doubling lowered the error by {:.1}%, of late by {:.1}%: it levels off, at a floor \
             that is not told; {next}",
            percent_fall(signs.falls[0]),
            percent_fall(signs.falls[1])
        ),
        (None, Answer::No) => format!("no floor of half of the error is in sight; {next}"),
        (None, Answer::NotTold) => {
            format!("the data do not tell whether the error levels off; {next}")
        }
    };
    let finding = Finding::new("floor", level(is_reason, levels_off != Answer::No), message)
        .evidence(&[
            ("floor_share", signs.floor_share.unwrap_or(f64::NAN)),
            ("log_fall_of_next_doubling", signs.next_fall),
            ("probability_of_levelling_off", signs.odds.level),
        ]);
    Some(match verdict {
        Verdict::NoisyLabels => finding.advise("relabel some of the examples it gets wrong"),
        Verdict::Irreducible => finding.advise("better inputs or labels, not more of the same"),
        _ => finding,
    })
}

/// Odds beyond which their number says nothing.
const MOST_ODDS: f64 = 1e3;

fn repeats(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let probability = signs.odds.repeats?;
    if signs.odds.learns() != Answer::Yes || signs.odds.levels_off() != Answer::Yes {
        return None;
    }
    let to_one = |odds: f64| match odds {
        odds if odds > MOST_ODDS => format!("odds of more than {MOST_ODDS:.0} to 1"),
        odds => format!("odds of {odds:.0} to 1"),
    };
    let is_reason = verdict == Verdict::NothingNewInTheData;
    let answer = signs.odds.repeats();
    let message = match answer {
        Answer::Yes => format!(
            "the error stays where it was since some size, as with data that repeat: {} against a \
             floor",
            to_one(odds(probability))
        ),
        Answer::No => format!(
            "the error bends towards a floor: {} against data that repeat",
            to_one(odds(1.0 - probability))
        ),
        Answer::NotTold => {
            "a floor and data that repeat explain the last doublings about as well".to_owned()
        }
    };
    let finding = Finding::new("repeats", level(is_reason, answer == Answer::Yes), message)
        .evidence(&[("probability_of_repeats", probability)]);
    Some(if is_reason {
        finding.advise("look at what the last shards added: repeats, one source, another split")
    } else {
        finding
    })
}

fn seeds(signs: &Signs) -> Finding {
    let Some((deviation, seeds)) = signs.seeds else {
        if let Some(deviation) = signs.stated {
            return stated(signs, deviation);
        }
        let message = "one run a size: the noise between seeds is unknown".to_owned();
        return Finding::new("seeds", FindingLevel::Warn, message).advise("run 3 seeds a size");
    };
    let is_loud = deviation > signs.next_fall;
    let message = format!(
        "seeds move the error at the largest size by {:.1}%, the next doubling by {:.1}%",
        // The same function of both: what is louder prints the larger number.
        percent_fall(deviation),
        percent_fall(signs.next_fall)
    );
    let finding = Finding::new("seeds", level(false, is_loud), message)
        .evidence(&[("log_deviation", deviation), ("seeds", seeds as f64)]);
    if is_loud { finding.advise("run more seeds at the largest sizes") } else { finding }
}

fn stated(signs: &Signs, deviation: f64) -> Finding {
    let is_loud = deviation > signs.next_fall;
    let message = format!(
        "by its standard error the error at the largest size is off by {:.1}%, the next doubling moves it by \
         {:.1}%",
        percent_fall(deviation),
        percent_fall(signs.next_fall)
    );
    let finding = Finding::new("seeds", level(false, is_loud), message)
        .evidence(&[("log_deviation", deviation)]);
    if is_loud { finding.advise("run more seeds at the largest sizes") } else { finding }
}

fn validation(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let validation = signs.validation?;
    let is_reason = verdict == Verdict::ValidationTooSmall;
    let examples = validation.examples.unwrap_or(f64::NAN);
    // A reason that is blind only to what doublings used to bring says that.
    let is_level = is_reason && !validation.is_blind(false);
    let message = validation.resolution(is_level).sentence();
    let finding = Finding::new("validation", level(is_reason, validation.is_blind(false)), message)
        .evidence(&[
            ("log_deviation", validation.deviation),
            ("log_fall_of_next_doubling", validation.next_fall),
            ("test_examples", examples),
        ]);
    Some(if is_reason {
        finding.advise("your validation set is too small to see the next doubling: enlarge it")
    } else {
        finding
    })
}

fn capacity(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let is_reason = verdict == Verdict::ModelTooSmall;
    let is_open = verdict == Verdict::NotTold && signs.open_question() == OpenQuestion::Cause;
    let known = match signs.capacity {
        Capacity::Capped => "the largest model tried won at the largest size",
        Capacity::OneSize => "only one size of model was tried",
        Capacity::Free => "larger models were tried and lost",
        Capacity::Unknown => "nothing is known of larger models",
    };
    let train = match signs.train_share {
        Some(share) => {
            format!("the train error is {:.0}% of the test error there", 100.0 * share)
        }
        None if signs.capacity == Capacity::Unknown && !is_open => return None,
        None => "the train error is not known".to_owned(),
    };
    let is_sign = signs.capacity == Capacity::Capped
        && signs.train_share.is_none_or(|share| share >= super::UNDERFIT);
    let finding =
        Finding::new("capacity", level(is_reason, is_sign || is_open), format!("{known}; {train}"))
            .evidence(&[("train_over_test_error", signs.train_share.unwrap_or(f64::NAN))]);
    Some(if is_open {
        finding.advise("note the train error: it tells a small model from noisy labels")
    } else if is_reason || is_sign {
        finding.advise("try a larger model at the largest size")
    } else {
        finding
    })
}

fn search(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let edge = signs.search.edge.as_ref()?;
    let sizes = match signs.search.in_a_row {
        1 => "the largest size".to_owned(),
        more => format!("the {more} largest sizes"),
    };
    let message =
        format!("the {} `{}` tried, {}, won at {sizes}", edge.end.name(), edge.setting, edge.value);
    let is_reason = verdict == Verdict::SearchTooThin;
    let finding = Finding::new("search", level(is_reason, true), message).evidence(&[
        ("sizes_in_a_row", signs.search.in_a_row as f64),
        ("values_tried", edge.values as f64),
    ]);
    Some(finding.advise(format!("search `{}` beyond {}", edge.setting, edge.value)))
}

fn training(signs: &Signs, facts: &TrainingFacts) -> Option<Finding> {
    if facts.unconverged.is_empty() {
        return None;
    }
    let runs: usize = facts.unconverged.iter().map(|entry| entry.runs).sum();
    let message = format!(
        "{runs} of {} runs were still improving when training ended, {:.0}% of those at the \
         largest size",
        signs.runs,
        100.0 * signs.unconverged
    );
    let finding = Finding::new("training", FindingLevel::Warn, message)
        .evidence(&[("share_at_largest_size", signs.unconverged), ("runs", runs as f64)]);
    Some(finding.advise("train longer; it may lower the curve there"))
}

fn leakage(facts: &TrainingFacts) -> Option<Finding> {
    let leaks = facts.leaks?;
    let (identical, checked) = (leaks.identical as f64, leaks.checked as f64);
    if leaks.identical == 0 {
        let message = "no test example also sits among the training examples".to_owned();
        return Some(
            Finding::new("leakage", FindingLevel::Ok, message).evidence(&[("checked", checked)]),
        );
    }
    let share = identical / checked.max(1.0);
    let message = format!(
        "{:.1}% of the test examples also sit among the training examples ({} of {})",
        100.0 * share,
        leaks.identical,
        leaks.checked
    );
    let finding = Finding::new("leakage", FindingLevel::Fail, message)
        .evidence(&[("identical", identical), ("checked", checked)]);
    Some(finding.advise("remove the repeats, or split by group"))
}
