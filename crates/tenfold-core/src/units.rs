//! Quantities that cannot be mixed up: training-set sizes, parameter counts, compute, money.

use serde::Serialize;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A number of training examples (or tokens; the study says which): finite and above 0.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TrainingSetSize(f64);

impl TrainingSetSize {
    /// The size, or `None` when `examples` is not a finite number above 0.
    pub fn new(examples: impl Into<f64>) -> Option<Self> {
        let examples = examples.into();
        (examples.is_finite() && examples > 0.0).then_some(Self(examples))
    }

    /// Number of examples.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The size whose natural logarithm is `log`, held inside the finite numbers above 0.
    pub(crate) fn from_log(log: f64) -> Self {
        Self(log.exp().clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    /// Natural logarithm of the number of examples.
    pub(crate) fn log(self) -> f64 {
        self.0.ln()
    }
}

impl PartialEq for TrainingSetSize {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for TrainingSetSize {}

impl PartialOrd for TrainingSetSize {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TrainingSetSize {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for TrainingSetSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A text that is not a training-set size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a training-set size: {needed}")]
pub struct UnitError {
    /// What was found.
    pub text: String,
    /// What was needed, as part of a sentence.
    pub needed: &'static str,
}

impl FromStr for TrainingSetSize {
    type Err = UnitError;

    /// Reads `128k`, `1.2M`, `3B` or `3G`, `2T` in any case, `1e6`, `64_000` and `7700779.0`; k is 1,000.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = |needed| UnitError { text: text.to_owned(), needed };
        let digits: String = text.trim().chars().filter(|&symbol| symbol != '_').collect();
        let (number, unit) = match digits.char_indices().last() {
            Some((at, 'k' | 'K')) => (&digits[..at], 1e3),
            Some((at, 'M' | 'm')) => (&digits[..at], 1e6),
            Some((at, 'B' | 'b' | 'G' | 'g')) => (&digits[..at], 1e9),
            Some((at, 'T' | 't')) => (&digits[..at], 1e12),
            _ => (digits.as_str(), 1.0),
        };
        // `parse` would also read "inf" and "nan", which are words and not numbers here.
        let is_number = number.starts_with(|symbol: char| symbol.is_ascii_digit() || symbol == '.');
        let signed = number.starts_with(['-', '+']);
        let needed = "a number such as `128000`, `128k` or `1.2M` was needed";
        if !is_number && !signed {
            return Err(refuse(needed));
        }
        let value: f64 = number.parse().map_err(|_| refuse(needed))?;
        Self::new(value * unit).ok_or_else(|| refuse("a finite number above 0 was needed"))
    }
}

/// Number of parameters of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ParameterCount(pub u64);

/// Floating-point operations spent on training.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct ComputeFlop(pub f64);

/// An amount of money, in whatever currency the study uses.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Cost(pub f64);

#[cfg(test)]
mod tests {
    use super::*;

    fn check_reads(text: &str, examples: f64) {
        let size: TrainingSetSize = text.parse().unwrap();
        assert!((size.get() / examples - 1.0).abs() < 1e-12, "{text} gave {size}");
    }

    fn check_refuses(text: &str) {
        let error = text.parse::<TrainingSetSize>().unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        check_reads("128k", 128e3);
        check_reads("128K", 128e3);
        check_reads("1.2M", 1.2e6);
        check_reads("1m", 1e6);
        check_reads("3B", 3e9);
        check_reads("3G", 3e9);
        check_reads("2T", 2e12);
        check_reads("1e6", 1e6);
        check_reads("64_000", 64e3);
        check_reads("7700779.0", 7_700_779.0);
        check_reads(" 5 ", 5.0);
    }

    #[test]
    fn what_is_not_a_size_is_refused_by_name() {
        for text in ["", "k", "abc", "-3", "0", "nan", "inf", "1e999", "1..2", "12q"] {
            check_refuses(text);
        }
    }

    #[test]
    fn sizes_have_a_total_order() {
        let small = TrainingSetSize::new(1.0).unwrap();
        let large = TrainingSetSize::new(2.0).unwrap();
        assert!(small < large);
        assert_eq!(TrainingSetSize::new(f64::NAN), None);
        assert_eq!(TrainingSetSize::new(-1.0), None);
    }
}
