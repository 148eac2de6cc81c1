//! Ends the processes of commands when this process has gone, however it went.
//!
//! A shell of its own process group reads which groups run from a pipe. When we end, even by
//! `SIGKILL`, the system closes the pipe, and the shell ends every group that is still in its list.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Keeps the list of groups; when its input ends, ends them.
const SCRIPT: &str = r#"
groups=" "
while read -r sign group; do
    case $sign in
        +) groups="$groups$group " ;;
        -) groups="${groups%% "$group" *} ${groups#* "$group" }" ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"#;

/// The shell, once there is a command to guard.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Option<Shell>>);

#[derive(Debug)]
struct Shell {
    child: Child,
    list: ChildStdin,
}

impl Guard {
    /// Guards the process group `group`.
    pub(super) fn add(&self, group: u32) {
        self.tell(&format!("+ {group}\n"));
    }

    /// Forgets `group`, which has ended.
    pub(super) fn remove(&self, group: u32) {
        self.tell(&format!("- {group}\n"));
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
