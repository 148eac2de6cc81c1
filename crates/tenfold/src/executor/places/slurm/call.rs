//! Calls Slurm's own programs and interprets their error messages.

use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::executor::clock::Clock;
use crate::executor::cluster::scheduler::SchedulerError;

/// Messages of Slurm's programs for which a retry cannot succeed. All other errors may pass, such
/// as an absent controller or a limit on jobs in the queue.
const HOPELESS: &[&str] = &[
    "invalid partition",
    "invalid account",
    "invalid qos",
    "invalid generic resource",
    "invalid feature",
    "invalid directive",
    "invalid numeric value",
    "invalid --",
    "unrecognized option",
    "invalid option",
    "requires an argument",
    "node configuration is not available",
    "requested time limit is invalid",
    "more processors requested than permitted",
    "memory specification can not be satisfied",
    "node count specification invalid",
    "group not permitted",
    "permission denied",
];

/// Message of `sbatch` for an array with more tasks than the cluster accepts.
const TOO_LARGE: &str = "invalid job array";

/// Messages of `sbatch` when the controller holds as many jobs as it can: while it waits, and when
/// it has waited for two minutes.
const FULL: &[&str] = &["temporarily unable to accept job", "resource temporarily unavailable"];

/// Interval at which a running program is polled.
const NAP: Duration = Duration::from_millis(5);

/// How long to wait for the last output of a program that has ended: a process that it started and
/// left behind may hold its output open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// One call of a program.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Name of the program.
    pub(super) program: &'a str,
    /// Its arguments.
    pub(super) words: Vec<String>,
    /// Its standard input.
    pub(super) input: String,
    /// Longest time it may take.
    pub(super) limit: Duration,
}

/// Makes the call and returns what the program printed. After its time limit the program is killed
/// with all that it started: it has its own process group, so Ctrl-C in a terminal does not reach
/// it.
///
/// # Errors
/// [`SchedulerError`] if the program does not exist, reports an error, or takes too long.
pub(super) fn call(call: &Call<'_>) -> Result<String, SchedulerError> {
    let program = call.program;
    let unreachable = |error: &io::Error| SchedulerError::Unreachable {
        reason: format!("running `{program}`: {error}"),
    };
    let mut child = match command(program, &call.words).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SchedulerError::Refused {
                message: format!("`{program}` was not found, Slurm's commands are needed"),
                hint: "run it on a login node of the cluster, or set `executor = \"local\"`"
                    .to_owned(),
            });
        }
        Err(error) => return Err(unreachable(&error)),
    };
    if let Some(mut stdin) = child.stdin.take() {
        let input = call.input.clone();
        // If a program does not read its input, its exit code says why.
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let (output, errors) = (child.stdout.take().map(heard), child.stderr.take().map(heard));
    let ended = wait(&mut child, call.limit).map_err(|error| unreachable(&error))?;
    let complaint = complaint(&last_words(errors.as_ref()));
    let Some(status) = ended else {
        let said =
            if complaint.is_empty() { String::new() } else { format!(", it said: {complaint}") };
        let reason = format!("`{program}` gave no answer in {:?}{said}", call.limit);
        return Err(if is_full(&complaint) {
            SchedulerError::Full { reason }
        } else {
            SchedulerError::CutOff { reason }
        });
    };
    if status.success() {
        return Ok(last_words(output.as_ref()));
    }
    Err(meaning(program, complaint, status))
}

/// The error that follows from the exit `status` of `program` and its message `complaint`.
fn meaning(program: &str, complaint: String, status: ExitStatus) -> SchedulerError {
    let lower = complaint.to_lowercase();
    let hint = "see `[run.slurm]` in study.toml".to_owned();
    let message = format!("Slurm refuses the trials: {complaint}");
    if lower.contains(TOO_LARGE) {
        return SchedulerError::TooLarge { message, hint };
    }
    if HOPELESS.iter().any(|words| lower.contains(words)) {
        return SchedulerError::Refused { message, hint };
    }
    let is_full = is_full(&complaint);
    let complaint = if complaint.is_empty() { status.to_string() } else { complaint };
    let reason = format!("`{program}`: {complaint}");
    if is_full { SchedulerError::Full { reason } } else { SchedulerError::Unreachable { reason } }
}

fn is_full(complaint: &str) -> bool {
    let complaint = complaint.to_lowercase();
    FULL.iter().any(|words| complaint.contains(words))
}

