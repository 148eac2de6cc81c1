//! Measures a learning curve, fits it, forecasts and decides: the application around
//! `tenfold-core`. It prints nothing; the program is the crate `tenfold-cli`.
//!
//! Reading order: [`pipeline`] is the whole program; then [`study`] (what was typed and what it
//! means), [`trial`] (one training run), [`executor`] (runs trials), [`store`] (what happened),
//! [`measured`] (the curves), [`analysis`] (the answers), [`words`] (what was found, as sentences),
//! [`report`] (what it means, for a person or a program).

pub mod pipeline;

pub mod diagnostic;
pub mod format;

pub mod curve_file;
pub mod export;
pub mod import;
pub mod meaning;
pub mod study;
pub mod table;

pub mod executor;
pub mod prepared;
pub mod store;
pub mod trial;

pub mod measured;

pub mod analysis;

pub mod words;

pub mod report;
