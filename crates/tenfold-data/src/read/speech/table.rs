//! A table that names recordings and says what is said in each, such as those of Common Voice.

use std::path::{Path, PathBuf};

use super::super::bad_lines::SKIP_BAD;
use super::super::{ExampleKind, Files, Likeness, Reader, ReaderKey};
use super::rows::SpeechRows;
use super::{RATE, Recordings, Sound, Spoken};
use crate::dataset::Dataset;
use crate::error::{DataError, RowLocation};
use crate::hint::closest;

/// Columns that usually name the recordings, and those that hold transcripts, the first of those that are
/// there. `path` and `sentence` are those of Common Voice.
pub(super) const USUAL_AUDIO: [&str; 5] = ["path", "file", "audio", "file_name", "wav"];
pub(super) const USUAL_TRANSCRIPT: [&str; 4] = ["sentence", "transcript", "transcription", "text"];

/// The folder beside its tables in which Common Voice has its recordings.
const CLIPS: &str = "clips";

/// The key of the column of files.
pub(super) const AUDIO: ReaderKey = ReaderKey {
    name: "audio",
    default: "`path`, `file`, `audio`, `file_name` or `wav`",
    doc: "Column of a table of recordings that names their files, from the folder of the table on; or from its \
          folder `clips`, as Common Voice has them. In Parquet, the column that holds them (the first, if \
          several do).",
    example: "\"file\"",
};

/// The key of the column of transcripts.
pub(super) const TRANSCRIPT: ReaderKey = ReaderKey {
    name: "transcript",
    default: "`sentence`, `transcript`, `transcription` or `text`",
    doc: "Column of a table of recordings that holds what is said.",
    example: "\"sentence\"",
};

/// The key of the folder of recordings.
pub(super) const RECORDINGS: ReaderKey = ReaderKey {
    name: "recordings",
    default: "the folder of the table",
    doc: "Folder that the names in a table of recordings go from, itself named from the folder of the table on.",
    example: "\"clips\"",
};

/// A table of recordings, CSV, TSV or JSON lines, `.gz` or not.
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
        &[AUDIO, TRANSCRIPT, RECORDINGS, RATE, SKIP_BAD]
    }

    fn paths(&self, files: &Files) -> Vec<PathBuf> {
        let parent = files.path.parent().map_or_else(|| files.path.clone(), Path::to_path_buf);
        let folder = files.key(RECORDINGS.name).map(|folder| parent.join(folder));
        std::iter::once(parent).chain(folder).collect()
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        let rows = SpeechRows::open(path)?;
        let names = &rows.names;
        let audio = position(files, names, AUDIO.name, &USUAL_AUDIO)?;
        let transcript = position(files, names, TRANSCRIPT.name, &USUAL_TRANSCRIPT)?;
        let is_other = |at: &usize| *at != audio && *at != transcript;
        let others: Vec<usize> = (0..names.len()).filter(is_other).collect();
        let split_by = others.iter().map(|at| names[*at].clone()).collect();
        let mut recordings = Recordings::new(files, split_by);
        let folder = folder_of(files);
        rows.for_each(&mut |line, cells| {
            let name = cells[audio].trim();
            recordings.add(Spoken {
                listed_in: path,
                place: RowLocation::Line(line),
                name,
                sound: Sound::File(&find(&folder, name)),
                transcript: cells[transcript],
                cells: &others.iter().map(|at| cells[*at]).collect::<Vec<_>>(),
            })
        })?;
        recordings.finish(files)
    }
}

/// The folder that names of recordings go from: that of the table, or the one that `recordings` names.
fn folder_of(files: &Files) -> PathBuf {
    let beside = files.path.parent().unwrap_or(Path::new(""));
    files.key(RECORDINGS.name).map_or_else(|| beside.to_owned(), |folder| beside.join(folder))
}

/// The file called `name` from `folder` on, or in its folder of clips if it is only there.
pub(super) fn find(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(name);
    let clip = folder.join(CLIPS).join(name);
    if !beside.is_file() && clip.is_file() { clip } else { beside }
}

/// Position of the column that the key `key` names, or else the first of the usual ones.
pub(super) fn position(
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
    found.ok_or_else(|| no_column(files, key, names))
}

/// What is wrong where none of the columns `names` is the one that the key `key` names, or usually is.
pub(super) fn no_column(files: &Files, key: &'static str, names: &[String]) -> DataError {
    let wanted = files.key(key);
    let closest = wanted.and_then(|wanted| closest(wanted, names.iter().map(String::as_str)));
    DataError::SpeechColumn {
        path: files.path.clone(),
        key,
        wanted: wanted.map(str::to_owned),
        columns: names.to_vec(),
        closest: closest.map(str::to_owned),
    }
}
