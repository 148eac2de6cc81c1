//! Hashes of content: of a data set, of a selection, of single examples.
//!
//! Categories and classes count by name, so the same example has the same digest in two files
//! whose codes differ.

use sha2::{Digest, Sha256};

use super::{Dataset, Field, FieldValues, Targets};
use crate::digest::{ContentHash, add_codes, add_names, add_numbers, add_text, finish};

/// Hash over all fields and targets, with shapes and names.
pub(crate) fn content(fields: &[Field], targets: &Targets) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold data 1\0");
    let is_image = matches!(fields, [Field { values: FieldValues::Images(_), .. }]);
    add_text(&mut hasher, if is_image { "images" } else { "table" });
    for field in fields {
        field.add_content(&mut hasher);
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
        Targets::Own { .. } => add_text(&mut hasher, "own"),
        Targets::Translations { .. } => add_text(&mut hasher, "translations"),
        Targets::Transcripts { .. } => add_text(&mut hasher, "transcripts"),
    }
    finish(hasher)
}

/// Hash of a known content after a change that `how` describes in words.
pub(crate) fn changed(content: &ContentHash, how: &str) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold change 1\0");
    add_text(&mut hasher, &content.0);
    add_text(&mut hasher, how);
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

/// Hash of what is in a shard, in its order: fields and targets of those examples and nothing else.
pub(crate) fn examples(dataset: &Dataset, rows: &[u32], units_of_last: Option<u64>) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold examples 1\0");
    for field in &*dataset.fields {
        field.add_schema(&mut hasher);
    }
    for row in rows {
        add_fields(&mut hasher, dataset, *row);
        add_target(&mut hasher, &dataset.targets, *row);
    }
    // If no example is cut, the hash is the same as before examples could be cut.
    if let Some(units) = units_of_last {
        add_text(&mut hasher, "the last one cut");
        hasher.update(units.to_le_bytes());
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
    add_fields(&mut hasher, dataset, row);
    if dataset.images().is_none() {
        add_target(&mut hasher, &dataset.targets, row);
    }
    let digest = hasher.finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    first
}

fn add_fields(hasher: &mut Sha256, dataset: &Dataset, row: u32) {
    for field in &*dataset.fields {
        field.add_row(hasher, row);
    }
}

fn add_target(hasher: &mut Sha256, targets: &Targets, row: u32) {
    match targets {
        Targets::Classes { labels, names } => {
            add_text(hasher, &names[labels[row as usize] as usize]);
        }
        Targets::Values { values, .. } => add_numbers(hasher, &values[row as usize..][..1]),
        // What is to be predicted is in the fields.
        Targets::Own { .. } | Targets::Translations { .. } | Targets::Transcripts { .. } => {}
    }
}
