//! A folder of runs. The fixtures in `fixtures/import/folder` were written by the tools themselves
//! where the `make.py` beside them says so.

mod apart;
mod tools;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};

use tenfold::import::Understood;

use super::{fixture, written};

/// A pattern of paths in the fixtures of a tool.
fn pattern(tool: &str, rest: &str) -> PathBuf {
    fixture("folder").join(tool).join(rest)
}

/// The note that starts with `begins`.
fn note<'a>(understood: &'a Understood, begins: &str) -> &'a str {
    let found = understood.warnings.iter().find(|note| note.starts_with(begins));
    assert!(found.is_some(), "no note `{begins}` in {:?}", understood.warnings);
    found.unwrap()
}

/// Runs with a `metrics.json` each.
fn plain(folder: &Path, runs: &[(&str, &str)]) {
    for (name, text) in runs {
        let run = folder.join(name);
        fs::create_dir_all(&run).unwrap();
        written(&run, "metrics.json", text);
    }
}
