//! Handles signals that stop the program, and keeps those ignored that its parent process ignored.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// A wish that came as a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ctrl-C or `kill` asks the program to stop.
    Stop,
    /// The terminal is gone.
    HungUp,
}

/// Interval at which the flag of a lost terminal is read.
const PATIENCE: Duration = Duration::from_millis(50);

/// Set when the terminal is gone.
static IS_HUNG_UP: AtomicBool = AtomicBool::new(false);

/// Called for each signal: that of the run that is going on.
type Listener = Arc<dyn Fn(Wish) + Send + Sync>;

/// The listener that was given last; a program may run one study after the other.
static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

/// Calls `hear`, and no longer what was given before, for each signal. A signal that was ignored at the start stays ignored, because
/// `nohup`, or a shell that starts a background process, intends that. `SIGTERM` always stops the
/// program; `SIGQUIT` is left as it is.
///
/// # Errors
/// If the system does not take the handlers.
pub(crate) fn listen(hear: impl Fn(Wish) + Send + Sync + 'static) -> Result<()> {
    let mut listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = listener.replace(Arc::new(hear)).is_none();
    drop(listener);
    if !is_first {
        return Ok(());
    }
    let ignored = ignored();
    // `ctrlc` handles all three signals, even those that were ignored.
    ctrlc::set_handler(|| tell(Wish::Stop)).context("preparing for signals")?;
    for signal in [Signal::SIGINT, Signal::SIGHUP] {
        if is_in(ignored, signal) {
            set(signal, SigHandler::SigIgn)?;
        } else if signal == Signal::SIGHUP {
            set(signal, SigHandler::Handler(note_hang_up))?;
        }
    }
    let wait = || {
        while !IS_HUNG_UP.load(Ordering::SeqCst) {
            thread::sleep(PATIENCE);
        }
        tell(Wish::HungUp);
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).context("starting a thread")?;
    Ok(())
}

fn tell(wish: Wish) {
    let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(hear) = listener {
        hear(wish);
    }
}

extern "C" fn note_hang_up(_signal: c_int) {
    IS_HUNG_UP.store(true, Ordering::SeqCst);
}

#[expect(unsafe_code, reason = "the handler only sets a flag, which is safe in a handler")]
fn set(signal: Signal, handler: SigHandler) -> Result<()> {
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: an atomic store is all that the handler does.
    unsafe { sigaction(signal, &action) }.map(drop).context("preparing for signals")
}

/// The ignored signals as a bit mask, the lowest bit for signal 1; 0 if there is no `/proc`.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn is_in(mask: u64, signal: Signal) -> bool {
    mask >> (signal as c_int - 1) & 1 == 1
}
