//! Append-only files of one JSON object a line: the events of a run, the history of a training.
//!
//! Journals are for watchers, in another process or later; results do not depend on them. So each
//! line is appended in one write and not synced, and readers skip a line that a crash cut off. A
//! journal that grows too large is renamed and replaces the one renamed before it.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::error::StoreError;
use super::files::StudyFolder;
use crate::trial::TrialId;

/// Size in bytes from which a journal is rotated: renamed, and a new one begun.
const ROTATED_AT: u64 = 64 << 20;

impl StudyFolder {
    /// Path of the journal of the study's runs.
    pub fn events(&self) -> PathBuf {
        self.root().join("events.jsonl")
    }

    /// Path of the journal of trial `id`'s training, over all its executions.
    pub fn history(&self, id: &TrialId) -> PathBuf {
        self.trial(id).join("history.jsonl")
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
    rotated_at: u64,
}

impl Journal {
    /// A writer of the journal at `path`, which the first line opens.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, bytes: 0, rotated_at: ROTATED_AT }
    }

    /// Adds `entry` as a line.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; later lines may still be written.
    pub fn append(&mut self, entry: &impl Serialize) -> Result<(), StoreError> {
        let failed = |error: io::Error| StoreError::writing(&self.path, &error);
        let mut line = serde_json::to_string(entry).map_err(|e| failed(io::Error::other(e)))?;
        line.push('\n');
        let written = self.write(line.as_bytes());
        if written.is_err() {
            // Reopening checks whether the file ends within a line, so that the next entry starts a
            // new one.
            self.file = None;
        }
        written.map_err(|error| StoreError::writing(&self.path, &error))
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes >= self.rotated_at {
            self.file = None;
            fs::rename(&self.path, older(&self.path))?;
        }
        if self.file.is_none() {
            let mut file = File::options().read(true).append(true).create(true).open(&self.path)?;
            self.bytes = file.metadata()?.len();
            if ends_within_a_line(&mut file, self.bytes)? {
                file.write_all(b"\n")?;
                self.bytes += 1;
            }
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_all(line)?;
            self.bytes += line.len() as u64;
        }
        Ok(())
    }
}

/// Path to which a rotated journal is renamed: `events.1.jsonl`.
fn older(path: &Path) -> PathBuf {
    path.with_extension("1.jsonl")
}

fn ends_within_a_line(file: &mut File, bytes: u64) -> io::Result<bool> {
    if bytes == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(bytes - 1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A reader that follows a journal while it grows.
#[derive(Debug)]
pub struct JournalReader {
    path: PathBuf,
    schema: &'static str,
    file: Option<BufReader<File>>,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
    is_older_read: bool,
}

impl JournalReader {
    /// A reader of the entries of version `schema` in the journal at `path`, from the oldest that
    /// is kept.
    pub fn new(path: PathBuf, schema: &'static str) -> Self {
        Self { path, schema, file: None, begun: Vec::new(), is_older_read: false }
    }

    /// The entries that were added since the last call. Cut-off lines and lines of another version
    /// are skipped; a journal that does not exist yet has no entries.
    ///
    /// # Errors
    /// [`StoreError`] if it exists and cannot be read.
    pub fn added(&mut self) -> Result<Vec<Value>, StoreError> {
        let mut entries = Vec::new();
        let read = self.read_into(&mut entries);
        read.map_err(|error| StoreError::reading(&self.path, &error))?;
        Ok(entries)
    }

    fn read_into(&mut self, entries: &mut Vec<Value>) -> io::Result<()> {
        if !self.is_older_read {
            self.is_older_read = true;
            self.file = open(&older(&self.path))?;
            self.read_rest(entries)?;
            self.leave();
        }
        if self.file.is_some() && self.is_put_aside()? {
            self.read_rest(entries)?;
            self.leave();
        }
        if self.file.is_none() {
            self.file = open(&self.path)?;
        }
        self.read_rest(entries)
    }

    /// Whether the file being read was rotated or removed.
    fn is_put_aside(&self) -> io::Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let now = match fs::metadata(&self.path) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        let read = file.get_ref().metadata()?;
        Ok((now.dev(), now.ino()) != (read.dev(), read.ino()))
    }

    fn leave(&mut self) {
        self.file = None;
        self.begun.clear();
    }

    fn read_rest(&mut self, entries: &mut Vec<Value>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        while file.read_until(b'\n', &mut self.begun)? > 0 {
            if self.begun.last() != Some(&b'\n') {
                break;
            }
            entries.extend(entry(&self.begun, self.schema));
            self.begun.clear();
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<Option<BufReader<File>>> {
    match File::open(path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entry in `line`, if the line is complete and of version `schema`.
fn entry(line: &[u8], schema: &str) -> Option<Value> {
    let entry: Value = serde_json::from_slice(line).ok()?;
    (entry.get("schema")?.as_str()? == schema).then_some(entry)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests play a process that was cut off")]
mod tests {
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "test/1";

    fn numbers(entries: &[Value]) -> Vec<u64> {
        entries.iter().map(|entry| entry["n"].as_u64().unwrap()).collect()
    }

    fn line(n: u64) -> Value {
        json!({ "schema": SCHEMA, "n": n })
    }

    #[test]
    fn what_is_added_is_read_once_and_a_torn_line_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut reader = JournalReader::new(path.clone(), SCHEMA);
        assert_eq!(reader.added().unwrap(), Vec::<Value>::new());
        let mut journal = Journal::new(path.clone());
        journal.append(&line(1)).unwrap();
        assert_eq!(numbers(&reader.added().unwrap()), [1]);
        assert_eq!(reader.added().unwrap(), Vec::<Value>::new());
        // A process is cut off in the middle of a line; the next one starts a new line.
        let mut torn = fs::read(&path).unwrap();
        torn.extend(b"{\"schema\":\"test/1\",\"n\":");
        fs::write(&path, torn).unwrap();
        let mut journal = Journal::new(path.clone());
        journal.append(&json!({ "schema": "test/2", "n": 0 })).unwrap();
        journal.append(&line(2)).unwrap();
        assert_eq!(numbers(&JournalReader::new(path, SCHEMA).added().unwrap()), [1, 2]);
    }

    #[test]
    fn a_line_is_read_when_its_end_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let whole = format!("{}\n", line(7));
        let mut reader = JournalReader::new(path.clone(), SCHEMA);
        let mut file = File::create(&path).unwrap();
        for part in [&whole[..9], &whole[9..]] {
            assert_eq!(reader.added().unwrap(), Vec::<Value>::new());
            file.write_all(part.as_bytes()).unwrap();
        }
        assert_eq!(numbers(&reader.added().unwrap()), [7]);
    }

    #[test]
    fn a_reader_follows_a_journal_that_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal { rotated_at: 80, ..Journal::new(path.clone()) };
        let mut reader = JournalReader::new(path.clone(), SCHEMA);
        let mut followed = Vec::new();
        for n in 0..20 {
            journal.append(&line(n)).unwrap();
            followed.extend(numbers(&reader.added().unwrap()));
        }
        assert!(followed.iter().copied().eq(0..20), "{followed:?}");
        // A reader that starts later finds only the last two files.
        let kept = numbers(&JournalReader::new(path.clone(), SCHEMA).added().unwrap());
        assert!(kept.len() < 20 && kept.ends_with(&[18, 19]), "{kept:?}");
        let bytes = |path: &Path| fs::metadata(path).unwrap().len();
        assert!(bytes(&path) + bytes(&older(&path)) < 250);
    }
}
