//! The shape of the measurements themselves: rises, flatness, and the warnings of a fit.

use crate::curve::noise::{MeasuredNoise, test_examples};
use crate::curve::{LearningCurve, Resolution};
use crate::fit::CurveFit;
use crate::fit::warning::FitWarning;
use crate::law::ParameterRole;
use crate::stats::quantile::median_in_place;
use crate::units::TrainingSetSize;

/// A fit to fewer sizes gets a warning, because the prior then determines much of the forecast.
pub const FEW_SIZES: usize = 5;

/// The shape of the measurements, without any law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FitShape {
    /// Largest rise of log error with size beyond noise; 0 when there is none.
    pub(crate) rise: f64,
    /// Whether the error falls by no more than noise from the smallest size to the largest.
    pub(crate) is_flat: bool,
}

/// Standard deviations a rise must exceed where the noise was measured: with ten sizes there are 45
/// pairs, and chance exceeds it in at most 1 flat curve in 100 and far less often on a falling one.
const RISE_DEVIATIONS: f64 = 3.5;

/// The same limit where the noise is estimated from a few second differences.
const RISE_DEVIATIONS_GUESSED: f64 = 5.0;

/// Number of sizes up to which all pairs are compared.
const ALL_PAIRS: usize = 64;

/// Smallest rise worth a warning, in log error: 1 % of the error.
const SMALLEST_RISE: f64 = 0.01;

/// Rises and flatness of `log_errors`.
pub(crate) fn shape_of(log_errors: &[f64], measured: &MeasuredNoise, scatter: f64) -> FitShape {
    // The noise of the posterior is too low where the posterior takes noise for a wandering slope,
    // and the local scatter of few sizes is sometimes too low by chance. A bump hardly raises the
    // local scatter, which is a median.
    let local = local_scatter(log_errors).map_or(scatter, |local| local.max(scatter));
    let (limit, guessed) = if measured.seeds_known {
        (RISE_DEVIATIONS, 0.0)
    } else {
        (RISE_DEVIATIONS_GUESSED, local)
    };
    let deviation = |at: usize| guessed.max(measured.deviations[at]);
    let mut rise: f64 = 0.0;
    // With many sizes, a size is compared only with earlier sizes whose error lies below all errors
    // in between. Otherwise the pairs of a curve of ten thousand sizes would take longer than its
    // fit.
    let mut lowest: Vec<usize> = Vec::new();
    for high in 1..log_errors.len() {
        let before = high - 1;
        lowest.retain(|&low| log_errors.len() <= ALL_PAIRS || log_errors[low] < log_errors[before]);
        lowest.push(before);
        if lowest.len() > ALL_PAIRS {
            lowest.remove(ALL_PAIRS / 2);
        }
        for &low in &lowest {
            let difference = log_errors[high] - log_errors[low];
            let noise = deviation(low).hypot(deviation(high));
            if difference > (limit * noise).max(SMALLEST_RISE) {
                rise = rise.max(difference);
            }
        }
    }
    if !measured.seeds_known {
        rise = rise.max(bump_rise(log_errors, &measured.deviations));
    }
    let last = log_errors.len() - 1;
    let fall = log_errors[0] - log_errors[last];
    let noise = deviation(0).hypot(deviation(last));
    FitShape { rise, is_flat: fall <= (2.0 * noise).max(SMALLEST_RISE) && rise <= 0.0 }
}

/// Noise from second differences of log errors: a smooth curve has almost none, so their median is
/// noise. `None` with fewer than 5 of them.
pub(crate) fn local_scatter(log_errors: &[f64]) -> Option<f64> {
    let mut differences: Vec<f64> = second_differences(log_errors).map(f64::abs).collect();
    // Median absolute deviation to standard deviation, 1.4826, over sqrt(1 + 4 + 1).
    (differences.len() >= 5).then(|| median_in_place(&mut differences) * 1.4826 / 6_f64.sqrt())
}

