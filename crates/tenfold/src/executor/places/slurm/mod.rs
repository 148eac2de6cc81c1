//! Slurm, through its command line: `sbatch` submits a batch as one job array, `squeue` lists the
//! states of all its tasks in one call, `scancel` ends them.
//!
//! Only columns of text are read, which have not changed in ten years; the accounting database is
//! not needed.

mod call;
mod job_time;
mod states;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use call::{Call, call};
use states::{COLUMNS, QueueLine, nodes_advice};

use super::{ExecutorPlace, JobTime, Opened, Role, Setting};
use crate::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, Scheduler, SchedulerError, Submission, TaskReport,
};
use crate::study::Study;
use crate::study::places::SlurmOptions;

/// Its name for a person.
const NAME: &str = "Slurm";

/// Name of every job, by which jobs are found.
const JOB_NAME: &str = "tenfold";

/// How long before the end of its time limit a worker gets a signal, so that it writes checkpoints
/// and asks to be started again.
const WARNING: Duration = Duration::from_mins(1);

/// Default of the number of tasks per array in `slurm.conf`.
const ARRAY_SIZE: usize = 1001;

/// Slurm, as an entry in the list of executor setups.
pub(super) struct SlurmCluster;

impl ExecutorPlace for SlurmCluster {
    fn name(&self) -> &'static str {
        "slurm"
    }

    fn scheduler(&self) -> Option<&'static str> {
        Some(NAME)
    }

    fn open(&self, setting: &Setting<'_>, role: &Role) -> Result<Option<Opened>> {
        let options = &setting.study.run.places.slurm;
        let packing = setting.packing(options.pack, options.array_limit);
        let slurm = Slurm::new(options.clone(), setting.study.most_ranks());
        let executor = Box::new(setting.cluster(slurm, packing, role)?);
        Ok(Some(Opened { executor, notes: Vec::new() }))
    }

    fn job_time(&self, study: &Study) -> Option<Box<JobTime>> {
        job_time::of_this_job(study.run.places.slurm.time)
    }

    fn host_name(&self) -> Option<String> {
        std::env::var("SLURMD_NODENAME").ok()
    }
}

/// Submits batches to Slurm.
#[derive(Debug)]
pub struct Slurm {
    options: SlurmOptions,
    ranks: usize,
}

impl Slurm {
    /// A scheduler that submits batches with `options`, with resources for `ranks` processes if
    /// trials have several.
    pub fn new(options: SlurmOptions, ranks: usize) -> Self {
        Self { options, ranks }
    }

    fn queue(&self) -> Result<String, SchedulerError> {
        let words = ["-h", "-r", "-t", "all", "-n", JOB_NAME, "-o", COLUMNS];
        self.ask("squeue", words.map(str::to_owned).to_vec())
    }

    /// The output of one of Slurm's programs. The call must be safe to repeat.
    fn ask(&self, program: &str, words: Vec<String>) -> Result<String, SchedulerError> {
        let limit = self.options.query_timeout;
        call(&Call { program, words, input: String::new(), limit })
    }

    /// The arguments of `sbatch`. Those of the study come first, so that they cannot override those
    /// by which the job is found again.
    fn words(&self, submission: &Submission<'_>) -> Vec<String> {
        let options = &self.options;
        let last = submission.tasks.len().saturating_sub(1);
        let at_once = options.array_limit.map_or_else(String::new, |limit| format!("%{limit}"));
        let log = match own_log(submission) {
            Some(_) => Path::new("/dev/null").to_owned(),
            None => submission.folder.join("log").join("%a.txt"),
        };
        let mut words = options.extra.clone();
        let mut add = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{name}={value}")));
        };
        add("partition", options.partition.clone());
        add("account", options.account.clone());
        add("time", options.time.map(clock_time));
        add("cpus-per-task", options.cpus.map(|count| count.to_string()));
        add("mem", options.memory.map(|bytes| format!("{}K", bytes.div_ceil(1024))));
        add("gres", options.gpus.map(|count| format!("gpu:{count}")));
        add("ntasks", Some(self.ranks.to_string()).filter(|_| self.ranks > 1));
        add("nodes", options.nodes.map(|count| count.to_string()));
        add("job-name", Some(JOB_NAME.to_owned()));
        add("comment", Some(comment(submission.mark)));
        add("array", Some(format!("0-{last}{at_once}")));
        add("output", Some(log.to_string_lossy().into_owned()));
        add("chdir", Some(submission.study.to_string_lossy().into_owned()));
        add("open-mode", Some("append".to_owned()));
        // The signal goes to the worker itself, not to the job steps that it started.
        add("signal", Some(format!("B:TERM@{}", WARNING.as_secs())));
        words.extend(["--requeue".to_owned(), "--parsable".to_owned()]);
        words
    }

    /// Adds the names of the partitions to `error` if the requested partition does not exist.
    fn with_partitions(&self, error: SchedulerError) -> SchedulerError {
        let SchedulerError::Refused { message, .. } = &error else { return error };
        if !message.to_lowercase().contains("invalid partition") {
            return error;
        }
        let words = ["-h", "-o", "%R"].map(str::to_owned).to_vec();
        let partitions = self.ask("sinfo", words).unwrap_or_default();
        let partitions: Vec<String> = partitions.lines().map(|name| format!("`{name}`")).collect();
        let message = match &self.options.partition {
            Some(name) => format!("Slurm has no partition `{name}` for you"),
            None => message.clone(),
        };
        let hint = if partitions.is_empty() {
            "`sinfo` lists the partitions".to_owned()
        } else {
            format!("`partition` in `[run.slurm]` can be {}", partitions.join(", "))
        };
        SchedulerError::Refused { message, hint }
    }
}

