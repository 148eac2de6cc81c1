//! What a study means, for a person or a program.
//!
//! Reading order: [`view`] decides once what all sections share (who leads, what the headline may promise);
//! [`sections`] are what is shown, a folder each, and [`html`], [`text`] and [`json`] go through their list;
//! [`scene`] is the chart in data coordinates, [`svg`] and [`braille`] draw it; [`comparison`] sets curves
//! against each other, [`check`] a later measurement against its forecast.
//! No number is decided or rounded in a printer.

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
