//! The state of a run on disk: one safetensors file, replaced as a whole.
//!
//! Numbers are stored as tensors, so that they are read back bit for bit; the header's metadata
//! holds the format and the identity of the job.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::TrainJob;
use super::exchange::Exchange;
use super::state::{Best, Evaluation, State};
use crate::engine::optimizer::Moments;
use crate::learners::settings::NUMERICS_VERSION;
use crate::ranks::RankLost;

/// Name of the layout below; raised when it changes.
const FORMAT: &str = "tenfold.checkpoint/1";

/// Every tensor, in the order in which it is written and checked.
const NAMES: [&str; 17] = [
    "parameters",
    "average",
    "statistics",
    "carried",
    "decay_from",
    "silent",
    "moments.first",
    "moments.second",
    "history.step",
    "history.train_loss",
    "history.validation_error",
    "counters",
    "losses",
    "best.index",
    "best.loss",
    "best.parameters",
    "best.statistics",
];

/// A text of everything that changes the outcome of `job`; training does not resume from a
/// checkpoint with another identity.
pub(super) fn identity(job: &TrainJob<'_>) -> String {
    use tenfold_data::{Pairs, Texts, shard_hash};
    let settings: Vec<String> =
        job.settings.identity().iter().map(|(name, value)| format!("{name}={value}")).collect();
    // Whole examples leave the identity as it was before examples could be cut.
    let cut = job
        .shard
        .units_of_last
        .map_or_else(String::new, |units| format!(";cut={units} {}", job.shard.unit.name));
    let pairs = job.dataset.pairs();
    let both = pairs.and_then(Pairs::vocabularies).map(Vec::from);
    let transcripts = job.dataset.recordings().map(|recorded| recorded.transcripts);
    let one = job.dataset.texts().or(transcripts).and_then(Texts::vocabulary);
    let vocabularies = both.unwrap_or_else(|| one.into_iter().collect());
    let vocabulary =
        vocabularies.into_iter().fold(String::new(), |all, v| all + ";vocabulary=" + &v.hash());
    format!(
        "numerics={NUMERICS_VERSION};seed={};metric={};data={};shard={};validation={}:{};test={}:{};{}{cut}{vocabulary}",
        job.seed,
        job.metric.name(),
        job.dataset.content_hash,
        shard_hash(job.shard.rows),
        job.validation.0.content_hash,
        shard_hash(job.validation.1),
        job.test.0.content_hash,
        shard_hash(job.test.1),
        settings.join(";")
    )
}

/// 64-bit FNV-1a over names and contents: safetensors itself does not notice a changed bit.
fn checksum<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let bytes = tensors.flat_map(|(name, bytes)| name.bytes().chain(bytes.iter().copied()));
    format!("{:016x}", fingerprint(bytes.map(u64::from)))
}

/// 64-bit FNV-1a, a number at a time.
pub(super) fn fingerprint(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0xCBF2_9CE4_8422_2325, |hash: u64, number| {
        (hash ^ number).wrapping_mul(0x0100_0000_01B3)
    })
}

/// Why a file is not the checkpoint that was looked for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Unusable {
    /// Unreadable, damaged or of another kind.
    Damaged(String),
    /// Of another data set, shard, setting, seed or version.
    Foreign,
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(reason) => write!(formatter, "it is damaged ({reason})"),
            Self::Foreign => write!(formatter, "it belongs to another trial"),
        }
    }
}

