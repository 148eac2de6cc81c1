//! Ends commands that take too long or were asked to stop, while other threads wait for their end.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::guard::Leash;
use crate::executor::clock::Clock;
use crate::trial::{Attempt, AttemptToken};

/// How often running commands are checked.
const LOOK: Duration = Duration::from_millis(50);

/// Time that a command has to end by itself after it was asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Time after which a guard that has not ended its command is killed together with it.
const CUT: Duration = Duration::from_secs(9);

/// Why a command was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It reached its time limit.
    TimedOut,
    /// It was asked to stop.
    Cancelled,
}

/// The running commands, and the thread that checks them.
#[derive(Clone, Debug)]
pub struct Watch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    running: Mutex<Running>,
    changed: Condvar,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Running {
    commands: BTreeMap<u32, Watched>,
    is_everything_cancelled: bool,
    cancelled: std::collections::BTreeSet<AttemptToken>,
    is_thread_started: bool,
}

#[derive(Debug)]
struct Watched {
    token: AttemptToken,
    leash: Leash,
    ends: Option<Duration>,
    /// Why and since when it was asked to end.
    asked: Option<(Why, Duration)>,
}

/// A command that is watched until [`Entry::end`] is called.
pub(super) struct Entry<'a> {
    watch: &'a Watch,
    group: u32,
}

impl Watch {
    /// A watch without commands.
    pub fn new(clock: Clock) -> Self {
        let shared = Shared { running: Mutex::default(), changed: Condvar::new(), clock };
        Self { shared: Arc::new(shared) }
    }

    /// Ends every command.
    pub fn cancel(&self) {
        self.shared.lock().is_everything_cancelled = true;
        self.shared.changed.notify_all();
    }

    /// Ends the command of one attempt.
    pub fn cancel_one(&self, token: &AttemptToken) {
        self.shared.lock().cancelled.insert(token.clone());
        self.shared.changed.notify_all();
    }

    /// Watches the command on `leash`, which runs `attempt` as process group `group` and may take
    /// `timeout`.
    pub(super) fn add(
        &self,
        group: u32,
        leash: Leash,
        attempt: &Attempt,
        timeout: Option<Duration>,
    ) -> Entry<'_> {
        let ends = timeout.map(|timeout| self.shared.clock.elapsed() + timeout);
        let token = attempt.token.clone();
        let watched = Watched { token, leash, ends, asked: None };
        let mut running = self.shared.lock();
        running.commands.insert(group, watched);
        if !running.is_thread_started {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name("commands".to_owned());
            // Without the thread, commands run without a limit; the next command tries to start it
            // again.
            running.is_thread_started = thread.spawn(move || look(&shared)).is_ok();
        }
        drop(running);
        self.shared.changed.notify_all();
        Entry { watch: self, group }
    }
}

impl Entry<'_> {
    /// Stops watching; returns why the command was ended, if the watch ended it.
    pub(super) fn end(self) -> Option<Why> {
        let watched = self.watch.shared.lock().commands.remove(&self.group)?;
        watched.asked.map(|(why, _)| why)
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(shared: &Shared) {
    let mut running = shared.lock();
    loop {
        let Running { commands, is_everything_cancelled, cancelled, .. } = &mut *running;
        let now = shared.clock.elapsed();
        for watched in commands.values_mut() {
            let why = if *is_everything_cancelled || cancelled.contains(&watched.token) {
                Some(Why::Cancelled)
            } else {
                watched.ends.filter(|ends| *ends <= now).map(|_| Why::TimedOut)
            };
            match (watched.asked, why) {
                (None, Some(why)) => {
                    watched.asked = Some((why, now));
                    watched.leash.terminate();
                }
                (Some((_, since)), _) if now >= since + CUT => watched.leash.cut(),
                (Some((_, since)), _) if now >= since + GRACE => watched.leash.kill(),
                _ => {}
            }
        }
        let is_idle = commands.is_empty();
        let waited = if is_idle {
            shared.changed.wait(running).map_err(PoisonError::into_inner)
        } else {
            let waited = shared.changed.wait_timeout(running, LOOK);
            waited.map(|(running, _)| running).map_err(|poison| poison.into_inner().0)
        };
        running = waited.unwrap_or_else(|running| running);
    }
}
