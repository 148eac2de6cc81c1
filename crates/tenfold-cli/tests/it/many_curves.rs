//! Files with many curves: the order of rows does not matter, and memory grows with the rows alone.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::program::{run, run_well};

/// One row a measurement, grouped by curve: errors `0.5 (m / 64)^-0.3` that jump by up to 10 %.
fn rows(curves: u32, sizes: u32) -> Vec<String> {
    let row = |curve: u32, step: u32| {
        let jump = f64::from((curve * 37 + step * step * 17 + step * 5) % 41) / 200.0 - 0.1;
        let error = 0.5 * f64::from(1 << step).powf(-0.3) * jump.exp();
        format!("c{curve},{},{error}", 64 << step)
    };
    (0..curves).flat_map(|curve| (0..sizes).map(move |step| row(curve, step))).collect()
}

fn write_csv(path: &Path, rows: &[String]) {
    fs::write(path, format!("curve,size,error\n{}\n", rows.join("\n"))).unwrap();
}

#[test]
fn scattered_rows_give_the_bytes_of_grouped_ones() {
    let folder = tempfile::tempdir().unwrap();
    let grouped = rows(24, 9);
    // Curves keep the order of their first appearance; their other rows come size by size.
    let scattered: Vec<String> =
        (0..9).flat_map(|step| grouped.iter().skip(step).step_by(9).cloned()).collect();
    assert_ne!(scattered, grouped);
    write_csv(&folder.path().join("grouped.csv"), &grouped);
    write_csv(&folder.path().join("scattered.csv"), &scattered);
    for words in [&["fit"][..], &["forecast", "--at", "64k"], &["plan", "--target", "6%"]] {
        let answer = |file: &str| {
            let words: Vec<&str> = words.iter().copied().chain([file, "--json"]).collect();
            run_well(folder.path(), &words).stdout
        };
        let of_grouped = answer("grouped.csv");
        assert!(of_grouped.len() > 10_000, "{of_grouped}");
        // `assert_eq!` would print both long documents.
        assert!(of_grouped == answer("scattered.csv"), "{words:?}");
    }
}

#[test]
fn broken_lines_of_a_long_file_are_told_at_once_and_nothing_else_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = rows(2_000, 5);
    for line in [10, 4_000, 9_999] {
        write!(rows[line - 2], ",more").unwrap();
    }
    write_csv(&folder.path().join("curves.csv"), &rows);
    let ran = run(folder.path(), &["fit", "curves.csv"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("--> ")).collect();
    assert_eq!(told.len(), 3, "{}", ran.stderr);
    for (told, line) in told.iter().zip([10, 4_000, 9_999]) {
        assert!(told.contains(&format!("curves.csv:{line}")), "{told}");
    }
}
