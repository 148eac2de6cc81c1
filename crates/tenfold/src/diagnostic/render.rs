//! Writes an error for the terminal.
//!
//! ```text
//! error: `shards.sizes` is not increasing
//!   --> study.toml:14:22
//! 14 | sizes = [1000, 4000, 2000]
//!    |                      ^^^^ smaller than the size before it, 4000
//! hint: list the training-set sizes from small to large
//! ```
//!
//! The words and the carets say everything; colour only repeats it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style as Paint};

use super::source::{Located, locate};
use super::{Problem, Problems};

/// Width assumed for a narrower terminal, in columns, so that a line of source stays readable.
const NARROWEST: usize = 40;

/// Columns a tab takes in the terminal; columns in addresses count it as one.
const TAB: &str = "    ";

/// Options of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colour may be written.
    pub colour: bool,
    /// Columns of the terminal; longer lines of source are cut around the carets.
    pub width: usize,
}

impl Style {
    /// No colour, 100 columns.
    pub const fn plain() -> Self {
        Self { colour: false, width: 100 }
    }

    /// Colour, 100 columns.
    pub const fn coloured() -> Self {
        Self { colour: true, width: 100 }
    }

    /// The same style for a terminal of `width` columns.
    #[must_use]
    pub const fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Wraps `text` in `paint` if colour is on.
    fn paint(self, paint: Paint, text: &str) -> String {
        if self.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}

const RED: Paint = Paint::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const BLUE: Paint = Paint::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Blue)));
const CYAN: Paint = Paint::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
const BOLD: Paint = Paint::new().bold();

/// All problems as text with a line end after the last; a blank line between two.
pub fn render(problems: &Problems, style: Style) -> String {
    let texts: Vec<String> = problems.0.iter().map(|problem| render_one(problem, style)).collect();
    texts.join("\n")
}

fn render_one(problem: &Problem, style: Style) -> String {
    let mut text = format!(
        "{}{}\n",
        style.paint(RED, "error"),
        style.paint(BOLD, &format!(": {}", clean(&problem.message)))
    );
    if let Some(place) = &problem.place {
        let located = locate(place);
        let gutter = located.as_ref().map_or(1, |found| found.line.to_string().len());
        let arrow = format!("{:gutter$}-->", "");
        line(&mut text, &format!("{} {}", style.paint(BLUE, &arrow), clean(&place.address())));
        if let Some(found) = located {
            snippet(&mut text, &found, &clean(&place.label), style);
        }
    }
    for note in &problem.notes {
        line(&mut text, &format!("{} {}", style.paint(BLUE, "note:"), clean(note)));
    }
    if let Some(hint) = &problem.hint {
        line(&mut text, &format!("{} {}", style.paint(CYAN, "hint:"), clean(hint)));
    }
    text
}

/// Writes the line of source, and below it the carets with their label.
fn snippet(text: &mut String, found: &Located<'_>, label: &str, style: Style) {
    let number = found.line.to_string();
    let gutter = number.len();
    let room = style.width.max(NARROWEST).saturating_sub(gutter + 3);
    let shown = cut(found, room);
    let bar = style.paint(BLUE, &format!("{number} |"));
    line(text, &format!("{bar} {}", shown.text));
    let carets = "^".repeat(shown.carets);
    let marked = if label.is_empty() { carets } else { format!("{carets} {label}") };
    let bar = style.paint(BLUE, &format!("{:gutter$} |", ""));
    line(
        text,
        &format!("{bar} {:before$}{}", "", style.paint(RED, &marked), before = shown.before),
    );
}

fn line(text: &mut String, content: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", content.trim_end());
}

/// A line of source made to fit: its text, columns before the carets, number of carets.
struct Cut {
    text: String,
    before: usize,
    carets: usize,
}

/// The part of a line around the underlined characters that fits into `room` columns.
fn cut(found: &Located<'_>, room: usize) -> Cut {
    let characters: Vec<String> = found.text.chars().map(printable).collect();
    let widths: Vec<usize> = characters.iter().map(|shown| columns(shown)).collect();
    let marked_from = found.before.min(characters.len());
    let marked_to = (found.before + found.underlined).min(characters.len());
    let (mut from, mut to) = (0, characters.len());
    if widths.iter().sum::<usize>() > room {
        // One column at either end is kept for the mark of an omission.
        let inner = room.saturating_sub(2);
        (from, to) = (marked_from, marked_from);
        let mut used = 0;
        while to < marked_to && used + widths[to] <= inner {
            used += widths[to];
            to += 1;
        }
        // The free columns are filled in order: a third to the right, then all to the left, then
        // right.
        let right = used + (inner - used) / 3;
        while to < widths.len() && used + widths[to] <= right {
            used += widths[to];
            to += 1;
        }
        while from > 0 && used + widths[from - 1] <= inner {
            from -= 1;
            used += widths[from];
        }
        while to < widths.len() && used + widths[to] <= inner {
            used += widths[to];
            to += 1;
        }
    }
    let mut text = String::new();
    let mut before: usize = widths[from..marked_from].iter().sum();
    if from > 0 {
        text.push('…');
        before += 1;
    }
    text.push_str(&characters[from..to].concat());
    if to < characters.len() {
        text.push('…');
    }
    let carets = widths[marked_from..marked_to.min(to).max(marked_from)].iter().sum::<usize>();
    Cut { text, before, carets: carets.max(1) }
}

