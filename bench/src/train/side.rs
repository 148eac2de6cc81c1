//! One side of a comparison: a process that is told how many steps to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::ours::{self, Start};
use crate::tasks::{Batch, Material, Task};

/// A running process.
pub(crate) struct Side {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

/// What some steps took; of a median, what one step takes.
#[derive(Clone, Copy)]
pub(crate) struct Round {
    /// Wall-clock seconds.
    pub(crate) wall: f64,
    /// Processor seconds of all threads.
    pub(crate) processor: f64,
    /// Loss of the last step.
    pub(crate) loss: f64,
    /// Largest memory of the process so far, in MB.
    pub(crate) megabytes: f64,
}

impl Round {
    /// What a step takes by the median of `rounds` of `steps`; loss and memory are those of the last.
    pub(crate) fn median(rounds: &[Self], steps: usize) -> Self {
        let median = |seconds: fn(&Self) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(seconds).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2] / steps as f64
        };
        let last = rounds[rounds.len() - 1];
        Self {
            wall: median(|round| round.wall),
            processor: median(|round| round.processor),
            ..last
        }
    }

    /// Milliseconds, and those of processor in brackets.
    pub(crate) fn milliseconds(&self) -> String {
        format!("{:.2} ({:.2})", 1e3 * self.wall, 1e3 * self.processor)
    }
}

impl Side {
    /// `pytorch.py` with the weights and batches that Tenfold begins with.
    pub(crate) fn pytorch(python: &str, task: &Task, threads: usize) -> Self {
        let path = std::env::temp_dir().join(format!("tenfold-train-{}.bin", std::process::id()));
        let start = Start::of(task);
        let mut groups = Vec::new();
        let mut numbers: Vec<&[f32]> = Vec::new();
        let Material { tapes, batches, sizes } = &start.material;
        for group in tapes[0].parameters() {
            groups.push(group.range.len());
            numbers.push(&start.parameters[group.range.clone()]);
        }
        numbers.extend(batches.iter().flat_map(|batch| &batch.inputs).map(Vec::as_slice));
        let bytes: Vec<u8> =
            numbers.into_iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(&path, bytes).unwrap();
        let lengths = |batch: &Batch| batch.inputs.iter().map(Vec::len).collect::<Vec<_>>();
        let layout = serde_json::json!({
            "task": task.name,
            "threads": threads,
            "groups": groups,
            "sizes": sizes,
            "batch": task.batch,
            "batches": batches.iter().map(lengths).collect::<Vec<_>>(),
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/train/pytorch.py");
        let mut command = Command::new(python);
        command.args([script, &layout.to_string()]).arg(&path);
        let side = Self::start(&mut command);
        // The process has read the file by now.
        std::fs::remove_file(&path).unwrap();
        side
    }

    /// This program, as Tenfold's side.
    pub(crate) fn tenfold(task: &Task, threads: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        Self::start(command.args([ours::WORD, task.name, &threads.to_string()]))
    }

    /// Starts the process and waits until it is ready, which it says by an empty line.
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut side = Self { process, to, from: BufReader::new(from) };
        assert_eq!(side.line(), "\n", "{command:?} did not start");
        side
    }

    /// Does `steps` steps.
    pub(crate) fn run(&mut self, steps: usize) -> Round {
        writeln!(self.to, "{steps}").unwrap();
        let line = self.line();
        let mut numbers = line.split_whitespace().map(|word| word.parse().unwrap());
        let [wall, processor, loss, megabytes] =
            [(); 4].map(|()| numbers.next().expect("the process ended"));
        Round { wall, processor, loss, megabytes }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line
    }

    /// Ends the process.
    pub(crate) fn end(mut self) {
        drop(self.to);
        self.process.wait().unwrap();
    }
}
