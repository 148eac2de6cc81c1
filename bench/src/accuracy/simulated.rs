//! Curves with known laws: whether the stated coverage is reached if noise is the only source of
//! error.
//!
//! A new point is measured in the same way as the fitted ones: by one run, or as the median of
//! five.

use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{LearningCurve, MetricKind};

use crate::Sources;
use crate::curves::{curve, replicated, size};
use crate::methods::{LeftOut, Method};
use crate::score::{Coverage, Miss, in_parallel};
use crate::table::{percent, row, start};

/// Curves a cell: a share of 80 % has a standard error of 1.3 %.
const CURVES: u64 = 1_000;

/// Sizes of a curve, by doublings from 64.
const SIZES: u32 = 10;

const TIMES: [f64; 3] = [2.0, 8.0, 16.0];

/// Error at the largest size: the steepest law is then below 1 at the smallest.
const LAST_ERROR: f64 = 0.015;

/// A law by its exponent and the floor's share of the error at the largest size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Law {
    exponent: f64,
    floor_share: f64,
}

impl Law {
    /// A law with an exponent of .1 to .6 and, if it has a floor, a share of .1 to .8.
    pub(crate) fn draw(has_floor: bool, stream: &mut RandomStream) -> Self {
        let exponent = 0.1 + 0.5 * stream.uniform();
        let share = 0.1 + 0.7 * stream.uniform();
        Self { exponent, floor_share: if has_floor { share } else { 0.0 } }
    }

    /// Error at `times` the largest size.
    pub(crate) fn error(self, times: f64) -> f64 {
        let reducible = (1.0 - self.floor_share) * times.powf(-self.exponent);
        LAST_ERROR * (self.floor_share + reducible)
    }

    /// Irreducible error.
    pub(crate) fn floor(self) -> f64 {
        LAST_ERROR * self.floor_share
    }

    /// Errors of `runs` runs at `times` the largest size, with log-normal noise.
    fn measure(self, times: f64, noise: f64, runs: usize, stream: &mut RandomStream) -> Vec<f64> {
        (0..runs).map(|_| self.error(times) * (noise * stream.normal()).exp()).collect()
    }

    /// The law measured at all sizes.
    pub(crate) fn curve(self, noise: f64, runs: usize, stream: &mut RandomStream) -> LearningCurve {
        let points = (0..SIZES).map(|place| {
            let times = (f64::from(place) - f64::from(SIZES - 1)).exp2();
            replicated(times * largest(), &self.measure(times, noise, runs, stream))
        });
        curve("simulated", MetricKind::ErrorRate, points.collect())
    }
}

/// Largest of the sizes.
pub(crate) fn largest() -> f64 {
    64.0 * f64::from(1_u32 << (SIZES - 1))
}

pub(crate) fn print(_: &Sources) {
    let title = "simulated, 10 sizes: 80/95 % holds a new point, then the law, then median bias";
    start(title, &["floor, runs, noise", "x2", "x8", "x16"]);
    for runs in [1, 5] {
        for noise in [0.01, 0.02, 0.1] {
            let [without, with] = [false, true].map(|has_floor| cell(has_floor, noise, runs));
            let mixed: Vec<_> = without.iter().chain(&with).copied().collect();
            for (floor, found) in [("none", without), (".1–.8", with), ("half of them", mixed)] {
                let cells = (0..TIMES.len()).map(|place| describe(&found, place));
                let label = format!("{floor}, {runs}, {} %", 100.0 * noise);
                row(&[label].into_iter().chain(cells).collect::<Vec<_>>());
            }
        }
    }
    start(
        "simulated power laws without a floor: median log of forecast over truth at x10",
        &["noise", "us", "windows", "floor law"],
    );
    for noise in [0.001, 0.01] {
        let methods = [Method::Ours, Method::Windows, crate::methods::METHODS[3]];
        let cells = methods.map(|method| format!("{:+.4}", bias(method, noise)));
        let label = format!("{} %", 100.0 * noise);
        row(&[label].into_iter().chain(cells).collect::<Vec<_>>());
    }
}

/// Coverage of a new point and of the law, and median bias, at distance number `place`.
fn describe(found: &[[[Miss; 2]; 3]], place: usize) -> String {
    let [point, law] =
        [0, 1].map(|which| Coverage::of(found.iter().map(|one| ("", &one[place][which]))).unwrap());
    let holds = |one: &Coverage| one.inside.map(percent).join("/");
    format!("{}, {}, {:+.3}", holds(&point), holds(&law), law.bias)
}

/// Misses of our method for each curve and distance: of a newly measured point, and of the law.
fn cell(has_floor: bool, noise: f64, runs: usize) -> Vec<[[Miss; 2]; 3]> {
    let purpose = 1_000 + 100 * runs as u64 + 10 * u64::from(has_floor) + (100.0 * noise) as u64;
    in_parallel(&(0..CURVES).collect::<Vec<_>>(), |&index| {
        let mut stream = RandomStream::new(purpose, index);
        let law = Law::draw(has_floor, &mut stream);
        let measured = law.curve(noise, runs, &mut stream);
        let forecaster =
            Method::Ours.forecaster(&measured, &LeftOut::Nothing, "simulated").unwrap();
        TIMES.map(|times| {
            let point =
                replicated(times * largest(), &law.measure(times, noise, runs, &mut stream));
            [point.error(), law.error(times)].map(|truth| Miss::of(&forecaster, point.size, truth))
        })
    })
}

/// Median log of a method's forecast over the truth at ten times the data.
fn bias(method: Method, noise: f64) -> f64 {
    let mut ratios = in_parallel(&(0..CURVES).collect::<Vec<_>>(), |&index| {
        let mut stream = RandomStream::new(2_000, index);
        let law = Law::draw(false, &mut stream);
        let measured = law.curve(noise, 1, &mut stream);
        let forecaster = method.forecaster(&measured, &LeftOut::Nothing, "simulated").unwrap();
        (forecaster(size(10.0 * largest())).median / law.error(10.0)).ln()
    });
    median_in_place(&mut ratios)
}