/// The largest rise, if it is several times the scatter of the sizes outside a bump; else 0.
///
/// A bump (sample-wise double descent) bends the triples of sizes it touches, so that a scatter taken
/// over all of them hides it. Two scatters leave it out: that of the triples outside the bump, which
/// lasts from the lowest error before the rise until the error is back at that level; and that of the
/// calmer half of all triples, for bumps that leave few others.
///
/// # Reference
/// Nakkiran et al. (2021), "Deep double descent", section 7, for the bump.
fn bump_rise(log_errors: &[f64], deviations: &[f64]) -> f64 {
    let Some(rise) = largest_rise(log_errors) else { return 0.0 };
    let height = log_errors[rise.high] - log_errors[rise.low];
    let back = log_errors[rise.high..].iter().position(|&log| log <= log_errors[rise.low]);
    let end = back.map_or(log_errors.len(), |steps| rise.high + steps);
    let (before, after) = (&log_errors[..=rise.low], &log_errors[end..]);
    let outside: Vec<f64> = second_differences(before).chain(second_differences(after)).collect();
    let mut calm: Vec<f64> = second_differences(log_errors).map(f64::abs).collect();
    calm.sort_by(f64::total_cmp);
    calm.truncate(calm.len().div_ceil(2));
    let exceeds = |triples: &[f64], fewest: usize, (many, few): (f64, f64)| {
        let scatter = noise_of(triples);
        let noise = scatter.max(deviations[rise.low]).hypot(scatter.max(deviations[rise.high]));
        let limit = (many + few / triples.len() as f64) * noise;
        triples.len() >= fewest && height > limit.max(SMALLEST_RISE)
    };
    let is_bump = exceeds(&outside, 2, OUTSIDE_DEVIATIONS) || exceeds(&calm, 3, CALM_DEVIATIONS);
    if is_bump { height } else { 0.0 }
}

/// Standard deviations of a difference that a bump must exceed when judged by the triples outside
/// it: the first number plus the second over the number of triples. Few triples make a poor
/// estimate: on flat curves with normal noise, the worst case, 97 % stay below 12 with two triples,
/// 8 with four, 6 with eight (20,000 simulated curves each of 6 to 20 sizes).
const OUTSIDE_DEVIATIONS: (f64, f64) = (4.5, 15.0);

/// The same two numbers when judged by the calmer half of all triples, which is calm by selection:
/// 97 % stay below 15 with 8 sizes and 13 with 12.
const CALM_DEVIATIONS: (f64, f64) = (11.0, 14.0);

/// Standard deviation of the noise behind second differences; a second difference of equal noises
/// has 1 + 4 + 1 times their variance.
fn noise_of(second_differences: &[f64]) -> f64 {
    let squares = second_differences.iter().map(|difference| difference * difference);
    (squares.sum::<f64>() / second_differences.len().max(1) as f64 / 6.0).sqrt()
}

/// The two sizes between which the log error rises most.
struct Rise {
    low: usize,
    high: usize,
}

fn largest_rise(log_errors: &[f64]) -> Option<Rise> {
    let mut largest: Option<Rise> = None;
    let mut low = 0;
    for high in 1..log_errors.len() {
        if log_errors[high - 1] < log_errors[low] {
            low = high - 1;
        }
        let height = log_errors[high] - log_errors[low];
        let before = largest.as_ref().map_or(0.0, |r| log_errors[r.high] - log_errors[r.low]);
        if height > before {
            largest = Some(Rise { low, high });
        }
    }
    largest
}

/// `x[k] - 2 x[k+1] + x[k+2]`.
fn second_differences(log_errors: &[f64]) -> impl Iterator<Item = f64> {
    log_errors.windows(3).map(|triple| triple[0] - 2.0 * triple[1] + triple[2])
}

/// Everything to know before trusting `fit`.
pub(crate) fn warnings(
    curve: &LearningCurve,
    fit: &CurveFit,
    measured: &MeasuredNoise,
    shape: &FitShape,
) -> Vec<FitWarning> {
    let sizes = curve.seen().count();
    let mut found = Vec::new();
    if sizes < FEW_SIZES {
        let has_bounds = sizes < curve.points().len();
        found.push(FitWarning::FewSizes { sizes, has_bounds });
    }
    if shape.rise > 0.0 {
        found.push(FitWarning::NotMonotone { log_rise: shape.rise });
    }
    // The drop is computed only where it is needed: most curves are not flat and have no known test
    // set.
    let drop = || {
        let largest = fit.evidence.largest_size;
        let doubled = TrainingSetSize::new(2.0 * largest.get()).unwrap_or(largest);
        (fit.predict(largest) / fit.predict(doubled)).ln()
    };
    // A curve may be known to fall even if the errors at its smallest and largest size differ by no
    // more than noise.
    if shape.is_flat && drop() < SMALLEST_RISE {
        found.push(FitWarning::Flat);
    }
    if fit.parameter_with(ParameterRole::Floor).is_some() && !fit.floor_identified {
        found.push(FitWarning::FloorNotIdentified);
    }
    if !measured.seeds_known {
        found.push(FitWarning::SeedNoiseUnknown);
    }
    let told = measured.test_deviation.map(|deviation| (deviation, drop()));
    if let Some((deviation, fall)) = told.filter(|(deviation, fall)| deviation > fall) {
        let resolution = Resolution {
            examples: curve.seen().next_back().and_then(test_examples),
            deviation,
            error: fit.predict(fit.evidence.largest_size),
            fall: fall.max(0.0),
            metric: curve.metric(),
        };
        found.push(FitWarning::ValidationTooSmall { resolution });
    }
    found
}
