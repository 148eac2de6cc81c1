//! A batch: attempts that were submitted to a scheduler together, as files that workers read.
//!
//! `.tenfold/batches/<batch>/` holds `study.toml` (the text from which the study was planned),
//! `attempts.jsonl` (one attempt a line), `inputs.json` (the hashes of the inputs), `tasks` (one
//! range of lines for each task), `folder` (the token of the study's folder, which its job
//! carries), `address` (the address of its scheduler, if there may be several), `job.json` (the
//! scheduler's name for it, once known), `said/` (the workers' heartbeats) and `log/` (their
//! output). `tasks` is written last: without it the batch was not submitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::batch_id::BatchId;
use super::heartbeat::{self, Heartbeat};
use super::history::History;
use super::scheduler::{JobId, JobMark};
use crate::store::{StoreError, StudyFolder, read_token, write_atomically};
use crate::trial::{Attempt, AttemptToken, TrialId};

/// File with the token of the study's folder, which the batch's job carries.
const FOLDER: &str = "folder";

/// File with the address of the scheduler.
const ADDRESS: &str = "address";

/// File that marks the batch as closed: no more reports are expected.
const CLOSED: &str = "closed";

/// File that marks the batch as submitted from another folder.
const FOREIGN: &str = "foreign";

/// Hash of the content of each input of each model, by their names.
pub type InputContents = BTreeMap<String, BTreeMap<String, String>>;

/// One attempt of a batch: a line of `attempts.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchLine {
    /// Token of the attempt. Each execution of it has a token of its own.
    pub token: String,
    /// Id of the trial as the coordinator computed it. A worker refuses the trial if its data give
    /// another id.
    pub trial: String,
    /// Name of the model.
    pub model: String,
    /// Training-set size.
    pub size: u64,
    /// Index of the seed, from 0.
    #[serde(rename = "repeat")]
    pub seed: u64,
    /// Index in the model's grid, from 0.
    pub candidate: usize,
    /// 1 for the first attempt of the trial, 2 for the retry.
    pub number: u32,
    /// Executions of the attempt in earlier batches.
    #[serde(default, skip_serializing_if = "History::is_new")]
    pub(super) history: History,
}

impl BatchLine {
    /// Whether the trial has no result yet.
    pub fn is_unfinished(&self, folder: &StudyFolder) -> bool {
        TrialId::parse(&self.trial).is_some_and(|id| !folder.result(&id).exists())
    }
}

impl From<&Attempt> for BatchLine {
    fn from(attempt: &Attempt) -> Self {
        let trial = &attempt.trial;
        Self {
            token: attempt.token.to_string(),
            trial: trial.id.to_string(),
            model: trial.model.clone(),
            size: trial.size,
            seed: trial.seed,
            candidate: trial.candidate,
            number: attempt.number,
            history: History::default(),
        }
    }
}

/// The attempts of a batch, and the lines of each of its tasks.
pub type Lists = (Vec<BatchLine>, Vec<Range<usize>>);

/// The scheduler's name for a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JobRecord {
    scheduler: String,
    /// `None` until the scheduler has returned it.
    job: Option<String>,
}

/// What was known of a batch's executions when the batch was closed.
#[derive(Debug)]
struct Closing {
    /// Number of executions that had written a heartbeat.
    heard: usize,
    /// Heartbeat files of executions whose end was not reported.
    unfinished: Vec<String>,
}

/// The folder of one batch.
#[derive(Clone, Debug)]
pub struct BatchFolder {
    /// Its name.
    pub id: BatchId,
    /// Its path.
    pub path: PathBuf,
}

impl BatchFolder {
    /// The folder of batch `id` in `folder`, whether or not it exists.
    pub fn open(folder: &StudyFolder, id: BatchId) -> Self {
        let path = folders(folder).join(id.as_str());
        Self { id, path }
    }

