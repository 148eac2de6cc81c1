//! Reads the text of a LaTeX cell without the commands that only format it.

/// The text of a cell and its span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub(super) text: String,
    /// Number of columns and rows that it spans.
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// Commands that are dropped together with their argument in braces.
const LEFT_OUT: [&str; 11] = [
    "cite",
    "citep",
    "citet",
    "ref",
    "label",
    "footnote",
    "cellcolor",
    "rowcolor",
    "color",
    "textcolor",
    "vspace",
];

/// Commands that are replaced by a text.
const MEANT: [(&str, &str); 6] = [
    ("pm", "±"),
    ("times", "×"),
    ("cdot", "×"),
    ("textpm", "±"),
    ("textendash", "-"),
    ("quad", " "),
];

/// The text and the span of `cell`.
pub(super) fn cleaned(cell: &str) -> Cleaned {
    let mut reading = Reading { text: String::new(), columns: 1, rows: 1 };
    let letters: Vec<char> = cell.chars().collect();
    reading.read(&letters);
    let text = reading.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(" × 10^", "e").replace("×10^", "e").replace("× 10^", "e");
    Cleaned { text, columns: reading.columns, rows: reading.rows }
}

struct Reading {
    text: String,
    columns: usize,
    rows: usize,
}

impl Reading {
    fn read(&mut self, letters: &[char]) {
        let mut at = 0;
        while at < letters.len() {
            match letters[at] {
                '\\' => at = self.command(letters, at + 1),
                '$' | '{' | '}' => at += 1,
                '~' => {
                    self.text.push(' ');
                    at += 1;
                }
                // The text of a subscript is kept: `0.25_{\pm 0.02}`.
                '_' if letters.get(at + 1) == Some(&'{') => at += 1,
                '^' => at = self.raised(letters, at + 1),
                other => {
                    self.text.push(other);
                    at += 1;
                }
            }
        }
    }

    /// Reads the command whose name begins at `at`; returns the position after it.
    fn command(&mut self, letters: &[char], at: usize) -> usize {
        let length = letters[at..].iter().take_while(|letter| letter.is_ascii_alphabetic()).count();
        if length == 0 {
            // `\%` is a percent sign, `\,` a thin space within a number.
            let said = letters.get(at).filter(|letter| "%_&#${}".contains(**letter));
            self.text.extend(said);
            if letters.get(at) == Some(&' ') {
                self.text.push(' ');
            }
            return at + 1;
        }
        let name: String = letters[at..at + length].iter().collect();
        let behind = at + length;
        if let Some((_, text)) = MEANT.iter().find(|(command, _)| *command == name) {
            self.text.push_str(text);
            return behind;
        }
        if LEFT_OUT.contains(&name.as_str()) {
            return argument(letters, behind).map_or(behind, |(_, end)| end);
        }
        if name == "multicolumn" || name == "multirow" {
            return self.spanning(letters, behind, name == "multirow");
        }
        behind
    }

    /// Reads `{2}{c}` after `\multicolumn`, which comes before the text of the cell.
    fn spanning(&mut self, letters: &[char], at: usize, is_rows: bool) -> usize {
        let Some((count, at)) = argument(letters, at) else { return at };
        let count = count.iter().collect::<String>().trim().parse().unwrap_or(1_usize);
        if is_rows {
            self.rows = count;
        } else {
            self.columns = count;
        }
        let Some((_, at)) = argument(letters, at) else { return at };
        // The caller reads the spanned text like any other text.
        at
    }

    /// Reads a superscript: a power is kept, a mark of significance is dropped.
    fn raised(&mut self, letters: &[char], at: usize) -> usize {
        let (inner, end) = match argument(letters, at) {
            Some((inner, end)) => (inner, end),
            None => (letters.get(at..(at + 1).min(letters.len())).unwrap_or_default(), at + 1),
        };
        let inner: String = inner.iter().collect();
        if inner.trim().parse::<f64>().is_ok() {
            self.text.push('^');
            self.text.push_str(inner.trim());
        }
        end
    }
}

/// Most characters of an argument.
const LONGEST: usize = 10_000;

/// The content of the braces at `at`, after any brackets, and the position after it.
fn argument(letters: &[char], at: usize) -> Option<(&[char], usize)> {
    let spaces = letters.get(at..)?.iter().take_while(|letter| letter.is_whitespace()).count();
    let mut start = at + spaces;
    if letters.get(start) == Some(&'[') {
        start += letters[start..].iter().position(|letter| *letter == ']')? + 1;
    }
    if letters.get(start) != Some(&'{') {
        return None;
    }
    let mut depth = 0_usize;
    for (offset, letter) in letters[start..].iter().enumerate().take(LONGEST) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&letters[start + 1..start + offset], start + offset + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_is_left() {
        let check = |cell: &str, expected: &str| assert_eq!(cleaned(cell).text, expected, "{cell}");
        check(" \\textbf{0.25} ", "0.25");
        check("$0.25 \\pm 0.02$", "0.25 ± 0.02");
        check("$\\mathbf{0.25}_{\\pm 0.02}$", "0.25± 0.02");
        check("12{,}000", "12,000");
        check("12\\,000", "12000");
        check("8.5\\%", "8.5%");
        check("train\\_size", "train_size");
        check("0.25$^{*}$", "0.25");
        check("$1.2 \\times 10^{-3}$", "1.2e-3");
        check("ViT~\\cite{dosovitskiy} B", "ViT B");
        check("\\cellcolor[gray]{0.9}0.1", "0.1");
        check("\\multicolumn{1}{c}{error}", "error");
        check("\\", "");
        check("\\textbf{", "");
        check("x^", "x");
    }

    #[test]
    fn cells_say_how_far_they_go() {
        assert_eq!((cleaned("\\multicolumn{3}{c}{a}").columns, cleaned("a").columns), (3, 1));
        assert_eq!(cleaned("\\multirow{2}{*}{a}").rows, 2);
        assert_eq!(cleaned("\\multirow{x").rows, 1);
    }
}
