//! The words that BLEU counts: the tokenizer `13a` of sacreBLEU 2, which is that of the NIST's
//! `mteval-v13a`.
//!
//! Signs stand alone, but for a period or comma between digits, for a hyphen that no digit is before, and for
//! apostrophes.

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let text = text.trim_end_matches(is_white);
    let text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    // In this order: what `&amp;` becomes can be the beginning of the next.
    let text = ["&quot;", "&amp;", "&lt;", "&gt;"]
        .iter()
        .zip(["\"", "&", "<", ">"])
        .fold(text, |text, (entity, sign)| text.replace(entity, sign));
    let mut signs = vec![' '];
    for sign in text.chars() {
        if stands_alone(sign) {
            signs.extend([' ', sign, ' ']);
        } else {
            signs.push(sign);
        }
    }
    signs.push(' ');
    // A period or comma that no digit is before; one that no digit follows; a hyphen behind a digit.
    let signs =
        pairs(&signs, |a, b| (!a.is_ascii_digit() && is_point(b)).then_some([a, ' ', b, ' ']));
    let signs =
        pairs(&signs, |a, b| (is_point(a) && !b.is_ascii_digit()).then_some([' ', a, ' ', b]));
    let signs = pairs(&signs, |a, b| (a.is_ascii_digit() && b == '-').then_some([a, ' ', b, ' ']));
    let all: String = signs.into_iter().collect();
    all.split(is_white).filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

/// Whether a sign is a token of its own wherever it is: `{|}~`, `[\]^_` and the backquote, a space,
/// `!"#$%&`, `()*+`, `:;<=>?@` and `/`.
fn stands_alone(sign: char) -> bool {
    matches!(sign, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/')
}

fn is_point(sign: char) -> bool {
    matches!(sign, '.' | ',')
}

/// White space as Python's `str.split` has it: that of Unicode, and four separators of ASCII.
fn is_white(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\u{1c}'..='\u{1f}')
}

/// `signs` with what `instead` gives in the place of a pair of neighbours, from left to right; a sign is
/// part of one pair at most, as a regular expression would replace them.
fn pairs(signs: &[char], instead: impl Fn(char, char) -> Option<[char; 4]>) -> Vec<char> {
    let mut changed = Vec::with_capacity(signs.len());
    let mut at = 0;
    while let Some(first) = signs.get(at) {
        if let Some(four) = signs.get(at + 1).and_then(|second| instead(*first, *second)) {
            changed.extend(four);
            at += 2;
        } else {
            changed.push(*first);
            at += 1;
        }
    }
    changed
}
