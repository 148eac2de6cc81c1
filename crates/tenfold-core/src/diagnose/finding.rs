//! What every check found, with its numbers; the code that shows a finding puts it into words.

use serde::Serialize;

use crate::curve::Resolution;
use crate::diagnose::Verdict;
use crate::diagnose::advice::Advice;
use crate::diagnose::facts::{Leaks, SearchEdge, TrainingFacts};
use crate::diagnose::odds::Answer;
use crate::diagnose::signs::{Capacity, HiddenSizes, OpenQuestion, Signs};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How it ended.
    pub level: FindingLevel,
    /// What was found.
    pub found: Found,
    /// What to do about it.
    pub advice: Option<Advice>,
}

/// What a check found, one variant a check. Falls and rises are of log error.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// How the error changes with size.
    Shape(ShapeFound),
    /// How the largest sizes compare with their forecasts from the others.
    Fit(FitFound),
    /// Whether the error levels off.
    Floor {
        /// What is known of it.
        known: FloorFound,
        /// Fall that the fit expects from the next doubling.
        next_fall: f64,
        /// Probability that the error levels off.
        probability: f64,
    },
    /// Whether the error levels off because the data repeat.
    Repeats {
        /// What the data say.
        answer: Answer,
        /// Probability that the data repeat, if either they do or half of the error is floor.
        probability: f64,
    },
    /// The noise between seeds, compared with the fall that the fit expects from the next doubling.
    Seeds {
        /// What is known of it.
        noise: SeedsFound,
        /// Fall that the fit expects from the next doubling.
        next_fall: f64,
    },
    /// Whether the test set can resolve the fall that a doubling brings.
    Validation {
        /// What the test set can resolve.
        resolution: Resolution,
        /// Fall that the fit expects from the next doubling.
        next_fall: f64,
    },
    /// Whether a larger model was available to be chosen.
    Capacity {
        /// What is known of larger models.
        models: Capacity,
        /// Train error over test error at the largest size.
        train_share: Option<f64>,
    },
    /// A winner at the end of a searched axis.
    Search {
        /// The winner at the largest size.
        edge: SearchEdge,
        /// How many consecutive sizes, from the largest down, have this edge.
        in_a_row: usize,
    },
    /// Runs that were still improving when training ended.
    Training {
        /// How many.
        runs: usize,
        /// Of how many.
        of: usize,
        /// Share of those at the largest size.
        share_at_largest: f64,
    },
    /// Test examples among the training examples.
    Leakage(Leaks),
}

/// How the error changes with size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeFound {
    /// It falls, with no rise beyond noise.
    Falls(Fall),
    /// The data do not tell whether it falls.
    NotTold(Fall),
    /// It does not fall beyond noise.
    DoesNotFall(Fall),
    /// It rises somewhere beyond noise.
    Rises {
        /// The largest rise.
        log_rise: f64,
    },
}

/// A fall from the smallest size to the largest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fall {
    /// Probability that the error falls at all.
    pub probability: f64,
    /// By how much; below 0 for a rise.
    pub log_fall: f64,
}

/// How the largest sizes compare with their forecasts from the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FitFound {
    /// There are too few sizes to hide any.
    TooFewSizes {
        /// Sizes of the curve.
        sizes: usize,
    },
    /// The largest size lies above its forecast by more than chance.
    AboveForecast(HiddenSizes),
    /// No hidden size lies inside its 80 % interval.
    NoneInside(HiddenSizes),
    /// At least one hidden size lies inside its 80 % interval.
    Inside(HiddenSizes),
}

/// What is known of a floor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FloorFound {
    /// The data identify it.
    Share {
        /// The floor over the error at the largest size.
        share: f64,
    },
    /// The error levels off at a floor that the data do not identify.
    LevelsOff {
        /// Fall a doubling before the last doublings.
        fall_before: f64,
        /// Fall a doubling over these.
        fall_of_late: f64,
    },
    /// It does not level off.
    NotInSight,
    /// The data do not tell.
    NotTold,
}

/// What is known of the noise between seeds at the largest size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedsFound {
    /// One run per size, from which the noise cannot be estimated.
    Unknown,
    /// Several seeds were run.
    Measured {
        /// Standard deviation of the point's log error between them.
        deviation: f64,
        /// How many.
        seeds: usize,
    },
    /// The source states a standard error.
    Stated {
        /// Standard error of the log error.
        deviation: f64,
    },
}

impl Found {
    /// Name of the check, one word.
    pub fn check(&self) -> &'static str {
        match self {
            Self::Shape(_) => "shape",
            Self::Fit(_) => "fit",
            Self::Floor { .. } => "floor",
            Self::Repeats { .. } => "repeats",
            Self::Seeds { .. } => "seeds",
            Self::Validation { .. } => "validation",
            Self::Capacity { .. } => "capacity",
            Self::Search { .. } => "search",
            Self::Training { .. } => "training",
            Self::Leakage(_) => "leakage",
        }
    }
}

