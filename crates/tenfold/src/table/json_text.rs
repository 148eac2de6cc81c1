//! Finds the positions of the members of a JSON object and of the items of a list in its text.
//!
//! `serde_json` has checked before that the text is JSON. The scan builds no values, so that a file
//! of a million lines needs no allocation for each of them.

use std::ops::Range;

/// A member of an object: bytes of its name and of its value, without the quotes of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Writes the positions of the members of the object `text` to `into`.
pub(super) fn members(text: &str, into: &mut Vec<Member>) {
    into.clear();
    let bytes = text.as_bytes();
    let mut at = after(bytes, 0, b'{');
    while bytes.get(at) == Some(&b'"') {
        let end = value_end(bytes, at);
        let name = within(bytes, at..end);
        let start = after(bytes, end, b':');
        let end = value_end(bytes, start);
        into.push(Member { name, value: within(bytes, start..end) });
        at = after(bytes, end, b',');
    }
}

/// The positions of the items of the list `text`; those of texts include the quotes.
pub(super) fn items(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut at = after(bytes, 0, b'[');
    while at < bytes.len() && bytes[at] != b']' {
        let end = value_end(bytes, at);
        items.push(at..end);
        at = after(bytes, end, b',');
    }
    items
}

/// The bytes of a text without its quotes; those of any other value unchanged.
pub(super) fn within(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let is_text = bytes.get(value.start) == Some(&b'"') && value.len() >= 2;
    if is_text { value.start + 1..value.end - 1 } else { value }
}

/// The text of one value on one line: without the spaces around its marks.
pub(super) fn on_one_line(value: &str) -> String {
    let mut line = String::with_capacity(value.len());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in value.chars() {
        if is_quoted {
            is_quoted = character != '"' || is_escaped;
            is_escaped = character == '\\' && !is_escaped;
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            is_quoted = character == '"';
        }
        line.push(character);
        if !is_quoted && matches!(character, ',' | ':') {
            line.push(' ');
        }
    }
    line
}

/// Position of the first byte that is no space, after `mark` if it stands at `at`, else from `at`.
fn after(bytes: &[u8], at: usize, mark: u8) -> usize {
    let at = skip_spaces(bytes, at);
    if bytes.get(at) == Some(&mark) { skip_spaces(bytes, at + 1) } else { at }
}

fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// End of the value that starts at `at`; always after `at`, except at the end of the bytes.
fn value_end(bytes: &[u8], mut at: usize) -> usize {
    let start = at;
    let (mut depth, mut is_quoted) = (0_usize, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if is_quoted => at += 1,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b'}' | b']' | b',' | b':' if depth == 0 => break,
            byte if depth == 0 && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
        if depth == 0 && !is_quoted && matches!(byte, b'"' | b'}' | b']') {
            break;
        }
    }
    at.min(bytes.len()).max((start + 1).min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_where_they_stand() {
        let text =
            r#" {"size": 1e3 ,"a \"b\"":"x, {y", "l":[1, {"z": "]"}],"n":null,"o":{}, "e":""}"#;
        let mut found = Vec::new();
        members(text, &mut found);
        let found: Vec<(&str, &str)> =
            found.into_iter().map(|member| (&text[member.name], &text[member.value])).collect();
        let expected = [
            ("size", "1e3"),
            (r#"a \"b\""#, "x, {y"),
            ("l", r#"[1, {"z": "]"}]"#),
            ("n", "null"),
            ("o", "{}"),
            ("e", ""),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn items_are_found_where_they_stand() {
        let text = r#"[ {"a": 1},[2,3] , "x,\"]" ,4]"#;
        let found: Vec<&str> = items(text).into_iter().map(|item| &text[item]).collect();
        assert_eq!(found, [r#"{"a": 1}"#, "[2,3]", r#""x,\"]""#, "4"]);
        assert!(items("[]").is_empty() && items("[ ]").is_empty());
    }

    #[test]
    fn a_value_is_written_on_one_line() {
        let text = "{\n  \"a b\": [1,\n 2],\n \"c\\\" \": \"d  e\" }";
        assert_eq!(on_one_line(text), r#"{"a b": [1, 2], "c\" ": "d  e"}"#);
    }
}
