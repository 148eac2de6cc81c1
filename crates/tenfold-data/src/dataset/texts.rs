//! Texts of any length: where each is, how long, and its digest; the text itself stays on disk until
//! it is asked for, so that a corpus need not fit into memory.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::CellForm;
use crate::error::DataError;
use crate::vocabulary::{CHARACTERS, Tokenizer, Vocabulary};

/// Texts of any length.
#[derive(Clone, Debug)]
pub struct Texts {
    parts: Arc<[TextPart]>,
    rows: Arc<[TextRow]>,
    tokens: Option<TokenCounts>,
}

/// The vocabulary that texts are read with, and how many of its tokens each text has.
#[derive(Clone, Debug)]
struct TokenCounts {
    vocabulary: Arc<Vocabulary>,
    /// One a text, boundaries not counted.
    counts: Arc<[u64]>,
}

/// Bytes that texts are pieces of.
#[derive(Debug)]
pub(crate) enum TextPart {
    /// A file, opened for every text that is read.
    File(PathBuf),
    /// Bytes that were unpacked or made.
    Memory(Vec<u8>),
    /// Rows of a table in one of the others; each is the text of one cell.
    Cells(Box<TextPart>, CellForm),
}

/// Where a text is and what is known of it without reading it again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextRow {
    /// Which part, from 0.
    part: u32,
    /// First byte.
    start: u64,
    /// Bytes, of a cell those of its row.
    length: u64,
    /// Unicode scalar values, `\r\n` counted as one.
    characters: u64,
    /// First 128 bits of the SHA-256 of the bytes.
    digest: [u8; 16],
}

/// A text while it is read, piece by piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct GrowingText {
    length: u64,
    characters: u64,
    hasher: Sha256,
}

impl GrowingText {
    /// Adds the next piece; `\r\n` is not cut in two.
    pub(crate) fn push(&mut self, piece: &str) {
        self.length += piece.len() as u64;
        self.characters += (piece.chars().count() - piece.matches("\r\n").count()) as u64;
        self.hasher.update(piece.as_bytes());
    }

    /// The text that began at byte `start` of `part`.
    pub(crate) fn finish(self, part: u32, start: u64) -> TextRow {
        let end = start + self.length;
        self.finish_in(part, start..end)
    }

    /// The text in the cell of a row that is in the bytes `row` of `part`.
    pub(crate) fn finish_in(self, part: u32, row: Range<u64>) -> TextRow {
        let mut digest = [0; 16];
        digest.copy_from_slice(&self.hasher.finalize()[..16]);
        TextRow {
            part,
            start: row.start,
            length: row.end - row.start,
            characters: self.characters,
            digest,
        }
    }
}

impl Texts {
    /// Texts that are pieces of `parts`.
    pub(crate) fn new(parts: Vec<TextPart>, rows: Vec<TextRow>) -> Self {
        Self { parts: parts.into(), rows: rows.into(), tokens: None }
    }

    /// Texts made in memory.
    pub fn from_strings(texts: &[&str]) -> Self {
        let (mut bytes, mut rows) = (Vec::new(), Vec::new());
        for text in texts {
            let mut growing = GrowingText::default();
            growing.push(text);
            rows.push(growing.finish(0, bytes.len() as u64));
            bytes.extend_from_slice(text.as_bytes());
        }
        Self::new(vec![TextPart::Memory(bytes)], rows)
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Characters of the text in `row`: Unicode scalar values, `\r\n` counted as one.
    pub fn characters(&self, row: u32) -> u64 {
        self.rows[row as usize].characters
    }

    /// The text in `row`, with `\n` for `\r\n`.
    ///
    /// # Errors
    /// [`DataError::Unreadable`], and [`DataError::Changed`] if it is not the text that was there.
    pub fn row(&self, row: u32) -> Result<String, DataError> {
        let row = &self.rows[row as usize];
        let part = &self.parts[row.part as usize];
        let text = part.text(part.read(row)?);
        let is_same = |text: &String| Sha256::digest(text.as_bytes())[..16] == row.digest;
        let text = text.filter(is_same).ok_or_else(|| DataError::Changed { path: part.path() })?;
        Ok(if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text })
    }

