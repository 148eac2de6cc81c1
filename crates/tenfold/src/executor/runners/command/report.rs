//! The result of a command: a JSON document, or a number in its standard output.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::{Map, Value};
use tenfold_core::{Aggregate, Outcomes};

use super::document::{self, Document, MOST_FIELDS, PerExample, Statistics, Unread};
use crate::prepared::mark;
use crate::trial::{CommandMetric, TrialId};

pub(super) use super::document::Limits;

pub(super) use crate::trial::outcome::Reported as Report;

/// Bytes of standard output that are searched for the pattern, from its end.
const OUTPUT_TAIL: u64 = 16 << 20;

/// Bytes at the start of a result that are read in order to show it.
const START: u64 = 4096;

/// Largest number of characters of a command's output that a message shows.
const SHOWN: usize = 40;

/// Largest difference between an error and the mean of `per_example`, as a share of the larger:
/// printing with four digits and adding in single precision may cause it.
const MEAN_TOLERANCE: f64 = 1e-3;

/// Why a report cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReportError {
    #[error(
        "ended well but wrote no result to `{path}`: the command has to write JSON to `{{out}}`, or \
         `result` has to be a pattern for its standard output"
    )]
    Missing { path: String },
    #[error(
        "{kind} is in place of its result, `{path}`: the command has to write a file there itself"
    )]
    NotAFile { kind: &'static str, path: String },
    #[error(
        "its result is longer than {limit} bytes: is `{{out}}` used for something else? If not, \
         raise `result_limit`"
    )]
    TooLong { limit: u64 },
    #[error("its result has more than {most} fields: a list belongs into `per_example`")]
    TooWide { most: usize },
    #[error("it was told to stop while its result was read")]
    Stopped,
    #[error("its result could not be read: {0}")]
    Unreadable(io::Error),
    #[error("its result is empty: the command has to write JSON to `{{out}}`")]
    Empty,
    #[error("its result is not JSON: {reason}; it begins with `{start}`")]
    NotJson { reason: String, start: String },
    #[error("its result holds NaN or infinity: the training diverged?")]
    NotFinite,
    #[error("its result has no number `{wanted}`, only {found}")]
    NoError { wanted: String, found: String },
    #[error("its result says {name} = {found}, {needed} is needed")]
    OtherKind { name: String, found: String, needed: &'static str },
    #[error("its result says {name} = {value}, a number of at least 0 is needed")]
    Negative { name: String, value: f64 },
    #[error(
        "its result says {name} = {value}, above the best there is, {best}: if it is a percentage, \
         add `best = 100` to `[metric]`"
    )]
    AboveBest { name: String, value: f64, best: f64 },
    #[error("its result is of trial {found}, not of {expected}")]
    OtherTrial { found: String, expected: String },
    #[error(
        "the mean of `per_example` is {mean}, and the error is {error}: one number an example is \
         needed, whose mean is the error"
    )]
    OtherMean { mean: f64, error: f64 },
    #[error(
        "`per_example` amounts to {found} as `{aggregate}`, and the error is {error}: of rows such as \
         [edits, characters] the error is the first sum over the second, or what `aggregate` says"
    )]
    OtherRatio { found: f64, aggregate: &'static str, error: f64 },
    #[error("`per_example` holds something that is not a number, or rows of different lengths")]
    PerExample,
    #[error(
        "`aggregate` is {found}: `mean`, `root-mean` (of one number an example), `ratio` or `exp-ratio` \
         (of two) or `bleu` (of ten) is needed"
    )]
    Aggregate { found: String },
    #[error(
        "`aggregate` is `{aggregate}`, which takes {needed} numbers an example, and `per_example` has \
         {found}"
    )]
    OtherWidth { aggregate: &'static str, needed: usize, found: usize },
    #[error("its standard output does not match `{0}`")]
    NoMatch(String),
    #[error("its standard output has `{0}` where a number is needed")]
    NoNumber(String),
}

/// Reads the JSON document that a command wrote for trial `id`.
pub(super) fn from_document(
    path: &Path,
    metric: &CommandMetric,
    id: &TrialId,
    limits: &Limits<'_>,
) -> Result<Report, ReportError> {
    let shown = || path.display().to_string();
    let document = document::read(path, limits).map_err(|unread| match unread {
        Unread::Missing => ReportError::Missing { path: shown() },
        Unread::NotAFile(kind) => ReportError::NotAFile { kind, path: shown() },
        Unread::TooLong => ReportError::TooLong { limit: limits.bytes },
        Unread::TooWide => ReportError::TooWide { most: MOST_FIELDS },
        Unread::Stopped => ReportError::Stopped,
        Unread::Io(error) => ReportError::Unreadable(error),
        Unread::NotJson(error) => not_json(path, &error, limits),
    })?;
    interpret(document, metric, id)
}

