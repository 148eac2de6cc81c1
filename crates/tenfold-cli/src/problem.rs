//! Turns every error of the program into problems of one form.

use anyhow::Error;
use tenfold_core::FitError;

use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::executor::cluster::scheduler::SchedulerError;
use tenfold::store::StoreError;

/// Converts `error` to problems, each with its hint.
pub(crate) fn problems(error: Error) -> Problems {
    let error = match error.downcast::<Problems>() {
        Ok(problems) => return problems,
        Err(error) => error,
    };
    if let Some(store) = error.downcast_ref::<StoreError>() {
        let mut problem = Problem::new(ProblemKind::Store, store.to_string());
        problem.hint = Some(store.hint());
        return Problems(vec![problem]);
    }
    if let Some(scheduler) = error.downcast_ref::<SchedulerError>() {
        let problem = Problem::new(ProblemKind::Trial, scheduler.to_string());
        return Problems(vec![problem.hint(scheduler.hint())]);
    }
    let kind = if error.downcast_ref::<FitError>().is_some() {
        ProblemKind::Fit
    } else {
        ProblemKind::Store
    };
    Problems(vec![Problem::new(kind, format!("{error:#}"))])
}

/// A usage problem that stops a command.
pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Error {
    let mut problem = Problem::new(ProblemKind::Usage, message);
    problem.hint = Some(hint.into());
    Error::new(Problems(vec![problem]))
}
