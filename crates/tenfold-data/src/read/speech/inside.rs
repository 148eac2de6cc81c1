//! A Parquet file with the recordings in it, as data sets of Hugging Face are stored: a column whose values
//! have the bytes of a file of sound and its name.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::Type as PhysicalType;
use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::super::bad_lines::SKIP_BAD;
use super::super::parquet::{decode, first_part, for_each, full_level, open, read_columns};
use super::super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use super::librispeech::ENDINGS;
use super::table::{AUDIO, TRANSCRIPT, USUAL_TRANSCRIPT, no_column, position};
use super::{RATE, Recordings, Sound, Spoken};
use crate::dataset::{Dataset, SoundRow};
use crate::error::{DataError, RowLocation};

/// Parts of a column of recordings.
const BYTES: &str = "bytes";
const NAME: &str = "path";

/// A Parquet file with a column of recordings. All of them are held in memory, as encoded as they are in the
/// file.
#[derive(Debug)]
pub(in super::super) struct SpeechParquet;

impl Reader for SpeechParquet {
    fn name(&self) -> &'static str {
        "speech-parquet"
    }

    fn recognises(&self, path: &Path) -> Likeness {
        let holds_recordings = || {
            let Ok(file) = open(path) else { return false };
            audio_columns(&file).iter().any(|column| column.holds_sound(path, &file))
        };
        Likeness::surely(ends_in(path, &["parquet"]) && holds_recordings())
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Sound
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[AUDIO, TRANSCRIPT, RATE, SKIP_BAD]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        let path = &files.path;
        let file = open(path)?;
        let audio = audio_column(files, audio_columns(&file))?;
        let all: Vec<String> = names(&file);
        let usual = USUAL_TRANSCRIPT.into_iter().find(|name| all.iter().any(|other| other == name));
        let texts = [files.key(TRANSCRIPT.name).or(usual).unwrap_or_default()];
        let columns = decode(path, || read_columns(&file, &texts, Some(&audio.name)))?;
        let transcript = position(files, &columns.names, TRANSCRIPT.name, &USUAL_TRANSCRIPT)?;
        columns.refuse_other_than_texts(path, &columns.names[transcript])?;
        let others: Vec<usize> =
            (0..columns.names.len()).filter(|column| *column != transcript).collect();
        let split_by = others.iter().map(|column| columns.names[*column].clone()).collect();
        let mut recordings = Recordings::new(files, split_by);
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut rows = 0..;
        for group in 0..file.num_row_groups() {
            let values = decode(path, || audio.values(&*file.get_row_group(group)?))?;
            for (value, row) in values.into_iter().zip(&mut rows) {
                let cell = |column: usize| columns.cells[column].text(row).unwrap_or_default();
                let cells: Vec<String> = others.iter().map(|column| cell(*column)).collect();
                let name = value.name.unwrap_or_else(|| format!("{}.{row}", audio.name));
                let beside = folder.join(&name);
                recordings.add(Spoken {
                    listed_in: path,
                    place: RowLocation::Row(row as u64 + 1),
                    name: &name,
                    sound: value.bytes.map_or(Sound::File(&beside), Sound::Bytes),
                    transcript: &cell(transcript),
                    cells: &cells.iter().map(String::as_str).collect::<Vec<_>>(),
                })?;
            }
        }
        let mut dataset = recordings.finish(files)?;
        dataset.reading.notes.splice(0..0, columns.notes);
        Ok(dataset)
    }
}

/// Names of all columns, those of nested ones once.
fn names(file: &SerializedFileReader<File>) -> Vec<String> {
    let schema = file.metadata().file_metadata().schema_descr();
    let mut names: Vec<String> =
        schema.columns().iter().map(|column| first_part(column).to_owned()).collect();
    names.dedup();
    names
}

/// A column of recordings.
struct AudioColumn {
    name: String,
    /// Index of the column of bytes.
    bytes: usize,
    /// Index of the column of names, if there is one.
    names: Option<usize>,
}

/// A recording as such a column has it.
struct AudioValue {
    bytes: Option<Vec<u8>>,
    name: Option<String>,
}

