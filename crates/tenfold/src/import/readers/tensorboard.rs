//! Reads TensorBoard's runs: a folder of runs, each a folder of event files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::event::{End, Event, Events, events};
use super::{unreadable, wrong_kind};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems, what_is_there};
use crate::import::mapping::Mapping;
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};

/// Most levels of nested folders that are searched.
const DEEPEST: usize = 12;

/// Runs below a folder, or the run of one event file.
pub(super) fn read(source: &Path, _mapping: &Mapping) -> Result<RunTable, Problems> {
    let mut runs: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    if source.is_file() {
        let folder = source.canonicalize().ok();
        let folder = folder.as_deref().and_then(Path::parent).and_then(Path::file_name);
        let name = folder.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        runs.insert(name, vec![source.to_owned()]);
    } else {
        find(source, source, DEEPEST, &mut runs);
    }
    if runs.is_empty() {
        let message = "no event file is in this folder or below it";
        let mut problem = Problem::new(ProblemKind::Import, message).at(Place::file(source));
        problem.notes.extend(what_is_there(&source.join("events")));
        let hint = "give the folder that your SummaryWriter wrote to, as in `tensorboard --logdir`";
        return Err(problem.hint(hint).into());
    }
    let mut warnings = Vec::new();
    let mut read = Vec::new();
    let count = runs.len();
    for (name, files) in runs {
        read.push(run(name, &files, source, &mut warnings)?);
    }
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let title = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(RunTable {
        runs: read,
        source: format!("TensorBoard event files of {}", super::table::counted(count, "run")),
        title: title.unwrap_or_else(|| "tensorboard".to_owned()),
        run_word: "run",
        warnings,
        said: Said::default(),
    })
}

/// Finds event files and groups them by their folder, whose path names the run.
fn find(root: &Path, folder: &Path, depth: usize, runs: &mut BTreeMap<String, Vec<PathBuf>>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && depth > 0 {
            find(root, &path, depth - 1, runs);
        } else if path.file_name().is_some_and(|name| name.to_string_lossy().contains("tfevents")) {
            let name = folder.strip_prefix(root).unwrap_or(folder);
            let name = name.to_string_lossy().replace('\\', "/");
            let name = if name.is_empty() { ".".to_owned() } else { name };
            runs.entry(name).or_default().push(path);
        }
    }
}

fn run(
    name: String,
    files: &[PathBuf],
    source: &Path,
    warnings: &mut Vec<String>,
) -> Result<Run, Problems> {
    let mut all: Vec<Event> = Vec::new();
    let mut ending = Ending::Finished;
    for path in files {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        let Events { events, end } = events(&bytes);
        let count = events.len();
        let inside = path.strip_prefix(source).unwrap_or(path).display();
        if count == 0 && end == End::Damaged {
            let hint = format!("remove it, or give another folder: mv {} /tmp", path.display());
            return Err(wrong_kind(path, "no event file: it does not begin with a record", hint));
        }
        match end {
            End::Whole => {}
            End::CutOff => warnings.push(format!(
                "`{inside}` ends inside a record, {count} whole ones were read: its run was stopped \
                 or still writes"
            )),
            End::Damaged => {
                let why = format!("`{inside}` is damaged after {count} records");
                ending = Ending::Unfinished(why);
            }
        }
        all.extend(events);
    }
    // A restarted run has several files; sorting by step restores its order.
    all.sort_by_key(|event| event.step);
    let started = all.iter().map(|event| event.wall_time).fold(f64::INFINITY, f64::min);
    let mut fields = BTreeMap::new();
    let mut metrics: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for value in all.iter().filter_map(|event| event.summary.as_ref()).flat_map(|all| &all.value) {
        fields.extend(value.hyper_parameters());
        if let Some(number) = value.scalar() {
            metrics.entry(value.tag.clone()).or_default().push(number);
        }
    }
    // The folder's name and the start time identify a run only together.
    let identity = RunIdentity::new("tensorboard", [name.as_str(), &started.to_bits().to_string()]);
    Ok(Run { identity, name, line: None, fields, metrics, ending })
}
