//! Export to MLflow, against a server that answers as the real one did when it was recorded
//! (MLflow 3.17); `scripts/test-mlflow` does the same with the real one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::write_curves;
use crate::program::{run, run_well};

/// State of the server.
#[derive(Default)]
struct State {
    has_experiment: bool,
    /// Body of each `runs/create`, with what later calls added to the run.
    runs: Vec<Value>,
    requests: Vec<String>,
    /// Number of the request to refuse.
    fails_at: Option<usize>,
}

/// Starts a server and returns its address and its state. It ends with the test's process.
fn server(fails_at: Option<usize>) -> (String, Arc<Mutex<State>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::new(Mutex::new(State { fails_at, ..State::default() }));
    let shared = Arc::clone(&state);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve(&stream, &shared));
        }
    });
    (address, state)
}

/// Answers requests on one connection until it is closed.
fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            if header.trim().is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').unwrap();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let path = line.split_whitespace().nth(1).unwrap();
        let (status, answer) = state.lock().unwrap().answer(path, &body);
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        (&*stream).write_all(format!("{head}{text}").as_bytes()).unwrap();
    }
}

impl State {
    fn answer(&mut self, path: &str, body: &[u8]) -> (u16, Value) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let name = path.strip_prefix("/api/2.0/mlflow/").unwrap();
        self.requests.push(name.to_owned());
        if self.fails_at == Some(self.requests.len()) {
            let answer = json!({"error_code": "INTERNAL_ERROR", "message": "the disk is full"});
            return (500, answer);
        }
        let missing = json!({"error_code": "RESOURCE_DOES_NOT_EXIST",
            "message": "Could not find experiment with name 'my curves'", "sqlstate": "KAM00"});
        let experiment = json!({"experiment": {"experiment_id": "1", "name": "my curves",
            "artifact_location": "mlflow-artifacts:/1", "lifecycle_stage": "active"}});
        match name {
            "experiments/get-by-name?experiment_name=my%20curves" if self.has_experiment => {
                (200, experiment)
            }
            "experiments/get-by-name?experiment_name=my%20curves" => (404, missing),
            "experiments/create" => {
                self.has_experiment = true;
                (200, json!({"experiment_id": "1"}))
            }
            "runs/search" => self.search(&body),
            "runs/create" => {
                let id = format!("{:032x}", self.runs.len());
                let info = json!({"run_uuid": id, "run_id": id, "experiment_id": "1",
                    "status": "RUNNING", "lifecycle_stage": "active"});
                self.runs.push(json!({"info": info, "data": {"tags": body["tags"]}}));
                (200, json!({"run": self.runs.last(), "inputs": {}}))
            }
            "runs/log-batch" | "runs/update" => {
                let id = body["run_id"].as_str().unwrap();
                let run = self.runs.iter_mut().find(|run| run["info"]["run_id"] == id).unwrap();
                if name == "runs/update" {
                    run["info"]["status"] = body["status"].clone();
                    return (200, json!({"run_info": run["info"]}));
                }
                run["data"]["metrics"] = body["metrics"].clone();
                run["data"]["params"] = body["params"].clone();
                (200, json!({}))
            }
            _ => (404, Value::Null),
        }
    }

    /// Returns finished runs, three per page, so that paging is needed.
    fn search(&self, body: &Value) -> (u16, Value) {
        assert_eq!(body["filter"], "attributes.status = 'FINISHED'");
        let finished: Vec<&Value> =
            self.runs.iter().filter(|run| run["info"]["status"] == "FINISHED").collect();
        let start = body["page_token"].as_str().map_or(0, |token| token.parse().unwrap());
        let page: Vec<&Value> = finished.iter().skip(start).take(3).copied().collect();
        if page.is_empty() {
            return (200, json!({}));
        }
        let mut answer = json!({ "runs": page });
        if start + 3 < finished.len() {
            answer["next_page_token"] = json!((start + 3).to_string());
        }
        (200, answer)
    }
}

const WORDS: [&str; 6] = ["export", "mlflow", "curves.csv", "--experiment", "my curves", "--to"];

#[test]
fn each_measurement_and_fit_becomes_a_run_once() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    let (address, state) = server(None);
    let words: Vec<&str> = WORDS.into_iter().chain([address.as_str()]).collect();
    let first = run_well(folder.path(), &words).stdout;
    assert!(first.contains("made   12 runs in `my curves`"), "{first}");
    let second = run_well(folder.path(), &words).stdout;
    assert!(second.contains("made   0 runs in `my curves`; 12 were there already"), "{second}");
    let state = state.lock().unwrap();
    assert_eq!(state.runs.len(), 12);
    let first = &state.runs[0]["data"];
    let size = json!({"key": "size", "value": "100"});
    assert!(first["params"].as_array().unwrap().contains(&size), "{first}");
    assert_eq!(first["metrics"][0]["value"], 0.31);
    let fit = &state.runs[6]["data"];
    let steps: Vec<&Value> = fit["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|metric| metric["key"] == "error_by_size")
        .map(|metric| &metric["step"])
        .collect();
    assert_eq!(steps, [100, 200, 400, 800, 1600]);
}

#[test]
fn an_export_that_was_cut_off_is_finished_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    // The experiment is looked up and created, the runs are searched, two runs are complete, and
    // the third misses its end.
    let (address, state) = server(Some(3 + 2 * 3 + 3));
    let words: Vec<&str> = WORDS.into_iter().chain([address.as_str()]).collect();
    let cut = run(folder.path(), &words);
    assert_eq!(cut.code, Some(2));
    assert_eq!(
        cut.stderr.trim_end(),
        format!(
            "error: the MLflow server at {address} refused `runs/update` (500): the disk is \
             full\nhint: --experiment NAME for another one; runs made before stay and are not made \
             again"
        )
    );
    let again = run_well(folder.path(), &words).stdout;
    assert!(again.contains("made   10 runs in `my curves`; 2 were there already"), "{again}");
    let state = state.lock().unwrap();
    let finished = state.runs.iter().filter(|run| run["info"]["status"] == "FINISHED").count();
    assert_eq!(finished, 12);
}

#[test]
fn a_server_that_is_not_there_or_encrypted_is_told_with_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let told = |to: &str| {
        let words: Vec<&str> = WORDS.into_iter().chain([to]).collect();
        run(folder.path(), &words).stderr
    };
    let gone = told(&address);
    assert!(gone.contains("does not answer") && gone.contains("hint: mlflow server"), "{gone}");
    let encrypted = told("https://mlflow.example");
    assert!(encrypted.contains("without encryption"), "{encrypted}");
    let none = run(folder.path(), &["export", "mlflow", "curves.csv"]).stderr;
    assert!(none.contains("hint: tenfold export mlflow --to http://127.0.0.1:5000"), "{none}");
}
