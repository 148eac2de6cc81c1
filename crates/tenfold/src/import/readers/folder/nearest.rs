//! Suggests a pattern that matches the existing paths, instead of one that matches none.

use std::collections::{BTreeMap, BTreeSet};

use crate::meaning::names::{SEEDS, SIZES};

/// Words before a number of training examples, besides the usual names of sizes.
const SIZE_WORDS: [&str; 6] = ["train", "ntrain", "frac", "fraction", "dataset", "data"];

/// Words before a seed, besides the usual names of seeds.
const SEED_WORDS: [&str; 4] = ["s", "run", "version", "r"];

/// A piece of a name: text, or a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Text(String),
    Number,
}

/// A pattern for `folders`, paths seen from `root`; `None` if they have nothing in common.
pub(super) fn nearest(root: &str, folders: &[String]) -> Option<String> {
    let split = |path: &String| path.split('/').map(str::to_owned).collect::<Vec<String>>();
    let mut by_depth: BTreeMap<usize, Vec<Vec<String>>> = BTreeMap::new();
    for words in folders.iter().map(split) {
        by_depth.entry(words.len()).or_default().push(words);
    }
    let paths = by_depth.into_values().max_by_key(Vec::len)?;
    let mut slots = Slots::default();
    let depth = paths.first()?.len();
    let parts: Vec<String> = (0..depth)
        .map(|at| slots.part(&paths.iter().map(|path| path[at].as_str()).collect::<Vec<_>>()))
        .collect();
    let mut text = parts.join("/");
    for (at, name) in slots.named().into_iter().enumerate() {
        text = text.replace(&format!("\0{at}\0"), &format!("{{{name}}}"));
    }
    let root = root.trim_end_matches('/');
    let pattern = if root == "." { text } else { format!("{root}/{text}") };
    let is_file = [".json", ".jsonl", ".csv", ".log"].iter().any(|end| pattern.ends_with(end));
    let end = if is_file { "" } else { "/**" };
    pattern.contains('{').then(|| format!("{pattern}{end}"))
}

/// Numbers and words that differ between paths, in their order.
#[derive(Default)]
struct Slots(Vec<(String, BTreeSet<String>, bool)>);

impl Slots {
    /// The part of the pattern for one name of each path.
    fn part(&mut self, names: &[&str]) -> String {
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        if let (1, Some(only)) = (distinct.len(), distinct.first()) {
            return (*only).to_owned();
        }
        let shapes: BTreeSet<Vec<Token>> = distinct.iter().map(|name| tokens(name).0).collect();
        let Some(shape) = shapes.first().filter(|_| shapes.len() == 1) else {
            let values = distinct.iter().map(|name| (*name).to_owned()).collect();
            return self.slot("model", values, false);
        };
        let numbers: Vec<Vec<String>> = distinct.iter().map(|name| tokens(name).1).collect();
        let mut values = (0..).map(|at| numbers.iter().map(|own| own[at].clone()).collect());
        let mut part = String::new();
        for token in shape {
            let text = match token {
                Token::Text(text) => text.clone(),
                Token::Number => self.number(&part, values.next().unwrap_or_default()),
            };
            part.push_str(&text);
        }
        part
    }

    /// The number itself if there is only one; otherwise a slot named after the word before it.
    fn number(&mut self, before: &str, values: BTreeSet<String>) -> String {
        match (values.len(), values.first()) {
            (1, Some(only)) => only.clone(),
            _ => self.slot(&word_before(before), values, true),
        }
    }

    fn slot(&mut self, word: &str, values: BTreeSet<String>, is_number: bool) -> String {
        self.0.push((word.to_owned(), values, is_number));
        format!("\0{}\0", self.0.len() - 1)
    }

