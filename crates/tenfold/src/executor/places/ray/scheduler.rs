//! Ray as a scheduler: one Ray job per batch, whose driver starts a Ray task for each of the
//! batch's ranges of lines.
//!
//! One job per trial would be simpler, but 20 times slower: Ray takes seconds to start a job, and
//! milliseconds to start a task. Ray also restarts tasks when a node is lost; it does not restart
//! jobs.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::json;

use super::dashboard::{Dashboard, JobRequest, JobState, RayVersion};
use super::error::RayError;
use super::free_capacity::Room;
use crate::executor::cluster::batch::BatchFolder;
use crate::executor::cluster::batch_id::BatchId;
use crate::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, Scheduler, SchedulerError, Submission, TaskReport, TaskState,
};
use crate::store::{StudyFolder, write_atomically};
use crate::study::places::{DashboardAddress, RayOptions};

/// Its name for a person.
pub(super) const NAME: &str = "Ray";

/// The driver, which is written beside each batch, so that the code that ran can be read later.
const DRIVER: &str = include_str!("driver.py");

/// Seconds that Ray lets a driver live after a stop (`RAY_JOB_STOP_WAIT_TIME_S`), during which
/// workers write their checkpoints. The driver itself waits for them for a shorter time.
const SECONDS_TO_STOP: &str = "30";

/// Default address of a dashboard.
const USUAL_ADDRESS: &str = "http://127.0.0.1:8265";

/// Metadata key for the folder that a job was submitted from.
const FOLDER: &str = "folder";

/// Prefix of the names of jobs; the batch's name follows.
const PREFIX: &str = "tenfold-";

/// A Ray cluster that answered.
#[derive(Debug)]
pub struct Ray {
    dashboard: Dashboard,
    options: RayOptions,
    folder: StudyFolder,
    version: RayVersion,
    room: Room,
    /// Jobs that this process asked to stop. A job that Ray never placed stays `PENDING` after
    /// that.
    stopped: Mutex<BTreeSet<JobId>>,
}

impl Ray {
    /// Connects to the cluster of `options`, for batches of the study in `folder`.
    ///
    /// # Errors
    /// [`SchedulerError::Refused`] with a hint if there is no such cluster.
    pub fn connect(options: RayOptions, folder: StudyFolder) -> Result<Self, SchedulerError> {
        Self::answering(options, folder).map_err(|error| SchedulerError::Refused {
            message: error.to_string(),
            hint: error.hint(),
        })
    }

    fn answering(options: RayOptions, folder: StudyFolder) -> Result<Self, RayError> {
        let variable = |name: &str| std::env::var(name).ok();
        let address = address(options.address.as_ref(), variable)?;
        let token = variable("RAY_AUTH_TOKEN").filter(|token| !token.is_empty());
        let limits = (options.query_timeout, options.submit_timeout);
        let dashboard = Dashboard::new(address, token, limits);
        let version = dashboard.version()?;
        let room = Room::new(dashboard.nodes().as_deref(), &options);
        Ok(Self { dashboard, options, folder, version, room, stopped: Mutex::default() })
    }

    /// Address of the dashboard of `options`; `None` if it is not a valid address.
    pub fn address_of(options: &RayOptions) -> Option<DashboardAddress> {
        address(options.address.as_ref(), |name| std::env::var(name).ok()).ok()
    }

    /// Number of tasks that the cluster can run at a time.
    pub fn tasks_at_once(&self) -> usize {
        self.room.tasks_at_once
    }

    /// Notices about the cluster for the user, before anything runs there.
    pub fn notes(&self) -> Vec<String> {
        [self.version.note(), self.room.note.clone()].into_iter().flatten().collect()
    }

