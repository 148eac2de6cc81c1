//! `tenfold demo`: the whole program on bundled images.

use std::fs;

use anyhow::Result;
use tenfold_core::FitOptions;

use super::arguments::DemoArguments;
use super::output::Output;
use super::subject;
use super::{Finding, report as report_command, training};
use tenfold::report::{Question, json, text};
use tenfold::store::{StoreError, write_atomically};
use tenfold::study::{self, FILE_NAME};

/// The study the demo writes and runs.
const STUDY: &str = include_str!("../assets/demo.toml");

/// Measures a curve on bundled images, forecasts, and writes a report.
///
/// # Errors
/// A folder that cannot be written.
pub(crate) fn run(arguments: &DemoArguments, output: &Output) -> Result<Finding> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).map_err(|error| StoreError::writing(folder, &error))?;
    let path = folder.join(FILE_NAME);
    // A demo study that the user changed is run with the changes.
    if !path.exists() {
        write_atomically(&path, STUDY.as_bytes())?;
    }
    let study = study::load(&path)?;
    output.talk(&format!(
        "Training small networks on growing shards of real images, in {}; Ctrl-C stops, the same \
         command goes on.",
        folder.display()
    ));
    let summary = training::train(
        &study,
        training::Options::here(arguments.workers),
        "tenfold demo",
        output,
    )?;
    let finding = training::conclude(&summary, "tenfold demo", output);
    if finding == Finding::Interrupted {
        return Ok(finding);
    }
    let subject = subject::of_study(&study, output)?;
    let page = subject.report_path.clone();
    let report = subject::page(subject, &FitOptions::default());
    report_command::write(&report, &page)?;
    if output.is_json {
        Output::json_line(&json::document(&report, Question::Overview));
        return Ok(finding);
    }
    output.answer(&text::answer(&report, Question::Overview));
    output.answer("");
    output.answer(&format!("Report: {}", page.display()));
    output.next(&format!(
        "Next: tenfold forecast {} --at 100k     tenfold init <your data>",
        folder.display()
    ));
    Ok(finding)
}
