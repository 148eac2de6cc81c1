//! The folder `.tenfold` and the files of its trials.
//!
//! A result is written to `result.tmp.<attempt>.<random>`, synced, and given its final name by
//! `link(2)`, which fails if the name exists: of several executions of one trial exactly one
//! publishes.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::temporary::{self, write_new};

use super::error::{NOT_A_FILE, StoreError};
use super::fault::{self, Point};
use crate::trial::{AttemptToken, TrialId};

/// The folder `.tenfold` beside a `study.toml`.
#[derive(Clone, Debug)]
pub struct StudyFolder {
    root: PathBuf,
}

/// Bytes at the end of a log that are searched for its last lines.
const LOG_TAIL: u64 = 16 * 1024;

/// Whether an execution's result became the trial's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// This execution's result is the trial's.
    Won,
    /// Another execution had published before.
    Lost,
}

impl StudyFolder {
    /// The folder `.tenfold` below `study_folder`, made if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be made, or is in an earlier format.
    pub fn create(study_folder: &Path) -> Result<Self, StoreError> {
        let folder = Self::open(study_folder);
        folder.refuse_earlier_form()?;
        let trials = folder.trials();
        fs::create_dir_all(&trials).map_err(|e| StoreError::writing(&trials, &e))?;
        Ok(folder)
    }

    /// The folder `.tenfold` below `study_folder`, whether or not it exists.
    pub fn open(study_folder: &Path) -> Self {
        Self { root: study_folder.join(".tenfold") }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("study.sqlite")
    }

    /// Folder of the files of example ids, which commands read.
    pub fn shards(&self) -> PathBuf {
        self.root.join("shards")
    }

    /// The report.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The trial's result, once published.
    pub fn result(&self, id: &TrialId) -> PathBuf {
        self.trial(id).join("result.json")
    }

    /// The trial's log, over all its executions.
    pub fn log(&self, id: &TrialId) -> PathBuf {
        self.trial(id).join("log.txt")
    }

    /// Where the trial's training state is kept between evaluations.
    pub fn checkpoint(&self, id: &TrialId) -> PathBuf {
        self.trial(id).join("checkpoint.safetensors")
    }

    /// Makes the trial's folder.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be made.
    pub fn create_trial(&self, id: &TrialId) -> Result<(), StoreError> {
        let path = self.trial(id);
        fs::create_dir_all(&path).map_err(|e| StoreError::writing(&path, &e))
    }

    /// Adds one line to the trial's log.
    ///
    /// # Errors
    /// [`StoreError`] if the log cannot be written.
    pub fn append_log(&self, id: &TrialId, line: &str) -> Result<(), StoreError> {
        let path = self.log(id);
        File::options()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|mut file| writeln!(file, "{line}"))
            .map_err(|e| StoreError::writing(&path, &e))
    }

    /// The last `lines` lines that the last execution wrote to the trial's log; empty if the log
    /// cannot be read.
    pub fn end_of_log(&self, id: &TrialId, lines: usize) -> Vec<String> {
        let tail = File::open(self.log(id)).and_then(|mut file| {
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
            let mut tail = Vec::new();
            file.take(LOG_TAIL).read_to_end(&mut tail)?;
            Ok(tail)
        });
        let tail = tail.unwrap_or_default();
        let tail = String::from_utf8_lossy(&tail);
        // Lines that Tenfold itself writes mark the beginning and the end of an execution.
        let mut last: Vec<String> = tail
            .lines()
            .rev()
            .take_while(|line| !line.starts_with("attempt "))
            .filter(|line| !line.starts_with("failed after "))
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .take(lines)
            .collect();
        last.reverse();
        last
    }

    /// Publishes `document` as the result of trial `id`, unless one is published already.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; then nothing is published.
    pub fn publish(
        &self,
        id: &TrialId,
        attempt: &AttemptToken,
        document: &str,
    ) -> Result<Published, StoreError> {
        let folder = self.trial(id);
        let name = || folder.join(format!("result.tmp.{attempt}.{}", temporary::name()));
        let temporary = write_new(name, document.as_bytes())
            .map_err(|error| StoreError::writing(&self.result(id), &error))?;
        fault::pass(Point::BeforePublish);
        let target = self.result(id);
        let published = link(&temporary, &target, &|from, to| fs::hard_link(from, to))
            .map_err(|error| StoreError::writing(&target, &error))?;
        drop(fs::remove_file(&temporary));
        sync_folder(&folder).map_err(|e| StoreError::writing(&folder, &e))?;
        fault::pass(Point::AfterPublish);
        Ok(published)
    }

    /// Text of the trial's result file; `None` if no result is published.
    ///
    /// # Errors
    /// [`StoreError`] if it is there and cannot be read.
    pub fn read_result(&self, id: &TrialId) -> Result<Option<String>, StoreError> {
        let path = self.result(id);
        match read_file(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(&path, &error)),
        }
    }

    /// Removes partly written results of processes that ended, and the checkpoints of finished
    /// trials.
    ///
    /// # Errors
    /// [`StoreError`] if the trial's folder cannot be listed.
    pub fn remove_parts(&self, id: &TrialId) -> Result<(), StoreError> {
        let path = self.trial(id);
        let listing = fs::read_dir(&path).map_err(|e| StoreError::reading(&path, &e))?;
        let is_finished = self.result(id).exists();
        for entry in listing {
            let entry = entry.map_err(|e| StoreError::reading(&path, &e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_part = name.starts_with("result.tmp.") || name.contains(".safetensors.tmp.");
            if is_part || is_finished && name.contains("checkpoint") {
                // A file that cannot be removed does no harm; it only takes space.
                drop(fs::remove_file(entry.path()));
            }
        }
        Ok(())
    }

    /// Renames a result file that holds no valid result, so that the trial can run again.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be renamed.
    pub fn set_aside_result(&self, id: &TrialId, clock_seconds: f64) -> Result<(), StoreError> {
        let path = self.result(id);
        let aside = path.with_file_name(format!("result.torn.{clock_seconds:.0}.json"));
        fs::rename(&path, &aside).map_err(|e| StoreError::writing(&path, &e))
    }
}

/// The content of the file at `path`. A pipe or device there is an error; it is never waited for.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let mut file = File::options().read(true).custom_flags(flags).open(path)?;
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::other(NOT_A_FILE));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Gives the file `temporary` its final name, unless that is taken.
///
/// A network file system may make the link and lose the answer: the client then asks again and gets
/// the error that the name is taken or that the server is gone. So the number of links of the file
/// decides, not the answer: only this call can have given the file a second name.
fn link(
    temporary: &Path,
    target: &Path,
    hard_link: &dyn Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<Published> {
    let Err(error) = hard_link(temporary, target) else { return Ok(Published::Won) };
    if names_of(temporary).is_ok_and(|names| names == 2) {
        return Ok(Published::Won);
    }
    match error.kind() {
        io::ErrorKind::AlreadyExists => Ok(Published::Lost),
        _ => Err(error),
    }
}

/// The number of names (hard links) of the file at `path`. Opening it makes a network client ask
/// the server again.
fn names_of(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(File::open(path)?.metadata()?.nlink())
}

/// Writes `bytes` to `path` atomically: a reader, or a crash, sees the old content or the new,
/// never a part of it.
///
/// # Errors
/// [`StoreError`] if it cannot be written; the old content is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let failed = |error: io::Error| StoreError::writing(path, &error);
    let temporary = || folder.join(format!(".{name}.tmp.{}", temporary::name()));
    let temporary = write_new(temporary, bytes).map_err(failed)?;
    fs::rename(&temporary, path).map_err(|error| {
        drop(fs::remove_file(&temporary));
        failed(error)
    })
}

