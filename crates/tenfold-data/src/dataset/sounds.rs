//! Recordings: where each is, how long, and its digest; the samples are decoded when they are asked for, so
//! that a corpus need not fit into memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::sound::{Decoded, decoded, length, resampled, resampled_len};

/// Recordings of any length, all read at one sampling rate.
#[derive(Clone, Debug)]
pub struct Sounds {
    parts: Arc<[SoundPart]>,
    rows: Arc<[SoundRow]>,
    rate: u32,
}

/// Bytes of recordings.
#[derive(Debug)]
pub(crate) enum SoundPart {
    /// A file that holds one recording.
    File(PathBuf),
    /// The bytes of such a file, and what it is called.
    Encoded { bytes: Vec<u8>, name: String },
    /// Samples of eight bits, from 0 to 255, one recording after the other.
    Unsigned8(Vec<u8>),
}

/// Where a recording is and what is known of it without decoding it again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoundRow {
    /// Which part, from 0.
    part: u32,
    /// Bytes of it.
    start: u64,
    length: u64,
    /// Samples at its own rate.
    frames: u64,
    rate: u32,
    /// First 128 bits of the SHA-256 of the bytes.
    digest: [u8; 16],
}

impl SoundRow {
    /// The recording that is all of the file at `path`, which is part `part`; or what is wrong with it.
    ///
    /// # Errors
    /// Words that follow the name of the file, such as "has no samples".
    pub(crate) fn of_file(path: &Path, part: u32) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("cannot be read ({})", error.kind()))?;
        Self::of_bytes(bytes, path, part)
    }

    /// The recording that is all of `bytes`, those of a file called `name`, which are part `part`; or what is
    /// wrong with it.
    ///
    /// # Errors
    /// Words that follow the name of the file, such as "has no samples".
    pub(crate) fn of_bytes(bytes: Vec<u8>, name: &Path, part: u32) -> Result<Self, String> {
        let digest = digest_of(&bytes);
        let byte_count = bytes.len() as u64;
        let found = length(bytes, ending(name))?;
        if found.frames == 0 {
            return Err("has no samples".to_owned());
        }
        Ok(Self {
            part,
            start: 0,
            length: byte_count,
            frames: found.frames,
            rate: found.rate,
            digest,
        })
    }

    /// Samples a second of the recording itself.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }
}

impl Sounds {
    /// Recordings that are pieces of `parts`, read at `rate` samples a second.
    pub(crate) fn new(parts: Vec<SoundPart>, rows: Vec<SoundRow>, rate: u32) -> Self {
        Self { parts: parts.into(), rows: rows.into(), rate }
    }

    /// Recordings made in memory: samples of eight bits, silence 128, at `rate` a second.
    pub fn from_unsigned(recordings: &[&[u8]], rate: u32) -> Self {
        let mut start = 0;
        let rows = recordings.iter().map(|bytes| {
            let length = bytes.len() as u64;
            start += length;
            let digest = digest_of(bytes);
            SoundRow { part: 0, start: start - length, length, frames: length, rate, digest }
        });
        let rows = rows.collect();
        Self::new(vec![SoundPart::Unsigned8(recordings.concat())], rows, rate)
    }

    /// Number of recordings.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no recording at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Samples a second, of every recording as it is read.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The same recordings read at another rate.
    #[must_use]
    pub fn at_rate(&self, rate: u32) -> Self {
        Self { rate, ..self.clone() }
    }

    /// Samples of the recording in `row` as it is read.
    pub fn samples(&self, row: u32) -> u64 {
        let row = &self.rows[row as usize];
        resampled_len(row.frames, row.rate, self.rate)
    }

    /// Length of the recording in `row`, in whole milliseconds, at least 1.
    pub fn milliseconds(&self, row: u32) -> u64 {
        let row = &self.rows[row as usize];
        let rate = u64::from(row.rate);
        ((row.frames.saturating_mul(1_000) + rate / 2) / rate).max(1)
    }

    /// The samples of the recording in `row`, all channels mixed to one, from −1 to 1.
    ///
    /// # Errors
    /// [`DataError::Unreadable`], and [`DataError::Changed`] if it is not the recording that was there.
    pub fn row(&self, row: u32) -> Result<Vec<f32>, DataError> {
        let row = &self.rows[row as usize];
        let Decoded { samples, rate } = match &self.parts[row.part as usize] {
            SoundPart::Unsigned8(bytes) => {
                // A row was made from bytes that were in memory, so that its place fits.
                let [start, length] = [row.start, row.length].map(|at| at as usize);
                let sample = |byte: &u8| (f32::from(*byte) - 128.0) / 128.0;
                let samples = bytes[start..start + length].iter().map(sample).collect();
                Decoded { samples, rate: row.rate }
            }
            SoundPart::Encoded { bytes, name } => {
                decoded(bytes.clone(), ending(Path::new(name)))
                    .map_err(|reason| DataError::Unreadable { path: name.into(), reason })?
            }
            SoundPart::File(path) => {
                let bytes = fs::read(path).map_err(|error| DataError::Unreadable {
                    path: path.clone(),
                    reason: error.kind().to_string(),
                })?;
                let changed = || DataError::Changed { path: path.clone() };
                if digest_of(&bytes) != row.digest {
                    return Err(changed());
                }
                decoded(bytes, ending(path)).map_err(|_| changed())?
            }
        };
        Ok(resampled(samples, rate, self.rate))
    }

    pub(super) fn add_content(&self, hasher: &mut Sha256) {
        hasher.update(self.rate.to_le_bytes());
        hasher.update((self.rows.len() as u64).to_le_bytes());
        for row in &*self.rows {
            hasher.update(row.digest);
        }
    }

    pub(super) fn add_rate(&self, hasher: &mut Sha256) {
        hasher.update(self.rate.to_le_bytes());
    }

    pub(super) fn add_row(&self, hasher: &mut Sha256, row: u32) {
        hasher.update(self.rows[row as usize].digest);
    }

    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let chosen = rows.iter().map(|row| self.rows[*row as usize]);
        Self { parts: Arc::clone(&self.parts), rows: chosen.collect(), rate: self.rate }
    }
}

fn digest_of(bytes: &[u8]) -> [u8; 16] {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(bytes)[..16]);
    digest
}

/// How the name of a file ends, for a decoder that cannot tell from its bytes.
fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}
