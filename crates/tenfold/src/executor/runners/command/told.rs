//! Progress that a command reports: lines of JSON that it appends to a file, read as they are
//! written.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tenfold_train::Progress;

/// Bytes that are read at a time, because a command may write a great deal.
const PART: u64 = 1 << 20;

/// Longest line that is kept until its end is written.
const LONGEST_LINE: usize = 1 << 16;

/// Reader of the progress file of one execution.
#[derive(Debug)]
pub(super) struct Told {
    path: PathBuf,
    file: Option<BufReader<File>>,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
}

/// A line as programs write it; unknown numbers are left out, or null.
#[derive(Deserialize)]
struct Line {
    step: f64,
    steps: Option<f64>,
    epoch: Option<f64>,
    #[serde(alias = "loss")]
    train_loss: Option<f64>,
    #[serde(alias = "error", alias = "val_error")]
    validation_error: Option<f64>,
}

impl Told {
    /// A reader at the start of the file at `path`, which need not exist.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, begun: Vec::new() }
    }

    /// The evaluations that were added since the last call. Other lines are skipped, and a file
    /// that cannot be read has none: no result depends on it.
    pub(super) fn added(&mut self) -> Vec<Progress> {
        let mut found = Vec::new();
        drop(self.read_into(&mut found));
        found
    }

    fn read_into(&mut self, found: &mut Vec<Progress>) -> io::Result<()> {
        if self.file.is_none() {
            // Opening a pipe would wait for its writer.
            if !std::fs::metadata(&self.path)?.is_file() {
                return Ok(());
            }
            self.file = Some(BufReader::new(File::open(&self.path)?));
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut part = file.take(PART);
        while part.read_until(b'\n', &mut self.begun)? > 0 {
            if self.begun.last() != Some(&b'\n') && self.begun.len() < LONGEST_LINE {
                break;
            }
            found.extend(progress(&self.begun));
            self.begun.clear();
        }
        Ok(())
    }
}

/// The progress in `line`, if it is one of an evaluation.
fn progress(line: &[u8]) -> Option<Progress> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let count = |number: f64| (number >= 0.0 && number < 2_f64.powi(53)).then_some(number as u64);
    Some(Progress {
        step: count(line.step)?,
        steps: line.steps.and_then(count),
        epoch: line.epoch,
        train_loss: line.train_loss,
        validation_error: line.validation_error,
        validation_loss: None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn whole_lines_are_told_once_and_what_is_none_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let mut told = Told::new(&path);
        assert_eq!(told.added(), []);
        let mut file = File::create(&path).unwrap();
        file.write_all(
            b"{\"step\": 10, \"steps\": 40, \"loss\": 0.5, \"error\": 0.25}\nnoise\n{\"st",
        )
        .unwrap();
        let first = Progress {
            step: 10,
            steps: Some(40),
            epoch: None,
            train_loss: Some(0.5),
            validation_error: Some(0.25),
            validation_loss: None,
        };
        assert_eq!(told.added(), [first]);
        assert_eq!(told.added(), []);
        file.write_all(b"ep\": 20.0, \"epoch\": 1.5}\n{\"step\": -1}\n").unwrap();
        let steps: Vec<(u64, Option<f64>)> =
            told.added().iter().map(|progress| (progress.step, progress.epoch)).collect();
        assert_eq!(steps, [(20, Some(1.5))]);
    }

    #[test]
    fn a_pipe_in_its_place_is_not_waited_for() {
        assert_eq!(Told::new(Path::new("/dev/tty")).added(), []);
    }
}
