//! Runs every hint of every case: it must succeed, or give another answer.

use std::path::Path;

use super::folder_with;
use crate::program::{Ran, run};

/// Words of a hint that the user has to replace.
const PLACEHOLDERS: [&str; 4] = ["COLUMN", "FILE", "NAME", "n={size}"];

/// The commands and options in the hints of an answer.
fn typed_in(ran: &Ran) -> Vec<String> {
    let text =
        ran.stderr.lines().filter(|line| line.starts_with("hint: ") || line.starts_with("note: "));
    let quoted = text.flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned));
    quoted
        .filter(|words| words.starts_with("--") || words.starts_with("tenfold "))
        .filter(|words| !PLACEHOLDERS.iter().any(|place| words.contains(place)))
        .collect()
}

/// The command that results if the user follows a hint.
fn with_hint(command: &[String], hint: &str) -> Vec<String> {
    let words = shlex::split(hint).unwrap();
    if words[0] == "tenfold" {
        return words[1..].to_vec();
    }
    command.iter().cloned().chain(words).collect()
}

fn typed(folder: &Path, command: &[String]) -> Ran {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    run(folder, &words)
}

#[track_caller]
fn check(folder: &Path, command: &[String], depth: usize) -> usize {
    let first = typed(folder, command);
    let mut count = 0;
    for hint in typed_in(&first) {
        let again = with_hint(command, &hint);
        let second = typed(folder, &again);
        count += 1;
        assert!(second.code.is_some_and(|code| code <= 2), "{again:?}: {second:?}");
        let is_usage = ["unexpected argument", "invalid value", "required"];
        assert!(!is_usage.iter().any(|word| second.stderr.contains(word)), "{again:?}: {second:?}");
        let is_other = (&second.stdout, &second.stderr) != (&first.stdout, &first.stderr);
        assert!(is_other, "{again:?} answers as {command:?}: {second:?}");
        if second.code == Some(2) && depth > 0 {
            count += check(folder, &again, depth - 1);
        }
    }
    count
}

#[test]
fn hints_work_when_they_are_typed() {
    let Some(folder) = folder_with("cases") else { return };
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let commands: &[&[&str]] = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => &[&["fit"], &["import", "csv"]],
            Some("jsonl") => &[&["fit"], &["import", "jsonl"]],
            Some("json") => &[&["import", "sklearn"], &["import", "jsonl"]],
            _ => continue,
        };
        std::fs::copy(&path, place.path().join(&name)).unwrap();
        for command in commands {
            let words = command.iter().copied().chain([name.as_str()]);
            let words: Vec<String> = words.map(str::to_owned).collect();
            count += check(place.path(), &words, 2);
        }
    }
    assert!(count > 15, "{count}");
}
