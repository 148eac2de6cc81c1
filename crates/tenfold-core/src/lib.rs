//! The mathematics of learning curves: laws, fits, forecasts, decisions.
//!
//! Reading order: [`units`], [`stats`], [`estimate`], [`curve`], [`law`], [`posterior`], [`fit`],
//! [`forecast`], [`decide`], [`backtest`], [`mod@diagnose`]. Everything here is a pure function of
//! its arguments: no files, no processes, no clocks, and every random number comes from a seed.
//! Results are values with numbers, never sentences; they can be serialised into any format.
//!
//! ```
//! # use tenfold_core::{fit_curve, Aggregate, CurveDescription, CurvePoint, FitOptions};
//! # use tenfold_core::{LearningCurve, MetricKind, TrainingSetSize};
//! let points = (0..8).map(|k| {
//!     let examples = 64.0 * f64::from(1 << k);
//!     let size = TrainingSetSize::new(examples).unwrap();
//!     CurvePoint::measured(size, 8.0 * examples.powf(-0.5) + 0.1)
//! });
//! let description = CurveDescription {
//!     name: "demo".to_owned(),
//!     metric: MetricKind::Loss,
//!     aggregate: Aggregate::MEAN,
//!     best_guess: None,
//! };
//! let curve = LearningCurve::new(description, points.collect()).unwrap();
//! let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
//! let error = fit.predict(TrainingSetSize::new(1_000_000.0).unwrap());
//! assert!((error - 0.108).abs() < 1e-4);
//! ```

pub mod units;

pub mod stats;

pub mod estimate;

pub mod metric;

pub mod curve;

pub mod law;

pub mod posterior;

pub mod fit;

pub mod forecast;

pub mod check;

pub mod decide;

pub mod backtest;

pub mod diagnose;

pub use backtest::{BackTest, BackTestPoint, back_test};
pub use check::{Check, CheckFinding};
pub use curve::{
    CurveDescription, CurveError, CurvePoint, FoldErrors, LearningCurve, MetricKind, NothingWrong,
    PerfectSize, Replicate, Resolution, Zeros, error_of_zero, median_error, standard_errors,
    without_zeros,
};
pub use decide::{
    DataPlan, Investment, InvestmentError, InvestmentOptions, ModelSizeLaw, PlanOptions,
    PurchaseLimit, ResourceLaw, Round, WinningModel, Worth, model_size_law, resource_law,
};
pub use diagnose::{Diagnosis, FindingLevel, TrainingFacts, Verdict, diagnose};
pub use estimate::{ConfidenceLevel, Estimate, Interval, OptionalInterval};
pub use fit::{
    CurveFit, FitError, FitOptions, FitWarning, NamedEstimate, Regions, WarningKind, fit_curve,
};
pub use forecast::{Forecast, ForecastOf};
pub use law::{CurveFamily, FAMILIES};
pub use metric::{Aggregate, Outcomes};
pub use posterior::{Prior, PriorName};
pub use units::{ComputeFlop, Cost, ParameterCount, TrainingSetSize, UnitError};
