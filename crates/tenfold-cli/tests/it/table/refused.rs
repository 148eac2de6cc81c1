//! Files that are not tables: program and library give one clear error for each.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fs;

use super::case;
use crate::program::run;

/// Checks that both programs that read tables refuse `bytes` with a text that has all `words`.
#[track_caller]
fn check(name: &str, bytes: &[u8], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    for command in [&["fit"][..], &["import", "csv"]] {
        let words_typed: Vec<&str> = command.iter().copied().chain([name]).collect();
        let ran = run(folder.path(), &words_typed);
        assert_eq!(ran.code, Some(2), "{command:?} {name}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.lines().count() < 12, "{}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "{command:?} {name}: no {word:?} in {}", ran.stderr);
        }
    }
}

#[test]
fn what_is_no_table_is_told_at_once() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    check("a.csv", png, &["error: ", "text was expected", "a.csv"]);
    check("a.csv", b"", &["is empty"]);
    check("a.csv", b"\xff\xfe", &["is empty"]);
    check("a.csv", b"size,error\n", &["a header and no"]);
    check("a.csv", b"size,error\n1000", &["the line has 1 field", "a.csv:2"]);
    check("a.csv", b"size,error\n1000,0.\xff\n", &["is not text in UTF-8", "a.csv:2"]);
    let long = ["size,error\n", &"1".repeat(3 << 20)].concat();
    check("a.csv", long.as_bytes(), &["more than 1 MiB", "a.csv:2"]);
    let quote = ["size,error\n\"", &"1,2\n".repeat(1000)].concat();
    check("a.csv", quote.as_bytes(), &["a quote is not closed", "a.csv:2"]);
    check("a.xlsx", b"PK\x03\x04", &["the workbook cannot be read", "a.xlsx"]);
    check("a.md", b"# No table here\n", &["the text has no table", "|---|---|"]);
    check("a.tex", b"\\begin{tabular}{l}\\end{tabular}", &["the text has no table"]);
}

#[test]
fn a_chart_of_wandb_names_the_command_that_reads_it() {
    let Some(chart) = case("wandb_panel_export.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chart.csv"), chart).unwrap();
    let told = run(folder.path(), &["forecast", "chart.csv"]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.stderr.contains("hint: tenfold import wandb chart.csv -o curves.csv"),
        "{}",
        told.stderr
    );
    for tool in ["wandb", "csv"] {
        let words = ["import", tool, "chart.csv", "-o", "curves.csv", "--yes"];
        let ran = run(folder.path(), &words);
        assert_eq!(ran.code, Some(0), "{tool}: {}", ran.stderr);
        let written = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
        let rows: Vec<&str> = written.lines().skip(1).collect();
        assert_eq!(rows.len(), 3, "{tool}: {written}");
        // The last accuracies are 0.62, 0.70 and 0.76.
        for (row, error) in rows.iter().zip(["0.38", "0.30", "0.24"]) {
            assert!(row.contains(error) || row.contains("0.3000000000"), "{tool}: {row}");
        }
    }
}
