//! Learns the prior that Tenfold ships.
//!
//! ```text
//! cargo run --release --example learn_prior -- FOLDER > crates/tenfold-core/data/prior.txt
//! ```
//!
//! FOLDER holds `lcdb.csv`, `revisiting.csv`, `language_models.csv` and `training_runs.csv`; the regressions come
//! from `bench/data/unbounded.csv`.

#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]
#![expect(clippy::print_stdout, reason = "a development program prints what it found")]

#[path = "../tests/it/lessons.rs"]
mod lessons;
#[path = "../tests/it/public_curves.rs"]
mod public_curves;

use std::path::{Path, PathBuf};

use tenfold_core::posterior::learn_prior;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let unbounded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/data/unbounded.csv");
    let lectures = lessons::lectures(&folder, &unbounded);
    let learnt = lessons::lessons(&lectures);
    let prior = learn_prior(&lessons::examples(&lectures, &learnt, |_| true));
    println!("# Prior over cells of the posterior, learnt by `examples/learn_prior.rs` from");
    for (domain, groups) in lessons::groups(&lectures) {
        let curves = lectures.iter().filter(|one| one.domain == domain).count();
        println!("# {domain}: {curves} curves of {} groups", groups.len());
    }
    println!(
        "# LCDB 1.1 (CC BY 4.0); IC, NMT, BB: Alabdulmohsin et al. 2022 (CC BY 4.0); LM: Gadre et al."
    );
    println!(
        "# 2024 (MIT); RUN: training runs collected by Choshen et al. 2024; unbounded: this project."
    );
    print!("{}", prior.to_text());
}
