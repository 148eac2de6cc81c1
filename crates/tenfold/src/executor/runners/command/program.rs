//! Searches for the program of a command before the first trial, so that a typing mistake is found
//! at once.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::trial::CommandSpec;

/// Path of the program of `command`, if it exists: relative to the command's folder, or in one of
/// the folders of `search_path`.
pub fn find(command: &CommandSpec, search_path: &OsStr) -> Option<PathBuf> {
    let name = Path::new(&command.words[0]);
    if name.components().count() > 1 {
        let path = command.folder.join(name);
        return path.is_file().then_some(path);
    }
    std::env::split_paths(search_path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether `command` gives the path of its program's file, and that file is not executable.
pub fn is_forbidden(command: &CommandSpec) -> bool {
    let name = Path::new(&command.words[0]);
    let mode = |path: PathBuf| path.metadata().map(|file| file.permissions().mode());
    // On the search path, a later file with this name may be the program.
    name.components().count() > 1
        && mode(command.folder.join(name)).is_ok_and(|mode| mode & 0o111 == 0)
}

/// Names of programs in `search_path` with the same first letter as `name`, for a hint.
pub fn names_like(name: &str, search_path: &OsStr) -> Vec<String> {
    let first = name.chars().next();
    let mut names: Vec<String> = std::env::split_paths(search_path)
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|found| found.chars().next() == first)
        .collect();
    names.sort();
    names.dedup();
    names
}
