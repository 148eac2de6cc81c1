//! Reads separated values: CSV, TSV and other files that spreadsheets save under these names.
//!
//! Lines that start with `#` are comments. Where the first row has only numbers, the comment above
//! it is the header, as `numpy.savetxt` writes it. Rows that hold only separators are skipped.

use std::io;
use std::ops::Range;

use tenfold_data::separated::{Separator, split_fields};

use super::lines::{LONGEST_LINE, Lines};
use super::row::{Fault, Sink, SourceLine};

/// Lines that one quoted cell may go over.
const MOST_LINES: usize = 100;

/// Reads all rows.
pub(super) fn read(
    lines: &mut Lines<'_>,
    separator: Separator,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> io::Result<()> {
    let mut walk = Walk {
        separator: separator.byte,
        count: None,
        fields: Vec::new(),
        comment: None,
        comments: 0,
        first_comment: None,
        may_go_on: true,
    };
    let mut bytes = Vec::new();
    if separator.is_said {
        lines.next(&mut bytes)?;
    }
    loop {
        bytes.clear();
        if !lines.next(&mut bytes)? {
            break;
        }
        let number = lines.number;
        if bytes.len() as u64 > LONGEST_LINE {
            let message = format!("the line has more than {} MiB", LONGEST_LINE >> 20);
            let hint = "give a table with a measurement a line";
            sink.fault(Fault::of_row(SourceLine::of_file(number, ""), message, hint));
            break;
        }
        // Blank lines and rows that hold only separators carry no values.
        let is_empty = |byte: &u8| *byte == walk.separator || byte.is_ascii_whitespace();
        if bytes.iter().all(is_empty) {
            continue;
        }
        if !walk.line(&mut bytes, number, lines, sink)? {
            break;
        }
    }
    if let Some(first) = walk.first_comment {
        let are = match walk.comments {
            1 => format!("line {first} starts with `#` and was"),
            more => format!("{more} rows that start with `#`, the first in line {first}, were"),
        };
        notes.push(format!("{are} left out as a comment"));
    }
    Ok(())
}

struct Walk {
    separator: u8,
    /// Number of columns of the header, once it was read.
    count: Option<usize>,
    fields: Vec<Range<usize>>,
    /// The last comment above the header.
    comment: Option<(u64, String)>,
    /// Number of comments that look like rows, and the line of the first.
    comments: usize,
    first_comment: Option<u64>,
    /// Whether a quoted cell may go on in the next line: after one that was never closed, none may.
    may_go_on: bool,
}

impl Walk {
    /// Reads a line that is not blank; returns whether reading should go on.
    fn line(
        &mut self,
        bytes: &mut Vec<u8>,
        number: u64,
        lines: &mut Lines<'_>,
        sink: &mut dyn Sink,
    ) -> io::Result<bool> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let hint = "save the file as UTF-8";
            let line = SourceLine::of_file(number, "");
            sink.fault(Fault::of_row(line, "the line is not text in UTF-8", hint));
            return Ok(true);
        };
        let text = text.trim_end_matches(['\n', '\r']);
        let Err(quote) = split_fields(text, self.separator, &mut self.fields) else {
            return Ok(self.give(SourceLine::of_file(number, text), sink));
        };
        if self.go_on(bytes, lines)? {
            return Ok(self.give(SourceLine::of_file(number, text_of(bytes)), sink));
        }
        let line = SourceLine::of_file(number, text_of(bytes));
        let (message, hint) = ("a quote is not closed".to_owned(), None);
        let span = quote.at..quote.at + 1;
        sink.fault(Fault { line, span, label: "opened here", message, hint });
        Ok(true)
    }

    /// Passes the header or a row to `sink`; returns whether reading should go on.
    fn give(&mut self, line: SourceLine<'_>, sink: &mut dyn Sink) -> bool {
        match self.count {
            None => self.header(line, sink),
            Some(count) => {
                self.row(line, count, sink);
                true
            }
        }
    }

    /// Appends lines until the quoted cell at the end of `bytes` is closed; returns whether it was.
    /// If not, the lines are put back.
    fn go_on(&mut self, bytes: &mut Vec<u8>, lines: &mut Lines<'_>) -> io::Result<bool> {
        let first = bytes.len();
        for _ in 0..MOST_LINES {
            let before = bytes.len();
            if !self.may_go_on || before as u64 > LONGEST_LINE || !lines.next(bytes)? {
                break;
            }
            if !bytes[before..].contains(&b'"') {
                continue;
            }
            let Ok(text) = std::str::from_utf8(bytes) else { break };
            let text = text.trim_end_matches(['\n', '\r']);
            let is_cut = split_fields(text, self.separator, &mut self.fields).is_ok();
            if is_cut && self.ends_with_its_quote(text) {
                return Ok(true);
            }
            if is_cut {
                break;
            }
        }
        self.may_go_on = false;
        lines.put_back(&bytes[first..]);
        bytes.truncate(first);
        Ok(false)
    }

    /// Whether every cell that spans lines ends with its quote: a separator or the end of the row
    /// follows.
    fn ends_with_its_quote(&self, text: &str) -> bool {
        let mut over_lines =
            self.fields.iter().filter(|field| text[(*field).clone()].contains('\n'));
        over_lines.all(|field| {
            let behind = text.get(field.end + 1..).unwrap_or_default();
            let next = behind.bytes().find(|byte| *byte != b' ');
            next.is_none_or(|byte| byte == self.separator)
        })
    }

    fn header(&mut self, line: SourceLine<'_>, sink: &mut dyn Sink) -> bool {
        let text = line.text.trim_start();
        if text.starts_with('#') {
            self.comment = Some((line.number, text.trim_start_matches('#').to_owned()));
            return true;
        }
        self.count = Some(self.fields.len());
        let Some((number, comment, names)) = self.names_above(line) else {
            return sink.header(line, &self.fields);
        };
        let goes_on = sink.header(SourceLine::of_file(number, &comment), &names);
        if goes_on {
            sink.row(line, &self.fields);
        }
        goes_on
    }

    /// The names in the comment above a first row of numbers, if their number is that of its cells.
    fn names_above(&mut self, first: SourceLine<'_>) -> Option<(u64, String, Vec<Range<usize>>)> {
        let has_names = |line: SourceLine<'_>, fields: &[Range<usize>]| {
            fields.iter().any(|field| line.cell(field).trim().parse::<f64>().is_err())
        };
        let (number, comment) = self.comment.take()?;
        let mut names = Vec::new();
        split_fields(&comment, self.separator, &mut names).ok()?;
        let is_header = names.len() == self.fields.len()
            && !has_names(first, &self.fields)
            && has_names(SourceLine::of_file(number, &comment), &names);
        is_header.then_some((number, comment, names))
    }

    fn row(&mut self, line: SourceLine<'_>, needed: usize, sink: &mut dyn Sink) {
        let found = self.fields.len();
        if line.text.starts_with('#') {
            if found == needed {
                self.comments += 1;
                self.first_comment.get_or_insert(line.number);
            }
            return;
        }
        // Spreadsheets pad a row with separators to the width of the widest row.
        let beyond = self.fields.get(needed..).unwrap_or_default();
        if found > needed && beyond.iter().all(Range::is_empty) {
            self.fields.truncate(needed);
        }
        if self.fields.len() == needed {
            sink.row(line, &self.fields);
            return;
        }
        let hint = "put quotes around names that hold a separator".to_owned();
        let hint = (found > needed).then_some(hint);
        let message = format!("the line has {}, the header has {needed}", counted(found));
        let span = 0..line.text.len();
        sink.fault(Fault { line, span, label: "", message, hint });
    }
}

/// The text of a line without its end; the caller has checked that it is UTF-8.
fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default().trim_end_matches(['\n', '\r'])
}

fn counted(fields: usize) -> String {
    if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") }
}
