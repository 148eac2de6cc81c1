//! Integration tests of `tenfold-core`, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data should stop there")]

mod all_families;
mod calibration;
mod causes;
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
mod own_scale;
mod plan;
mod public_curves;
mod public_plans;
mod public_rankings;
mod recovery;
mod reference;
mod residual_bootstrap;
mod scale_learning;
mod simulated;
mod warning;
