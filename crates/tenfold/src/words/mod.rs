//! What `tenfold-core` found as sentences for people, without a full stop: one file a kind of fact.
//!
//! Core gives facts as values with numbers. Command line, report and JSON take their words from here.

mod advice;
mod experiment;
mod finding;
mod percent;
mod resolution;
mod warning;
mod zeros;

pub use advice::advice;
pub use experiment::experiment;
pub use finding::found;
pub use warning::warning;
pub use zeros::perfect_sizes;
