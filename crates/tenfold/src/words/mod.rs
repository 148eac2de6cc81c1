//! Writes the facts of `tenfold-core` as sentences for people, without a full stop: one file per
//! kind of fact.
//!
//! `tenfold-core` gives facts as values with numbers. The command line, the report and JSON take
//! their sentences from here.

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
