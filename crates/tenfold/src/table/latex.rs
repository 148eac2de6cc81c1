//! Reads tables in LaTeX: cells between `&`, rows ended by `\\`, inside an environment such as
//! `tabular` or without one.

use super::grid::{self, GridRow, MOST_COLUMNS};
use super::latex_text::{Cleaned, cleaned};
use super::markdown::{check_size, several};
use super::row::Sink;
use super::{Problems, Request};

/// Environments that hold a table, each with its number of arguments in braces.
const ENVIRONMENTS: [(&str, usize); 6] = [
    ("tabular*", 2),
    ("tabularx", 2),
    ("tabulary", 2),
    ("tabular", 1),
    ("longtable", 1),
    ("array", 1),
];

/// Commands between rows, each with its number of arguments in braces.
const RULES: [(&str, usize); 10] = [
    ("\\hline", 0),
    ("\\toprule", 0),
    ("\\midrule", 0),
    ("\\bottomrule", 0),
    ("\\cmidrule", 1),
    ("\\cline", 1),
    ("\\addlinespace", 0),
    ("\\specialrule", 3),
    ("\\endhead", 0),
    ("\\endfirsthead", 0),
];

/// Whether a text with this beginning, in a file with this ending, is LaTeX.
pub(super) fn is_latex(beginning: &[u8], ending: &str) -> bool {
    let text = String::from_utf8_lossy(beginning);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    ending == "tex"
        || ENVIRONMENTS.iter().any(|(name, _)| text.contains(&format!("\\begin{{{name}}}")))
        || (first.contains('&') && first.contains("\\\\"))
        || (RULES.iter().any(|(rule, _)| first.trim().starts_with(rule)) && text.contains('&'))
}

/// Reads the only table of `text`.
pub(super) fn read(
    text: &str,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    check_size(text, '&', request)?;
    let text = without_comments(text);
    let mut bodies = bodies(&text);
    if bodies.is_empty() {
        bodies.push((1, text.clone()));
    }
    let tables = bodies.into_iter().map(|(line, body)| rows(&body, line));
    let mut tables: Vec<Vec<GridRow>> = tables.filter(|rows| rows.len() > 1).collect();
    match tables.len() {
        0 => {
            let hint = "a table is `\\begin{tabular}{lr} size & error \\\\ 1000 & 0.25 \\\\ \
                        \\end{tabular}`";
            Err(request.problem("the text has no table with a header and rows", hint))
        }
        1 => {
            grid::give(tables.remove(0), "line", sink, notes);
            Ok(())
        }
        _ => Err(several(&tables, request)),
    }
}

/// Removes the comments of a text; the line ends stay.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut is_escaped, mut is_comment) = (false, false);
    for letter in text.chars() {
        is_comment = letter != '\n' && (is_comment || (letter == '%' && !is_escaped));
        is_escaped = letter == '\\' && !is_escaped;
        if !is_comment {
            kept.push(letter);
        }
    }
    kept
}

/// Number of tables after which the search stops; the caller needs exactly one.
const MOST_TABLES: usize = 20;

/// The text in each environment, and the line on which it begins.
fn bodies(text: &str) -> Vec<(u64, String)> {
    let mut bodies = Vec::new();
    let mut at = 0;
    while bodies.len() < MOST_TABLES
        && let Some((name, arguments, start)) = next_environment(text, at)
    {
        let end = format!("\\end{{{name}}}");
        let length = text[start..].find(&end).unwrap_or(text.len() - start);
        let line = text[..start].matches('\n').count() as u64 + 1;
        bodies.push((line, without_arguments(&text[start..start + length], arguments)));
        at = start + length;
    }
    bodies
}

/// The first environment from `at` on: its name, its number of arguments, and the position after
/// `\begin{…}`.
fn next_environment(text: &str, at: usize) -> Option<(&'static str, usize, usize)> {
    let found = |(name, arguments): (&'static str, usize)| {
        let begin = format!("\\begin{{{name}}}");
        text[at..].find(&begin).map(|offset| (name, arguments, at + offset + begin.len()))
    };
    ENVIRONMENTS.into_iter().filter_map(found).min_by_key(|(_, _, start)| *start)
}

/// The rows of a table that begins on line `first`.
fn rows(body: &str, first: u64) -> Vec<GridRow> {
    let mut rows = Vec::new();
    // For each column, how many rows the cell above still covers, and its text.
    let mut going_on: Vec<(usize, String)> = Vec::new();
    let mut line = first;
    for part in body.split("\\\\") {
        let text = without_rules(part);
        let spaces = text.len() - text.trim_start().len();
        let begins = line + text[..spaces].matches('\n').count() as u64;
        line += part.matches('\n').count() as u64;
        if text.trim().is_empty() {
            continue;
        }
        let cells = between_marks(&text);
        rows.push(GridRow { number: begins, cells: spread(&cells, &mut going_on) });
    }
    rows
}

