//! One training run: what it is ([`identity`]), what came out of it ([`outcome`]), and one
//! execution of it ([`attempt`]).

pub mod attempt;
pub mod identity;
pub mod outcome;

pub use attempt::{Attempt, AttemptToken};
pub use identity::{Trial, TrialId};
pub use outcome::Outcome;
