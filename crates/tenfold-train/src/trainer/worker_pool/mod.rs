//! The chunks of a batch, and the ranks and threads that share them.
//!
//! Which chunk holds which examples, and the order in which chunks are joined, follow from the
//! settings alone; ranks and threads only decide where a chunk is computed.

mod join;

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::Scope;

use super::TrainJob;
use super::examples::Examples;
use super::exchange::Exchange;
use super::order::Order;
use super::pair_set::PairSet;
use super::recording_set::RecordingSet;
use super::state::State;
use super::text_stream::TextStream;
use crate::decoding::{PairModel, ctc_greedy, greedy, most_probable};
use crate::engine::{Pass, Tape, Workspace};
use crate::metrics::{Metric, judges_of, with_others};
use crate::tasks::{Example, TargetKind, Task, Written};

/// Data that all threads share.
pub(super) struct Shared<'a> {
    /// One for each shape of a batch; all have the same parameters.
    tapes: &'a [Tape],
    /// The same models, where they write, to do so step by step.
    writers: &'a [Tape],
    task: &'a dyn Task,
    /// The metric of the run, then every other one of such targets: what the test set is measured by. Texts
    /// that a model writes for it cost a few milliseconds each.
    pub(super) metrics: Vec<&'static dyn Metric>,
    /// The metric that says when training gets no better, then what else is measured at each evaluation.
    pub(super) judges: Vec<&'static dyn Metric>,
    pub(super) state: RwLock<State>,
    batch: RwLock<Batch>,
    /// Chunks of the batch, on all ranks.
    parts: usize,
    /// Chunks of this rank.
    chunks: Vec<Mutex<Chunk>>,
    /// Gradient of the whole batch; empty where this is the only rank.
    joined: Mutex<Vec<f32>>,
}

/// The examples of one update.
struct Batch {
    examples: Vec<u64>,
    key: u64,
    /// The tape of its shape.
    tape: usize,
    /// Targets of all its examples, over which the loss is a mean.
    targets: usize,
}

/// A part of the batch and the space to compute it in.
struct Chunk {
    /// Index among the chunks of all ranks.
    index: usize,
    /// Indices of its examples in the batch.
    part: Range<usize>,
    /// One for each tape.
    workspaces: Vec<Workspace<f32>>,
    loss: f64,
    measured: Measured,
}

/// What a chunk measured, example by example.
#[derive(Default)]
struct Measured {
    /// Indices of the measured examples.
    positions: Vec<usize>,
    losses: Vec<f64>,
    /// Statistics of all metrics, one example after the other.
    statistics: Vec<f32>,
}

/// A piece of work that all threads share.
#[derive(Clone, Copy)]
pub(super) enum Work<'a> {
    /// Compute the gradients of the chunks of the current batch, drawn from these examples.
    Train(&'a Examples<'a>),
    /// Compute the statistics of these examples.
    Measure(Measuring<'a>),
}

/// What is measured.
#[derive(Clone, Copy)]
pub(super) struct Measuring<'a> {
    pub(super) examples: &'a Examples<'a>,
    /// Only the first of them, up to this count.
    pub(super) count: usize,
    /// Whose statistics are kept.
    pub(super) metrics: &'a [&'static dyn Metric],
}

impl Measuring<'_> {
    /// Numbers that are kept of each example: the statistics of all metrics.
    fn width(&self) -> usize {
        self.metrics.iter().map(|metric| metric.aggregate().width).sum()
    }

    /// Whether a model has to write a text for each example.
    fn reads_what_is_written(&self) -> bool {
        self.metrics.iter().any(|metric| metric.reads_what_is_written())
    }

    fn add_statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        for metric in self.metrics {
            metric.statistics(example, statistics);
        }
    }
}

/// Statistics and loss of each measured example.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Measurement {
    /// Example by example.
    pub(super) statistics: Vec<f32>,
    losses: Vec<f64>,
}

