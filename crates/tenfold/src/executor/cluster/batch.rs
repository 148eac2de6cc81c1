//! A batch: attempts that were handed to a scheduler together, as files that workers read.
//!
//! `.tenfold/batches/<batch>/` holds `study.toml` (the text the study was planned from),
//! `attempts.jsonl` (one attempt a line), `inputs.json` (what the inputs held),
//! `tasks` (the lines of each task, one range a line),
//! `folder` (the token of the study's folder, which its job carries),
//! `address` (where the scheduler is that it was handed to, if there may be several),
//! `job.json` (what the scheduler calls it, once it has said so), `said/` (what workers say) and
//! `log/` (what they print). `tasks` is written last: without it nobody was handed anything.

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

/// File that says that no more is to be expected.
const CLOSED: &str = "closed";

/// File that says that the batch was handed in from another folder.
const FOREIGN: &str = "foreign";

/// Hash of the content of each input of each model, by their names.
pub type InputContents = BTreeMap<String, BTreeMap<String, String>>;

/// One attempt of a batch: a line of `attempts.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchLine {
    /// Token of the attempt. Each execution of it has a token of its own.
    pub token: String,
    /// Id that the trial has for the coordinator; a worker whose data give another refuses.
    pub trial: String,
    /// Name of the model.
    pub model: String,
    /// Training-set size.
    pub size: u64,
    /// Which seed, from 0.
    pub repeat: u64,
    /// Place in the model's grid, from 0.
    pub candidate: usize,
    /// 1 for the first attempt of the trial, 2 for the retry.
    pub number: u32,
    /// What was tried with the attempt in batches before this one.
    #[serde(default, skip_serializing_if = "History::is_new")]
    pub(super) history: History,
}

impl BatchLine {
    /// Whether the trial may get a result yet.
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
            repeat: trial.repeat,
            candidate: trial.candidate,
            number: attempt.number,
            history: History::default(),
        }
    }
}

/// The attempts of a batch, and the lines of each of its tasks.
pub type Lists = (Vec<BatchLine>, Vec<Range<usize>>);

/// What the scheduler called a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JobRecord {
    scheduler: String,
    /// `None` until it has said so.
    job: Option<String>,
}

/// What was known of a batch's executions when it was closed.
#[derive(Debug)]
struct Closing {
    /// How many had said something.
    heard: usize,
    /// Files of those that had not said how they ended.
    unfinished: Vec<String>,
}

/// The folder of one batch.
#[derive(Clone, Debug)]
pub struct BatchFolder {
    /// Its name.
    pub id: BatchId,
    /// Where it is.
    pub path: PathBuf,
}

impl BatchFolder {
    /// The folder of batch `id` in `folder`, whether or not it is there.
    pub fn open(folder: &StudyFolder, id: BatchId) -> Self {
        let path = folders(folder).join(id.as_str());
        Self { id, path }
    }

    /// All batches of a study that were written whole and of which more may be heard, oldest first.
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

