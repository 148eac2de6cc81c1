//! Splits that hold out the latest rows, as a deployed model meets them.

use super::{Counts, Split, SplitError};
use crate::cells::{Cells, SplitColumn, TextCells};

/// The test set is the latest rows, the validation set the rows just before; rows of equal time
/// stay in keyed order.
pub(super) fn split(
    column: &SplitColumn,
    keyed: &[u32],
    counts: Counts,
) -> Result<Split, SplitError> {
    let mut ordered = keyed.to_vec();
    match &*column.cells {
        Cells::Number(numbers) => sort_by_number(&mut ordered, numbers, &column.name)?,
        Cells::Text(texts) => {
            let numbers = texts.iter().map(|text| text.trim().parse::<f64>().ok());
            match texts.iter().next().map(|first| first.trim().parse::<f64>()) {
                Some(Ok(_)) => {
                    let numbers: Vec<f64> =
                        numbers.map(|number| number.unwrap_or(f64::NAN)).collect();
                    refuse_text_among_numbers(texts, &numbers, &column.name)?;
                    sort_by_number(&mut ordered, &numbers, &column.name)?;
                }
                _ => sort_by_date(&mut ordered, texts, &column.name)?,
            }
        }
    }
    // `ordered` runs from early to late.
    let validation_start = ordered.len() - counts.test - counts.validation;
    let mut part_of = vec![0_u8; ordered.len()];
    for (position, row) in ordered.iter().enumerate().skip(validation_start) {
        part_of[*row as usize] = if position < ordered.len() - counts.test { 1 } else { 2 };
    }
    let rows_in = |part: u8| -> Vec<u32> {
        keyed.iter().copied().filter(|row| part_of[*row as usize] == part).collect()
    };
    Ok(Split { pool: rows_in(0), validation: rows_in(1), test: rows_in(2) })
}

fn refuse_text_among_numbers(
    texts: &TextCells,
    numbers: &[f64],
    column: &str,
) -> Result<(), SplitError> {
    let mut cells = texts.iter().zip(numbers).enumerate();
    let odd = cells.find(|(_, (text, number))| number.is_nan() && !crate::cells::is_missing(text));
    match odd {
        None => Ok(()),
        Some((row, (text, _))) => Err(SplitError::BadTime {
            column: column.to_owned(),
            row: row + 1,
            found: text.to_owned(),
            needed: "a number, as in the first row",
        }),
    }
}

fn sort_by_number(rows: &mut [u32], numbers: &[f64], column: &str) -> Result<(), SplitError> {
    refuse_missing(numbers.iter().map(|number| number.is_nan()), column)?;
    rows.sort_by(|a, b| numbers[*a as usize].total_cmp(&numbers[*b as usize]));
    Ok(())
}

/// Dates written from the year on sort as texts do.
fn sort_by_date(rows: &mut [u32], texts: &TextCells, column: &str) -> Result<(), SplitError> {
    refuse_missing(texts.iter().map(crate::cells::is_missing), column)?;
    if let Some((row, text)) = texts.iter().enumerate().find(|(_, text)| !is_iso_date(text.trim()))
    {
        return Err(SplitError::BadTime {
            column: column.to_owned(),
            row: row + 1,
            found: text.to_owned(),
            needed: "a number or a date such as 2026-01-31",
        });
    }
    rows.sort_by_key(|row| date_key(texts.get(*row as usize).trim()));
    Ok(())
}

fn refuse_missing(missing: impl Iterator<Item = bool>, column: &str) -> Result<(), SplitError> {
    let rows: Vec<usize> =
        missing.enumerate().filter(|(_, missing)| *missing).map(|(row, _)| row).collect();
    match rows.first() {
        None => Ok(()),
        Some(first) => Err(SplitError::NoValue {
            role: "time",
            column: column.to_owned(),
            row: first + 1,
            rows: rows.len(),
        }),
    }
}

/// `2026-01`, `2026-01-31`, `2026-01-31 12:00:00.5`, `2026-01-31T12:00Z`; no other offset than Z, since
/// those do not sort as texts.
fn is_iso_date(text: &str) -> bool {
    let mut characters = text.bytes().enumerate();
    let fits = characters.all(|(position, byte)| match position {
        0..4 | 5 | 6 | 8 | 9 | 11 | 12 | 14 | 15 | 17 | 18 => byte.is_ascii_digit(),
        4 | 7 => byte == b'-',
        10 => byte == b'T' || byte == b' ',
        13 | 16 => byte == b':' || byte == b'Z',
        _ => byte.is_ascii_digit() || byte == b'.' || byte == b'Z',
    });
    let whole = matches!(text.len(), 7 | 10 | 13 | 16) || text.len() >= 19 || text.ends_with('Z');
    fits && text.len() >= 7 && whole
}

/// `T` and blank are the same separator, and a final `Z` is ignored.
fn date_key(text: &str) -> String {
    text.trim_end_matches('Z').replace('T', " ")
}
