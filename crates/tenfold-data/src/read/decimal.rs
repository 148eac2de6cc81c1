//! Numbers written with a decimal comma, as spreadsheets do in half of Europe.
//!
//! The form applies to a whole file: one number that can only be read with a decimal comma decides
//! for all columns, so that `1.000` in a file with `0,25` is a thousand.

use crate::cells::{TextCells, is_missing};

/// What a cell could be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A number with a comma that is no mark of thousands: `0,25`, `1.234,5`.
    Comma,
    /// A number with a comma before three digits, as `1,234`: a decimal comma or thousands.
    Either,
    /// Thousands with points, or a decimal point before three digits: `1.234`.
    Grouped,
    /// A whole number.
    Whole,
    /// Anything else.
    Other,
}

/// Rewrites the columns whose numbers have decimal commas, if the file has any, with points.
///
/// `names` are those of `columns`; `notes` says what was done.
pub(super) fn with_points(
    separator: u8,
    names: &[String],
    columns: &mut [TextCells],
    notes: &mut Vec<String>,
) {
    if separator == b',' {
        return;
    }
    let forms: Vec<Vec<Form>> = columns.iter().map(forms).collect();
    // In a text that is cut at `;`, a comma separates nothing, so it can only be a decimal comma.
    let is_sure =
        |form: &Form| *form == Form::Comma || (separator == b';' && *form == Form::Either);
    let is_number_column = |forms: &[Form]| !forms.contains(&Form::Other);
    let is_decimal = |forms: &Vec<Form>| is_number_column(forms) && forms.iter().any(is_sure);
    if !forms.iter().any(is_decimal) {
        return;
    }
    let mut changed = Vec::new();
    for ((name, cells), forms) in names.iter().zip(columns).zip(&forms) {
        let has_mark = forms.iter().any(|form| *form != Form::Whole);
        if is_number_column(forms) && has_mark {
            let mut rewritten = TextCells::default();
            cells.iter().for_each(|cell| rewritten.push(&with_point(cell)));
            *cells = rewritten;
            changed.push(format!("`{name}`"));
        }
    }
    if !changed.is_empty() {
        notes.push(format!("numbers with a decimal comma in {}", changed.join(", ")));
    }
}

/// A number without marks of thousands and with a decimal point.
fn with_point(cell: &str) -> String {
    if is_missing(cell) { cell.to_owned() } else { cell.replace('.', "").replace(',', ".") }
}

/// The forms of all cells with a value.
fn forms(cells: &TextCells) -> Vec<Form> {
    cells.iter().filter(|cell| !is_missing(cell)).map(form).collect()
}

fn form(cell: &str) -> Form {
    let cell = cell.trim();
    let unsigned = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    if exponent.is_some_and(|exponent| exponent.parse::<i32>().is_err()) {
        return Form::Other;
    }
    let (whole, fraction) = match digits.split_once(',') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains('.');
    let is_whole = all_digits(first) && groups.all(|group| group.len() == 3 && all_digits(group));
    let has_digit = digits.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit || !is_whole || (is_grouped && !(1..=3).contains(&first.len())) {
        return Form::Other;
    }
    match fraction {
        None if is_grouped => Form::Grouped,
        None => Form::Whole,
        Some(fraction) if !all_digits(fraction) => Form::Other,
        Some(fraction) => {
            let is_thousands = fraction.len() == 3 && !is_grouped && exponent.is_none();
            let is_thousands = is_thousands && (1..=3).contains(&whole.len()) && whole != "0";
            if is_thousands { Form::Either } else { Form::Comma }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(separator: u8, columns: &[&[&str]]) -> Vec<Vec<String>> {
        let mut texts = vec![TextCells::default(); columns.len()];
        for (text, cells) in texts.iter_mut().zip(columns) {
            cells.iter().for_each(|cell| text.push(cell));
        }
        let names: Vec<String> = (0..columns.len()).map(|at| at.to_string()).collect();
        with_points(separator, &names, &mut texts, &mut Vec::new());
        texts.iter().map(|text| text.iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn one_number_with_a_comma_decides_for_all_columns() {
        let columns = [&["0,25", "NA", "1e-3"][..], &["1.000", "12.500", "7"], &["a,b", "c", "d"]];
        let expected =
            [vec!["0.25", "NA", "1e-3"], vec!["1000", "12500", "7"], vec!["a,b", "c", "d"]];
        assert_eq!(rewritten(b';', &columns), expected);
        assert_eq!(rewritten(b'\t', &[&["1.234,5"]]), [["1234.5"]]);
    }

    #[test]
    fn points_stay_points_where_nothing_has_a_comma_and_thousands_stay_where_they_may_be_some() {
        assert_eq!(rewritten(b';', &[&["1.000", "0.25"]]), [["1.000", "0.25"]]);
        assert_eq!(rewritten(b'\t', &[&["1,234", "5"]]), [["1,234", "5"]]);
        assert_eq!(rewritten(b',', &[&["0,25"]]), [["0,25"]]);
        // A point before one digit is a decimal one, whatever the other column has.
        assert_eq!(rewritten(b';', &[&["0,5"], &["0.5"]]), [["0.5"], ["0.5"]]);
    }
}