impl Finding {
    /// Name of the check, one word.
    pub fn check(&self) -> &'static str {
        self.found.check()
    }

    /// The numbers behind it by name, finite; errors as logarithms where the name says so.
    pub fn evidence(&self) -> Vec<(&'static str, f64)> {
        let mut numbers = self.found.evidence();
        numbers.retain(|(_, value)| value.is_finite());
        numbers
    }
}

impl Found {
    fn evidence(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Shape(ShapeFound::Rises { log_rise }) => vec![("log_rise", *log_rise)],
            Self::Shape(
                ShapeFound::Falls(fall) | ShapeFound::NotTold(fall) | ShapeFound::DoesNotFall(fall),
            ) => vec![("probability_of_fall", fall.probability), ("log_fall", fall.log_fall)],
            Self::Fit(FitFound::TooFewSizes { .. }) => Vec::new(),
            Self::Fit(
                FitFound::AboveForecast(hidden)
                | FitFound::NoneInside(hidden)
                | FitFound::Inside(hidden),
            ) => vec![
                ("hidden", hidden.sizes as f64),
                ("log_measured_over_forecast", hidden.log_ratio),
                ("deviations", hidden.deviations),
                ("inside_80", hidden.inside_80 as f64),
            ],
            Self::Floor { known, next_fall, probability } => {
                let mut numbers = vec![
                    ("log_fall_of_next_doubling", *next_fall),
                    ("probability_of_levelling_off", *probability),
                ];
                if let FloorFound::Share { share } = known {
                    numbers.push(("floor_share", *share));
                }
                numbers
            }
            Self::Repeats { probability, .. } => vec![("probability_of_repeats", *probability)],
            Self::Seeds { noise, .. } => match noise {
                SeedsFound::Unknown => Vec::new(),
                SeedsFound::Measured { deviation, seeds } => {
                    vec![("log_deviation", *deviation), ("seeds", *seeds as f64)]
                }
                SeedsFound::Stated { deviation } => vec![("log_deviation", *deviation)],
            },
            Self::Validation { resolution, next_fall } => {
                let mut numbers = vec![
                    ("log_deviation", resolution.deviation),
                    ("log_fall_of_next_doubling", *next_fall),
                ];
                numbers.extend(resolution.examples.map(|examples| ("test_examples", examples)));
                numbers
            }
            Self::Capacity { train_share, .. } => {
                train_share.map(|share| ("train_over_test_error", share)).into_iter().collect()
            }
            Self::Search { edge, in_a_row } => {
                vec![("sizes_in_a_row", *in_a_row as f64), ("values_tried", edge.values as f64)]
            }
            Self::Training { runs, share_at_largest, .. } => {
                vec![("share_at_largest_size", *share_at_largest), ("runs", *runs as f64)]
            }
            Self::Leakage(Leaks { identical: 0, checked }) => vec![("checked", *checked as f64)],
            Self::Leakage(Leaks { identical, checked }) => {
                vec![("identical", *identical as f64), ("checked", *checked as f64)]
            }
        }
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

fn shape(signs: &Signs, verdict: Verdict) -> Finding {
    let fall = Fall { probability: signs.odds.falls, log_fall: signs.fall };
    let (level, found, advice) = if verdict == Verdict::DoesNotLearn {
        (FindingLevel::Fail, ShapeFound::DoesNotFall(fall), Some(Advice::LookAtTraining))
    } else if signs.rise > 0.0 {
        let rises = ShapeFound::Rises { log_rise: signs.rise };
        (FindingLevel::Fail, rises, Some(Advice::SeedsAroundRise))
    } else if signs.odds.learns() != Answer::Yes {
        (FindingLevel::Warn, ShapeFound::NotTold(fall), Some(Advice::SizesFartherApart))
    } else {
        (FindingLevel::Ok, ShapeFound::Falls(fall), None)
    };
    Finding { level, found: Found::Shape(found), advice }
}

fn fit(signs: &Signs) -> Finding {
    let (level, found, advice) = match signs.hidden {
        None => {
            let found = FitFound::TooFewSizes { sizes: signs.sizes };
            (FindingLevel::Warn, found, Some(Advice::MoreSizes))
        }
        Some(hidden) if hidden.is_too_high() => {
            let found = FitFound::AboveForecast(hidden);
            (FindingLevel::Warn, found, Some(Advice::LookAtLastShards))
        }
        Some(hidden) if hidden.inside_80 == 0 => {
            (FindingLevel::Warn, FitFound::NoneInside(hidden), Some(Advice::TrustNoWidth))
        }
        Some(hidden) => (FindingLevel::Ok, FitFound::Inside(hidden), None),
    };
    Finding { level, found: Found::Fit(found), advice }
}

fn floor(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    if signs.odds.learns() == Answer::No {
        return None;
    }
    let is_reason = matches!(verdict, Verdict::Irreducible | Verdict::NoisyLabels);
    let levels_off = signs.odds.levels_off();
    let known = match (signs.floor_share, levels_off) {
        (Some(share), _) => FloorFound::Share { share },
        (None, Answer::Yes) => {
            let [fall_before, fall_of_late] = signs.falls;
            FloorFound::LevelsOff { fall_before, fall_of_late }
        }
        (None, Answer::No) => FloorFound::NotInSight,
        (None, Answer::NotTold) => FloorFound::NotTold,
    };
    let advice = match verdict {
        Verdict::NoisyLabels => Some(Advice::Relabel),
        Verdict::Irreducible => Some(Advice::BetterInputs),
        _ => None,
    };
    Some(Finding {
        level: level(is_reason, levels_off != Answer::No),
        found: Found::Floor { known, next_fall: signs.next_fall, probability: signs.odds.level },
        advice,
    })
}

fn repeats(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let probability = signs.odds.repeats?;
    if signs.odds.learns() != Answer::Yes || signs.odds.levels_off() != Answer::Yes {
        return None;
    }
    let is_reason = verdict == Verdict::NothingNewInTheData;
    let answer = signs.odds.repeats();
    Some(Finding {
        level: level(is_reason, answer == Answer::Yes),
        found: Found::Repeats { answer, probability },
        advice: is_reason.then_some(Advice::LookAtLastShards),
    })
}

fn seeds(signs: &Signs) -> Finding {
    let noise = match (signs.seeds, signs.stated) {
        (Some((deviation, seeds)), _) => SeedsFound::Measured { deviation, seeds },
        (None, Some(deviation)) => SeedsFound::Stated { deviation },
        (None, None) => SeedsFound::Unknown,
    };
    let next_fall = signs.next_fall;
    let (level, advice) = match noise {
        SeedsFound::Unknown => (FindingLevel::Warn, Some(Advice::SeedsASize)),
        SeedsFound::Measured { deviation, .. } | SeedsFound::Stated { deviation } => {
            let is_loud = deviation > next_fall;
            (level(false, is_loud), is_loud.then_some(Advice::SeedsAtLargest))
        }
    };
    Finding { level, found: Found::Seeds { noise, next_fall }, advice }
}

fn validation(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let validation = signs.validation?;
    let is_reason = verdict == Verdict::ValidationTooSmall;
    // If the test set is blind only to the falls of earlier doublings, the finding states those.
    let is_level = is_reason && !validation.is_blind(false);
    Some(Finding {
        level: level(is_reason, validation.is_blind(false)),
        found: Found::Validation {
            resolution: validation.resolution(is_level),
            next_fall: validation.next_fall,
        },
        advice: is_reason.then_some(Advice::EnlargeValidation),
    })
}

fn capacity(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let is_reason = verdict == Verdict::ModelTooSmall;
    let is_open = verdict == Verdict::NotTold && signs.open_question() == OpenQuestion::Cause;
    let (models, train_share) = (signs.capacity, signs.train_share);
    if train_share.is_none() && models == Capacity::Unknown && !is_open {
        return None;
    }
    let is_sign =
        models == Capacity::Capped && train_share.is_none_or(|share| share >= super::UNDERFIT);
    let advice = if is_open {
        Some(Advice::NoteTrainError)
    } else {
        (is_reason || is_sign).then_some(Advice::LargerModel)
    };
    Some(Finding {
        level: level(is_reason, is_sign || is_open),
        found: Found::Capacity { models, train_share },
        advice,
    })
}

fn search(signs: &Signs, verdict: Verdict) -> Option<Finding> {
    let edge = signs.search.edge.clone()?;
    let (setting, value) = (edge.setting.clone(), edge.value.clone());
    Some(Finding {
        level: level(verdict == Verdict::SearchTooThin, true),
        found: Found::Search { edge, in_a_row: signs.search.in_a_row },
        advice: Some(Advice::SearchBeyond { setting, value }),
    })
}

fn training(signs: &Signs, facts: &TrainingFacts) -> Option<Finding> {
    if facts.unconverged.is_empty() {
        return None;
    }
    let runs = facts.unconverged.iter().map(|entry| entry.runs).sum();
    Some(Finding {
        level: FindingLevel::Warn,
        found: Found::Training { runs, of: signs.runs, share_at_largest: signs.unconverged },
        advice: Some(Advice::TrainLonger),
    })
}

fn leakage(facts: &TrainingFacts) -> Option<Finding> {
    let leaks = facts.leaks?;
    let is_leaking = leaks.identical > 0;
    Some(Finding {
        level: level(is_leaking, false),
        found: Found::Leakage(leaks),
        advice: is_leaking.then_some(Advice::RemoveRepeats),
    })
}
