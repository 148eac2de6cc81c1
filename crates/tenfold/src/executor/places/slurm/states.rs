//! Parses the output of `squeue`. A state that is not listed here is not an error.

use crate::executor::cluster::scheduler::{JobId, TaskReport, TaskState};

/// Columns requested from `squeue`: id, state, nodes, comment, reason.
pub(super) const COLUMNS: &str = "%i|%T|%N|%k|%r";

/// One line of `squeue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueueLine<'a> {
    job: &'a str,
    task: Option<usize>,
    state: &'a str,
    nodes: &'a str,
    comment: &'a str,
    /// Why it waits, or why it ended.
    reason: &'a str,
}

/// Reasons for which a task waits until somebody changes something.
const HELD: &[&str] = &["held", "Held", "JobHoldMaxRequeue"];

/// Reasons for which Slurm will not start a task with its current options.
const IMPOSSIBLE: &[&str] = &[
    "PartitionTimeLimit",
    "PartitionNodeLimit",
    "PartitionDown",
    "PartitionInactive",
    "BadConstraints",
    "InvalidAccount",
    "InvalidQOS",
];

impl<'a> QueueLine<'a> {
    /// Parses a line with the columns [`COLUMNS`]; `None` if it does not have them.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut columns = line.splitn(5, '|').map(str::trim);
        let (id, state) = (columns.next()?, columns.next()?);
        let (nodes, comment, reason) = (columns.next()?, columns.next()?, columns.next()?);
        let (job, task) = match id.split_once('_') {
            Some((job, task)) => (job, Some(task.parse().ok()?)),
            None => (id, None),
        };
        Some(Self { job, task, state, nodes, comment, reason })
    }

    /// The job, if the line belongs to the batch with this comment.
    pub(super) fn job_of(&self, comment: &str) -> Option<JobId> {
        (self.comment == comment).then(|| JobId(self.job.to_owned()))
    }

    /// Whether the task has not ended.
    pub(super) fn is_alive(&self) -> bool {
        !matches!(state(self.state), TaskState::Ended | TaskState::Cancelled)
    }

    /// Whether the task waits because nodes are down or drained.
    pub(super) fn waits_for_nodes(&self) -> bool {
        let reason = self.reason.replace('_', " ");
        self.state == "PENDING"
            && (reason.contains("DOWN, DRAINED") || reason.contains("ReqNodeNotAvail"))
    }

    pub(super) fn report(&self) -> TaskReport {
        let nodes =
            if self.nodes.is_empty() { String::new() } else { format!(" on {}", self.nodes) };
        let is_plain = matches!(self.reason, "" | "None" | "NonZeroExitCode");
        let reason = if is_plain { String::new() } else { format!(" ({})", self.reason) };
        TaskReport {
            job: JobId(self.job.to_owned()),
            task: self.task,
            state: state(self.state),
            words: format!("{}{nodes}{reason}", self.state),
            advice: self.advice().into_iter().collect(),
        }
    }

    /// What the user has to do before the task can run.
    fn advice(&self) -> Option<String> {
        let (job, reason) = (self.job, self.reason);
        let is_held = self.state == "SPECIAL_EXIT"
            || self.state == "REQUEUE_HOLD"
            || state(self.state) == TaskState::Waiting
                && HELD.iter().any(|held| reason.contains(held));
        if is_held {
            return Some(format!(
                "Slurm holds job {job} ({reason}): it goes on after `scontrol release {job}`"
            ));
        }
        let is_impossible = IMPOSSIBLE.iter().any(|impossible| reason.starts_with(impossible));
        (is_impossible && state(self.state) == TaskState::Waiting).then(|| {
            format!(
                "Slurm does not start job {job} as it is asked for ({reason}): stop, and see \
                 `[run.slurm]` in study.toml"
            )
        })
    }
}