impl Measurement {
    /// Mean loss.
    pub(super) fn loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len().max(1) as f64
    }

    /// The same of examples that were measured in the order `positions`, in their own order.
    pub(super) fn in_order_of(self, positions: &[u32]) -> Self {
        let width = self.statistics.len() / positions.len().max(1);
        let mut ordered = Self {
            statistics: vec![0.0; self.statistics.len()],
            losses: vec![0.0; self.losses.len()],
        };
        for (from, to) in positions.iter().enumerate() {
            let to = *to as usize;
            ordered.losses[to] = self.losses[from];
            ordered.statistics[to * width..][..width]
                .copy_from_slice(&self.statistics[from * width..][..width]);
        }
        ordered
    }

    pub(super) fn is_finite(&self) -> bool {
        self.statistics.iter().all(|number| number.is_finite())
            && self.losses.iter().all(|loss| loss.is_finite())
    }
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        job: &TrainJob<'_>,
        [tapes, writers]: [&'a [Tape]; 2],
        task: &'a dyn Task,
        batch: usize,
        state: State,
        exchange: &Exchange<'_>,
    ) -> Self {
        let parts = job.settings.chunks.clamp(1, batch);
        let chunk = |index: usize| {
            let part = part_of(batch, index, parts);
            let workspaces = tapes.iter().map(|tape| Workspace::new(tape, part.len())).collect();
            Mutex::new(Chunk { index, part, workspaces, loss: 0.0, measured: Measured::default() })
        };
        let joined = if exchange.is_alone() { 0 } else { tapes[0].parameter_count() };
        let kind = TargetKind::of(&job.dataset.targets);
        Self {
            tapes,
            writers,
            task,
            metrics: with_others(job.metric, kind),
            judges: judges_of(job.metric, kind),
            state: RwLock::new(state),
            batch: RwLock::new(Batch { examples: vec![0; batch], key: 0, tape: 0, targets: batch }),
            parts,
            chunks: exchange.own_part(parts).map(chunk).collect(),
            joined: Mutex::new(vec![0.0; joined]),
        }
    }

    /// Examples an update.
    pub(super) fn batch_len(&self) -> usize {
        read(&self.batch).examples.len()
    }

    /// Chooses the examples of update `step` from `shard`, counted from 0, whose random key is `key`.
    pub(super) fn next_batch(&self, shard: &Examples<'_>, order: &mut Order, step: u64, key: u64) {
        let batch = &mut *write(&self.batch);
        batch.tape = order.fill(&mut batch.examples, step);
        batch.targets = shard.targets_of(&batch.examples);
        batch.key = key;
    }

    /// Does the part of `work` that belongs to thread `thread` of `threads`.
    fn work(&self, work: Work<'_>, thread: usize, threads: usize) {
        let state = read(&self.state);
        for chunk in self.chunks.iter().skip(thread).step_by(threads) {
            let chunk = &mut *lock(chunk);
            match work {
                Work::Train(examples) => self.train(chunk, &state, examples),
                Work::Measure(asked) => self
                    .measured_by(chunk.index, asked.count)
                    .for_each(|part| self.measure(chunk, &state, asked, part)),
            }
        }
    }

    /// The blocks of the first `count` examples that chunk `index` measures: every `parts`-th
    /// block.
    fn measured_by(&self, index: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
        let block = self.batch_len() / self.parts;
        (index * block..count)
            .step_by(self.parts * block)
            .map(move |start| start..(start + block).min(count))
    }

    fn train(&self, chunk: &mut Chunk, state: &State, examples: &Examples<'_>) {
        let batch = read(&self.batch);
        let rows = &batch.examples[chunk.part.clone()];
        let (tape, workspace) = (&self.tapes[batch.tape], &mut chunk.workspaces[batch.tape]);
        examples.copy_to(workspace, tape, rows.iter().copied());
        let pass = Pass::Train {
            key: batch.key,
            first_example: chunk.part.start,
            mean_over: batch.targets,
        };
        workspace.forward(tape, &state.parameters, &state.statistics, pass);
        chunk.loss = workspace.losses().iter().sum();
        workspace.backward(tape, &state.parameters);
    }

    fn measure(&self, chunk: &mut Chunk, state: &State, asked: Measuring<'_>, part: Range<usize>) {
        let examples = asked.examples;
        if let Some(stream) = examples.texts() {
            return self.measure_documents(chunk, state, stream, asked, part);
        }
        if let Some(pairs) = examples.pairs() {
            return self.measure_pairs(chunk, state, pairs, asked, part);
        }
        if let Some(recordings) = examples.recordings() {
            return self.measure_recordings(chunk, state, recordings, asked, part);
        }
        let (tape, workspace) = (&self.tapes[0], &mut chunk.workspaces[0]);
        examples.copy_to(workspace, tape, part.clone().map(|example| example as u64));
        workspace.forward(tape, state.measured(), &state.statistics, Pass::Evaluate);
        let output = workspace.output(tape);
        let outputs = output.chunks_exact(tape.output_shape().numbers());
        for ((position, output), loss) in part.zip(outputs).zip(workspace.losses()) {
            let target = examples.targets()[position];
            let scale = self.task.scale();
            let example = Example {
                output,
                target,
                loss: *loss,
                scale,
                tokens: 1,
                characters: 1,
                wrong: 0,
                written: Written::default(),
            };
            asked.add_statistics(example, &mut chunk.measured.statistics);
            chunk.measured.positions.push(position);
            chunk.measured.losses.push(*loss);
        }
    }

    /// Measures documents side by side, window by window, each from a fresh state on. What the streams of
    /// training carry is put aside meanwhile.
    fn measure_documents(
        &self,
        chunk: &mut Chunk,
        state: &State,
        stream: &TextStream,
        asked: Measuring<'_>,
        part: Range<usize>,
    ) {
        let (tape, workspace) = (&self.tapes[0], &mut chunk.workspaces[0]);
        let kept = workspace.carried().to_vec();
        workspace.carried().fill(0.0);
        let documents = &stream.measured()[part.clone()];
        let window = stream.window();
        let mut losses = vec![0.0; documents.len()];
        let mut targets = vec![0.0; documents.len() * window];
        let stride = stream.stride(!kept.is_empty());
        for index in 0..stream.windows_of(documents, stride) {
            let known = if index == 0 { 0 } else { window - stride };
            let inputs = workspace.input(tape, documents.len());
            let places = inputs.chunks_exact_mut(window).zip(targets.chunks_exact_mut(window));
            for ((inputs, targets), document) in places.zip(documents) {
                stream.copy_document(inputs, targets, *document, [index * stride, known]);
            }
            workspace.input_at(tape, 1).copy_from_slice(&targets);
            workspace.forward(tape, state.measured(), &state.statistics, Pass::Evaluate);
            losses.iter_mut().zip(workspace.losses()).for_each(|(sum, loss)| *sum += loss);
        }
        workspace.carried().copy_from_slice(&kept);
        for ((position, document), loss) in part.zip(documents).zip(losses) {
            let example = Example {
                output: &[],
                target: 0.0,
                loss,
                scale: self.task.scale(),
                tokens: stream.predicted(*document as usize),
                characters: stream.characters(*document as usize),
                wrong: 0,
                written: Written::default(),
            };
            asked.add_statistics(example, &mut chunk.measured.statistics);
            chunk.measured.positions.push(position);
            chunk.measured.losses.push(loss);
        }
    }
}

