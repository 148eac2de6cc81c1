//! Runs of other tools: what is read, what is written, and every message a bad source gets.

mod joined;
mod tables;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};

use tenfold::import::{self, Mapping, READERS, Understood, readers};

use crate::program::{Ran, run};

pub(crate) fn understood(tool: &str, source: &Path, mapping: &Mapping) -> Understood {
    import::import(readers::named(tool).unwrap(), source, mapping).unwrap()
}

/// The messages of an import that must fail, with the folder's name taken out.
pub(crate) fn refused(tool: &str, source: &Path, mapping: &Mapping) -> String {
    let reader = readers::named(tool).unwrap();
    let problems = import::import(reader, source, mapping).unwrap_err().to_string();
    let folder = source.parent().unwrap().display().to_string();
    problems.replace(&format!("{folder}/"), "")
}

/// Writes `text` into a new file of `folder`.
#[expect(clippy::disallowed_methods, reason = "a test writes as another tool does")]
pub(crate) fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// `tenfold import` as a user types it.
pub(crate) fn import(folder: &Path, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["import"].into_iter().chain(words.iter().copied()).collect();
    run(folder, &words)
}

#[test]
fn the_help_has_an_example_of_every_tool() {
    let folder = tempfile::tempdir().unwrap();
    let help = import(folder.path(), &["--help"]).stdout;
    for reader in READERS {
        assert!(help.contains(reader.example), "{} is not in:\n{help}", reader.example);
    }
}