    /// The vocabulary of the texts in `rows`, of at most `most` tokens.
    ///
    /// # Errors
    /// As for [`Texts::row`].
    pub fn fit_vocabulary(
        &self,
        rows: &[u32],
        tokenizer: &'static Tokenizer,
        most: usize,
    ) -> Result<Vocabulary, DataError> {
        Vocabulary::fit(rows.iter().map(|row| self.row(*row)), tokenizer, most)
    }

    /// What the texts are read with, once that is known.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.tokens.as_ref().map(|tokens| &*tokens.vocabulary)
    }

    /// Tokens of the text in `row`; `None` without a vocabulary.
    pub fn tokens(&self, row: u32) -> Option<u64> {
        self.tokens.as_ref().map(|tokens| tokens.counts[row as usize])
    }

    /// The same texts, read with `vocabulary`.
    ///
    /// # Errors
    /// As for [`Texts::row`]: where a token is more than a character, every text is read to count them.
    pub(super) fn with_vocabulary(&self, vocabulary: Arc<Vocabulary>) -> Result<Self, DataError> {
        let count = |row: u32| -> Result<u64, DataError> {
            if vocabulary.tokenizer() == CHARACTERS {
                return Ok(self.characters(row));
            }
            Ok(vocabulary.count(&self.row(row)?))
        };
        let counts: Arc<[u64]> = (0..self.len() as u32).map(count).collect::<Result<_, _>>()?;
        Ok(Self { tokens: Some(TokenCounts { vocabulary, counts }), ..self.clone() })
    }

    pub(super) fn add_content(&self, hasher: &mut Sha256) {
        hasher.update((self.rows.len() as u64).to_le_bytes());
        for row in &*self.rows {
            hasher.update(row.digest);
        }
    }

    pub(super) fn add_row(&self, hasher: &mut Sha256, row: u32) {
        hasher.update(self.rows[row as usize].digest);
    }

    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let chosen = rows.iter().map(|row| self.rows[*row as usize]);
        let tokens = self.tokens.as_ref().map(|tokens| TokenCounts {
            vocabulary: Arc::clone(&tokens.vocabulary),
            counts: rows.iter().map(|row| tokens.counts[*row as usize]).collect(),
        });
        Self { parts: Arc::clone(&self.parts), rows: chosen.collect(), tokens }
    }
}

impl TextPart {
    fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Memory(_) => PathBuf::from("a text in memory"),
            Self::Cells(within, _) => within.path(),
        }
    }

    /// The text that `bytes` of it are or hold; `None` if there is none.
    fn text(&self, bytes: Vec<u8>) -> Option<String> {
        match self {
            Self::File(_) | Self::Memory(_) => String::from_utf8(bytes).ok(),
            Self::Cells(_, form) => form.text(&bytes),
        }
    }

    fn read(&self, row: &TextRow) -> Result<Vec<u8>, DataError> {
        // A row was made from bytes that were in memory, so that its length fits.
        let length = usize::try_from(row.length).unwrap_or(usize::MAX);
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(row.start).unwrap_or(usize::MAX);
                Ok(bytes[start..start + length].to_vec())
            }
            Self::Cells(within, _) => within.read(row),
            Self::File(path) => {
                let mut bytes = vec![0; length];
                let read =
                    File::open(path).and_then(|file| file.read_exact_at(&mut bytes, row.start));
                match read {
                    Ok(()) => Ok(bytes),
                    // A file that was cut short has changed too.
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                        Err(DataError::Changed { path: path.clone() })
                    }
                    Err(error) => Err(DataError::Unreadable {
                        path: path.clone(),
                        reason: error.kind().to_string(),
                    }),
                }
            }
        }
    }
}
