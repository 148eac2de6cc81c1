//! What the guard of a command does, in a process of its own; see `guard`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};

use super::guard::word;
use crate::executor::clock::Clock;

/// Pause between two looks for descendants that are left.
const LOOK: Duration = Duration::from_millis(3);

/// How long what is killed is waited for: a process in the middle of a request to a dead file server
/// ends when that answers.
const PATIENCE: Duration = Duration::from_secs(3);

/// Starts the command of `words`, with this process's folder, files and variables, and guards it until
/// nothing of it is left.
///
/// # Errors
/// If standard input is not the socket of who started us.
pub fn keep(words: &[OsString]) -> io::Result<()> {
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.peer_addr()?;
    adopt_orphans();
    let child = start(words);
    let child = match child {
        Ok(child) => child,
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(rustix::io::Errno::NOENT.raw_os_error());
            return writeln!(socket, "{} {number}", word::REFUSED);
        }
    };
    // Who started us may have gone already; then the end of the socket says so.
    drop(writeln!(socket, "{} {}", word::STARTED, child.as_raw_nonzero()));
    let has_ended = Arc::new(AtomicBool::new(false));
    let listener = (BufReader::new(socket.try_clone()?), Arc::clone(&has_ended));
    let thread = std::thread::Builder::new().name("listener".to_owned());
    thread.spawn(move || listen(listener.0, child, &listener.1))?;
    let status = wait_for(child, &has_ended);
    end_all(child);
    drop(writeln!(socket, "{} {status}", word::ENDED));
    Ok(())
}

/// Makes processes whose parent ends children of this one, where the system can do that.
fn adopt_orphans() {
    // Without it, those that leave the command's group live on, as elsewhere.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

#[expect(clippy::disallowed_methods, reason = "the guard starts what it guards")]
fn start(words: &[OsString]) -> io::Result<Pid> {
    let program = words.first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program);
    command.args(&words[1..]).stdin(Stdio::null()).process_group(0);
    let child = command.spawn()?;
    // It is waited for with all others that become ours, so not by its handle.
    let number = child.id().cast_signed();
    Pid::from_raw(number).ok_or_else(|| io::Error::other("no number"))
}

/// Does what the one who started us says, and ends everything when he has gone.
fn listen(mut said: BufReader<UnixStream>, child: Pid, has_ended: &AtomicBool) {
    loop {
        let mut line = String::new();
        match said.read_line(&mut line) {
            Ok(length) if length > 0 && line.trim() == word::TERM => {
                // Once it was reaped its number may be another's.
                if !has_ended.load(Ordering::SeqCst) {
                    let _ = kill_process_group(child, Signal::TERM);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Asked to, or alone.
            _ => loop {
                kill_descendants();
                if !has_ended.load(Ordering::SeqCst) {
                    let _ = kill_process_group(child, Signal::KILL);
                }
                std::thread::sleep(LOOK);
            },
        }
    }
}

/// Waits for the command's own process, and reaps others that end before it; gives its status.
fn wait_for(child: Pid, has_ended: &AtomicBool) -> i32 {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if ended == child => {
                has_ended.store(true, Ordering::SeqCst);
                return status.as_raw();
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // Somebody else reaped it.
            Err(_) => return 0x7f00,
        }
    }
}

/// Kills until no descendant is left.
fn end_all(child: Pid) {
    // Its number is its group's as long as one of the group lives.
    let _ = kill_process_group(child, Signal::KILL);
    let clock = Clock::start();
    loop {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        kill_descendants();
        if clock.elapsed() > PATIENCE {
            let line =
                "some of its processes cannot be ended: they wait for a file server or a device";
            drop(writeln!(io::stderr(), "{line}"));
            return;
        }
        std::thread::sleep(LOOK);
    }
}

/// Kills every process that descends from this one, as far as the system tells which do.
fn kill_descendants() {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let status = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name, in brackets, may hold anything; state and parent follow.
        let parent =
            status.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut parents = vec![std::process::id().cast_signed()];
    while let Some(parent) = parents.pop() {
        for process in children.remove(&parent).unwrap_or_default() {
            if let Some(process) = Pid::from_raw(process) {
                let _ = kill_process(process, Signal::KILL);
            }
            parents.push(process);
        }
    }
}
