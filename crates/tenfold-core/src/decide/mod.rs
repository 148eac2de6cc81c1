//! Decisions: how much data a target needs, which curve is better, how large a model fits a data
//! set.

mod compare;
mod data;
mod model_size;

pub use compare::{
    COMPARISON_RATIO, Comparison, Contender, Crossing, DataEquivalent, OpenEstimate, PairAt,
    PairComparison, Ranking, RawDifference, Verdict, compare, raw_difference,
};
pub use data::{DataPlan, HORIZON_RATIO, PlanOptions};
pub use model_size::{ModelSizeLaw, model_size_law};
