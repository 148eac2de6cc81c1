//! The part of Ray's Jobs REST interface that is used here: six calls, one method each.
//!
//! Replies differ between versions of Ray. Fields that are not needed are not read, an unknown
//! status is not an error, and a reply that is not JSON is reported to the user.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::RayError;
use super::free_capacity::Node;
use crate::study::places::DashboardAddress;

/// Bytes of the longest reply that is read. The log of a job can be long; all other replies are
/// short.
const LONGEST_REPLY: u64 = 16 << 20;

/// The interface version that this was written for. It is that of Ray 2.60 and of much older
/// versions.
const KNOWN_INTERFACE: &str = "4";

/// A cluster's dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    agent: ureq::Agent,
    /// Longest wait for a reply, and longest wait for the reply to a submission.
    limits: (Duration, Duration),
    address: DashboardAddress,
    token: Option<String>,
}

/// The versions that a dashboard reports.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RayVersion {
    /// Version of the interface, `4` in Ray 2.60.
    #[serde(rename = "version")]
    pub interface: String,
    /// Version of Ray, `2.60.0`.
    #[serde(rename = "ray_version")]
    pub ray: String,
}

impl RayVersion {
    /// A sentence for the user if the interface is not the version that this program was written
    /// for.
    pub fn note(&self) -> Option<String> {
        (self.interface != KNOWN_INTERFACE).then(|| {
            format!(
                "Ray {} speaks version {} of the jobs interface, this program knows version \
                 {KNOWN_INTERFACE}",
                self.ray, self.interface
            )
        })
    }
}

/// A job to run.
#[derive(Clone, Debug)]
pub struct JobRequest<'a> {
    /// Name of the job; submitting a job with the same name again has no effect.
    pub id: &'a str,
    /// Shell command that starts the driver.
    pub entrypoint: &'a str,
    /// Environment variables of the driver.
    pub variables: &'a [(&'a str, &'a str)],
    /// Notes for people who read the dashboard.
    pub metadata: &'a [(&'a str, &'a str)],
}

/// Result of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The job is new.
    Accepted,
    /// A job with this name exists already.
    AlreadyThere,
}

/// The state of a job.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct JobState {
    /// Ray's name for the state: `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `STOPPED`, or a
    /// future one.
    pub status: String,
    /// Ray's message about it; may contain the end of the log.
    #[serde(default)]
    pub message: Option<String>,
    /// The metadata of its submission.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, Value>>,
}

impl JobState {
    /// Whether the driver has ended.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "SUCCEEDED" | "FAILED" | "STOPPED")
    }

    /// The metadata of its submission under `name`.
    pub fn carried(&self, name: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(name)?.as_str()
    }

    /// Whether the driver has not started yet.
    pub fn is_pending(&self) -> bool {
        self.status == "PENDING"
    }

    /// Why the job ended, or its state, in one line: Ray's message, followed by the last non-empty
    /// line of a log in it.
    pub fn reason(&self) -> String {
        let message = without_colours(self.message.as_deref().unwrap_or_default());
        let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("Ray says no more");
        let first = first.split(", last available logs").next().unwrap_or_default();
        let last = lines.next_back().map_or_else(String::new, |line| format!(": {line}"));
        format!("{} ({first}{last})", self.status)
    }
}

/// `text` without the escape sequences that change a terminal's colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

#[derive(Deserialize)]
struct Logs {
    logs: String,
}

/// The reply that contains the list of nodes.
#[derive(Deserialize)]
struct NodesReply {
    data: NodesData,
}

#[derive(Deserialize)]
struct NodesData {
    result: NodesResult,
}

#[derive(Deserialize)]
struct NodesResult {
    result: Vec<Node>,
}

#[derive(Deserialize)]
struct Stopped {
    stopped: bool,
}

/// One complete reply.
struct Reply {
    status: u16,
    text: String,
}

