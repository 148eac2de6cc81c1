//! Runs batches on a Ray cluster: one Ray job a batch, through the cluster's jobs interface.

pub mod dashboard;
mod error;
pub mod room;
mod scheduler;

pub use dashboard::Dashboard;
pub use error::RayError;
pub use scheduler::Ray;
