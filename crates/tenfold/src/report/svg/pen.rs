//! Writes SVG text, with formatted numbers, escaping and estimated widths of texts.

use std::fmt::Write as _;

/// An SVG under construction. Coordinates are pixels of the view box.
#[derive(Default)]
pub(super) struct Pen {
    text: String,
}

/// The point of a text that lies at its x coordinate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Pen {
    pub(super) fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Writes an element without content; attribute values are escaped.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.open(name, attributes);
        self.text.pop();
        self.text.push_str("/>");
    }

    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            // Writing to a String cannot fail.
            let _ = write!(self.text, " {key}=\"{}\"", escape(value));
        }
        self.text.push('>');
    }

    pub(super) fn close(&mut self, name: &str) {
        let _ = write!(self.text, "</{name}>");
    }

    /// Writes an element that contains only text.
    pub(super) fn words(&mut self, name: &str, attributes: &[(&str, &str)], words: &str) {
        self.open(name, attributes);
        self.text.push_str(&escape(words));
        self.close(name);
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, words: &str) {
        let (x, y) = (number(at.0), number(at.1));
        let mut attributes = vec![("class", class), ("x", x.as_str()), ("y", y.as_str())];
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => attributes.push(("text-anchor", "middle")),
            Anchor::End => attributes.push(("text-anchor", "end")),
        }
        self.words("text", &attributes, words);
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ends = [from.0, from.1, to.0, to.1].map(number);
        self.element(
            "line",
            &[
                ("class", class),
                ("x1", &ends[0]),
                ("y1", &ends[1]),
                ("x2", &ends[2]),
                ("y2", &ends[3]),
            ],
        );
    }

    pub(super) fn rect(&mut self, class: &str, area: Rect, more: &[(&str, &str)]) {
        let sides = [area.left, area.top, area.width(), area.height()].map(number);
        let mut attributes = vec![
            ("x", sides[0].as_str()),
            ("y", &sides[1]),
            ("width", &sides[2]),
            ("height", &sides[3]),
        ];
        if !class.is_empty() {
            attributes.push(("class", class));
        }
        attributes.extend_from_slice(more);
        self.element("rect", &attributes);
    }

    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)], closing: Closing) {
        if points.is_empty() {
            return;
        }
        let mut data = String::with_capacity(points.len() * 12);
        for (index, &(x, y)) in points.iter().enumerate() {
            let _ =
                write!(data, "{}{} {}", if index == 0 { "M" } else { "L" }, number(x), number(y));
        }
        if closing == Closing::Closed {
            data.push('Z');
        }
        self.element("path", &[("class", class), ("d", &data)]);
    }

    /// Draws round dots, as wide as the stroke, as one path.
    pub(super) fn dots(&mut self, class: &str, places: &[(f64, f64)]) {
        if places.is_empty() {
            return;
        }
        let mut data = String::with_capacity(places.len() * 14);
        for &(x, y) in places {
            let _ = write!(data, "M{} {}h0", number(x), number(y));
        }
        self.element("path", &[("class", class), ("d", &data)]);
    }

    pub(super) fn circle(&mut self, class: &str, at: (f64, f64), radius: f64) {
        let values = [at.0, at.1, radius].map(number);
        self.element(
            "circle",
            &[("class", class), ("cx", &values[0]), ("cy", &values[1]), ("r", &values[2])],
        );
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Whether a path returns to its start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Open,
    Closed,
}

/// An area in pixels, `left <= right`, `top <= bottom`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Rect {
    pub(super) fn width(self) -> f64 {
        (self.right - self.left).max(0.0)
    }

    pub(super) fn height(self) -> f64 {
        (self.bottom - self.top).max(0.0)
    }

    pub(super) fn contains(self, x: f64, y: f64) -> bool {
        x >= self.left && x <= self.right && y >= self.top && y <= self.bottom
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// The box of a text whose baseline starts, centres or ends at `at`.
pub(super) fn text_box(words: &str, font_px: f64, at: (f64, f64), anchor: Anchor) -> Rect {
    let width = text_width(words, font_px);
    let left = match anchor {
        Anchor::Start => at.0,
        Anchor::Middle => at.0 - width / 2.0,
        Anchor::End => at.0 - width,
    };
    Rect { left, right: left + width, top: at.1 - font_px * 0.8, bottom: at.1 + font_px * 0.25 }
}

/// Estimated width in pixels, slightly wider than in Inter, Segoe UI or Arial.
pub(super) fn text_width(words: &str, font_px: f64) -> f64 {
    let ems: f64 = words
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' => 0.29,
            'f' | 't' | 'r' | ' ' | '(' | ')' | '-' | '/' => 0.38,
            'm' | 'M' | 'W' | 'w' | '%' | '@' | '<' | '>' | '&' | '=' | '+' | '~' => 0.90,
            'A'..='Z' => 0.72,
            letter if letter.is_ascii() => 0.61,
            '–' | '−' | '×' | '·' | '…' => 0.64,
            // CJK and most pictographs are one em wide.
            letter if u32::from(letter) >= 0x1100 => 1.05,
            _ => 0.65,
        })
        .sum();
    ems * font_px
}

/// `words`, cut with an ellipsis to fit `width` pixels.
pub(super) fn fitted(words: &str, font_px: f64, width: f64) -> String {
    if text_width(words, font_px) <= width {
        return words.to_owned();
    }
    let mut kept = String::new();
    for letter in words.chars() {
        let longer = format!("{kept}{letter}…");
        if text_width(&longer, font_px) > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// A coordinate with one decimal. Everything drawn lies on or near the canvas: the scene holds
/// finite values only. A stray value is drawn at the edge and not written as NaN.
pub(super) fn number(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-9e3, 9e3) } else { 0.0 };
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text that is safe in XML content and attributes; characters XML 1.0 forbids become U+FFFD.
pub(super) fn escape(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}
