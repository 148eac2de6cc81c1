//! A scheduler for tests, which starts workers as children of this process.

use std::collections::VecDeque;
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tenfold::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, REQUEUE, Scheduler, SchedulerError, Submission, TaskReport, TaskState,
};

/// Starts workers as children of this process, a few at a time, and restarts those that ask for it.
#[derive(Debug)]
pub(super) struct Children(Mutex<Books>);

#[derive(Debug)]
struct Books {
    at_once: usize,
    tasks: Vec<Task>,
    waiting: VecDeque<usize>,
    jobs: Vec<OwnJob>,
}

#[derive(Debug)]
struct Task {
    job: JobId,
    number: usize,
    words: Vec<String>,
    child: Option<Child>,
    state: TaskState,
    words_for_people: String,
}

impl Children {
    /// Starts `at_once` workers at a time.
    pub(super) fn new(at_once: usize) -> Self {
        let (tasks, waiting) = (Vec::new(), VecDeque::new());
        Self(Mutex::new(Books { at_once, tasks, waiting, jobs: Vec::new() }))
    }

    /// Kills every worker that runs, as a power cut would.
    pub(super) fn kill_all(&self) {
        self.lock().kill_all();
    }

    /// Starts every task of `job` once more, like a controller that lost its records.
    pub(super) fn start_again(&self, job: &JobId) {
        self.lock().start_again(job);
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn kill_all(&mut self) {
        for task in &mut self.tasks {
            if let Some(child) = &mut task.child {
                // A child that has just ended cannot be killed.
                drop(child.kill());
            }
        }
    }

    fn start_again(&mut self, job: &JobId) {
        let of_job = self.tasks.iter().filter(|task| task.job == *job);
        let again: Vec<Task> = of_job
            .map(|task| Task {
                job: task.job.clone(),
                number: task.number,
                words: task.words.clone(),
                child: None,
                state: TaskState::Waiting,
                words_for_people: String::new(),
            })
            .collect();
        self.waiting.extend(self.tasks.len()..self.tasks.len() + again.len());
        self.tasks.extend(again);
        self.start();
    }

    fn reap(&mut self) {
        for (index, task) in self.tasks.iter_mut().enumerate() {
            let Some(child) = &mut task.child else { continue };
            let Ok(Some(status)) = child.try_wait() else { continue };
            task.child = None;
            if status.code() == Some(i32::from(REQUEUE)) && task.state != TaskState::Cancelled {
                task.state = TaskState::Waiting;
                self.waiting.push_back(index);
            } else if task.state != TaskState::Cancelled {
                task.state = TaskState::Ended;
                task.words_for_people = status.to_string();
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where the double starts workers")]
    fn start(&mut self) {
        while self.tasks.iter().filter(|task| task.child.is_some()).count() < self.at_once {
            let Some(index) = self.waiting.pop_front() else { return };
            let task = &mut self.tasks[index];
            let mut command = Command::new(&task.words[0]);
            command.args(&task.words[1..]).stdin(Stdio::null());
            match command.stdout(Stdio::null()).spawn() {
                Ok(child) => {
                    task.child = Some(child);
                    task.state = TaskState::Running;
                }
                Err(error) => {
                    task.state = TaskState::Ended;
                    task.words_for_people = error.to_string();
                }
            }
        }
    }
}

impl Scheduler for Children {
    fn name(&self) -> &'static str {
        "child processes"
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        let mut tasks = self.lock();
        let job = JobId(format!("{}", tasks.jobs.len() + 1));
        tasks.jobs.push(OwnJob { id: job.clone(), mark: submission.mark.clone() });
        let task = |(number, lines): (usize, &Range<usize>)| Task {
            job: job.clone(),
            number,
            words: submission.worker(lines),
            child: None,
            state: TaskState::Waiting,
            words_for_people: String::new(),
        };
        let first = tasks.tasks.len();
        tasks.waiting.extend(first..first + submission.tasks.len());
        tasks.tasks.extend(submission.tasks.iter().enumerate().map(task));
        tasks.start();
        Ok(job)
    }

    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        Ok(self.lock().jobs.iter().find(|job| job.mark == *mark).map(|job| job.id.clone()))
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let mut tasks = self.lock();
        tasks.reap();
        tasks.start();
        let asked = tasks.tasks.iter().filter(|task| jobs.iter().any(|job| job.id == task.job));
        let report = |task: &Task| TaskReport {
            job: task.job.clone(),
            task: Some(task.number),
            state: task.state,
            words: task.words_for_people.clone(),
            advice: Vec::new(),
        };
        Ok(asked.map(report).collect())
    }

    #[expect(clippy::disallowed_methods, reason = "`kill` sends what only a system call could")]
    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        let mut tasks = self.lock();
        let tasks = &mut *tasks;
        tasks.reap();
        let is_asked = |task: &&mut Task| jobs.iter().any(|job| job.id == task.job);
        for task in tasks.tasks.iter_mut().filter(is_asked) {
            if let Some(child) = &task.child {
                // A worker that ignores the signal is killed when this process ends.
                drop(Command::new("kill").arg(child.id().to_string()).status());
            }
            if task.state != TaskState::Ended {
                task.state = TaskState::Cancelled;
            }
        }
        let states = &tasks.tasks;
        tasks.waiting.retain(|&index| states[index].state != TaskState::Cancelled);
        Ok(jobs.iter().map(|job| job.id.clone()).collect())
    }

    fn by_hand(&self, job: &JobId) -> String {
        format!("its processes are children of this one, {}: job {job}", std::process::id())
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        self.kill_all();
        for child in self.tasks.iter_mut().filter_map(|task| task.child.as_mut()) {
            drop(child.wait());
        }
    }
}
