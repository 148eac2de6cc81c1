//! The budget of a study, and the interval width at which it stops: parsing and meaning.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tenfold_core::TrainingSetSize;

use super::Study;
use crate::diagnostic::closest::closest;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::format;

/// What a study may spend on trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "amount", rename_all = "lowercase")]
pub enum Budget {
    /// Wall-clock seconds of training.
    Seconds(f64),
    /// Trials, those of the search included.
    Trials(u64),
    /// Floating-point operations of training.
    Flop(f64),
}

/// Seconds of each unit of time, by how it is typed.
const UNITS: [(&str, f64); 14] = [
    ("s", 1.0),
    ("sec", 1.0),
    ("second", 1.0),
    ("seconds", 1.0),
    ("m", 60.0),
    ("min", 60.0),
    ("minute", 60.0),
    ("minutes", 60.0),
    ("h", 3600.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("d", 86_400.0),
    ("day", 86_400.0),
    ("days", 86_400.0),
];

/// What an error message says is needed where a budget is typed.
pub const BUDGET_NEEDED: &str = "a time such as `2h`, or `100 trials`, or `1e15 flop`";

impl Budget {
    /// Reads `2h`, `1h 30min`, `100 trials` or `1e15 flop`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut seconds = 0.0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let (number, unit, after) = number_and_unit(rest)?;
            match unit {
                "trial" | "trials" if after.is_empty() && rest == text.trim() => {
                    return Self::trials(number);
                }
                "flop" | "flops" if after.is_empty() && rest == text.trim() => {
                    return Self::flop(number);
                }
                _ => {}
            }
            seconds += number * UNITS.iter().find(|(name, _)| *name == unit)?.1;
            rest = after;
        }
        (seconds.is_finite() && seconds > 0.0).then_some(Self::Seconds(seconds))
    }

    /// A budget of `number` trials; `None` unless it is whole and above 0.
    pub fn trials(number: f64) -> Option<Self> {
        let is_count = number >= 1.0 && number.fract() == 0.0 && number <= 1e12;
        is_count.then_some(Self::Trials(number as u64))
    }

    /// A budget of `number` operations; `None` unless it is above 0.
    pub fn flop(number: f64) -> Option<Self> {
        (number.is_finite() && number > 0.0).then_some(Self::Flop(number))
    }

    /// The budget as a number of its unit.
    pub fn amount(self) -> f64 {
        match self {
            Self::Seconds(amount) | Self::Flop(amount) => amount,
            Self::Trials(count) => count as f64,
        }
    }

    /// `amount` in the unit of this budget, as text for a person.
    pub fn say(self, amount: f64) -> String {
        match self {
            Self::Seconds(_) => format::duration(amount),
            Self::Trials(_) => {
                let plural = if (amount - 1.0).abs() < 0.5 { "" } else { "s" };
                format!("{} trial{plural}", format::count(amount))
            }
            Self::Flop(_) => format!("{} operations", format::operations(amount)),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.say(self.amount()))
    }
}

impl Study {
    /// Checks that the budget's unit is known for every model: the operations of a command are
    /// unknown.
    ///
    /// # Errors
    /// A budget of operations for a study with a command.
    pub fn check_budget(&self) -> Result<(), Problems> {
        let command = self.models.iter().find(|model| model.recipe.learner().is_none());
        match (self.run.budget, command) {
            (Some(Budget::Flop(_)), Some(model)) => {
                let message = format!(
                    "the budget is a number of operations, and `{}` is a command, of which they are \
                     not known",
                    model.name
                );
                let hint = "`--budget 2h` or `--budget '100 trials'`".to_owned();
                Err(self.problem("run.budget", message, "", Some(hint)).into())
            }
            _ => Ok(()),
        }
    }

