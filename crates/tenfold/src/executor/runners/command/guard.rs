//! The guard of one command: a process of this program between the program and the command. It ends
//! all that the command started, however the command or the program ends.
//!
//! The guard ([`super::keep`]) starts the command in a separate process group and reports its
//! number to the program; the program tells the guard which signal to send. When the command ends,
//! or when the program's end of the socket closes because the program has gone, the guard kills
//! until no descendant is left. On Linux, processes whose parent has ended become children of the
//! guard, so none escapes by starting its own session.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Messages between the program and a guard, one per line.
pub(super) mod word {
    /// The command has started; its process id follows.
    pub(in super::super) const STARTED: &str = "started";
    /// The command could not be started; the system's error number follows.
    pub(in super::super) const REFUSED: &str = "refused";
    /// The command and all it started have ended; its raw wait status follows.
    pub(in super::super) const ENDED: &str = "ended";
    /// Asks the command to end.
    pub(in super::super) const TERM: &str = "term";
    /// Ends the command and all it started.
    pub(in super::super) const KILL: &str = "kill";
}

/// How long a guard may take to read a message before it counts as stopped.
const TELLING: Duration = Duration::from_millis(200);

/// The program that guards commands, once it is known.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Lets this program guard commands, for which it has to understand the argument `guard`. Unless
/// this is called, as in a program that only uses the library, the end of a command ends only its
/// process group.
pub fn guard_by_this_program() {
    // The program's file may be replaced while it runs; this path names the running one.
    let running = PathBuf::from("/proc/self/exe");
    let program = if running.exists() { Some(running) } else { std::env::current_exe().ok() };
    if let Some(program) = program {
        PROGRAM.get_or_init(|| program);
    }
}

/// A command before it starts: its words, and a process that becomes it or its guard.
pub(super) struct Guarded {
    /// Everything except the words: folder, files, variables.
    pub(super) command: Command,
    socket: Option<(UnixStream, UnixStream)>,
}

/// A command that has started.
#[derive(Debug)]
pub(super) struct Started {
    /// Process id of the command, which is also the number of its process group.
    group: u32,
    /// The guard, or the command itself if there is no guard.
    child: Child,
    guard: Option<BufReader<UnixStream>>,
}

/// A handle that sends signals to a started command, from any thread.
#[derive(Debug)]
pub(super) struct Leash {
    group: u32,
    guard: Option<(u32, UnixStream)>,
}

impl Guarded {
    /// A command of `words`, the program first.
    ///
    /// # Errors
    /// If the system cannot create a socket.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that runs a command of the user's"
    )]
    pub(super) fn new(words: &[OsString]) -> io::Result<Self> {
        let Some(program) = PROGRAM.get() else {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).stdin(Stdio::null());
            return Ok(Self { command, socket: None });
        };
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command.arg0("tenfold").arg("guard").arg("--").args(words);
        command.stdin(OwnedFd::from(theirs.try_clone()?));
        Ok(Self { command, socket: Some((ours, theirs)) })
    }

    /// Starts it, in a separate process group.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(super) fn start(mut self) -> io::Result<Started> {
        let child = self.command.process_group(0).spawn()?;
        // This closes the parent's copy of the guard's end, so that the end of the guard closes the
        // socket.
        drop(self.command);
        let Some((ours, theirs)) = self.socket else {
            return Ok(Started { group: child.id(), child, guard: None });
        };
        drop(theirs);
        ours.set_write_timeout(Some(TELLING))?;
        let mut started = Started { group: 0, child, guard: Some(BufReader::new(ours)) };
        match started.hear_start()? {
            (said, number) if said == word::STARTED => {
                started.group = number.cast_unsigned();
                Ok(started)
            }
            (said, number) if said == word::REFUSED => {
                drop(started.child.wait());
                Err(io::Error::from_raw_os_error(number))
            }
            _ => Err(io::Error::other("its guard does not say what it did")),
        }
    }
}

impl Started {
    pub(super) fn group(&self) -> u32 {
        self.group
    }

    /// A handle that sends signals to it.
    pub(super) fn leash(&self) -> Leash {
        let socket = self.guard.as_ref().and_then(|guard| guard.get_ref().try_clone().ok());
        Leash { group: self.group, guard: socket.map(|socket| (self.child.id(), socket)) }
    }

    /// Waits until it and all it started have ended; returns its own exit status.
    ///
    /// # Errors
    /// If its guard was ended before that.
    pub(super) fn wait(mut self) -> io::Result<ExitStatus> {
        if self.guard.is_none() {
            // It is not reaped yet, so its number cannot be reused while its group is killed.
            wait_without_reaping(self.group);
            signal(self.group, Signal::KILL);
            return self.child.wait();
        }
        let heard = self.hear();
        drop(self.child.wait());
        match heard {
            Ok((said, status)) if said == word::ENDED => Ok(ExitStatus::from_raw(status)),
            _ => {
                signal(self.group, Signal::KILL);
                Err(io::Error::other("the process that guards it was ended"))
            }
        }
    }

    /// The first message of its guard. A command that stops its guard may do so before that
    /// message; then no message would ever come, so the guard is told to continue.
    fn hear_start(&mut self) -> io::Result<(String, i32)> {
        let mut line = String::new();
        let Some(guard) = &mut self.guard else { return Ok(word_and_number(&line)) };
        guard.get_ref().set_read_timeout(Some(TELLING))?;
        while let Err(error) = guard.read_line(&mut line) {
            if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
                return Err(error);
            }
            signal(self.child.id(), Signal::CONT);
        }
        guard.get_ref().set_read_timeout(None)?;
        Ok(word_and_number(&line))
    }

    /// The next message of its guard, with the number that follows.
    fn hear(&mut self) -> io::Result<(String, i32)> {
        let mut line = String::new();
        if let Some(guard) = &mut self.guard {
            guard.read_line(&mut line)?;
        }
        Ok(word_and_number(&line))
    }
}

fn word_and_number(line: &str) -> (String, i32) {
    let (said, number) = line.trim().split_once(' ').unwrap_or_default();
    (said.to_owned(), number.parse().unwrap_or_default())
}

impl Leash {
    /// Asks the command to end.
    pub(super) fn terminate(&self) {
        self.tell(word::TERM, Signal::TERM);
    }

    /// Kills the command and all it started.
    pub(super) fn kill(&self) {
        self.tell(word::KILL, Signal::KILL);
    }

    /// Kills a guard that does not react to messages, and the command's group.
    pub(super) fn cut(&self) {
        if let Some((guard, _)) = self.guard {
            signal(guard, Signal::KILL);
        }
        signal(self.group, Signal::KILL);
    }

    fn tell(&self, word: &str, direct: Signal) {
        match &self.guard {
            // A guard that is stopped is killed later, by `cut`.
            Some((_, socket)) => drop((&*socket).write_all(format!("{word}\n").as_bytes())),
            None => signal(self.group, direct),
        }
    }
}

/// Sends `signal` to the processes of `group`; processes that have ended are ignored.
pub(in crate::executor) fn signal(group: u32, signal: Signal) {
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

/// Waits until process `id` has ended, without releasing its process id.
fn wait_without_reaping(id: u32) {
    let Some(process) = i32::try_from(id).ok().and_then(Pid::from_raw) else {
        return;
    };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(process), options), Err(rustix::io::Errno::INTR)) {}
}
