//! Resampling of residuals: log errors as they might have been measured.

use crate::stats::random::RandomStream;

/// Share of the usual scatter, at one run, by which a drawn residual is moved; it falls with the fifth root of
/// the runs, as the bandwidth of a kernel does.
const SMOOTHING: f64 = 0.5;

/// Residuals to draw from.
#[derive(Clone, Debug)]
pub(super) struct Residuals {
    measured: Vec<f64>,
    smoothing: f64,
    /// Factor that corrects the residuals of a fitted law, which lies closer to its runs than the
    /// true law does.
    inflation: f64,
}

impl Residuals {
    /// Residuals of a law with `degrees` more runs than parameters.
    pub(super) fn new(residuals: Vec<f64>, usual_scatter: f64, degrees: usize) -> Self {
        let count = residuals.len() as f64;
        let smoothing = SMOOTHING * usual_scatter * count.powf(-0.2);
        Self { measured: residuals, smoothing, inflation: (count / degrees as f64).sqrt() }
    }

    /// One residual a run, each that of any run with a little normal noise: outliers are as
    /// frequent as they were measured, and the exact zeros of a law that passes through some runs
    /// are spread out.
    ///
    /// # Reference
    /// Silverman and Young (1987), "The bootstrap: to smooth or not to smooth?".
    pub(super) fn draw(&self, seed: u64, resample: u64) -> impl Iterator<Item = f64> {
        let mut stream = RandomStream::new(seed, resample);
        self.measured.iter().map(move |_| {
            let drawn = self.measured[stream.below(self.measured.len())];
            self.inflation * (drawn + self.smoothing * stream.normal())
        })
    }
}
