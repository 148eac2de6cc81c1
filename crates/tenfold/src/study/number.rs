//! Numbers of the study file, with their units and ranges.

use tenfold_core::TrainingSetSize;
use tenfold_data::{Amount, Folds};
use toml::de::DeValue;

use super::Budget;
use super::findings::Findings;
use super::keys::Key;
use super::typed::{Found, HeldOutTyped, TargetTyped, for_example, text as plain_text, wrong_type};

/// The value of a TOML number; `None` if `value` is not a number.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => {
            let parsed = i128::from_str_radix(integer.as_str(), integer.radix());
            // A number beyond 128 bits exceeds every range.
            Some(parsed.map_or(f64::INFINITY, |whole| whole as f64))
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

pub(super) fn count(
    key: &Key,
    value: Found<'_>,
    from: u64,
    to: u64,
    findings: &mut Findings,
) -> Option<u64> {
    let exact = match value.get_ref() {
        DeValue::Integer(whole) => u64::from_str_radix(whole.as_str(), whole.radix()).ok(),
        _ => None,
    };
    let parsed = match value.get_ref() {
        DeValue::String(text) => text.parse::<TrainingSetSize>().ok().map(TrainingSetSize::get),
        other => number(other),
    };
    let needed = match to {
        1_000_000_000_000.. => format!("a whole number from {from} up"),
        _ => format!("a whole number from {from} to {to}"),
    };
    let Some(parsed) = parsed else {
        match value.get_ref() {
            DeValue::String(text) => {
                let message = format!("`{}` is `\"{text}\"`, {needed} is needed", key.path());
                findings.add(value.span(), message, "not a number").hint(for_example(key));
            }
            _ => wrong_type(key, value, &needed, findings),
        }
        return None;
    };
    let whole = parsed.is_finite() && parsed.fract() == 0.0 && parsed >= 0.0;
    let as_count = exact.or_else(|| (whole && parsed <= 9.0e15).then_some(parsed as u64));
    match as_count {
        Some(found) if (from..=to).contains(&found) => Some(found),
        _ => {
            let typed = &findings.text[value.span()];
            let message = format!("`{}` is {typed}, {needed} is needed", key.path());
            let too_large = format!("too large, {to} at most");
            let label = if parsed.is_finite() && parsed.fract() != 0.0 {
                "not a whole number"
            } else if parsed < from as f64 {
                "too small"
            } else {
                too_large.as_str()
            };
            findings.add(value.span(), message, label).hint(for_example(key));
            None
        }
    }
}

pub(super) fn number_above(
    key: &Key,
    value: Found<'_>,
    above: f64,
    inclusive: bool,
    findings: &mut Findings,
) -> Option<f64> {
    let needed = if inclusive {
        format!("a number from {above} up")
    } else {
        format!("a number above {above}")
    };
    let Some(parsed) = number(value.get_ref()) else {
        wrong_type(key, value, &needed, findings);
        return None;
    };
    if parsed.is_finite() && (parsed > above || (inclusive && parsed >= above)) {
        return Some(parsed);
    }
    let typed = &findings.text[value.span()];
    let message = format!("`{}` is {typed}, {needed} is needed", key.path());
    let label = if parsed <= above { "too small" } else { "not a finite number" };
    findings.add(value.span(), message, label).hint(for_example(key));
    None
}

/// The fraction that a text such as `"10%"` gives; `None` if it is no percentage.
fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim_end().parse().ok()?;
    number.is_finite().then_some(number / 100.0)
}

