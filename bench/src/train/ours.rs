//! Tenfold's side: a process that reads how many steps to do, and does them.
//!
//! As in a study, each thread computes the gradient of its part of the batch, and the parts are added
//! in a fixed order.

use std::ops::Range;
use std::sync::mpsc::channel;
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::Instant;

use tenfold_train::Optimizer;
use tenfold_train::engine::initial::initial_parameters;
use tenfold_train::engine::optimizer::{Moments, Update};
use tenfold_train::engine::{Pass, Tape, Workspace};

use crate::clocks::{megabytes, process_seconds};
use crate::tasks::{Batch, Material, Task};

/// First argument with which this program is Tenfold's side.
pub(crate) const WORD: &str = "tenfold-side";

/// What both sides begin with.
pub(crate) struct Start {
    pub(crate) material: Material,
    pub(crate) parameters: Vec<f32>,
}

impl Start {
    pub(crate) fn of(task: &Task) -> Self {
        let material = (task.material)(task.batch);
        Self { parameters: initial_parameters(&material.tapes[0], 1), material }
    }
}

/// A part of the batch and the space to compute it in.
struct Part {
    examples: Range<usize>,
    /// One for each tape.
    workspaces: Vec<Workspace<f32>>,
}

/// What the threads share.
struct Shared {
    tapes: Vec<Tape>,
    batches: Vec<Batch>,
    /// What the sum of the losses of a batch is divided by.
    mean_over: fn(&Batch) -> usize,
    statistics: Vec<f32>,
    parameters: RwLock<Vec<f32>>,
    parts: Vec<Mutex<Part>>,
}

/// Answers each line of standard input, a number of steps, with a line: wall-clock seconds, processor
/// seconds, the loss of the last step, and the largest memory in MB.
pub(crate) fn serve(task: &Task, threads: usize) {
    let Start { material: Material { tapes, batches, .. }, parameters } = Start::of(task);
    let part = |index: usize| {
        let examples = task.batch * index / threads..task.batch * (index + 1) / threads;
        let workspaces = tapes.iter().map(|tape| Workspace::new(tape, examples.len())).collect();
        Mutex::new(Part { workspaces, examples })
    };
    let parts = (0..threads).map(part).collect();
    let mut moments = Moments::new(Optimizer::AdamW, parameters.len());
    let shared = &Shared {
        mean_over: task.mean_over,
        statistics: tapes[0].initial_statistics(),
        parameters: RwLock::new(parameters),
        parts,
        tapes,
        batches,
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|index| {
                let (begin, begun) = channel();
                let (finish, finished) = channel();
                let compute = move |number| {
                    shared.compute(index, number);
                    finish.send(()).unwrap();
                };
                scope.spawn(move || begun.into_iter().for_each(compute));
                (begin, finished)
            })
            .collect();
        println!();
        let mut done = 0;
        for line in std::io::stdin().lines() {
            let steps: usize = line.unwrap().parse().unwrap();
            let (wall, processor) = (Instant::now(), process_seconds());
            let mut loss = 0.0;
            for number in done..done + steps {
                others.iter().for_each(|(begin, _)| begin.send(number).unwrap());
                shared.compute(0, number);
                others.iter().for_each(|(_, finished)| finished.recv().unwrap());
                loss = shared.update(&mut moments, number);
            }
            done += steps;
            let processor = process_seconds() - processor;
            println!("{} {processor} {loss} {}", wall.elapsed().as_secs_f64(), megabytes());
        }
    });
}

impl Shared {
    fn batch(&self, number: usize) -> &Batch {
        &self.batches[number % self.batches.len()]
    }

    /// Computes the gradient of part `index` in step `number`.
    fn compute(&self, index: usize, number: usize) {
        let Part { examples, workspaces } = &mut *self.parts[index].lock().unwrap();
        let batch = self.batch(number);
        let (tape, workspace) = (&self.tapes[batch.tape], &mut workspaces[batch.tape]);
        let parameters = self.parameters.read().unwrap();
        workspace.input(tape, examples.len());
        for (index, numbers) in batch.inputs.iter().enumerate() {
            let each = batch.each(index);
            let part = &numbers[each * examples.start..each * examples.end];
            workspace.input_at(tape, index).copy_from_slice(part);
        }
        let mean_over = (self.mean_over)(batch);
        let pass = Pass::Train { key: 1, first_example: examples.start, mean_over };
        workspace.forward(tape, &parameters, &self.statistics, pass);
        workspace.backward(tape, &parameters);
    }

    /// Changes the parameters by the gradients of all parts; returns the loss of the step.
    fn update(&self, moments: &mut Moments<f32>, number: usize) -> f64 {
        let batch = self.batch(number);
        let mut first = self.parts[0].lock().unwrap();
        let first = &mut first.workspaces[batch.tape];
        let mut loss = first.losses().iter().sum::<f64>();
        for other in &self.parts[1..] {
            let other = &other.lock().unwrap().workspaces[batch.tape];
            loss += other.losses().iter().sum::<f64>();
            first.add_gradient_of(other);
        }
        let update = Update {
            optimizer: Optimizer::AdamW,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            momentum: 0.9,
            number: number as u64 + 1,
        };
        let parameters = &mut self.parameters.write().unwrap();
        let gradient = first.parameter_gradient();
        update.apply(parameters, self.tapes[0].decayed_count(), gradient, moments);
        loss / (self.mean_over)(batch) as f64
    }
}
