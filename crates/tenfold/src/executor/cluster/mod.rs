//! Trials away from this process: batches of attempts that somebody else's scheduler starts.
//!
//! Reading order: [`batch`] (what is handed over, as files), [`worker`] (what runs over there),
//! [`said`] (what it says of itself), [`scheduler`] (who starts it, and what nobody may expect of
//! it).

pub mod batch;
pub mod said;
pub mod scheduler;
pub mod worker;
