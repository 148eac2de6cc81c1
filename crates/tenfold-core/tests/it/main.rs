//! Integration tests of `tenfold-core`, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data should stop there")]

mod additions;
mod all_families;
mod calibration;
mod causes;
mod censored;
mod check;
mod comparison;
mod compute_optimal;
mod confusion;
mod determinism;
mod diagnosis;
mod formulas;
mod invariance;
mod investment;
mod isoflops;
mod joint;
mod lessons;
mod own_prior;
mod plan;
mod prior;
mod public_curves;
mod recovery;
mod reference;
mod simulated;
mod warning;
