//! How parts of a content are hashed, and hashes as texts and keys.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256 of a content, as 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentHash(pub String);

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Hash of row numbers alone.
pub(crate) fn row_numbers(rows: &[u32]) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold rows 1\0");
    add_codes(&mut hasher, rows);
    finish(hasher)
}

/// SHA-256 of a text as a number, for keys made of paths.
pub(crate) fn text_key(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

pub(crate) fn add_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64 + 1).to_le_bytes());
    hasher.update(text.as_bytes());
}

pub(crate) fn add_names(hasher: &mut Sha256, names: &[String]) {
    hasher.update((names.len() as u64).to_le_bytes());
    for name in names {
        add_text(hasher, name);
    }
}

pub(crate) fn add_codes(hasher: &mut Sha256, codes: &[u32]) {
    hasher.update((codes.len() as u64).to_le_bytes());
    add_words(hasher, codes.iter().copied());
}

/// Every NaN counts as the same missing value, and -0 as 0.
pub(crate) fn add_numbers(hasher: &mut Sha256, values: &[f32]) {
    hasher.update((values.len() as u64).to_le_bytes());
    let canonical = |value: &f32| if value.is_nan() { f32::NAN } else { *value + 0.0 };
    add_words(hasher, values.iter().map(|value| canonical(value).to_bits()));
}

/// Little-endian words, some at a time: a call for each would take longer than the hashing.
fn add_words(hasher: &mut Sha256, words: impl Iterator<Item = u32>) {
    let mut buffer = [0_u8; 1024];
    let mut filled = 0;
    for word in words {
        buffer[filled..filled + 4].copy_from_slice(&word.to_le_bytes());
        filled += 4;
        if filled == buffer.len() {
            hasher.update(buffer);
            filled = 0;
        }
    }
    hasher.update(&buffer[..filled]);
}

pub(crate) fn finish(hasher: Sha256) -> ContentHash {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    ContentHash(hex)
}
