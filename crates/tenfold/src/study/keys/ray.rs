//! Keys of `[run.ray]`: where the cluster is, and what a task reserves there.

use super::{Key, KeyKind, Section, key};

/// The keys, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    Key {
        default: "the environment's `RAY_API_SERVER_ADDRESS`, else `RAY_ADDRESS` where that is an \
                  `http://` one, else `\"http://127.0.0.1:8265\"`",
        doc: "Address of the cluster's dashboard.",
        example: "\"http://10.0.0.1:8265\"",
        ..key(Section::Ray, "address", KeyKind::Text)
    },
    Key {
        default: "1",
        doc: "Cores that a task reserves.",
        example: "2",
        ..key(Section::Ray, "cpus", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "0",
        doc: "GPUs that a task reserves; a fraction shares one.",
        example: "0.5",
        ..key(Section::Ray, "gpus", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "none is reserved",
        doc: "Memory that a task reserves.",
        example: "\"4G\"",
        ..key(Section::Ray, "memory", KeyKind::Bytes)
    },
    Key {
        default: "none",
        doc: "Resources with names of the cluster's own that a task reserves.",
        example: "{ big_disk = 1 }",
        ..key(Section::Ray, "resources", KeyKind::Resources)
    },
    Key {
        default: "\"python3\"",
        doc: "The Python, with Ray installed, that starts the tasks; a path on the cluster's head.",
        example: "\"/opt/ray/bin/python\"",
        ..key(Section::Ray, "python", KeyKind::Text)
    },
    Key {
        default: "3",
        doc: "Times that Ray starts a task again by itself when its node is lost.",
        example: "3",
        ..key(Section::Ray, "retries", KeyKind::Count { from: 0, to: 100 })
    },
    Key {
        default: "as many as take about a minute, once a model's pace is known",
        doc: "Trials that one task runs, one after another, at most.",
        example: "8",
        ..key(Section::Ray, "pack", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "\"30s\"",
        doc: "How long the dashboard may take to answer; then it is asked again later.",
        example: "\"1m\"",
        ..key(Section::Ray, "query_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"2m\"",
        doc: "How long the dashboard may take to accept a job; then it is asked for the job before \
              trials are handed in again.",
        example: "\"5m\"",
        ..key(Section::Ray, "submit_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"5m\"",
        doc: "How long nothing may be heard of trials that Ray says run, until they are handed in anew; \
              twice as long the next time. More than a worker takes to read the data.",
        example: "\"30m\"",
        ..key(Section::Ray, "lost_after", KeyKind::Duration)
    },
];