pub(super) fn target(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<TargetTyped> {
    let needed = "an error above 0 or a share such as `\"5%\"`";
    let (parsed, is_percent) = match value.get_ref() {
        DeValue::String(text) => match percent(text) {
            Some(share) => (Some(share), true),
            None => (text.trim().parse().ok(), false),
        },
        other => (number(other), false),
    };
    let Some(parsed) = parsed else {
        wrong_type(key, value, needed, findings);
        return None;
    };
    if parsed.is_finite() && parsed > 0.0 && !(is_percent && parsed >= 1.0) {
        return Some(TargetTyped { value: parsed, is_percent });
    }
    let typed = &findings.text[value.span()];
    let message = format!("`{}` is {typed}, {needed} is needed", key.path());
    let label = if is_percent && parsed >= 1.0 { "an error of all examples" } else { "" };
    findings.add(value.span(), message, label).hint(for_example(key));
    None
}

/// `"2h"`, `{ trials = 100 }` or `{ flops = 1e15 }`.
pub(super) fn budget(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<Budget> {
    let parsed = match value.get_ref() {
        DeValue::String(text) => Budget::parse(text),
        DeValue::Table(table) => {
            let mut entries = table.iter().map(|(name, amount)| (name.get_ref().as_ref(), amount));
            match (entries.next(), entries.next()) {
                (Some(("trials", amount)), None) => {
                    number(amount.get_ref()).and_then(Budget::trials)
                }
                (Some(("flops", amount)), None) => number(amount.get_ref()).and_then(Budget::flop),
                _ => None,
            }
        }
        _ => None,
    };
    if parsed.is_none() {
        let typed = &findings.text[value.span()];
        let needed = "a time such as `\"2h\"`, `{ trials = 100 }` or `{ flops = 1e15 }`";
        let message = format!("`{}` is `{typed}`, {needed} is needed", key.path());
        findings.add(value.span(), message, "").hint(for_example(key));
    }
    parsed
}

pub(super) fn held_out(
    key: &Key,
    value: Found<'_>,
    may_be_nothing: bool,
    findings: &mut Findings,
) -> Option<HeldOutTyped> {
    let needed = "a number of examples, a fraction between 0 and 1, or a path";
    let fraction = |share: f64| (share > 0.0 && share < 1.0).then_some(Amount::Fraction(share));
    let whole = |examples: f64| {
        let is_count = examples >= 1.0 && examples.fract() == 0.0 && examples <= 1e12;
        is_count.then_some(Amount::Examples(examples as u64))
    };
    let amount = match value.get_ref() {
        DeValue::String(text) if text.eq_ignore_ascii_case("none") => {
            if text == "none" && may_be_nothing {
                return Some(HeldOutTyped::Nothing);
            }
            let (message, hint) = if may_be_nothing {
                (format!("`{}` is `\"{text}\"`", key.path()), "did you mean `\"none\"`?".to_owned())
            } else {
                let path = key.path();
                (
                    format!("`{path}` is `\"{text}\"`, but training cannot stop or choose without"),
                    for_example(key),
                )
            };
            findings.add(value.span(), message, "").hint(hint);
            return None;
        }
        DeValue::String(text) => {
            if let Some(share) = percent(text) {
                fraction(share)
            } else if let Some(typed) = folds(text) {
                return fold_of(key, value, typed.0, typed.1, may_be_nothing, findings);
            } else if let Ok(size) = text.parse::<TrainingSetSize>() {
                whole(size.get()).or_else(|| fraction(size.get()))
            } else {
                return plain_text(key, value, findings).map(HeldOutTyped::Path);
            }
        }
        other => {
            let Some(parsed) = number(other) else {
                wrong_type(key, value, needed, findings);
                return None;
            };
            whole(parsed).or_else(|| fraction(parsed))
        }
    };
    if amount.is_none() {
        let typed = &findings.text[value.span()];
        let message = format!("`{}` is {typed}, {needed} is needed", key.path());
        findings.add(value.span(), message, "").hint("for example `2048`, `0.1` or `\"10%\"`");
    }
    amount.map(HeldOutTyped::Amount)
}

/// Splits `5-fold` or `5-fold:COLUMN` into the number as typed and the column.
fn folds(text: &str) -> Option<(&str, Option<String>)> {
    let (folds, column) = match text.split_once(':') {
        Some((folds, column)) => (folds, Some(column.trim().to_owned())),
        None => (text, None),
    };
    let count = folds.trim().strip_suffix("fold")?.trim_end_matches(['-', ' ', '_']);
    let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((count, column))
}

/// Largest number of folds: each fold is a training at every size.
const MOST_FOLDS: u32 = 100;

fn fold_of(
    key: &Key,
    value: Found<'_>,
    count: &str,
    column: Option<String>,
    is_test: bool,
    findings: &mut Findings,
) -> Option<HeldOutTyped> {
    let typed = &findings.text[value.span()];
    let (message, hint) = if !is_test {
        let path = key.path();
        let message =
            format!("`{path}` is {typed}, and only the test set can be each fold in turn");
        (message, for_example(key))
    } else if column.as_deref() == Some("") {
        let message = format!("`{}` is {typed}, which names no column", key.path());
        (message, "for example `\"5-fold:patient\"`, or `\"5-fold\"`".to_owned())
    } else {
        match count.parse() {
            Ok(count) if (2..=MOST_FOLDS).contains(&count) => {
                return Some(HeldOutTyped::Folds(Folds { count, group: column }));
            }
            _ => {
                let path = key.path();
                let message = format!("`{path}` is {typed}, 2 to {MOST_FOLDS} folds are needed");
                (message, "for example `\"5-fold\"`".to_owned())
            }
        }
    };
    findings.add(value.span(), message, "").hint(hint);
    None
}
