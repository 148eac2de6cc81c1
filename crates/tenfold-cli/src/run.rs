//! `tenfold run`

use anyhow::Result;

use super::arguments::RunArguments;
use super::output::Output;
use super::problem::usage;
use super::subject;
use super::{Finding, progress, training};
use tenfold::pipeline::budget::plans_before;
use tenfold::pipeline::throughput::{self, Throughput};
use tenfold::pipeline::{Check, usual_workers};
use tenfold::prepared::Prepared;
use tenfold::report::{Question, json, text};
use tenfold::study::{self, BUDGET_NEEDED, Budget, Study, Until};
use tenfold_core::FitOptions;

/// Trains the missing trials, then prints the curve as far as it is measured.
///
/// # Errors
/// A broken study, bad data, a folder that cannot be written.
pub(crate) fn run(arguments: &RunArguments, output: &Output) -> Result<Finding> {
    let mut study = study::load(&arguments.study)?;
    set_budget(&mut study, arguments)?;
    if arguments.dry_run {
        let data = Prepared::new(&study)?;
        let workers =
            arguments.workers.or(study.run.workers).unwrap_or_else(|| usual_workers(&study));
        output.answer(&format!("Study {}: {}", study.name, data.facts.sentence()));
        let throughput = Throughput::sampled(&data);
        let planned = throughput::dry_run(&data, &throughput, workers);
        for line in planned.models.iter().chain([&planned.in_all]) {
            output.answer(&format!("  {line}"));
        }
        // A budget cannot be used with folds.
        if study.folds().is_none() {
            for line in progress::budget::plans(&plans_before(&study, &data, &throughput, workers))
            {
                output.answer(&line);
            }
        }
        return Ok(Finding::Done);
    }
    if arguments.detach && study.run.executor.is_here {
        let message = "`--detach` needs trials that run elsewhere, this study's run here";
        return Err(usage(message, "set `executor = \"slurm\"` in `[run]`"));
    }
    let check = if arguments.check { Check::Every } else { Check::New };
    let (workers, is_detached) = (arguments.workers, arguments.detach);
    let is_adopting = arguments.adopt;
    let open_jobs = arguments.open_jobs();
    let options = training::Options { workers, is_detached, check, is_adopting, open_jobs };
    let summary = training::train(&study, options, "tenfold run", output)?;
    if summary.is_handed_over {
        output.next("Next: tenfold run, now or later, takes the results in");
        return Ok(Finding::Done);
    }
    let finding = training::conclude(&summary, "tenfold run", output);
    if finding == Finding::Interrupted && summary.trained + summary.reused == 0 {
        // It may have been stopped before anything was planned.
        return Ok(finding);
    }
    let subject = subject::of_study(&study, output)?;
    training::say_notes(&subject.notes, output);
    if subject.curves.is_empty() {
        return Ok(finding);
    }
    let report = subject::report(subject, Vec::new(), &FitOptions::default());
    if output.is_json {
        Output::json_line(&json::document(&report, Question::Fit));
    } else {
        output.answer(&text::answer(&report, Question::Fit));
    }
    output.next("Next: tenfold report");
    Ok(finding)
}

/// Sets the budget of the command line, which overrides the study file.
fn set_budget(study: &mut Study, arguments: &RunArguments) -> Result<()> {
    if let Some(text) = &arguments.budget {
        let parsed = Budget::parse(text).ok_or_else(|| {
            usage(format!("`--budget {text}` is not {BUDGET_NEEDED}"), "`--budget 2h`")
        })?;
        study.run.budget = Some(parsed);
    }
    if let Some(text) = &arguments.until {
        study.run.until = Some(Until::parse(text)?);
    }
    Ok(())
}