impl Scheduler for Slurm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn most_tasks(&self) -> Result<usize, SchedulerError> {
        let words = ["show", "config"].map(str::to_owned).to_vec();
        Ok(array_size(&self.ask("scontrol", words)?).unwrap_or(ARRAY_SIZE))
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        let answer = call(&Call {
            program: "sbatch",
            words: self.words(submission),
            input: script(submission),
            limit: self.options.submit_timeout,
        });
        let answer = answer.map_err(|error| self.with_partitions(error))?;
        // The answer is `4711`, or `4711;cluster` if there are several clusters.
        let job = answer.trim().split(';').next().unwrap_or_default();
        if job.is_empty() || !job.bytes().all(|b| b.is_ascii_digit()) {
            let reason = format!("`sbatch` answered `{}`, a number is needed", answer.trim());
            return Err(SchedulerError::Unreachable { reason });
        }
        Ok(JobId(job.to_owned()))
    }

    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        let (queue, comment) = (self.queue()?, comment(mark));
        Ok(queue.lines().filter_map(QueueLine::parse).find_map(|line| line.job_of(&comment)))
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let queue = self.queue()?;
        let comments: Vec<String> = jobs.iter().map(|job| comment(&job.mark)).collect();
        let is_ours = |line: &QueueLine<'_>| {
            let mut ours = jobs.iter().zip(&comments);
            ours.any(|(job, comment)| line.job_of(comment).as_ref() == Some(&job.id))
        };
        let lines = queue.lines().filter_map(QueueLine::parse).filter(is_ours);
        let lines: Vec<QueueLine<'_>> = lines.collect();
        let mut reports: Vec<TaskReport> = lines.iter().map(QueueLine::report).collect();
        let waits_for_nodes = lines.iter().any(QueueLine::waits_for_nodes);
        if waits_for_nodes || reports.iter().any(|report| !report.advice.is_empty()) {
            let words = ["-h", "-N", "-o", "%N|%T|%E"].map(str::to_owned).to_vec();
            // Without an answer, the reports of the queue are still valid.
            let nodes = nodes_advice(&self.ask("sinfo", words).unwrap_or_default());
            if let (Some(nodes), Some(first)) = (nodes, reports.first_mut()) {
                first.advice.insert(0, nodes);
            }
        }
        Ok(reports)
    }

    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        let queue = self.queue()?;
        let comments: Vec<String> = jobs.iter().map(|job| comment(&job.mark)).collect();
        let alive = queue.lines().filter_map(QueueLine::parse).filter(QueueLine::is_alive);
        // Jobs are found by their comment, not by their id, because a batch may have become two
        // jobs.
        let mut ours: Vec<JobId> = alive
            .filter_map(|line| comments.iter().find_map(|comment| line.job_of(comment)))
            .collect();
        ours.sort();
        ours.dedup();
        if !ours.is_empty() {
            self.ask("scancel", ours.iter().map(|job| job.0.clone()).collect())?;
        }
        Ok(ours)
    }

    fn by_hand(&self, job: &JobId) -> String {
        format!("`squeue -j {job}` shows whose it is, `scancel {job}` ends it")
    }
}

/// Time left for job `job`, as `squeue` reports it; `None` if it does not, or if there is no limit.
fn time_left(job: &str) -> Option<Duration> {
    let words = ["-h", "-j", job, "-o", "%L"].map(str::to_owned).to_vec();
    let limit = SlurmOptions::default().query_timeout;
    duration(call(&Call { program: "squeue", words, input: String::new(), limit }).ok()?.trim())
}

/// Parses `2-03:04:05`, `3:04:05` or `4:05`.
fn duration(text: &str) -> Option<Duration> {
    let (days, clock) = text.split_once('-').unwrap_or(("0", text));
    let mut seconds: u64 = 0;
    for part in clock.split(':') {
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
    }
    let days: u64 = days.parse().ok()?;
    (clock.contains(':')).then(|| Duration::from_secs(days * 86_400 + seconds))
}

