//! Reads a folder of runs: the result files of training tools under a pattern of paths. Names in
//! braces in the pattern give size, seed and other settings that tell runs apart.
//!
//! Reading order: `path_pattern`, `walk` (the files that it matches), `runs` (files to runs, each
//! read by its format), `told_apart` (size, seed and curve of a run), `metric` (which number, of
//! which epoch), `nearest` and `nothing` (the message when nothing matches).

mod metric;
mod nearest;
mod nothing;
mod path_pattern;
mod runs;
mod told_apart;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::{Mapping, Repeated, Take};
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};
use crate::import::understand::{Understood, understand};
use path_pattern::PathPattern;
use runs::FolderRun;

/// Names of runs that a message lists.
const LISTED: usize = 4;

/// Reads the runs that match the pattern `source` and interprets them by `mapping`.
///
/// # Errors
/// A pattern that leads to no result file, files that cannot be read, runs that nothing tells apart.
pub(super) fn import(source: &Path, mapping: &Mapping) -> Result<Understood, Problems> {
    if mapping.pattern.is_some() {
        let message = "`--pattern` and the pattern of `tenfold import folder` are two";
        let hint = "write the names in braces into the pattern: 'runs/n={size}_seed={seed}/**'";
        return Err(Problem::new(ProblemKind::Usage, message).hint(hint).into());
    }
    let text = source.to_string_lossy();
    let pattern = PathPattern::parse(&text).map_err(|why| {
        let message = format!("the pattern `{text}` cannot be used: {why}");
        let hint = "tenfold import folder 'runs/n={size}_seed={seed}/**'";
        Problem::new(ProblemKind::Usage, message).hint(hint)
    })?;
    if !pattern.root.exists() {
        let root = &pattern.root;
        return Err(crate::diagnostic::missing_file(ProblemKind::Import, root, "folder").into());
    }
    let found = walk::walk(&pattern);
    let read = runs::read(&pattern, &found, mapping)?;
    if read.runs.is_empty() && read.left_out.is_empty() {
        return Err(nothing::nothing(&pattern, &found).into());
    }
    let mut runs = read.runs;
    let told = told_apart::told_apart(&pattern, &mut runs, mapping)?;
    let choice = metric::choose(&runs, mapping)?;
    let mut warnings = metric::notes(&runs, &choice, mapping);
    warnings.extend(told.notes);
    warnings.extend(read.notes);
    warnings.extend(notes_of_walk(&pattern, &found));
    warnings.extend(shorter_than_others(&runs));
    let table = RunTable {
        source: read.described,
        title: title(&pattern),
        run_word: "run",
        warnings,
        said: Said::default(),
        runs: runs.iter().map(|run| as_run(run, &choice, mapping)).collect(),
    };
    let own = Mapping {
        size: Some(told.size.name.clone()),
        seed: told.seed.as_ref().map(|seed| seed.name.clone()),
        curve: told.curve.iter().map(|curve| curve.name.clone()).collect(),
        metric: Some(choice.name.clone()),
        higher_is_better: (!choice.is_direction_guessed).then_some(choice.higher_is_better),
        take: Take::Last,
        ..mapping.clone()
    };
    let mut understood = understand(table, &own, source)?;
    understood.left_out.splice(0..0, read.left_out);
    understood.runs_read += read.left_out_count;
    understood.roles.size = told.size;
    understood.roles.metric.is_guessed = choice.is_guessed;
    understood.roles.take = if mapping.take == Take::Last { Take::OfTool } else { mapping.take };
    if let (Some(own), Some(told)) = (&mut understood.roles.seed, told.seed) {
        *own = told;
    }
    require_told_apart(&pattern, &understood, mapping, source)?;
    Ok(understood)
}