/// The error of the file at `path`, which is not a JSON document.
fn not_json(path: &Path, error: &serde_json::Error, limits: &Limits<'_>) -> ReportError {
    let mut bytes = Vec::new();
    let first = mark::open(path).and_then(|file| file.take(START).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_too_large = error.to_string().starts_with("number out of range");
    match first {
        Err(error) => ReportError::Unreadable(error),
        Ok(length) if text.is_empty() && (length as u64) < START => ReportError::Empty,
        // Python writes NaN and infinity, which are not JSON.
        Ok(_) if is_too_large || has_no_number(path, limits) => ReportError::NotFinite,
        Ok(_) => {
            let is_other = error.classify() == serde_json::error::Category::Data;
            let reason =
                if is_other { "an object is needed".to_owned() } else { error.to_string() };
            ReportError::NotJson { reason, start: start(text) }
        }
    }
}

/// Whether the file contains NaN or infinity.
fn has_no_number(path: &Path, limits: &Limits<'_>) -> bool {
    let Ok(file) = mark::open(path) else {
        return false;
    };
    let mut reader = BufReader::new(file.take(limits.bytes));
    let mut last = Vec::new();
    while let Ok(part) = reader.fill_buf() {
        if part.is_empty() || (limits.is_over)() {
            return false;
        }
        let length = part.len();
        last.extend_from_slice(part);
        let text = String::from_utf8_lossy(&last);
        if ["NaN", "Infinity"].iter().any(|word| text.contains(word)) {
            return true;
        }
        // A word may be split across two parts.
        let keep = last.len().saturating_sub("Infinity".len());
        last.drain(..keep);
        reader.consume(length);
    }
    false
}

fn interpret(
    document: Document,
    metric: &CommandMetric,
    id: &TrialId,
) -> Result<Report, ReportError> {
    let Document { mut fields, per_example: reported, judged_on, is_too_wide: _ } = document;
    if let Some(Value::String(found)) = fields.get("trial")
        && found != id.as_str()
    {
        let expected = id.to_string();
        return Err(ReportError::OtherTrial { found: found.clone(), expected });
    }
    let own = if metric.name == "error" { None } else { needed(&mut fields, &metric.name)? };
    let (name, error) = match (own, needed(&mut fields, "error")?) {
        (Some(value), _) => (metric.name.as_str(), value),
        (None, Some(value)) => ("error", value),
        (None, None) => {
            let found: Vec<String> = fields.keys().map(|name| format!("`{name}`")).collect();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            return Err(ReportError::NoError { wanted: metric.name.clone(), found });
        }
    };
    // The number `error` is an error already, whatever the metric's direction.
    let is_turned = name != "error" || metric.name == "error";
    let turn = |name: &str, value: f64| as_error(name, value, metric, is_turned);
    let error = turn(name, error)?;
    let mut number = |name: &str| match fields.get(name) {
        // A program may write `null` for a number that it does not know.
        Some(Value::Null) => Ok(None),
        _ => needed(&mut fields, name),
    };
    let validation_error = match number("validation_error")? {
        Some(value) => Some(turn("validation_error", value)?),
        None => None,
    };
    let train_error = match number("train_error")? {
        Some(value) => Some(turn("train_error", value)?),
        None => None,
    };
    let whole = |value: Option<f64>| value.filter(|v| *v >= 0.0).map(|v| v as u64);
    let parameters = whole(number("parameters")?);
    let steps = whole(number("steps")?);
    let flop = number("flop")?.filter(|flop| *flop >= 0.0);
    let aggregate = aggregate(fields.remove("aggregate"))?;
    let (per_example, aggregate) = match reported {
        PerExample::Absent => (None, None),
        PerExample::Others => return Err(ReportError::PerExample),
        PerExample::Numbers(statistics) => per_example(statistics, aggregate, error)?,
    };
    let converged = match fields.remove("converged") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(converged)) => converged,
        Some(other) => return Err(other_kind("converged", &other, "true or false")),
    };
    let metrics: BTreeMap<String, f64> =
        fields.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect();
    Ok(Report {
        error,
        validation_error,
        train_error,
        parameters,
        flop,
        steps,
        converged,
        per_example,
        aggregate,
        judged_on,
        metrics,
    })
}

