//! Reads one sheet of an Excel workbook, row by row.

use std::io::{BufRead, Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};

use super::grid::{self, GridRow, MOST_CELLS, MOST_COLUMNS};
use super::row::Sink;
use super::{MOST_HELD, Problems, Request, unreadable};
use crate::diagnostic::closest::{closest, listed};

/// Most bytes of an unpacked workbook.
const MOST_UNPACKED: u64 = 4 * MOST_HELD;

/// Reads the sheet that the user named, or the first one.
pub(super) fn read(
    source: &mut dyn BufRead,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    let mut bytes = Vec::new();
    let read = source.take(MOST_HELD + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(&error, request))?;
    if bytes.len() as u64 > MOST_HELD {
        let message = format!("the workbook has more than {} MiB", MOST_HELD >> 20);
        return Err(request.problem(message, "save the sheet as CSV"));
    }
    check_archive(&bytes, request)?;
    let rows = tenfold_data::quietly(|| sheet(bytes, request, notes));
    let (rows, name) = match rows {
        Some(rows) => rows?,
        None => return Err(damaged("a cell cannot be read", request)),
    };
    grid::give(rows, &format!("sheet `{name}`, row"), sink, notes);
    Ok(())
}

/// Refuses a file that is not a workbook, and one that would unpack to more than is held in memory.
fn check_archive(bytes: &[u8], request: &Request<'_>) -> Result<(), Problems> {
    let archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| damaged(&error.to_string(), request))?;
    if archive.file_names_raw().any(|name| name.ends_with(b".npy")) {
        let hint = format!("tenfold import sklearn {}", request.file());
        return Err(request.problem("the file holds arrays of NumPy", hint));
    }
    if !archive.file_names_raw().any(|name| name.starts_with(b"xl/")) {
        let message = "the file is an archive or a spreadsheet that is no Excel workbook";
        return Err(request.problem(message, "save the sheet as .xlsx or as CSV"));
    }
    let unpacked = archive.decompressed_size();
    if unpacked.is_none_or(|unpacked| unpacked > u128::from(MOST_UNPACKED)) {
        let message = format!("the workbook unpacks to more than {} MiB", MOST_UNPACKED >> 20);
        return Err(request.problem(message, "save the sheet as CSV"));
    }
    Ok(())
}

fn damaged(why: &str, request: &Request<'_>) -> Problems {
    let message = format!("the workbook cannot be read: {why}");
    request.problem(message, "open it in a spreadsheet and save it again, or save it as CSV")
}

/// The rows of a sheet, and the name of the sheet.
fn sheet(
    bytes: Vec<u8>,
    request: &Request<'_>,
    notes: &mut Vec<String>,
) -> Result<(Vec<GridRow>, String), Problems> {
    let wrong = |error: calamine::XlsxError| damaged(&error.to_string(), request);
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    let names = book.sheet_names();
    let name = match request.sheet {
        Some(asked) if names.iter().any(|name| name == asked) => asked.to_owned(),
        Some(asked) => {
            let all = || names.iter().map(String::as_str);
            let message = format!("the workbook has no sheet `{asked}`, it has {}", listed(all()));
            let near = closest(asked, all()).or(all().next()).unwrap_or_default();
            return Err(request.problem(message, format!("`--sheet '{near}'`")));
        }
        None => match names.first() {
            Some(first) => first.clone(),
            None => return Err(request.problem("the workbook has no sheet", "save it as CSV")),
        },
    };
    if request.sheet.is_none() && names.len() > 1 {
        let others = names.iter().skip(1).map(String::as_str);
        notes.push(format!(
            "read the sheet `{name}`; there are {} too (`--sheet NAME`)",
            listed(others)
        ));
    }
    let mut rows: Vec<GridRow> = Vec::new();
    let mut cells = book.worksheet_cells_reader(&name).map_err(wrong)?;
    // Many cells may share one text, so that a small file can hold a large table.
    let (mut count, mut held) = (0, 0);
    while let Some(cell) = cells.next_cell().map_err(wrong)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let number = u64::from(row) + 1;
        if rows.last().is_none_or(|last| last.number != number) {
            rows.push(GridRow { number, cells: Vec::new() });
        }
        let Some(last) = rows.last_mut() else { continue };
        let at = column as usize;
        count += (at + 1).saturating_sub(last.cells.len());
        // A sheet has 16,384 columns; a cell at its far end does not belong to a table.
        held += text.len() as u64;
        if at >= MOST_COLUMNS || count > MOST_CELLS || held > MOST_HELD {
            let message = format!("the sheet `{name}` is too large a table, at row {number}");
            return Err(request.problem(message, "save the part that is meant as CSV"));
        }
        if last.cells.len() <= at {
            last.cells.resize(at + 1, String::new());
        }
        last.cells[at] = text;
    }
    if rows.is_empty() {
        let message = format!("the sheet `{name}` is empty");
        let others = names.iter().map(String::as_str).filter(|other| *other != name);
        let hint = match others.collect::<Vec<_>>().first() {
            Some(other) => format!("`--sheet '{other}'`"),
            None => "a table starts with a row of names".to_owned(),
        };
        return Err(request.problem(message, hint));
    }
    Ok((rows, name))
}

/// The text of a cell, as it would be written to a CSV.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}
