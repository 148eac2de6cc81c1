//! Recordings with their transcripts: a table that names the files, as Common Voice has it, the folders of
//! `LibriSpeech`, or Parquet with the recordings in it.

mod chosen;
mod inside;
mod librispeech;
mod rows;
mod table;

use std::path::Path;
use std::sync::Arc;

pub use chosen::{SpeechChoice, holds_audio, speech_files};
pub(super) use inside::SpeechParquet;
pub(super) use librispeech::LibriSpeech;
pub(super) use table::SpeechTable;

use super::bad_lines::BadLines;
use super::{Files, ReaderKey};
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, MISSING, SoundPart, SoundRow, Sounds, Texts};
use crate::digest::text_key;
use crate::error::{DataError, RowLocation};

/// What a usable line has.
const NEEDED: &str = "a recording and its transcript";

/// Highest sampling rate that recordings are read at unless a study says otherwise: speech above 8 kHz says
/// next to nothing more, and costs as much.
const USUAL_RATE: u32 = 16_000;

/// The key of the sampling rate.
const RATE: ReaderKey = ReaderKey {
    name: "rate",
    default: "the lowest rate of all recordings, 16000 at most",
    doc: "Samples a second that recordings are read at, whatever their files have; all channels are mixed to \
          one.",
    example: "16000",
};

/// One line of a table of recordings.
struct Spoken<'a> {
    /// File that holds the line.
    listed_in: &'a Path,
    place: RowLocation,
    /// The recording as the line names it, which its key is made of.
    name: &'a str,
    sound: Sound<'a>,
    transcript: &'a str,
    /// What it can be split by, one cell a column.
    cells: &'a [&'a str],
}

/// Where a recording is.
enum Sound<'a> {
    /// In a file of its own.
    File(&'a Path),
    /// Here: the bytes of such a file.
    Bytes(Vec<u8>),
}

impl Sound<'_> {
    /// The recording as part `part` of a data set, in which it is called `name`; or what is wrong with it.
    fn read(self, name: &str, part: u32) -> Result<(SoundPart, SoundRow), String> {
        match self {
            Self::File(path) if path.is_file() => {
                let row = SoundRow::of_file(path, part)?;
                Ok((SoundPart::File(path.to_owned()), row))
            }
            Self::File(_) => Err("is not there".to_owned()),
            Self::Bytes(bytes) => {
                let row = SoundRow::of_bytes(bytes.clone(), Path::new(name), part)?;
                Ok((SoundPart::Encoded { bytes, name: name.to_owned() }, row))
            }
        }
    }
}

/// What was read so far.
struct Recordings {
    parts: Vec<SoundPart>,
    rows: Vec<SoundRow>,
    transcripts: Vec<String>,
    names: Vec<String>,
    cells: Vec<TextCells>,
    keys: Vec<u64>,
    /// Line of each recording that is kept, counted from 0 over all files.
    numbers: Vec<u32>,
    lines: u64,
    bad: BadLines,
}

impl Recordings {
    /// None yet, with columns of these names.
    fn new(files: &Files, names: Vec<String>) -> Self {
        Self {
            parts: Vec::new(),
            rows: Vec::new(),
            transcripts: Vec::new(),
            cells: vec![TextCells::default(); names.len()],
            names,
            keys: Vec::new(),
            numbers: Vec::new(),
            lines: 0,
            bad: BadLines::of(files),
        }
    }

    /// Adds a line, unless it cannot be used.
    fn add(&mut self, spoken: Spoken<'_>) -> Result<(), DataError> {
        let at = u32::try_from(self.lines).ok().filter(|at| *at < MISSING);
        let too_many = || DataError::TooManyRows { rows: self.rows.len() };
        let at = at.ok_or_else(too_many)?;
        self.lines += 1;
        let transcript = spoken.transcript.trim();
        let read = if transcript.is_empty() {
            Err("has no transcript".to_owned())
        } else {
            spoken
                .sound
                .read(spoken.name, self.parts.len() as u32)
                .map_err(|found| format!("names `{}`, which {found}", spoken.name))
        };
        match read {
            Ok((part, row)) => {
                self.parts.push(part);
                self.rows.push(row);
                self.transcripts.push(transcript.to_owned());
                self.keys.push(text_key(spoken.name));
                self.numbers.push(at);
                for (column, cell) in self.cells.iter_mut().zip(spoken.cells) {
                    column.push(cell);
                }
            }
            Err(found) => self.bad.add(unusable(spoken.listed_in, spoken.place, found)),
        }
        Ok(())
    }

    fn finish(self, files: &Files) -> Result<Dataset, DataError> {
        let note = self.bad.finish()?;
        let lowest = self.rows.iter().map(SoundRow::rate).min();
        let Some(lowest) = lowest else {
            let needed = "recordings with transcripts in it";
            return Err(DataError::Empty { path: files.path.clone(), needed });
        };
        let asked =
            files.key(RATE.name).and_then(|rate| rate.parse().ok()).filter(|rate| *rate > 0);
        let rate = asked.unwrap_or_else(|| lowest.min(USUAL_RATE));
        let transcripts: Vec<&str> = self.transcripts.iter().map(String::as_str).collect();
        let sounds = Sounds::new(self.parts, self.rows, rate);
        let mut dataset = Dataset::of_recordings(sounds, Texts::from_strings(&transcripts))?;
        let columns = self.names.into_iter().zip(self.cells);
        let columns =
            columns.map(|(name, cells)| SplitColumn { name, cells: Arc::new(Cells::Text(cells)) });
        dataset.columns = SplitColumns { columns: columns.collect() };
        let is_whole = self.numbers.len() as u64 == self.lines;
        dataset.numbers = (!is_whole).then(|| self.numbers.into());
        dataset.keys = self.keys;
        dataset.reading.notes.extend(note);
        Ok(dataset)
    }
}

/// A line or row of the file at `path` that cannot be used, and why not.
fn unusable(path: &Path, place: RowLocation, found: String) -> DataError {
    let (path, needed) = (path.to_owned(), NEEDED);
    match place {
        RowLocation::Line(line) => DataError::BadLine { path, line, found, needed },
        RowLocation::Row(row) => DataError::BadRow { path, row, found, needed },
    }
}
