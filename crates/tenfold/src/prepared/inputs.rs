//! The files that a model's trials depend on. The inputs of a command are hashed together, so that
//! an edited script makes its trials stale; the study's data are watched if other processes read
//! them again.
//!
//! The files are checked before and after every trial. A result counts only if no file changed in
//! between, because the program may have read it at any time.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tenfold_data::Source;

use super::mark::FileMark;
use crate::diagnostic::{Problem, ProblemKind, missing_file};
use crate::study::{HeldOut, ModelSpec, Study};
use crate::trial::identity::hexadecimal;

/// Largest number of files of a data set that are checked; of a folder with more files, the first
/// by name.
const MOST_DATA_FILES: usize = 10_000;

/// How often a file that changes while it is read is read again.
const READINGS: usize = 5;

/// The files of a model's trials, as they were when the study was read.
#[derive(Debug, Default)]
pub struct ModelFiles {
    /// Hash of the names and contents of the inputs, part of a trial's id; empty without inputs.
    pub(super) hash: String,
    inputs: Vec<Input>,
    /// Files of data that every trial reads again.
    data: Vec<(PathBuf, FileMark)>,
}

/// A file that a command depends on.
#[derive(Debug)]
struct Input {
    /// Its name in the study file.
    name: String,
    path: PathBuf,
    /// Hash of its content; empty if it could not be read.
    content: String,
    /// The mark under which the file was last known to have that content.
    known: Mutex<Option<FileMark>>,
}

/// The state of a model's files before a trial.
#[derive(Debug)]
pub struct FilesSeen(Vec<FileMark>);

impl FilesSeen {
    /// The state as text, to be compared with what another execution sees; empty without files.
    pub fn text(&self) -> String {
        let lines = self.0.iter().map(FileMark::on_any_machine);
        lines.flat_map(|line| [line, "\n".to_owned()]).collect()
    }
}

/// A file that differs from the one the study was planned with, or changed during a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub file: String,
    what: &'static str,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.file, self.what)
    }
}

const WAS_CHANGED: &str = "was changed while it was trained";
const IS_OTHER: &str = "is not the file the trial was planned with";
const IS_GONE: &str = "cannot be read any more";

impl ModelFiles {
    /// Checks every file before a trial.
    ///
    /// # Errors
    /// [`Change`] if a file is not the one the study was planned with; the trial must not start.
    pub fn before(&self) -> Result<FilesSeen, Change> {
        let inputs = self.inputs.iter().map(Input::look);
        let data = self.data.iter().map(|(path, known)| {
            let change = |what| Change { file: path.display().to_string(), what };
            match FileMark::at(path) {
                Ok((_, mark)) if mark == *known => Ok(mark),
                Ok(_) => Err(change("has changed since the study was read")),
                Err(_) => Err(change(IS_GONE)),
            }
        });
        inputs.chain(data).collect::<Result<_, _>>().map(FilesSeen)
    }

    /// Checks every file after the trial that began with `before`.
    ///
    /// # Errors
    /// [`Change`] if any file was written, even if its content is the same again: the result must
    /// not count.
    pub fn after(&self, before: &FilesSeen) -> Result<(), Change> {
        let inputs = self.inputs.iter().map(|input| (input.name.clone(), &input.path));
        let data = self.data.iter().map(|(path, _)| (path.display().to_string(), path));
        for ((file, path), before) in inputs.chain(data).zip(&before.0) {
            match FileMark::at(path) {
                Ok((_, mark)) if mark == *before => {}
                Ok(_) => return Err(Change { file, what: WAS_CHANGED }),
                Err(_) => return Err(Change { file, what: IS_GONE }),
            }
        }
        Ok(())
    }

    /// Hash of the content of each input, by its name.
    pub fn contents(&self) -> BTreeMap<String, String> {
        self.inputs.iter().map(|input| (input.name.clone(), input.content.clone())).collect()
    }

    /// The first input whose content differs from that in `planned`.
    pub fn other_than(&self, planned: &BTreeMap<String, String>) -> Option<Change> {
        let other = |input: &&Input| planned.get(&input.name) != Some(&input.content);
        let input = self.inputs.iter().find(other)?;
        let what = if input.content.is_empty() { IS_GONE } else { IS_OTHER };
        Some(Change { file: input.name.clone(), what })
    }
}

impl Input {
    fn look(&self) -> Result<FileMark, Change> {
        let change = |what| Change { file: self.name.clone(), what };
        let (_, mark) = FileMark::at(&self.path).map_err(|_| change(IS_GONE))?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == Some(mark) {
            return Ok(mark);
        }
        let (content, mark) = read(&self.path).map_err(|_| change(IS_GONE))?;
        if content != self.content {
            return Err(change(IS_OTHER));
        }
        *known = Some(mark);
        Ok(mark)
    }
}

/// The files of each model of `study`, and the problems of those that cannot be read.
pub(super) fn read_all(
    study: &Study,
    data: &[(PathBuf, FileMark)],
) -> (Vec<ModelFiles>, Vec<Problem>) {
    let mut problems = Vec::new();
    let files = study.models.iter().map(|model| files_of(study, model, data, &mut problems));
    let files = files.collect();
    (files, problems)
}

