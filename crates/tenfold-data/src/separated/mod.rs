//! Separated values: how bytes become text, which separator a text has, where its fields are.
//!
//! These three modules split both training data and curve files, so that a file is read the same
//! way wherever it is given.

mod encoding;
mod fields;
mod separator;

pub use encoding::{Encoding, decoded};
pub use fields::{OpenQuote, field_text, split_fields};
pub use separator::{Separator, separator_of};
