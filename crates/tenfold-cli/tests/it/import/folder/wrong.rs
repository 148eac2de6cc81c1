//! Patterns that match nothing, unreadable files, unfinished runs, links.

use std::fs;

use tenfold::import::{Mapping, RESULT_FORMATS};

use super::super::{import, refused, understood, written};
use super::{note, plain};

#[test]
fn a_pattern_that_leads_nowhere_says_what_is_there_and_what_would_fit() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"val_error\": 0.25}";
    plain(folder.path(), &[("runs/n10_s0", text), ("runs/n10_s1", text), ("runs/n200_s0", text)]);
    let ran = import(folder.path(), &["folder", "runs/n={size}_seed={seed}/**"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr.trim_end(),
        "error: the pattern leads to no result file\n --> runs\nnote: the folder does hold result files, 3 \
         of plain, as in `runs/n10_s0`, `runs/n10_s1`, `runs/n200_s0`\nhint: did you mean \
         'runs/n{size}_s{seed}/**'?"
    );
    let told = import(folder.path(), &["folder", "runs"]).stderr;
    assert!(told.contains("error: nothing says how many examples a run was trained on"), "{told}");
    assert!(told.contains("hint: tenfold import folder 'runs/n{size}_s{seed}/**'"), "{told}");
    assert_eq!(import(folder.path(), &["folder", "runs/n{size}_s{seed}"]).code, Some(0));
    let told = import(folder.path(), &["folder", "rums/n{size}"]).stderr;
    assert!(
        told.contains("there is no folder `rums`") && told.contains("did you mean `runs`?"),
        "{told}"
    );
    fs::create_dir(folder.path().join("models")).unwrap();
    written(&folder.path().join("models"), "best.pt", "x");
    let told = import(folder.path(), &["folder", "models/n={size}"]).stderr;
    assert!(told.contains("no result file is in this folder or below it"), "{told}");
    assert!(told.contains("note: below it are 1 `*.pt`"), "{told}");
    for format in RESULT_FORMATS {
        assert!(told.contains(format.files), "{} is not in {told}", format.files);
    }
    let told = import(folder.path(), &["folder", "runs/n{size"]).stderr;
    assert!(told.contains("a `{` is not closed"), "{told}");
}

#[test]
fn results_that_the_pattern_does_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"val_error\": 0.25}";
    plain(folder.path(), &[("n=10", text), ("n=20", text), ("n=large", text)]);
    fs::create_dir(folder.path().join("notes")).unwrap();
    let read = understood("folder", &folder.path().join("n={size}/**"), &Mapping::default());
    assert_eq!(read.measurements.len(), 2);
    assert_eq!(
        note(&read, "the pattern"),
        "the pattern does not fit `n=large`, where results are too"
    );
}

#[test]
fn files_that_cannot_be_read_stop_the_import_until_they_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let runs = [
        ("n=10", "{\"val_error\": 0.25}"),
        ("n=20", "{\"val_error\": 0."),
        ("n=40", "\0\0"),
        ("n=80", "[3]"),
    ];
    plain(folder.path(), &runs);
    let source = folder.path().join("n={size}");
    let told = refused("folder", &source, &Mapping::default());
    assert!(told.contains("error: the file ends inside JSON: its run was stopped or still writes\n --> n=20/metrics.json:1"), "{told}");
    assert!(
        told.contains("error: this is a binary file, text was expected\n --> n=40/metrics.json"),
        "{told}"
    );
    assert!(
        told.contains("error: an object is needed, found `3`\n --> n=80/metrics.json"),
        "{told}"
    );
    assert_eq!(told.matches("`--skip-unusable` leaves such runs out").count(), 3, "{told}");
    let skip = Mapping { skip_unusable: true, ..Mapping::default() };
    let read = understood("folder", &source, &skip);
    assert_eq!((read.measurements.len(), read.left_out.len(), read.runs_read), (1, 3, 4));
}

#[test]
fn a_log_that_is_cut_off_is_no_result_and_a_short_one_is_doubted() {
    let folder = tempfile::tempdir().unwrap();
    let whole = "epoch,loss,val_loss\n0,1,0.9\n1,0.8,0.7\n2,0.7,0.6\n";
    for (name, text) in [
        ("n=10", whole),
        ("n=20", whole),
        ("n=40", &whole[..32]),
        ("n=80", &whole[..38]),
        ("n=160", "epoch,loss,val_loss\n"),
    ] {
        let run = folder.path().join(name);
        fs::create_dir(&run).unwrap();
        written(&run, "training.log", text);
    }
    let read = understood("folder", &folder.path().join("n={size}"), &Mapping::default());
    let left: Vec<(&str, &str)> =
        read.left_out.iter().map(|left| (left.run.as_str(), left.why.as_str())).collect();
    assert_eq!(
        left,
        [
            ("n=40", "its `training.log` ends inside a line"),
            ("n=160", "its `training.log` has no epoch yet")
        ]
    );
    // A file that is cut at a line end looks complete, only shorter.
    assert_eq!(
        note(&read, "most runs"),
        "most runs have 3 epochs, fewer have `n=80`: stopped early, or not at their end?"
    );
}

#[test]
fn links_are_followed_once_and_loops_of_them_not_at_all() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"val_error\": 0.25}";
    plain(folder.path(), &[("runs/n=10/out", text), ("runs/n=20/out", text), ("elsewhere", text)]);
    symlink("..", folder.path().join("runs/n=10/up")).unwrap();
    symlink("out", folder.path().join("runs/n=20/latest")).unwrap();
    symlink("../elsewhere", folder.path().join("runs/n=40")).unwrap();
    symlink("nowhere", folder.path().join("runs/n=80")).unwrap();
    let read = understood("folder", &folder.path().join("runs/n={size}/**"), &Mapping::default());
    let sizes: Vec<f64> = read.measurements.iter().map(|one| one.size.get()).collect();
    assert_eq!(sizes, [10.0, 20.0, 40.0]);
    assert_eq!(
        note(&read, "not followed"),
        "not followed, because they lead to a folder above: `n=10/up`"
    );
    assert_eq!(
        note(&read, "counted once"),
        "counted once, because they are links to files read as well: `n=20/latest/metrics.json`"
    );
}

#[test]
fn ten_thousand_runs_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for size in 0..100 {
        for seed in 0..100 {
            let run = folder.path().join(format!("n={}_seed={seed}", 10 + size));
            fs::create_dir(&run).unwrap();
            written(&run, "metrics.json", format!("{{\"val_error\": 0.{}}}", 100 + size));
        }
    }
    let ran =
        import(folder.path(), &["folder", "n={size}_seed={seed}", "-o", "curves.csv", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("10000 of 10000 runs used"), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() < 80, "{}", ran.stdout);
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert_eq!(text.lines().count(), 10_001);
}

#[test]
fn other_tools_have_no_best_and_no_second_pattern() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "runs.csv", "size,error\n1,0.5\n");
    let told = import(folder.path(), &["csv", "runs.csv", "--at", "best"]).stderr;
    assert!(told.contains("`--at` is for `tenfold import folder`, not for `csv`"), "{told}");
    let told = import(folder.path(), &["folder", "n={size}", "--pattern", "n={size}"]).stderr;
    assert!(
        told.contains("`--pattern` and the pattern of `tenfold import folder` are two"),
        "{told}"
    );
}
