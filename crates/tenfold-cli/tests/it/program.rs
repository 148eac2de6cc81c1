//! Runs the program as a user does: another process, its output, its exit code.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A command of the program `name` without ignored signals. Tests that were started with `nohup` or
/// in the background of a shell have some signals ignored, and child processes inherit that.
#[expect(clippy::disallowed_methods, reason = "the test is the program's user")]
pub(crate) fn with_usual_signals(name: &str) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // SIGHUP, SIGINT and SIGQUIT are the first three.
    if mask.trailing_zeros() >= 3 {
        return Command::new(name);
    }
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP,INT,QUIT", name]);
    command
}

/// The program with `words`, in `folder`, with no terminal and no colour.
pub(crate) fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = with_usual_signals(env!("CARGO_BIN_EXE_tenfold"));
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command.env_remove("TENFOLD_FAULT").env("NO_COLOR", "1").env("CI", "1");
    command
}

/// The output of the program and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, words: &[&str]) -> Ran {
    command(folder, words).output().unwrap().into()
}

/// Runs the program to its end and checks that it succeeded.
pub(crate) fn run_well(folder: &Path, words: &[&str]) -> Ran {
    let ran = run(folder, words);
    assert_eq!(ran.code, Some(0), "tenfold {words:?}: {}\n{}", ran.stdout, ran.stderr);
    ran
}

/// Starts the program without waiting for it.
pub(crate) fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `is_so`, looking every few milliseconds; panics with `what` after a minute.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that waits for another process needs a deadline"
)]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_mins(1), "waited a minute for {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// The folders of the trials of the study in `folder`, in order.
pub(crate) fn trial_folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(outer) = fs::read_dir(folder.join(".tenfold/trials")) else { return Vec::new() };
    let inner = outer.flat_map(|entry| fs::read_dir(entry.unwrap().path()).unwrap());
    let mut folders: Vec<PathBuf> = inner.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// Reports that a test could not run here. The line bypasses the capture of test output, and starts
/// with a line end, because a runner with one thread may have begun a line and `.ci/run` counts
/// lines.
pub(crate) fn skipped(why: &str) {
    std::io::stderr().write_all(format!("\nSKIPPED: {why}\n").as_bytes()).unwrap();
}

/// Whether a command in Python can run here; where it cannot, that is reported.
#[expect(clippy::disallowed_methods, reason = "a test asks what this system has")]
pub(crate) fn has_python() -> bool {
    let has = Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success());
    if !has {
        skipped("this system has no `python3`");
    }
    has
}

/// Writes `text` as `folder/study.toml`.
#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
pub(crate) fn write_study(folder: &Path, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("study.toml"), text).unwrap();
}

/// A study of two small models on real images that trains in about a second.
pub(crate) const SMALL_STUDY: &str = r#"
[study]
name = "small"
seed = 3

[data]
builtin = "fashion-mnist-14"
split = "stratified"
validation = 512
test = 512

[shards]
sizes = { from = 32, to = 512, factor = 2 }
seeds = 2

[[model]]
name = "mlp"
learner = "mlp"
width = 24
[model.train]
steps = 120
[model.search]
learning_rate = [1e-3, 3e-3, 1e-2]

[[model]]
name = "linear"
learner = "linear"
[model.train]
steps = 120
"#;
