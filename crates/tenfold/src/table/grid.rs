//! Finds the header of a table held in memory, and splits cells such as `0.25 ± 0.02`.

use std::ops::Range;

use super::row::{Fault, Quotes, Sink, SourceLine};

/// Text between cells where a row is shown.
const BETWEEN: &str = " | ";

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GridRow {
    /// Number of its line, or of its row in a sheet, from 1.
    pub(super) number: u64,
    /// Texts without markup.
    pub(super) cells: Vec<String>,
}

/// Most cells of a table that is held in memory.
pub(super) const MOST_CELLS: usize = 4 << 20;

/// Most bytes of a name that spans several columns.
const LONGEST_NAME: usize = 1000;

/// Most columns of a table that is held in memory.
pub(super) const MOST_COLUMNS: usize = 4096;

/// Passes the rows of a table to `sink`; `counted` is the unit of their numbers.
pub(super) fn give(
    mut rows: Vec<GridRow>,
    counted: &str,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) {
    rows.retain(|row| filled(row) > 0);
    leave_out_titles(&mut rows, counted, notes);
    merge_headers(&mut rows);
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
    if width > MOST_COLUMNS || width * rows.len() > MOST_CELLS {
        let number = rows.first().map_or(1, |row| row.number);
        let line = SourceLine { counted: Some(counted), ..SourceLine::of_file(number, "") };
        let message = format!("the table has {} rows and up to {width} columns", rows.len());
        sink.fault(Fault::of_row(line, message, "save the part that is meant as CSV"));
        return;
    }
    for row in &mut rows {
        row.cells.resize(width, String::new());
    }
    let width = width - empty_columns_at_the_end(&rows, width);
    for row in &mut rows {
        row.cells.truncate(width);
    }
    split_deviations(&mut rows, notes);
    let mut rows = rows.into_iter();
    let Some(header) = rows.next() else { return };
    if !with_line(&header, counted, |line, cells| sink.header(line, cells)) {
        return;
    }
    for row in rows {
        with_line(&row, counted, |line, cells| sink.row(line, cells));
    }
}

/// Calls `of` with a row written on one line.
fn with_line<T>(
    row: &GridRow,
    counted: &str,
    of: impl FnOnce(SourceLine<'_>, &[Range<usize>]) -> T,
) -> T {
    let mut text = String::new();
    let mut cells = Vec::with_capacity(row.cells.len());
    for cell in &row.cells {
        if !cells.is_empty() {
            text.push_str(BETWEEN);
        }
        let start = text.len();
        text.push_str(cell);
        cells.push(start..text.len());
    }
    let counted = Some(counted);
    of(SourceLine { number: row.number, text: &text, counted, quotes: Quotes::Doubled }, &cells)
}

/// Cells that are not empty.
fn filled(row: &GridRow) -> usize {
    row.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Whether a cell is a number, in whatever form.
pub(super) fn is_number(cell: &str) -> bool {
    let cell = cell.trim();
    let is_part = |letter: char| letter.is_ascii_digit() || "+-.,'%eEkM±() ".contains(letter);
    cell.contains(|letter: char| letter.is_ascii_digit()) && cell.chars().all(is_part)
}

/// Removes the rows above the table that hold one text, its title, and notes them.
fn leave_out_titles(rows: &mut Vec<GridRow>, counted: &str, notes: &mut Vec<String>) {
    let widest = rows.iter().map(filled).max().unwrap_or_default();
    let titles = rows.iter().take_while(|row| widest > 1 && filled(row) == 1).count();
    for title in rows.drain(..titles) {
        let text = title.cells.join(" ");
        notes.push(format!("{counted} {}, `{}`, is above the table", title.number, text.trim()));
    }
}

/// Merges two header rows into one if names of the upper one span several columns.
fn merge_headers(rows: &mut Vec<GridRow>) {
    let [upper, lower, ..] = &rows[..] else { return };
    // A name that spans columns leaves empty cells to its right. An empty first cell is no such
    // gap: it belongs to an index column without a name.
    let width = upper.cells.len().max(lower.cells.len());
    let has_gaps =
        (1..width).any(|at| upper.cells.get(at).is_none_or(|cell| cell.trim().is_empty()));
    let numbers = lower.cells.iter().filter(|cell| is_number(cell)).count();
    let is_lower_names = numbers == 0 && rows.len() > 2;
    // Sizes may stand side by side below one title, as `Model | 100 | 200` below `Training
    // examples`.
    let above: Vec<&String> = upper.cells.iter().filter(|cell| !cell.trim().is_empty()).collect();
    let is_sizes =
        above.len() < numbers && rise(&lower.cells) && !above.iter().any(|c| is_number(c));
    let is_long = upper.cells.iter().any(|cell| cell.len() > LONGEST_NAME);
    if is_long || !has_gaps || !(is_lower_names || (is_sizes && rows.len() > 2)) {
        return;
    }
    let mut over = String::new();
    let cell = |row: &GridRow, at: usize| {
        row.cells.get(at).map(|cell| cell.trim().to_owned()).unwrap_or_default()
    };
    let mut names = Vec::with_capacity(width);
    for at in 0..width {
        let (above, below) = (cell(upper, at), cell(lower, at));
        if !above.is_empty() {
            over.clone_from(&above);
        }
        names.push(match (below.is_empty(), over.is_empty()) {
            (true, _) => above,
            (false, true) => below,
            (false, false) if is_number(&below) => below,
            (false, false) => format!("{over} {below}"),
        });
    }
    let number = lower.number;
    rows.splice(..2, [GridRow { number, cells: names }]);
}

/// Whether the numbers among cells are at least three and increase, as sizes do.
fn rise(cells: &[String]) -> bool {
    let number = |cell: &String| cell.trim().replace(',', "").parse::<f64>().ok();
    let numbers: Vec<f64> = cells.iter().filter_map(number).collect();
    numbers.len() >= 3 && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

fn empty_columns_at_the_end(rows: &[GridRow], width: usize) -> usize {
    let is_empty = |at: &usize| rows.iter().all(|row| row.cells[*at].trim().is_empty());
    (0..width).rev().take_while(is_empty).count()
}

/// Splits a column of `0.25 ± 0.02` into one of `0.25` and, beside it, one of `0.02` called
/// `…_std`.
///
/// Below a size, as in a wide table, the second column is dropped, because nothing reads it.
fn split_deviations(rows: &mut [GridRow], notes: &mut Vec<String>) {
    let width = rows.first().map_or(0, |row| row.cells.len());
    let mut left_out = Vec::new();
    for at in (0..width).rev() {
        if !rows.iter().skip(1).any(|row| row.cells[at].contains('±')) {
            continue;
        }
        let is_size = rows.first().is_some_and(|names| is_number(&names.cells[at]));
        if is_size {
            left_out.insert(0, format!("`{}`", rows[0].cells[at]));
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let cell = row.cells[at].trim().to_owned();
            let (mean, deviation) = match cell.split_once('±') {
                _ if index == 0 => (cell.clone(), format!("{cell}_std")),
                Some((mean, deviation)) => (
                    mean.trim_matches([' ', '(']).to_owned(),
                    deviation.trim_matches([' ', ')']).to_owned(),
                ),
                None => (cell, String::new()),
            };
            row.cells[at] = mean;
            if !is_size {
                row.cells.insert(at + 1, deviation);
            }
        }
    }
    if !left_out.is_empty() {
        notes.push(format!("what stands behind ± below {} is not used", left_out.join(", ")));
    }
}
