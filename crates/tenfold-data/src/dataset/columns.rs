//! Columns of a table: numbers, and categories by their codes.

use sha2::{Digest, Sha256};

use super::refuse_codes;
use crate::digest::{add_codes, add_names, add_numbers, add_text};
use crate::error::DataError;

/// Code of a missing value in a categorical column.
pub const MISSING: u32 = u32::MAX;

/// Adds the number of one row.
pub(super) fn add_number(hasher: &mut Sha256, values: &[f32], row: u32) {
    add_numbers(hasher, &values[row as usize..][..1]);
}

/// Adds the category of one row by its name, which another file may number otherwise.
pub(super) fn add_category(hasher: &mut Sha256, codes: &[u32], levels: &[String], row: u32) {
    match codes[row as usize] {
        MISSING => hasher.update([0]),
        code => add_text(hasher, &levels[code as usize]),
    }
}

/// Adds all categories.
pub(super) fn add_categories(hasher: &mut Sha256, codes: &[u32], levels: &[String]) {
    add_names(hasher, levels);
    add_codes(hasher, codes);
}

/// An error for a code that has no level.
pub(super) fn refuse_categories(
    part: &str,
    codes: &[u32],
    levels: &[String],
) -> Result<(), DataError> {
    refuse_codes(part, codes, |code| code == MISSING || (code as usize) < levels.len())
}