impl Shared<'_> {
    /// Measures pairs of about one length: the loss of the targets, which of their tokens are not the
    /// most probable ones, and where a metric asks for it what the model writes.
    fn measure_pairs(
        &self,
        chunk: &mut Chunk,
        state: &State,
        set: &PairSet,
        asked: Measuring<'_>,
        part: Range<usize>,
    ) {
        let pairs = &set.measured()[part.clone()];
        let index = set.by_length().tape_for(pairs);
        let (tape, workspace) = (&self.tapes[index], &mut chunk.workspaces[index]);
        set.copy_to(workspace, tape, pairs.iter().copied());
        workspace.forward(tape, state.measured(), &state.statistics, Pass::Evaluate);
        let losses = workspace.losses().to_vec();
        let wrong = wrong_tokens(tape, workspace);
        let is_written = asked.reads_what_is_written();
        let written = if is_written { self.write(state, set, pairs) } else { Vec::new() };
        for (place, (position, pair)) in part.zip(pairs).enumerate() {
            let written = written.get(place).map_or_else(Written::default, |hypothesis| Written {
                hypothesis,
                reference: set.reference(*pair),
            });
            let example = Example {
                output: &[],
                target: 0.0,
                loss: losses[place],
                scale: self.task.scale(),
                tokens: set.predicted(*pair),
                characters: set.characters(*pair),
                wrong: wrong[place],
                written,
            };
            asked.add_statistics(example, &mut chunk.measured.statistics);
            chunk.measured.positions.push(position);
            chunk.measured.losses.push(losses[place]);
        }
    }

    /// What the model writes for the sources of `pairs`.
    fn write(&self, state: &State, set: &PairSet, pairs: &[u32]) -> Vec<String> {
        let steps = self.tapes[set.tape_to_write(pairs)].output_shape().pixels();
        let tape = &self.writers[set.tape_to_read(pairs)];
        let workspace = &mut Workspace::new(tape, pairs.len());
        let mut model = PairModel { tape, workspace, parameters: state.measured(), steps };
        model.read(&pairs.iter().map(|pair| set.source(*pair)).collect::<Vec<_>>());
        greedy(&mut model).iter().map(|tokens| self.task.text(tokens)).collect()
    }

    /// Measures recordings of about one length: the loss of the transcripts, and what is read off the
    /// most probable class of each step.
    fn measure_recordings(
        &self,
        chunk: &mut Chunk,
        state: &State,
        set: &RecordingSet,
        asked: Measuring<'_>,
        part: Range<usize>,
    ) {
        let recordings = &set.by_length().measured()[part.clone()];
        let index = set.by_length().tape_for(recordings);
        let (tape, workspace) = (&self.tapes[index], &mut chunk.workspaces[index]);
        set.copy_to(workspace, tape, recordings.iter().copied());
        workspace.forward(tape, state.measured(), &state.statistics, Pass::Evaluate);
        let shape = tape.output_shape();
        let logits = workspace.output(tape).chunks_exact(shape.numbers());
        let measured = part.zip(recordings).zip(logits.zip(workspace.losses()));
        for ((position, recording), (logits, loss)) in measured {
            let own = &logits[..set.steps(*recording) * shape.channels];
            let hypothesis = if asked.reads_what_is_written() {
                self.task.text(&ctc_greedy(own, shape.channels))
            } else {
                String::new()
            };
            // Characters that no loss is of would make nats a character fewer than they are.
            let has_loss = !set.is_too_short(*recording);
            let characters = if has_loss { set.characters(*recording) } else { 0 };
            let example = Example {
                output: &[],
                target: 0.0,
                loss: *loss,
                scale: self.task.scale(),
                tokens: characters,
                characters,
                wrong: 0,
                written: Written { hypothesis: &hypothesis, reference: set.reference(*recording) },
            };
            asked.add_statistics(example, &mut chunk.measured.statistics);
            chunk.measured.positions.push(position);
            chunk.measured.losses.push(*loss);
        }
    }
}

