//! What a study means, for a person or a program.
//!
//! Reading order: [`view`] decides everything once (who leads, what the headline may promise),
//! [`scene`] is the chart in data coordinates, [`svg`], [`html`], [`text`],
//! [`braille`] and [`json`] only print; [`comparison`] sets curves against each other, [`check`] a
//! later measurement against its forecast.
//! No number is decided or rounded in a printer.

pub mod view;

pub mod axis;
mod imported;
pub mod scene;
pub mod svg;

pub mod html;

pub mod text;

pub mod braille;
pub mod training_chart;

pub mod json;

pub mod check;

pub mod comparison;

pub mod joint;

pub use view::{ReportInput, StudyReport, assemble};