/// The common name of the runs: the folder that they are in.
fn title(pattern: &PathPattern) -> String {
    let whole = pattern.root.canonicalize().unwrap_or_else(|_| pattern.root.clone());
    whole.file_name().map_or_else(|| "runs".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Converts a run to one value of each metric, the value that is used.
fn as_run(run: &FolderRun, choice: &metric::MetricChoice, mapping: &Mapping) -> Run {
    let value = |metric: &String| {
        let value = match mapping.take {
            Take::Last => run.record.value(metric, run.at, choice.is_score(run, metric)),
            take => run.record.taken(metric, take),
        };
        Some((metric.clone(), vec![value?]))
    };
    let mut fields = run.record.fields.clone();
    fields.extend(run.told.clone());
    fields.insert("format".to_owned(), run.format.name.to_owned());
    Run {
        identity: RunIdentity::new("folder", [run.name.as_str(), run.digest.as_str()]),
        name: run.name.clone(),
        line: None,
        fields,
        metrics: run.record.series.keys().filter_map(value).collect(),
        ending: run.record.ending.clone(),
    }
}

/// Notes on files and folders that the walk found and did not use.
fn notes_of_walk(pattern: &PathPattern, found: &walk::Found) -> Vec<String> {
    let named = |paths: &[std::path::PathBuf]| {
        let names: Vec<String> =
            paths.iter().take(LISTED).map(|path| pattern.inside(path)).collect();
        let more = match paths.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", listed(names.iter().map(String::as_str)))
    };
    let mut notes = Vec::new();
    let mut unfit: Vec<_> =
        found.unfit.iter().filter(|path| nothing::has_results(path)).cloned().collect();
    unfit.sort();
    // If a folder and a path inside it are both listed, only the folder is named.
    unfit.dedup_by(|inner, outer| inner.starts_with(&*outer));
    if !unfit.is_empty() {
        notes.push(format!("the pattern does not fit {}, where results are too", named(&unfit)));
    }
    if !found.loops.is_empty() {
        let links = named(&found.loops);
        notes.push(format!("not followed, because they lead to a folder above: {links}"));
    }
    if !found.doubles.is_empty() {
        let links = named(&found.doubles);
        notes.push(format!("counted once, because they are links to files read as well: {links}"));
    }
    notes
}

/// Notes runs that have fewer epochs than most others; no tool reports this.
fn shorter_than_others(runs: &[FolderRun]) -> Option<String> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let finished = || runs.iter().filter(|run| run.record.ending == Ending::Finished);
    for epochs in finished().filter_map(|run| run.record.epochs) {
        *counts.entry(epochs).or_default() += 1;
    }
    let (usual, times) = counts.iter().max_by_key(|(epochs, times)| (**times, **epochs))?;
    let is_shorter = |run: &&FolderRun| run.record.epochs.is_some_and(|own| own < *usual);
    let shorter: Vec<&str> = finished().filter(is_shorter).map(|run| run.name.as_str()).collect();
    if shorter.is_empty() || times * 2 <= finished().count() {
        return None;
    }
    let named = listed(shorter.iter().take(LISTED).copied());
    let more = match shorter.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "most runs have {usual} epochs, fewer have {named}{more}: stopped early, or not at their end?"
    ))
}

/// Refuses runs of one curve and size without a seed, unless the user says how to treat them.
fn require_told_apart(
    pattern: &PathPattern,
    understood: &Understood,
    mapping: &Mapping,
    source: &Path,
) -> Result<(), Problems> {
    if mapping.repeated == Some(Repeated::Keep) {
        return Ok(());
    }
    let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for one in understood.measurements.iter().filter(|one| one.seed.is_none()) {
        groups.entry((&one.curve, one.size)).or_default().push(&one.run);
    }
    let Some(((curve, size), runs)) = groups.iter().find(|(_, runs)| runs.len() > 1) else {
        return Ok(());
    };
    let message = format!(
        "{} runs of `{curve}` have size {size}, and no name tells them apart: {}",
        runs.len(),
        listed(runs.iter().take(LISTED).copied())
    );
    let folders: BTreeSet<String> =
        understood.measurements.iter().map(|one| one.run.clone()).collect();
    let root = pattern.root.to_string_lossy();
    let near = nearest::nearest(&root, &folders.into_iter().collect::<Vec<_>>());
    let near = near.unwrap_or_else(|| "runs/n={size}_seed={seed}/**".to_owned());
    let hint = format!("'{near}' names them; `--repeated keep` takes them for seeds of one curve");
    let problem = Problem::new(ProblemKind::Import, message).at(Place::file(source));
    Err(problem.hint(hint).into())
}
