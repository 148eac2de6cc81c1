//! Decisions: which trials to run, how much data a target needs, what more data is worth, what training
//! on it takes, which curve is better, how large a model fits a data set.

pub mod budget;
mod compare;
mod compute;
mod data;
mod investment;
mod model_size;
mod rounds;

pub use compare::{
    COMPARISON_RATIO, Comparison, Contender, Crossing, DataEquivalent, OpenEstimate, PairAt,
    PairComparison, PairVerdict, Ranking, compare,
};
pub use compute::{ResourceLaw, resource_law};
pub use data::{DataPlan, HORIZON_RATIO, PlanOptions};
pub use investment::{Investment, InvestmentError, InvestmentOptions, PurchaseLimit, Worth};
pub use model_size::{ModelSizeLaw, WinningModel, model_size_law};
pub use rounds::Round;
