//! Named places where a test stops the program and kills it.
//!
//! `TENFOLD_FAULT=POINT:N:FILE` makes the thread that passes POINT for the N-th time write FILE
//! and wait for ever; the test, which waits for FILE, then sends `SIGKILL` to the process.
//! Without the variable a point costs one comparison.

use std::fs::File;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A place where a study may be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// An attempt is recorded, its trial not yet started.
    AfterLease,
    /// A command was started; nothing after its start has been done.
    CommandStarted,
    /// Between two evaluations of a training.
    MidTrial,
    /// The result is written to its temporary name, not yet published.
    BeforePublish,
    /// The result file has its final name; the coordinator has not been notified.
    AfterPublish,
    /// The coordinator has received the result; the database does not hold it yet.
    BeforeIngest,
    /// All results are in the database, the curve is being fitted.
    DuringFit,
}

impl Point {
    /// Every point.
    pub const ALL: [Self; 7] = [
        Self::AfterLease,
        Self::CommandStarted,
        Self::MidTrial,
        Self::BeforePublish,
        Self::AfterPublish,
        Self::BeforeIngest,
        Self::DuringFit,
    ];

    /// Name in the environment variable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AfterLease => "after-lease",
            Self::CommandStarted => "command-started",
            Self::MidTrial => "mid-trial",
            Self::BeforePublish => "before-publish",
            Self::AfterPublish => "after-publish",
            Self::BeforeIngest => "before-ingest",
            Self::DuringFit => "during-fit",
        }
    }
}

struct Fault {
    point: Point,
    passes_left: AtomicU64,
    marker: String,
}

/// Blocks this thread for ever if `TENFOLD_FAULT` names this point and this pass.
pub fn pass(point: Point) {
    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
    let asked = FAULT.get_or_init(|| parse(&std::env::var("TENFOLD_FAULT").ok()?));
    let Some(fault) = asked.as_ref().filter(|fault| fault.point == point) else { return };
    if fault.passes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
        // If the marker cannot be written the test times out, which is the right failure.
        drop(File::create(&fault.marker));
        loop {
            std::thread::park();
        }
    }
}

fn parse(text: &str) -> Option<Fault> {
    let mut parts = text.splitn(3, ':');
    let name = parts.next()?;
    let point = Point::ALL.into_iter().find(|point| point.name() == name)?;
    let passes_left = AtomicU64::new(parts.next()?.parse().ok()?);
    Some(Fault { point, passes_left, marker: parts.next()?.to_owned() })
}
