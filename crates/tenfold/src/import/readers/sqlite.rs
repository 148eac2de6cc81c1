//! Opens another tool's SQLite database for reading, and checks it before the first row is read.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{kind_of_file, unreadable, wrong_kind};
use crate::diagnostic::closest::listed;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Time to wait for a program that is writing the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens the database `source`, which `tool` should have written.
///
/// # Errors
/// Another kind of file, a damaged one, or one that another program keeps locked.
pub(super) fn open(source: &Path, tool: &str) -> Result<Connection, Problems> {
    let mut beginning = Vec::new();
    std::fs::File::open(source)
        .and_then(|file| file.take(4096).read_to_end(&mut beginning))
        .map_err(|error| unreadable(source, &error))?;
    if !beginning.starts_with(b"SQLite format 3\0") {
        let (found, hint) = match kind_of_file(&beginning) {
            Some((found, hint)) => (found, hint.to_owned()),
            None => ("text", format!("tenfold import csv {}", source.display())),
        };
        let message = format!("{found}, an SQLite database of {tool} was expected");
        return Err(wrong_kind(source, &message, hint));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(source, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    opened.map_err(|error| failed(source, &error))
}

/// The problem of a failed query.
pub(super) fn failed(source: &Path, error: &rusqlite::Error) -> Problems {
    let path = source.display();
    let at = |message: String| Problem::new(ProblemKind::Import, message).at(Place::file(source));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            at("another program has locked the database".to_owned())
                .hint(format!("stop it, or read a copy: cp {path} /tmp/copy.db"))
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            at(format!("the database is damaged: {error}"))
                .hint(format!("sqlite3 {path} .recover | sqlite3 recovered.db"))
        }
        _ => at(format!("the database cannot be read: {error}"))
            .hint(format!("sqlite3 {path} .tables")),
    }
    .into()
}

/// Checks that the needed tables and columns exist.
///
/// # Errors
/// What is missing, and which versions of `tool` are known to have it.
pub(super) fn require(
    connection: &Connection,
    source: &Path,
    needed: &[(&str, &[&str])],
    known: &str,
) -> Result<(), Problems> {
    let mut missing = Vec::new();
    for (table, columns) in needed {
        let found = columns_of(connection, table).map_err(|error| failed(source, &error))?;
        if found.is_empty() {
            missing.push((*table).to_owned());
        } else {
            let absent = columns.iter().filter(|column| !found.contains(**column));
            missing.extend(absent.map(|column| format!("{table}.{column}")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("the database lacks {}", listed(missing.iter().map(String::as_str)));
    let problem = Problem::new(ProblemKind::Import, message).at(Place::file(source));
    let hint = format!("sqlite3 {} .tables shows what it has", source.display());
    Err(problem.note(known).hint(hint).into())
}

/// Names of a table's columns; none if there is no such table.
pub(super) fn columns_of(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}
