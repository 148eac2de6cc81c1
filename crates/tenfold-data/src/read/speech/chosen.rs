//! A folder of recordings and a table of what is said in them: which of its columns is which.
//!
//! The column of recordings is the one whose cells name files, the column of transcripts the one that is
//! called so or the only one that holds text. What is chosen is written out in the study file.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::{Component, Path, PathBuf};

use super::super::file::not_there;
use super::super::{Files, Format, ends_in};
use super::librispeech::ENDINGS;
use super::rows::SpeechRows;
use super::table::{
    AUDIO, RECORDINGS, SpeechTable, TRANSCRIPT, USUAL_AUDIO, USUAL_TRANSCRIPT, find,
};
use crate::error::DataError;

/// Rows that columns are told apart by.
const SEEN: usize = 200;

/// Columns that a person has named.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpeechChoice<'a> {
    /// The one that names recordings.
    pub audio: Option<&'a str>,
    /// The one that holds transcripts.
    pub transcript: Option<&'a str>,
}

/// What was seen of a column.
#[derive(Default)]
struct Seen {
    /// Cells that name a file in the folder of recordings, and beside the table.
    named: [usize; 2],
    /// Cells with a letter.
    texts: usize,
    /// Cells with more than one word.
    sentences: usize,
}

/// The files of a study of the recordings in the folder `recordings`, of which the table `transcripts` says
/// what is said, with a key for each column; names go from the folder or from that of the table on,
/// whichever has more of them.
///
/// # Errors
/// [`DataError`] if there are no recordings, the table cannot be read or has no such columns, or names none
/// of the recordings.
pub fn speech_files(
    recordings: &Path,
    transcripts: &Path,
    choice: SpeechChoice<'_>,
) -> Result<Files, DataError> {
    if !recordings.exists() {
        return Err(not_there(recordings));
    }
    if !holds_audio(recordings) {
        return Err(DataError::NoRecordings { path: recordings.to_owned() });
    }
    let rows = SpeechRows::open(transcripts)?;
    let beside = transcripts.parent().unwrap_or(Path::new(""));
    let folders = [recordings, beside];
    let (seen, count) = look(&rows, folders)?;
    let no_column = |key, wanted: Option<&str>| DataError::SpeechColumn {
        path: transcripts.to_owned(),
        key,
        wanted: wanted.map(str::to_owned),
        columns: rows.names.clone(),
        closest: None,
    };
    let at = |name: &str| rows.names.iter().position(|column| column == name);
    let audio = match choice.audio {
        Some(name) => at(name),
        None => most_named(&seen).or_else(|| usual(&rows.names, &USUAL_AUDIO)),
    };
    let audio = audio.ok_or_else(|| no_column(AUDIO.name, choice.audio))?;
    let transcript = match choice.transcript {
        Some(name) => at(name),
        None => usual(&rows.names, &USUAL_TRANSCRIPT)
            .filter(|at| *at != audio)
            .or_else(|| only_text(&seen, audio, count)),
    };
    let transcript = transcript.ok_or_else(|| no_column(TRANSCRIPT.name, choice.transcript))?;
    let [in_folder, beside_table] = seen[audio].named;
    if in_folder == 0 && beside_table == 0 {
        return Err(DataError::NoRecordingNamed {
            path: transcripts.to_owned(),
            column: rows.names[audio].clone(),
            folder: recordings.to_owned(),
        });
    }
    let mut keys = BTreeMap::from([
        (AUDIO.name, rows.names[audio].clone()),
        (TRANSCRIPT.name, rows.names[transcript].clone()),
    ]);
    if in_folder > beside_table {
        keys.insert(RECORDINGS.name, from(beside, recordings).to_string_lossy().into_owned());
    }
    let format = Format(&SpeechTable);
    Ok(Files { format, path: transcripts.to_owned(), keys })
}

/// Whether a folder or one within it holds a file that is called like a recording. Links are not followed,
/// so that none leads round in a circle.
pub fn holds_audio(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let (folders, files): (Vec<DirEntry>, Vec<DirEntry>) =
        entries.partition(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    files.iter().any(|file| ends_in(&file.path(), &ENDINGS))
        || folders.iter().any(|folder| holds_audio(&folder.path()))
}

/// What the first rows hold, column by column, and how many rows that are.
fn look(rows: &SpeechRows, folders: [&Path; 2]) -> Result<(Vec<Seen>, usize), DataError> {
    let mut seen: Vec<Seen> = rows.names.iter().map(|_| Seen::default()).collect();
    let mut count = 0;
    rows.for_each(&mut |_, cells| {
        if count == SEEN {
            return Ok(());
        }
        count += 1;
        for (column, cell) in seen.iter_mut().zip(cells) {
            column.add(cell.trim(), folders);
        }
        Ok(())
    })?;
    Ok((seen, count))
}

impl Seen {
    fn add(&mut self, cell: &str, folders: [&Path; 2]) {
        for (named, folder) in self.named.iter_mut().zip(folders) {
            *named += usize::from(!cell.is_empty() && find(folder, cell).is_file());
        }
        self.texts += usize::from(cell.chars().any(char::is_alphabetic));
        self.sentences += usize::from(cell.split_whitespace().nth(1).is_some());
    }
}

/// The column that names most files, if any does.
fn most_named(seen: &[Seen]) -> Option<usize> {
    let named = |at: &usize| seen[*at].named.iter().copied().max().unwrap_or(0);
    let most = (0..seen.len()).rev().max_by_key(named)?;
    (named(&most) > 0).then_some(most)
}

/// The first of the usual names that a column has, in small letters or in capitals.
fn usual(names: &[String], usual: &[&str]) -> Option<usize> {
    let at = |wanted: &&str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    usual.iter().find_map(at)
}

/// The only column beside `audio` that mostly holds several words, or else the only one that mostly holds
/// text, of `count` rows.
fn only_text(seen: &[Seen], audio: usize, count: usize) -> Option<usize> {
    let only = |of: &dyn Fn(&Seen) -> usize| {
        let is_one = |at: &usize| *at != audio && 2 * of(&seen[*at]) > count;
        let mut columns = (0..seen.len()).filter(is_one);
        let first = columns.next();
        first.filter(|_| columns.next().is_none())
    };
    only(&|column| column.sentences).or_else(|| only(&|column| column.texts))
}

/// `folder` as it is named from `beside` on, or from the root on if it is not within it.
fn from(beside: &Path, folder: &Path) -> PathBuf {
    let within =
        folder.strip_prefix(beside).ok().filter(|_| folder.is_relative() == beside.is_relative());
    let within = within.map(|within| within.components().collect::<PathBuf>());
    let steps_out = |path: &PathBuf| path.components().any(|part| part == Component::ParentDir);
    match within.filter(|within| !steps_out(within)) {
        Some(within) if within.as_os_str().is_empty() => PathBuf::from("."),
        Some(within) => within,
        None => std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
    }
}
