//! Runs a program and measures its time and its largest memory.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Resources that a program took.
#[derive(Clone, Debug)]
pub(crate) struct Took {
    /// Wall-clock seconds, from start to end.
    pub(crate) seconds: f64,
    /// Processor seconds of the program itself, as last seen before its end; does not depend on what
    /// else the machine does.
    pub(crate) processor_seconds: f64,
    /// Largest resident memory, in MB; read every few milliseconds.
    pub(crate) megabytes: f64,
    /// What it printed.
    pub(crate) printed: String,
}

/// Runs `command` until `is_over` returns true, when it is killed, or until it ends by itself.
pub(crate) fn run_until(command: &mut Command, folder: &Path, is_over: &dyn Fn() -> bool) -> Took {
    let path = folder.join("printed.txt");
    let start = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(fs::File::create(&path).unwrap()).spawn().unwrap();
    let (mut megabytes, mut processor_seconds) = (0.0_f64, 0.0_f64);
    let seconds = loop {
        megabytes = megabytes.max(peak(&child).unwrap_or(0.0));
        processor_seconds = processor_seconds.max(processor(&child).unwrap_or(0.0));
        if let Some(status) = child.try_wait().unwrap() {
            let seconds = start.elapsed().as_secs_f64();
            assert!(status.success(), "{command:?} ended with {status}");
            break seconds;
        }
        if is_over() {
            let seconds = start.elapsed().as_secs_f64();
            child.kill().unwrap();
            child.wait().unwrap();
            break seconds;
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    Took { seconds, processor_seconds, megabytes, printed: fs::read_to_string(path).unwrap() }
}

/// Runs `command` until it ends; panics if it fails.
pub(crate) fn run(command: &mut Command, folder: &Path) -> Took {
    run_until(command, folder, &|| false)
}

/// Largest resident memory of `child` so far, in MB.
fn peak(child: &Child) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1000.0)
}

/// Processor seconds of `child` so far; the kernel counts hundredths.
fn processor(child: &Child) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
    let mut fields = text.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The median of `values`, of which there is at least one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
