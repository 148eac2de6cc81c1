//! Parses values as Python prints them: a table cell with a dict, the header of an array file.

use serde_json::{Map, Number, Value};

/// Parses `text`; `None` and numbers that JSON cannot represent become `null`.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

/// Most levels of nesting; no table cell is deeper.
const DEEPEST: usize = 32;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next().filter(|_| depth < DEEPEST)? {
            '{' => self.members(depth),
            '[' => self.items(']', depth),
            '(' => self.items(')', depth),
            '\'' | '"' => self.text().map(Value::String),
            _ => Some(self.word()),
        }
    }

    /// Consumes `symbol` if it comes next, and returns whether it did.
    fn takes(&mut self, symbol: char) -> bool {
        let rest = self.rest.trim_start();
        self.rest = rest.strip_prefix(symbol).unwrap_or(rest);
        self.rest.len() < rest.len()
    }

    fn members(&mut self, depth: usize) -> Option<Value> {
        self.takes('{');
        let mut members = Map::new();
        while !self.takes('}') {
            let name = match self.value(depth + 1)? {
                Value::String(name) => name,
                other => other.to_string(),
            };
            if !self.takes(':') {
                return None;
            }
            members.insert(name, self.value(depth + 1)?);
            if !self.takes(',') && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Value::Object(members))
    }

    fn items(&mut self, end: char, depth: usize) -> Option<Value> {
        self.rest = self.rest.get(1..)?;
        let mut items = Vec::new();
        while !self.takes(end) {
            items.push(self.value(depth + 1)?);
            if !self.takes(',') && !self.rest.starts_with(end) {
                return None;
            }
        }
        Some(Value::Array(items))
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => match letters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    other => text.push(other),
                },
                end if end == quote => {
                    self.rest = &self.rest[at + quote.len_utf8()..];
                    return Some(text);
                }
                other => text.push(other),
            }
        }
        None
    }

    /// Reads a number, `True`, `False` or `None`; any other word becomes a text.
    fn word(&mut self) -> Value {
        let ends = |letter: char| ",:]})".contains(letter) || letter.is_whitespace();
        // At least one letter is consumed, so that a stray symbol cannot stop the reader.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let length = self.rest[first..].find(ends).map_or(self.rest.len(), |at| at + first);
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        let whole = word.parse::<i64>().ok().map(Number::from);
        let number = || word.parse::<f64>().ok();
        match word {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            _ => match (whole, number()) {
                (Some(whole), _) => Value::Number(whole),
                (None, Some(number)) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                (None, None) => Value::String(word.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dicts_lists_and_words_of_python_are_read() {
        let text =
            "{'n': 100, 'lr': 1e-3, \"it's\": [True, None, (1, 2.5)], 'x': 'a\\'b', 'y': nan}";
        let expected = serde_json::json!({
            "n": 100, "lr": 0.001, "it's": [true, null, [1, 2.5]], "x": "a'b", "y": null,
        });
        assert_eq!(parse(text).unwrap(), expected);
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (6, 5), }";
        assert_eq!(parse(header).unwrap()["shape"], serde_json::json!([6, 5]));
    }

    #[test]
    fn what_is_cut_off_is_no_value() {
        for text in ["", "{'a': 1", "[1, 2", "'abc", "{'a' 1}", "[1 2]", "{'a': 1} x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"[".repeat(100_000)), None);
    }
}
