//! How wide the intervals of a forecast are, before calibration.
//!
//! Most curves go on almost as forecast, and a few leave every law. What makes an 80 % interval wide is
//! therefore not what makes a 95 % interval wide: the first is mostly the disagreement of the laws with
//! the pace of the last doubling, the second, which guards against surprises, noise and what noise does to
//! the fit. One deviation for both made 95 % intervals far too wide where a law is obeyed (they held 99 %).

use crate::fit::Expected;
use crate::stats::normal;

/// What an interval is made of, in log error.
pub(crate) struct Spread {
    /// Standard deviation of a new point around the curve.
    pub(crate) noise: f64,
    /// What is expected, with the disagreement of windows and laws.
    pub(crate) expected: Expected,
    /// Variance between resamples.
    pub(crate) sampling: f64,
    /// Predicted fall of log error from the largest size measured.
    pub(crate) drop: f64,
    /// Log of the distance from the largest size.
    pub(crate) distance: f64,
    /// Largest rise of log error beyond noise.
    pub(crate) rise: f64,
}

/// Share of each part, squared, in the squared width of an interval.
struct Shares {
    noise: f64,
    sampling: f64,
    windows: f64,
    laws: f64,
    pace: f64,
    kept: f64,
    drop: f64,
    distance: f64,
    rise: f64,
}

/// Shares of the 80 % interval and the 95 % interval.
///
/// Chosen for the best interval score on the development curves, each group judged by the factors of
/// the others, with simulated curves that obey the law covered as stated at 2, 4 and 8 times the data.
const SHARES: [Shares; 2] = [
    Shares {
        noise: 0.5,
        sampling: 0.6,
        windows: 0.3,
        laws: 0.5,
        pace: 3.0,
        kept: 0.04,
        drop: 0.02,
        distance: 0.001,
        rise: 0.01,
    },
    Shares {
        noise: 8.0,
        sampling: 5.0,
        windows: 0.4,
        laws: 0.8,
        pace: 0.0,
        kept: 2.0,
        drop: 0.005,
        distance: 0.0025,
        rise: 0.01,
    },
];

/// Smallest deviation of log error: no measurement repeats to better than 0.2 %.
const SMALLEST: f64 = 0.002;

impl Spread {
    /// Half widths of the 80 % and the 95 % interval in log error, before calibration.
    pub(crate) fn half_widths(&self) -> [f64; 2] {
        let Self { noise, expected, sampling, drop, distance, rise } = self;
        SHARES.each_ref().map(|share| {
            let squares = share.noise * noise * noise
                + share.sampling * sampling
                + share.windows * expected.windows
                + share.laws * expected.laws
                + share.pace * expected.pace
                + share.kept * expected.kept * expected.kept
                + share.drop * drop * drop
                + share.distance * distance * distance
                + share.rise * rise * rise
                + SMALLEST * SMALLEST;
            squares.sqrt()
        })
    }
}

/// Least ratio of a 95 % interval to the 80 % interval of the same forecast; a normal distribution's is
/// 1.53. Where laws disagree most the shares alone would turn the two around.
const LEAST_RATIO: f64 = 1.25;

/// Half widths of the 80 % and the 95 % interval from those before calibration, the factors of a scale
/// and the noise of a newly measured point, below which no interval goes.
pub fn calibrated(raw: [f64; 2], factors: [f64; 2], noise: f64) -> [f64; 2] {
    let half = |at: usize, coverage: f64| {
        (factors[at] * raw[at]).max(normal::quantile(0.5 + 0.5 * coverage) * noise)
    };
    let half_80 = half(0, 0.80);
    [half_80, half(1, 0.95).max(LEAST_RATIO * half_80)]
}
