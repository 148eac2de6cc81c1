//! Writes the results of a study, for a person or a program.
//!
//! Reading order: [`view`] makes the decisions that all sections share (which curve leads, how far
//! the headline may go); [`sections`] are the parts of a report, a folder each, and [`html`],
//! [`text`] and [`json`] go through their list; [`scene`] is the chart in data coordinates, [`svg`]
//! and [`braille`] draw it; [`comparison`] compares curves with each other, [`check`] a later
//! measurement with its forecast. No printer decides or rounds a number.

pub mod view;

pub mod axis;
mod imported;
pub mod scene;
pub mod svg;

mod elements;
pub mod section;
pub mod sections;

pub mod html;

pub mod text;

pub mod braille;
pub mod training_chart;

pub mod json;

pub mod check;

pub mod comparison;

pub mod joint;

pub use section::Question;
pub use view::{ReportInput, StudyReport, assemble};
