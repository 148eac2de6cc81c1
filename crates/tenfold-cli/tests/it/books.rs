//! Checks the database of a study after a run, whatever happened during the run.

use std::path::Path;

use rusqlite::Connection;

/// Values in the first column of a query's result.
pub(crate) fn rows(place: &Path, query: &str) -> Vec<String> {
    let database = Connection::open(place.join(".tenfold/study.sqlite")).unwrap();
    let mut statement = database.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Checks that every planned trial has one result, from one execution in the database, and that
/// every execution has an end. Returns how often each other end occurs.
pub(crate) fn check_books(place: &Path) -> Vec<String> {
    let planned = rows(place, "SELECT DISTINCT trial FROM planned ORDER BY trial");
    let results = rows(place, "SELECT trial FROM result ORDER BY trial");
    assert_eq!(planned, results);
    let finished = "SELECT a.trial FROM attempt a JOIN result r ON r.attempt = a.token
                    WHERE a.outcome = 'finished' ORDER BY a.trial";
    assert_eq!(rows(place, finished), results, "each result is of an execution in the books");
    let once = rows(place, "SELECT trial FROM attempt WHERE outcome = 'finished' ORDER BY trial");
    assert_eq!(once, results, "each trial finished once");
    let open = rows(place, "SELECT trial FROM attempt WHERE ended IS NULL");
    assert!(open.is_empty(), "executions without an end: {open:?}");
    rows(
        place,
        "SELECT outcome || ' ' || count(*) FROM attempt WHERE outcome <> 'finished'
         GROUP BY outcome ORDER BY outcome",
    )
}
