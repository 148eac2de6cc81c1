//! The command line, one file per command. Each file parses arguments, calls one function and
//! prints.
//!
//! Answers go to standard output, everything else to standard error. Exit codes: 0 done; 1 done,
//! and the finding is bad; 2 usage, configuration or data error; 3 some trials failed; 101 a bug of
//! the program; 130 interrupted.

mod amount;
mod answers;
pub(crate) mod arguments;
pub(crate) mod fit_arguments;
pub(crate) mod form_arguments;
mod goal;
pub(crate) mod import_arguments;
mod in_order;
mod output;
mod problem;
mod progress;
mod subject;
mod training;

mod backtest;
mod check;
mod clean;
mod compare;
mod curve_arguments;
mod demo;
mod diagnose;
pub(crate) mod export;
mod fit;
mod follow;
mod forecast;
mod guard;
mod import;
mod init;
mod joint;
mod measure;
mod plan;
mod reading_arguments;
mod report;
mod requests;
mod run;
mod shared_arguments;
mod signals;
mod status;
mod train_rank;
mod trial;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Command};
use output::Output;

use tenfold::executor::cluster::scheduler::REQUEUE;
use tenfold::store;

/// The result of a command, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Done.
    Done,
    /// Done, and the answer is no: the target may never be reached.
    Bad,
    /// Some trials failed; the study can be resumed.
    SomeFailed,
    /// The user stopped it.
    Interrupted,
    /// A worker was stopped and asks the scheduler to start it again.
    Requeue,
}

fn main() -> ExitCode {
    tenfold::executor::runners::command::guard_by_this_program();
    let arguments = match Arguments::try_parse_from(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return output::usage_error(&error),
    };
    let output = Output::new(&arguments.shared);
    let talking = output.clone();
    store::tell_of_waiting(move |text| talking.talk(text));
    let found = dispatch(&arguments, &output);
    if found.is_ok() && output::is_answer_lost() {
        let hint = "free some space, or print to another place";
        let message = "the answer could not be written to standard output";
        output.problems(&problem::problems(problem::usage(message, hint)));
        return ExitCode::from(2);
    }
    match found {
        Ok(Finding::Done) => ExitCode::SUCCESS,
        Ok(Finding::Bad) if arguments.shared.exit_zero => ExitCode::SUCCESS,
        Ok(Finding::Bad) => ExitCode::from(1),
        Ok(Finding::SomeFailed) => ExitCode::from(3),
        Ok(Finding::Interrupted) => ExitCode::from(130),
        Ok(Finding::Requeue) => ExitCode::from(REQUEUE),
        Err(error) => {
            output.problems(&problem::problems(error));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &Arguments, output: &Output) -> anyhow::Result<Finding> {
    match &arguments.command {
        None => Ok(output.welcome()),
        Some(Command::Demo(demo)) => demo::run(demo, output),
        Some(Command::Init(init)) => init::run(init, output),
        Some(Command::Measure(measure)) => measure::run(measure, output),
        Some(Command::Run(run)) => run::run(run, output),
        Some(Command::Status(status)) => status::run(status, output),
        Some(Command::Pause(study)) => requests::pause(study, output),
        Some(Command::Resume(study)) => requests::resume(study, output),
        Some(Command::Stop(study)) => requests::stop(study, output),
        Some(Command::Trial(trial)) => trial::run(trial, output),
        Some(Command::Clean(clean)) => clean::run(clean, output),
        Some(Command::Fit(fit)) => fit::run(fit, output),
        Some(Command::Forecast(forecast)) => forecast::run(forecast, output),
        Some(Command::Check(check)) => check::run(check, output),
        Some(Command::Plan(plan)) => plan::run(plan, output),
        Some(Command::Compare(compare)) => compare::run(compare, output),
        Some(Command::Backtest(backtest)) => backtest::run(backtest, output),
        Some(Command::Diagnose(curve)) => diagnose::run(curve, output),
        Some(Command::Export(export)) => export::run(export, output),
        Some(Command::Import(import)) => import::run(import, output),
        Some(Command::Report(report)) => report::run(report, output),
        Some(Command::Worker(worker)) => worker::run(worker),
        Some(Command::TrainRank(rank)) => train_rank::run(rank),
        Some(Command::Guard(arguments)) => guard::run(arguments),
        Some(Command::Completions(completions)) => {
            let mut text = Vec::new();
            let mut command = Arguments::command();
            clap_complete::generate(completions.shell, &mut command, "tenfold", &mut text);
            output.answer(String::from_utf8_lossy(&text).trim_end());
            Ok(Finding::Done)
        }
    }
}
