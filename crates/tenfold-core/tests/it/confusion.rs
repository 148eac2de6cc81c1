//! How often each simulated cause is found.

use tenfold_core::diagnose::diagnose;
use tenfold_core::{FitOptions, fit_curve};

use crate::causes::{CAUSES, Generator, case};

/// Curves by cause (rows) and verdict (columns), in the order of `CAUSES`; the last column counts
/// the curves for which the verdict is that the data do not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confusion {
    pub(crate) found: [[usize; CAUSES.len() + 1]; CAUSES.len()],
}

impl Confusion {
    /// Share of the curves with cause number `cause` that were found.
    pub(crate) fn recall(&self, cause: usize) -> f64 {
        self.found[cause][cause] as f64 / self.found[cause].iter().sum::<usize>().max(1) as f64
    }

    /// Share of the curves with verdict number `verdict` that have that cause.
    pub(crate) fn precision(&self, verdict: usize) -> f64 {
        let given: usize = self.found.iter().map(|row| row[verdict]).sum();
        self.found[verdict][verdict] as f64 / given.max(1) as f64
    }
}

/// Diagnoses `curves` simulated curves of every cause.
pub(crate) fn confusion(generator: Generator, curves: u64) -> Confusion {
    let options = FitOptions::default();
    let mut found = [[0; CAUSES.len() + 1]; CAUSES.len()];
    for (row, cause) in CAUSES.into_iter().enumerate() {
        for index in 0..curves {
            let case = case(generator, cause, index);
            let fit = fit_curve(&case.curve, &options).unwrap();
            let verdict = diagnose(&case.curve, &fit, &case.facts).verdict;
            let column = CAUSES.iter().position(|other| *other == verdict).unwrap_or(CAUSES.len());
            found[row][column] += 1;
        }
    }
    Confusion { found }
}