/// Removes the number `name` from `fields`, if it is there, and returns it.
fn needed(fields: &mut Map<String, Value>, name: &str) -> Result<Option<f64>, ReportError> {
    let Some(value) = fields.remove(name) else { return Ok(None) };
    let number = value.as_f64().ok_or_else(|| other_kind(name, &value, "a number"))?;
    Ok(Some(number))
}

fn other_kind(name: &str, found: &Value, needed: &'static str) -> ReportError {
    ReportError::OtherKind { name: name.to_owned(), found: start(&found.to_string()), needed }
}

/// The first characters of the first line of `text`, so that a person recognises it.
fn start(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let shown: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if line.chars().count() > SHOWN { format!("{shown}…") } else { shown }
}

/// Finds the error in the end of a command's standard output.
pub(super) fn from_output(
    path: &Path,
    pattern: &str,
    metric: &CommandMetric,
) -> Result<Report, ReportError> {
    let text = tail(path, OUTPUT_TAIL).map_err(ReportError::Unreadable)?;
    let no_match = || ReportError::NoMatch(pattern.to_owned());
    // This cannot fail: the study's check has compiled the pattern before.
    let regex = regex_lite::Regex::new(pattern).map_err(|_| no_match())?;
    let found = regex.captures_iter(&text).last().and_then(|groups| groups.get(1));
    let found = found.ok_or_else(no_match)?.as_str();
    let value: f64 = found.trim().parse().map_err(|_| ReportError::NoNumber(found.to_owned()))?;
    if !value.is_finite() {
        return Err(ReportError::NotFinite);
    }
    Ok(Report::of_error(as_error(&metric.name, value, metric, true)?))
}

/// The error that `value` stands for.
fn as_error(
    name: &str,
    value: f64,
    metric: &CommandMetric,
    is_turned: bool,
) -> Result<f64, ReportError> {
    let name = name.to_owned();
    match metric.higher_is_better {
        Some(best) if is_turned && value > best => {
            Err(ReportError::AboveBest { name, value, best })
        }
        Some(best) if is_turned => Ok(best - value),
        _ if value < 0.0 => Err(ReportError::Negative { name, value }),
        _ => Ok(value),
    }
}

/// How the statistics become the error, if the document gives an aggregate.
fn aggregate(found: Option<Value>) -> Result<Option<Aggregate>, ReportError> {
    let Some(found) = found.filter(|value| !value.is_null()) else { return Ok(None) };
    let named = found.as_str().and_then(Aggregate::named);
    named.map(Some).ok_or_else(|| ReportError::Aggregate { found: start(&found.to_string()) })
}

/// The statistics of the examples, and how they become the error if not by their mean.
fn per_example(
    statistics: Statistics,
    told: Option<Aggregate>,
    error: f64,
) -> Result<(Option<Outcomes>, Option<Aggregate>), ReportError> {
    let Statistics { values, sums } = statistics;
    let width = sums.len().max(1);
    // A row of two is usually a count and the number of units that it was counted in.
    let usual = if width == 2 { Aggregate::RATIO } else { Aggregate::MEAN };
    let aggregate = told.unwrap_or(usual);
    if aggregate.width != width {
        let (aggregate, needed) = (aggregate.name, aggregate.width);
        return Err(ReportError::OtherWidth { aggregate, needed, found: width });
    }
    let examples = (values.len() / width).max(1) as f64;
    let means: Vec<f64> = sums.iter().map(|sum| sum / examples).collect();
    let Some(outcomes) = Outcomes::new(width, values) else { return Ok((None, None)) };
    let found = (aggregate.error)(&means, examples);
    let is_near = (found - error).abs() <= MEAN_TOLERANCE * found.abs().max(error);
    let is_mean = aggregate == Aggregate::MEAN;
    match is_near {
        true => Ok((Some(outcomes), (!is_mean).then_some(aggregate))),
        false if is_mean => Err(ReportError::OtherMean { mean: found, error }),
        false => Err(ReportError::OtherRatio { found, aggregate: aggregate.name, error }),
    }
}

/// The last `bytes` bytes of a file, as text.
pub(super) fn tail(path: &Path, bytes: u64) -> io::Result<String> {
    let mut file = mark::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut tail = Vec::new();
    file.take(bytes).read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).into_owned())
}
