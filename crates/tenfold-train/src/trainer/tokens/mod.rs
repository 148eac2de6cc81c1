//! The tokens of a shard: in memory, or in a file that is read ahead where they are too many for that.

mod read_ahead;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use read_ahead::ReadAhead;

/// Bytes of tokens that a shard may hold in memory. A study trains two or three at a time beside models of
/// some tens of megabytes each, and what is read again from a file that fits into the memory comes from
/// there anyway.
const HELD_BYTES: usize = 64 << 20;

/// The variable of the environment that says another number of bytes.
const HELD_VARIABLE: &str = "TENFOLD_HELD_TOKENS";

/// Bytes that are written to the file at once.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// Where tokens are held while a model is trained on them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding<'a> {
    /// Bytes of one shard or held-out set that may be in memory.
    pub(super) bytes: usize,
    /// Folder of a file for more than that.
    pub(super) folder: &'a Path,
}

impl<'a> Holding<'a> {
    /// The usual bytes or those that the environment says, and a file in `folder`.
    pub(super) fn new(folder: &'a Path) -> Self {
        let said = std::env::var(HELD_VARIABLE).ok().and_then(|said| said.parse().ok());
        Self { bytes: said.unwrap_or(HELD_BYTES), folder }
    }
}

/// Tokens, each in as many bytes as the largest number of the vocabulary needs.
pub(super) struct Tokens {
    length: usize,
    width: Width,
    place: Place,
}

enum Place {
    Memory(Vec<u8>),
    File(ReadAhead),
}

/// Bytes of a token, the low one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    One,
    Two,
    Four,
}

impl Width {
    /// The narrowest for numbers below `numbers`.
    fn of(numbers: usize) -> Self {
        match numbers {
            0..=0x100 => Self::One,
            0x101..=0x1_0000 => Self::Two,
            _ => Self::Four,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Writes the tokens in `bytes` as numbers to `target`, as many as that holds.
    fn copy(self, bytes: &[u8], target: &mut [f32]) {
        match self {
            Self::One => {
                target.iter_mut().zip(bytes).for_each(|(target, byte)| *target = f32::from(*byte));
            }
            Self::Two => target
                .iter_mut()
                .zip(bytes.as_chunks::<2>().0)
                .for_each(|(target, two)| *target = f32::from(u16::from_le_bytes(*two))),
            Self::Four => target
                .iter_mut()
                .zip(bytes.as_chunks::<4>().0)
                .for_each(|(target, four)| *target = u32::from_le_bytes(*four) as f32),
        }
    }
}

/// How tokens are asked for, which decides how they are read from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// By somebody who goes on with what follows.
    Onward,
    /// Once.
    Once,
}

impl Tokens {
    /// Tokens in all.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Writes the tokens from number `first` on to `target`; there are that many.
    pub(super) fn copy(&self, first: usize, target: &mut [f32], asking: Asking) {
        let bytes = self.width.bytes();
        match &self.place {
            Place::Memory(all) => self.width.copy(&all[first * bytes..], target),
            Place::File(file) => {
                let mut rest = target;
                let all = rest.len() * bytes;
                file.for_each_part(first * bytes, all, asking, |part| {
                    let (now, later) = std::mem::take(&mut rest).split_at_mut(part.len() / bytes);
                    self.width.copy(part, now);
                    rest = later;
                });
            }
        }
    }

    /// Why tokens could not be read from their file, if that has happened; what was copied since is wrong.
    pub(super) fn failure(&self) -> Option<io::Error> {
        match &self.place {
            Place::Memory(_) => None,
            Place::File(file) => file.failure(),
        }
    }
}

/// Tokens while they are collected.
pub(super) struct TokenWriter<'a> {
    holding: Holding<'a>,
    width: Width,
    length: usize,
    /// What is not in the file.
    bytes: Vec<u8>,
    file: Option<File>,
}

impl<'a> TokenWriter<'a> {
    /// For tokens with numbers below `numbers`.
    pub(super) fn new(numbers: usize, holding: Holding<'a>) -> Self {
        let width = Width::of(numbers);
        Self { holding, width, length: 0, bytes: Vec::new(), file: None }
    }

    /// Tokens so far.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Adds a token.
    ///
    /// # Errors
    /// What the system says of the file.
    pub(super) fn push(&mut self, token: u32) -> io::Result<()> {
        let width = self.width.bytes();
        self.bytes.extend_from_slice(&token.to_le_bytes()[..width]);
        self.length += 1;
        let most = if self.file.is_none() { self.holding.bytes } else { WRITTEN_AT_ONCE };
        if self.bytes.len() > most { self.write() } else { Ok(()) }
    }

    /// Writes what is not in the file.
    fn write(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(nameless_file(self.holding.folder)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.bytes)?;
        }
        self.bytes.clear();
        self.bytes.shrink_to(WRITTEN_AT_ONCE);
        Ok(())
    }

    /// All tokens.
    ///
    /// # Errors
    /// What the system says of the file.
    pub(super) fn finish(mut self) -> io::Result<Tokens> {
        if self.file.is_some() {
            self.write()?;
        }
        let place = match self.file {
            None => Place::Memory(self.bytes),
            Some(file) => Place::File(ReadAhead::new(file, self.length * self.width.bytes())?),
        };
        Ok(Tokens { length: self.length, width: self.width, place })
    }
}

/// An empty file below `folder` whose name is taken away at once, so that the system removes it when this
/// process ends, however it ends.
fn nameless_file(folder: &Path) -> io::Result<File> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("tokens.tmp.{}.{number}", process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(numbers: usize, count: usize, bytes: usize) -> (Tokens, Vec<f32>) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = TokenWriter::new(numbers, Holding { bytes, folder: folder.path() });
        let all: Vec<u32> = (0..count).map(|place| ((place * 7919) % numbers) as u32).collect();
        for token in &all {
            writer.push(*token).unwrap();
        }
        let tokens = writer.finish().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
        (tokens, all.into_iter().map(|token| token as f32).collect())
    }

    fn check_comes_back(numbers: usize, width: usize, bytes: usize) {
        let (tokens, all) = written(numbers, 200_000, bytes);
        assert_eq!((tokens.len(), tokens.width.bytes()), (200_000, width));
        assert_eq!(matches!(tokens.place, Place::File(_)), bytes == 10);
        for asking in [Asking::Onward, Asking::Once] {
            for first in [0, 1, 65_530, 131_071, 199_980] {
                let mut target = vec![-1.0; 20];
                tokens.copy(first, &mut target, asking);
                assert_eq!(target, all[first..first + 20], "{first} {numbers}");
            }
            let mut target = vec![-1.0; 200_000];
            tokens.copy(0, &mut target, asking);
            assert_eq!(target, all);
        }
        assert!(tokens.failure().is_none());
    }

    #[test]
    fn tokens_come_back_from_memory_and_from_a_file_in_every_width() {
        for (numbers, width) in [(256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
            check_comes_back(numbers, width, 10);
            check_comes_back(numbers, width, 10_000_000);
        }
    }
}
