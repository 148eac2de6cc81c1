//! A measured learning curve: error against training-set size, each point separately trained.
//!
//! [`LearningCurve::new`] is the only way to make one. It refuses what no fit can use, so nothing
//! below checks again: sizes are distinct and increasing, errors finite and above 0.

mod folds;

pub(crate) mod noise;

mod point;

mod resolution;

pub(crate) mod seed_noise;

mod zeros;

pub use folds::{FoldErrors, standard_errors};
pub use point::{CurvePoint, Replicate, error_of_zero, median_error};
pub use resolution::Resolution;
pub use zeros::{NothingWrong, PerfectSize, Zeros, without_zeros};

use serde::Serialize;

use crate::metric::Aggregate;
use crate::units::TrainingSetSize;

/// What kind of number the error is; it selects the prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricKind {
    /// A share of wrong answers, between 0 and 1.
    ErrorRate,
    /// A loss in nats or bits, such as cross-entropy.
    Loss,
    /// Anything else above 0, such as an RMSE in units of the target.
    Unbounded,
}

impl MetricKind {
    /// Name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error-rate",
            Self::Loss => "loss",
            Self::Unbounded => "unbounded",
        }
    }

    /// Guesses the kind of a metric from its `name` and its `largest` value: by words in the name,
    /// else an error rate if no value is above 1.
    pub fn guess(name: &str, largest: f64) -> Self {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["loss", "entropy", "nll", "nats", "bits", "perplexity"]) {
            Self::Loss
        } else if has(&["rmse", "mse", "mae"]) {
            Self::Unbounded
        } else if largest <= 1.0 {
            Self::ErrorRate
        } else {
            Self::Loss
        }
    }
}

/// Everything about a curve that is not a measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveDescription {
    /// Name shown to people; also names the curve in results.
    pub name: String,
    /// Kind of error.
    pub metric: MetricKind,
    /// How outcomes of single test examples become the error.
    #[serde(skip)]
    pub aggregate: Aggregate,
    /// Error of the best constant guess, where known.
    pub best_guess: Option<f64>,
}

/// A learning curve: points sorted by size, sizes distinct, errors finite and above 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningCurve {
    description: CurveDescription,
    points: Vec<CurvePoint>,
}

/// Why points are not a learning curve.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// No points, or all of them hidden.
    #[error("a learning curve needs at least 1 training-set size, 0 were given")]
    Empty,
    /// Only perfect runs, of an unknown number of test examples.
    #[error("every run is perfect, an error above 0 is needed at one size at least")]
    NothingWrong,
    /// A point without a measurement.
    #[error("the point at size {size} has no measurement, it needs at least 1")]
    NotMeasured {
        /// Size of the point.
        size: f64,
    },
    /// An error that is not above 0.
    #[error("the error at size {size}, seed {seed} is {error}, a finite number above 0 is needed")]
    NotPositive {
        /// Size of the point.
        size: f64,
        /// Seed of the replicate.
        seed: u64,
        /// What was found.
        error: f64,
    },
    /// A standard error that is not a number at or above 0.
    #[error(
        "the standard error at size {size} is {standard_error}, a finite number not below 0 is \
         needed"
    )]
    BadStandardError {
        /// Size of the point.
        size: f64,
        /// What was found.
        standard_error: f64,
    },
    /// A train error that is not a number at or above 0.
    #[error(
        "the train error at size {size} is {train_error}, a finite number not below 0 is needed"
    )]
    BadTrainError {
        /// Size of the point.
        size: f64,
        /// What was found.
        train_error: f64,
    },
    /// Two points at one size; they should be replicates of one point.
    #[error("size {size} occurs in two points, measurements at one size belong in one point")]
    RepeatedSize {
        /// The size that occurs twice.
        size: f64,
    },
    /// Replicates that were not scored on the same test examples.
    #[error(
        "the replicate at size {size}, seed {seed} has {found} outcomes, the others have {needed}"
    )]
    UnequalOutcomes {
        /// Size of the point.
        size: f64,
        /// Seed of the replicate.
        seed: u64,
        /// Number of outcomes found.
        found: usize,
        /// Number of outcomes of the first replicate that has any.
        needed: usize,
    },
    /// Outcomes that are not of the curve's metric.
    #[error(
        "the outcomes at size {size}, seed {seed} have {found} statistics an example, `{aggregate}` \
         needs {needed}"
    )]
    OtherStatistics {
        /// Size of the point.
        size: f64,
        /// Seed of the replicate.
        seed: u64,
        /// Statistics found.
        found: usize,
        /// Name of the aggregate that computes the error.
        aggregate: &'static str,
        /// Statistics per example that the aggregate needs.
        needed: usize,
    },
}

