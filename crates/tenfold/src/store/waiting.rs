//! Waits for a database that another program has locked, and tells the user that it waits.

use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

/// How long to wait for a locked database.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// Time between two tries.
const NAP: Duration = Duration::from_millis(50);

/// Tries after which the listener is told: a reader of our own has finished by then.
const SAID_AT: i32 = 20;

/// Receives the message that the program waits. A `static`, because SQLite's callback is a plain
/// function without state.
static LISTENER: OnceLock<Listener> = OnceLock::new();

type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// Sets the listener that is told when the program waits for a database. Only the first call
/// counts.
pub fn tell(listener: impl Fn(&str) + Send + Sync + 'static) {
    // A later listener is ignored.
    drop(LISTENER.set(Box::new(listener)));
}

/// Makes `connection` wait for a locked database instead of failing at once.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait))
}

/// Waits once more after `looks` waits. Returns whether SQLite should try again.
fn wait(looks: i32) -> bool {
    if looks == SAID_AT
        && let Some(listener) = LISTENER.get()
    {
        let seconds = LONGEST.as_secs();
        listener(&format!(
            "another program has locked the study's database: waiting for it, up to {seconds} s"
        ));
    }
    thread::sleep(NAP);
    NAP.saturating_mul(looks.unsigned_abs()) < LONGEST
}

/// Whether the disk of `path` has too little space for the smallest file of the database.
pub(super) fn is_disk_full(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let found = rustix::fs::statvfs(folder.unwrap_or(Path::new(".")));
    found.is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < SMALLEST)
}

/// Bytes of the index that SQLite maps beside the database, and of the files around it.
const SMALLEST: u64 = 64 << 10;
