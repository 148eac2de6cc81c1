//! The only file that reads the time, so that everything else gives the same result when it is
//! repeated.

use std::time::{Duration, Instant, SystemTime};

/// Wall-clock and monotonic time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Time since the clock was started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Seconds since 1970, for records that people read.
    pub fn seconds_since_epoch(&self) -> f64 {
        self.nanoseconds_since_epoch() as f64 * 1e-9
    }

    /// Nanoseconds since 1970; 0 if the machine's clock is set to an earlier time.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    pub fn nanoseconds_since_epoch(&self) -> u128 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |t| t.as_nanos())
    }
}
