//! A table that names recordings and says what is said in each, such as those of Common Voice.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::super::bad_lines::SKIP_BAD;
use super::super::file::read_bytes;
use super::super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use super::{RATE, Recordings, Spoken};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::hint::closest;
use crate::separated::{decoded, separator_of};

/// What a file of this kind holds.
const NEEDED: &str = "a header line and a line for each recording";

/// Columns that usually name the recordings, and those that hold transcripts, the first of those that are
/// there. `path` and `sentence` are those of Common Voice.
const USUAL_AUDIO: [&str; 5] = ["path", "file", "audio", "file_name", "wav"];
const USUAL_TRANSCRIPT: [&str; 4] = ["sentence", "transcript", "transcription", "text"];

/// The folder beside its tables in which Common Voice has its recordings.
const CLIPS: &str = "clips";

/// The key of the column of files.
const AUDIO: ReaderKey = ReaderKey {
    name: "audio",
    default: "`path`, `file`, `audio`, `file_name` or `wav`",
    doc: "Column of a table of recordings that names their files, from the folder of the table on; or from its \
          folder `clips`, as Common Voice has them.",
    example: "\"file\"",
};

/// The key of the column of transcripts.
const TRANSCRIPT: ReaderKey = ReaderKey {
    name: "transcript",
    default: "`sentence`, `transcript`, `transcription` or `text`",
    doc: "Column of a table of recordings that holds what is said.",
    example: "\"sentence\"",
};

/// A table of recordings, CSV or TSV, `.gz` or not.
#[derive(Debug)]
pub(in super::super) struct SpeechTable;

impl Reader for SpeechTable {
    fn name(&self) -> &'static str {
        "speech"
    }

    /// Nothing in a name tells that a table names recordings.
    fn recognises(&self, _path: &Path) -> Likeness {
        Likeness::No
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Sound
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[AUDIO, TRANSCRIPT, RATE, SKIP_BAD]
    }

    fn paths(&self, files: &Files) -> Vec<PathBuf> {
        vec![files.path.parent().map_or_else(|| files.path.clone(), Path::to_path_buf)]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        let bytes = read_bytes(path, NEEDED)?;
        let bytes = decoded(&bytes);
        let is_tabbed = ends_in(path, &["tsv"]);
        let separator = if is_tabbed { b'\t' } else { separator_of(&bytes).byte };
        // A quote in a table with tabs is one that somebody said, as in Common Voice.
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .quoting(!is_tabbed)
            .has_headers(false)
            .flexible(true)
            .from_reader(&*bytes);
        let mut record = StringRecord::new();
        let mut lines = Records { path, reader: &mut reader };
        if !lines.next(&mut record)? {
            return Err(DataError::Empty { path: path.clone(), needed: NEEDED });
        }
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let audio = position(files, &names, AUDIO.name, &USUAL_AUDIO)?;
        let transcript = position(files, &names, TRANSCRIPT.name, &USUAL_TRANSCRIPT)?;
        let is_other = |at: &usize| *at != audio && *at != transcript;
        let others: Vec<usize> = (0..names.len()).filter(is_other).collect();
        let split_by = others.iter().map(|at| names[*at].clone()).collect();
        let mut recordings = Recordings::new(files, split_by);
        let folder = path.parent().unwrap_or(Path::new(""));
        while lines.next(&mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != names.len() {
                return Err(DataError::RaggedRow {
                    path: path.clone(),
                    line,
                    found: record.len(),
                    needed: names.len(),
                });
            }
            let cell = |at: usize| record.get(at).unwrap_or_default();
            let sound = find(folder, cell(audio).trim());
            let cells: Vec<&str> = others.iter().map(|at| cell(*at)).collect();
            recordings.add(&Spoken {
                listed_in: path,
                line,
                name: cell(audio).trim(),
                sound: &sound,
                transcript: cell(transcript),
                cells: &cells,
            })?;
        }
        recordings.finish(files)
    }
}

/// Lines of a table.
struct Records<'a, 'b> {
    path: &'a Path,
    reader: &'a mut csv::Reader<&'b [u8]>,
}

impl Records<'_, '_> {
    /// Reads the next line into `record`; false at the end.
    fn next(&mut self, record: &mut StringRecord) -> Result<bool, DataError> {
        self.reader.read_record(record).map_err(|error| DataError::BadLine {
            path: self.path.to_owned(),
            line: error.position().map_or(0, csv::Position::line),
            found: "cannot be read as a row of UTF-8".to_owned(),
            needed: "separated values",
        })
    }
}

/// The file called `name` from `folder` on, or in its folder of clips if it is only there.
fn find(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(name);
    let clip = folder.join(CLIPS).join(name);
    if !beside.is_file() && clip.is_file() { clip } else { beside }
}

/// Position of the column that the key `key` names, or else the first of the usual ones.
fn position(
    files: &Files,
    names: &[String],
    key: &'static str,
    usual: &[&str],
) -> Result<usize, DataError> {
    let at = |wanted: &str| names.iter().position(|name| name == wanted);
    let found = match files.key(key) {
        Some(wanted) => at(wanted),
        None => usual.iter().find_map(|wanted| at(wanted)),
    };
    found.ok_or_else(|| DataError::SpeechColumn {
        path: files.path.clone(),
        key,
        wanted: files.key(key).map(str::to_owned),
        columns: names.to_vec(),
        closest: files
            .key(key)
            .and_then(|wanted| closest(wanted, names.iter().map(String::as_str)))
            .map(str::to_owned),
    })
}
