//! What a check of the diagnosis found.

use tenfold_core::diagnose::{
    Answer, AxisEnd, Capacity, FitFound, FloorFound, Found, HiddenSizes, Leaks, SearchEdge,
    SeedsFound, ShapeFound, odds,
};

use super::percent::{percent_above, percent_fall};
use super::resolution::resolution;

/// `the error falls by 42.0% from the smallest size to the largest, with no rise beyond noise`
pub fn found(found: &Found) -> String {
    match found {
        Found::Shape(shape) => of_shape(shape),
        Found::Fit(fit) => of_fit(fit),
        Found::Floor { known, next_fall, .. } => of_floor(known, *next_fall),
        Found::Repeats { answer, probability } => of_repeats(*answer, *probability),
        Found::Seeds { noise, next_fall } => of_seeds(noise, *next_fall),
        Found::Validation { resolution: told, .. } => resolution(told),
        Found::Capacity { models, train_share } => of_capacity(*models, *train_share),
        Found::Search { edge, in_a_row } => of_search(edge, *in_a_row),
        Found::Training { runs, of, share_at_largest } => format!(
            "{runs} of {of} runs were still improving when training ended, {:.0}% of those at the \
             largest size",
            100.0 * share_at_largest
        ),
        Found::Leakage(leaks) => of_leakage(*leaks),
    }
}

fn of_shape(shape: &ShapeFound) -> String {
    match shape {
        ShapeFound::DoesNotFall(fall) => {
            let change = if fall.log_fall > 0.0 {
                format!("{:.1}% lower", percent_fall(fall.log_fall))
            } else {
                format!("{:.1}% higher", percent_above(-fall.log_fall))
            };
            format!(
                "the error does not fall with more data, beyond noise: at the largest size it is \
                 {change} than at the smallest"
            )
        }
        ShapeFound::Rises { log_rise } => format!(
            "the error rises by {:.0}% with more data somewhere, beyond noise",
            percent_above(*log_rise)
        ),
        ShapeFound::NotTold(_) => {
            "the data do not tell whether the error falls with more data".to_owned()
        }
        ShapeFound::Falls(fall) => format!(
            "the error falls by {:.1}% from the smallest size to the largest, with no rise beyond \
             noise",
            percent_fall(fall.log_fall)
        ),
    }
}

fn of_fit(fit: &FitFound) -> String {
    let hiding = |hidden: &HiddenSizes| match hidden.sizes {
        1 => "hiding the last size".to_owned(),
        more => format!("hiding the last {more} sizes"),
    };
    match fit {
        FitFound::TooFewSizes { sizes } => {
            format!("{sizes} sizes are too few to hide any and forecast them")
        }
        FitFound::AboveForecast(hidden) => format!(
            "{}, the largest came out {:.0}% above its forecast, {:.1} deviations",
            hiding(hidden),
            percent_above(hidden.log_ratio),
            hidden.deviations
        ),
        FitFound::NoneInside(hidden) => {
            format!("{}, none came out inside the 80% range", hiding(hidden))
        }
        FitFound::Inside(hidden) => format!(
            "{}, {} of {} came out inside the 80% range",
            hiding(hidden),
            hidden.inside_80,
            hidden.sizes
        ),
    }
}

fn of_floor(known: &FloorFound, next_fall: f64) -> String {
    let next = format!("the next doubling should lower it by {:.1}%", percent_fall(next_fall));
    match known {
        FloorFound::Share { share } => {
            format!("about {:.0}% of the error at the largest size is floor; {next}", 100.0 * share)
        }
        FloorFound::LevelsOff { fall_before, fall_of_late } => format!(
            "a doubling lowered the error by {:.1}%, of late by {:.1}%: it levels off, at a floor \
             that is not told; {next}",
            percent_fall(*fall_before),
            percent_fall(*fall_of_late)
        ),
        FloorFound::NotInSight => format!("no floor of half of the error is in sight; {next}"),
        FloorFound::NotTold => {
            format!("the data do not tell whether the error levels off; {next}")
        }
    }
}

/// Largest odds that are written as a number; above it they are "more than" this.
const MOST_ODDS: f64 = 1e3;

fn of_repeats(answer: Answer, probability: f64) -> String {
    let to_one = |odds: f64| match odds {
        odds if odds > MOST_ODDS => format!("odds of more than {MOST_ODDS:.0} to 1"),
        odds => format!("odds of {odds:.0} to 1"),
    };
    match answer {
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
    }
}

fn of_seeds(noise: &SeedsFound, next_fall: f64) -> String {
    // Both are percentages by the same function, so that the larger change prints the larger
    // number.
    let next = percent_fall(next_fall);
    match noise {
        SeedsFound::Unknown => "one run a size: the noise between seeds is unknown".to_owned(),
        SeedsFound::Measured { deviation, .. } => format!(
            "seeds move the error at the largest size by {:.1}%, the next doubling by {next:.1}%",
            percent_fall(*deviation)
        ),
        SeedsFound::Stated { deviation } => format!(
            "by its standard error the error at the largest size is off by {:.1}%, the next doubling \
             moves it by {next:.1}%",
            percent_fall(*deviation)
        ),
    }
}

fn of_capacity(models: Capacity, train_share: Option<f64>) -> String {
    let known = match models {
        Capacity::Capped => "the largest model tried won at the largest size",
        Capacity::OneSize => "only one size of model was tried",
        Capacity::Free => "larger models were tried and lost",
        Capacity::Unknown => "nothing is known of larger models",
    };
    let train = match train_share {
        Some(share) => format!("the train error is {:.0}% of the test error there", 100.0 * share),
        None => "the train error is not known".to_owned(),
    };
    format!("{known}; {train}")
}

fn of_search(edge: &SearchEdge, in_a_row: usize) -> String {
    let sizes = match in_a_row {
        1 => "the largest size".to_owned(),
        more => format!("the {more} largest sizes"),
    };
    let end = match edge.end {
        AxisEnd::Smallest => "smallest",
        AxisEnd::Largest => "largest",
    };
    format!("the {end} `{}` tried, {}, won at {sizes}", edge.setting, edge.value)
}

fn of_leakage(Leaks { identical, checked }: Leaks) -> String {
    if identical == 0 {
        return "no test example also sits among the training examples".to_owned();
    }
    let share = identical as f64 / (checked as f64).max(1.0);
    format!(
        "{:.1}% of the test examples also sit among the training examples ({identical} of {checked})",
        100.0 * share
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaks_are_told_as_a_share_and_as_counts() {
        let words = found(&Found::Leakage(Leaks { identical: 115, checked: 6_400 }));
        let expected =
            "1.8% of the test examples also sit among the training examples (115 of 6400)";
        assert_eq!(words, expected);
    }

    #[test]
    fn odds_that_mean_certainty_have_no_number() {
        let words = |probability| of_repeats(Answer::Yes, probability);
        assert!(words(0.9).contains("odds of 9 to 1"), "{}", words(0.9));
        assert!(words(1.0).contains("odds of more than 1000 to 1"), "{}", words(1.0));
    }
}
