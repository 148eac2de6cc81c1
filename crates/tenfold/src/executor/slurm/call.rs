//! Slurm's own programs: how they are called, and what their complaints mean.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use crate::executor::cluster::scheduler::SchedulerError;

/// What Slurm's programs say when trying again cannot help. All else may pass: a controller that is
/// away, a limit on jobs in the queue.
const HOPELESS: &[&str] = &[
    "invalid partition",
    "invalid account",
    "invalid qos",
    "invalid job array",
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

/// Runs one of Slurm's programs with `words`, `input` on its standard input; gives what it printed.
///
/// # Errors
/// [`SchedulerError`]: the program is not there, or it complained.
pub(super) fn call(program: &str, words: &[String], input: &str) -> Result<String, SchedulerError> {
    let unreachable = |error: &io::Error| SchedulerError::Unreachable {
        reason: format!("running `{program}`: {error}"),
    };
    let mut child = match command(program, words).spawn() {
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
        // A program that does not read its input says why by its exit code.
        drop(stdin.write_all(input.as_bytes()));
    }
    let output = child.wait_with_output().map_err(|error| unreachable(&error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = complaint(&String::from_utf8_lossy(&output.stderr));
    let lower = complaint.to_lowercase();
    if HOPELESS.iter().any(|words| lower.contains(words)) {
        let hint = "see `[run.slurm]` in study.toml".to_owned();
        let message = format!("Slurm refuses the trials: {complaint}");
        return Err(SchedulerError::Refused { message, hint });
    }
    let complaint = if complaint.is_empty() { output.status.to_string() } else { complaint };
    Err(SchedulerError::Unreachable { reason: format!("`{program}`: {complaint}") })
}

#[expect(clippy::disallowed_methods, reason = "the one place that starts Slurm's programs")]
fn command(program: &str, words: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Inside a job, what that job was given would be asked for again.
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

/// The last thing a program complained of, without its name: the first lines are often warnings.
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

    #[test]
    fn a_complaint_is_the_last_line_without_the_programs_name() {
        let text = "sbatch: warning: x\nsbatch: error: Batch job submission failed: Invalid qos\n";
        assert_eq!(complaint(text), "Batch job submission failed: Invalid qos");
        assert_eq!(complaint("slurm_load_jobs error: y"), "slurm_load_jobs error: y");
        assert_eq!(complaint(""), "");
    }

    #[test]
    fn a_program_that_is_not_there_is_hopeless_and_one_that_fails_is_not() {
        let missing = call("no-such-program-anywhere", &[], "").unwrap_err();
        assert!(matches!(missing, SchedulerError::Refused { .. }), "{missing:?}");
        let failed = call("false", &[], "").unwrap_err();
        assert!(matches!(failed, SchedulerError::Unreachable { .. }), "{failed:?}");
    }
}