impl LearningCurve {
    /// The curve through `points`, which may come in any order.
    ///
    /// # Errors
    /// See [`CurveError`]; the first problem in order of size is returned.
    pub fn new(
        description: CurveDescription,
        mut points: Vec<CurvePoint>,
    ) -> Result<Self, CurveError> {
        points.sort_by_key(|point| point.size);
        for point in &mut points {
            // Replicates in a fixed order make every later result independent of input order.
            point.replicates.sort_by(|a, b| a.seed.cmp(&b.seed).then(a.error.total_cmp(&b.error)));
        }
        check_points(&points, description.aggregate)?;
        Ok(Self { description, points })
    }

    /// Name of the curve.
    pub fn name(&self) -> &str {
        &self.description.name
    }

    /// Kind of error.
    pub fn metric(&self) -> MetricKind {
        self.description.metric
    }

    /// How outcomes of single test examples become the error.
    pub fn aggregate(&self) -> Aggregate {
        self.description.aggregate
    }

    /// Error of the best constant guess, where known.
    pub fn best_guess(&self) -> Option<f64> {
        self.description.best_guess
    }

    /// The points, smallest size first.
    pub fn points(&self) -> &[CurvePoint] {
        &self.points
    }

    /// The points at which errors were seen: those that are not censored. At least one.
    pub fn seen(&self) -> impl DoubleEndedIterator<Item = &CurvePoint> + Clone {
        self.points.iter().filter(|point| !point.is_censored)
    }

    /// The largest size measured.
    pub fn largest_size(&self) -> TrainingSetSize {
        // `new` refuses a curve without points, so the last one is there.
        self.points[self.points.len() - 1].size
    }

    /// Whether the sizes are 1, 2, 3 and so on to 5 or more. Such sizes are probably numbers of
    /// epochs and not sizes of shards.
    pub fn counts_from_one(&self) -> bool {
        let mut numbered = (1_u32..).zip(&self.points);
        self.points.len() >= 5
            && numbered.all(|(number, point)| TrainingSetSize::new(number) == Some(point.size))
    }

    /// The curve without its `count` largest sizes.
    ///
    /// # Errors
    /// [`CurveError::Empty`] when no size is left, [`CurveError::NothingWrong`] when only perfect ones are.
    pub fn hide_largest(&self, count: usize) -> Result<Self, CurveError> {
        self.first_sizes(self.points.len().saturating_sub(count))
    }

    /// The curve up to and including `size`.
    ///
    /// # Errors
    /// [`CurveError::Empty`] when every size is larger, [`CurveError::NothingWrong`] when the others are
    /// perfect.
    pub fn up_to(&self, size: TrainingSetSize) -> Result<Self, CurveError> {
        self.first_sizes(self.points.iter().take_while(|point| point.size <= size).count())
    }

    fn first_sizes(&self, count: usize) -> Result<Self, CurveError> {
        if count == 0 {
            return Err(CurveError::Empty);
        }
        let points = self.points[..count].to_vec();
        if points.iter().all(|point| point.is_censored) {
            return Err(CurveError::NothingWrong);
        }
        Ok(Self { description: self.description.clone(), points })
    }
}

fn check_points(points: &[CurvePoint], aggregate: Aggregate) -> Result<(), CurveError> {
    if points.is_empty() {
        return Err(CurveError::Empty);
    }
    if points.iter().all(|point| point.is_censored) {
        return Err(CurveError::NothingWrong);
    }
    if let Some(pair) = points.windows(2).find(|pair| pair[0].size == pair[1].size) {
        return Err(CurveError::RepeatedSize { size: pair[0].size.get() });
    }
    let mut outcome_count = None;
    for point in points {
        check_point(point, aggregate, &mut outcome_count)?;
    }
    Ok(())
}