fn files_of(
    study: &Study,
    model: &ModelSpec,
    data: &[(PathBuf, FileMark)],
    problems: &mut Vec<Problem>,
) -> ModelFiles {
    // A learner in this process gets the examples whose hash is in the id, and reads no file again.
    let reads_again = model.recipe.command().is_some() || model.ranks > 1;
    let data = if reads_again { data.to_vec() } else { Vec::new() };
    let Some(command) = model.recipe.command().map(|recipe| &recipe.command) else {
        return ModelFiles { data, ..ModelFiles::default() };
    };
    let (mut hash, mut inputs) = (Sha256::new(), Vec::new());
    for name in &command.inputs {
        let path = command.folder.join(name);
        let (content, known) = match read(&path) {
            Ok((content, mark)) => (content, Some(mark)),
            Err(error) => {
                problems.push(unreadable(study, model, &path, &error));
                (String::new(), None)
            }
        };
        hash.update(format!("{}\0{content}\n", name.display()));
        let name = name.display().to_string();
        inputs.push(Input { name, path, content, known: Mutex::new(known) });
    }
    let hash = if inputs.is_empty() { String::new() } else { hexadecimal(&hash.finalize()) };
    ModelFiles { hash, inputs, data }
}

/// Hash of the content of the file at `path`, and its mark, which did not change during the
/// reading.
fn read(path: &Path) -> io::Result<(String, FileMark)> {
    for _ in 0..READINGS {
        let (mut file, before) = FileMark::at(path)?;
        let content = content_hash(&mut file)?;
        // An editor may have put another file there during the reading.
        if FileMark::of(&file)? == before && FileMark::at(path)?.1 == before {
            return Ok((content, before));
        }
    }
    Err(io::Error::other("it changes while it is read"))
}

fn content_hash(file: &mut File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            length => hash.update(&part[..length]),
        }
    }
}

/// The files of the study's data with their marks. Unreadable files are left out here; reading the
/// data reports them.
pub(super) fn data_files(study: &Study) -> Vec<(PathBuf, FileMark)> {
    let Some(data) = &study.data else { return Vec::new() };
    let held_out =
        [&data.validation, &data.test].into_iter().filter_map(|held_out| match held_out {
            HeldOut::File(source) => Some(source),
            _ => None,
        });
    let mut paths = Vec::new();
    for source in std::iter::once(&data.source).chain(held_out) {
        if let Source::Files(files) = source {
            files.paths().iter().for_each(|path| add_files(path, &mut paths));
        }
    }
    let marked = |path: PathBuf| {
        let (_, mark) = FileMark::at(&path).ok()?;
        Some((path, mark))
    };
    paths.into_iter().filter_map(marked).collect()
}

/// Adds `path`, or the files below it, in the order of their names; of a folder none that is hidden, such as
/// what a study that lies beside its data writes.
fn add_files(path: &Path, paths: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        paths.push(path.to_owned());
        return;
    }
    let listing = std::fs::read_dir(path).into_iter().flatten();
    let seen =
        listing.flatten().filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    let mut inside: Vec<PathBuf> = seen.map(|entry| entry.path()).collect();
    inside.sort();
    for path in inside {
        if paths.len() >= MOST_DATA_FILES {
            return;
        }
        add_files(&path, paths);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study;

    /// The files of a command whose only input is `name` in `folder`.
    fn files(folder: &Path) -> ModelFiles {
        let text = "[shards]\nsizes = [1, 2]\n[[model]]\ncommand = [\"true\"]\ninputs = [\"a\"]\n";
        let study = study::parse(text, &folder.join("study.toml")).unwrap();
        let (mut all, problems) = read_all(&study, &[]);
        assert!(problems.is_empty());
        all.remove(0)
    }

    #[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
    fn write(folder: &Path, text: &str) {
        std::fs::write(folder.join("a"), text).unwrap();
    }

    #[test]
    fn a_file_that_was_written_again_with_what_it_held_starts_trials_and_ends_none() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "first");
        let files = files(folder.path());
        let before = files.before().unwrap();
        assert_eq!(files.after(&before), Ok(()));
        write(folder.path(), "first");
        let change = files.after(&before).unwrap_err();
        assert_eq!(change.to_string(), "`a` was changed while it was trained");
        // A trial that begins now begins with the right file.
        let before = files.before().unwrap();
        assert_eq!(files.after(&before), Ok(()));
    }

    #[test]
    fn a_file_with_another_content_or_none_starts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "first");
        let files = files(folder.path());
        write(folder.path(), "other");
        let change = files.before().unwrap_err();
        assert_eq!(change.to_string(), "`a` is not the file the trial was planned with");
        std::fs::remove_file(folder.path().join("a")).unwrap();
        assert_eq!(files.before().unwrap_err().to_string(), "`a` cannot be read any more");
        write(folder.path(), "first");
        assert!(files.before().is_ok(), "put back");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
    fn what_a_study_beside_its_data_writes_is_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[data]\npath = \".\"\nformat = \"text\"\n[shards]\nsizes = [1, 2]\n\
                    [[model]]\ncommand = [\"true\"]\n";
        let study = study::parse(text, &folder.path().join("study.toml")).unwrap();
        std::fs::create_dir(folder.path().join(".tenfold")).unwrap();
        std::fs::write(folder.path().join(".tenfold/events.jsonl"), "{}").unwrap();
        write(folder.path(), "data");
        let files: Vec<PathBuf> = data_files(&study).into_iter().map(|(path, _)| path).collect();
        assert_eq!(files.iter().filter_map(|path| path.file_name()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_pipe_in_place_of_a_file_is_told_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "first");
        let files = files(folder.path());
        let path = folder.path().join("a");
        std::fs::remove_file(&path).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(files.before().unwrap_err().to_string(), "`a` cannot be read any more");
    }
}
