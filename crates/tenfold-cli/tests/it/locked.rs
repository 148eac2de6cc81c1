//! A database that another program has locked, as a viewer or a backup does.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use rusqlite::Connection;

use crate::program::{Ran, SMALL_STUDY, command, run_well, wait_until, write_study};

fn finished_study() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), SMALL_STUDY);
    run_well(place.path(), &["run", "-q"]);
    place
}

/// Opens the database of the study in `place` as another program that locks it, also for readers.
fn lock(place: &Path) -> Connection {
    let other = Connection::open(place.join(".tenfold/study.sqlite")).unwrap();
    other.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    other.execute_batch("BEGIN EXCLUSIVE; INSERT INTO fact VALUES ('other', 'x');").unwrap();
    other
}

/// Starts the program with `words`; its standard error goes to `log`.
fn start(place: &Path, words: &[&str]) -> Child {
    let log = fs::File::create(place.join("log")).unwrap();
    command(place, words).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

#[test]
fn a_database_that_is_locked_is_waited_for_and_that_is_said() {
    let place = finished_study();
    let more = SMALL_STUDY.replace("seeds = 2", "seeds = 3");
    write_study(place.path(), &more);
    let other = lock(place.path());
    let mut child = start(place.path(), &["run", "--progress", "line"]);
    let log = || fs::read_to_string(place.path().join("log")).unwrap();
    let said = "another program has locked the study's database: waiting for it, up to 30 s";
    wait_until("the words", || log().contains(said));
    std::thread::sleep(Duration::from_secs(6));
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", log());
    assert!(log().contains("10 trials trained"), "{}", log());
}

#[test]
fn a_database_that_stays_locked_is_an_error_that_names_it() {
    let place = finished_study();
    let other = lock(place.path());
    let run = start(place.path(), &["run", "-q"]);
    let ran: Ran = command(place.path(), &["fit"]).output().unwrap().into();
    let run: Ran = run.wait_with_output().unwrap().into();
    drop(other);
    let log = fs::read_to_string(place.path().join("log")).unwrap();
    for (code, text) in [(run.code, &log), (ran.code, &ran.stderr)] {
        assert_eq!(code, Some(2), "{text}");
        let expected = "error: another program has locked the database `./.tenfold/study.sqlite` \
                        for 30 s\nhint: `fuser ./.tenfold/study.sqlite` says which program has it \
                        open; end that, then `tenfold run`: results are kept\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