/// The meaning of Slurm's name for a state.
fn state(word: &str) -> TaskState {
    match word {
        "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT"
        | "RESV_DEL_HOLD" | "CONFIGURING" => TaskState::Waiting,
        // A task may be in this state for hours on a node that does not respond.
        "COMPLETING" => TaskState::Ending,
        "COMPLETED" | "FAILED" | "TIMEOUT" | "OUT_OF_MEMORY" | "NODE_FAIL" | "PREEMPTED"
        | "BOOT_FAIL" | "DEADLINE" | "REVOKED" => TaskState::Ended,
        "CANCELLED" => TaskState::Cancelled,
        _ => TaskState::Running,
    }
}

/// What an administrator has to do about nodes that `sinfo -h -N -o '%N|%T|%E'` reports as down or
/// drained.
pub(super) fn nodes_advice(text: &str) -> Option<String> {
    let mut nodes: Vec<&str> = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut columns = line.splitn(3, '|').map(str::trim);
        let (Some(node), Some(state)) = (columns.next(), columns.next()) else { continue };
        let reason = columns.next().unwrap_or("none");
        let is_out = state.starts_with("drain") || state.starts_with("down");
        if is_out && !nodes.contains(&node) {
            nodes.push(node);
            if reason != "none" && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    if nodes.is_empty() {
        return None;
    }
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    let nodes = nodes.join(",");
    Some(format!(
        "Slurm has taken {nodes} out{reasons}: if that was an accident, an administrator brings \
         them back with `scontrol update NodeName={nodes} State=RESUME`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(line: &str) -> TaskReport {
        QueueLine::parse(line).unwrap().report()
    }

    #[test]
    fn every_state_is_data() {
        let check = |word: &str, expected: TaskState| {
            assert_eq!(report(&format!("7_3|{word}|n2|tenfold:b|None")).state, expected, "{word}");
        };
        check("PENDING", TaskState::Waiting);
        check("RUNNING", TaskState::Running);
        check("COMPLETING", TaskState::Ending);
        check("OUT_OF_MEMORY", TaskState::Ended);
        check("NODE_FAIL", TaskState::Ended);
        check("PREEMPTED", TaskState::Ended);
        check("CANCELLED", TaskState::Cancelled);
        check("MARINATING", TaskState::Running);
        check("", TaskState::Running);
    }

    #[test]
    fn a_line_is_read_and_shown() {
        let read = report("4711_12|NODE_FAIL|n2|tenfold:000001-ab|NodeDown");
        assert_eq!((read.job.0.as_str(), read.task), ("4711", Some(12)));
        assert_eq!(read.words, "NODE_FAIL on n2 (NodeDown)");
        assert_eq!(report("4711|RUNNING|n[1-2]||None").task, None);
        assert_eq!(QueueLine::parse("slurm_load_jobs error"), None);
        assert_eq!(QueueLine::parse("4711_x|RUNNING|||"), None);
    }

    #[test]
    fn what_waits_for_somebody_says_for_what() {
        let held = report("9_0|PENDING||c|launch failed requeued held").advice.concat();
        assert!(held.contains("`scontrol release 9`"), "{held}");
        let limit = report("9_0|PENDING||c|PartitionTimeLimit").advice.concat();
        assert!(limit.contains("[run.slurm]"), "{limit}");
        assert_eq!(report("9_0|PENDING||c|Resources").advice, Vec::<String>::new());
        assert_eq!(report("9_0|RUNNING|n1|c|None").advice, Vec::<String>::new());
    }

    #[test]
    fn nodes_that_are_out_are_named_with_the_way_back() {
        let text = "n1|idle|none\nn2|drained|batch job complete failure\nn3|down*|Not responding\n";
        let advice = nodes_advice(text).unwrap();
        assert!(advice.contains("`scontrol update NodeName=n2,n3 State=RESUME`"), "{advice}");
        assert!(advice.contains("batch job complete failure; Not responding"), "{advice}");
        assert_eq!(nodes_advice("n1|mixed|none\n"), None);
    }
}
