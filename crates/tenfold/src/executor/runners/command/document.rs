//! Reads the JSON document of a command as a stream. Only its numbers are kept, however long it is,
//! and a pipe or device is not waited for. A gigabyte of anything but `per_example` takes no more
//! than some megabytes.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::shorten::Shortened;
use crate::prepared::mark;
use crate::trial::identity::TextHash;

/// Largest number of elements of a list, and of characters of a text, that are kept for display.
const KEPT: usize = 64;

/// Largest number of elements that are kept of all lists and objects of a document together.
const KEPT_IN_ALL: usize = 4096;

/// Largest number of bytes that are read of one text.
const LONGEST_TEXT: u64 = 1 << 20;

/// Longest name of a field in bytes, and longest text that is kept unchanged.
const LONGEST_NAME: usize = 256;

/// Largest number of fields of a document.
pub(super) const MOST_FIELDS: usize = 1 << 17;

/// Largest number of bytes of a document in UTF-16, which is read into memory. PowerShell writes
/// UTF-16, and what it writes is short.
const LONGEST_UTF16: u64 = 16 << 20;

/// Bytes between two checks whether to stop.
const LOOK: u64 = 1 << 20;

/// Limits on reading a result.
pub(crate) struct Limits<'a> {
    /// Largest number of bytes that are read.
    pub(crate) bytes: u64,
    /// Whether the trial was asked to stop and the time for reading its result is over.
    pub(crate) is_over: &'a dyn Fn() -> bool,
}

/// Why a result could not be read completely.
#[derive(Debug)]
pub(super) enum Unread {
    /// There is no result file.
    Missing,
    /// The path is not a regular file.
    NotAFile(&'static str),
    /// It is longer than the limit.
    TooLong,
    /// It has more than [`MOST_FIELDS`].
    TooWide,
    /// The trial was asked to stop.
    Stopped,
    /// The system reports an error.
    Io(io::Error),
    /// It is not JSON, or not an object.
    NotJson(serde_json::Error),
}

/// The parts of a document that are kept.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Every field except those below; lists, objects and texts only as far as they are shown.
    pub(super) fields: Map<String, Value>,
    /// The numbers of each example.
    pub(super) per_example: PerExample,
    /// The value of `judged_on`: a short text, or the hash of anything else.
    pub(super) judged_on: Option<String>,
    /// Whether it has more than [`MOST_FIELDS`].
    pub(super) is_too_wide: bool,
}

/// The value of the field `per_example`.
#[derive(Debug, Default)]
pub(super) enum PerExample {
    /// There is no such field.
    #[default]
    Absent,
    /// It holds something other than numbers.
    Others,
    /// It holds one number, or one row of numbers, for each example.
    Numbers(Statistics),
}

/// Numbers of the examples.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    /// The numbers of all examples, one example after another.
    pub(super) values: Vec<f32>,
    /// Sum of each number of a row over the examples, in the precision of the document.
    pub(super) sums: Vec<f64>,
}

impl Statistics {
    /// Adds an example; returns whether it has as many numbers as the others.
    fn add(&mut self, row: &[f64]) -> bool {
        if self.sums.is_empty() {
            self.sums.resize(row.len(), 0.0);
        }
        self.values.extend(row.iter().map(|number| *number as f32));
        self.sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
        self.sums.len() == row.len() && !row.is_empty()
    }
}

/// Opens the result at `path`, which may be anything.
pub(super) fn open(path: &Path) -> Result<File, Unread> {
    let file = match mark::open_any(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unread::Missing),
        // Opening a socket fails.
        Err(error) => {
            let kind = std::fs::metadata(path).map(|facts| facts.file_type());
            let is_socket = kind.is_ok_and(|kind| kind.is_socket());
            return Err(if is_socket { Unread::NotAFile("a socket") } else { Unread::Io(error) });
        }
    };
    let kind = file.metadata().map_err(Unread::Io)?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    let is_other = [(kind.is_dir(), "a folder"), (kind.is_fifo(), "a pipe")];
    let name = is_other.into_iter().find(|(is_so, _)| *is_so).map_or("a device", |(_, name)| name);
    Err(Unread::NotAFile(name))
}

