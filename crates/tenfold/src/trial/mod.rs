//! One training run: what it executes ([`recipe`], with its [`settings`]), its identity
//! ([`identity`]), its result ([`outcome`]), one execution of it ([`attempt`]), and the training
//! history ([`history`]).

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
