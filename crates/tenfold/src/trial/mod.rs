//! One training run: what it executes ([`recipe`], with its [`settings`]), what it is ([`identity`]),
//! what came out of it ([`outcome`]), and one execution of it ([`attempt`]).

pub mod attempt;
pub mod identity;
pub mod outcome;
pub mod recipe;
pub mod settings;
pub mod template;

pub use attempt::{Attempt, AttemptToken};
pub use identity::{Trial, TrialId};
pub use outcome::Outcome;
pub use recipe::{CommandMetric, CommandRecipe, CommandSpec, Recipe, ResultSource};
pub use settings::Settings;