/// Makes a new name durable: the name is stored in the folder, which must be synced separately.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_executions_the_first_to_publish_wins_and_its_text_stays() {
        let folder = tempfile::tempdir().unwrap();
        let study = StudyFolder::create(folder.path()).unwrap();
        let id = TrialId::parse("0123456789abcdef0123").unwrap();
        study.create_trial(&id).unwrap();
        let (first, second) = (AttemptToken::fresh(7), AttemptToken::fresh(7));
        assert_eq!(study.publish(&id, &first, "first").unwrap(), Published::Won);
        assert_eq!(study.publish(&id, &second, "second").unwrap(), Published::Lost);
        assert_eq!(study.read_result(&id).unwrap().unwrap(), "first");
        let left: Vec<_> = fs::read_dir(study.trial(&id)).unwrap().collect();
        assert_eq!(left.len(), 1, "temporary files are removed");
    }

    #[test]
    fn eight_threads_publish_one_result() {
        let folder = tempfile::tempdir().unwrap();
        let study = StudyFolder::create(folder.path()).unwrap();
        let id = TrialId::parse("0123456789abcdef0123").unwrap();
        study.create_trial(&id).unwrap();
        let won = std::thread::scope(|scope| {
            let publish = |i: usize| {
                let (study, id) = (&study, &id);
                let token = AttemptToken::fresh(7);
                scope.spawn(move || study.publish(id, &token, &i.to_string()).unwrap())
            };
            let threads: Vec<_> = (0..8).map(publish).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(won.iter().filter(|p| **p == Published::Won).count(), 1);
    }

    /// Publishes through a file server simulated by `answer` and checks which execution won.
    fn check_link(answer: &dyn Fn(&Path, &Path) -> io::Result<()>, expected: Option<Published>) {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, target) = (folder.path().join("tmp"), folder.path().join("final"));
        write_new(|| temporary.clone(), b"mine").unwrap();
        if expected == Some(Published::Lost) {
            write_new(|| target.clone(), b"another's").unwrap();
        }
        assert_eq!(link(&temporary, &target, answer).ok(), expected);
        let is_mine = fs::read(&target).is_ok_and(|bytes| bytes == b"mine");
        assert_eq!(is_mine, expected == Some(Published::Won));
    }

    #[test]
    fn a_link_that_was_made_counts_whatever_the_server_answers() {
        for kind in [io::ErrorKind::AlreadyExists, io::ErrorKind::TimedOut] {
            let made_and_lost = |from: &Path, to: &Path| {
                fs::hard_link(from, to)?;
                Err(kind.into())
            };
            check_link(&made_and_lost, Some(Published::Won));
        }
        check_link(&|from, to| fs::hard_link(from, to), Some(Published::Won));
        check_link(&|from, to| fs::hard_link(from, to), Some(Published::Lost));
        check_link(&|_, _| Err(io::ErrorKind::TimedOut.into()), None);
    }

    #[test]
    fn a_new_content_replaces_the_old_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"old and long").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
