//! Parquet: typed columns, read column by column without Arrow.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use parquet::basic::{ConvertedType, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::file::{refuse_folder, unreadable};
use super::quiet::quietly;
use super::table::{
    ColumnChoice, RawTable, TABLE_KEYS, columns, is_too_long_to_split_by, too_long_to_split_by,
};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::cells::{Cells, TextCells};
use crate::dataset::{Dataset, MISSING};
use crate::error::{DataError, RowLocation};

/// What a file of this kind is.
const NEEDED: &str = "a valid Parquet file";

/// Rows decoded at a time.
const BATCH: usize = 8192;

/// Whole numbers up to this are exact as `f64`; larger ones are kept as text.
const EXACT: i64 = 1 << 53;

/// Apache Parquet.
#[derive(Debug)]
pub(super) struct Parquet;

impl Reader for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    /// It may hold recordings, which its reader sees.
    fn recognises(&self, path: &Path) -> Likeness {
        if ends_in(path, &["parquet"]) { Likeness::Perhaps } else { Likeness::No }
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Row
    }

    fn keys(&self) -> &'static [ReaderKey] {
        TABLE_KEYS
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        parquet(&files.path, ColumnChoice::of(files))
    }
}

/// Reads a Parquet file of flat columns; nested ones are left out, with a note.
fn parquet(path: &Path, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
    let texts: Vec<&str> = choice.text_columns().collect();
    let file = open(path)?;
    let read = decode(path, || read_columns(&file, &texts, None))?;
    for name in texts {
        read.refuse_other_than_texts(path, name)?;
    }
    let ColumnsRead { names, cells, notes, .. } = read;
    RawTable {
        path: path.to_owned(),
        columns: columns(names, cells),
        texts: None,
        lines: Vec::new(),
        notes,
    }
    .into_dataset(choice)
}

/// Opens a Parquet file.
pub(super) fn open(path: &Path) -> Result<SerializedFileReader<File>, DataError> {
    refuse_folder(path, "a Parquet file")?;
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    if length == 0 {
        return Err(DataError::Empty { path: path.to_owned(), needed: "a Parquet file" });
    }
    decode(path, || SerializedFileReader::new(file))
}

/// What `read` returns; an error of the decoder is one of the file at `path`. Damaged bytes can trip
/// assertions inside the decoder; that is bad data, not a bug of ours.
pub(super) fn decode<T>(
    path: &Path,
    read: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, DataError> {
    let corrupt =
        |reason: String| DataError::Corrupt { path: path.to_owned(), needed: NEEDED, reason };
    quietly(read)
        .ok_or_else(|| corrupt("its parts contradict each other".to_owned()))?
        .map_err(|error| corrupt(said(&error)))
}

/// What was read of a file.
#[derive(Default)]
pub(super) struct ColumnsRead {
    pub(super) names: Vec<String>,
    pub(super) cells: Vec<Cells>,
    pub(super) notes: Vec<String>,
    /// Columns that cannot be read, by the first part of their names, and what they hold.
    left_out: BTreeMap<String, &'static str>,
}

impl ColumnsRead {
    /// An error if the column called `name` is there and does not hold texts in UTF-8.
    pub(super) fn refuse_other_than_texts(&self, path: &Path, name: &str) -> Result<(), DataError> {
        let (path, column) = (path.to_owned(), name.to_owned());
        if let Some(found) = self.left_out.get(name) {
            return Err(DataError::NotTexts { path, column, found });
        }
        let position = self.names.iter().position(|other| other == name);
        let Some(Cells::Text(texts)) = position.map(|position| &self.cells[position]) else {
            return Ok(());
        };
        let bad = || texts.iter().enumerate().filter(|(_, text)| *text == NOT_TEXT);
        let Some((first, _)) = bad().next() else { return Ok(()) };
        Err(DataError::BadText {
            path,
            place: RowLocation::Row(first as u64 + 1),
            found: "bytes that are not UTF-8",
            column,
            rows: bad().count(),
        })
    }
}

/// Reads column by column, and of each one row group after the other. Beside `texts`, the columns whose
/// texts are the examples, columns of long texts are not held; a column called `elsewhere` is read by
/// somebody else.
pub(super) fn read_columns(
    reader: &SerializedFileReader<File>,
    texts: &[&str],
    elsewhere: Option<&str>,
) -> Result<ColumnsRead, ParquetError> {
    let metadata = reader.metadata().file_metadata();
    let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
    if rows >= MISSING as usize {
        return Err(ParquetError::General(format!("it promises {rows} rows")));
    }
    let schema = metadata.schema_descr();
    let mut read = ColumnsRead::default();
    for index in 0..schema.num_columns() {
        let description = schema.column(index);
        let name = description.path().string();
        if elsewhere.is_some_and(|column| column == first_part(&description)) {
            continue;
        }
        let kind = match Kind::of(&description) {
            Ok(kind) => kind,
            Err(reason) => {
                read.notes.push(format!("`{name}` holds {reason} and is left out"));
                read.left_out.insert(first_part(&description).to_owned(), reason);
                continue;
            }
        };
        let is_text = texts.contains(&name.as_str());
        let mut cells = kind.empty();
        let mut is_too_long = false;
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group)?;
            let wanted = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            let before = cells.len();
            read_chunk(&*group, index, kind, &mut cells)?;
            if cells.len() - before != wanted {
                let found = cells.len() - before;
                return Err(ParquetError::General(format!(
                    "`{name}` has {found} of {wanted} values in a row group"
                )));
            }
            is_too_long = !texts.is_empty() && !is_text && is_too_long_to_split_by(&cells);
            if is_too_long {
                break;
            }
        }
        if is_too_long {
            read.notes.push(too_long_to_split_by(&name));
            continue;
        }
        if matches!(kind, Kind::Text) && !is_text && !is_readable(&cells) {
            read.notes.push(format!("`{name}` holds bytes that are not text and is left out"));
            continue;
        }
        read.names.push(name);
        read.cells.push(cells);
    }
    Ok(read)
}

