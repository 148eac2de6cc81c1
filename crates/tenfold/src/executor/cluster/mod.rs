//! Trials away from this process: batches of attempts that somebody else's scheduler starts.
//!
//! Reading order: [`batch`] (what is handed over, as files), [`heartbeat`] (what a worker over there
//! says of itself), [`scheduler`] (who starts it, and what nobody may expect of it), [`dispatch`] (the
//! executor that holds these together), [`pack`] (which attempts share a task).

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
