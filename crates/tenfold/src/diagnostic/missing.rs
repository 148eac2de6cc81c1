//! Reports a missing file, together with the files that its folder holds.

use std::path::Path;

use super::closest::{closest, listed};
use super::{Problem, ProblemKind};

/// Largest number of file names that are shown.
const SHOWN: usize = 8;

/// Largest number of folder entries that are read.
const LOOKED_AT: usize = 1000;

/// A problem that says what the folder of a missing file holds, and which name is nearest.
pub fn missing_file(kind: ProblemKind, path: &Path, what: &str) -> Problem {
    let mut problem = Problem::new(kind, format!("there is no {what} `{}`", path.display()));
    problem.notes.extend(what_is_there(path));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = names_beside(path).unwrap_or_default();
    let near = name.and_then(|name| {
        closest(&name, names.iter().map(String::as_str)).map(|near| path.with_file_name(near))
    });
    problem.hint = near.map(|near| format!("did you mean `{}`?", near.display()));
    problem
}

/// Says what the folder of a missing file holds.
pub fn what_is_there(path: &Path) -> Option<String> {
    let folder = folder_of(path);
    let Some(names) = names_beside(path) else {
        return Some(format!("there is no folder `{}`", folder.display()));
    };
    let shown = listed(names.iter().take(SHOWN).map(String::as_str));
    Some(match names.len() {
        0 => format!("`{}` is an empty folder", folder.display()),
        1..=SHOWN => format!("`{}` has {shown}", folder.display()),
        more => format!("`{}` has {shown} and {} more", folder.display(), more - SHOWN),
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Names in the folder of `path`, sorted, hidden ones left out; `None` if there is no folder.
fn names_beside(path: &Path) -> Option<Vec<String>> {
    let entries = std::fs::read_dir(folder_of(path)).ok()?;
    let mut names: Vec<String> = entries
        .flatten()
        .take(LOOKED_AT)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    Some(names)
}