/// The name of the column that this one is, or is a part of.
pub(super) fn first_part(description: &ColumnDescriptor) -> &str {
    description.path().parts().first().map_or("", String::as_str)
}

/// How the values of a column become cells.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Bytes that are text, and truth values.
    Text,
    /// Numbers, to be multiplied: 1, or a power of ten for decimals.
    Number { factor: f64, is_unsigned: bool },
}

impl Kind {
    fn of(description: &ColumnDescriptor) -> Result<Self, &'static str> {
        if description.max_rep_level() > 0 || description.path().parts().len() > 1 {
            return Err("lists or groups");
        }
        let factor = match description.converted_type() {
            ConvertedType::DECIMAL => 10_f64.powi(-description.type_scale()),
            _ => 1.0,
        };
        let is_unsigned = matches!(
            description.converted_type(),
            ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64
        );
        match description.physical_type() {
            PhysicalType::BOOLEAN => Ok(Self::Text),
            PhysicalType::BYTE_ARRAY if description.converted_type() != ConvertedType::DECIMAL => {
                Ok(Self::Text)
            }
            PhysicalType::FIXED_LEN_BYTE_ARRAY
                if description.converted_type() != ConvertedType::DECIMAL =>
            {
                Err("fixed-length bytes")
            }
            _ => Ok(Self::Number { factor, is_unsigned }),
        }
    }

    fn empty(self) -> Cells {
        match self {
            Self::Text => Cells::Text(TextCells::default()),
            Self::Number { .. } => Cells::Number(Vec::new()),
        }
    }
}

/// A cell that no text has: it marks bytes that are not UTF-8.
const NOT_TEXT: &str = "\u{fffd}\u{0}";

fn is_readable(cells: &Cells) -> bool {
    match cells {
        Cells::Text(texts) => texts.iter().all(|text| text != NOT_TEXT),
        Cells::Number(_) => true,
    }
}

