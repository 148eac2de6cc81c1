//! `tenfold measure`: a training command, its curve and its forecast, in one line.

pub(super) mod arguments;
mod sizes;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use tenfold_core::FitOptions;

use super::output::Output;
use super::subject;
use super::{Finding, amount, forecast, report as report_command, training};
use arguments::MeasureArguments;
use tenfold::report::{Question, json, text};
use tenfold::store::{StoreError, write_atomically};
use tenfold::study::command_draft::{CommandDraft, command_draft, what_is_missing};
use tenfold::study::{self, FILE_NAME};

pub(crate) use sizes::toml_sizes;

/// Runs the command at every size, fits and forecasts.
///
/// # Errors
/// A command that cannot be run, sizes that are none, a folder that cannot be written.
pub(crate) fn run(arguments: &MeasureArguments, output: &Output) -> Result<Finding> {
    let at = amount::sizes(&arguments.at)?;
    let folder = &arguments.folder;
    let draft = draft(arguments)?;
    for missing in what_is_missing(&arguments.command, arguments.result.is_some()) {
        output.talk(&format!("warning: {missing}"));
    }
    let text = command_draft(&draft);
    // Problems of the command are reported before anything is written.
    let path = folder.join(FILE_NAME);
    let study = study::parse(&text, &path)?;
    fs::create_dir_all(folder).map_err(|error| StoreError::writing(folder, &error))?;
    write_atomically(&path, text.as_bytes())?;
    let summary = training::train(
        &study,
        training::Options::here(arguments.workers),
        "tenfold measure",
        output,
    )?;
    let finding = training::conclude(&summary, "the same command", output);
    let subject = subject::of_study(&study, output)?;
    training::say_notes(&subject.notes, output);
    if subject.curves.is_empty() {
        return Ok(finding);
    }
    let at = if at.is_empty() { forecast::default_sizes(&subject) } else { at };
    let page = subject.report_path.clone();
    let report = subject::report(subject, at, &FitOptions::default());
    report_command::write(&report, &page)?;
    if output.is_json {
        Output::json_line(&json::document(&report, Question::Forecast));
        return Ok(finding);
    }
    output.answer(&text::answer(&report, Question::Fit));
    output.answer("");
    output.answer(&text::answer(&report, Question::Forecast));
    if output.is_terminal() {
        output.answer(&text::chart(&report));
    }
    output.answer(&format!("Report: {}", page.display()));
    output.next(&format!("Next: tenfold plan {} --target …", folder.display()));
    Ok(finding)
}

fn draft(arguments: &MeasureArguments) -> Result<CommandDraft> {
    let here = std::env::current_dir().context("finding the current folder")?;
    let inputs = if arguments.inputs.is_empty() {
        files_named_in(&arguments.command, Path::new("."))
    } else {
        arguments.inputs.clone()
    };
    Ok(CommandDraft {
        name: name_of(&arguments.command),
        words: arguments.command.clone(),
        inputs,
        folder: Some(here.to_string_lossy().into_owned()),
        pattern: arguments.result.clone(),
        sizes: toml_sizes(&arguments.sizes)?,
        seeds: arguments.seeds,
        metric: arguments.metric.clone(),
        higher_is_better: arguments.higher_is_better.then_some(arguments.best),
        examples: None,
        timeout: arguments.timeout.clone(),
        more: Vec::new(),
    })
}

/// Names a command after the script it runs, or else after its program.
pub(crate) fn name_of(words: &[String]) -> String {
    let script = files_named_in(words, Path::new(".")).into_iter().next();
    let path = script.unwrap_or_else(|| words[0].clone());
    let stem = Path::new(&path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.trim().is_empty()).unwrap_or_else(|| "command".to_owned())
}

/// Words of a command that name files below `folder`: its scripts and configurations.
pub(crate) fn files_named_in(words: &[String], folder: &Path) -> Vec<String> {
    words.iter().filter(|word| folder.join(word).is_file()).cloned().collect()
}
