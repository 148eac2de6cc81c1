//! One training run: what it executes ([`recipe`], with its [`settings`]), what it is ([`identity`]),
//! what came out of it ([`outcome`]), one execution of it ([`attempt`]), and how that trains
//! ([`history`]).

pub mod attempt;
pub mod history;
pub mod identity;
pub mod outcome;
pub mod recipe;
pub mod settings;
pub mod template;

pub use attempt::{Attempt, AttemptToken};
pub use history::HistoryEntry;
pub use identity::{Trial, TrialId};
pub use outcome::Outcome;
pub use recipe::{CommandMetric, CommandRecipe, CommandSpec, Recipe, ResultSource};
pub use settings::Settings;
