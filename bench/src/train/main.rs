//! Prints how long a training step takes beside PyTorch eager, on one thread and on two.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin train [-- [--quick] [STEP ...]]
//! ```
//!
//! Each side is a process of its own, which gives its peak memory. Both begin with the same weights
//! and see the same batches in the same order; rounds alternate, and the losses of the last step of
//! each are compared. `--quick` does a few steps, to see that everything works.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts another")]

mod clocks;
mod lengths;
mod ours;
mod pairs;
mod products;
mod side;
mod speech;
mod tasks;

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use products::{Products, speed};
use side::{Round, Side};
use tasks::{TASKS, Task};

/// Rounds of each side that count; medians of them are printed.
const ROUNDS: usize = 9;

/// Pause between two turns. Threads of PyTorch wait actively for a while before they sleep, which
/// must not take time from the other side.
const PAUSE: Duration = Duration::from_millis(300);

/// A product large enough to be as fast as products get.
const LARGE: Products = Products { count: 1, rows: 512, inner: 512, columns: 512 };

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, name, threads] = arguments.as_slice()
        && word == ours::WORD
    {
        return ours::serve(task_named(name), threads.parse().unwrap());
    }
    let named = arguments.len();
    arguments.retain(|argument| argument != "--quick");
    let is_quick = arguments.len() < named;
    let tasks: Vec<&Task> = match arguments.as_slice() {
        [] => TASKS.iter().collect(),
        names => names.iter().map(|name| task_named(name)).collect(),
    };
    let python = python();
    let one_thread = speed(LARGE, 1);
    let peaks = [one_thread, speed(LARGE, 2)];
    print_machine(peaks);
    println!(
        "| step | threads | PyTorch ms | Tenfold ms | ratio | floor ms | in products | PyTorch MB \
         | Tenfold MB | losses after the first round | after the last |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (threads, peak) in (1..).zip(peaks) {
        for task in &tasks {
            let rounds = if is_quick { 1 } else { ROUNDS };
            let steps = if is_quick { task.steps.div_ceil(20) } else { task.steps };
            let [theirs, ours] = compare(task, &python, threads, [rounds, steps]);
            print_row(task, threads, peak, [&theirs, &ours]);
        }
    }
}

fn task_named(name: &str) -> &'static Task {
    let found = TASKS.iter().find(|task| task.name == name);
    found.unwrap_or_else(|| panic!("no step is called {name}"))
}

/// The Python that has PyTorch.
fn python() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/make-venv");
    let made = Command::new(script).stderr(Stdio::inherit()).output().unwrap();
    assert!(made.status.success(), "{script} failed");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Prints what the figures depend on.
fn print_machine(peaks: [f64; 2]) {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap();
    let model = processor.lines().find(|line| line.starts_with("model name")).unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!(
        "{}, {} cores, load {} before. A matrix product of 512 × 512 × 512 reached {:.1} GFLOP/s on \
         one thread and {:.1} on two.\n",
        model.rsplit(": ").next().unwrap_or_default(),
        std::thread::available_parallelism().unwrap(),
        load.split(' ').next().unwrap_or_default(),
        peaks[0] / 1e9,
        peaks[1] / 1e9,
    );
}

/// What a side took for a step, and its losses, which say whether both sides do the same.
struct Measured {
    step: Round,
    /// Loss of the last step of the first round. Rounding grows from step to step, so that the sides are
    /// nearer to each other here than at the end.
    first_loss: f64,
}

impl Measured {
    /// Of rounds of `steps`. The first warms up caches and allocators and is not counted.
    fn of(rounds: &[Round], steps: usize) -> Self {
        Self { step: Round::median(&rounds[1..], steps), first_loss: rounds[0].loss }
    }
}

/// What both sides, `PyTorch` first, take for a step of `task`: medians of `rounds` of `steps` each.
fn compare(
    task: &Task,
    python: &str,
    threads: usize,
    [rounds, steps]: [usize; 2],
) -> [Measured; 2] {
    let mut sides = [Side::pytorch(python, task, threads), Side::tenfold(task, threads)];
    let mut done = [Vec::new(), Vec::new()];
    for _ in 0..=rounds {
        for (side, done) in sides.iter_mut().zip(&mut done) {
            sleep(PAUSE);
            done.push(side.run(steps));
        }
    }
    sides.into_iter().for_each(Side::end);
    done.map(|rounds| Measured::of(&rounds, steps))
}

/// Prints a row of the table; milliseconds of processor are in brackets.
fn print_row(task: &Task, threads: usize, peak: f64, measured: [&Measured; 2]) {
    let [theirs, ours] = measured.map(|side| &side.step);
    let material = (task.material)(task.batch);
    // Of an average step.
    let mean = |of_part: fn(&[Products]) -> f64| {
        let of_tape = |tape: usize| {
            let mut own = material.batches.iter().filter(|batch| batch.tape == tape);
            let Some(first) = own.next() else { return 0.0 };
            let part = (task.products)(first, task.batch / threads);
            (1 + own.count()) as f64 * threads as f64 * of_part(&part)
        };
        (0..material.tapes.len()).map(of_tape).sum::<f64>() / material.batches.len() as f64
    };
    let flop = mean(|part| part.iter().map(|products| products.flop()).sum());
    let floor = if flop > 0.0 { format!("{:.2}", 1e3 * flop / peak) } else { "none".to_owned() };
    let share = if task.is_made_of_products {
        format!("{:.0} %", 100.0 * mean(products::seconds) / ours.processor)
    } else {
        "not counted".to_owned()
    };
    println!(
        "| {} | {threads} | {} | {} | {:.2} ({:.2}) | {floor} | {share} | {:.0} | {:.0} | {:.5}, {:.5} \
         | {:.5}, {:.5} |",
        task.name,
        theirs.milliseconds(),
        ours.milliseconds(),
        theirs.wall / ours.wall,
        theirs.processor / ours.processor,
        theirs.megabytes,
        ours.megabytes,
        measured[0].first_loss,
        measured[1].first_loss,
        theirs.loss,
        ours.loss,
    );
}