/// A character that is safe to print in a terminal: escape sequences in a file must not act.
fn printable(character: char) -> String {
    match character {
        '\t' => TAB.to_owned(),
        other if other.is_control() || is_invisible(other) => "\u{fffd}".to_owned(),
        other => other.to_string(),
    }
}

/// Makes text that may quote a file safe to print in a terminal.
fn clean(text: &str) -> String {
    text.chars().map(printable).collect()
}

/// Whether a character is zero-width or changes direction, so that one line could look like
/// another.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff)
}

/// Terminal columns of a text: two for East Asian wide characters and emoji, none for combining marks.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| match u32::from(character) {
            0x0300..=0x036f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0x303e
            | 0x3041..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1f64f
            | 0x1f900..=0x1f9ff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Place, ProblemKind};

    fn problem(source: &str, marked: &str, label: &str) -> Problem {
        let start = source.find(marked).unwrap();
        let place = Place::span("study.toml", source.into(), start..start + marked.len());
        Problem::new(ProblemKind::Config, "`shards.sizes` is not increasing")
            .at(place.label(label))
            .hint("list the sizes from small to large")
    }

    fn plain(problem: Problem, width: usize) -> String {
        render(&problem.into(), Style::plain().with_width(width))
    }

    #[test]
    fn the_look_is_the_one_of_the_house() {
        let source = format!("{}sizes = [1000, 4000, 2000]\n", "\n".repeat(13));
        let text = plain(problem(&source, "2000", "smaller than the size before it, 4000"), 80);
        insta::assert_snapshot!(text, @r"
        error: `shards.sizes` is not increasing
          --> study.toml:14:22
        14 | sizes = [1000, 4000, 2000]
           |                      ^^^^ smaller than the size before it, 4000
        hint: list the sizes from small to large
        ");
    }

    #[test]
    fn columns_count_characters_and_tabs_line_up() {
        let text = plain(problem("\tname = \"é漢\" # x\n", "# x", "here"), 80);
        insta::assert_snapshot!(text, @r#"
        error: `shards.sizes` is not increasing
         --> study.toml:1:14
        1 |     name = "é漢" # x
          |                  ^^^ here
        hint: list the sizes from small to large
        "#);
    }

    #[test]
    fn a_long_line_is_cut_around_the_carets() {
        let source = format!("a = [{}BAD, {}]", "1, ".repeat(200), "2, ".repeat(200));
        let text = plain(problem(&source, "BAD", ""), 60);
        insta::assert_snapshot!(text, @r"
        error: `shards.sizes` is not increasing
         --> study.toml:1:606
        1 | … 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, BAD, 2, 2, 2, 2, 2, …
          |                                    ^^^
        hint: list the sizes from small to large
        ");
        assert!(text.lines().all(|line| line.chars().count() <= 60));
    }

    #[test]
    fn a_span_past_the_end_points_at_the_end() {
        let place = Place::span("study.toml", "a = [\n".into(), 5..900);
        let text = plain(Problem::new(ProblemKind::Config, "not closed").at(place), 80);
        insta::assert_snapshot!(text, @r"
        error: not closed
         --> study.toml:1:6
        1 | a = [
          |      ^
        ");
    }

    #[test]
    fn an_escape_sequence_in_a_file_is_not_sent_to_the_terminal() {
        let mut problem = problem("name = \"\u{1b}[31mred\u{202e}\"", "name", "");
        problem.message = "unknown key `\u{1b}[31m`".to_owned();
        let text = plain(problem, 80);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }

    #[test]
    fn an_excerpt_starts_at_its_own_line() {
        let place = Place { line: Some(17), ..Place::span("c.csv", "8,x,0.1".into(), 2..3) };
        let text = plain(Problem::new(ProblemKind::Curve, "`size` is not a number").at(place), 80);
        insta::assert_snapshot!(text, @r"
        error: `size` is not a number
          --> c.csv:17:3
        17 | 8,x,0.1
           |   ^
        ");
    }

    #[test]
    fn problems_are_parted_by_a_blank_line_and_notes_come_before_the_hint() {
        let first = Problem::new(ProblemKind::Data, "no file `train.csv`")
            .at(Place::line("study.toml", 3))
            .note("`data` has: `train.parquet`")
            .hint("did you mean `data/train.parquet`?");
        let second = Problem::new(ProblemKind::Usage, "nothing to do");
        insta::assert_snapshot!(render(&Problems(vec![first, second]), Style::plain()), @r"
        error: no file `train.csv`
         --> study.toml:3
        note: `data` has: `train.parquet`
        hint: did you mean `data/train.parquet`?

        error: nothing to do
        ");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let problem = problem("sizes = [2, 1]", "1", "smaller");
        let coloured = render(&problem.clone().into(), Style::coloured());
        let mut stripped = String::new();
        let mut inside = false;
        for character in coloured.chars() {
            match character {
                '\u{1b}' => inside = true,
                'm' if inside => inside = false,
                other if !inside => stripped.push(other),
                _ => {}
            }
        }
        assert_ne!(coloured, stripped);
        assert_eq!(stripped, render(&problem.into(), Style::plain()));
    }
}
