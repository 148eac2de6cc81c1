//! Signals that somebody sends to stop us, and those that whoever started us wants ignored.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// A wish that came as a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ctrl-C, or `kill`: stop.
    Stop,
    /// The terminal has gone.
    HungUp,
}

/// How often it is looked whether the terminal has gone.
const PATIENCE: Duration = Duration::from_millis(50);

/// Set when the terminal has gone.
static IS_HUNG_UP: AtomicBool = AtomicBool::new(false);

/// Calls `hear` for each signal. What came to us ignored stays so: `nohup` and a shell that starts us
/// behind its back mean it. `SIGTERM` always stops us; `SIGQUIT` is left as it is.
///
/// # Errors
/// If the system does not take the handlers.
pub(crate) fn listen(hear: impl Fn(Wish) + Send + Sync + 'static) -> Result<()> {
    let ignored = ignored();
    let hear = Arc::new(hear);
    let on_stop = Arc::clone(&hear);
    // It takes all three signals, whatever they were.
    ctrlc::set_handler(move || on_stop(Wish::Stop)).context("preparing for signals")?;
    for signal in [Signal::SIGINT, Signal::SIGHUP] {
        if is_in(ignored, signal) {
            set(signal, SigHandler::SigIgn)?;
        } else if signal == Signal::SIGHUP {
            set(signal, SigHandler::Handler(note_hang_up))?;
        }
    }
    let wait = move || {
        while !IS_HUNG_UP.load(Ordering::SeqCst) {
            thread::sleep(PATIENCE);
        }
        hear(Wish::HungUp);
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).context("starting a thread")?;
    Ok(())
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

/// The signals that are ignored, a bit each from 1; none where there is no `/proc`.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn is_in(mask: u64, signal: Signal) -> bool {
    mask >> (signal as c_int - 1) & 1 == 1
}
