//! Ends the processes of commands when this process has gone, however it went.
//!
//! A shell of its own process group reads which groups run from a pipe. When we end, even by
//! `SIGKILL`, the system closes the pipe, and the shell ends every group that is still in its list.
//!
//! The group of a command is known when it has started, and we may be killed before we say it. So
//! each start is announced before, by its attempt, and the shell looks for the process that has
//! this attempt in its environment (`TENFOLD_ATTEMPT`). A new process holds our end of the pipe
//! until its program begins: when the pipe is closed, there is nothing to wait for. This part needs
//! `/proc`, as Linux has it.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::trial::AttemptToken;

/// Keeps the list, of words `attempt:group` with the group left out until it is known; when its
/// input ends, ends the groups. An environment is complete a moment after the pipe is closed, so an
/// attempt that is not found is looked for again; it may also have never started.
const SCRIPT: &str = r#"
list=" "
while read -r sign attempt group; do
    case $list in *" $attempt:"*)
        after=${list#*" $attempt:"}
        list="${list%%" $attempt:"*} ${after#* }"
    esac
    if [ "$sign" = + ]; then list="$list$attempt:$group "; fi
done
end() { kill -s KILL -- "-$1" 2>/dev/null; }
for look in 1 2 3 4 5; do
    unknown=
    for entry in $list; do
        attempt=${entry%:*} group=${entry#*:}
        if [ -n "$group" ]; then end "$group"; continue; fi
        found=$(grep -ls "TENFOLD_ATTEMPT=$attempt" /proc/[0-9]*/environ)
        if [ -z "$found" ]; then unknown="$unknown $entry"; fi
        for environ in $found; do
            # What follows the name: state, parent, group.
            status=$(cat "${environ%/*}/stat")
            set -- ${status##*)}
            end "$3"
        done
    done
    if [ -z "$unknown" ]; then break; fi
    list=$unknown
    sleep 0.3
done
"#;

/// The shell, once there is a command to guard.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Option<Shell>>);

#[derive(Debug)]
struct Shell {
    child: Child,
    list: ChildStdin,
}

/// An attempt in the list, until this is dropped.
#[derive(Debug)]
pub(super) struct Guarded<'a> {
    guard: &'a Guard,
    attempt: &'a AttemptToken,
}

impl Guard {
    /// Guards the command of `attempt`, which is about to start with that name in its environment.
    pub(super) fn announce<'a>(&'a self, attempt: &'a AttemptToken) -> Guarded<'a> {
        self.tell(&format!("+ {attempt}\n"));
        Guarded { guard: self, attempt }
    }

    /// A command runs unguarded rather than not at all, should there be no shell.
    fn tell(&self, line: &str) {
        let mut shell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shell.is_none() {
            *shell = start();
        }
        if let Some(shell) = shell.as_mut() {
            drop(shell.list.write_all(line.as_bytes()));
        }
    }
}

impl Guarded<'_> {
    /// It has started, in the process group `group`.
    pub(super) fn has_group(&self, group: u32) {
        self.guard.tell(&format!("+ {} {group}\n", self.attempt));
    }
}

impl Drop for Guarded<'_> {
    fn drop(&mut self) {
        self.guard.tell(&format!("- {}\n", self.attempt));
    }
}

#[expect(clippy::disallowed_methods, reason = "the shell that outlives this process")]
fn start() -> Option<Shell> {
    let mut child = Command::new("/bin/sh")
        .arg("-c")
        .arg(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in a terminal goes to the group of the foreground; this one has to stay.
        .process_group(0)
        .spawn()
        .ok()?;
    let list = child.stdin.take()?;
    Some(Shell { child, list })
}

impl Drop for Guard {
    fn drop(&mut self) {
        let shell = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Shell { mut child, list }) = shell {
            drop(list);
            drop(child.wait());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "what a command of the user's does")]
    fn sleeper(attempt: &AttemptToken) -> Child {
        let mut command = Command::new("sleep");
        command.arg("300").env("TENFOLD_ATTEMPT", attempt.as_str());
        command.process_group(0).spawn().unwrap()
    }

    /// Closes our end of the pipe, as the system does when we are killed, and waits for the shell.
    fn die(guard: &Guard) {
        let Shell { mut child, list } = guard.0.lock().unwrap().take().unwrap();
        drop(list);
        child.wait().unwrap();
    }

    fn check_is_killed(mut command: Child) {
        assert_eq!(command.wait().unwrap().signal(), Some(9));
    }

    #[test]
    fn commands_in_the_list_end_with_us_and_others_do_not() {
        let guard = Guard::default();
        let attempts = [0, 1, 2].map(AttemptToken::fresh);
        let [first, mut other, last] = attempts.each_ref().map(sleeper);
        let [first_entry, other_entry, last_entry] =
            attempts.each_ref().map(|attempt| guard.announce(attempt));
        first_entry.has_group(first.id());
        other_entry.has_group(other.id());
        last_entry.has_group(last.id());
        drop(other_entry);
        die(&guard);
        check_is_killed(first);
        check_is_killed(last);
        assert_eq!(other.try_wait().unwrap(), None);
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_command_whose_start_we_did_not_live_to_tell_ends_with_us() {
        let guard = Guard::default();
        let attempts = [0, 1, 2].map(AttemptToken::fresh);
        let entries = attempts.each_ref().map(|attempt| guard.announce(attempt));
        // The first never started, and the last is not ours any more.
        let (command, mut other) = (sleeper(&attempts[1]), sleeper(&attempts[2]));
        let [_first, _second, last] = entries;
        drop(last);
        die(&guard);
        check_is_killed(command);
        assert_eq!(other.try_wait().unwrap(), None);
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
