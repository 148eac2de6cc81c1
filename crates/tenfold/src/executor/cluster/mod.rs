//! Runs trials on a cluster: submits batches of attempts to its scheduler.
//!
//! Reading order: [`batch`] (the files of a batch), [`heartbeat`] (the reports of a worker),
//! [`scheduler`] (starts the workers, and its contract), [`dispatch`] (the executor that connects
//! these), [`pack`] (which attempts share a task).

pub mod batch;
pub mod batch_id;
pub mod heartbeat;
pub mod scheduler;

mod array_room;
mod desk;
pub mod dispatch;
mod history;
pub mod late;
mod lease;
mod open_batch;
pub mod ownership;
pub mod pack;
mod pause;
mod site;
mod submit;

pub use dispatch::Cluster;
pub use lease::Grace;
pub use site::ClusterSite;