/// The text of a row without the rules around it, and without the `[2pt]` after the end of the row
/// before.
fn without_rules(part: &str) -> String {
    let trimmed = part.trim_start_matches('*');
    let mut rest = match trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        None => trimmed,
    };
    let mut text = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((rule, arguments)) = RULES.iter().find(|(rule, _)| rest.starts_with(rule)) {
            let behind = &rest[rule.len()..];
            rest = behind_arguments(behind, *arguments);
            text.extend(lines_between(behind, rest));
        } else {
            let next = rest.chars().nth(1).map_or(0, char::len_utf8);
            text.push_str(&rest[..=next]);
            rest = &rest[1 + next..];
        }
    }
    text.push_str(rest);
    text
}

/// Drops this many arguments in braces, and those in brackets before them. The line ends stay.
fn without_arguments(text: &str, braces: usize) -> String {
    let rest = behind_arguments(text, braces);
    let mut kept: String = lines_between(text, rest).collect();
    kept.push_str(rest);
    kept
}

/// The line ends in `text` before its end `rest`.
fn lines_between<'a>(text: &'a str, rest: &str) -> impl Iterator<Item = char> + use<'a> {
    text[..text.len() - rest.len()].chars().filter(|letter| *letter == '\n')
}

/// Most bytes of an argument.
const LONGEST_ARGUMENT: usize = 1000;

fn behind_arguments(text: &str, mut braces: usize) -> &str {
    let mut rest = text;
    loop {
        let next = rest.trim_start();
        let (opening, closing) = match next.chars().next() {
            Some('{') if braces > 0 => ('{', '}'),
            Some('[') => ('[', ']'),
            Some('(') if braces > 0 => ('(', ')'),
            _ => return rest,
        };
        let mut depth = 0_usize;
        let end = next.char_indices().take(LONGEST_ARGUMENT).find(|(_, letter)| {
            depth += usize::from(*letter == opening);
            depth -= usize::from(*letter == closing).min(depth);
            depth == 0
        });
        let Some((at, _)) = end else { return rest };
        rest = &next[at + 1..];
        braces -= usize::from(opening == '{');
    }
}

/// The cells of a row: the texts between `&` outside of braces.
fn between_marks(text: &str) -> Vec<Cleaned> {
    let (mut depth, mut is_escaped) = (0_i32, false);
    let parts = text.split(|letter: char| {
        let is_mark = letter == '&' && depth <= 0 && !is_escaped;
        if !is_escaped {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
        }
        is_escaped = letter == '\\' && !is_escaped;
        is_mark
    });
    parts.map(cleaned).collect()
}

/// Repeats or pads cells that span several rows or columns, so that each column has one cell.
fn spread(cells: &[Cleaned], going_on: &mut Vec<(usize, String)>) -> Vec<String> {
    let mut row = Vec::new();
    for cell in cells {
        let at = row.len();
        if going_on.len() <= at {
            going_on.resize(at + 1, (0, String::new()));
        }
        let (rows_left, above) = &mut going_on[at];
        if cell.rows > 1 && cell.text.len() <= LONGEST_ARGUMENT {
            (*rows_left, *above) = (cell.rows - 1, cell.text.clone());
            row.push(cell.text.clone());
        } else if *rows_left > 0 {
            *rows_left -= 1;
            row.push(if cell.text.is_empty() { above.clone() } else { cell.text.clone() });
        } else {
            row.push(cell.text.clone());
        }
        // A huge span in a file must not allocate a huge row.
        row.resize(
            at + cell.columns.clamp(1, MOST_COLUMNS.saturating_sub(at).max(1)),
            String::new(),
        );
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells_of(body: &str) -> Vec<(u64, String)> {
        rows(body, 1).into_iter().map(|row| (row.number, row.cells.join("|"))).collect()
    }

    #[test]
    fn rows_are_cut_at_their_marks_and_keep_their_lines() {
        let body = "\n\\toprule\nsize & a\\&b \\\\ \\midrule\n1{,}000 & {\\bf 0.25} \\\\[2pt]\n\
                    \\cmidrule(lr){1-2} {2000} & 0.2\n\\\\ \\bottomrule\n";
        let expected = [(3, "size|a&b"), (4, "1,000|0.25"), (5, "2000|0.2")];
        assert_eq!(cells_of(body), expected.map(|(line, cells)| (line, cells.to_owned())));
    }

    #[test]
    fn arguments_of_an_environment_are_no_cells() {
        let text =
            "a\n\\begin{tabularx}{\\textwidth}[t]{l@{}r}\n{size} & {error}\n\\end{tabularx} b";
        assert_eq!(bodies(text), [(2, "\n{size} & {error}\n".to_owned())]);
    }

    #[test]
    fn cells_over_several_rows_and_columns_are_spread() {
        let found = cells_of(
            "& \\multicolumn{2}{c}{size} \\\\ \\multirow{2}{*}{vit} & 1 & 2 \\\\ & 3 & 4 \\\\ x & 5 & 6",
        );
        let texts: Vec<&str> = found.iter().map(|(_, cells)| cells.as_str()).collect();
        assert_eq!(texts, ["|size|", "vit|1|2", "vit|3|4", "x|5|6"]);
    }
}
