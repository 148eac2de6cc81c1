//! What the kernel says of this process: processor time and memory.

use std::fs;

/// Seconds that the threads of this process have been on a core.
pub(crate) fn process_seconds() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| seconds(&fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap()))
        .sum()
}

/// Seconds that this thread has been on a core.
pub(crate) fn thread_seconds() -> f64 {
    seconds(&fs::read_to_string("/proc/thread-self/schedstat").unwrap())
}

/// The first number is the time on a core, in nanoseconds.
fn seconds(schedstat: &str) -> f64 {
    schedstat.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// Largest memory of this process so far, in MB.
pub(crate) fn megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1000.0
}
