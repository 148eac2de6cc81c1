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

/// The operations of `--budget 1e21,1e22`.
///
/// # Errors
/// A word that is not a number above 0.
pub(crate) fn operations(words: &[String]) -> Result<Vec<f64>> {
    let operations = |word: &String| {
        let number =
            word.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
        number.ok_or_else(|| {
            let message = format!("`--budget {word}` is not a number of operations above 0");
            usage(message, "`--budget 1e21`")
        })
    };
    words.iter().map(operations).collect()
}

/// The error to reach typed as `word`, as 5% or 0.05, for a metric of `kind`.
///
/// # Errors
/// As [`error`].
pub(crate) fn target(word: &str, kind: MetricKind) -> Result<f64> {
    error(word, "--target", kind)
}

/// The error typed as `word` for `option`, as 5% or 0.05, for a metric of `kind`.
///
/// # Errors
/// Not a number, not above 0, or 1 and more for an error rate: "5" may mean 5 % or 500 %.
pub(crate) fn error(word: &str, option: &str, kind: MetricKind) -> Result<f64> {
    let trimmed = word.trim();
    let (digits, scale) = match trimmed.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 0.01),
        None => (trimmed, 1.0),
    };
    let hint = || format!("`{option} 5%` or `{option} 0.05`");
    let number: f64 =
        digits.parse().map_err(|_| usage(format!("`{option} {word}` is not a number"), hint()))?;
    let value = number * scale;
    if !(value.is_finite() && value > 0.0) {
        return Err(usage(format!("`{option} {word}` must be above 0"), hint()));
    }
    let is_percent = digits.len() < trimmed.len();
    if kind == MetricKind::ErrorRate && (value > 1.0 || value >= 1.0 && !is_percent) {
        let message = format!("`{option} {word}` is no error rate, which lies between 0 and 1");
        let meant = format!("did you mean `{option} {trimmed}%`?");
        return Err(usage(message, if is_percent { hint() } else { meant }));
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
        assert!((target("100%", MetricKind::ErrorRate).unwrap() - 1.0).abs() < 1e-15);
        assert!((target("2.5", MetricKind::Loss).unwrap() - 2.5).abs() < 1e-15);
    }

    #[test]
    fn five_asks_whether_percent_was_meant() {
        let error = target("5", MetricKind::ErrorRate).unwrap_err();
        let problems = super::super::problem::problems(error);
        assert_eq!(problems.0[0].hint.as_deref(), Some("did you mean `--target 5%`?"));
        let error = super::error("150%", "--error", MetricKind::ErrorRate).unwrap_err();
        let problems = super::super::problem::problems(error);
        assert_eq!(problems.0[0].hint.as_deref(), Some("`--error 5%` or `--error 0.05`"));
        assert!(target("0", MetricKind::Loss).is_err());
        assert!(target("nan", MetricKind::Loss).is_err());
        assert!(target("five", MetricKind::Loss).is_err());
    }
}
