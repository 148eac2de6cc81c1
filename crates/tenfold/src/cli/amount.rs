//! Sizes and errors as people type them.

use anyhow::Result;
use tenfold_core::{MetricKind, TrainingSetSize};

use super::problem::usage;

/// The sizes of `--at 128k,500k`.
///
/// # Errors
/// A word that is not a size.
pub(crate) fn sizes(words: &[String]) -> Result<Vec<TrainingSetSize>> {
    words.iter().map(|word| size(word, "--at")).collect()
}

/// The size typed as `word` for `option`.
///
/// # Errors
/// If it is not a size.
pub(crate) fn size(word: &str, option: &str) -> Result<TrainingSetSize> {
    word.trim()
        .parse()
        .map_err(|error| usage(format!("{option}: {error}"), format!("{option} 128k")))
}

/// The error typed as `word`, as 5% or 0.05, for a metric of `kind`.
///
/// # Errors
/// Not a number, not above 0, or 1 and more for an error rate: "5" may mean 5 % or 500 %.
pub(crate) fn target(word: &str, kind: MetricKind) -> Result<f64> {
    let trimmed = word.trim();
    let (digits, scale) = match trimmed.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 0.01),
        None => (trimmed, 1.0),
    };
    let number: f64 = digits.parse().map_err(|_| {
        usage(format!("`--target {word}` is not a number"), "`--target 5%` or `--target 0.05`")
    })?;
    let value = number * scale;
    if !(value.is_finite() && value > 0.0) {
        let message = format!("`--target {word}` must be above 0");
        return Err(usage(message, "`--target 5%` or `--target 0.05`"));
    }
    if kind == MetricKind::ErrorRate && value >= 1.0 {
        let message = format!("`--target {word}` is no error rate, which lies between 0 and 1");
        return Err(usage(message, format!("did you mean `--target {trimmed}%`?")));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_fraction_are_the_same_target() {
        assert!((target("5%", MetricKind::ErrorRate).unwrap() - 0.05).abs() < 1e-15);
        assert!((target("0.05", MetricKind::ErrorRate).unwrap() - 0.05).abs() < 1e-15);
        assert!((target("2.5", MetricKind::Loss).unwrap() - 2.5).abs() < 1e-15);
    }

    #[test]
    fn five_asks_whether_percent_was_meant() {
        let error = target("5", MetricKind::ErrorRate).unwrap_err();
        let problems = super::super::problem::problems(error);
        assert_eq!(problems.0[0].hint.as_deref(), Some("did you mean `--target 5%`?"));
        assert!(target("0", MetricKind::Loss).is_err());
        assert!(target("nan", MetricKind::Loss).is_err());
        assert!(target("five", MetricKind::Loss).is_err());
    }
}
