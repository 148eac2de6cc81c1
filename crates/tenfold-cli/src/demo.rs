//! `tenfold demo`: the whole program on bundled data.

use std::fs;
use std::path::Path;

use anyhow::Result;
use tenfold_core::{FitOptions, TrainingSetSize};

use super::arguments::{DemoArguments, DemoKind};
use super::output::Output;
use super::problem::usage;
use super::subject;
use super::{Finding, report as report_command, training};
use tenfold::analysis::{CurveOutcome, CurveReport};
use tenfold::prepared::Prepared;
use tenfold::report::check::{self, CheckReport};
use tenfold::report::{Question, StudyReport, json, text};
use tenfold::store::{StoreError, write_atomically};
use tenfold::study::{self, FILE_NAME, ShardSizes, Study};

/// What one demo is.
struct Demo {
    /// The study that it writes and runs.
    study: &'static str,
    /// Folder that it writes to.
    folder: &'static str,
    /// What it trains on what.
    what: &'static str,
    /// Whether the largest size is forecast before it is measured.
    hides_largest: bool,
    /// What a person may type next; `{folder}` is the demo's.
    next: &'static str,
}

impl DemoKind {
    fn demo(self) -> Demo {
        match self {
            Self::Images => Demo {
                study: include_str!("../assets/demo.toml"),
                folder: "tenfold-demo",
                what: "small networks on growing shards of real images",
                hides_largest: false,
                next: "tenfold forecast {folder} --at 100k     tenfold init <your data>",
            },
            Self::CharLm => Demo {
                study: include_str!("../assets/demo-char-lm.toml"),
                folder: "tenfold-demo-char-lm",
                what: "a language model of characters on growing shards of speeches",
                hides_largest: true,
                next: "tenfold forecast {folder} --at 10M     tenfold init <your text>",
            },
            Self::WordLm => Demo {
                study: include_str!("../assets/demo-word-lm.toml"),
                folder: "tenfold-demo-word-lm",
                what: "a language model of words on growing shards of speeches",
                hides_largest: true,
                next: "tenfold forecast {folder} --at 1M     tenfold init <your text>",
            },
            Self::Translation => Demo {
                study: include_str!("../assets/demo-translation.toml"),
                folder: "tenfold-demo-translation",
                what: "a translator on growing shards of verses in two languages",
                hides_largest: true,
                next: "tenfold forecast {folder} --at 100k     tenfold init <your.en> <your.es>",
            },
            Self::Speech => Demo {
                study: include_str!("../assets/demo-speech.toml"),
                folder: "tenfold-demo-speech",
                what: "a recogniser on growing shards of spoken digits",
                hides_largest: true,
                next: "tenfold forecast {folder} --at 1k     tenfold init <your recordings>",
            },
        }
    }
}

/// Measures a curve on bundled data, forecasts, and writes a report.
///
/// # Errors
/// A folder that cannot be written, and data that this program was built without.
pub(crate) fn run(arguments: &DemoArguments, output: &Output) -> Result<Finding> {
    let demo = arguments.kind.demo();
    if arguments.kind == DemoKind::Speech && cfg!(not(feature = "demo-speech")) {
        return Err(usage(
            "this program was built without the recordings that `demo speech` trains on",
            "build it with the feature `demo-speech`, which is on by default",
        ));
    }
    let folder = arguments.folder.as_deref().unwrap_or_else(|| Path::new(demo.folder));
    fs::create_dir_all(folder).map_err(|error| StoreError::writing(folder, &error))?;
    let path = folder.join(FILE_NAME);
    // A demo study that the user changed is run with the changes.
    if !path.exists() {
        write_atomically(&path, demo.study.as_bytes())?;
    }
    let study = study::load(&path)?;
    output.talk(&format!(
        "Training {}, in {}; Ctrl-C stops, the same command goes on.",
        demo.what,
        folder.display()
    ));
    let hidden = if demo.hides_largest { without_largest(&study)? } else { None };
    let before = match &hidden {
        Some((shorter, largest)) => {
            output.talk(&format!(
                "The largest size, {}, is hidden first.",
                in_units(&study, *largest)
            ));
            let finding = trained(shorter, arguments, output)?;
            if finding == Finding::Interrupted {
                return Ok(finding);
            }
            let before = report_of(shorter, output)?;
            answer(&before, output);
            output.talk("Now the hidden size is measured.");
            Some((before, *largest))
        }
        None => None,
    };
    let finding = trained(&study, arguments, output)?;
    if finding == Finding::Interrupted {
        return Ok(finding);
    }
    let subject = subject::of_study(&study, output)?;
    let page = subject.report_path.clone();
    let report = subject::page(subject, &FitOptions::default());
    report_command::write(&report, &page)?;
    answer(&report, output);
    if let Some((before, largest)) = &before {
        say_how_it_came_out(before, &report, *largest, output);
    }
    if output.is_json {
        return Ok(finding);
    }
    output.answer(&format!("Report: {}", page.display()));
    let next = demo.next.replace("{folder}", &folder.display().to_string());
    output.next(&format!("Next: {next}"));
    Ok(finding)
}

/// Prints what `report` answers, as a line of JSON where that is asked for.
fn answer(report: &StudyReport, output: &Output) {
    if output.is_json {
        Output::json_line(&json::document(report, Question::Overview));
    } else {
        output.answer(&text::answer(report, Question::Overview));
        output.answer("");
    }
}

/// Trains `study`, and says how the run ended.
fn trained(study: &Study, arguments: &DemoArguments, output: &Output) -> Result<Finding> {
    let options = training::Options::here(arguments.workers);
    let summary = training::train(study, options, "tenfold demo", output)?;
    Ok(training::conclude(&summary, "tenfold demo", output))
}

fn report_of(study: &Study, output: &Output) -> Result<StudyReport> {
    Ok(subject::page(subject::of_study(study, output)?, &FitOptions::default()))
}

/// The study without its largest size, and that size; `None` if it is the only one.
fn without_largest(study: &Study) -> Result<Option<(Study, u64)>> {
    let mut sizes = Prepared::new(study)?.plan.sizes;
    let largest = sizes.pop();
    let Some(largest) = largest.filter(|_| !sizes.is_empty()) else { return Ok(None) };
    let mut shorter = study.clone();
    shorter.shards = ShardSizes::List(sizes);
    Ok(Some((shorter, largest)))
}

/// `262,144 characters`
fn in_units(study: &Study, size: u64) -> String {
    format!("{} {}", tenfold::format::count(size as f64), study.unit.name)
}

/// Compares what was measured at `size` with what `before` forecast there.
fn say_how_it_came_out(before: &StudyReport, after: &StudyReport, size: u64, output: &Output) {
    let Some(size) = TrainingSetSize::new(size as f64) else { return };
    for (index, curve) in before.curves.iter().enumerate() {
        let CurveOutcome::Fitted(fitted) = &curve.outcome else { continue };
        let measured = after.curves.get(index).map(CurveReport::last_error);
        let Some(error) = measured else { continue };
        let check = fitted.fit.check(size, error, 0.0);
        let shown = CheckReport { report: before, index, check, test_examples: None };
        if output.is_json {
            Output::json_line(&check::json(&shown));
        } else {
            output.answer(&check::text(&shown));
            output.answer("");
        }
    }
}
