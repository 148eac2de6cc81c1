//! Stores what happened: result files, which are authoritative, and a database that makes them
//! quick to read and can be rebuilt from them.
//!
//! Only the coordinator, which holds the [`lock`], writes to the [`database`], a [`batch`] at a
//! time; [`query`] holds the queries. Workers publish [`files`] and never open the database.
//! [`fault`] holds the points at which tests kill the program.

pub mod batch;
pub mod database;
mod earlier;
mod error;
mod execution;
pub mod fault;
pub mod files;
mod identity;
pub mod journal;
mod layout;
pub mod leftover;
pub mod lock;
pub mod query;
mod record;
mod request;
mod schema;
mod spending;
mod temporary;
mod waiting;

pub use batch::Batch;
pub use database::Database;
pub use error::StoreError;
pub use files::{StudyFolder, write_atomically};
pub use identity::{FolderToken, Identity, read_token};
pub use journal::{Journal, JournalReader};
pub use lock::StudyLock;
pub use record::{
    AttemptEnd, AttemptRow, Execution, MeasuredTrial, ModelCounts, PlannedTrial, TrialRow,
    TrialState,
};
pub use spending::Spending;
pub use waiting::tell as tell_of_waiting;
