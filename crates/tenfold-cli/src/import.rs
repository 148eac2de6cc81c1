//! `tenfold import`

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use tenfold_core::Aggregate;

use super::Finding;
use super::import_arguments::ImportArguments;
use super::output::Output;
use super::problem::usage;
use tenfold::curve_file::write::{self, WrittenCell, WrittenRow};
use tenfold::import::{self, Understood, joined, preview, readers};
use tenfold::measured::curves::measured_study;
use tenfold::store::{Database, StudyFolder, write_atomically};
use tenfold::study::{self, Study};

/// The destination of imported runs.
enum Target<'a> {
    Nowhere,
    File(&'a Path),
    Study(Box<Study>, &'a Path),
}

/// Shows how the runs of another tool were interpreted, then writes them.
///
/// # Errors
/// Runs that cannot be read or used; nothing is written then.
pub(crate) fn run(arguments: &ImportArguments, output: &Output) -> Result<Finding> {
    let target = match (&arguments.output, &arguments.into) {
        (Some(path), _) => Target::File(path),
        (None, Some(path)) => Target::Study(Box::new(study::load(path)?), path),
        (None, None) => Target::Nowhere,
    };
    let Some(reader) = readers::named(&arguments.tool) else { return Ok(Finding::Done) };
    let understood = import::import(reader, &arguments.source, &arguments.mapping.mapping()?)?;
    if let Target::Study(study, path) = &target {
        require_one_unit(&understood, study, path)?;
    }
    let source = arguments.source.display().to_string();
    if !output.is_json {
        output.answer(&preview::text(&understood, &source));
    }
    let is_allowed = match &target {
        Target::Nowhere => false,
        _ if arguments.yes => true,
        Target::File(path) if path.exists() => {
            output.confirm(&format!("Replace `{}`?", path.display()))
        }
        Target::File(path) => output.confirm(&format!("Write `{}`?", path.display())),
        Target::Study(_, path) => output.confirm(&format!("Join the study `{}`?", path.display())),
    };
    let written = match &target {
        _ if !is_allowed => Value::Null,
        Target::Nowhere => Value::Null,
        Target::File(path) => write_curve_file(&understood, path, output)?,
        Target::Study(study, path) => {
            let source = format!("{} {}", arguments.tool, file_name(&arguments.source));
            join_study(&understood, &source, study, path, output)?
        }
    };
    if output.is_json {
        Output::json(&preview::json(&understood, &source, &written));
    } else if written.is_null() {
        output.talk(match target {
            Target::Nowhere => {
                "Nothing is written: -o curves.csv writes a curve file, --into STUDY joins a study"
            }
            _ => "Nothing is written: --yes writes it",
        });
    }
    Ok(Finding::Done)
}

fn file_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole
        .file_name()
        .map_or_else(|| "source".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn write_curve_file(understood: &Understood, path: &Path, output: &Output) -> Result<Value> {
    let mut measurements: Vec<_> = understood.measurements.iter().collect();
    measurements.sort_by(|a, b| (&a.curve, a.size, a.seed).cmp(&(&b.curve, b.size, b.seed)));
    // The name of the column tells the reader the unit of the sizes.
    let size = write::size_column(understood.unit);
    let row = |one: &&import::Measurement| -> WrittenRow {
        let mut row = vec![
            ("curve", WrittenCell::Text(one.curve.clone())),
            (size, WrittenCell::Number(one.size.get())),
            ("error", WrittenCell::Number(one.error)),
            ("run", WrittenCell::Text(one.run.clone())),
        ];
        row.extend(one.seed.map(|seed| ("seed", WrittenCell::Whole(seed))));
        let standard_error = one.standard_error.map(WrittenCell::Number);
        row.extend(standard_error.map(|error| ("standard_error", error)));
        row.extend(write::described(understood.kind, Aggregate::MEAN));
        row
    };
    let rows: Vec<WrittenRow> = measurements.iter().map(row).collect();
    write_atomically(path, write::csv(&rows).as_bytes())?;
    if !output.is_json {
        let runs = preview::counted(rows.len(), understood.run_word);
        output.answer(&format!("  wrote  {} ({runs})", path.display()));
        output.next(&format!("Next: tenfold fit {}", path.display()));
    }
    Ok(json!({ "file": path.display().to_string(), "runs": rows.len() }))
}

/// Refuses errors of another kind than the study's own, because a fit through both would be
/// meaningless.
fn require_one_unit(understood: &Understood, study: &Study, path: &Path) -> Result<()> {
    let folder = StudyFolder::open(&study.folder);
    // A study that was not run yet has no curve to compare with.
    let measured = Database::read(&folder).ok().and_then(|found| measured_study(&found, None).ok());
    let own = measured.and_then(|measured| Some(measured.curves.first()?.curve.metric()));
    match own {
        Some(own) if own != understood.kind => {
            let message = format!(
                "`{}` was taken for {}, `{}` measures {}",
                understood.roles.metric.name,
                understood.kind.name(),
                path.display(),
                own.name()
            );
            let hint = format!(
                "`--metric` with another one, or `--kind {}` if it is in the same unit",
                own.name()
            );
            Err(usage(message, hint))
        }
        _ => Ok(()),
    }
}

fn join_study(
    understood: &Understood,
    source: &str,
    study: &Study,
    path: &Path,
    output: &Output,
) -> Result<Value> {
    let folder = StudyFolder::create(&study.folder)?;
    let joined = joined::add(&folder, understood, source)?;
    if !output.is_json {
        let new = preview::counted(joined.new, understood.run_word);
        let known = match joined.known {
            0 => String::new(),
            known => format!("; {known} were there already and count once"),
        };
        output.answer(&format!("  joined {} ({new} new{known})", path.display()));
        output.next(&format!("Next: tenfold fit {}", path.display()));
    }
    Ok(json!({ "study": path.display().to_string(), "new": joined.new, "known": joined.known }))
}
