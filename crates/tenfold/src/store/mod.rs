//! What happened: result files, which are the truth, and a database that makes them quick to
//! read and can be rebuilt from them.
//!
//! Only the coordinator, which holds the [`lock`], writes to the [`database`]. Workers publish
//! [`files`] and never open it. [`fault`] holds the places where tests kill the program.

pub mod database;
mod error;
mod execution;
pub mod fault;
pub mod files;
pub mod lock;
mod record;

pub use database::Database;
pub use error::StoreError;
pub use files::{StudyFolder, write_atomically};
pub use lock::StudyLock;
pub use record::{AttemptEnd, Execution, PlannedTrial, TrialRow, TrialState};