    /// All batches of a study that were written completely and from which more reports may come,
    /// oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn open_batches(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut open = Vec::new();
        for batch in Self::whole(folder)? {
            if !batch.is_heard()? {
                open.push(batch);
            }
        }
        Ok(open)
    }

    /// The batches of a study that are closed and have new reports since, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn closed_and_unheard(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut open = Self::open_batches(folder)?;
        open.retain(|batch| batch.closing().is_some());
        Ok(open)
    }

    /// The batches that were written completely, whatever their state, oldest first.
    fn whole(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut all = Self::all(folder)?;
        all.retain(|batch| batch.path.join("tasks").exists());
        Ok(all)
    }

    /// Whether the batch is closed and has no new reports since.
    fn is_heard(&self) -> Result<bool, StoreError> {
        let Some(closing) = self.closing() else { return Ok(false) };
        if heartbeat::names(&self.said())?.len() != closing.heard {
            return Ok(false);
        }
        let has_ended = |name: &String| {
            let said = Heartbeat::read(&self.said().join(name));
            said.is_ok_and(|said| said.is_some_and(|said| said.is_final()))
        };
        Ok(!closing.unfinished.iter().any(has_ended))
    }

    /// The batches of a study that were written completely and are not closed, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn unclosed(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut open = Self::whole(folder)?;
        open.retain(|batch| batch.closing().is_none());
        Ok(open)
    }

    /// All batches of a study, whatever their state, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn all(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let path = folders(folder);
        let listing = match fs::read_dir(&path) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::reading(&path, &error)),
        };
        let mut ids = Vec::new();
        for entry in listing {
            let entry = entry.map_err(|e| StoreError::reading(&path, &e))?;
            ids.extend(entry.file_name().to_str().and_then(BatchId::parse));
        }
        ids.sort();
        Ok(ids.into_iter().map(|id| Self::open(folder, id)).collect())
    }

    /// Writes a batch of `attempts` for the study with the text `text`, and syncs it completely.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; what was written is then not a batch, because
    /// `tasks` is missing.
    pub fn write(
        folder: &StudyFolder,
        text: &str,
        attempts: &[BatchLine],
        tasks: &[Range<usize>],
    ) -> Result<Self, StoreError> {
        let last = Self::all(folder)?.pop();
        let number = last.map_or(0, |batch| number_of(&batch.id)) + 1;
        let suffix = attempts.first().map_or("", |attempt| &attempt.token[..8]);
        let batch = Self::open(folder, BatchId(format!("{number:06}-{suffix}")));
        for path in [batch.said(), batch.path.join("log")] {
            fs::create_dir_all(&path).map_err(|e| StoreError::writing(&path, &e))?;
        }
        let mut lines = String::new();
        for attempt in attempts {
            let line = serde_json::to_string(attempt);
            lines += &line.map_err(|e| StoreError::writing(&batch.path, &io::Error::other(e)))?;
            lines.push('\n');
        }
        let tasks = tasks.iter().map(|task| format!("{}..{}\n", task.start, task.end));
        let tasks: Vec<String> = tasks.collect();
        let token = folder.identity()?.token.to_string();
        for (name, content) in [
            ("study.toml", text),
            ("attempts.jsonl", lines.as_str()),
            (FOLDER, token.as_str()),
            ("tasks", &tasks.concat()),
        ] {
            write_atomically(&batch.path.join(name), content.as_bytes())?;
        }
        for path in [&batch.path, &folders(folder)] {
            let synced = File::open(path).and_then(|folder| folder.sync_all());
            synced.map_err(|e| StoreError::writing(path, &e))?;
        }
        Ok(batch)
    }

    /// The mark that the batch's job carries.
    pub fn mark(&self) -> JobMark {
        JobMark { batch: self.id.clone(), folder: read_token(&self.path.join(FOLDER)) }
    }

    /// Leaves the batch to the folder that it was submitted from, of which this folder is a copy.
    /// No more reports than those present are expected here.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be written.
    pub fn leave(&self) -> Result<(), StoreError> {
        write_atomically(&self.path.join(FOREIGN), b"0")
    }

    /// Adopts a batch that was left to another folder.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be written.
    pub fn adopt(&self) -> Result<(), StoreError> {
        let path = self.path.join(FOREIGN);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::writing(&path, &error))
            }
            _ => Ok(()),
        }
    }

    /// The text of the study the batch was planned from.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn study_text(&self) -> Result<String, StoreError> {
        read(&self.path.join("study.toml"))
    }

    /// The attempts and the range of lines of each task; `None` if they are damaged: a line cannot
    /// be read, or the ranges do not cover each line exactly once.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read now.
    pub fn whole_lists(&self) -> Result<Option<Lists>, StoreError> {
        let read = |name: &str| match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(&self.path.join(name), &error)),
        };
        let (Some(lines), Some(tasks)) = (read("attempts.jsonl")?, read("tasks")?) else {
            return Ok(None);
        };
        let lines: Option<Vec<BatchLine>> =
            lines.lines().map(|line| serde_json::from_str(line).ok()).collect();
        let tasks: Option<Vec<Range<usize>>> = tasks.lines().map(parse_range).collect();
        let (Some(lines), Some(tasks)) = (lines, tasks) else { return Ok(None) };
        let mut end = 0;
        for task in &tasks {
            if task.start != end {
                return Ok(None);
            }
            end = task.end;
        }
        let is_whole = end == lines.len() && !tasks.is_empty();
        Ok(is_whole.then_some((lines, tasks)))
    }

    /// The attempts, in the order of their lines.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn lines(&self) -> Result<Vec<BatchLine>, StoreError> {
        let path = self.path.join("attempts.jsonl");
        let parse = |line: &str| {
            serde_json::from_str(line).map_err(|e| StoreError::reading(&path, &io::Error::other(e)))
        };
        read(&path)?.lines().map(parse).collect()
    }

    /// The lines of each task.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn tasks(&self) -> Result<Vec<Range<usize>>, StoreError> {
        let path = self.path.join("tasks");
        let wrong = || StoreError::reading(&path, &io::Error::other("a line is not a range"));
        read(&path)?.lines().map(|line| parse_range(line).ok_or_else(wrong)).collect()
    }

    /// Stores the name and hash of each model's inputs at the time when the batch was planned.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_inputs(&self, contents: &InputContents) -> Result<(), StoreError> {
        let path = self.path.join("inputs.json");
        let text = serde_json::to_string(contents)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }

    /// Names and hashes of each model's inputs when the batch was planned; empty if they were not
    /// stored.
    pub fn inputs(&self) -> InputContents {
        let text = fs::read_to_string(self.path.join("inputs.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Stores that the job of the batch is `job` of `scheduler`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_job(&self, scheduler: &str, job: &JobId) -> Result<(), StoreError> {
        self.write_job(&JobRecord { scheduler: scheduler.to_owned(), job: Some(job.0.clone()) })
    }

    /// Stores that the batch is about to be submitted to `scheduler`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn offer(&self, scheduler: &str) -> Result<(), StoreError> {
        self.write_job(&JobRecord { scheduler: scheduler.to_owned(), job: None })
    }

    fn write_job(&self, record: &JobRecord) -> Result<(), StoreError> {
        let path = self.path.join("job.json");
        let text = serde_json::to_string(record)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }

    /// The batch's job at `scheduler`; `None` if its name is not known, or if the batch was
    /// submitted to another scheduler.
    pub fn job(&self, scheduler: &str) -> Option<JobId> {
        let record = self.job_record().filter(|record| record.scheduler == scheduler);
        record.and_then(|record| record.job.map(JobId))
    }

    /// Whether the batch belongs to `scheduler` at `address`, or to no scheduler yet.
    pub fn is_for(&self, scheduler: &str, address: Option<&str>) -> bool {
        let is_named = self.job_record().is_none_or(|record| record.scheduler == scheduler);
        is_named && self.address().is_none_or(|known| Some(known.as_str()) == address)
    }

    /// Address of the scheduler to which it was submitted, if that has one.
    pub fn address(&self) -> Option<String> {
        fs::read_to_string(self.path.join(ADDRESS)).ok()
    }

    /// Stores that the scheduler of the batch is at `address`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_address(&self, address: &str) -> Result<(), StoreError> {
        write_atomically(&self.path.join(ADDRESS), address.as_bytes())
    }

    /// Name of the scheduler to which it was submitted, if that is known.
    pub fn scheduler(&self) -> Option<String> {
        self.job_record().map(|record| record.scheduler)
    }

    /// Its job as "Slurm job 4711", or that it was being submitted.
    pub fn shown_job(&self) -> Option<String> {
        let JobRecord { scheduler, job } = self.job_record()?;
        Some(match job {
            Some(job) => format!("{scheduler} job {job}"),
            None => format!("a {scheduler} job that batch {} was on its way to become", self.id),
        })
    }

    fn job_record(&self) -> Option<JobRecord> {
        let text = fs::read_to_string(self.path.join("job.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Folder of the workers' heartbeats.
    pub fn said(&self) -> PathBuf {
        self.path.join("said")
    }

    /// Hint for a person: what the worker of `task` printed last, or what to check if it printed
    /// nothing.
    pub(super) fn log_of(&self, task: usize) -> String {
        let log = self.path.join("log").join(format!("{task}.txt"));
        let folder = self.path.display();
        match fs::read_to_string(log).ok().and_then(|text| text.lines().last().map(str::to_owned)) {
            Some(line) => format!("it printed `{line}`"),
            None => format!("does that machine see `{folder}`?"),
        }
    }

    /// Marks the batch as closed: no more reports are expected. `heard` executions have written a
    /// heartbeat, and the ends of those with the files `unfinished` are not known.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn close(&self, heard: usize, unfinished: &[&str]) -> Result<(), StoreError> {
        let is_left = self.path.join(FOREIGN).exists();
        let name = if is_left { FOREIGN } else { CLOSED };
        let mut lines = vec![heard.to_string()];
        lines.extend(unfinished.iter().map(|name| (*name).to_owned()));
        write_atomically(&self.path.join(name), lines.join("\n").as_bytes())
    }

    /// Whether no more reports are expected, or the batch was left to another folder.
    pub fn is_over(&self) -> bool {
        self.closing().is_some()
    }

    fn closing(&self) -> Option<Closing> {
        let read = |name: &str| fs::read_to_string(self.path.join(name)).ok();
        let text = read(FOREIGN).or_else(|| read(CLOSED))?;
        let mut lines = text.lines();
        let heard = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
        Some(Closing { heard, unfinished: lines.map(str::to_owned).collect() })
    }

    /// Tells the workers of the batch to start no more attempts and not to ask to be started again.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn cancel(&self) -> Result<(), StoreError> {
        write_atomically(&self.path.join("cancelled"), b"")
    }

    /// Whether the batch was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.path.join("cancelled").exists()
    }

    /// Whether the attempt `token` must not begin or continue, because it alone or the whole batch
    /// is cancelled.
    pub fn is_stopped(&self, token: &str) -> bool {
        self.is_one_cancelled(token) || self.is_cancelled()
    }

    /// Whether workers must begin nothing, because all trials have ended or run elsewhere.
    pub fn is_closed(&self) -> bool {
        self.path.join(CLOSED).exists()
    }

    /// Tells workers not to begin the attempt `token`, or to stop it; other attempts continue.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn cancel_one(&self, token: &str) -> Result<(), StoreError> {
        write_atomically(&self.path.join(format!("cancelled.{token}")), b"")
    }

    /// Whether the attempt `token` alone was cancelled.
    pub fn is_one_cancelled(&self, token: &str) -> bool {
        self.path.join(format!("cancelled.{token}")).exists()
    }
}

