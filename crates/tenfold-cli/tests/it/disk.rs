//! A disk that is full or cannot be written: really mounted, in a namespace of the test's own.

use std::path::Path;
use std::process::Command;

use crate::program::{Ran, SMALL_STUDY, run_well, skipped, write_study};

/// Runs `script` with `$DISK` an empty file system of `size`; if that is impossible, reports why.
#[expect(clippy::disallowed_methods, reason = "the test plays the system administrator")]
fn on_a_disk_of(size: &str, script: &str) -> Option<Ran> {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    let program = env!("CARGO_BIN_EXE_tenfold");
    let mounted = format!("mount -t tmpfs -o size={size} tmpfs \"$DISK\" && {script}");
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let is_possible = Command::new("unshare")
        .args(["-r", "-m", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_possible {
        skipped("this system gives no mount namespace (`unshare -r -m true`)");
        return None;
    }
    let output = Command::new("unshare")
        .args(["-r", "-m", "sh", "-c", &mounted])
        .current_dir(folder.path())
        .env("DISK", &disk)
        .env("TENFOLD", program)
        .env("NO_COLOR", "1")
        .env("CI", "1")
        .output()
        .unwrap();
    Some(output.into())
}

fn reference_fit() -> String {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run", "-q"]);
    run_well(folder.path(), &["fit", "--json"]).stdout
}

#[test]
fn a_full_disk_is_said_once_and_costs_no_finished_trial() {
    let script = r#"
        cp study.toml "$DISK/" && cd "$DISK" && "$TENFOLD" run -q; echo "first: $?" >&2
        mount -o remount,size=64m "$DISK" && "$TENFOLD" run -q >/dev/null; echo "then: $?" >&2
        "$TENFOLD" fit --json
    "#;
    let Some(ran) = on_a_disk_of("200k", script) else { return };
    assert!(ran.stderr.contains("error: the disk is full: could not write `"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    let hint = "hint: free some space, then `tenfold run`: finished trials are kept";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    assert!(ran.stderr.contains("first: 2") && ran.stderr.contains("then: 0"), "{}", ran.stderr);
    assert_eq!(ran.stdout, reference_fit());
}

#[test]
fn a_disk_that_cannot_be_written_is_an_error_but_can_be_read() {
    let script = r#"
        cp study.toml "$DISK/" && cd "$DISK" && "$TENFOLD" run -q >/dev/null
        cd / && mount -o remount,ro "$DISK" && cd "$DISK"
        "$TENFOLD" run -q; echo "run: $?" >&2
        "$TENFOLD" report; echo "report: $?" >&2
        "$TENFOLD" fit --json
    "#;
    let Some(ran) = on_a_disk_of("64m", script) else { return };
    assert!(ran.stderr.contains("run: 2") && ran.stderr.contains("report: 2"), "{}", ran.stderr);
    let expected = "error: cannot write `./.tenfold/lock`: read-only file system";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot write `./.tenfold/report.html`"), "{}", ran.stderr);
    assert_eq!(ran.stdout, reference_fit());
}

#[test]
fn the_program_reads_a_study_by_its_folder_or_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    write_study(&inner, SMALL_STUDY);
    run_well(folder.path(), &["run", "inner", "-q"]);
    let by_folder = run_well(folder.path(), &["fit", "inner", "--json"]).stdout;
    let by_file = run_well(folder.path(), &["fit", "inner/study.toml", "--json"]).stdout;
    let from_inside = run_well(Path::new(&inner), &["fit", "--json"]).stdout;
    assert_eq!(by_folder, by_file);
    assert_eq!(by_folder, from_inside);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the shell's redirection is what is tested")]
fn an_answer_that_cannot_be_written_is_an_error() {
    if !Path::new("/dev/full").exists() {
        skipped("this system has no /dev/full");
        return;
    }
    let script = "\"$TENFOLD\" completions bash > /dev/full";
    let program = env!("CARGO_BIN_EXE_tenfold");
    let output = Command::new("sh").args(["-c", script]).env("TENFOLD", program).output().unwrap();
    let ran = Ran::from(output);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("could not be written to standard output"), "{}", ran.stderr);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "standard output of its own is what is tested")]
fn a_reader_that_has_gone_is_no_error() {
    for words in [&["run", "--help"][..], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = Command::new(env!("CARGO_BIN_EXE_tenfold"));
        let output = program.args(words).stdout(writer).output().unwrap();
        let ran = Ran::from(output);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn a_disk_too_small_for_the_database_is_full_and_does_not_fail() {
    let script = r#"cp study.toml "$DISK/" && cd "$DISK" && "$TENFOLD" run -q"#;
    for size in ["36k", "48k", "64k"] {
        let Some(ran) = on_a_disk_of(size, script) else { return };
        assert_eq!(ran.code, Some(2), "{size}: {}", ran.stderr);
        assert!(ran.stderr.contains("error: the disk is full: "), "{size}: {}", ran.stderr);
    }
}
