//! Parses times, amounts of memory and of resources, and lists of texts in the study file.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeValue;

use super::findings::Findings;
use super::keys::Key;
use super::number::number;
use super::typed::{Found, for_example, wrong_type};

/// A list of texts, none of them empty.
pub(super) fn words(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let path = key.path();
    let list = match value.get_ref() {
        DeValue::Array(list) => list,
        DeValue::String(text) => {
            let split: Vec<String> =
                text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            let message = format!("`{path}` is a string, a list of strings is needed");
            findings.add(value.span(), message, "a string").hint(format!(
                "`{} = [{}]`",
                key.name,
                split.join(", ")
            ));
            return None;
        }
        _ => {
            wrong_type(key, value, "a list of strings", findings);
            return None;
        }
    };
    if list.is_empty() {
        let message = format!("`{path}` is empty, at least one text is needed");
        findings.add(value.span(), message, "").hint(for_example(key));
        return None;
    }
    let mut words = Vec::new();
    for entry in list {
        match entry.get_ref().as_str() {
            Some(word) if !word.contains('\0') => words.push(word.to_owned()),
            _ => {
                let typed = findings.text[entry.span()].to_owned();
                let message = format!("`{path}` holds {typed}, a string is needed");
                findings.add(entry.span(), message, "").hint(format!("`\"{typed}\"`"));
                return None;
            }
        }
    }
    if words[0].trim().is_empty() {
        let message = format!("`{path}` begins with an empty text");
        findings.add(value.span(), message, "").hint(for_example(key));
        return None;
    }
    Some(words)
}

/// A time above 0.
pub(super) fn duration(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<Duration> {
    let seconds = match value.get_ref() {
        DeValue::String(text) => seconds_in(text),
        other => number(other),
    };
    let found = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if let Some(found) = found.filter(|time| !time.is_zero()) {
        return Some(found);
    }
    let typed = findings.text[value.span()].to_owned();
    let message = format!("`{}` is {typed}, a time such as `\"30m\"` is needed", key.path());
    findings.add(value.span(), message, "not a time").hint("units are s, m, h and d: `\"1h 30m\"`");
    None
}

/// Seconds in a text such as `1h 30m`, `90s` or `2d`; `None` if it is not a time.
pub fn seconds_in(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (count, after) = rest.split_at(digits);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale = match unit {
            "s" | "sec" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += count.parse::<f64>().ok()? * scale;
        rest = after.trim_start();
    }
    (seconds > 0.0 && f64::is_finite(seconds)).then_some(seconds)
}

/// An amount of memory in bytes, at least a mebibyte, because no program runs in less.
pub(super) fn bytes(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<u64> {
    const LEAST: f64 = 1_048_576.0;
    let found = match value.get_ref() {
        DeValue::String(text) => bytes_in(text),
        other => number(other),
    };
    if let Some(bytes) = found.filter(|bytes| (LEAST..=1e18).contains(bytes)) {
        return Some(bytes as u64);
    }
    let typed = findings.text[value.span()].to_owned();
    let message = format!("`{}` is {typed}, an amount such as `\"4G\"` is needed", key.path());
    findings
        .add(value.span(), message, "not an amount of memory")
        .hint("units are k, M, G and T, by 1,024; at least `\"1M\"`");
    None
}

fn bytes_in(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit = unit.trim().trim_end_matches('B').trim_end_matches('i');
    let power = match unit {
        "" => 0,
        "k" | "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    Some(count.parse::<f64>().ok()? * 1024_f64.powi(power))
}

/// Parses a table of environment variables.
pub(super) fn environment(
    key: &Key,
    value: Found<'_>,
    findings: &mut Findings,
) -> Option<BTreeMap<String, String>> {
    let Some(table) = value.get_ref().as_table() else {
        wrong_type(key, value, "a table of strings", findings);
        return None;
    };
    let mut variables = BTreeMap::new();
    for (name, entry) in table {
        let Some(text) = entry.get_ref().as_str().filter(|text| !text.contains('\0')) else {
            let typed = findings.text[entry.span()].to_owned();
            let message =
                format!("`{}.{}` is {typed}, a string is needed", key.path(), name.get_ref());
            findings
                .add(entry.span(), message, "")
                .hint(format!("`{} = \"{typed}\"`", name.get_ref()));
            return None;
        };
        variables.insert(name.get_ref().to_string(), text.to_owned());
    }
    Some(variables)
}

/// Parses a table of amounts above 0, by name.
pub(super) fn resources(
    key: &Key,
    value: Found<'_>,
    findings: &mut Findings,
) -> Option<BTreeMap<String, f64>> {
    let Some(table) = value.get_ref().as_table() else {
        wrong_type(key, value, "a table of names and numbers", findings);
        return None;
    };
    let mut amounts = BTreeMap::new();
    for (name, entry) in table {
        let name = name.get_ref().as_ref();
        let amount = number(entry.get_ref()).filter(|amount| amount.is_finite() && *amount > 0.0);
        let Some(amount) = amount else {
            let typed = &findings.text[entry.span()];
            let message = format!("`{}.{name}` is {typed}, a number above 0 is needed", key.path());
            findings.add(entry.span(), message, "").hint(format!("`{name} = 1`"));
            return None;
        };
        amounts.insert(name.to_owned(), amount);
    }
    Some(amounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(seconds_in("90s"), Some(90.0));
        assert_eq!(seconds_in("1h 30m"), Some(5400.0));
        assert_eq!(seconds_in("1.5h"), Some(5400.0));
        assert_eq!(seconds_in("2 d"), Some(172_800.0));
        for wrong in ["", "h", "3", "3x", "-3s", "1h30", "0s"] {
            assert_eq!(seconds_in(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn memory_is_counted_by_1024() {
        assert_eq!(bytes_in("4G"), Some(4_294_967_296.0));
        assert_eq!(bytes_in("512 MiB"), Some(536_870_912.0));
        assert_eq!(bytes_in("4X"), None);
    }
}
