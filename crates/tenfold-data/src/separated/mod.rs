//! Separated values: how bytes become text, which separator a text has, where its fields are.
//!
//! What a study trains on and what a curve file measured are cut by these three, so that a file is
//! read alike wherever it is given.

mod encoding;
mod fields;
mod separator;

pub use encoding::{Encoding, decoded};
pub use fields::{OpenQuote, field_text, split_fields};
pub use separator::{Separator, separator_of};
