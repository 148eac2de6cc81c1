//! Prints how long a training step takes, compared with PyTorch eager on one thread.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin train -- PYTHON [TASK ...]
//! ```
//!
//! PYTHON has torch. Both sides begin with the same weights and see the same batches in the same
//! order; rounds alternate, and the losses of the last step of each are compared. Times are
//! processor times, so that time a shared machine gives to others does not count.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts another")]

mod peer;
mod products;
mod tasks;

use tenfold_train::Optimizer;
use tenfold_train::engine::optimizer::{Moments, Update};
use tenfold_train::engine::{Pass, Shape, TapeRecorder, Workspace};
use tenfold_train::ops::Activation;

use peer::Peer;
use tasks::{TASKS, Task};

/// Rounds of each side; the median is reported.
const ROUNDS: usize = 7;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let python = arguments.next().unwrap_or_else(|| "python3".to_owned());
    let names: Vec<String> = arguments.collect();
    let peak = peak();
    println!("matrix product 512 x 512 x 512: {:.1} GFLOP/s on one thread\n", peak / 1e9);
    println!(
        "| step | PyTorch ms | Tenfold ms | ratio | floor ms | in products | losses after the last step |"
    );
    println!("|---|---|---|---|---|---|---|");
    for task in TASKS.iter().filter(|task| names.is_empty() || names.contains(&task.name.into())) {
        compare(task, &python, peak);
    }
}

/// Runs both sides in turn and prints a row.
fn compare(task: &Task, python: &str, peak: f64) {
    let mut ours = Ours::new(task);
    let mut theirs = Peer::start(python, task, &ours);
    let (mut own, mut other) = (Vec::new(), Vec::new());
    let mut losses = (0.0, 0.0);
    // The first round warms up caches and allocators and is not counted.
    for round in 0..=ROUNDS {
        let (seconds, loss) = ours.run(task.steps);
        let (their_seconds, their_loss) = theirs.run(task.steps);
        losses = (their_loss, loss);
        if round > 0 {
            own.push(1e3 * seconds / task.steps as f64);
            other.push(1e3 * their_seconds / task.steps as f64);
        }
    }
    let (own, other) = (median(&mut own), median(&mut other));
    let floor = 1e3 * 3.0 * ours.tape.flop_per_example() * task.batch as f64 / peak;
    let products = (task.products)();
    let share = match products.as_slice() {
        [] => "not counted".to_owned(),
        some => format!("{:.0} %", 1e5 * products::seconds(some) / own),
    };
    println!(
        "| {} | {other:.2} | {own:.2} | {:.2} | {floor:.2} | {share} | {:.5}, {:.5} |",
        task.name,
        other / own,
        losses.0,
        losses.1
    );
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Seconds that this process has been on a core.
fn seconds_on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// Floating-point operations a second of a large matrix product.
fn peak() -> f64 {
    let (mut tape, input) = TapeRecorder::new(Shape::flat(512));
    tape.linear(input, 512, Activation::Identity);
    let tape = tape.finish();
    let parameters = vec![0.5; tape.parameter_count()];
    let mut workspace = Workspace::<f32>::new(&tape, 512);
    workspace.input(&tape, 512).fill(0.5);
    let rounds = 100;
    let mut rates: Vec<f64> = (0..5)
        .map(|_| {
            let start = seconds_on_core();
            for _ in 0..rounds {
                workspace.forward(&tape, &parameters, &[], Pass::Evaluate);
            }
            2.0 * 512.0_f64.powi(3) * f64::from(rounds) / (seconds_on_core() - start)
        })
        .collect();
    median(&mut rates)
}

/// Tenfold's side of a task.
pub(crate) struct Ours {
    pub(crate) tape: tenfold_train::engine::Tape,
    pub(crate) parameters: Vec<f32>,
    /// Inputs and targets of each batch.
    pub(crate) batches: Vec<(Vec<f32>, Vec<f32>)>,
    workspace: Workspace<f32>,
    moments: Moments<f32>,
    statistics: Vec<f32>,
    done: usize,
    /// What the sum of the losses is divided by.
    mean_over: usize,
}

impl Ours {
    fn new(task: &Task) -> Self {
        let tape = task.tape();
        let parameters = tenfold_train::engine::initial::initial_parameters(&tape, 1);
        let batches = task.batches();
        Self {
            workspace: Workspace::new(&tape, task.batch),
            moments: Moments::new(Optimizer::AdamW, parameters.len()),
            statistics: tape.initial_statistics(),
            mean_over: batches[0].1.len(),
            tape,
            parameters,
            batches,
            done: 0,
        }
    }

    /// Seconds of `steps` steps, and the loss of the last.
    fn run(&mut self, steps: usize) -> (f64, f64) {
        let start = seconds_on_core();
        let mut loss = 0.0;
        for _ in 0..steps {
            loss = self.step();
        }
        (seconds_on_core() - start, loss)
    }

    fn step(&mut self) -> f64 {
        let (inputs, targets) = &self.batches[self.done % self.batches.len()];
        self.done += 1;
        let batch = self.workspace.capacity();
        self.workspace.input(&self.tape, batch).copy_from_slice(inputs);
        self.workspace.input_at(&self.tape, 1).copy_from_slice(targets);
        let pass = Pass::Train { key: 1, first_example: 0, mean_over: self.mean_over };
        self.workspace.forward(&self.tape, &self.parameters, &self.statistics, pass);
        let loss = self.workspace.losses().iter().sum::<f64>() / self.mean_over as f64;
        self.workspace.backward(&self.tape, &self.parameters);
        let update = Update {
            optimizer: Optimizer::AdamW,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            momentum: 0.9,
            number: self.done as u64,
        };
        let decayed = self.tape.decayed_count();
        let gradient = self.workspace.parameter_gradient();
        update.apply(&mut self.parameters, decayed, gradient, &mut self.moments);
        loss
    }
}
