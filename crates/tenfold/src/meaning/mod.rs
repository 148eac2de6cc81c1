//! Interprets names and numbers in other people's files, in one place for every reader.
//!
//! [`number`] reads a cell, [`decimals`] finds the decimal separator, [`sizes`] finds the unit of
//! the sizes, [`names`] finds the role of a column, [`metric`] looks up the direction and the best
//! value of a metric, [`scale`] turns its values into errors and back, [`decide`] finds the scale
//! of a metric, and [`apart`] finds the columns that tell rows of one size apart. Nothing here
//! reads a file.

pub mod apart;
pub mod decide;
pub mod decimals;
pub mod metric;
pub mod names;
pub mod number;
pub mod scale;
pub mod sizes;
mod usual;
