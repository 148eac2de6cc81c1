//! Prints how well each method forecasts curves on which no method was tuned.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin accuracy -- FOLDER [--cases FOLDER] [TABLE ...]
//! ```
//!
//! Reading order: `curves` loads and cuts, `methods` forecasts (`ours` is the one under test), `score` compares
//! with what was measured, `table` prints; then one file a table. FOLDER holds the public curves, `--cases` the
//! five-fold curves. Without names every table is printed.

#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]

#[path = "../../../crates/tenfold-core/tests/it/public_curves.rs"]
mod public_curves;

#[path = "../../../crates/tenfold-core/tests/it/lessons.rs"]
#[expect(dead_code, reason = "folds here are over the groups of every table, learnt from or not")]
mod lessons;

mod curves;
mod methods;
mod ours;
mod score;
mod table;
mod windows;

mod density;
mod distances;
mod equal_arms;
mod few_sizes;
mod five_folds;
mod language;
mod plans;
mod public;
mod rankings;
mod simulated;
mod tabular;
mod training_runs;
mod unbounded;

use std::path::PathBuf;

use curves::Folds;

/// Where the curves are.
struct Sources {
    /// The public curves.
    curves: PathBuf,
    /// Five-fold curves; without them, the tables that need them are skipped.
    cases: Option<PathBuf>,
    /// The groups that a prior must not have seen when it forecasts a curve.
    folds: Folds,
}

/// A table: its name on the command line and what prints it.
type Table = (&'static str, fn(&Sources));

const TABLES: [Table; 13] = [
    ("tabular", tabular::print),
    ("public", public::print),
    ("distances", distances::print),
    ("language", language::print),
    ("training-runs", training_runs::print),
    ("five-folds", five_folds::print),
    ("few-sizes", few_sizes::print),
    ("density", density::print),
    ("unbounded", unbounded::print),
    ("simulated", simulated::print),
    ("equal-arms", equal_arms::print),
    ("plans", plans::print),
    ("rankings", rankings::print),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let curves = PathBuf::from(arguments.next().unwrap());
    ours::prepare(&curves);
    let folds = Folds::load(&curves);
    let mut sources = Sources { curves, cases: None, folds };
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--cases" {
            sources.cases = arguments.next().map(PathBuf::from);
        } else {
            names.push(argument);
        }
    }
    for name in &names {
        assert!(TABLES.iter().any(|table| table.0 == name), "no table is called `{name}`");
    }
    for (name, print) in TABLES {
        if names.is_empty() || names.iter().any(|asked| asked == name) {
            print(&sources);
        }
    }
}
