//! The files a command is made of, as one hash: edit the script and its trials are stale.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Problem, ProblemKind, Problems, missing_file};
use crate::study::{ModelSpec, Study};
use crate::trial::identity::hexadecimal;

/// Hash of the names and contents of each model's input files; empty where there are none.
///
/// # Errors
/// Files that cannot be read, all at once.
pub(super) fn hashes(study: &Study) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut hash = |model: &ModelSpec| {
        let Some(command) = model.recipe.command().map(|recipe| &recipe.command) else {
            return String::new();
        };
        if command.inputs.is_empty() {
            return String::new();
        }
        let mut hash = Sha256::new();
        for name in &command.inputs {
            let path = command.folder.join(name);
            match content_hash(&path) {
                Ok(content) => hash.update(format!("{}\0{content}\n", name.display())),
                Err(error) => problems.push(unreadable(study, model, &path, &error)),
            }
        }
        hexadecimal(&hash.finalize())
    };
    let hashes: Vec<String> = study.models.iter().map(&mut hash).collect();
    if problems.is_empty() { Ok(hashes) } else { Err(Problems(problems).into()) }
}

fn content_hash(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            length => hash.update(&part[..length]),
        }
    }
}

fn unreadable(study: &Study, model: &ModelSpec, path: &Path, error: &io::Error) -> Problem {
    let key = format!("model.{}.inputs", model.name);
    if error.kind() == io::ErrorKind::NotFound {
        let missing = missing_file(ProblemKind::Config, path, "input file");
        let problem = study.problem(&key, missing.message, "", missing.hint);
        return missing.notes.into_iter().fold(problem, Problem::note);
    }
    let message = format!("input file `{}` cannot be read: {error}", path.display());
    study.problem(&key, message, "", None)
}
