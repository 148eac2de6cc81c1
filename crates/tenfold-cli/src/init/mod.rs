//! `tenfold init`

mod command;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;
use tenfold_data::{
    BUILTINS, DataError, Dataset, ExampleKind, Files, Format, Source, SpeechChoice, SplitMethod,
    Targets, holds_audio, read, speech_files,
};

use super::Finding;
use super::arguments::InitArguments;
use super::output::Output;
use super::problem::usage;
use tenfold::diagnostic::{Problem, ProblemKind, Problems, closest};
use tenfold::format;
use tenfold::pipeline::throughput::{Throughput, dry_run};
use tenfold::pipeline::usual_workers;
use tenfold::prepared::Prepared;
use tenfold::store::{StoreError, write_atomically};
use tenfold::study::{self, FILE_NAME, Study, init};

/// Reads the data and writes a study for it.
///
/// # Errors
/// Data that cannot be read, a study that is already there, a folder that cannot be written.
pub(crate) fn run(arguments: &InitArguments, output: &Output) -> Result<Finding> {
    if arguments.schema {
        output.answer(&format!("{:#}", study::schema()));
        return Ok(Finding::Done);
    }
    let path = arguments.folder.join(FILE_NAME);
    if path.exists() && !arguments.force {
        let message = format!("`{}` is already there", path.display());
        let hint = "`tenfold run` to run it, or `tenfold init --force` to replace it";
        return Err(Problems(vec![Problem::new(ProblemKind::Usage, message).hint(hint)]).into());
    }
    if let Some(command) = &arguments.command {
        return command::write(command, arguments, &path, output);
    }
    let mut source = source(arguments)?;
    if let (Source::Files(files), Some(lines)) = (&mut source, arguments.skip_bad) {
        files.keys.insert("skip_bad", lines.to_string());
    }
    let (source, dataset) = with_enough_documents(source)?;
    let in_study = relative_to(&source, &arguments.folder)?;
    let text = init::draft(&in_study, &dataset);
    fs::create_dir_all(&arguments.folder)
        .map_err(|error| StoreError::writing(&arguments.folder, &error))?;
    write_atomically(&path, text.as_bytes())?;
    ignore_results(&arguments.folder)?;
    let study = study::load(&path)?;
    output.talk(&format!("  read   {}", described(&dataset)));
    if arguments.transcripts.is_some() {
        output.talk(&format!("         {}", columns_taken(&source, &study)));
    }
    for note in dataset.reading.notes.iter().take(8) {
        output.talk(&format!("         {note}"));
    }
    if let (Some(_), Some(time)) = (dataset.texts(), expected_time(&study)) {
        output.talk(&format!("  plan   {time}"));
        let comment = format!("# On the machine it was written on, it takes {time}.\n");
        write_atomically(&path, with_second_line(&text, &comment).as_bytes())?;
    }
    if output.is_json {
        let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
        Output::json(&json!({
            "schema": "tenfold.init/1", "path": path.display().to_string(), "models": models,
        }));
    } else {
        output.answer(&format!("  wrote  {}", path.display()));
    }
    say_next(arguments, output);
    Ok(Finding::Done)
}

/// What running all of `study` takes here, in words; `None` if its data do not fit it, which `tenfold run`
/// says better, or if no model could be tried.
fn expected_time(study: &Study) -> Option<String> {
    let data = Prepared::new(study).ok()?;
    let planned = dry_run(&data, &Throughput::sampled(&data), usual_workers(study));
    (planned.seconds > 0.0).then_some(planned.in_all)
}

/// `text` with `line` behind its first line.
fn with_second_line(text: &str, line: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{first}\n{line}{rest}")
}

fn say_next(arguments: &InitArguments, output: &Output) {
    let place = arguments.folder.display().to_string();
    let place = if place == "." { String::new() } else { format!(" {place}") };
    output.next(&format!(
        "Next: tenfold run{place}     (tenfold run{place} --dry-run to see the plan)"
    ));
}

