//! The guard of a command, in a separate process; see `guard`.

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

/// Time between two checks for remaining descendants.
const LOOK: Duration = Duration::from_millis(3);

/// How long to wait for a killed process to end: if it waits for a file server that does not
/// answer, it ends only when that answers.
const PATIENCE: Duration = Duration::from_secs(3);

/// Starts the command of `words`, with this process's folder, files and variables, and guards it
/// until all its processes have ended.
///
/// # Errors
/// If standard input is not the socket of the parent program.
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
    // The parent program may have gone already; the socket's end then shows that.
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

/// Makes processes whose parent ends children of this process, if the system supports that.
fn adopt_orphans() {
    // Without it, processes that leave the command's group survive, as on other systems.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

#[expect(clippy::disallowed_methods, reason = "the guard starts what it guards")]
fn start(words: &[OsString]) -> io::Result<Pid> {
    let program = words.first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program);
    command.args(&words[1..]).stdin(Stdio::null()).process_group(0);
    let child = command.spawn()?;
    // The command is reaped together with all adopted processes, so its handle is not needed.
    let number = child.id().cast_signed();
    Pid::from_raw(number).ok_or_else(|| io::Error::other("no number"))
}

/// Obeys the messages of the parent program, and kills everything when that has gone.
fn listen(mut said: BufReader<UnixStream>, child: Pid, has_ended: &AtomicBool) {
    loop {
        let mut line = String::new();
        match said.read_line(&mut line) {
            Ok(length) if length > 0 && line.trim() == word::TERM => {
                // Once the command was reaped, its number may belong to another process.
                if !has_ended.load(Ordering::SeqCst) {
                    let _ = kill_process_group(child, Signal::TERM);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The parent program asked to kill, or it has gone.
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

/// Waits for the command's own process and reaps others that end before it; returns its raw wait
/// status.
fn wait_for(child: Pid, has_ended: &AtomicBool) -> i32 {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if ended == child => {
                has_ended.store(true, Ordering::SeqCst);
                return status.as_raw();
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // The command was reaped elsewhere, so its status is not known.
            Err(_) => return 0x7f00,
        }
    }
}

/// Kills until no descendant is left.
fn end_all(child: Pid) {
    // The number stays that of the group as long as one process of the group lives.
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

/// Kills every process that descends from this one, as far as the system lists them.
fn kill_descendants() {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let status = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The process name, in brackets, may contain anything; state and parent follow it.
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
