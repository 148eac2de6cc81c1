//! Which byte separates the fields of a text: the one under which its rows look most like a table.

/// Number of lines that are examined, including the header.
const LOOKED_AT: usize = 20;

/// Separators, most usual first.
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// What separates the fields of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separator {
    /// The byte; a space stands for any number of spaces and tabs.
    pub byte: u8,
    /// Whether the first line states the separator, as `sep=;`, and is not a row.
    pub is_said: bool,
}

/// The separator of a text that begins with `beginning`.
///
/// Separators that cut every line into as many fields as the header come first, among them the one
/// whose cells are most often numbers: `1000;0,25` is cut at `;`.
pub fn separator_of(beginning: &[u8]) -> Separator {
    let first = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if let Some(byte) = said(first) {
        return Separator { byte, is_said: true };
    }
    let looks: Vec<Look> = SEPARATORS.iter().map(|byte| Look::at(beginning, *byte)).collect();
    let best = looks.iter().filter(|look| look.is_table()).reduce(|best, look| {
        if look.numbers * best.cells > best.numbers * look.cells { look } else { best }
    });
    let has_fields = looks.iter().find(|look| look.byte != b'|' && look.header > 1);
    let byte = match best.or(has_fields) {
        Some(look) => look.byte,
        None if are_words(beginning) => b' ',
        None => b',',
    };
    Separator { byte, is_said: false }
}

/// The separator of a line `sep=;`, which Excel writes and reads.
fn said(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let name = line.get(..4).filter(|name| name.eq_ignore_ascii_case(b"sep="))?;
    match &line[name.len()..] {
        [byte] if byte.is_ascii() => Some(*byte),
        // A tab at the end of the line was trimmed as white space.
        [] | b"\\t" => Some(b'\t'),
        _ => None,
    }
}

/// Properties of a text when it is cut by one separator.
struct Look {
    byte: u8,
    /// Fields of the header.
    header: usize,
    /// Lines below the header.
    rows: usize,
    /// Whether all of these lines have as many fields as the header.
    is_even: bool,
    /// Cells that are not empty, and those of them that are numbers, below the header.
    cells: usize,
    numbers: usize,
}

impl Look {
    fn at(beginning: &[u8], byte: u8) -> Self {
        let mut look = Self { byte, header: 0, rows: 0, is_even: true, cells: 0, numbers: 0 };
        for line in lines(beginning).take(LOOKED_AT) {
            let fields = fields(line, byte);
            if look.header == 0 {
                look.header = fields.len();
                continue;
            }
            look.rows += 1;
            look.is_even &= fields.len() == look.header;
            let filled = fields.into_iter().filter(|field| !field.trim_ascii().is_empty());
            for field in filled {
                look.cells += 1;
                look.numbers += usize::from(is_number(field));
            }
        }
        look
    }

    fn is_table(&self) -> bool {
        self.header > 1 && self.rows > 0 && self.is_even
    }
}

/// Lines that are neither blank nor comments; the last one may be cut off and is left out if there
/// are others. A line ends outside of quotes.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_quoted = false;
    let mut lines: Vec<&[u8]> = text
        .split(move |byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && matches!(byte, b'\n' | b'\r')
        })
        .take(8 * LOOKED_AT)
        .collect();
    if lines.len() > 2 {
        lines.pop();
    }
    lines.into_iter().filter(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    })
}

fn fields(line: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let fields = line.split(move |byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted && *byte == separator
    });
    fields.collect()
}

/// Whether a cell is a number in some country's form.
fn is_number(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let cell = cell.strip_prefix(b"\"").unwrap_or(cell);
    let cell = cell.strip_suffix(b"\"").unwrap_or(cell).trim_ascii();
    let cell = cell.strip_suffix(b"%").unwrap_or(cell);
    let is_part = |byte: &u8| byte.is_ascii_digit() || b".,'+-eE".contains(byte);
    cell.first().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte))
        && cell.iter().all(is_part)
}

/// Whether every line has as many words as the header, and some of each row are numbers. A header may be
/// a comment, as `numpy.savetxt` writes it.
fn are_words(text: &[u8]) -> bool {
    let words = |line: &[u8]| {
        let words = line.split(|byte| matches!(byte, b' ' | b'\t'));
        let words = words.filter(|word| !word.is_empty());
        let found = words.clone().any(is_number);
        (words.count(), found)
    };
    let mut lines = lines(text).take(LOOKED_AT).map(words);
    let Some((header, has_number)) = lines.next() else { return false };
    if has_number && !text.trim_ascii_start().starts_with(b"#") {
        return false;
    }
    let mut rows = lines.peekable();
    header > 1
        && rows.peek().is_some()
        && rows.all(|(count, has_number)| count == header && has_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, byte: u8) {
        assert_eq!(separator_of(text.as_bytes()), Separator { byte, is_said: false }, "{text}");
    }

    #[test]
    fn the_separator_is_the_one_that_makes_a_table() {
        check("size,error\n1000,0.25\n", b',');
        check("size;error\n1000;0,25\n2000;0,2\n", b';');
        check("size;error (mean, 5 runs)\n1000;0,25\n2000;0,2\n", b';');
        check("size\terror, in %\n1000\t0,25\n", b'\t');
        check("size\terror\n1000\t0.25\n", b'\t');
        check("name,note\n\"a;b\",\"c;d\"\n", b',');
        check("size|error\n1000|0.25\n", b'|');
        check("size error\n1000 0.25\n2000  0.2\n", b' ');
        check("# size error\n1000 0.25\n2000 0.2\n", b' ');
        check("# made by; me\nsize,error\n1000,0.25\n", b',');
        check("text,label\n\"one\ntwo; three\",a\nfour,b\n", b',');
    }

    #[test]
    fn a_header_alone_or_uneven_rows_go_by_the_header() {
        check("size;error", b';');
        check("size,error\n1000\n", b',');
        check("a sentence\n", b',');
        check("", b',');
    }

    #[test]
    fn a_first_line_can_say_it() {
        for (line, byte) in [("sep=;", b';'), ("SEP=,\r", b','), ("sep=\t", b'\t'), ("sep=|", b'|')]
        {
            let text = format!("{line}\nsize;error\n");
            assert_eq!(separator_of(text.as_bytes()), Separator { byte, is_said: true }, "{line}");
        }
        check("separate,error\n1,2\n", b',');
    }
}
