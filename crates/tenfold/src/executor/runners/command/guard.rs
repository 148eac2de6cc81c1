//! The guard of one command: a process of this program between us and the command, which ends
//! whatever the command started, however the command, or we, end.
//!
//! The guard ([`super::keep`]) starts the command in a process group of its own and tells us its
//! number; we tell it which signal to send. When the command ends, or our end of the socket between
//! us closes because we have gone, it kills until no descendant is left. On Linux processes whose
//! parent has ended become children of the guard, so that none escapes by a session of its own.

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

/// Words between us and a guard: one a line.
pub(super) mod word {
    /// The command has started; its number follows.
    pub(in super::super) const STARTED: &str = "started";
    /// The command could not be started; the system's number of the error follows.
    pub(in super::super) const REFUSED: &str = "refused";
    /// The command and all it started have ended; its status follows, as the system gives it.
    pub(in super::super) const ENDED: &str = "ended";
    /// Asks the command to end.
    pub(in super::super) const TERM: &str = "term";
    /// Ends the command and all it started.
    pub(in super::super) const KILL: &str = "kill";
}

/// How long a guard may take to read what it is told, before it is taken for stopped.
const TELLING: Duration = Duration::from_millis(200);

/// The program that guards commands, once it is known.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Lets this very program guard commands: it has to understand `guard`. Where nobody says so, as in
/// a program that only uses the library, a command ends with its process group and with nothing else.
pub fn guard_by_this_program() {
    // The file may be replaced while we run; this names the one that does.
    let running = PathBuf::from("/proc/self/exe");
    let program = if running.exists() { Some(running) } else { std::env::current_exe().ok() };
    if let Some(program) = program {
        PROGRAM.get_or_init(|| program);
    }
}

/// A command before it starts: its words, and a process that is to become it or its guard.
pub(super) struct Guarded {
    /// Everything but the words: folder, files, variables.
    pub(super) command: Command,
    socket: Option<(UnixStream, UnixStream)>,
}

/// A command that was started.
#[derive(Debug)]
pub(super) struct Started {
    /// Number of the command's own process and of its group.
    group: u32,
    /// The guard, or the command itself where there is none.
    child: Child,
    guard: Option<BufReader<UnixStream>>,
}

/// What reaches a command that was started, from any thread.
#[derive(Debug)]
pub(super) struct Leash {
    group: u32,
    guard: Option<(u32, UnixStream)>,
}

impl Guarded {
    /// A command of `words`, the program first.
    ///
    /// # Errors
    /// If the system gives no socket.
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

    /// Starts it, in a process group of its own.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(super) fn start(mut self) -> io::Result<Started> {
        let child = self.command.process_group(0).spawn()?;
        // Its copies of the other end close here, so that the guard's end is heard.
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

    /// What sends signals to it.
    pub(super) fn leash(&self) -> Leash {
        let socket = self.guard.as_ref().and_then(|guard| guard.get_ref().try_clone().ok());
        Leash { group: self.group, guard: socket.map(|socket| (self.child.id(), socket)) }
    }

    /// Waits until it, and all it started, has ended; gives how it ended itself.
    ///
    /// # Errors
    /// If its guard was ended before.
    pub(super) fn wait(mut self) -> io::Result<ExitStatus> {
        if self.guard.is_none() {
            // It is not reaped yet, so nobody else can have its number while its group is ended.
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

    /// The first thing its guard says. A command that stops its guard may do so before that is said:
    /// then nobody would ever hear of it, so the guard is told to go on.
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

    /// The next thing its guard says, with the number that follows.
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
    /// Asks it to end.
    pub(super) fn terminate(&self) {
        self.tell(word::TERM, Signal::TERM);
    }

    /// Ends it, with all it started.
    pub(super) fn kill(&self) {
        self.tell(word::KILL, Signal::KILL);
    }

    /// Ends a guard that does not do what it is told, and the command's group.
    pub(super) fn cut(&self) {
        if let Some((guard, _)) = self.guard {
            signal(guard, Signal::KILL);
        }
        signal(self.group, Signal::KILL);
    }

    fn tell(&self, word: &str, direct: Signal) {
        match &self.guard {
            // One that is stopped is cut off later.
            Some((_, socket)) => drop((&*socket).write_all(format!("{word}\n").as_bytes())),
            None => signal(self.group, direct),
        }
    }
}

/// Sends `signal` to the processes of `group`; those that have ended need none.
pub(in crate::executor) fn signal(group: u32, signal: Signal) {
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

/// Waits until process `id` has ended, and leaves its number taken.
fn wait_without_reaping(id: u32) {
    let Some(process) = i32::try_from(id).ok().and_then(Pid::from_raw) else {
        return;
    };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(process), options), Err(rustix::io::Errno::INTR)) {}
}
