//! Exports curves to an MLflow server through its REST interface: one run per measurement and one
//! per fit.
//!
//! Every run has the tag `tenfold.point`, a hash of its content. A run whose tag exists already is
//! not created again, so that an export that was cut off or repeated makes no duplicates.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenfold_core::CurvePoint;
use ureq::Agent;

use crate::analysis::CurveReport;
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::report::StudyReport;

/// Longest time for one request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs that a search returns at a time; MLflow allows up to 50,000.
const PAGE: u32 = 1000;

/// Name of the tag with the hash of a run's content.
const TAG: &str = "tenfold.point";

/// What an export changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Number of runs that were created.
    pub new: usize,
    /// Number of runs that existed already.
    pub known: usize,
}

/// A run to be made.
struct NewRun {
    name: String,
    parameters: Vec<(&'static str, String)>,
    /// Name, value, step.
    metrics: Vec<(String, f64, i64)>,
}

/// Makes a run for each measurement and fit of `report` in `experiment` of the server at `url`.
///
/// `now` is the time in milliseconds since 1970.
///
/// # Errors
/// A server that does not answer, or answers with an error; runs made before it stay.
pub fn export(
    report: &StudyReport,
    url: &str,
    experiment: &str,
    now: i64,
) -> Result<Exported, Problems> {
    let server = Server::new(url)?;
    let id = server.experiment(experiment)?;
    let known = server.known_points(&id)?;
    let mut exported = Exported::default();
    for run in report.curves.iter().flat_map(runs_of) {
        let point = run.hash();
        if known.contains(&point) {
            exported.known += 1;
            continue;
        }
        server.make(&id, &run, &point, now)?;
        exported.new += 1;
    }
    Ok(exported)
}

/// The runs of a curve: its measurements, then its fit, with sizes as the steps of its errors.
fn runs_of(curve: &CurveReport) -> Vec<NewRun> {
    let kind = curve.curve.metric().name().to_owned();
    let mut runs = Vec::new();
    for point in curve.curve.points() {
        for one in &point.replicates {
            runs.push(NewRun {
                name: format!("{} {} seed {}", curve.name, point.size, one.seed),
                parameters: vec![
                    ("curve", curve.name.clone()),
                    ("size", point.size.to_string()),
                    ("seed", one.seed.to_string()),
                    ("kind", kind.clone()),
                ],
                metrics: vec![(error_name(point, "error"), one.error, 0)],
            });
        }
    }
    if let Some(fitted) = curve.fitted() {
        let errors = curve.curve.points().iter();
        // A step is an integer; no real training-set size is too large for it.
        let mut metrics: Vec<(String, f64, i64)> = errors
            .map(|point| {
                let name = error_name(point, "error_by_size");
                (name, point.error(), point.size.get() as i64)
            })
            .collect();
        for parameter in &fitted.fit.parameters {
            metrics.push((parameter.name.to_owned(), parameter.estimate.value, 0));
        }
        runs.push(NewRun {
            name: format!("{} fit", curve.name),
            parameters: vec![
                ("fit_of", curve.name.clone()),
                ("law", fitted.fit.law.to_owned()),
                ("kind", kind),
            ],
            metrics,
        });
    }
    runs
}

/// `name`, with a suffix for an error that is only an upper bound.
fn error_name(point: &CurvePoint, name: &str) -> String {
    if point.is_censored { format!("{name}_upper_bound") } else { name.to_owned() }
}

impl NewRun {
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (name, text) in &self.parameters {
            hash.update(format!("{name}={text}\n"));
        }
        for (name, value, step) in &self.metrics {
            hash.update(format!("{name}@{step}={:x}\n", value.to_bits()));
        }
        hash.finalize()
            .iter()
            .take(10)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// An MLflow server.
struct Server {
    url: String,
    agent: Agent,
}

impl Server {
    fn new(url: &str) -> Result<Self, Problems> {
        let url = url.trim_end_matches('/');
        if !url.starts_with("http://") {
            let message =
                format!("`{url}` is not the address of an MLflow server without encryption");
            let hint = "--to http://127.0.0.1:5000; for https, forward a port: ssh -L \
                        5000:localhost:5000 HOST";
            return Err(Problem::new(ProblemKind::Usage, message).hint(hint).into());
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Ok(Self { url: url.to_owned(), agent: config.new_agent() })
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/2.0/mlflow/{path}", self.url)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Problems> {
        let request =
            self.agent.post(self.address(path)).header("content-type", "application/json");
        let (status, answer) = self.answer(request.send(body.to_string()))?;
        if status == 200 { Ok(answer) } else { Err(self.refused(path, status, &answer)) }
    }

    /// Status and document of an answer.
    fn answer(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<(u16, Value), Problems> {
        let unreachable = |error: ureq::Error| {
            let message = format!("the MLflow server at {} does not answer: {error}", self.url);
            let hint = "mlflow server --port 5000, or --to with the address of one that runs";
            Problem::new(ProblemKind::Store, message).hint(hint)
        };
        let mut answer = answer.map_err(unreachable)?;
        let text = answer.body_mut().read_to_string().map_err(unreachable)?;
        Ok((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    fn refused(&self, path: &str, status: u16, answer: &Value) -> Problems {
        let said = answer["message"].as_str().unwrap_or("it is not MLflow that answers");
        let message =
            format!("the MLflow server at {} refused `{path}` ({status}): {said}", self.url);
        let hint =
            "--experiment NAME for another one; runs made before stay and are not made again";
        Problem::new(ProblemKind::Store, message).hint(hint).into()
    }

    /// The experiment's id; the experiment is created if it does not exist.
    fn experiment(&self, name: &str) -> Result<String, Problems> {
        let path = "experiments/get-by-name";
        let request = self.agent.get(self.address(path)).query("experiment_name", name);
        let (status, answer) = self.answer(request.call())?;
        let found = answer["experiment"]["experiment_id"].as_str();
        if let (200, Some(id)) = (status, found) {
            return Ok(id.to_owned());
        }
        if answer["error_code"] != "RESOURCE_DOES_NOT_EXIST" {
            return Err(self.refused(path, status, &answer));
        }
        let made = self.post("experiments/create", &json!({ "name": name }))?;
        let id = made["experiment_id"].as_str().map(str::to_owned);
        id.ok_or_else(|| self.refused("experiments/create", 200, &made))
    }

    /// The tags of the experiment's finished runs, which identify what was exported already.
    fn known_points(&self, experiment: &str) -> Result<BTreeSet<String>, Problems> {
        let mut points = BTreeSet::new();
        let mut page: Option<String> = None;
        loop {
            let query = json!({
                "experiment_ids": [experiment], "max_results": PAGE, "page_token": page,
                // Only finished runs count: a run that was cut off is created again.
                "filter": "attributes.status = 'FINISHED'",
            });
            let found = self.post("runs/search", &query)?;
            let runs = found["runs"].as_array().into_iter().flatten();
            let tags = runs.filter_map(|run| run["data"]["tags"].as_array()).flatten();
            let of_us = tags.filter(|tag| tag["key"] == TAG);
            points.extend(of_us.filter_map(|tag| tag["value"].as_str()).map(str::to_owned));
            match found["next_page_token"].as_str() {
                Some(token) if !token.is_empty() => page = Some(token.to_owned()),
                _ => return Ok(points),
            }
        }
    }

    fn make(&self, experiment: &str, run: &NewRun, point: &str, now: i64) -> Result<(), Problems> {
        let body = json!({
            "experiment_id": experiment, "run_name": run.name, "start_time": now,
            "tags": [{"key": TAG, "value": point}],
        });
        let made = self.post("runs/create", &body)?;
        let Some(id) = made["run"]["info"]["run_id"].as_str() else {
            return Err(self.refused("runs/create", 200, &made));
        };
        let metrics: Vec<Value> = run
            .metrics
            .iter()
            .map(|(key, value, step)| {
                json!({"key": key, "value": value, "timestamp": now, "step": step})
            })
            .collect();
        let parameters: Vec<Value> =
            run.parameters.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let batch = json!({"run_id": id, "metrics": metrics, "params": parameters});
        self.post("runs/log-batch", &batch)?;
        let end = json!({"run_id": id, "status": "FINISHED", "end_time": now});
        self.post("runs/update", &end)?;
        Ok(())
    }
}