/// Waits for `child` for up to `limit`, then kills its process group; `None` if it was killed.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let clock = Clock::start();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if clock.elapsed() >= limit {
            break;
        }
        thread::sleep(NAP);
    }
    if let Some(group) = Pid::from_raw(child.id().cast_signed()) {
        // Killing fails only if the process has ended by itself in the meantime.
        kill_process_group(group, Signal::KILL).ok();
    }
    child.wait()?;
    Ok(None)
}

/// The output on `stream`, in parts, until it is closed.
fn heard(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (to_us, parts) = channel();
    thread::spawn(move || {
        let mut part = vec![0; 1 << 16];
        while let Ok(length @ 1..) = stream.read(&mut part) {
            // Sending fails if nobody waits for the output any more.
            if to_us.send(part[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    parts
}

/// The complete output, once the stream is closed or nothing more has come for a while.
fn last_words(parts: Option<&Receiver<Vec<u8>>>) -> String {
    let mut bytes = Vec::new();
    while let Some(Ok(part)) = parts.map(|parts| parts.recv_timeout(LAST_WORDS)) {
        bytes.extend(part);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[expect(clippy::disallowed_methods, reason = "the one place that starts Slurm's programs")]
fn command(program: &str, words: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(words).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Inside a Slurm job, these variables would request that job's own options again.
    for (name, _) in std::env::vars_os() {
        let is_of_job = name.to_str().is_some_and(|name| {
            name.starts_with("SLURM_") && name != "SLURM_CONF" && !name.starts_with("SLURM_CONF_")
        });
        if is_of_job {
            command.env_remove(name);
        }
    }
    command
}

/// The last error message of a program, without the program's name; the lines before it are often
/// warnings.
fn complaint(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.next_back().unwrap_or_default();
    let parts: Vec<&str> = last.split(": ").collect();
    let is_noise = |part: &&&str| matches!(**part, "sbatch" | "squeue" | "scancel" | "error");
    let noise = parts.iter().take_while(is_noise).count();
    parts[noise..].join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(program: &str, words: &[&str], seconds: f64) -> Result<String, SchedulerError> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let limit = Duration::from_secs_f64(seconds);
        call(&Call { program, words, input: String::new(), limit })
    }

    #[test]
    fn a_complaint_is_the_last_line_without_the_programs_name() {
        let text = "sbatch: warning: x\nsbatch: error: Batch job submission failed: Invalid qos\n";
        assert_eq!(complaint(text), "Batch job submission failed: Invalid qos");
        assert_eq!(complaint("slurm_load_jobs error: y"), "slurm_load_jobs error: y");
        assert_eq!(complaint(""), "");
    }

    #[test]
    fn a_program_that_is_not_there_is_hopeless_and_one_that_fails_is_not() {
        let missing = called("no-such-program-anywhere", &[], 30.0).unwrap_err();
        assert!(matches!(missing, SchedulerError::Refused { .. }), "{missing:?}");
        let failed = called("false", &[], 30.0).unwrap_err();
        assert!(matches!(failed, SchedulerError::Unreachable { .. }), "{failed:?}");
    }

    #[test]
    fn a_program_that_takes_too_long_is_killed_with_all_it_started() {
        let clock = Clock::start();
        let script = "echo 'sbatch: error: nobody home' >&2; sleep 300 & sleep 300";
        let cut_off = called("sh", &["-c", script], 0.3).unwrap_err();
        assert!(clock.elapsed() < Duration::from_secs(20), "the pipes are closed by a kill");
        let reason = "`sh` gave no answer in 300ms, it said: nobody home".to_owned();
        assert_eq!(cut_off, SchedulerError::CutOff { reason });
    }

    #[test]
    fn what_a_program_leaves_behind_does_not_hold_up_its_answer() {
        let clock = Clock::start();
        let script = "sleep 20 & echo 4711";
        assert_eq!(called("sh", &["-c", script], 30.0).unwrap(), "4711\n");
        assert!(clock.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn arrays_that_are_too_large_are_told_from_a_cluster_that_is_full() {
        let script = "echo 'sbatch: error: Batch job submission failed: Invalid job array \
                      specification' >&2; exit 1";
        let too_large = called("sh", &["-c", script], 30.0).unwrap_err();
        assert!(matches!(too_large, SchedulerError::TooLarge { .. }), "{too_large:?}");
        let script = "echo 'sbatch: error: Slurm temporarily unable to accept job, sleeping and \
                      retrying' >&2; sleep 300";
        let full = called("sh", &["-c", script], 0.3).unwrap_err();
        assert!(matches!(full, SchedulerError::Full { .. }), "{full:?}");
    }
}
