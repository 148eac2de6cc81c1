//! Parses sizes and errors as people type them.

use anyhow::Result;
use tenfold_core::{MetricKind, TrainingSetSize};

use super::problem::usage;
use tenfold::curve_file::Scale;
use tenfold::meaning::names::whole;
use tenfold::meaning::number::{self, Unit};
use tenfold::measured::MeasuredCurve;

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
    if let Some(size) = number::size(word).and_then(TrainingSetSize::new) {
        return Ok(size);
    }
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

/// The scale on which the user types errors.
#[derive(Clone, Debug)]
pub(crate) struct TypedError {
    /// Kind of the error.
    pub(crate) kind: MetricKind,
    /// How the metric becomes an error; `None` without a curve file.
    pub(crate) scale: Option<Scale>,
}

impl TypedError {
    /// The scale of the errors of `measured`.
    pub(crate) fn of(measured: &MeasuredCurve) -> Self {
        Self { kind: measured.curve.metric(), scale: measured.scale.clone() }
    }
}

/// Parses the error to reach, typed as `word`: 5%, 0.05 or `BLEU 35`.
///
/// # Errors
/// As [`error`].
pub(crate) fn target(word: &str, typed: &TypedError) -> Result<f64> {
    error(word, "--target", typed)
}

/// Parses the error typed as `word` for `option`: 5% or 0.05, or a value of the metric, `BLEU 35`.
///
/// # Errors
/// Not a number, a name that is neither the error nor the metric, better than the best, or a number that may
/// be either: "5" may mean 5 % or 500 %, an accuracy of "0.9" an error or a score.
pub(crate) fn error(word: &str, option: &str, typed: &TypedError) -> Result<f64> {
    let trimmed = word.trim();
    let (name, digits) = named(trimmed);
    let (digits, is_percent) = match digits.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), true),
        None => (digits, false),
    };
    let hint = || format!("`{option} 5%` or `{option} 0.05`");
    let number = number::read(digits).filter(|found| found.unit == Unit::Plain);
    let Some(number) = number.map(|found| found.value) else {
        return Err(usage(format!("`{option} {word}` is not a number"), hint()));
    };
    let share = if is_percent { number / 100.0 } else { number };
    let scale = typed.scale.as_ref();
    let value = match (name, scale) {
        (Some(name), _) if whole(name) == "error" => share,
        (Some(name), Some(scale)) if whole(name) == whole(&scale.metric) => {
            let own = if is_percent && !scale.is_percent() { share } else { number };
            of_metric(own, option, word, scale)?
        }
        (Some(name), _) => {
            let known = scale.map_or("error", |scale| scale.metric.as_str());
            let message = format!("`{option} {word}`: there is no metric `{name}`");
            return Err(usage(message, format!("`{option} '{known} {digits}'`")));
        }
        (None, Some(scale)) if !is_percent && is_metric(number, scale) => {
            of_metric(number, option, word, scale)?
        }
        (None, Some(scale)) if !is_percent && may_be_either(number, scale) => {
            let message = format!("`{option} {word}` may be an error or the metric itself");
            let metric = &scale.metric;
            let hint = if scale.is_score {
                format!("`{option} '{metric} {digits}'` or `{option} 'error {digits}'`")
            } else {
                format!("`{option} {digits}%` or `{option} {}%`", 100.0 * number)
            };
            return Err(usage(message, hint));
        }
        (None, _) => share,
    };
    if !(value.is_finite() && value > 0.0) {
        return Err(usage(format!("`{option} {word}` must be above 0"), hint()));
    }
    let is_rate = typed.kind == MetricKind::ErrorRate && name.is_none();
    if is_rate && (value > 1.0 || value >= 1.0 && !is_percent) {
        let message = format!("`{option} {word}` is no error rate, which lies between 0 and 1");
        let meant = format!("did you mean `{option} {trimmed}%`?");
        return Err(usage(message, if is_percent { hint() } else { meant }));
    }
    Ok(value)
}

/// Splits a name from the number after it, if there is one: `BLEU 35`, `mAP50=70`.
fn named(word: &str) -> (Option<&str>, &str) {
    let split = word.rsplit_once([' ', '=', ':']).filter(|(name, rest)| {
        name.contains(char::is_alphabetic)
            && rest.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c))
    });
    match split {
        Some((name, digits)) => (Some(name.trim().trim_end_matches('=').trim()), digits.trim()),
        None => (None, word),
    }
}

