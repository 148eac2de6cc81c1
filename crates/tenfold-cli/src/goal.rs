//! Applies the user's goal: the options of `plan` and `report`.

use anyhow::Result;

use super::amount::{self, TypedError};
use super::curve_arguments::GoalArguments;
use super::problem::usage;
use tenfold::analysis::Goal;

impl GoalArguments {
    /// Overrides the goal of the study with the options that the user typed.
    ///
    /// # Errors
    /// An amount or size that is none, and a limit without what makes it one.
    pub(crate) fn apply(&self, goal: &mut Goal, typed: &TypedError) -> Result<()> {
        if let Some(word) = &self.target {
            goal.target = Some(amount::target(word, typed)?);
        }
        if let Some(word) = &self.have {
            goal.have = Some(amount::size(word, "--have")?);
        }
        put(
            &mut goal.cost_per_example,
            self.cost_per_example,
            &FromZero("--cost-per-example 0.05"),
        )?;
        put(&mut goal.value_per_point, self.value_per_point, &AboveZero("--value-per-point 2000"))?;
        put(&mut goal.budget, self.budget, &FromZero("--budget 5000"))?;
        put(
            &mut goal.examples_per_day,
            self.examples_per_day,
            &AboveZero("--examples-per-day 500"),
        )?;
        put(&mut goal.deadline, self.deadline, &FromZero("--deadline 30"))?;
        if goal.budget.is_some() && !goal.cost_per_example.is_some_and(|cost| cost > 0.0) {
            let message = "a budget buys a number of examples only at a price";
            return Err(usage(message, "add `--cost-per-example 0.05`"));
        }
        if goal.deadline.is_some() && goal.examples_per_day.is_none() {
            let message = "a deadline limits a purchase only with the number of examples a day";
            return Err(usage(message, "add `--examples-per-day 500`"));
        }
        Ok(())
    }
}

/// The range of an amount, with an example of its option.
enum Needed {
    AboveZero(&'static str),
    FromZero(&'static str),
}

use Needed::{AboveZero, FromZero};

fn put(into: &mut Option<f64>, typed: Option<f64>, needed: &Needed) -> Result<()> {
    let Some(amount) = typed else { return Ok(()) };
    let (is_sound, words, example) = match needed {
        AboveZero(example) => (amount > 0.0, "must be above 0", example),
        FromZero(example) => (amount >= 0.0, "must be 0 or more", example),
    };
    if !(is_sound && amount.is_finite()) {
        let option = example.split(' ').next().unwrap_or_default();
        return Err(usage(format!("`{option} {amount}` {words}"), *example));
    }
    *into = Some(amount);
    Ok(())
}
