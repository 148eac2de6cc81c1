//! The owner of a job: neither its number nor the folder of a study identifies it, since people
//! copy and restore folders.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use super::{Cluster, ended, interrupt, study};
use crate::program::{Ran, wait_until, write_study};
use tempfile::TempDir;

/// A cluster that accepts jobs but starts none, with a study that was submitted to it with
/// `--detach`.
fn detached() -> Cluster {
    let cluster = Cluster::new("idle");
    let ran = cluster.run(&["run", "--detach", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    cluster
}

/// The comment of the study's first job.
fn comment(cluster: &Cluster) -> String {
    fs::read_to_string(cluster.job(1).join("comment")).unwrap().trim().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the test plays Slurm")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// Starts `tenfold run` with `words`, and types Ctrl-C once `is_so`.
fn stopped(cluster: &Cluster, words: &[&str], is_so: impl FnMut() -> bool) -> Ran {
    let words = [&["run", "--progress", "line"], words].concat();
    let mut command = cluster.command(&words);
    let log = cluster.folder().join("run.log");
    let file = fs::File::create(&log).unwrap();
    let child: Child = command.stderr(file).spawn().unwrap();
    wait_until("the moment of Ctrl-C", is_so);
    interrupt(&child);
    let mut ran = ended(child);
    ran.stderr = fs::read_to_string(log).unwrap();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    ran
}

/// Number of times the queue was read.
fn looks(cluster: &Cluster) -> usize {
    cluster.calls("squeue").len()
}

#[test]
fn ctrl_c_leaves_a_job_alone_that_was_given_the_number_of_ours() {
    let cluster = detached();
    write(&cluster.job(1).join("comment"), "precious\n");
    let before = looks(&cluster);
    let ran = stopped(&cluster, &[], || looks(&cluster) > before + 1);
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new(), "{}", ran.stderr);
    let expected = "Slurm has no job 1 of this study that goes on: nothing of it was cancelled";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn ctrl_c_leaves_a_job_of_another_study_alone_that_was_given_the_number_of_ours() {
    let cluster = detached();
    let other = comment(&cluster).replace("tenfold:000001-", "tenfold:000001-f");
    write(&cluster.job(1).join("comment"), &other);
    let before = looks(&cluster);
    stopped(&cluster, &[], || looks(&cluster) > before + 1);
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new());
}

#[test]
fn a_job_that_goes_on_is_cancelled_also_if_an_earlier_version_handed_it_in() {
    for is_earlier in [false, true] {
        let cluster = detached();
        if is_earlier {
            let mark = comment(&cluster);
            let (earlier, _) = mark.rsplit_once(':').unwrap();
            write(&cluster.job(1).join("comment"), earlier);
            fs::remove_file(cluster.folder().join(".tenfold/identity.json")).unwrap();
            let batch = earlier.strip_prefix("tenfold:").unwrap();
            let batch = cluster.folder().join(".tenfold/batches").join(batch);
            fs::remove_file(batch.join("folder")).unwrap();
        }
        let before = looks(&cluster);
        stopped(&cluster, &[], || looks(&cluster) > before);
        assert_eq!(cluster.calls("scancel"), ["scancel 1"]);
        assert_eq!(cluster.calls("sbatch").len(), 1, "it was taken over");
    }
}

#[test]
fn a_queue_that_cannot_be_read_leaves_the_job_alone_and_its_number_is_said() {
    let cluster = detached();
    let before = looks(&cluster);
    let ran = stopped(&cluster, &[], || {
        let is_looked_at = looks(&cluster) > before;
        if is_looked_at {
            write(&cluster.state.path().join("is-away"), "");
        }
        is_looked_at
    });
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new());
    let expected = "Slurm job 1 was not cancelled (`squeue`: slurm_load_jobs error: Unable to contact \
                    slurm controller (connect failure)): `squeue -j 1` shows whose it is, `scancel 1` \
                    ends it";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

/// Copies the study's folder on the same cluster; the copy takes the place of the original if
/// `is_restored`.
#[expect(clippy::disallowed_methods, reason = "the test is the user who types `cp -r`")]
fn copy(original: Cluster, is_restored: bool) -> (Cluster, TempDir) {
    let (copy, study) = (tempfile::tempdir().unwrap(), original.folder().to_owned());
    let mut cp = Command::new("cp");
    cp.args(["-r", ".tenfold", "study.toml"]).arg(copy.path()).current_dir(&study);
    assert!(cp.status().unwrap().success());
    if is_restored {
        fs::rename(study.join(".tenfold"), study.join("old")).unwrap();
        let from = copy.path().join(".tenfold");
        let status = Command::new("cp").arg("-r").arg(from).arg(&study).status();
        assert!(status.unwrap().success());
        return (original, copy);
    }
    let Cluster { place, state, fault } = original;
    (Cluster { place: copy, state, fault }, place)
}

fn check_copy(is_restored: bool) {
    let (copy, _original) = copy(detached(), is_restored);
    let notice = "of its trials are with Slurm job 1, which was handed in from elsewhere and is \
                  neither taken over nor cancelled; `tenfold run --adopt` takes it over";
    let handed_in = |count| move |copy: &Cluster| copy.calls("sbatch").len() >= count;
    let has = handed_in(2);
    let first = stopped(&copy, &[], || has(&copy) && copy.job(2).join("comment").exists());
    assert_eq!(first.stderr.matches(notice).count(), 1, "{}", first.stderr);
    assert!(copy.calls("scancel").iter().all(|call| call == "scancel 2"), "{}", first.stderr);
    let has = handed_in(3);
    let second = stopped(&copy, &[], || has(&copy) && copy.job(3).join("comment").exists());
    assert!(!second.stderr.contains("handed in from elsewhere"), "{}", second.stderr);
    assert!(copy.calls("scancel").iter().all(|call| !call.contains('1')), "{}", second.stderr);
    let before = looks(&copy);
    let third = stopped(&copy, &["--adopt"], || looks(&copy) > before);
    assert_eq!(copy.calls("scancel").last().unwrap(), "scancel 1", "{}", third.stderr);
}

#[test]
fn a_copy_of_the_folder_leaves_the_jobs_of_the_original_alone_until_it_adopts_them() {
    check_copy(false);
}

#[test]
fn a_restored_folder_leaves_the_jobs_alone_that_it_does_not_know_to_be_its_own() {
    check_copy(true);
}

#[test]
fn a_study_that_was_moved_keeps_its_jobs() {
    let Cluster { place, state, fault } = detached();
    let moved = tempfile::tempdir().unwrap();
    fs::rename(place.path().join(".tenfold"), moved.path().join(".tenfold")).unwrap();
    write_study(moved.path(), &study(""));
    let cluster = Cluster { place: moved, state, fault };
    let before = looks(&cluster);
    let ran = stopped(&cluster, &[], || looks(&cluster) > before);
    assert_eq!(cluster.calls("scancel"), ["scancel 1"], "{}", ran.stderr);
    assert_eq!(cluster.calls("sbatch").len(), 1);
}
