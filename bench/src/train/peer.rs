//! PyTorch's side, a process that is told how many steps to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Ours;
use crate::tasks::Task;

/// A running `pytorch.py`; it ends when its standard input does.
pub(crate) struct Peer {
    _process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the process with the parameters and batches of `ours`.
    pub(crate) fn start(python: &str, task: &Task, ours: &Ours) -> Self {
        let path = std::env::temp_dir().join(format!("tenfold-train-{}.bin", std::process::id()));
        let mut groups = Vec::new();
        let mut numbers: Vec<&[f32]> = Vec::new();
        for group in ours.tape.parameters() {
            groups.push(group.range.len());
            numbers.push(&ours.parameters[group.range.clone()]);
        }
        for (inputs, targets) in &ours.batches {
            numbers.extend([inputs.as_slice(), targets.as_slice()]);
        }
        let bytes: Vec<u8> =
            numbers.into_iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(&path, bytes).unwrap();
        let layout = serde_json::json!({
            "task": task.name,
            "groups": groups,
            "batches": ours.batches.len(),
            "batch": task.batch,
            "inputs": ours.batches[0].0.len(),
            "targets": ours.batches[0].1.len(),
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/train/pytorch.py");
        let mut process = Command::new(python)
            .args([script, &layout.to_string()])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut peer = Self { _process: process, to, from: BufReader::new(from) };
        // The process has read the file when it first answers.
        assert_eq!(peer.answer(), [0.0, 0.0]);
        std::fs::remove_file(&path).unwrap();
        peer
    }

    /// Seconds of `steps` steps, and the loss of the last.
    pub(crate) fn run(&mut self, steps: usize) -> (f64, f64) {
        writeln!(self.to, "{steps}").unwrap();
        let [seconds, loss] = self.answer();
        (seconds, loss)
    }

    fn answer(&mut self) -> [f64; 2] {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let mut words = line.split_whitespace().map(|word| word.parse().unwrap());
        [(); 2].map(|()| words.next().expect("PyTorch's side ended"))
    }
}