    /// The batches of a study that are closed and of which more was heard since, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn closed_and_unheard(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut open = Self::open_batches(folder)?;
        open.retain(|batch| batch.closing().is_some());
        Ok(open)
    }

    /// The batches that were written whole, whatever has become of them, oldest first.
    fn whole(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut all = Self::all(folder)?;
        all.retain(|batch| batch.path.join("tasks").exists());
        Ok(all)
    }

    /// Whether nothing was said since the batch was closed; no if it is not closed.
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

    /// The batches of a study that were written whole and are not closed, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be listed.
    pub fn unclosed(folder: &StudyFolder) -> Result<Vec<Self>, StoreError> {
        let mut open = Self::whole(folder)?;
        open.retain(|batch| batch.closing().is_none());
        Ok(open)
    }

    /// All batches of a study, whatever has become of them, oldest first.
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

    /// Writes a batch of `attempts` for the study written as `text`, and syncs it as a whole.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; nobody will then take it for a batch.
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

    /// What the batch's job carries.
    pub fn mark(&self) -> JobMark {
        JobMark { batch: self.id.clone(), folder: read_token(&self.path.join(FOLDER)) }
    }

    /// Leaves the batch to the folder it was handed in from, which this one is a copy of: here no
    /// more is to be expected of it than what has been said already.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be written.
    pub fn leave(&self) -> Result<(), StoreError> {
        write_atomically(&self.path.join(FOREIGN), b"0")
    }

    /// Takes over a batch that was left to another folder.
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

    /// The attempts and the lines of each task, if they are whole: every line can be read, and the
    /// tasks have each of them once. `None` if the disk or somebody has damaged them.
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

    /// Writes what the inputs of each model held when the batch was planned: name and hash.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_inputs(&self, contents: &InputContents) -> Result<(), StoreError> {
        let path = self.path.join("inputs.json");
        let text = serde_json::to_string(contents)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }

    /// What the inputs of each model held when the batch was planned, as far as that was written.
    pub fn inputs(&self) -> InputContents {
        let text = fs::read_to_string(self.path.join("inputs.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Remembers that `scheduler` calls the batch `job`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_job(&self, scheduler: &str, job: &JobId) -> Result<(), StoreError> {
        self.write_job(&JobRecord { scheduler: scheduler.to_owned(), job: Some(job.0.clone()) })
    }

    /// Remembers that the batch is about to be handed to `scheduler`.
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

    /// What `scheduler` called the batch; `None` if it had not said so, or another was asked.
    pub fn job(&self, scheduler: &str) -> Option<JobId> {
        let record = self.job_record().filter(|record| record.scheduler == scheduler);
        record.and_then(|record| record.job.map(JobId))
    }

    /// Whether no other than `scheduler`, the one at `address`, has accepted the batch.
    pub fn is_for(&self, scheduler: &str, address: Option<&str>) -> bool {
        let is_named = self.job_record().is_none_or(|record| record.scheduler == scheduler);
        is_named && self.address().is_none_or(|known| Some(known.as_str()) == address)
    }

    /// Address of the scheduler that it was handed to, if it has one.
    pub fn address(&self) -> Option<String> {
        fs::read_to_string(self.path.join(ADDRESS)).ok()
    }

    /// Remembers that the scheduler it was handed to is at `address`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_address(&self, address: &str) -> Result<(), StoreError> {
        write_atomically(&self.path.join(ADDRESS), address.as_bytes())
    }

    /// The scheduler that it was handed to, if that is known.
    pub fn scheduler(&self) -> Option<String> {
        self.job_record().map(|record| record.scheduler)
    }

    /// Its job as "Slurm job 4711", or that it was on its way there.
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

    /// Folder of what workers say.
    pub fn said(&self) -> PathBuf {
        self.path.join("said")
    }

    /// Where to look for what the worker of `task` printed.
    pub(super) fn log_of(&self, task: usize) -> String {
        let log = self.path.join("log").join(format!("{task}.txt"));
        let folder = self.path.display();
        match fs::read_to_string(log).ok().and_then(|text| text.lines().last().map(str::to_owned)) {
            Some(line) => format!("it printed `{line}`"),
            None => format!("does that machine see `{folder}`?"),
        }
    }

    /// Marks the batch as one of which no more is to be expected: `heard` executions have said
    /// something, and those that have written the files `unfinished` not how they ended.
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

    /// Whether no more is to be expected of the batch, or it was left to another folder.
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

    /// Tells workers of the batch to start nothing more and not to ask to be started again.
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

    /// Whether the attempt `token` is not to begin or to go on, alone or with all others.
    pub fn is_stopped(&self, token: &str) -> bool {
        self.is_one_cancelled(token) || self.is_cancelled()
    }

    /// Whether workers have to begin nothing: all trials are over, or elsewhere.
    pub fn is_closed(&self) -> bool {
        self.path.join(CLOSED).exists()
    }

    /// Tells workers not to begin, or to stop, the attempt `token` alone.
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
/// begins must not take them for lost.
///
/// # Errors
/// [`StoreError`] if a batch cannot be read.
pub fn open_tokens(folder: &StudyFolder) -> Result<BTreeSet<AttemptToken>, StoreError> {
    let mut tokens = BTreeSet::new();
    for batch in BatchFolder::unclosed(folder)? {
        // Of a damaged one it is not known what is in it, and its trials are started anew.
        let Some((lines, _)) = batch.whole_lists()? else { continue };
        tokens.extend(lines.iter().filter_map(|line| AttemptToken::parse(&line.token)));
        for name in heartbeat::names(&batch.said())? {
            tokens.extend(name.split('.').nth(1).and_then(AttemptToken::parse));
        }
    }
    Ok(tokens)
}

/// `A..B` as a range that is not backwards.
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
