//! Options of a Ray cluster: `[run.ray]`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{QUERY_TIMEOUT, RunPlace, SUBMIT_TIMEOUT};
use crate::study::findings::Findings;
use crate::study::keys::{Key, KeyKind, PlaceTable, Section, key};
use crate::study::table::Table;
use crate::study::typed::Typed;

/// The place.
pub(super) static PLACE: RunPlace = RunPlace {
    name: TABLE.name,
    doc: "on a Ray cluster",
    is_here: false,
    table: Some(&TABLE),
    keys: KEYS,
};

static TABLE: PlaceTable = PlaceTable {
    name: "ray",
    doc: "Where the Ray cluster is, and what a task reserves there; used with \
          `executor = \"ray\"`, see docs/ray.md.",
};

const SECTION: Section = Section::Place(&TABLE);

const KEYS: &[Key] = &[
    Key {
        default: "the environment's `RAY_API_SERVER_ADDRESS`, else `RAY_ADDRESS` where that is an \
                  `http://` one, else `\"http://127.0.0.1:8265\"`",
        doc: "Address of the cluster's dashboard.",
        example: "\"http://10.0.0.1:8265\"",
        ..key(SECTION, "address", KeyKind::Text)
    },
    Key {
        default: "1",
        doc: "Cores that a task reserves.",
        example: "2",
        ..key(SECTION, "cpus", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "0",
        doc: "GPUs that a task reserves; a fraction shares one.",
        example: "0.5",
        ..key(SECTION, "gpus", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "none is reserved",
        doc: "Memory that a task reserves.",
        example: "\"4G\"",
        ..key(SECTION, "memory", KeyKind::Bytes)
    },
    Key {
        default: "none",
        doc: "Resources with names of the cluster's own that a task reserves.",
        example: "{ big_disk = 1 }",
        ..key(SECTION, "resources", KeyKind::Resources)
    },
    Key {
        default: "\"python3\"",
        doc: "The Python, with Ray installed, that starts the tasks; a path on the cluster's head.",
        example: "\"/opt/ray/bin/python\"",
        ..key(SECTION, "python", KeyKind::Text)
    },
    Key {
        default: "3",
        doc: "Times that Ray starts a task again by itself when its node is lost.",
        example: "3",
        ..key(SECTION, "retries", KeyKind::Count { from: 0, to: 100 })
    },
    Key {
        default: "as many as take about a minute, once a model's pace is known",
        doc: "Trials that one task runs, one after another, at most.",
        example: "8",
        ..key(SECTION, "pack", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "\"30s\"",
        doc: "How long the dashboard may take to answer; then it is asked again later.",
        example: "\"1m\"",
        ..key(SECTION, "query_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"2m\"",
        doc: "How long the dashboard may take to accept a job; then it is asked for the job before \
              trials are handed in again.",
        example: "\"5m\"",
        ..key(SECTION, "submit_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"5m\"",
        doc: "How long nothing may be heard of trials that Ray says run, until they are handed in anew; \
              twice as long the next time. More than a worker takes to read the data.",
        example: "\"30m\"",
        ..key(SECTION, "lost_after", KeyKind::Duration)
    },
];

/// How long trials that Ray reports as running may be silent.
const LOST_AFTER: Duration = Duration::from_mins(5);

/// Options of a Ray cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct RayOptions {
    /// Address of its dashboard; `None` for the one in the environment, or else the default.
    pub address: Option<DashboardAddress>,
    /// Cores a task reserves.
    pub cpus: f64,
    /// GPUs a task reserves.
    pub gpus: f64,
    /// Bytes of memory that a task reserves; `None` to reserve none.
    pub memory: Option<u64>,
    /// Amounts that a task reserves of resources defined by this cluster, by name.
    pub resources: BTreeMap<String, f64>,
    /// The Python interpreter, with Ray installed, that starts the tasks.
    pub python: String,
    /// How often Ray itself restarts a task whose node is lost.
    pub retries: u64,
    /// Largest number of trials per task; `None` for as many as make a task worth starting.
    pub pack: Option<usize>,
    /// Longest wait for the dashboard's answer.
    pub query_timeout: Duration,
    /// Longest wait until the cluster has accepted a job.
    pub submit_timeout: Duration,
    /// How long trials that Ray reports as running may be silent before they are submitted again.
    pub lost_after: Duration,
}

/// Address of a dashboard: `http://HOST:PORT`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardAddress(String);

/// Why a text is not a valid dashboard address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The address is encrypted (`https://`).
    #[error("this program speaks no TLS to Ray")]
    Tls,
    /// The address is of another kind, such as one for programs inside the cluster.
    #[error("it does not start with `http://`")]
    NotHttp,
    /// The host is missing, or has a path or a user beside it.
    #[error("a host and a port are needed, and nothing after them")]
    NotHost,
    /// The port is not valid.
    #[error("its port is not a number from 1 to 65535")]
    Port,
}

impl DashboardAddress {
    /// Parses the address in `text`.
    ///
    /// # Errors
    /// [`AddressError`] if it is not `http://HOST` or `http://HOST:PORT`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let Some(host) = text.trim().strip_prefix("http://") else {
            let is_tls = text.starts_with("https://");
            return Err(if is_tls { AddressError::Tls } else { AddressError::NotHttp });
        };
        let host = host.trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if host.is_empty() || !host.chars().all(is_plain) {
            return Err(AddressError::NotHost);
        }
        let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return Err(AddressError::Port);
        }
        Ok(Self(format!("http://{host}")))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DashboardAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses the table into options.
pub(super) fn options(table: &Table, findings: &mut Findings) -> RayOptions {
    let python = table.text("python").map_or("python3", |(text, _)| text);
    RayOptions {
        address: address(table, findings),
        cpus: table.number("cpus").unwrap_or(1.0),
        gpus: table.number("gpus").unwrap_or(0.0),
        memory: table.count("memory"),
        resources: match table.get("resources") {
            Some((Typed::Resources(amounts), _)) => amounts.clone(),
            _ => BTreeMap::new(),
        },
        python: python.to_owned(),
        retries: table.count("retries").unwrap_or(3),
        pack: table.count("pack").and_then(|count| usize::try_from(count).ok()),
        query_timeout: table.duration("query_timeout").unwrap_or(QUERY_TIMEOUT),
        submit_timeout: table.duration("submit_timeout").unwrap_or(SUBMIT_TIMEOUT),
        lost_after: table.duration("lost_after").unwrap_or(LOST_AFTER),
    }
}

fn address(table: &Table, findings: &mut Findings) -> Option<DashboardAddress> {
    let (typed, span) = table.text("address")?;
    match DashboardAddress::parse(typed) {
        Ok(address) => Some(address),
        Err(error) => {
            let message =
                format!("`run.ray.address` is not the address of a Ray dashboard: {error}");
            findings
                .add(span, message, "")
                .hint("for example `address = \"http://10.0.0.1:8265\"`");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_dashboard_is_refused_with_the_reason() {
        let refused = |text: &str| DashboardAddress::parse(text).unwrap_err();
        assert_eq!(refused("https://ray.example"), AddressError::Tls);
        assert_eq!(refused("10.0.0.1:8265"), AddressError::NotHttp);
        assert_eq!(refused("ray://10.0.0.1:10001"), AddressError::NotHttp);
        assert_eq!(refused("http://a:99999"), AddressError::Port);
        assert_eq!(refused("http://a:0"), AddressError::Port);
        assert_eq!(refused("http://a:1/dashboard"), AddressError::NotHost);
        assert_eq!(refused("http://user@a:1"), AddressError::NotHost);
        assert_eq!(refused("http://"), AddressError::NotHost);
        let whole = |text: &str| DashboardAddress::parse(text).unwrap().to_string();
        assert_eq!(whole(" http://a:8265/"), "http://a:8265");
        assert_eq!(whole("http://[::1]:8265"), "http://[::1]:8265");
        assert_eq!(whole("http://[::1]"), "http://[::1]");
    }
}
