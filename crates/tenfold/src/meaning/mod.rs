//! What names and numbers in other people's files mean: one place for every reader of them.
//!
//! [`number`] reads a cell, [`decimals`] what its separators are, [`sizes`] what sizes count, [`names`] tells
//! which column is what, [`metric`] whether a metric grows as models get better and what the best value of it
//! is, [`scale`] turns its values into errors and back, [`decide`] finds the scale of a metric, [`apart`]
//! finds the columns that tell rows of one size apart. Nothing here reads a file.

pub mod apart;
pub mod decide;
pub mod decimals;
pub mod metric;
pub mod names;
pub mod number;
pub mod scale;
pub mod sizes;
mod usual;
