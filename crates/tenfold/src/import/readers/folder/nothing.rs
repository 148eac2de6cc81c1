//! The message when a pattern matches no result file: what the folder holds instead, and which
//! pattern would match.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::nearest::nearest;
use super::path_pattern::PathPattern;
use super::walk::{Found, order};
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, what_is_there};
use crate::import::readers::result::{Candidate, RESULT_FORMATS, format_of, known_files};

/// An example command.
pub(super) const EXAMPLE: &str = "tenfold import folder 'runs/n={size}_seed={seed}/**'";

/// Most files and folders that are visited for a message.
const LOOKED_AT: usize = 20_000;

/// Most files that are visited below one folder to find out whether it holds results.
const GLANCE: usize = 500;

/// Kinds of files that a message lists.
const LISTED: usize = 6;

/// Reports why the pattern matches no run.
pub(super) fn nothing(pattern: &PathPattern, found: &Found) -> Problem {
    let root = &pattern.root;
    let all = files_below(root, LOOKED_AT);
    let results: Vec<(usize, PathBuf)> =
        all.iter().filter_map(|path| format_of(&candidate(path)?)).collect();
    let place = Place::file(root);
    if results.is_empty() {
        let message = if found.files.is_empty() {
            "the pattern leads to no file, and no result file is in this folder or below it"
        } else {
            "no result file is where the pattern leads, nor elsewhere in this folder"
        };
        let problem = Problem::new(ProblemKind::Import, message).at(place);
        let problem = match kinds(&all) {
            Some(kinds) => problem.note(format!("below it are {kinds}")),
            None => problem,
        };
        let problem = match what_is_there(&root.join("runs")) {
            Some(there) => problem.note(there),
            None => problem,
        };
        let known = format!("read are {}", known_files());
        let hint = "a pattern that ends in the file's name reads JSON of any name: \
                    'runs/n={size}_seed={seed}/scores.json'";
        return problem.note(known).hint(hint);
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (format, _) in &results {
        *counts.entry(*format).or_default() += 1;
    }
    let count =
        |(format, count): (&usize, &usize)| format!("{count} of {}", RESULT_FORMATS[*format].name);
    let counts: Vec<String> = counts.iter().map(count).collect();
    let mut folders: Vec<PathBuf> = results.into_iter().map(|(_, folder)| folder).collect();
    folders.sort_by_cached_key(|folder| order(folder));
    let distinct: BTreeSet<&PathBuf> = folders.iter().collect();
    let inside: Vec<String> = distinct.into_iter().map(|path| pattern.inside(path)).collect();
    let shown: Vec<String> =
        folders.iter().take(3).map(|path| path.display().to_string()).collect();
    let problem =
        Problem::new(ProblemKind::Import, "the pattern leads to no result file").at(place);
    let problem = problem.note(format!(
        "the folder does hold result files, {}, as in {}",
        counts.join(", "),
        listed(shown.iter().map(String::as_str))
    ));
    match nearest(&root.to_string_lossy(), &inside) {
        Some(near) => problem.hint(format!("did you mean '{near}'?")),
        None => problem.hint(EXAMPLE),
    }
}

/// Whether a result file is at `path` or below it.
pub(super) fn has_results(path: &Path) -> bool {
    let is_result = |path: &PathBuf| candidate(path).is_some_and(|one| format_of(&one).is_some());
    files_below(path, GLANCE).iter().any(is_result)
}

fn candidate(path: &Path) -> Option<Candidate<'_>> {
    let name = path.file_name()?.to_str()?;
    Some(Candidate { path, name, is_named: false })
}

/// Files below `folder`, or the file itself, after at most `most` visits; links are not followed.
fn files_below(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    let mut looked_at = 0;
    while let Some(path) = open.pop() {
        looked_at += 1;
        if looked_at > most {
            break;
        }
        let is_hidden = path != folder
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_file() {
            found.push(path);
        } else if !path.is_symlink() || path == folder {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|one| one.path()));
        }
    }
    found.sort();
    found
}

/// Counts the files by kind: "12 `*.pt`, 3 `*.yaml`".
fn kinds(files: &[PathBuf]) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = file.extension().map_or(name, |end| format!("*.{}", end.to_string_lossy()));
        *counts.entry(kind).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let shown: Vec<String> =
        counts.iter().take(LISTED).map(|(kind, count)| format!("{count} `{kind}`")).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}