fn source(arguments: &InitArguments) -> Result<Source> {
    if let Some(name) = &arguments.builtin {
        let names = || BUILTINS.iter().map(|builtin| builtin.name);
        if !names().any(|builtin| builtin == name) {
            let near = closest::closest(name, names()).or(names().next()).unwrap_or_default();
            let message = format!(
                "there is no built-in data set `{name}`; there is {}",
                closest::listed(names())
            );
            return Err(usage(message, format!("tenfold init --builtin {near}")));
        }
        return Ok(Source::Builtin(name.clone()));
    }
    let Some(path) = arguments.data.clone() else {
        return Err(usage(
            "init needs your data: a table, a text, an IDX folder, or a folder of images or texts",
            "tenfold init train.csv --label species, or tenfold init --builtin fashion-mnist-14",
        ));
    };
    if let Some(translation) = &arguments.translation {
        return parallel(path, translation);
    }
    if let Some(transcripts) = &arguments.transcripts {
        return speech(&path, transcripts, arguments);
    }
    let format = Format::of_path(&path);
    // Folders of folders look like images of several classes.
    let is_sure = format.is_some_and(|format| format.examples() != ExampleKind::Image);
    if !is_sure && holds_audio(&path) {
        let folder = path.display();
        let message = format!("nobody said what is said in the recordings in `{folder}`");
        let hint = format!(
            "tenfold init {folder} --transcripts FILE, a table that names each recording and its transcript"
        );
        return Err(usage(message, hint));
    }
    let Some(format) = format else {
        let message =
            format!("cannot tell from its name what kind of data `{}` is", path.display());
        let hint = "name it .csv, .tsv, .jsonl, .parquet or .txt, or give a folder of images, IDX files or texts";
        return Err(usage(message, hint));
    };
    let has_transcripts = format.keys().iter().any(|key| key.name == "transcript");
    let text = if has_transcripts { "transcript" } else { "text" };
    let columns = [
        ("label", &arguments.label),
        ("target", &arguments.target),
        (text, &arguments.text),
        ("translation", &arguments.to),
        ("audio", &arguments.audio),
    ];
    let keys = columns.into_iter().filter_map(|(key, column)| Some((key, column.clone()?)));
    Ok(Source::Files(Files { format, path, keys: keys.collect() }))
}

/// The recordings in `folder` and the table of what is said in them.
fn speech(folder: &Path, transcripts: &Path, arguments: &InitArguments) -> Result<Source> {
    let choice =
        SpeechChoice { audio: arguments.audio.as_deref(), transcript: arguments.text.as_deref() };
    Ok(Source::Files(speech_files(folder, transcripts, choice).map_err(|error| refused(&error))?))
}

/// Data that cannot be read, with what can be typed instead.
fn refused(error: &DataError) -> Problems {
    let hint = match error {
        DataError::SpeechColumn { key: "audio", .. } => {
            Some("say which column it is: `--audio COLUMN`".to_owned())
        }
        DataError::SpeechColumn { .. } => {
            Some("say which column it is: `--text COLUMN`".to_owned())
        }
        DataError::BadLines { .. } => {
            error.hint().map(|hint| hint.replace("skip_bad = ", "--skip-bad "))
        }
        other => other.hint(),
    };
    let mut problem = Problem::new(ProblemKind::Data, error.to_string());
    problem.hint = hint;
    Problems(vec![problem])
}

/// Which columns of the table of transcripts were taken for what.
fn columns_taken(source: &Source, study: &Study) -> String {
    let Source::Files(files) = source else { return String::new() };
    let key = |name| files.key(name).unwrap_or_default();
    let [audio, transcript] = ["audio", "transcript"].map(key);
    let split = match study.data.as_ref().map(|data| &data.split) {
        Some(SplitMethod::Group(column)) => format!("speakers in `{column}`, held out whole"),
        _ => "no column of speakers, held out at random".to_owned(),
    };
    format!("recordings in column `{audio}`, transcripts in `{transcript}`; {split}")
}