/// Reads the document at `path`.
pub(super) fn read(path: &Path, limits: &Limits<'_>) -> Result<Document, Unread> {
    let bounded = Bounded { file: open(path)?, left: limits.bytes, until_look: LOOK, limits };
    let mut reader = BufReader::new(bounded);
    let start = io::BufRead::fill_buf(&mut reader).map_err(unread_of)?;
    let parsed = if let [0xEF, 0xBB, 0xBF, ..] = start {
        io::BufRead::consume(&mut reader, 3);
        parse(Shortened::new(reader, LONGEST_TEXT))
    } else if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] = start {
        let is_little = start[0] == 0xFF;
        let mut bytes = Vec::new();
        reader.take(LONGEST_UTF16).read_to_end(&mut bytes).map_err(unread_of)?;
        let unit = |pair: &[u8; 2]| {
            if is_little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
        };
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().skip(1).map(unit).collect();
        parse(String::from_utf16_lossy(&units).as_bytes())
    } else {
        parse(Shortened::new(reader, LONGEST_TEXT))
    };
    match parsed {
        Ok(document) if document.is_too_wide => Err(Unread::TooWide),
        Ok(document) => Ok(document),
        Err(error) if error.is_io() => Err(unread_of(error.into())),
        Err(error) => Err(Unread::NotJson(error)),
    }
}

fn parse(reader: impl Read) -> serde_json::Result<Document> {
    let mut from = serde_json::Deserializer::from_reader(reader);
    let document = from.deserialize_any(DocumentVisitor)?;
    from.end()?;
    Ok(document)
}

/// Converts the kinds of error that [`Bounded`] gives, and those of the system.
fn unread_of(error: io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Unread::TooLong,
        io::ErrorKind::ConnectionAborted => Unread::Stopped,
        _ => Unread::Io(error),
    }
}

/// A file that is read up to its limits.
struct Bounded<'a> {
    file: File,
    left: u64,
    until_look: u64,
    limits: &'a Limits<'a>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        if self.until_look == 0 {
            self.until_look = LOOK;
            if (self.limits.is_over)() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        let length = self.file.read(part)? as u64;
        if length > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.left -= length;
        self.until_look = self.until_look.saturating_sub(length);
        Ok(length as usize)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        let left = Cell::new(KEPT_IN_ALL);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "per_example" => document.per_example = map.next_value_seed(Examples)?,
                "judged_on" => {
                    let mut hash = TextHash::default();
                    let text = map.next_value_seed(Hashed { hash: &mut hash, before: "" })?;
                    document.judged_on = Some(text.unwrap_or_else(|| hash.finish()));
                }
                _ if name.len() > LONGEST_NAME || document.fields.len() >= MOST_FIELDS => {
                    document.is_too_wide |= document.fields.len() >= MOST_FIELDS;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    let value = map.next_value_seed(Shown(&left))?;
                    document.fields.insert(name, value);
                }
            }
        }
        Ok(document)
    }
}

/// The field `per_example`.
struct Examples;

impl<'de> DeserializeSeed<'de> for Examples {
    type Value = PerExample;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

/// Visits values that are neither lists nor numbers, and keeps nothing of them.
macro_rules! nothing_of_others {
    ($nothing:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

impl<'de> Visitor<'de> for Examples {
    type Value = PerExample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = PerExample::Numbers(Statistics::default());
        let mut row = Vec::new();
        while list.next_element_seed(Row(&mut row))?.is_some() {
            let is_sound = match &mut found {
                PerExample::Numbers(statistics) => statistics.add(&row),
                PerExample::Absent | PerExample::Others => false,
            };
            if !is_sound {
                found = PerExample::Others;
            }
        }
        Ok(found)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(PerExample::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(PerExample::Others)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(PerExample::Others)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(PerExample::Others)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(PerExample::Others)
    }

    nothing_of_others!(PerExample::Others);
}

/// The number of one example, or its row of numbers; empty if it is neither.
struct Row<'a>(&'a mut Vec<f64>);

/// Largest number of a row's numbers that are read: more than any metric has.
const LONGEST_ROW: usize = 64;

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.clear();
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of numbers")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.push(f64::from(u8::from(value)));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.push(value as f64);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.push(value as f64);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.push(value);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut is_sound = true;
        while let Some(number) = list.next_element_seed(Number)? {
            is_sound &= number.is_some() && self.0.len() < LONGEST_ROW;
            self.0.extend(number.filter(|_| is_sound));
        }
        if !is_sound {
            self.0.clear();
        }
        Ok(())
    }

