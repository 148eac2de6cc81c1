//! How much the log error of one seed differs from another's, at every size.
//!
//! Two or three seeds say almost nothing about the spread at one size, so that sizes are pooled.
//! The spread differs between sizes: small shards differ more from each other than large ones. One
//! variance for all sizes would be that of the small ones, which have most seeds because they are
//! cheap, and too large for the others.

use crate::curve::CurvePoint;
use crate::units::TrainingSetSize;

/// Variance of log error between seeds: a power of the size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SeedNoise {
    /// Log of the variance at `middle`; minus infinity where all seeds have one error.
    log_variance: f64,
    /// Mean log size, weighted by degrees of freedom; there the estimate of the variance does not
    /// depend on the growth.
    middle: f64,
    /// Log of the smallest size with several seeds.
    smallest: f64,
    /// Power of 2 by which the standard deviation grows when the size is halved.
    growth: f64,
    /// Variance of the estimated growth.
    growth_variance: f64,
    /// Degrees of freedom behind the variance.
    pub(crate) degrees: usize,
}

/// Growth expected before anything is measured, and its standard deviation between curves: by the stated
/// standard errors of 255 public tabular curves the median is .18, and half of them lie between .02 and .33.
pub(crate) const USUAL_GROWTH: f64 = 0.2;

/// See [`USUAL_GROWTH`].
const GROWTH_DEVIATION: f64 = 0.2;

/// The growth is searched within this many standard deviations of the usual one.
const MOST_DEVIATIONS: f64 = 4.0;

/// Bisections of the range of growths: 1.6 / 2^40 is 1e-12.
const BISECTIONS: usize = 40;

/// The seeds of one size.
struct Spread {
    log_size: f64,
    /// Sum of squared deviations from their mean log error.
    squares: f64,
    degrees: f64,
}

impl SeedNoise {
    /// The noise of the seeds at `points`, ascending in size; `None` where no size has several.
    ///
    /// The growth g maximises the likelihood of the spreads, normal log errors, times a normal
    /// prior: it minimises `D / 2 * ln sum(S_i * 4^(-g t_i)) + (g - 0.2)^2 / (2 * 0.2^2)`, with
    /// `S_i` the squared deviations at the i-th size, `t_i` its doublings below the middle and D
    /// all degrees of freedom. This function is convex, and sizes whose seeds have equal errors
    /// count like others.
    ///
    /// # Reference
    /// Davidian and Carroll (1987), "Variance function estimation", section 3.1, for the likelihood.
    pub(crate) fn of(points: &[CurvePoint]) -> Option<Self> {
        let rows: Vec<Spread> = points.iter().filter_map(Spread::of).collect();
        let smallest = rows.first()?.log_size;
        let degrees: f64 = rows.iter().map(|row| row.degrees).sum();
        let middle = rows.iter().map(|row| row.degrees * row.log_size).sum::<f64>() / degrees;
        let of_row = |row: &Spread| row.degrees * (row.log_size - middle).powi(2);
        let leverage: f64 = rows.iter().map(of_row).sum();
        let prior = GROWTH_DEVIATION.powi(-2);
        let slope = |growth: f64| {
            prior * (growth - USUAL_GROWTH) + degrees * scaled(&rows, middle, growth).offset
        };
        let reach = MOST_DEVIATIONS * GROWTH_DEVIATION;
        let (mut low, mut high) = (USUAL_GROWTH - reach, USUAL_GROWTH + reach);
        for _ in 0..BISECTIONS {
            let growth = 0.5 * (low + high);
            if slope(growth) < 0.0 { low = growth } else { high = growth }
        }
        let growth = 0.5 * (low + high);
        Some(Self {
            log_variance: scaled(&rows, middle, growth).log_squares - degrees.ln(),
            middle,
            smallest,
            growth,
            growth_variance: 1.0 / (2.0 * leverage + prior),
            degrees: degrees.round() as usize,
        })
    }

    /// Variance of the log error of one seed at `size`.
    ///
    /// Above the middle it is the mean over the plausible growths, so that large sizes with few
    /// seeds are not taken to be free of noise. Sizes below the smallest one with several seeds are
    /// taken to be as noisy as that one.
    pub(crate) fn at(&self, size: TrainingSetSize) -> f64 {
        let beyond = size.log().max(self.smallest) - self.middle;
        let doubt = self.growth_variance * beyond.max(0.0).powi(2);
        (self.log_variance - 2.0 * self.growth * beyond + 2.0 * doubt).exp()
    }
}

/// Degrees of freedom that the seeds of the other sizes add at a size. Chosen by hand; 1 and 4 are
/// compared in `docs/results/constants.md`.
const OTHERS_COUNT: f64 = 2.0;

impl SeedNoise {
    /// Variance of the log error of one seed at the size of `point`, pooled with the variance of
    /// the point's own seeds, because runs that collapsed at other sizes say little about this one.
    pub(crate) fn at_point(&self, point: &CurvePoint) -> f64 {
        let pooled = self.at(point.size);
        match Spread::of(point) {
            Some(own) => (OTHERS_COUNT * pooled + own.squares) / (OTHERS_COUNT + own.degrees),
            None => pooled,
        }
    }
}