/// For each example, how many of its targets are not the most probable class.
fn wrong_tokens(tape: &Tape, workspace: &mut Workspace<f32>) -> Vec<u32> {
    let shape = tape.output_shape();
    let (classes, steps) = (shape.channels, shape.pixels());
    let targets = workspace.input_at(tape, 3).to_vec();
    let logits = workspace.output(tape).chunks_exact(classes * steps);
    let examples = logits.zip(targets.chunks_exact(steps));
    let of_example = |(logits, targets): (&[f32], &[f32])| {
        let rows = logits.chunks_exact(classes).zip(targets);
        let is_wrong = |(row, target): &(&[f32], &f32)| {
            **target >= 0.0 && most_probable(row) != **target as usize
        };
        rows.filter(is_wrong).count() as u32
    };
    examples.map(of_example).collect()
}

/// The examples of chunk `index` of `parts`, of a batch of `batch`.
fn part_of(batch: usize, index: usize, parts: usize) -> Range<usize> {
    batch * index / parts..batch * (index + 1) / parts
}

/// Threads beside the calling one; they wait for work until the pool is dropped.
pub(super) struct WorkerPool<'a> {
    shared: &'a Shared<'a>,
    others: Vec<(Sender<Work<'a>>, Receiver<()>)>,
}

impl<'a> WorkerPool<'a> {
    /// Starts as many threads, at most `threads` with the calling one, as there are chunks for.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        shared: &'a Shared<'a>,
        threads: usize,
    ) -> Self {
        let threads = threads.min(shared.chunks.len()).max(1);
        let start = |thread: usize| {
            let (start, started) = channel();
            let (finish, finished) = channel();
            let serve = move |work| {
                shared.work(work, thread, threads);
                finish.send(())
            };
            scope.spawn(move || started.into_iter().try_for_each(serve));
            (start, finished)
        };
        Self { shared, others: (1..threads).map(start).collect() }
    }

    /// Does `work` on all threads and returns when it is done.
    pub(super) fn run(&self, work: Work<'a>) {
        // A thread that has ended has panicked, and the thread scope passes the panic on when it
        // ends.
        let reached: Vec<bool> =
            self.others.iter().map(|(start, _)| start.send(work).is_ok()).collect();
        self.shared.work(work, 0, self.others.len() + 1);
        for ((_, finished), reached) in self.others.iter().zip(reached) {
            if reached && finished.recv().is_err() {
                break;
            }
        }
    }
}

// A poisoned lock means that a thread panicked, which ends the run at the end of its scope.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