    nothing_of_others!(());
}

/// A number of one example, or true and false as 1 and 0; `None` if it is neither.
struct Number;

impl<'de> DeserializeSeed<'de> for Number {
    type Value = Option<f64>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<f64>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Number {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<f64>, E> {
        Ok(Some(f64::from(u8::from(value))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<f64>, E> {
        Ok(Some(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<f64>, E> {
        Ok(Some(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<f64>, E> {
        Ok(Some(value))
    }

    fn visit_unit<E>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<f64>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    nothing_of_others!(None);
}

/// Any value, as far as a message shows it. The cell holds how many more elements of lists and
/// objects are kept.
#[derive(Clone, Copy)]
struct Shown<'a>(&'a Cell<usize>);

impl Shown<'_> {
    /// Whether a list or an object that has `kept` elements keeps one more.
    fn takes(self, kept: usize) -> bool {
        let Self(left) = self;
        let is_taken = kept < KEPT && left.get() > 0;
        left.set(left.get() - usize::from(is_taken));
        is_taken
    }
}

impl<'de> DeserializeSeed<'de> for Shown<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shown<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.chars().take(KEPT).collect::<String>().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while self.takes(kept.len()) {
            let Some(value) = list.next_element_seed(self)? else {
                return Ok(kept.into());
            };
            kept.push(value);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name.len() <= LONGEST_NAME && self.takes(kept.len()) {
                kept.insert(name, map.next_value_seed(self)?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(kept.into())
    }
}

/// Any value, of which only the hash is kept. Returns the text if the value is a text that is short
/// enough to be kept itself.
struct Hashed<'a> {
    hash: &'a mut TextHash,
    /// Text that is hashed before the value.
    before: &'static str,
}

impl Hashed<'_> {
    /// Adds `text` to the hash; returns `None`, because no text is kept.
    fn add(self, text: &str) -> Option<String> {
        self.hash.add(self.before);
        self.hash.add(text);
        None
    }
}

impl<'de> DeserializeSeed<'de> for Hashed<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Hashed<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.add(&value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.add(&value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.add(&value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.add(&Value::from(value).to_string()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.add("null"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        self.add(&Value::from(text).to_string());
        Ok((text.len() <= LONGEST_NAME).then(|| text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let Self { hash, before } = self;
        hash.add(before);
        hash.add("[");
        let mut before = "";
        while list.next_element_seed(Hashed { hash, before })?.is_some() {
            before = ",";
        }
        hash.add("]");
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Self { hash, before } = self;
        hash.add(before);
        hash.add("{");
        let mut before = "";
        while let Some(name) = map.next_key::<String>()? {
            hash.add(before);
            hash.add(&Value::from(name).to_string());
            map.next_value_seed(Hashed { hash, before: ":" })?;
            before = ",";
        }
        hash.add("}");
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::identity::text_hash;

    #[test]
    fn what_a_model_was_judged_on_is_a_short_text_or_a_hash() {
        let check = |judged_on: &str, expected: String| {
            let text = format!("{{\"error\": 1, \"judged_on\": {judged_on}}}");
            assert_eq!(parse(text.as_bytes()).unwrap().judged_on, Some(expected));
        };
        check("\"split-7\"", "split-7".to_owned());
        for other in ["null", "[]", "[1,-2,2.5,\"a\\n\",[true]]", "{\"a\":{\"b\":1},\"c\":[2,3]}"] {
            check(other, text_hash(other));
        }
        let long = format!("\"{}\"", "a".repeat(LONGEST_NAME + 1));
        check(&long, text_hash(&long));
    }

    #[test]
    fn of_lists_in_lists_no_more_is_kept_than_of_long_ones() {
        fn count(value: &Value) -> usize {
            1 + value.as_array().map_or(0, |list| list.iter().map(count).sum())
        }
        let list = format!("[{}0]", "0,".repeat(99));
        let lists = format!("[{}0]", format!("{list},").repeat(99));
        let text = format!("{{\"a\": {lists}, \"b\": {lists}, \"error\": 0.5}}");
        let fields = parse(text.as_bytes()).unwrap().fields;
        assert_eq!(fields["error"], 0.5);
        let kept: usize = fields.values().map(count).sum();
        assert_eq!(kept, KEPT_IN_ALL + fields.len());
    }
}
