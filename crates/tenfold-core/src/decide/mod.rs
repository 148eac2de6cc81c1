//! Decisions: how much data a target needs, and how large a model fits a data set.

mod data;
mod model_size;

pub use data::{DataPlan, HORIZON_RATIO, PlanOptions};
pub use model_size::{ModelSizeLaw, model_size_law};
