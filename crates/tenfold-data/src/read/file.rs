//! Reading files as bytes, unpacked if they are gzip, and errors for files that are not there.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::dataset::TextPart;
use crate::error::DataError;
use crate::hint::closest;

/// Bytes that are read of a file at once: a line a call would take longer than its content.
const READ_AT_ONCE: usize = 1 << 18;

/// First bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whole content of a file, unpacked if it is gzip, whatever its name.
pub(super) fn read_bytes(path: &Path, needed: &'static str) -> Result<Vec<u8>, DataError> {
    refuse_folder(path, needed)?;
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    if bytes.is_empty() {
        return Err(DataError::Empty { path: path.to_owned(), needed });
    }
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let unpacked = gunzip_bytes(&bytes).map_err(|reason| DataError::Corrupt {
        path: path.to_owned(),
        needed: "a whole gzip file",
        reason,
    })?;
    if unpacked.is_empty() {
        return Err(DataError::Empty { path: path.to_owned(), needed });
    }
    Ok(unpacked)
}

/// The bytes of a file that is not empty: where they are if they can be read there again, otherwise in
/// memory.
pub(super) enum Bytes {
    /// In the file.
    InFile(BufReader<fs::File>),
    /// Unpacked, or decoded.
    Memory(Vec<u8>),
}

impl Bytes {
    /// Opens a file; `needed` is what it should hold.
    pub(super) fn open(path: &Path, needed: &'static str) -> Result<Self, DataError> {
        // What is no file, such as a pipe, can only be read once.
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        if !is_file || starts_as_gzip(path, needed)? {
            return Ok(Self::Memory(read_bytes(path, needed)?));
        }
        let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
        let mut file = BufReader::with_capacity(READ_AT_ONCE, file);
        if file.fill_buf().map_err(|error| unreadable(path, &error))?.is_empty() {
            return Err(DataError::Empty { path: path.to_owned(), needed });
        }
        Ok(Self::InFile(file))
    }

    /// The first `most` bytes.
    pub(super) fn beginning(&mut self, path: &Path, most: usize) -> Result<Vec<u8>, DataError> {
        let mut beginning = Vec::new();
        let mut first = self.reader(path, 0)?.take(most as u64);
        first.read_to_end(&mut beginning).map_err(|error| unreadable(path, &error))?;
        Ok(beginning)
    }

    /// All bytes from the one at `start` on.
    pub(super) fn reader(
        &mut self,
        path: &Path,
        start: u64,
    ) -> Result<Box<dyn BufRead + '_>, DataError> {
        match self {
            Self::InFile(file) => {
                file.seek(SeekFrom::Start(start)).map_err(|error| unreadable(path, &error))?;
                Ok(Box::new(file))
            }
            Self::Memory(bytes) => Ok(Box::new(&bytes[bytes.len().min(start as usize)..])),
        }
    }

    /// The bytes as something that texts are read from.
    pub(super) fn into_part(self, path: &Path) -> TextPart {
        match self {
            Self::InFile(_) => TextPart::File(path.to_owned()),
            Self::Memory(bytes) => TextPart::Memory(bytes),
        }
    }
}

/// Whether the first bytes of a file are those of gzip.
pub(super) fn starts_as_gzip(path: &Path, needed: &'static str) -> Result<bool, DataError> {
    refuse_folder(path, needed)?;
    let mut file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut first = [0; 2];
    match file.read_exact(&mut first) {
        Ok(()) => Ok(first == GZIP_MAGIC),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Content of gzip bytes, or where and why unpacking stopped.
pub(crate) fn gunzip_bytes(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    match MultiGzDecoder::new(packed).read_to_end(&mut unpacked) {
        Ok(_) => Ok(unpacked),
        Err(error) => {
            let reason = match error.kind() {
                ErrorKind::UnexpectedEof => "it stops in the middle".to_owned(),
                _ => error.to_string(),
            };
            Err(format!("{reason}, after {} unpacked bytes", unpacked.len()))
        }
    }
}

/// An error when `path` is not there or is a folder.
pub(super) fn refuse_folder(path: &Path, needed: &'static str) -> Result<(), DataError> {
    if path.is_dir() {
        return Err(DataError::WrongKind { path: path.to_owned(), found: "a folder", needed });
    }
    if path.exists() { Ok(()) } else { Err(not_there(path)) }
}

/// Names in a folder, sorted, without hidden ones.
pub(super) fn entries(folder: &Path) -> Result<Vec<String>, DataError> {
    let listing = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut names = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let name = entry.file_name().into_string().map_err(|name| DataError::Unreadable {
            path: folder.join(&name),
            reason: "its name is not Unicode".to_owned(),
        })?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The error for a file that the system cannot read; for a missing file it says what is there
/// instead.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    if error.kind() == ErrorKind::NotFound {
        return not_there(path);
    }
    DataError::Unreadable { path: path.to_owned(), reason: error.kind().to_string() }
}

/// "Not there", with the nearest folder that exists, what it holds and what may have been meant.
pub(super) fn not_there(path: &Path) -> DataError {
    let mut missing = path.to_owned();
    let mut folder = parent(path);
    while !folder.is_dir() && folder != Path::new(".") && folder.parent().is_some() {
        missing.clone_from(&folder);
        folder = parent(&folder);
    }
    let names = entries(&folder).unwrap_or_default();
    let wanted = missing.file_name().map(|name| name.to_string_lossy().into_owned());
    let closest = wanted
        .and_then(|wanted| closest(&wanted, names.iter().map(String::as_str)).map(str::to_owned))
        .map(|name| if folder == Path::new(".") { name.into() } else { folder.join(name) });
    DataError::NotThere { path: path.to_owned(), folder, entries: names, closest }
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