    /// The problem of a budget that cannot pay for the smallest curve, which has 3 sizes up to
    /// `largest` and costs `price` in the unit of `budget`.
    pub fn budget_too_small(&self, budget: Budget, price: f64, largest: f64) -> Problems {
        let needed = budget.say(price);
        let message = format!(
            "the budget of {budget} is too small: the smallest curve, up to {}, takes about {needed}",
            format::known_size(largest)
        );
        let hint = match budget {
            Budget::Seconds(_) => format!("`--budget {:.0}min`", (price / 60.0).ceil()),
            Budget::Trials(_) => format!("`--budget '{:.0} trials'`", price.ceil()),
            Budget::Flop(_) => format!("`--budget '{price:.1e} flop'`"),
        };
        self.problem("run.budget", message, "", Some(hint)).into()
    }
}

/// The number that `text` begins with, the letters after it, and what follows.
fn number_and_unit(text: &str) -> Option<(f64, &str, &str)> {
    let is_number = |at: usize, symbol: char| {
        let after_digit = at > 0 && text.as_bytes()[at - 1].is_ascii_digit();
        // `1e15` is a number, `1h` and `1e` are not.
        let is_exponent = matches!(symbol, 'e' | 'E')
            && after_digit
            && text[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        symbol.is_ascii_digit() || matches!(symbol, '.' | '_') || is_exponent
    };
    let end = text.char_indices().find(|&(at, symbol)| !is_number(at, symbol))?.0;
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    let rest = text[end..].trim_start();
    let unit_end = rest.find(|symbol: char| !symbol.is_alphabetic()).unwrap_or(rest.len());
    Some((number, &rest[..unit_end], rest[unit_end..].trim_start()))
}

/// The width of a forecast's interval at which no more trials are run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Until {
    /// Whether the 95 % interval is meant; otherwise the 80 % interval.
    pub is_95: bool,
    /// Training-set size at which the error is forecast.
    pub size: TrainingSetSize,
    /// Half the interval's width, divided by the forecast error.
    pub half_width: f64,
}

/// An example of `--until` for hints.
const UNTIL_EXAMPLE: &str = "--until '80% interval at 1M < 10%'";

impl Until {
    /// Parses `80% interval at 1M < 10%`: half the width of that interval, divided by the forecast
    /// error.
    ///
    /// # Errors
    /// The first word that does not fit, with its position.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let spaced = text.replace('<', " < ").replace('%', "% ");
        let mut words = spaced.split_whitespace();
        let refuse = |word: Option<&str>, needed: &str| refused(text, word, needed);
        let level = words.next();
        let is_95 = match level {
            Some("80%") => false,
            Some("95%") => true,
            other => return Err(refuse(other, "`80%` or `95%`")),
        };
        for (expected, needed) in [("interval", "`interval`"), ("at", "`at`")] {
            let word = words.next();
            if word != Some(expected) {
                return Err(refuse(word, needed));
            }
        }
        let word = words.next();
        let size = word.and_then(|word| word.parse().ok());
        let size = size.ok_or_else(|| refuse(word, "a training-set size such as `1M`"))?;
        let word = words.next();
        if word != Some("<") {
            return Err(refuse(word, "`<`"));
        }
        let word = words.next();
        let percent = word.and_then(|word| word.strip_suffix('%')?.parse::<f64>().ok());
        let half_width = percent.map(|percent| percent / 100.0);
        let half_width = half_width
            .filter(|width| *width > 0.0 && width.is_finite())
            .ok_or_else(|| refuse(word, "a share of the error such as `10%`"))?;
        match words.next() {
            None => Ok(Self { is_95, size, half_width }),
            word => Err(refuse(word, "nothing more")),
        }
    }

    /// `80% interval at 1M`
    pub fn interval_name(&self) -> String {
        let level = if self.is_95 { 95 } else { 80 };
        format!("{level}% interval at {}", format::known_size(self.size.get()))
    }
}