impl Spread {
    fn of(point: &CurvePoint) -> Option<Self> {
        if point.is_censored {
            return None;
        }
        let count = point.replicates.len() as f64;
        let logs = point.replicates.iter().map(|replicate| replicate.error.ln());
        let mean = logs.clone().sum::<f64>() / count;
        let squares = logs.map(|log| (log - mean) * (log - mean)).sum();
        let spread = Self { log_size: point.size.log(), squares, degrees: count - 1.0 };
        (spread.degrees > 0.0).then_some(spread)
    }
}

/// The squared deviations of all sizes, scaled to the middle.
struct Scaled {
    /// Log of their sum; minus infinity where all seeds have one error.
    log_squares: f64,
    /// Mean log size above the middle, weighted by the squared deviations.
    offset: f64,
}

fn scaled(rows: &[Spread], middle: f64, growth: f64) -> Scaled {
    let log = |row: &Spread| row.squares.ln() + 2.0 * growth * (row.log_size - middle);
    // Sums of powers of sizes that are far apart overflow unless the largest is taken out.
    let largest = rows.iter().map(log).fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return Scaled { log_squares: largest, offset: 0.0 };
    }
    let (mut sum, mut offsets) = (0.0, 0.0);
    for row in rows {
        let weight = (log(row) - largest).exp();
        sum += weight;
        offsets += weight * (row.log_size - middle);
    }
    Scaled { log_squares: largest + sum.ln(), offset: offsets / sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Replicate;
    use crate::stats::quantile::median_in_place;
    use crate::stats::random::RandomStream;

    fn size(step: i32) -> TrainingSetSize {
        TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap()
    }

    /// Ten doublings; `seeds` has the seeds at each and `deviation` their standard deviation.
    fn points(index: u64, seeds: [u64; 10], deviation: impl Fn(i32) -> f64) -> Vec<CurvePoint> {
        let mut stream = RandomStream::new(31, index);
        let point = |(step, count): (i32, u64)| {
            let mut point = CurvePoint::measured(size(step), 1.0);
            let replicate = |seed| {
                let error = 0.3 * (deviation(step) * stream.normal()).exp();
                Replicate { seed, error, outcomes: None }
            };
            point.replicates = (0..count).map(replicate).collect();
            point
        };
        (0..10).zip(seeds).filter(|row| row.1 > 0).map(point).collect()
    }

    const FEW_AT_THE_TOP: [u64; 10] = [4, 4, 4, 4, 3, 3, 1, 1, 0, 1];

    fn growing(growth: f64) -> impl Fn(i32) -> f64 {
        move |step| 0.02 * 2_f64.powf(growth * f64::from(9 - step))
    }

    fn deviation_at(noise: &SeedNoise, step: i32) -> f64 {
        noise.at(size(step)).sqrt()
    }

    #[test]
    fn many_seeds_tell_any_growth() {
        for growth in [-0.1, 0.0, 0.2, 0.45] {
            let noise = SeedNoise::of(&points(0, [400; 10], growing(growth))).unwrap();
            // 3,990 degrees of freedom: a standard error of .004 of the growth, and 2 % at an end.
            for step in [0, 9] {
                let ratio = deviation_at(&noise, step) / growing(growth)(step);
                assert!((ratio - 1.0).abs() < 0.06, "{growth} {step}: {ratio}");
            }
            assert_eq!(noise.degrees, 3_990);
        }
    }

    /// Median, over 300 curves with few seeds, of the deviation found at the largest size over the true
    /// one.
    fn found_at_the_top(growth: f64) -> f64 {
        let ratio = |index| {
            let points = points(index, FEW_AT_THE_TOP, growing(growth));
            deviation_at(&SeedNoise::of(&points).unwrap(), 9) / 0.02
        };
        median_in_place(&mut (0..300).map(ratio).collect::<Vec<f64>>())
    }

    #[test]
    fn few_seeds_leave_constant_noise_and_halve_the_excess_of_growing_noise() {
        // One variance for all sizes gives 1, 2.7 and 4.5: the median of 300 has an error of 4 %.
        for (growth, low, high) in [(0.0, 0.85, 1.1), (0.2, 1.0, 1.6), (0.3, 1.0, 1.9)] {
            let found = found_at_the_top(growth);
            assert!((low..high).contains(&found), "{growth}: {found}");
        }
    }

    #[test]
    fn one_size_with_seeds_has_their_variance_and_smaller_sizes_have_it_too() {
        let mut seeds = [1; 10];
        seeds[9] = 5;
        let points = points(0, seeds, growing(0.2));
        let top = Spread::of(&points[9]).unwrap();
        let noise = SeedNoise::of(&points).unwrap();
        for step in [0, 5, 9] {
            assert!((noise.at(size(step)) * 4.0 / top.squares - 1.0).abs() < 1e-9, "{noise:?}");
        }
    }

    #[test]
    fn equal_seeds_have_no_noise_and_single_ones_tell_nothing() {
        assert_eq!(SeedNoise::of(&points(0, [1; 10], growing(0.2))), None);
        let noise = SeedNoise::of(&points(0, [3; 10], |_| 0.0)).unwrap();
        assert!(noise.at(size(9)).abs() < f64::MIN_POSITIVE, "{noise:?}");
        let one = SeedNoise::of(&points(0, [3; 10], |step| f64::from(step / 9))).unwrap();
        assert!(one.at(size(0)) < one.at(size(9)) && one.at(size(9)).is_finite(), "{one:?}");
    }
}