    /// A name for each slot: `size` and `seed` at most once, every other slot by its word.
    fn named(&self) -> Vec<String> {
        let is_size = |word: &str| SIZES.contains(&word) || SIZE_WORDS.contains(&word);
        let is_seed = |word: &str| SEEDS.contains(&word) || SEED_WORDS.contains(&word);
        let numbers = || self.0.iter().enumerate().filter(|(_, (_, _, is_number))| *is_number);
        let by_word = |is: &dyn Fn(&str) -> bool| {
            numbers().find(|(_, (word, ..))| is(word)).map(|(at, _)| at)
        };
        let seed = by_word(&is_seed);
        let largest = |values: &BTreeSet<String>| {
            let value = |text: &String| text.trim_end_matches(char::is_alphabetic).parse().ok();
            values.iter().filter_map(value).fold(0.0_f64, f64::max)
        };
        let size = by_word(&is_size).or_else(|| {
            let free = numbers().filter(|(at, _)| Some(*at) != seed);
            let by_value = free.max_by(|a, b| largest(&a.1.1).total_cmp(&largest(&b.1.1)));
            by_value.map(|(at, _)| at)
        });
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        let mut name = |(at, (word, ..)): (usize, &(String, BTreeSet<String>, bool))| {
            let name = match at {
                _ if Some(at) == size => "size",
                _ if Some(at) == seed => "seed",
                _ if word.is_empty() => "name",
                _ => word,
            };
            let times = taken.entry(name.to_owned()).or_default();
            *times += 1;
            if *times == 1 { name.to_owned() } else { format!("{name}{times}") }
        };
        self.0.iter().enumerate().map(&mut name).collect()
    }
}

/// The last word of `text`, in small letters: `seed` of `n=100_seed=`.
fn word_before(text: &str) -> String {
    let text = text.rsplit('\0').next().unwrap_or_default();
    let text = text.trim_end_matches(|letter: char| !letter.is_alphabetic());
    let whole = text.rsplit(|letter: char| !letter.is_alphabetic() && letter != '_').next();
    let whole = whole.unwrap_or_default().trim_matches('_').to_lowercase();
    if SIZES.contains(&whole.as_str()) || SEEDS.contains(&whole.as_str()) {
        return whole;
    }
    whole.rsplit('_').next().unwrap_or_default().to_owned()
}

/// The pieces of a name, and its numbers.
fn tokens(name: &str) -> (Vec<Token>, Vec<String>) {
    let (mut tokens, mut numbers) = (Vec::new(), Vec::new());
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        if letter.is_ascii_digit() {
            let is_of = |letter: char| letter.is_ascii_digit() || letter == '.';
            let mut end = rest.find(|letter| !is_of(letter)).unwrap_or(rest.len());
            // The point in `1.` does not belong to the number, the letter in `64k` does.
            end = rest[..end].trim_end_matches('.').len();
            let suffix = rest[end..].chars().next().filter(|next| "kKM".contains(*next));
            let after = rest[end..].chars().nth(1);
            if suffix.is_some() && !after.is_some_and(char::is_alphanumeric) {
                end += 1;
            }
            numbers.push(rest[..end].to_owned());
            tokens.push(Token::Number);
            rest = &rest[end..];
        } else {
            let end = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
            tokens.push(Token::Text(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    (tokens, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folders: &[&str], expected: Option<&str>) {
        let folders: Vec<String> = folders.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(nearest("runs", &folders).as_deref(), expected, "{folders:?}");
    }

    #[test]
    fn numbers_that_differ_become_names() {
        check(
            &["n=100_seed=0", "n=100_seed=1", "n=200_seed=0"],
            Some("runs/n={size}_seed={seed}/**"),
        );
        check(&["cnn/n_train_64k", "mlp/n_train_128k"], Some("runs/{model}/n_train_{size}/**"));
        check(&["100/0", "100/1", "900/1"], Some("runs/{size}/{name}/**"));
        check(
            &["train500-lr0.1-s1", "train900-lr0.3-s2"],
            Some("runs/train{size}-lr{lr}-s{seed}/**"),
        );
        check(&["v2_n100", "v2_n300"], Some("runs/v2_n{size}/**"));
        check(&["only"], None);
        check(&[], None);
    }
}
