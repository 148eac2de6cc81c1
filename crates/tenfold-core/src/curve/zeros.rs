//! Errors of 0: a perfect run measures one, but no law reaches it.
//!
//! Where the number n of test examples is known, 0 wrong of them count as half an example of n + 1.
//! Where it is not, the runs of each size are averaged before anything takes a logarithm; for a
//! size at which all runs are perfect, it is only known that the error lies below the smallest that
//! one more run could have shown. Such errors are counts; the smallest error seen is taken for one
//! wrong answer, which determines the noise at the other sizes.

use serde::Serialize;

use crate::curve::{CurvePoint, Replicate, error_of_zero};
use crate::units::TrainingSetSize;

/// A size at which every run was perfect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PerfectSize {
    /// The size.
    pub size: TrainingSetSize,
    /// Upper bound of the error at this size: the smallest error that one more run could have
    /// shown.
    pub error: f64,
}

/// What was done about errors of 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Zeros {
    /// Runs that counted as half a test example.
    pub counted: usize,
    /// Whether the runs of each size were averaged.
    pub is_averaged: bool,
    /// Sizes at which every run was perfect.
    pub below: Vec<PerfectSize>,
}

/// Every error of a curve is 0, and the number of test examples is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every error is 0, and the number of test examples is not known")]
pub struct NothingWrong;

/// Replaces each error of 0 in `points` by an error above 0 or by an upper bound.
///
/// # Errors
/// [`NothingWrong`] if no error is above 0 and no number of test examples is known.
pub fn without_zeros(points: &mut [CurvePoint]) -> Result<Zeros, NothingWrong> {
    let mut zeros = Zeros::default();
    for point in points.iter_mut() {
        let stated = point.test_examples;
        for replicate in point.replicates.iter_mut().filter(|one| one.error <= 0.0) {
            let outcomes = replicate.outcomes.as_ref().map(|outcomes| outcomes.examples() as u64);
            if let Some(examples) = stated.or(outcomes) {
                replicate.error = error_of_zero(examples);
                zeros.counted += 1;
            }
        }
    }
    let seen = || points.iter().filter(|point| !point.is_censored);
    let errors = || seen().flat_map(|point| &point.replicates).map(|one| one.error);
    if errors().all(|error| error > 0.0) {
        return Ok(zeros);
    }
    let smallest = errors().filter(|error| *error > 0.0).reduce(f64::min).ok_or(NothingWrong)?;
    zeros.is_averaged = true;
    for point in points.iter_mut().filter(|point| !point.is_censored) {
        let runs = point.replicates.len() as f64;
        let mean = point.replicates.iter().map(|one| one.error).sum::<f64>() / runs;
        let squares = point.replicates.iter().map(|one| (one.error - mean).powi(2)).sum::<f64>();
        let error = if mean > 0.0 { mean } else { smallest / runs };
        point.is_censored = mean <= 0.0;
        if point.is_censored {
            zeros.below.push(PerfectSize { size: point.size, error });
            point.standard_error = None;
        } else {
            // Few runs may agree by chance, so the variance is at least that of a count.
            let spread = if runs > 1.0 { squares / (runs - 1.0) / runs } else { 0.0 };
            point.standard_error = Some(spread.max(mean * smallest / runs).sqrt());
        }
        let seed = point.replicates.first().map_or(0, |one| one.seed);
        point.replicates = vec![Replicate { seed, error, outcomes: None }];
    }
    Ok(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(examples: f64) -> TrainingSetSize {
        TrainingSetSize::new(examples).unwrap()
    }

    fn point(examples: f64, errors: &[f64]) -> CurvePoint {
        let mut point = CurvePoint::measured(size(examples), 0.0);
        point.replicates = (0..)
            .zip(errors)
            .map(|(seed, &error)| Replicate { seed, error, outcomes: None })
            .collect();
        point
    }

    fn near(found: f64, expected: f64) -> bool {
        (found / expected - 1.0).abs() < 1e-12
    }

    #[test]
    fn a_known_test_set_counts_half_an_example() {
        let mut points = [CurvePoint { test_examples: Some(99), ..point(10.0, &[0.0, 0.1]) }];
        let zeros = without_zeros(&mut points).unwrap();
        assert_eq!((zeros.counted, zeros.is_averaged), (1, false));
        assert!(near(points[0].replicates[0].error, 0.005));
        assert_eq!(points[0].replicates.len(), 2);
        assert!(!points[0].is_censored);
    }

    #[test]
    fn runs_are_averaged_where_the_test_set_is_not_known() {
        let mut points =
            [point(10.0, &[0.2, 0.1]), point(20.0, &[0.0, 0.1]), point(40.0, &[0.0, 0.0])];
        let zeros = without_zeros(&mut points).unwrap();
        let errors: Vec<f64> = points.iter().map(CurvePoint::error).collect();
        assert!(near(errors[0], 0.15) && near(errors[1], 0.05), "{errors:?}");
        assert!(near(errors[2], 0.05), "one wrong of one run of two: {errors:?}");
        assert!(near(points[1].standard_error.unwrap(), 0.05), "root of .005 / 2");
        let of_counts = (0.15 * 0.1_f64 / 2.0).sqrt();
        assert!(near(points[0].standard_error.unwrap(), of_counts), "the runs differ by less");
        let censored: Vec<bool> = points.iter().map(|point| point.is_censored).collect();
        assert_eq!(censored, [false, false, true]);
        assert!(zeros.below.len() == 1 && zeros.below[0].size == size(40.0), "{zeros:?}");
        assert!(near(zeros.below[0].error, 0.05), "{zeros:?}");
        // A second call changes nothing.
        let again = without_zeros(&mut points).unwrap();
        assert_eq!(again, Zeros::default());
    }

    #[test]
    fn without_any_error_nothing_can_be_said() {
        assert_eq!(without_zeros(&mut [point(10.0, &[0.0])]), Err(NothingWrong));
        let mut sound = [point(10.0, &[0.2, 0.1])];
        assert_eq!(without_zeros(&mut sound), Ok(Zeros::default()));
        assert_eq!(sound[0].replicates.len(), 2);
    }
}