impl Reply {
    fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Dashboard {
    /// A client of the dashboard at `address`; each call carries `token`, if there is one. `limits`
    /// are the longest wait for a reply, and for the reply to a submission.
    pub fn new(
        address: DashboardAddress,
        token: Option<String>,
        limits: (Duration, Duration),
    ) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(limits.0))
            .http_status_as_error(false)
            // A Ray cluster is inside the network; a proxy would lead out of it.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .new_agent();
        Self { agent, limits, address, token }
    }

    /// Address of the dashboard.
    pub fn address(&self) -> &DashboardAddress {
        &self.address
    }

    /// The versions that the dashboard reports.
    ///
    /// # Errors
    /// [`RayError`] if nothing answers, or something other than Ray.
    pub fn version(&self) -> Result<RayVersion, RayError> {
        let reply = self.get("/api/version")?;
        match reply.status {
            404 => Err(self.not_ray("it has no version to tell".to_owned())),
            _ if reply.is_good() => self.document(&reply),
            _ => Err(self.refusal("say its version", &reply)),
        }
    }

    /// The cluster's nodes; `None` if it does not report them, as some versions do not.
    pub fn nodes(&self) -> Option<Vec<Node>> {
        let reply = self.get("/api/v0/nodes").ok().filter(Reply::is_good)?;
        let reply: NodesReply = serde_json::from_str(&reply.text).ok()?;
        Some(reply.data.result.result)
    }

    /// Submits `job`. Submitting a job with the same name again has no effect.
    ///
    /// # Errors
    /// [`RayError`]. After [`RayError::Unreachable`] the job may have been accepted.
    pub fn submit(&self, job: &JobRequest<'_>) -> Result<Submitted, RayError> {
        let body = json!({
            "entrypoint": job.entrypoint,
            "submission_id": job.id,
            "runtime_env": {"env_vars": object(job.variables)},
            "metadata": object(job.metadata),
        });
        let reply = self.post("/api/jobs/", &body.to_string())?;
        if reply.is_good() {
            // The content of the reply is not used; parsing it checks that it is JSON, as from Ray.
            let _named: Value = self.document(&reply)?;
            return Ok(Submitted::Accepted);
        }
        if reply.status >= 400 && reply.text.contains("already exists") {
            return Ok(Submitted::AlreadyThere);
        }
        Err(self.refusal("submit a job", &reply))
    }

    /// The state of job `id`; `None` if the cluster knows no such job.
    ///
    /// # Errors
    /// [`RayError`] if the dashboard does not report it.
    pub fn job(&self, id: &str) -> Result<Option<JobState>, RayError> {
        let reply = self.get(&format!("/api/jobs/{id}"))?;
        match reply.status {
            404 if is_unknown_job(&reply) => Ok(None),
            _ if reply.is_good() => self.document(&reply).map(Some),
            _ => Err(self.refusal("say where a job stands", &reply)),
        }
    }

    /// The output of job `id`; `None` if there is none, because the job was not placed yet (Ray may
    /// answer that with status 500) or is not known.
    ///
    /// # Errors
    /// [`RayError`] if nothing answers.
    pub fn logs(&self, id: &str) -> Result<Option<String>, RayError> {
        let reply = self.get(&format!("/api/jobs/{id}/logs"))?;
        if !reply.is_good() {
            return Ok(None);
        }
        let Logs { logs } = self.document(&reply)?;
        Ok(Some(logs).filter(|logs| !logs.is_empty()))
    }

    /// Asks job `id` to stop; returns whether there was anything to stop.
    ///
    /// # Errors
    /// [`RayError`] if the request was not accepted.
    pub fn stop(&self, id: &str) -> Result<bool, RayError> {
        let reply = self.post(&format!("/api/jobs/{id}/stop"), "")?;
        match reply.status {
            404 if is_unknown_job(&reply) => Ok(false),
            _ if reply.is_good() => self.document(&reply).map(|stopped: Stopped| stopped.stopped),
            _ => Err(self.refusal("stop a job", &reply)),
        }
    }

    fn get(&self, path: &str) -> Result<Reply, RayError> {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.read(request.call())
    }

    fn post(&self, path: &str, body: &str) -> Result<Reply, RayError> {
        // Only a submission has a body.
        let limit = if body.is_empty() { self.limits.0 } else { self.limits.1 };
        let mut request = self
            .agent
            .post(format!("{}{path}", self.address))
            .config()
            .timeout_global(Some(limit))
            .build()
            .header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.read(request.send(body))
    }

    fn read(
        &self,
        called: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Reply, RayError> {
        let mut response = called.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_REPLY).lossy_utf8(true);
        let text = body.read_to_string().map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(limit) => {
                self.not_ray(format!("a reply of more than {} MiB", limit >> 20))
            }
            error => self.unreachable(&error),
        })?;
        Ok(Reply { status, text })
    }

    fn unreachable(&self, error: &ureq::Error) -> RayError {
        if let ureq::Error::Protocol(error) = error {
            return self.not_ray(format!("it does not speak HTTP ({error})"));
        }
        let reason = match error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::HostNotFound => "there is no such host".to_owned(),
            ureq::Error::Timeout(_) => "no reply in time".to_owned(),
            error => error.to_string(),
        };
        let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
        RayError::Unreachable { address: self.address.to_string(), reason }
    }

    fn not_ray(&self, found: String) -> RayError {
        RayError::NotRay { address: self.address.to_string(), found }
    }

    fn document<T: for<'a> Deserialize<'a>>(&self, reply: &Reply) -> Result<T, RayError> {
        serde_json::from_str(&reply.text).map_err(|error| {
            let text = reply.text.trim_start();
            self.not_ray(if text.starts_with('<') {
                "it answers with a web page".to_owned()
            } else if error.is_eof() {
                "its reply is cut short".to_owned()
            } else {
                format!("its reply is not the one of the jobs interface ({error})")
            })
        })
    }

    fn refusal(&self, call: &'static str, reply: &Reply) -> RayError {
        if reply.text.trim_start().starts_with('<') {
            return self.not_ray(format!("it answers HTTP {} with a web page", reply.status));
        }
        let said = reply.text.lines().map(str::trim);
        // A traceback ends with the error; Ray may add a closing character after it.
        let reason = said.rev().find(|line| line.len() > 1).unwrap_or("it gave no reason");
        let address = self.address.to_string();
        RayError::Refused { address, call, status: reply.status, reason: reason.to_owned() }
    }
}

/// Whether a status 404 means that Ray does not know the job. Without Ray's jobs interface every
/// path gives a 404, whose text does not mention a job.
fn is_unknown_job(reply: &Reply) -> bool {
    reply.text.contains("does not exist")
}

fn object(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}