/// Two files whose lines are translations of each other. Where they have one name but for its end, the study
/// file says only that, so that it goes for a test file too.
fn parallel(path: PathBuf, translation: &Path) -> Result<Source> {
    let is_beside = path.parent() == translation.parent();
    let is_named_alike = is_beside && path.file_stem() == translation.file_stem();
    let own = translation.file_name().map(|name| name.to_string_lossy().into_owned());
    let ending = translation.extension().map(|ending| format!(".{}", ending.to_string_lossy()));
    let name = match (is_named_alike, ending, own) {
        (true, Some(ending), _) => ending,
        (_, _, Some(own)) if is_beside => own,
        _ => std::path::absolute(translation)
            .with_context(|| format!("finding `{}`", translation.display()))?
            .to_string_lossy()
            .into_owned(),
    };
    let Some(format) = Format::named("parallel") else {
        return Err(usage(
            "parallel texts cannot be read",
            "give a table with `--text` and `--to`",
        ));
    };
    Ok(Source::Files(Files { format, path, keys: [("translation", name)].into() }))
}

/// Fewest documents of a text, so that a tenth of them can be held out twice.
const FEWEST_DOCUMENTS: usize = 30;

/// The data of `source`; of a text cut into more documents where it would be too few.
///
/// # Errors
/// Data that cannot be read, and a text without enough documents.
fn with_enough_documents(source: Source) -> Result<(Source, Dataset)> {
    let dataset = read_data(&source)?;
    let is_enough =
        |dataset: &Dataset| dataset.texts().is_none_or(|texts| texts.len() >= FEWEST_DOCUMENTS);
    let Source::Files(files) = &source else { return Ok((source, dataset)) };
    if is_enough(&dataset) || !files.format.keys().iter().any(|key| key.name == "documents") {
        return Ok((source, dataset));
    }
    let mut most = dataset.len();
    for documents in ["blank-lines", "lines"] {
        let mut files = files.clone();
        files.keys.insert("documents", documents.to_owned());
        let source = Source::Files(files);
        let dataset = read_data(&source)?;
        if is_enough(&dataset) {
            return Ok((source, dataset));
        }
        most = most.max(dataset.len());
    }
    let message = format!(
        "`{}` has {} documents, at least {FEWEST_DOCUMENTS} are needed to hold some out",
        files.path.display(),
        most
    );
    let hint =
        "a document ends at a blank line or, with few of those, at each line: bring more text";
    Err(Problems(vec![Problem::new(ProblemKind::Data, message).hint(hint)]).into())
}

fn read_data(source: &Source) -> Result<Dataset> {
    Ok(read(source).map_err(|error| refused(&error))?)
}

/// The source as the study file names it: with the path as typed if the study's folder is the
/// working folder, else with an absolute path.
fn relative_to(source: &Source, folder: &Path) -> Result<Source> {
    let Source::Files(Files { format, path, keys }) = source else { return Ok(source.clone()) };
    let path = if folder == Path::new(".") || path.is_absolute() {
        path.clone()
    } else {
        std::path::absolute(path).with_context(|| format!("finding `{}`", path.display()))?
    };
    Ok(Source::Files(Files { format: *format, path, keys: keys.clone() }))
}

/// Adds the results to `.gitignore`, because they do not belong into version control.
fn ignore_results(folder: &Path) -> Result<()> {
    let path = folder.join(".gitignore");
    let line = ".tenfold/";
    let before = fs::read_to_string(&path).unwrap_or_default();
    if before.lines().any(|existing| existing.trim() == line) {
        return Ok(());
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Ok(write_atomically(&path, format!("{before}{gap}{line}\n").as_bytes())?)
}

fn described(dataset: &Dataset) -> String {
    let examples = format::count(dataset.len() as f64);
    match &dataset.targets {
        Targets::Classes { names, .. } => {
            format!("{examples} examples, {} classes", format::count(names.len() as f64))
        }
        Targets::Values { name, .. } => format!("{examples} examples, target `{name}`"),
        Targets::Own { .. } => format!("{examples} texts"),
        Targets::Translations { .. } => format!("{examples} pairs of texts"),
        Targets::Transcripts { .. } => format!("{examples} recordings"),
    }
}