/// Jobs of batches that are not closed, as "Slurm job 4711".
///
/// # Errors
/// [`StoreError`] if the batches cannot be listed.
pub fn open_jobs(folder: &StudyFolder) -> Result<Vec<String>, StoreError> {
    let batches = BatchFolder::unclosed(folder)?.into_iter();
    Ok(batches.filter_map(|batch| batch.shown_job()).collect())
}

/// Tokens of all attempts of batches that are not closed, and of their executions: a run that
/// begins must not mark them as lost.
///
/// # Errors
/// [`StoreError`] if a batch cannot be read.
pub fn open_tokens(folder: &StudyFolder) -> Result<BTreeSet<AttemptToken>, StoreError> {
    let mut tokens = BTreeSet::new();
    for batch in BatchFolder::unclosed(folder)? {
        // The attempts of a damaged batch are not known; its trials are started again.
        let Some((lines, _)) = batch.whole_lists()? else { continue };
        tokens.extend(lines.iter().filter_map(|line| AttemptToken::parse(&line.token)));
        for name in heartbeat::names(&batch.said())? {
            tokens.extend(name.split('.').nth(1).and_then(AttemptToken::parse));
        }
    }
    Ok(tokens)
}

/// Parses `A..B` into a range whose start is not after its end.
pub fn parse_range(text: &str) -> Option<Range<usize>> {
    let (start, end) = text.split_once("..")?;
    let range = start.parse().ok()?..end.parse().ok()?;
    (range.start <= range.end).then_some(range)
}

fn folders(folder: &StudyFolder) -> PathBuf {
    folder.root().join("batches")
}

fn number_of(id: &BatchId) -> u64 {
    id.as_str().split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn read(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|e| StoreError::reading(path, &e))
}