/// The error of a model with this value of the metric; refuses values that are not worse than the
/// best.
fn of_metric(value: f64, option: &str, word: &str, scale: &Scale) -> Result<f64> {
    let error = scale.error(value);
    if error > 0.0 {
        return Ok(error);
    }
    let message = format!("`{option} {word}` is not worse than the best, {}", scale.best);
    Err(usage(message, format!("`{option} '{} {}'`", scale.metric, scale.value(0.05))))
}

/// Whether a bare number must be a value of the metric, because an error of its scale cannot have
/// that value.
fn is_metric(number: f64, scale: &Scale) -> bool {
    if scale.is_percent() {
        return number > 1.0;
    }
    let is_share = scale.best.total_cmp(&1.0).is_eq() || scale.best.total_cmp(&0.0).is_eq();
    scale.is_turned() && (!is_share || number < 0.0)
}

/// Whether a bare number may be an error or a value of the metric. An error above one half is
/// hardly ever a target, and people who write per cent do not write 0.2 for 20 of them.
fn may_be_either(number: f64, scale: &Scale) -> bool {
    scale.is_percent() && !scale.is_score && (0.2..=1.0).contains(&number)
        || scale.is_score && number > 0.5 && number <= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: MetricKind) -> TypedError {
        TypedError { kind, scale: None }
    }

    fn hint(error: anyhow::Error) -> String {
        super::super::problem::problems(error).0.remove(0).hint.unwrap_or_default()
    }

    #[test]
    fn percent_and_fraction_are_the_same_target() {
        let rate = of(MetricKind::ErrorRate);
        assert!((target("5%", &rate).unwrap() - 0.05).abs() < 1e-15);
        assert!((target("0.05", &rate).unwrap() - 0.05).abs() < 1e-15);
        assert!((target("100%", &rate).unwrap() - 1.0).abs() < 1e-15);
        assert!((target("2.5", &of(MetricKind::Loss)).unwrap() - 2.5).abs() < 1e-15);
    }

    #[test]
    fn five_asks_whether_percent_was_meant() {
        let rate = of(MetricKind::ErrorRate);
        assert_eq!(hint(target("5", &rate).unwrap_err()), "did you mean `--target 5%`?");
        let error = error("150%", "--error", &rate).unwrap_err();
        assert_eq!(hint(error), "`--error 5%` or `--error 0.05`");
        for word in ["0", "nan", "five"] {
            assert!(target(word, &of(MetricKind::Loss)).is_err(), "{word}");
        }
    }

    fn scaled(metric: &str, is_score: bool, best: f64, per: f64) -> TypedError {
        let scale = Scale { is_score, best, per, ..Scale::error_itself(metric) };
        TypedError { kind: MetricKind::ErrorRate, scale: Some(scale) }
    }

    #[track_caller]
    fn check(word: &str, typed: &TypedError, expected: f64) {
        let found = target(word, typed).unwrap();
        assert!((found - expected).abs() < 1e-12, "{word}: {found}");
    }

    #[test]
    fn a_target_may_be_the_metric_itself() {
        let map = scaled("mAP50", true, 100.0, 100.0);
        check("70", &map, 0.3);
        check("mAP50 70", &map, 0.3);
        check("map50=70%", &map, 0.3);
        check("5%", &map, 0.05);
        check("error 0.05", &map, 0.05);
        let accuracy = scaled("val_acc", true, 1.0, 1.0);
        check("0.05", &accuracy, 0.05);
        check("val-acc 0.95", &accuracy, 0.05);
        check("val_acc 95%", &accuracy, 0.05);
        let percent = scaled("error", false, 0.0, 100.0);
        check("5%", &percent, 0.05);
        check("5", &percent, 0.05);
        let psnr = TypedError { kind: MetricKind::Unbounded, ..scaled("psnr", true, 50.0, 1.0) };
        check("35", &psnr, 15.0);
        let nll = scaled("nll", false, -2.0, 1.0);
        check("-1.2", &nll, 0.8);
    }

    #[test]
    fn what_may_be_two_things_is_asked() {
        let accuracy = scaled("acc", true, 1.0, 1.0);
        let asked = hint(target("0.9", &accuracy).unwrap_err());
        assert_eq!(asked, "`--target 'acc 0.9'` or `--target 'error 0.9'`");
        let percent = scaled("wer", false, 0.0, 100.0);
        assert_eq!(hint(target("0.5", &percent).unwrap_err()), "`--target 0.5%` or `--target 50%`");
        assert!(target("bleu 35", &accuracy).is_err());
        assert!(target("acc 1.2", &accuracy).is_err());
    }
}