    /// The reports on a job's tasks: Ray reports on the job, the driver on the tasks that ended.
    fn reports(&self, job: &JobId, found: &JobState) -> Vec<TaskReport> {
        let state = match found.status.as_str() {
            "PENDING" if self.is_stopped(job) => TaskState::Cancelled,
            "PENDING" => TaskState::Waiting,
            "STOPPED" => TaskState::Cancelled,
            _ if found.is_over() => TaskState::Ended,
            _ => TaskState::Running,
        };
        let (words, advice) = (found.reason(), self.advice(found).into_iter().collect());
        let whole = TaskReport { job: job.clone(), task: None, state, words, advice };
        let ended = self.batch_of(job).map(|batch| Ended::read(&batch)).unwrap_or_default();
        if ended.is_empty() {
            return vec![whole];
        }
        let tasks = self.batch_of(job).and_then(|batch| batch.tasks().ok()).unwrap_or_default();
        let of_task = |task| match ended.iter().find(|ended| ended.task == task) {
            Some(ended) => TaskReport {
                task: Some(task),
                state: TaskState::Ended,
                words: ended.words.clone(),
                ..whole.clone()
            },
            None => TaskReport { task: Some(task), ..whole.clone() },
        };
        (0..tasks.len()).map(of_task).collect()
    }

    fn is_stopped(&self, job: &JobId) -> bool {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).contains(job)
    }

    /// What to do about a driver that could not start.
    fn advice(&self, found: &JobState) -> Option<String> {
        let is_without_ray = found.is_over() && found.reason().contains("No module named 'ray'");
        let python = &self.options.python;
        is_without_ray.then(|| {
            format!(
                "`{python}` on the cluster's head has no Ray: name the Python that has, in \
                 `[run.ray]`, `python = \"/opt/ray/bin/python\"`"
            )
        })
    }

    fn batch_of(&self, job: &JobId) -> Option<BatchFolder> {
        let batch = BatchId::parse(job.0.strip_prefix(PREFIX)?)?;
        Some(BatchFolder::open(&self.folder, batch))
    }
}

/// A line that the driver writes for a task that Ray will not restart.
#[derive(Debug, Deserialize)]
struct Ended {
    task: usize,
    words: String,
}

impl Ended {
    /// All lines written so far; a line that is still being written is read next time.
    fn read(batch: &BatchFolder) -> Vec<Self> {
        let text = std::fs::read_to_string(batch.path.join("ended.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Scheduler for Ray {
    fn name(&self) -> &'static str {
        NAME
    }

    fn address(&self) -> Option<String> {
        Some(self.dashboard.address().to_string())
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        let driver = submission.folder.join("driver.py");
        let asked = submission.folder.join("ray.json");
        for (path, text) in [(&driver, DRIVER), (&asked, &self.request(submission))] {
            write_atomically(path, text.as_bytes()).map_err(|error| SchedulerError::Refused {
                message: error.to_string(),
                hint: error.hint(),
            })?;
        }
        let words = [Path::new(&self.options.python), Path::new("-u"), &driver, &asked];
        let entrypoint = words.map(quoted).join(" ");
        let id = job_of(&submission.mark.batch);
        let token = submission.mark.folder.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = JobRequest {
            id: &id.0,
            entrypoint: &entrypoint,
            variables: &[("RAY_JOB_STOP_WAIT_TIME_S", SECONDS_TO_STOP)],
            metadata: &[
                ("program", "tenfold"),
                ("batch", submission.mark.batch.as_str()),
                (FOLDER, &token),
                ("study", &submission.study.to_string_lossy()),
            ],
        };
        // A job with this name is this very batch: the answer to its first submission was lost.
        self.dashboard.submit(&request).map(|_| id.clone()).map_err(|error| said(&error))
    }

    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        let id = job_of(&mark.batch);
        let own = OwnJob { id: id.clone(), mark: mark.clone() };
        Ok(self.own(&own)?.map(|_| id))
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let mut reports = Vec::new();
        for job in jobs {
            let found = self.own(job)?;
            reports.extend(found.map(|found| self.reports(&job.id, &found)).into_iter().flatten());
        }
        Ok(reports)
    }

    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        let mut alive = Vec::new();
        for job in jobs {
            if self.own(job)?.is_some_and(|found| !found.is_over()) {
                alive.push(job.id.clone());
            }
        }
        for id in &alive {
            self.dashboard.stop(&id.0).map_err(|error| said(&error))?;
            self.stopped.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        }
        Ok(alive)
    }