/// Writes `state` so that a reader sees the old checkpoint or the new one, never a part.
pub(super) fn write(path: &Path, identity: &str, state: &State) -> io::Result<()> {
    let tensors = Tensors::of(state);
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .0
        .iter()
        .map(|(name, kind, bytes)| {
            let length = bytes.len() / (kind.bitsize() / 8);
            TensorView::new(*kind, vec![length], bytes).map(|view| (*name, view))
        })
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let checksum = checksum(tensors.0.iter().map(|(name, _, bytes)| (*name, bytes.as_slice())));
    let metadata = [("format", FORMAT), ("identity", identity), ("checksum", &checksum)];
    let metadata = metadata.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let bytes = safetensors::serialize(views, Some(metadata.into_iter().collect()))
        .map_err(io::Error::other)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".tmp.{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = File::create(&temporary)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Returns the state to begin with, and the reason if a file at `path` could not be used. The first
/// rank reads the file for all ranks; without a usable file the state is `fresh`.
pub(super) fn resume(
    path: Option<&Path>,
    identity: &str,
    fresh: State,
    exchange: &mut Exchange<'_>,
) -> Result<(State, Option<Unusable>), RankLost> {
    let (file, unusable) = match path.filter(|_| exchange.is_first()).map(fs::read) {
        None => (None, None),
        Some(Ok(bytes)) => (Some(bytes), None),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => (None, None),
        Some(Err(error)) => (None, Some(Unusable::Damaged(error.to_string()))),
    };
    let Some(bytes) = exchange.take_from_first(file)? else { return Ok((fresh, unusable)) };
    match parse(&bytes, identity, &fresh) {
        Ok(state) => Ok((state, None)),
        Err(reason) => Ok((fresh, Some(reason))),
    }
}

/// Reads the state from `bytes`, the contents of a checkpoint that must have `identity`.
///
/// `fresh`, the initial state, gives the length that every vector has to have.
fn parse(bytes: &[u8], identity: &str, fresh: &State) -> Result<State, Unusable> {
    let damaged = |error: safetensors::SafeTensorError| Unusable::Damaged(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let entry = |name: &str| {
        header.metadata().as_ref().and_then(|metadata| metadata.get(name)).map(String::as_str)
    };
    if entry("format") != Some(FORMAT) || entry("identity") != Some(identity) {
        return Err(Unusable::Foreign);
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut contents: Vec<(&str, &[u8])> = Vec::new();
    for name in NAMES {
        if let Ok(tensor) = tensors.tensor(name) {
            contents.push((name, tensor.data()));
        }
    }
    if entry("checksum") != Some(&checksum(contents.into_iter())) {
        return Err(Unusable::Damaged("its checksum does not fit its contents".to_owned()));
    }
    let state = restore(&Reader(&tensors), fresh);
    state.ok_or_else(|| Unusable::Damaged("a tensor is missing or too short".to_owned()))
}

/// Name, type and little-endian bytes of each tensor.
struct Tensors(Vec<(&'static str, Dtype, Vec<u8>)>);

impl Tensors {
    fn of(state: &State) -> Self {
        let mut tensors = Self(Vec::new());
        tensors.single("parameters", &state.parameters);
        if !state.average.is_empty() {
            tensors.single("average", &state.average);
        }
        tensors.single("statistics", &state.statistics);
        if !state.carried.is_empty() {
            tensors.single("carried", &state.carried);
        }
        if state.decay_from.is_some() {
            tensors.whole("decay_from", state.decay_from.into_iter());
        }
        if state.silent > 0 {
            tensors.whole("silent", std::iter::once(state.silent));
        }
        tensors.single("moments.first", &state.moments.first);
        tensors.single("moments.second", &state.moments.second);
        let history = &state.history;
        tensors.whole("history.step", history.iter().map(|evaluation| evaluation.step));
        tensors
            .double("history.train_loss", history.iter().map(|evaluation| evaluation.train_loss));
        let errors = history.iter().map(|evaluation| evaluation.validation_error);
        tensors.double("history.validation_error", errors);
        tensors.whole("counters", [state.step, state.loss_count].into_iter());
        tensors.double("losses", [state.loss_sum, state.last_loss].into_iter());
        if let Some(best) = &state.best {
            tensors.whole("best.index", std::iter::once(best.index as u64));
            tensors.double("best.loss", std::iter::once(best.loss));
            tensors.single("best.parameters", &best.parameters);
            tensors.single("best.statistics", &best.statistics);
        }
        tensors
    }

    fn single(&mut self, name: &'static str, numbers: &[f32]) {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.0.push((name, Dtype::F32, bytes));
    }

    fn double(&mut self, name: &'static str, numbers: impl Iterator<Item = f64>) {
        self.0.push((name, Dtype::F64, numbers.flat_map(f64::to_le_bytes).collect()));
    }

    fn whole(&mut self, name: &'static str, numbers: impl Iterator<Item = u64>) {
        self.0.push((name, Dtype::U64, numbers.flat_map(u64::to_le_bytes).collect()));
    }
}

struct Reader<'a>(&'a SafeTensors<'a>);

impl Reader<'_> {
    fn bytes(&self, name: &str, kind: Dtype) -> Option<Vec<u8>> {
        let tensor = self.0.tensor(name).ok()?;
        (tensor.dtype() == kind).then(|| tensor.data().to_vec())
    }

    fn single(&self, name: &str, length: usize) -> Option<Vec<f32>> {
        let bytes = self.bytes(name, Dtype::F32)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        (numbers.len() == length).then(|| numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    fn double(&self, name: &str) -> Option<Vec<f64>> {
        let bytes = self.bytes(name, Dtype::F64)?;
        Some(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }

    fn whole(&self, name: &str) -> Option<Vec<u64>> {
        let bytes = self.bytes(name, Dtype::U64)?;
        Some(bytes.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect())
    }
}

/// The state that the tensors hold; `None` if one is missing or does not fit `fresh`.
fn restore(reader: &Reader<'_>, fresh: &State) -> Option<State> {
    let steps = reader.whole("history.step")?;
    let losses = reader.double("history.train_loss")?;
    let errors = reader.double("history.validation_error")?;
    if steps.len() != losses.len() || steps.len() != errors.len() {
        return None;
    }
    let history: Vec<Evaluation> = steps
        .iter()
        .zip(losses.iter().zip(&errors))
        .map(|(&step, (&train_loss, &validation_error))| Evaluation {
            step,
            train_loss,
            validation_error,
        })
        .collect();
    let best = if history.is_empty() {
        None
    } else {
        Some(Best {
            index: usize::try_from(*reader.whole("best.index")?.first()?)
                .ok()
                .filter(|index| *index < history.len())?,
            loss: *reader.double("best.loss")?.first()?,
            parameters: reader.single("best.parameters", fresh.parameters.len())?,
            statistics: reader.single("best.statistics", fresh.statistics.len())?,
        })
    };
    let &[step, loss_count] = reader.whole("counters")?.as_slice() else { return None };
    let &[loss_sum, last_loss] = reader.double("losses")?.as_slice() else { return None };
    let silent = reader.whole("silent").and_then(|counts| counts.first().copied()).unwrap_or(0);
    Some(State {
        step,
        silent: silent.min(history.len() as u64),
        parameters: reader.single("parameters", fresh.parameters.len())?,
        average: if fresh.average.is_empty() {
            Vec::new()
        } else {
            reader.single("average", fresh.average.len())?
        },
        statistics: reader.single("statistics", fresh.statistics.len())?,
        carried: if fresh.carried.is_empty() {
            Vec::new()
        } else {
            reader.single("carried", fresh.carried.len())?
        },
        decay_from: reader.whole("decay_from").and_then(|steps| steps.first().copied()),
        moments: Moments {
            first: reader.single("moments.first", fresh.moments.first.len())?,
            second: reader.single("moments.second", fresh.moments.second.len())?,
        },
        loss_sum,
        loss_count,
        last_loss,
        history,
        best,
    })
}