/// Columns that have a part with bytes.
fn audio_columns(file: &SerializedFileReader<File>) -> Vec<AudioColumn> {
    let schema = file.metadata().file_metadata().schema_descr();
    let part = |index: usize| {
        let column = schema.column(index);
        let is_flat = column.max_rep_level() == 0;
        let holds_bytes = column.physical_type() == PhysicalType::BYTE_ARRAY;
        match column.path().parts() {
            [name, part] if is_flat && holds_bytes => Some((name.clone(), part.clone())),
            _ => None,
        }
    };
    let parts: Vec<(usize, (String, String))> =
        (0..schema.num_columns()).filter_map(|index| Some((index, part(index)?))).collect();
    let at = |name: &str, wanted: &str| {
        parts.iter().find(|(_, (column, part))| column == name && part == wanted)
    };
    let bytes = parts.iter().filter(|(_, (_, part))| part == BYTES);
    bytes
        .map(|(bytes, (name, _))| AudioColumn {
            name: name.clone(),
            bytes: *bytes,
            names: at(name, NAME).map(|(names, _)| *names),
        })
        .collect()
}

/// The column that the key names, or else the first.
fn audio_column(files: &Files, columns: Vec<AudioColumn>) -> Result<AudioColumn, DataError> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let wanted = files.key(AUDIO.name);
    let mut columns = columns.into_iter();
    let found = columns.find(|column| wanted.is_none_or(|wanted| column.name == wanted));
    found.ok_or_else(|| no_column(files, AUDIO.name, &names))
}

impl AudioColumn {
    /// Whether the first of its values that is seen is one of sound: images are stored in the same way.
    fn holds_sound(&self, path: &Path, file: &SerializedFileReader<File>) -> bool {
        let first = |column: usize| {
            let first = decode(path, || first_of(&*file.get_row_group(0)?, column));
            first.ok().flatten()
        };
        let name = self.names.and_then(first).unwrap_or_default();
        let name = PathBuf::from(String::from_utf8_lossy(&name).into_owned());
        match first(self.bytes) {
            Some(bytes) => SoundRow::of_bytes(bytes, &name, 0).is_ok(),
            None => ends_in(&name, &ENDINGS),
        }
    }

    /// The recordings of a row group.
    fn values(&self, group: &dyn RowGroupReader) -> Result<Vec<AudioValue>, ParquetError> {
        let (mut bytes, mut names) = (Vec::new(), Vec::new());
        read_part(group, self.bytes, |value| bytes.push(value.map(|value| value.data().to_vec())))?;
        if let Some(column) = self.names {
            let text = |name: &ByteArray| String::from_utf8_lossy(name.data()).into_owned();
            read_part(group, column, |name| names.push(name.map(text).filter(|n| !n.is_empty())))?;
        }
        names.resize(bytes.len(), None);
        let values = bytes.into_iter().zip(names);
        Ok(values.map(|(bytes, name)| AudioValue { bytes, name }).collect())
    }
}

/// Rows that are looked at to see what a column holds.
const SEEN: usize = 16;

/// The first value of the column at `index` that is there, if it is among the first rows.
fn first_of(group: &dyn RowGroupReader, index: usize) -> Result<Option<Vec<u8>>, ParquetError> {
    let ColumnReader::ByteArrayColumnReader(mut reader) = group.get_column_reader(index)? else {
        return Ok(None);
    };
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    reader.read_records(SEEN, Some(&mut levels), None, &mut values)?;
    Ok(values.first().map(|value| value.data().to_vec()))
}

/// Calls `push` with each value of the column at `index`, which holds bytes.
fn read_part(
    group: &dyn RowGroupReader,
    index: usize,
    push: impl FnMut(Option<&ByteArray>),
) -> Result<(), ParquetError> {
    match group.get_column_reader(index)? {
        ColumnReader::ByteArrayColumnReader(reader) => {
            for_each(reader, full_level(group, index), push)
        }
        _ => Err(ParquetError::General("a column of recordings holds no bytes".to_owned())),
    }
}
