//! Files of example ids for commands: as text, one id a line, and as `NumPy` arrays.
//!
//! Trials of one shard share its file, which is named by its content and never changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tenfold_data::shard_hash;

use crate::executor::runners::Site;
use crate::prepared::mark::FileMark;
use crate::store::{StoreError, write_atomically};
use crate::trial::Trial;

/// Files that were read on this machine, by path: a file with the same mark need not be read again.
#[derive(Debug, Default)]
pub struct SeenFiles(Mutex<BTreeMap<PathBuf, Seen>>);

/// A file that had the right content when it was read.
#[derive(Clone, Debug)]
struct Seen {
    mark: FileMark,
    length: u64,
    digest: Vec<u8>,
}

/// The files that a command may use; empty if commands find their own data.
#[derive(Debug, Default)]
pub(super) struct IdFiles(Vec<IdFile>);

#[derive(Debug)]
struct IdFile {
    name: &'static str,
    path: PathBuf,
    /// The file's state when the command started.
    seen: Seen,
}

impl IdFiles {
    /// The file for the placeholder `name`.
    pub(super) fn named(&self, name: &str) -> Option<&Path> {
        self.0.iter().find(|file| file.name == name).map(|file| file.path.as_path())
    }

    /// Checks the files after the command has ended.
    ///
    /// # Errors
    /// The reason if a file's content changed, so that the command may have read something else.
    pub(super) fn check(&self) -> Result<(), String> {
        for IdFile { path, seen, .. } in &self.0 {
            let is_as_it_was = match FileMark::at(path) {
                Ok((_, mark)) if mark == seen.mark => true,
                // Another worker may have written the same file again.
                Ok(_) => read(path).is_ok_and(|found| found.is_like(seen)),
                Err(_) => false,
            };
            if !is_as_it_was {
                let path = path.display();
                return Err(format!(
                    "`{path}`, which says what to train on, was changed meanwhile"
                ));
            }
        }
        Ok(())
    }
}

impl Seen {
    fn is_like(&self, other: &Self) -> bool {
        self.length == other.length && self.digest == other.digest
    }
}

/// Writes the files of `trial`, except those that exist with the right content.
///
/// # Errors
/// [`StoreError`] if they cannot be written, or do not hold what was written.
pub(super) fn prepare(site: &Site, trial: &Trial) -> Result<IdFiles, StoreError> {
    let Some(examples) = &site.data.examples else { return Ok(IdFiles::default()) };
    let folder = site.folder.shards();
    fs::create_dir_all(&folder).map_err(|error| StoreError::writing(&folder, &error))?;
    let folder =
        std::path::absolute(&folder).map_err(|error| StoreError::reading(&folder, &error))?;
    let sets = [
        (
            "indices",
            "indices_npy",
            (&*examples.dataset, examples.shard(trial.size, trial.seed).rows),
        ),
        ("validation", "validation_npy", examples.validation(trial.seed).view()),
        ("test", "test_npy", examples.test(trial.seed).view()),
    ];
    let mut files = Vec::new();
    for (text_name, array_name, (dataset, rows)) in sets {
        let ids = &dataset.numbers_of(rows);
        let hash = shard_hash(ids);
        let path = |ending: &str| folder.join(format!("{}.{ending}", &hash[..20]));
        let (text_file, array_file) = (path("txt"), path("npy"));
        let seen = site.id_files.provide(&text_file, || text(ids))?;
        files.push(IdFile { name: text_name, path: text_file, seen });
        let seen = site.id_files.provide(&array_file, || array(ids))?;
        files.push(IdFile { name: array_name, path: array_file, seen });
    }
    Ok(IdFiles(files))
}

impl SeenFiles {
    /// Makes `path` hold `bytes`. Its name depends on its content, so it is written only once.
    fn provide(&self, path: &Path, bytes: impl FnOnce() -> Vec<u8>) -> Result<Seen, StoreError> {
        let known = self.lock().get(path).cloned();
        let mark = FileMark::at(path).map(|(_, mark)| mark);
        if let (Some(known), Ok(mark)) = (known, &mark)
            && known.mark == *mark
        {
            return Ok(known);
        }
        let bytes = bytes();
        let failed = |error: io::Error| StoreError::reading(path, &error);
        let is_right = |seen: &Seen| {
            seen.length == bytes.len() as u64 && seen.digest == Sha256::digest(&bytes).as_slice()
        };
        let mut seen = read(path).ok().filter(is_right);
        if seen.is_none() {
            write_atomically(path, &bytes)?;
            seen = Some(read(path).map_err(failed)?).filter(is_right);
        }
        let seen =
            seen.ok_or_else(|| failed(io::Error::other("it does not hold what was written")))?;
        self.lock().insert(path.to_owned(), seen.clone());
        Ok(seen)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Length and digest of the content of the file at `path`.
fn read(path: &Path) -> io::Result<Seen> {
    let (mut file, mark) = FileMark::at(path)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => break,
            count => {
                hash.update(&part[..count]);
                length += count as u64;
            }
        }
    }
    Ok(Seen { mark, length, digest: hash.finalize().to_vec() })
}

fn text(ids: &[u32]) -> Vec<u8> {
    let mut text = String::with_capacity(8 * ids.len());
    for id in ids {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id}");
    }
    text.into_bytes()
}

/// `ids` in `NumPy`'s file format 1.0, as 64-bit integers.
///
/// # Reference
/// "A simple file format for `NumPy` arrays" (NEP 1): magic, version, length of the header,
/// the header as a Python literal padded with spaces so that the data begin at a multiple of 64.
fn array(ids: &[u32]) -> Vec<u8> {
    let mut header =
        format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({},), }}", ids.len());
    let before = 10;
    let padding = 63 - (before + header.len()) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for id in ids {
        bytes.extend(i64::from(*id).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a file that somebody else wrote in part")]
    fn write(path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_list_that_is_empty_or_cut_short_is_written_again_and_one_that_changes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        for left in [&b""[..], b"3\n", b"3\n12\n"] {
            write(&path, left);
            // The first pass is the first worker on a machine, the second a worker that has read
            // the file before.
            let seen_files = SeenFiles::default();
            for _ in 0..2 {
                seen_files.provide(&path, || text(&[3, 11])).unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"3\n11\n");
                write(&path, left);
            }
            let seen = seen_files.provide(&path, || text(&[3, 11])).unwrap();
            let files = IdFiles(vec![IdFile { name: "indices", path: path.clone(), seen }]);
            assert_eq!(files.check(), Ok(()));
            // Another worker that finds no file writes the same content.
            write_atomically(&path, b"3\n11\n").unwrap();
            assert_eq!(files.check(), Ok(()));
            write(&path, left);
            assert!(files.check().unwrap_err().contains("was changed meanwhile"));
        }
    }

    #[test]
    fn an_array_begins_where_its_header_says() {
        for count in [0, 1, 9, 10, 99_999] {
            let ids: Vec<u32> = (0..count).collect();
            let bytes = array(&ids);
            let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!((10 + length) % 64, 0, "{count}");
            assert_eq!(bytes.len(), 10 + length + 8 * ids.len());
            assert_eq!(bytes[10 + length - 1], b'\n');
        }
        assert_eq!(text(&[3, 11]), b"3\n11\n");
    }
}
