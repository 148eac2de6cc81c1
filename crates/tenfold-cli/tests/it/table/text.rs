//! Separated values with various encodings, separators, quotes and line ends.

use tenfold::curve_file::ReadOptions;

use super::{check, points, read_as, refusal, written};

#[test]
fn every_separator_and_line_end_gives_the_same_table() {
    for separator in [",", ";", "\t", "|", " ", "   "] {
        for end in ["\n", "\r\n", "\r"] {
            check(&format!("{separator:?} {end:?}"), written(separator, end).as_bytes());
        }
    }
}

#[test]
fn utf_16_and_byte_order_marks_are_read() {
    let text = written(";", "\r\n");
    for mark in ["", "\u{feff}"] {
        let marked = format!("{mark}{text}");
        let units = || marked.encode_utf16();
        check("UTF-8", marked.as_bytes());
        check("low byte first", &units().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        check("high byte first", &units().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    }
}

#[test]
fn what_stands_around_the_rows_is_left_out() {
    check("sep", format!("sep=;\r\n{}", written(";", "\r\n")).as_bytes());
    check(
        "comments",
        format!("# made by me\n# twice\n{}# the end\n", written(",", "\n")).as_bytes(),
    );
    check("empty rows", format!("{};;;\r\n;\r\n\r\n", written(";", "\r\n")).as_bytes());
    check("wide rows", written(",", "\n").replacen("0.251\n", "0.251,,\n", 1).as_bytes());
    let saved_by_numpy = written(" ", "\n").replacen("size", "# size", 1);
    check("numpy.savetxt", saved_by_numpy.as_bytes());
}

#[test]
fn a_row_that_was_made_a_comment_is_told() {
    let text = written(",", "\n").replacen("1000,", "1000,0.9\n#1000,", 1);
    let file = read_as("c.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
    let told = "line 4 starts with `#` and was left out as a comment";
    assert!(file.warnings.iter().any(|warning| warning == told), "{:?}", file.warnings);
}

#[test]
fn quoted_cells_go_over_lines() {
    let text =
        "size,error,\"a note\nof two lines\"\n500,0.251,\"one\r\ntwo, three\"\n1000,0.198,x\n";
    let read = points("c.csv", text.as_bytes(), &ReadOptions::default());
    assert_eq!(read, [(500.0, 0.251), (1000.0, 0.198)]);
    // Line numbers count every line of such a cell.
    let bad = format!("{text}2000,low,y\n");
    assert!(
        refusal("c.csv", bad.as_bytes()).contains("c.csv:6:6"),
        "{}",
        refusal("c.csv", bad.as_bytes())
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_its_line_only() {
    let text = "size,error\n500,\"0.251\n1000,0.198\n2000,low\n4000,\"0.1\n";
    let told = refusal("c.csv", text.as_bytes());
    let places: Vec<&str> = told.lines().filter(|line| line.contains("-->")).collect();
    assert_eq!(places, [" --> c.csv:2:5", " --> c.csv:4:6", " --> c.csv:5:6"], "{told}");
}

#[test]
fn names_in_quotes_may_hold_what_separates() {
    let text = "curve,size,error\n\"cnn, wide; deep\",500,0.2\n\"cnn, wide; deep\",1000,0.1\n";
    let file = read_as("c.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(file.curves[0].name(), "cnn, wide; deep");
}
