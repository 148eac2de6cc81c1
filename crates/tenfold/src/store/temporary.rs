//! Temporary files with unique names.
//!
//! Process ids are not unique: two workers in containers, or on two machines, may have the same.
//! They would write into one file, and one would rename it while the other still writes.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::PathBuf;

/// How many names are tried; if all of them are taken, the cause is not chance.
const DRAWS: usize = 8;

/// A name of 32 hexadecimal digits: 128 bits from keys that the system drew for this process.
pub(super) fn name() -> String {
    let random = RandomState::new();
    let half = |number: u8| {
        let mut hasher = random.build_hasher();
        hasher.write_u8(number);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

/// Writes `bytes` to a new file that `path` names, syncs it and returns its name. If the file
/// exists, it belongs to another writer: it is left as it is, and another name is drawn. A file
/// that could not be written completely is removed.
pub(super) fn write_new(mut path: impl FnMut() -> PathBuf, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut draws = 0;
    let (path, mut file) = loop {
        let path = path();
        draws += 1;
        match File::options().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && draws < DRAWS => {}
            opened => break (path, opened?),
        }
    };
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(path),
        Err(error) => {
            drop(fs::remove_file(&path));
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_long_and_differ() {
        let names: BTreeSet<String> = (0..1000).map(|_| name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() == 32));
        // Every digit of a random number takes every value.
        for digit in 0..32 {
            let values: BTreeSet<u8> = names.iter().map(|name| name.as_bytes()[digit]).collect();
            assert_eq!(values.len(), 16, "digit {digit}");
        }
    }

    #[test]
    fn two_writers_that_are_given_one_name_write_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["same", "other"].map(|name| folder.path().join(name));
        let first = write_new(|| names[0].clone(), b"of the first").unwrap();
        let mut draws = names.iter().cloned();
        let second = write_new(|| draws.next().unwrap(), b"of the second").unwrap();
        assert_eq!((&first, &second), (&names[0], &names[1]));
        assert_eq!(fs::read(first).unwrap(), b"of the first");
        assert_eq!(fs::read(second).unwrap(), b"of the second");
        // A writer whose every name is taken writes nothing.
        let refused = write_new(|| names[0].clone(), b"of the third").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&names[0]).unwrap(), b"of the first");
    }
}
