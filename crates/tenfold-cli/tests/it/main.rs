//! Integration tests of `tenfold`, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod markup;

mod numbers;

mod report;

mod simulated;

mod terminal;

mod budget;
mod commands;
mod comparison;

mod program;

mod diagnose;

mod joint;

mod laws;

mod forecast_of;

mod cases;

mod check;

mod epochs;

mod many_curves;

mod own_scale;

mod purchase;

mod coordinate;
mod scripted;

mod kill;

mod ray;

mod resume;

mod books;

mod cluster;

mod earlier;

mod carried;

mod folds;

mod slurm;
mod speech;

mod worker;

mod translations;
mod trial;

mod disk;

mod locked;

mod signals;

mod watching;

mod ranks;

mod study_file;

mod curve_file;

mod table;

mod export;

mod import;

mod tidy;

mod texts;

mod analysis_values;

mod language_models;
mod levers;
