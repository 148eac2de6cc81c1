//! The folders of `LibriSpeech`: one a speaker, in it one a chapter, with the recordings and a file of their
//! transcripts.

use std::path::{Path, PathBuf};

use super::super::bad_lines::SKIP_BAD;
use super::super::file::{entries, not_there};
use super::super::lines::Lines;
use super::super::{ExampleKind, Files, Likeness, Reader, ReaderKey};
use super::{RATE, Recordings, Sound, Spoken};
use crate::dataset::Dataset;
use crate::error::{DataError, RowLocation};

/// How the name of a file of transcripts ends.
const TRANSCRIPTS: &str = ".trans.txt";

/// How recordings end; the first that is there is read.
pub(super) const ENDINGS: [&str; 4] = ["flac", "wav", "ogg", "mp3"];

/// Levels of folders below the folder that are searched: set, speaker, chapter.
const DEEPEST: usize = 4;

/// `LibriSpeech` and what is laid out like it.
#[derive(Debug)]
pub(in super::super) struct LibriSpeech;

impl Reader for LibriSpeech {
    fn name(&self) -> &'static str {
        "librispeech"
    }

    fn recognises(&self, path: &Path) -> Likeness {
        Likeness::surely(path.is_dir() && has_transcripts(path, 0))
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Sound
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[RATE, SKIP_BAD]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        if !path.exists() {
            return Err(not_there(path));
        }
        let mut lists = Vec::new();
        find(path, 0, &mut lists)?;
        let names = ["speaker", "chapter", "recording"].map(str::to_owned);
        let mut recordings = Recordings::new(files, names.to_vec());
        for list in lists {
            add_chapter(&list, &mut recordings)?;
        }
        recordings.finish(files)
    }
}

/// Adds the recordings that the file at `list` has transcripts of.
fn add_chapter(list: &Path, recordings: &mut Recordings) -> Result<(), DataError> {
    let folder = list.parent().unwrap_or(Path::new(""));
    let mut lines = Lines::open(list)?;
    while let Some(line) = lines.next()? {
        let text = line.text.unwrap_or_default().trim();
        let (id, transcript) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        // `84-121123-0000`: speaker, chapter, number of the utterance.
        let mut parts = id.split('-');
        let speaker = parts.next().unwrap_or_default();
        let chapter = parts.next().unwrap_or_default();
        let files = ENDINGS.iter().map(|ending| folder.join(format!("{id}.{ending}")));
        let sound = files.clone().find(|file| file.is_file()).or_else(|| files.clone().next());
        recordings.add(Spoken {
            listed_in: list,
            place: RowLocation::Line(line.number),
            name: id,
            sound: Sound::File(&sound.unwrap_or_default()),
            transcript,
            cells: &[speaker, &format!("{speaker}-{chapter}"), id],
        })?;
    }
    Ok(())
}

/// Files of transcripts below `folder`, in the order of their paths.
fn find(folder: &Path, depth: usize, lists: &mut Vec<PathBuf>) -> Result<(), DataError> {
    for name in entries(folder)? {
        let path = folder.join(&name);
        if name.ends_with(TRANSCRIPTS) {
            lists.push(path);
        } else if depth < DEEPEST && path.is_dir() {
            find(&path, depth + 1, lists)?;
        }
    }
    Ok(())
}

/// Whether the first folders below `folder` lead to a file of transcripts.
fn has_transcripts(folder: &Path, depth: usize) -> bool {
    let names = entries(folder).unwrap_or_default();
    if names.iter().any(|name| name.ends_with(TRANSCRIPTS)) {
        return true;
    }
    let first = names.iter().map(|name| folder.join(name)).find(|path| path.is_dir());
    depth < DEEPEST && first.is_some_and(|folder| has_transcripts(&folder, depth + 1))
}
