//! Hashes of content: of a data set, of a selection, of single examples.
//!
//! Categories and classes count by name, so the same example has the same digest in two files
//! whose codes differ.

use sha2::{Digest, Sha256};

use crate::dataset::{
    Column, ColumnValues, ContentHash, Dataset, Images, Inputs, MISSING, Table, Targets,
};

/// Hash over all inputs and targets, with shapes and names.
pub(crate) fn content(inputs: &Inputs, targets: &Targets) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold data 1\0");
    match inputs {
        Inputs::Images(images) => {
            add_text(&mut hasher, "images");
            for length in [images.channels, images.height, images.width, images.pixels.len()] {
                hasher.update((length as u64).to_le_bytes());
            }
            hasher.update(&images.pixels);
        }
        Inputs::Table(table) => {
            add_text(&mut hasher, "table");
            for column in &table.columns {
                add_column(&mut hasher, column);
            }
        }
    }
    match targets {
        Targets::Classes { labels, names } => {
            add_text(&mut hasher, "classes");
            add_names(&mut hasher, names);
            add_codes(&mut hasher, labels);
        }
        Targets::Values { values, name } => {
            add_text(&mut hasher, "values");
            add_text(&mut hasher, name);
            add_numbers(&mut hasher, values);
        }
    }
    finish(hasher)
}

/// Hash of a selection of rows out of a known content.
pub(crate) fn selection(content: &ContentHash, rows: &[u32]) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold selection 1\0");
    add_text(&mut hasher, &content.0);
    add_codes(&mut hasher, rows);
    finish(hasher)
}

/// Hash of row numbers alone.
pub(crate) fn row_numbers(rows: &[u32]) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold rows 1\0");
    add_codes(&mut hasher, rows);
    finish(hasher)
}

/// Hash of what is in `rows`, in that order: inputs and targets of those examples and nothing else.
pub(crate) fn examples(dataset: &Dataset, rows: &[u32]) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold examples 1\0");
    match &dataset.inputs {
        Inputs::Images(images) => {
            for length in [images.channels, images.height, images.width] {
                hasher.update((length as u64).to_le_bytes());
            }
        }
        Inputs::Table(table) => {
            for column in &table.columns {
                add_text(&mut hasher, &column.name);
            }
        }
    }
    for row in rows {
        add_inputs(&mut hasher, &dataset.inputs, *row);
        add_target(&mut hasher, &dataset.targets, *row);
    }
    finish(hasher)
}

/// First 128 bits of the SHA-256 of one example; two different examples sharing them would be the
/// first collision ever found.
pub(crate) type ExampleDigest = [u8; 16];

/// Digest of one example: its pixels, or for tables its features and its target.
///
/// Two photographs are never alike by chance, two rows of a few small categories often are; so in a
/// table the target has to agree as well.
pub(crate) fn example(dataset: &Dataset, row: u32) -> ExampleDigest {
    let mut hasher = Sha256::new();
    add_inputs(&mut hasher, &dataset.inputs, row);
    if matches!(dataset.inputs, Inputs::Table(_)) {
        add_target(&mut hasher, &dataset.targets, row);
    }
    let digest = hasher.finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    first
}

/// SHA-256 of a text as a number, for keys made of paths.
pub(crate) fn text_key(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

fn add_inputs(hasher: &mut Sha256, inputs: &Inputs, row: u32) {
    match inputs {
        Inputs::Images(images) => add_image(hasher, images, row),
        Inputs::Table(table) => add_table_row(hasher, table, row),
    }
}

fn add_image(hasher: &mut Sha256, images: &Images, row: u32) {
    hasher.update(images.image(row));
}

fn add_table_row(hasher: &mut Sha256, table: &Table, row: u32) {
    for column in &table.columns {
        match &column.values {
            ColumnValues::Numeric(values) => add_numbers(hasher, &values[row as usize..][..1]),
            ColumnValues::Categorical { codes, levels } => match codes[row as usize] {
                MISSING => hasher.update([0]),
                code => add_text(hasher, &levels[code as usize]),
            },
        }
    }
}

fn add_target(hasher: &mut Sha256, targets: &Targets, row: u32) {
    match targets {
        Targets::Classes { labels, names } => {
            add_text(hasher, &names[labels[row as usize] as usize]);
        }
        Targets::Values { values, .. } => add_numbers(hasher, &values[row as usize..][..1]),
    }
}

fn add_column(hasher: &mut Sha256, column: &Column) {
    add_text(hasher, &column.name);
    match &column.values {
        ColumnValues::Numeric(values) => add_numbers(hasher, values),
        ColumnValues::Categorical { codes, levels } => {
            add_names(hasher, levels);
            add_codes(hasher, codes);
        }
    }
}

fn add_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64 + 1).to_le_bytes());
    hasher.update(text.as_bytes());
}

fn add_names(hasher: &mut Sha256, names: &[String]) {
    hasher.update((names.len() as u64).to_le_bytes());
    for name in names {
        add_text(hasher, name);
    }
}

fn add_codes(hasher: &mut Sha256, codes: &[u32]) {
    hasher.update((codes.len() as u64).to_le_bytes());
    add_words(hasher, codes.iter().copied());
}

/// Every NaN counts as the same missing value, and -0 as 0.
fn add_numbers(hasher: &mut Sha256, values: &[f32]) {
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

fn finish(hasher: Sha256) -> ContentHash {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    ContentHash(hex)
}
