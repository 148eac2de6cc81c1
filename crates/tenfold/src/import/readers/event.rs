//! Reads TensorBoard's event files: records with checksums, whose messages are read for a few
//! fields.
//!
//! Field numbers are those of TensorFlow's `event.proto`, `summary.proto` and `tensor.proto`, and of
//! TensorBoard's hparams plug-in; fields that are not named here are skipped.

use std::collections::BTreeMap;

use prost::Message as _;
use prost::bytes::Bytes;

/// An event: a step and the values written at it.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(string, optional, tag = "3")]
    pub(super) file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<Summary>,
}

/// The values written at one step.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<SummaryValue>,
}

/// One value: a number in the older format, a tensor in the newer one.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SummaryValue {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(float, optional, tag = "2")]
    pub(super) simple_value: Option<f32>,
    #[prost(message, optional, tag = "8")]
    pub(super) tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<Metadata>,
}

/// A tensor of numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(bytes = "bytes", tag = "4")]
    pub(super) content: Bytes,
    #[prost(float, repeated, tag = "5")]
    pub(super) floats: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub(super) doubles: Vec<f64>,
}

/// The plug-in that a value belongs to.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub(super) plugin_data: Option<PluginData>,
}

/// The data of a plug-in.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PluginData {
    #[prost(string, tag = "1")]
    pub(super) plugin_name: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) content: Bytes,
}

/// The data of the hparams plug-in.
#[derive(Clone, PartialEq, prost::Message)]
struct HyperParameters {
    #[prost(message, optional, tag = "3")]
    session_start: Option<SessionStart>,
}

/// The hyper-parameters of a run.
#[derive(Clone, PartialEq, prost::Message)]
struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    hparams: BTreeMap<String, JsonValue>,
}

/// `google.protobuf.Value`, as far as hyper-parameters use it.
#[derive(Clone, PartialEq, prost::Message)]
struct JsonValue {
    #[prost(double, optional, tag = "2")]
    number: Option<f64>,
    #[prost(string, optional, tag = "3")]
    text: Option<String>,
    #[prost(bool, optional, tag = "4")]
    truth: Option<bool>,
}

impl SummaryValue {
    /// The number that it holds; `None` for anything else.
    pub(super) fn scalar(&self) -> Option<f64> {
        /// `DT_FLOAT` of `types.proto`.
        const FLOAT: i32 = 1;
        /// `DT_DOUBLE` of `types.proto`.
        const DOUBLE: i32 = 2;
        if let Some(value) = self.simple_value {
            return Some(f64::from(value));
        }
        let tensor = self.tensor.as_ref()?;
        match (tensor.dtype, tensor.content.as_ref()) {
            (FLOAT, []) => one(&tensor.floats).map(|value| f64::from(*value)),
            (DOUBLE, []) => one(&tensor.doubles).copied(),
            (FLOAT, bytes) => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            (DOUBLE, bytes) => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    /// Its hyper-parameters, if the hparams plug-in wrote it.
    pub(super) fn hyper_parameters(&self) -> BTreeMap<String, String> {
        let data = self.metadata.as_ref().and_then(|metadata| metadata.plugin_data.as_ref());
        let Some(data) = data.filter(|data| data.plugin_name == "hparams") else {
            return BTreeMap::new();
        };
        let read = HyperParameters::decode(data.content.clone()).ok();
        let started = read.and_then(|read| read.session_start).unwrap_or_default();
        let text = |value: JsonValue| match value {
            JsonValue { number: Some(number), .. } => Some(number.to_string()),
            JsonValue { text: Some(text), .. } => Some(text),
            JsonValue { truth, .. } => truth.map(|truth| truth.to_string()),
        };
        let named = started.hparams.into_iter();
        named.filter_map(|(name, value)| Some((name, text(value)?))).collect()
    }
}

fn one<T>(values: &[T]) -> Option<&T> {
    match values {
        [only] => Some(only),
        _ => None,
    }
}

/// Events of a file, and how it ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Events {
    pub(super) events: Vec<Event>,
    pub(super) end: End,
}

/// The state of a file at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// After a whole record.
    Whole,
    /// Inside a record: its writer was stopped, or still writes.
    CutOff,
    /// At a record whose checksum is wrong.
    Damaged,
}

/// Reads the events in the bytes of a file, up to the point where it is cut off or damaged.
pub(super) fn events(mut bytes: &[u8]) -> Events {
    let mut events = Vec::new();
    let end = loop {
        if bytes.is_empty() {
            break End::Whole;
        }
        match record(bytes) {
            Ok((data, rest)) => match Event::decode(data) {
                Ok(event) => {
                    events.push(event);
                    bytes = rest;
                }
                Err(_) => break End::Damaged,
            },
            Err(end) => break end,
        }
    };
    Events { events, end }
}

/// Splits off the first record: eight bytes of length, their checksum, the data, its checksum.
fn record(bytes: &[u8]) -> Result<(&[u8], &[u8]), End> {
    let (length, rest) = checked(bytes, 8)?;
    let length = u64::from_le_bytes(length.try_into().map_err(|_| End::Damaged)?);
    checked(rest, usize::try_from(length).map_err(|_| End::Damaged)?)
}

/// Splits off the first `length` bytes, whose checksum follows them, and returns them and the rest.
fn checked(bytes: &[u8], length: usize) -> Result<(&[u8], &[u8]), End> {
    let (data, rest) = bytes.split_at_checked(length).ok_or(End::CutOff)?;
    let (sum, rest) = rest.split_first_chunk::<4>().ok_or(End::CutOff)?;
    // TFRecord masks its checksums, because a checksum of data that holds checksums would be weak.
    let masked = crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8);
    if u32::from_le_bytes(*sum) == masked { Ok((data, rest)) } else { Err(End::Damaged) }
}