    fn by_hand(&self, job: &JobId) -> String {
        let address = self.dashboard.address();
        format!("`ray job stop --address {address} {job}` stops it")
    }
}

impl Ray {
    /// The state of `job`, if there is a job with its name that carries its mark.
    fn own(&self, job: &OwnJob) -> Result<Option<JobState>, SchedulerError> {
        let found = self.dashboard.job(&job.id.0).map_err(|error| said(&error))?;
        let is_own = |found: &JobState| match &job.mark.folder {
            Some(folder) => found.carried(FOLDER) == Some(folder.to_string().as_str()),
            None => found.carried(FOLDER).is_none(),
        };
        Ok(found.filter(is_own))
    }

    /// The request to the driver: the worker of each task, and the resources that a task reserves.
    fn request(&self, submission: &Submission<'_>) -> String {
        let options = &self.options;
        let document = json!({
            "cpus": options.cpus,
            "gpus": options.gpus,
            "memory": options.memory,
            "resources": options.resources,
            "retries": options.retries,
            "tasks": submission.tasks.iter().map(|t| submission.worker(t)).collect::<Vec<_>>(),
        });
        format!("{document:#}\n")
    }
}

/// Name of the job of `batch`. Ray accepts each name once, so a batch never becomes two jobs.
fn job_of(batch: &BatchId) -> JobId {
    JobId(format!("{PREFIX}{batch}"))
}

/// Address of the dashboard: the one in the study file, or else the one in Ray's own environment
/// variables, or else the default on this machine.
///
/// `RAY_ADDRESS` often holds the address for programs inside the cluster (`auto`, `10.0.0.1:6379`,
/// `ray://…`); only an `http://` address is that of the dashboard.
fn address(
    typed: Option<&DashboardAddress>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<DashboardAddress, RayError> {
    if let Some(typed) = typed {
        return Ok(typed.clone());
    }
    let of_interface = variable("RAY_API_SERVER_ADDRESS").filter(|text| !text.is_empty());
    let of_ray = || variable("RAY_ADDRESS").filter(|text| text.starts_with("http"));
    let given = of_interface.or_else(of_ray).unwrap_or_else(|| USUAL_ADDRESS.to_owned());
    DashboardAddress::parse(&given)
        .map_err(|reason| RayError::BadAddress { address: given, reason })
}

/// `word` quoted for a shell.
fn quoted(word: &Path) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))
}

fn said(error: &RayError) -> SchedulerError {
    if error.may_pass() {
        SchedulerError::Unreachable { reason: error.to_string() }
    } else {
        SchedulerError::Refused { message: error.to_string(), hint: error.hint() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(typed: Option<&str>, variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        let typed = typed.map(|typed| DashboardAddress::parse(typed).unwrap());
        address(typed.as_ref(), variable).unwrap().to_string()
    }

    #[test]
    fn the_study_file_goes_before_the_environment_and_that_before_the_usual_address() {
        let both = [("RAY_API_SERVER_ADDRESS", "http://a:1"), ("RAY_ADDRESS", "http://b:2")];
        assert_eq!(chosen(Some("http://c:3/"), &both), "http://c:3");
        assert_eq!(chosen(None, &both), "http://a:1");
        assert_eq!(chosen(None, &both[1..]), "http://b:2");
        assert_eq!(chosen(None, &[]), USUAL_ADDRESS);
        for inside in ["auto", "10.0.0.1:6379", "ray://10.0.0.1:10001", ""] {
            assert_eq!(chosen(None, &[("RAY_ADDRESS", inside)]), USUAL_ADDRESS, "{inside}");
        }
    }

    #[test]
    fn a_word_with_quotes_stays_one_word_of_the_shell() {
        assert_eq!(quoted(Path::new("/a b/it's $HOME")), r"'/a b/it'\''s $HOME'");
    }
}