/// The problem of a text that has `word` where `needed` is expected.
fn refused(text: &str, word: Option<&str>, needed: &str) -> Problems {
    let place_of = |word: &str| text.find(word).map_or(0..text.len(), |at| at..at + word.len());
    let span: Range<usize> = word.map_or(text.len()..text.len(), place_of);
    let message = match word {
        Some(word) => format!("`--until` has `{word}` where {needed} is needed"),
        None => format!("`--until` ends where {needed} is needed"),
    };
    let near = word.filter(|_| matches!(needed, "`interval`" | "`at`"));
    let hint = match near.and_then(|word| closest(word, ["interval", "at"])) {
        Some(near) => format!("did you mean `{near}`? for example `{UNTIL_EXAMPLE}`"),
        None => format!("for example `{UNTIL_EXAMPLE}`"),
    };
    let place = Place::span("--until", Arc::from(text), span).label(format!("{needed} is needed"));
    Problem::new(ProblemKind::Usage, message).at(place).hint(hint).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_reads(text: &str, budget: Budget) {
        assert_eq!(Budget::parse(text), Some(budget), "{text}");
    }

    #[test]
    fn budgets_are_read_in_every_unit() {
        check_reads("2h", Budget::Seconds(7200.0));
        check_reads("1h 30min", Budget::Seconds(5400.0));
        check_reads("1h30m", Budget::Seconds(5400.0));
        check_reads(" 0.5 days ", Budget::Seconds(43_200.0));
        check_reads("90s", Budget::Seconds(90.0));
        check_reads("100 trials", Budget::Trials(100));
        check_reads("1_000 trials", Budget::Trials(1000));
        check_reads("1e15 flop", Budget::Flop(1e15));
        check_reads("2.5e15flops", Budget::Flop(2.5e15));
    }

    #[test]
    fn what_is_no_budget_is_refused() {
        for text in ["", "2", "h", "2 hourz", "0h", "-2h", "1.5 trials", "0 trials", "2h 5 trials"]
        {
            assert_eq!(Budget::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_interval_is_read_with_and_without_spaces() {
        let size = TrainingSetSize::new(1e6).unwrap();
        let expected = Until { is_95: false, size, half_width: 0.1 };
        for text in
            ["80% interval at 1M < 10%", "80%interval at 1M<10%", " 80% interval at 1e6 < 10 % "]
        {
            let until = Until::parse(text);
            if text.contains("10 %") {
                assert!(until.is_err(), "{text}");
            } else {
                assert_eq!(until.unwrap(), expected, "{text}");
            }
        }
        assert!(Until::parse("95% interval at 2k < 5%").unwrap().is_95);
    }

    fn refusal(text: &str) -> String {
        Until::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_slip_is_pointed_at_with_an_example() {
        insta::assert_snapshot!(refusal("80% intervall at 1M < 10%"), @r"
        error: `--until` has `intervall` where `interval` is needed
         --> --until:1:5
        1 | 80% intervall at 1M < 10%
          |     ^^^^^^^^^ `interval` is needed
        hint: did you mean `interval`? for example `--until '80% interval at 1M < 10%'`
        ");
        insta::assert_snapshot!(refusal("90% interval at 1M < 10%"), @r"
        error: `--until` has `90%` where `80%` or `95%` is needed
         --> --until:1:1
        1 | 90% interval at 1M < 10%
          | ^^^ `80%` or `95%` is needed
        hint: for example `--until '80% interval at 1M < 10%'`
        ");
        insta::assert_snapshot!(refusal("80% interval at lots < 10%"), @r"
        error: `--until` has `lots` where a training-set size such as `1M` is needed
         --> --until:1:17
        1 | 80% interval at lots < 10%
          |                 ^^^^ a training-set size such as `1M` is needed
        hint: for example `--until '80% interval at 1M < 10%'`
        ");
        insta::assert_snapshot!(refusal("80% interval at 1M"), @r"
        error: `--until` ends where `<` is needed
         --> --until:1:19
        1 | 80% interval at 1M
          |                   ^ `<` is needed
        hint: for example `--until '80% interval at 1M < 10%'`
        ");
    }
}