fn read_chunk(
    group: &dyn RowGroupReader,
    index: usize,
    kind: Kind,
    cells: &mut Cells,
) -> Result<(), ParquetError> {
    let (factor, is_unsigned) = match kind {
        Kind::Text => (1.0, false),
        Kind::Number { factor, is_unsigned } => (factor, is_unsigned),
    };
    let whole = |value: i64| value as f64 * factor;
    let full = full_level(group, index);
    match group.get_column_reader(index)? {
        ColumnReader::BoolColumnReader(reader) => for_each(reader, full, |value| {
            push_text(cells, value.map_or("", |truth| if *truth { "true" } else { "false" }));
        }),
        ColumnReader::Int32ColumnReader(reader) => for_each(reader, full, |value| {
            let number = value.map(|value| {
                whole(if is_unsigned { i64::from(*value as u32) } else { i64::from(*value) })
            });
            push_number(cells, number);
        }),
        ColumnReader::Int64ColumnReader(reader) => {
            let mut values: Vec<Option<i64>> = Vec::new();
            for_each(reader, full, |value| values.push(value.copied()))?;
            push_long(cells, &values, factor, is_unsigned);
            Ok(())
        }
        ColumnReader::Int96ColumnReader(reader) => for_each(reader, full, |value| {
            // The old timestamp type; seconds since 1970.
            push_number(cells, value.map(|value| value.to_millis() as f64 / 1e3));
        }),
        ColumnReader::FloatColumnReader(reader) => {
            for_each(reader, full, |value| push_number(cells, value.map(|value| f64::from(*value))))
        }
        ColumnReader::DoubleColumnReader(reader) => {
            for_each(reader, full, |value| push_number(cells, value.copied()))
        }
        ColumnReader::ByteArrayColumnReader(reader) => for_each(reader, full, |value| match kind {
            Kind::Text => push_bytes(cells, value),
            Kind::Number { .. } => push_number(cells, value.map(|v| big_endian(v.data()) * factor)),
        }),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            for_each(reader, full, |value: Option<&FixedLenByteArray>| {
                push_number(cells, value.map(|value| big_endian(value.data()) * factor));
            })
        }
    }
}

/// The level at which a value of the column at `index` is there: how many of it and the groups around it
/// may be missing.
pub(super) fn full_level(group: &dyn RowGroupReader, index: usize) -> i16 {
    group.metadata().column(index).column_descr().max_def_level()
}

/// Calls `push` with every value of a column chunk in row order, `None` where its level is not `full`.
pub(super) fn for_each<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    full: i16,
    mut push: impl FnMut(Option<&T::T>),
) -> Result<(), ParquetError> {
    loop {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (rows, present, leveled) =
            reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Ok(());
        }
        if leveled == 0 || present == rows || levels.is_empty() {
            values.iter().take(rows).for_each(|value| push(Some(value)));
            continue;
        }
        let mut values = values.iter();
        for level in &levels {
            push(if *level == full { values.next() } else { None });
        }
    }
}

fn push_text(cells: &mut Cells, text: &str) {
    if let Cells::Text(texts) = cells {
        texts.push(text);
    }
}

fn push_bytes(cells: &mut Cells, value: Option<&ByteArray>) {
    let text = value.map_or(Ok(""), |bytes| std::str::from_utf8(bytes.data()));
    push_text(cells, text.unwrap_or(NOT_TEXT));
}

fn push_number(cells: &mut Cells, value: Option<f64>) {
    if let Cells::Number(numbers) = cells {
        numbers.push(value.unwrap_or(f64::NAN));
    }
}

/// Long whole numbers; a column with any that `f64` cannot hold becomes text, so that two
/// identifiers never become equal.
fn push_long(cells: &mut Cells, values: &[Option<i64>], factor: f64, is_unsigned: bool) {
    let is_exact = values.iter().flatten().all(|value| (-EXACT..=EXACT).contains(value));
    if !is_exact
        && factor >= 1.0
        && let Cells::Number(numbers) = cells
    {
        let mut texts = TextCells::default();
        for number in numbers {
            texts.push(&if number.is_nan() { String::new() } else { number.to_string() });
        }
        *cells = Cells::Text(texts);
    }
    for value in values {
        match cells {
            Cells::Number(numbers) => {
                numbers.push(value.map_or(f64::NAN, |value| value as f64 * factor));
            }
            Cells::Text(texts) => texts.push(&match value {
                None => String::new(),
                Some(value) if is_unsigned => (*value as u64).to_string(),
                Some(value) => value.to_string(),
            }),
        }
    }
}

/// A big-endian two's complement number, as decimals are stored.
fn big_endian(bytes: &[u8]) -> f64 {
    let start = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1.0 } else { 0.0 };
    bytes.iter().fold(start, |number, byte| number * 256.0 + f64::from(*byte))
}

/// The decoder's message without its type names.
fn said(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::NYI(text) | ParquetError::EOF(text) => {
            text.clone()
        }
        other => other.to_string(),
    }
}
