//! Reads tables in Markdown: a line of names, a line of dashes, and one line per row.

use super::grid::{self, GridRow};
use super::row::Sink;
use super::{Place, Problem, Problems, Request};

/// Whether a text with this beginning, in a file with this ending, is Markdown.
pub(super) fn is_markdown(beginning: &[u8], ending: &str) -> bool {
    let text = String::from_utf8_lossy(beginning);
    matches!(ending, "md" | "markdown")
        || text.lines().zip(text.lines().skip(1)).any(|(names, dashes)| is_head(names, dashes))
}

/// Reads the only table of `text`.
pub(super) fn read(
    text: &str,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    check_size(text, '|', request)?;
    let mut tables = tables(text);
    match tables.len() {
        0 => {
            let hint = "a table is `| size | error |`, below it `|---|---|`, and a line a row";
            Err(request.problem("the text has no table", hint))
        }
        1 => {
            grid::give(tables.remove(0), "line", sink, notes);
            Ok(())
        }
        _ => Err(several(&tables, request)),
    }
}

/// Refuses a text with too many cells, before it is cut into cells.
pub(super) fn check_size(text: &str, mark: char, request: &Request<'_>) -> Result<(), Problems> {
    let cells = text.matches(mark).count();
    if cells <= grid::MOST_CELLS {
        return Ok(());
    }
    let message = format!("the text has {cells} cells, too many for a table");
    Err(request.problem(message, "save the table as CSV"))
}

/// The problem of a file with several tables, with a list of them.
pub(super) fn several(tables: &[Vec<GridRow>], request: &Request<'_>) -> Problems {
    /// Number of tables that are listed.
    const NAMED: usize = 8;
    let message = format!("the text has {} tables, one is needed", tables.len());
    let second = tables.get(1).and_then(|table| table.first()).map_or(1, |row| row.number);
    let mut problem = Problem::new(request.kind, message).at(Place::line(request.path, second));
    for table in tables.iter().take(NAMED) {
        let Some(head) = table.first() else { continue };
        let names = head.cells.join(" | ");
        problem = problem.note(format!("line {}: {}", head.number, names.trim()));
    }
    problem.hint("copy the one that is meant into a file of its own").into()
}

/// All tables, each with its header first.
fn tables(text: &str) -> Vec<Vec<GridRow>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut tables = Vec::new();
    let mut at = 0;
    while at + 1 < lines.len() {
        if !is_head(lines[at], lines[at + 1]) {
            at += 1;
            continue;
        }
        let below = lines[at + 2..].iter().take_while(|line| line.contains('|')).count();
        let rows = [at].into_iter().chain(at + 2..at + 2 + below);
        let row = |at: usize| GridRow { number: at as u64 + 1, cells: cells(lines[at]) };
        tables.push(rows.map(row).collect());
        at += 2 + below;
    }
    tables
}

/// Whether the second line is the dashes below the names of the first.
fn is_head(names: &str, dashes: &str) -> bool {
    let is_dash = |cell: &String| {
        let inner = cell.trim_matches(':');
        !inner.is_empty() && inner.bytes().all(|byte| byte == b'-')
    };
    if !names.contains('|') || !dashes.contains('-') || !dashes.contains('|') {
        return false;
    }
    let below = cells(dashes);
    below.iter().all(is_dash) && cells(names).len() == below.len()
}

/// The cells of a line without markup.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').filter(|line| !line.ends_with('\\')).unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for letter in line.chars() {
        if letter == '|' && !is_escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            if letter == '|' {
                cell.pop();
            }
            cell.push(letter);
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    cells.iter().map(|cell| plain(cell)).collect()
}

/// A cell without emphasis and code marks around it.
fn plain(cell: &str) -> String {
    let mut cell = cell.trim();
    for mark in ["**", "__", "`", "*", "_", "~~"] {
        let inner = cell.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark));
        if let Some(inner) = inner.filter(|inner| !inner.trim().is_empty()) {
            cell = inner.trim();
        }
    }
    cell.replace("+/-", "±").replace("&plusmn;", "±").replace("\\_", "_").replace("\\%", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_lose_what_is_only_form() {
        assert_eq!(cells("| **0.25** | `a\\|b` | _x_ |"), ["0.25", "a|b", "x"]);
        assert_eq!(cells("size | error"), ["size", "error"]);
        assert_eq!(cells("|a||"), ["a", ""]);
        assert_eq!(cells("| 0.2 +/- 0.1 | val\\_acc |"), ["0.2 ± 0.1", "val_acc"]);
    }

    #[test]
    fn dashes_below_names_make_a_table() {
        assert!(is_head("| a | b |", "|---|:-:|") && is_head("a | b", "--|--"));
        assert!(!is_head("| a | b |", "|---|") && !is_head("a", "---") && !is_head("", "|-|"));
    }
}
