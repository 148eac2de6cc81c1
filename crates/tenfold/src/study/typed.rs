//! The types of values in the study file, and how a value of the wrong type is reported.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use tenfold_data::{Amount, Folds, SplitMethod};
use tenfold_train::SettingValue;
use toml::Spanned;
use toml::de::DeValue;

use super::Budget;
use super::findings::Findings;
use super::keys::Key;

/// A value of the right type and in its range.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    /// Text, a path, or one of some words.
    Text(String),
    /// A whole number.
    Count(u64),
    /// Any number.
    Number(f64),
    /// An error to reach.
    Target(TargetTyped),
    /// What to hold out.
    HeldOut(HeldOutTyped),
    /// How to hold it out.
    Split(SplitMethod),
    /// Sizes as a list, small to large.
    Sizes(Vec<u64>),
    /// Amounts above 0, by name.
    Resources(BTreeMap<String, f64>),
    /// A setting of a learner.
    Setting(SettingValue),
    /// What a run may spend.
    Budget(Budget),
    /// Values of a setting to try, with their positions.
    Axis(Vec<(SettingValue, Range<usize>)>),
    /// Texts in a list.
    Words(Vec<String>),
    /// A time above 0.
    Duration(Duration),
    /// Variables of the environment.
    Environment(BTreeMap<String, String>),
}

/// `0.1` or `"10%"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TargetTyped {
    /// The error.
    pub(super) value: f64,
    /// Whether it was written as a share.
    pub(super) is_percent: bool,
}

/// The value of `validation` or `test`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum HeldOutTyped {
    Amount(Amount),
    Folds(Folds),
    Path(String),
    Nothing,
}

/// A value and its position.
pub(super) type Found<'a> = &'a Spanned<DeValue<'a>>;

/// Name of a value's type, with an article: `a string`.
pub(super) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn wrong_type(key: &Key, value: Found<'_>, needed: &str, findings: &mut Findings) {
    let found = type_of(value.get_ref());
    let message = format!("`{}` is {found}, {needed} is needed", key.path());
    let addition = findings.add(value.span(), message, found);
    if !key.example.is_empty() {
        addition.hint(for_example(key));
    }
}

pub(super) fn for_example(key: &Key) -> String {
    format!("for example `{} = {}`", key.name, key.example)
}

pub(super) fn text(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<String> {
    let Some(text) = value.get_ref().as_str() else {
        wrong_type(key, value, "a string", findings);
        return None;
    };
    let problem = if text.trim().is_empty() {
        "is empty, a text is needed"
    } else if text.chars().any(char::is_control) {
        "holds a line end or another control character, plain text is needed"
    } else {
        return Some(text.to_owned());
    };
    let message = format!("`{}` {problem}", key.path());
    findings.add(value.span(), message, "").hint(for_example(key));
    None
}