fn check_point(
    point: &CurvePoint,
    aggregate: Aggregate,
    outcome_count: &mut Option<usize>,
) -> Result<(), CurveError> {
    let size = point.size.get();
    if point.replicates.is_empty() {
        return Err(CurveError::NotMeasured { size });
    }
    for replicate in &point.replicates {
        let (seed, error) = (replicate.seed, replicate.error);
        if !(error.is_finite() && error > 0.0) {
            return Err(CurveError::NotPositive { size, seed, error });
        }
        if let Some(outcomes) = &replicate.outcomes {
            let (found, needed) = (outcomes.width(), aggregate.width);
            if found != needed {
                let aggregate = aggregate.name;
                return Err(CurveError::OtherStatistics { size, seed, found, aggregate, needed });
            }
            let found = outcomes.examples();
            let needed = *outcome_count.get_or_insert(found);
            if found != needed {
                return Err(CurveError::UnequalOutcomes { size, seed, found, needed });
            }
        }
    }
    if let Some(train_error) = point.train_error
        && !(train_error.is_finite() && train_error >= 0.0)
    {
        return Err(CurveError::BadTrainError { size, train_error });
    }
    match point.standard_error {
        Some(standard_error) if !(standard_error.is_finite() && standard_error >= 0.0) => {
            Err(CurveError::BadStandardError { size, standard_error })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve_of(errors: &[(f64, f64)]) -> Result<LearningCurve, CurveError> {
        let points = errors.iter().map(|&(examples, error)| {
            CurvePoint::measured(TrainingSetSize::new(examples).unwrap(), error)
        });
        let description = CurveDescription {
            name: "test".to_owned(),
            metric: MetricKind::ErrorRate,
            aggregate: Aggregate::MEAN,
            best_guess: None,
        };
        LearningCurve::new(description, points.collect())
    }

    #[test]
    fn points_are_sorted_by_size() {
        let curve = curve_of(&[(4.0, 0.1), (1.0, 0.3), (2.0, 0.2)]).unwrap();
        let sizes: Vec<f64> = curve.points().iter().map(|point| point.size.get()).collect();
        assert_eq!(sizes, [1.0, 2.0, 4.0]);
    }

    #[test]
    fn what_no_fit_can_use_is_refused() {
        assert_eq!(curve_of(&[]), Err(CurveError::Empty));
        assert_eq!(
            curve_of(&[(2.0, 0.1), (2.0, 0.2)]),
            Err(CurveError::RepeatedSize { size: 2.0 })
        );
        let zero = curve_of(&[(2.0, 0.0)]);
        assert_eq!(zero, Err(CurveError::NotPositive { size: 2.0, seed: 0, error: 0.0 }));
        assert!(curve_of(&[(2.0, f64::NAN)]).is_err());
        assert!(curve_of(&[(2.0, f64::INFINITY)]).is_err());
    }

    #[test]
    fn only_five_and_more_sizes_without_a_gap_count_from_one() {
        let counts = |sizes: &[f64]| {
            let errors: Vec<(f64, f64)> = sizes.iter().map(|&size| (size, 0.1)).collect();
            curve_of(&errors).unwrap().counts_from_one()
        };
        assert!(counts(&[1.0, 2.0, 3.0, 4.0, 5.0]) && counts(&[3.0, 1.0, 6.0, 2.0, 5.0, 4.0]));
        assert!(!counts(&[1.0, 2.0, 3.0, 4.0]));
        assert!(!counts(&[1.0, 2.0, 3.0, 4.0, 6.0]) && !counts(&[2.0, 3.0, 4.0, 5.0, 6.0]));
        assert!(!counts(&[1.0, 2.0, 4.0, 8.0, 16.0]) && !counts(&[0.1, 0.2, 0.3, 0.4, 0.5]));
    }

    #[test]
    fn a_curve_of_perfect_sizes_alone_is_none() {
        let size = |examples: f64| TrainingSetSize::new(examples).unwrap();
        let (perfect, seen) =
            (CurvePoint::below(size(1.0), 0.01), CurvePoint::measured(size(2.0), 0.02));
        let description = curve_of(&[(1.0, 0.1)]).unwrap().description;
        let of = |points: &[&CurvePoint]| {
            let points = points.iter().map(|&point| point.clone()).collect();
            LearningCurve::new(description.clone(), points)
        };
        assert_eq!(of(&[&perfect]), Err(CurveError::NothingWrong));
        let both = of(&[&perfect, &seen]).unwrap();
        assert_eq!(both.seen().count(), 1);
        assert_eq!(both.hide_largest(1), Err(CurveError::NothingWrong));
    }

    #[test]
    fn hiding_takes_the_largest_sizes() {
        let curve = curve_of(&[(1.0, 0.3), (2.0, 0.2), (4.0, 0.1)]).unwrap();
        assert_eq!(
            curve.hide_largest(1).unwrap().largest_size(),
            TrainingSetSize::new(2.0).unwrap()
        );
        assert_eq!(curve.hide_largest(3), Err(CurveError::Empty));
        let three = TrainingSetSize::new(3.0).unwrap();
        assert_eq!(curve.up_to(three).unwrap().points().len(), 2);
    }
}
