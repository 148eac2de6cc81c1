//! Giving a column its meaning: numbers, categories, or nothing to learn from.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::cells::{Cells, TextCells, is_missing};
use crate::dataset::{FieldValues, MISSING};

/// Categories a text column may have; each becomes a feature.
const LEVELS_AT_MOST: usize = 256;

/// What a column turned out to be.
pub(super) enum Meaning {
    /// A feature.
    Feature(FieldValues),
    /// Of no use to a learner; the note says why.
    Useless,
}

/// The meaning of a feature column; appends notes about anything that a user may not expect.
pub(super) fn feature(name: &str, cells: &Cells, notes: &mut Vec<String>) -> Meaning {
    match cells {
        Cells::Number(numbers) => numeric(name, numbers.iter().copied(), numbers.len(), notes),
        Cells::Text(texts) => match numbers(texts) {
            Ok(numbers) => numeric(name, numbers.into_iter(), texts.len(), notes),
            Err(row) => categories(name, texts, row, notes),
        },
    }
}

/// Number in a cell; `None` for texts and missing values.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    // Only digits make a number: `inf`, `nan` and `infinity` also parse, and are words here.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// All cells as numbers, NaN where there is none, or the first row with a text that is neither.
fn numbers(texts: &TextCells) -> Result<Vec<f64>, usize> {
    let mut numbers = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        match number(text) {
            Some(number) => numbers.push(number),
            None if is_missing(text) => numbers.push(f64::NAN),
            None => return Err(row),
        }
    }
    Ok(numbers)
}

fn numeric(
    name: &str,
    numbers: impl Iterator<Item = f64>,
    rows: usize,
    notes: &mut Vec<String>,
) -> Meaning {
    let mut values = Vec::with_capacity(rows);
    let (mut missing, mut infinite) = (0, 0);
    for number in numbers {
        let value = number as f32;
        if number.is_nan() {
            missing += 1;
        } else if value.is_infinite() {
            infinite += 1;
        }
        values.push(if value.is_finite() { value } else { f32::NAN });
    }
    if missing + infinite == rows {
        notes.push(format!("`{name}` has no value in any row and is left out"));
        return Meaning::Useless;
    }
    if missing > 0 {
        notes.push(format!("{} in `{name}`", missing_values(missing)));
    }
    if infinite > 0 {
        notes.push(format!("{infinite} infinite or too large values in `{name}` read as missing"));
    }
    Meaning::Feature(FieldValues::Numeric(values))
}

fn categories(name: &str, texts: &TextCells, first: usize, notes: &mut Vec<String>) -> Meaning {
    let (codes, levels) = encode_texts(texts);
    if levels.len() > LEVELS_AT_MOST {
        notes.push(format!(
            "`{name}` has {} different texts (row {}: `{}`), more than {LEVELS_AT_MOST}, and is left out",
            levels.len(),
            first + 1,
            shortened(texts.get(first).trim())
        ));
        return Meaning::Useless;
    }
    let numbers = levels.iter().filter(|level| number(level).is_some()).count();
    let mut note = format!("`{name}` read as {} categories", levels.len());
    if levels.len() == 1 {
        note = format!("`{name}` read as 1 category");
    }
    // One stray text turns a column of numbers into categories: say which.
    if numbers * 2 > levels.len() {
        let text = shortened(texts.get(first).trim());
        note = format!("{note}: row {} has the text `{text}`", first + 1);
    }
    notes.push(note);
    let missing = codes.iter().filter(|code| **code == MISSING).count();
    if missing > 0 {
        notes.push(format!("{} in `{name}`", missing_values(missing)));
    }
    Meaning::Feature(FieldValues::Categorical { codes, levels })
}

/// Codes and names of the different values of a column, [`MISSING`] where there is none.
pub(super) fn codes(cells: &Cells) -> (Vec<u32>, Vec<String>) {
    match cells {
        Cells::Text(texts) => encode_texts(texts),
        Cells::Number(_) => {
            let texts: Vec<Option<String>> = (0..cells.len()).map(|row| cells.text(row)).collect();
            encode(texts.iter().map(Option::as_deref))
        }
    }
}

fn encode_texts(texts: &TextCells) -> (Vec<u32>, Vec<String>) {
    encode(texts.iter().map(|text| (!is_missing(text)).then(|| text.trim())))
}

/// Codes of texts in the order of their [`class_order`], and the texts.
fn encode<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> (Vec<u32>, Vec<String>) {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut codes: Vec<u32> = texts
        .map(|text| {
            let Some(text) = text else { return MISSING };
            let next = seen.len() as u32;
            *seen.entry(text).or_insert(next)
        })
        .collect();
    let mut ordered: Vec<(&str, u32)> = seen.into_iter().collect();
    ordered.sort_by(|a, b| class_order(a.0, b.0));
    let mut translation = vec![0; ordered.len()];
    for (new, (_, old)) in (0..).zip(&ordered) {
        translation[*old as usize] = new;
    }
    for code in &mut codes {
        if let Some(new) = translation.get(*code as usize) {
            *code = *new;
        }
    }
    (codes, ordered.into_iter().map(|(text, _)| text.to_owned()).collect())
}

/// Numbers ascending, then texts by their bytes, so that class `10` comes after `9`.
pub(super) fn class_order(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// At most 40 characters of a text from a file, for a message.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(40).collect::<String>())
}

fn missing_values(count: usize) -> String {
    if count == 1 { "1 missing value".to_owned() } else { format!("{count} missing values") }
}
