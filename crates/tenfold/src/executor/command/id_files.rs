//! Files of example ids for commands: as text, one a line, and as arrays of `NumPy`.
//!
//! Trials of one shard share its file, which is named by its content and never changes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tenfold_data::shard_hash;

use crate::executor::execute::Site;
use crate::store::{StoreError, write_atomically};
use crate::trial::Trial;

/// Paths of the files a command may want; empty where commands find their own data.
#[derive(Debug, Default)]
pub(super) struct IdFiles(Vec<(&'static str, PathBuf)>);

impl IdFiles {
    /// The file for the placeholder `name`.
    pub(super) fn named(&self, name: &str) -> Option<&Path> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, path)| path.as_path())
    }
}

/// Writes the files of `trial` unless they are there.
///
/// # Errors
/// [`StoreError`] if they cannot be written.
pub(super) fn prepare(site: &Site, trial: &Trial) -> Result<IdFiles, StoreError> {
    let Some(examples) = &site.data.examples else { return Ok(IdFiles::default()) };
    let folder = site.folder.shards();
    fs::create_dir_all(&folder).map_err(|error| StoreError::writing(&folder, &error))?;
    let folder =
        std::path::absolute(&folder).map_err(|error| StoreError::reading(&folder, &error))?;
    let sets = [
        ("indices", "indices_npy", examples.shard(trial.size, trial.repeat)),
        ("validation", "validation_npy", examples.validation(trial.repeat).view().1),
        ("test", "test_npy", examples.test(trial.repeat).view().1),
    ];
    let mut files = Vec::new();
    for (text_name, array_name, ids) in sets {
        let hash = shard_hash(ids);
        let path = |ending: &str| folder.join(format!("{}.{ending}", &hash[..20]));
        let (text_file, array_file) = (path("txt"), path("npy"));
        write_once(&text_file, || text(ids))?;
        write_once(&array_file, || array(ids))?;
        files.extend([(text_name, text_file), (array_name, array_file)]);
    }
    Ok(IdFiles(files))
}

/// Writes `path` unless it is there: its name says what is in it.
fn write_once(path: &Path, bytes: impl FnOnce() -> Vec<u8>) -> Result<(), StoreError> {
    if path.exists() { Ok(()) } else { write_atomically(path, &bytes()) }
}

fn text(ids: &[u32]) -> Vec<u8> {
    let mut text = String::with_capacity(8 * ids.len());
    for id in ids {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id}");
    }
    text.into_bytes()
}

/// `ids` in the format 1.0 of `NumPy`, as 64-bit integers.
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
