//! Waits for a database that another program has locked, and says so.

use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

/// How long a locked database is waited for.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// How long between two looks.
const NAP: Duration = Duration::from_millis(50);

/// Looks after which it is said: a reader of our own is done by then.
const SAID_AT: i32 = 20;

/// Whoever is told that the program waits. SQLite calls a plain function, which knows nothing else.
static LISTENER: OnceLock<Listener> = OnceLock::new();

type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// Tells `listener`, from now on, when the program waits for a database; the first one stays.
pub fn tell(listener: impl Fn(&str) + Send + Sync + 'static) {
    // A second listener hears nothing.
    drop(LISTENER.set(Box::new(listener)));
}

/// Makes `connection` wait.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait))
}

/// Waits a little for the `looks + 1`-th time; whether to look again.
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

/// Whether the disk of `path` has no room for the smallest file of the database.
pub(super) fn is_disk_full(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let found = rustix::fs::statvfs(folder.unwrap_or(Path::new(".")));
    found.is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < SMALLEST)
}

/// Bytes of the index that SQLite maps beside the database, with what is around it.
const SMALLEST: u64 = 64 << 10;