/// Largest number of tasks of one job, from the output of `scontrol show config`. `MaxArraySize` is
/// the largest task number plus one, which is the number of tasks from 0; with 0 arrays are
/// forbidden, which `sbatch` then reports itself. `MaxJobCount` counts each task as a job.
fn array_size(config: &str) -> Option<usize> {
    let setting = |wanted: &str| {
        config.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == wanted).then(|| value.trim().parse::<usize>().ok())?
        })
    };
    [setting("MaxArraySize"), setting("MaxJobCount")].into_iter().flatten().min()
}

/// The comment by which a batch's job is found again.
fn comment(mark: &JobMark) -> String {
    match &mark.folder {
        Some(folder) => format!("tenfold:{}:{folder}", mark.batch),
        None => format!("tenfold:{}", mark.batch),
    }
}

/// The folder of the logs, if the tasks have to write them themselves: Slurm interprets `%` and `\`
/// in file names.
fn own_log(submission: &Submission<'_>) -> Option<PathBuf> {
    let log = submission.folder.join("log");
    log.to_string_lossy().contains(['%', '\\']).then_some(log)
}

/// The shell script of a task: it runs the worker of the lines that its line of `tasks` gives.
fn script(submission: &Submission<'_>) -> String {
    let quoted = |path: &Path| format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"));
    let tasks = quoted(&submission.folder.join("tasks"));
    let log = own_log(submission).map_or_else(String::new, |folder| {
        format!("exec >> {}/\"$SLURM_ARRAY_TASK_ID.txt\" 2>&1\n", quoted(&folder))
    });
    format!(
        "#!/bin/sh\n{log}lines=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {tasks}) || exit 1\n\
         exec {} worker {} --batch {} --lines \"$lines\"\n",
        quoted(submission.program),
        quoted(submission.study),
        submission.mark.batch,
    )
}

/// `time` in Slurm's format: hours, minutes and seconds.
fn clock_time(time: Duration) -> String {
    let seconds = time.as_secs().max(60);
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::cluster::batch_id::BatchId;

    #[test]
    fn the_size_of_an_array_is_read_from_the_configuration() {
        let config = "Configuration data as of 2026-11-22T22:00:00\nMaxArraySize            = 4001\n\
                      MaxBatchRequeue         = 5\nMaxJobCount             = 10000\n";
        assert_eq!(array_size(config), Some(4001));
        assert_eq!(array_size("MaxArraySize = 1001\nMaxJobCount = 12\n"), Some(12));
        assert_eq!(array_size("slurm_load_ctl_conf error"), None);
    }

    #[test]
    fn tasks_write_their_own_log_where_slurm_would_change_its_name() {
        for (folder, is_own) in [("/a b", false), ("/100%", true), ("/%j", true), ("/a\\b", true)] {
            let submission = Submission {
                mark: &JobMark { batch: BatchId::parse("000001-a").unwrap(), folder: None },
                study: Path::new(folder),
                folder: &Path::new(folder).join("batch"),
                program: Path::new("/bin/tenfold"),
                tasks: std::slice::from_ref(&(0..1)),
            };
            let words = Slurm::new(SlurmOptions::default(), 1).words(&submission);
            let output = words.iter().find_map(|word| word.strip_prefix("--output=")).unwrap();
            let expected = if is_own { "/dev/null" } else { "/a b/batch/log/%a.txt" };
            assert_eq!(output, expected);
            let log = format!("exec >> '{folder}/batch/log'/\"$SLURM_ARRAY_TASK_ID.txt\" 2>&1\n");
            assert_eq!(script(&submission).contains(&log), is_own);
        }
    }

    #[test]
    fn the_time_that_is_left_is_read_in_all_its_forms() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("59"), None);
        assert_eq!(seconds("0:59"), Some(59));
        assert_eq!(seconds("1:02:03"), Some(3723));
        assert_eq!(seconds("2-00:00:01"), Some(172_801));
        assert_eq!(seconds("UNLIMITED"), None);
        assert_eq!(seconds("INVALID"), None);
    }

    #[test]
    fn a_task_has_room_for_the_ranks_of_its_trials() {
        let submission = Submission {
            mark: &JobMark { batch: BatchId::parse("000001-a").unwrap(), folder: None },
            study: Path::new("/study"),
            folder: Path::new("/study/.tenfold/batches/000001-a"),
            program: Path::new("/bin/tenfold"),
            tasks: &[0..1, 1..4],
        };
        let tasks = |ranks| {
            let words = Slurm::new(SlurmOptions::default(), ranks).words(&submission);
            words.into_iter().find(|word| word.starts_with("--ntasks"))
        };
        assert_eq!(tasks(4).as_deref(), Some("--ntasks=4"));
        assert_eq!(tasks(1), None);
    }
}
