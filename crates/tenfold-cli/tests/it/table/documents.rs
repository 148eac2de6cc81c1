//! JSON documents, Markdown, LaTeX and workbooks.

use std::path::Path;

use tenfold::curve_file::{self, ReadOptions};

use super::{ERRORS, SIZES, check, points, read_as, refusal};

fn json_rows() -> Vec<String> {
    let row = |(size, error): (f64, f64)| format!("{{\"Size\": {size}, \"ERROR\": {error}}}");
    SIZES.into_iter().zip(ERRORS).map(row).collect()
}

#[test]
fn json_is_read_as_lines_lists_and_columns() {
    let rows = json_rows();
    check("lines", rows.join("\n").as_bytes());
    check("list", format!("[{}]", rows.join(", ")).as_bytes());
    check(
        "pretty list",
        format!("[\n  {}\n]\n", rows.join(",\n  ").replace(", \"", ",\n    \"")).as_bytes(),
    );
    check("objects one after the other", rows.join("\n").replace(", \"", ",\n  \"").as_bytes());
    let columns = format!("{{\"size\": {SIZES:?}, \"error\": {ERRORS:?}, \"curve\": \"cnn\"}}");
    check("columns", columns.as_bytes());
    check("columns over lines", columns.replace("], ", "],\n ").as_bytes());
    let by_row = |numbers: [f64; 5]| {
        let cells = numbers.iter().enumerate().map(|(at, number)| format!("\"{at}\": {number}"));
        format!("{{{}}}", cells.collect::<Vec<_>>().join(", "))
    };
    let of_pandas = format!("{{\"size\":{},\"error\":{}}}", by_row(SIZES), by_row(ERRORS));
    check("pandas", of_pandas.as_bytes());
    let lists: Vec<String> =
        SIZES.into_iter().zip(ERRORS).map(|(size, error)| format!("[{size}, {error}]")).collect();
    check("lists", format!("[[\"size\", \"error\"], {}]", lists.join(",")).as_bytes());
    let split = format!("{{\"columns\":[\"size\",\"error\"],\"data\":[{}]}}", lists.join(","));
    check("split", split.as_bytes());
}

#[test]
fn rows_of_a_document_are_named_by_their_index() {
    let text = "[{\"size\": 500, \"error\": 0.2}, {\"size\": 1000, \"error\": \"low\"}]";
    insta::assert_snapshot!(refusal("runs.json", text.as_bytes()), @r#"
    error: `error` is `low`, a finite number is needed
     --> runs.json: index 1
    1 | {"size": 1000, "error": "low"}
      |                          ^^^
    "#);
}

#[test]
fn members_come_in_any_order_and_names_may_be_escaped() {
    let text = "{\"size\": 500, \"error\": 0.2, \"curve\": \"Mod\\u00e8le \\\"a\\\"\"}\n\
                {\"curve\": \"Mod\\u00e8le \\\"a\\\"\", \"error\": 0.1, \"seed\": 3, \"size\": 1000}\n";
    let file = read_as("c.jsonl", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(file.curves.len(), 1);
    assert_eq!(file.curves[0].name(), "Modèle \"a\"");
    assert_eq!(file.curves[0].points()[1].replicates[0].seed, 3);
}

#[test]
fn markdown_is_read_within_its_text() {
    let text = "# Results\n\nWe trained | measured.\n\n| Size | **error** | note |\n|-----:|:-----|---|\n\
                | 500 | 0.251 | a\\|b |\n| 1000 | **0.198** | |\n|2000|`0.159`||\n| 4000 | 0.127 | |\n\
                | 8000 | 0.103 | |\n\nMore text.\n";
    check("a.md", text.as_bytes());
    check("a.txt", text.as_bytes());
    let bad = text.replace("**0.198**", "low");
    insta::assert_snapshot!(refusal("a.md", bad.as_bytes()), @r"
    error: `error` is `low`, a finite number is needed
     --> a.md: line 8
    8 | 1000 | low |
      |        ^^^
    ");
}

const TABULAR: &str = "\\begin{table}\n\\begin{tabular}{lr@{}}\n\\toprule\nsize & error \\\\\n\
    \\midrule\n500 & \\textbf{0.251} \\\\ % the first\n1{,}000 & $0.198$ \\\\[2pt]\n2\\,000 & 0.159 \\\\\n\
    4000 & \\num{0.127} \\\\\n8000 & 0.103 \\\\\n\\bottomrule\n\\end{tabular}\n\\end{table}\n";

#[test]
fn latex_is_read_with_and_without_its_environment() {
    let plain = TABULAR.replace("1{,}000", "1000");
    check("a.tex", plain.as_bytes());
    check("a.txt", plain.as_bytes());
    let start = plain.find("size &").unwrap();
    let end = plain.find("\\bottomrule").unwrap();
    check("body.tex", &plain.as_bytes()[start..end]);
    check("pasted.txt", &plain.as_bytes()[start..end]);
}

#[test]
fn means_with_deviations_in_one_cell_are_two_columns() {
    let rows: Vec<String> = SIZES
        .into_iter()
        .zip(ERRORS)
        .map(|(size, error)| format!("{size} & ${error} \\pm 0.01$ \\\\"))
        .collect();
    let text = format!(
        "\\begin{{tabular}}{{ll}}\nsize & error \\\\ \\hline\n{}\n\\end{{tabular}}",
        rows.join("\n")
    );
    let told = refusal("a.tex", text.as_bytes());
    assert!(told.contains("hint: `--runs 5`, or `--standard-error 'error_std'`"), "{told}");
    let options = ReadOptions { runs: Some(4), ..ReadOptions::default() };
    let file = read_as("a.tex", text.as_bytes(), &options).unwrap();
    for (point, error) in file.curves[0].points().iter().zip(ERRORS) {
        assert_eq!(point.error().to_bits(), error.to_bits());
        assert_eq!(point.standard_error, Some(0.005));
    }
}

#[test]
fn several_tables_in_a_text_are_listed() {
    let one = "| size | error |\n|---|---|\n| 500 | 0.2 |\n";
    insta::assert_snapshot!(refusal("a.md", format!("{one}\n\n{one}").as_bytes()), @r"
    error: the text has 2 tables, one is needed
     --> a.md:6
    note: line 1: size | error
    note: line 6: size | error
    hint: copy the one that is meant into a file of its own
    ");
    let told = refusal("a.tex", format!("{TABULAR}\n{TABULAR}").as_bytes());
    assert!(
        told.contains("the text has 2 tables") && told.contains("note: line 4: size | error"),
        "{told}"
    );
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/table").join(name)
}

#[test]
fn workbooks_are_read_by_sheet() {
    let bytes = std::fs::read(fixture("runs.xlsx")).unwrap();
    check("runs.xlsx", &bytes);
    let file = read_as("runs.xlsx", &bytes, &ReadOptions::default()).unwrap();
    let told = file.warnings.join("; ");
    assert!(told.contains("read the sheet `Runs`; there are `By model`, `Notes` too"), "{told}");
    assert!(told.contains("`Learning curves, May`, is above the table"), "{told}");
    let sheet = |name: &str| ReadOptions { sheet: Some(name.to_owned()), ..ReadOptions::default() };
    let models = read_as("runs.xlsx", &bytes, &sheet("By model")).unwrap();
    let names: Vec<&str> = models.curves.iter().map(tenfold_core::LearningCurve::name).collect();
    assert_eq!(names, ["cnn", "vit"]);
    assert_eq!(models.curves[1].points()[2].size.get().to_bits(), 2000.0_f64.to_bits());
    assert_eq!(models.curves[1].points()[2].error().to_bits(), 0.2_f64.to_bits());
    let told = read_as("runs.xlsx", &bytes, &sheet("by model")).unwrap_err();
    assert!(told.contains("hint: `--sheet 'By model'`"), "{told}");
    let told = read_as("runs.xlsx", &bytes, &sheet("Notes")).unwrap_err();
    assert!(told.contains("the sheet `Notes` is empty"), "{told}");
}

#[test]
fn a_cell_at_the_far_end_of_a_sheet_costs_nothing() {
    let told = curve_file::read(&fixture("far.xlsx"), &ReadOptions::default()).unwrap_err();
    assert!(told.to_string().contains("too large a table, at row 1048576"), "{told}");
}

#[test]
fn what_only_looks_like_a_workbook_is_told() {
    assert!(refusal("a.xlsx", b"PK\x03\x04 and no more").contains("the workbook cannot be read"));
    let whole = std::fs::read(fixture("runs.xlsx")).unwrap();
    for length in (0..whole.len()).step_by(97) {
        let read = read_as("a.xlsx", &whole[..length], &ReadOptions::default());
        assert!(read.is_err(), "{length}");
    }
}

#[test]
fn a_list_of_numbers_and_one_within_an_object_are_told() {
    let told = refusal("a.json", b"[1, 2, 3]");
    assert!(told.contains("the line is not a JSON object"), "{told}");
    let told = refusal("a.json", b"{\"runs\": [{\"size\": 1, \"error\": 1}]}\n");
    assert!(told.contains("jq -c '.runs[]'"), "{told}");
    let told = refusal("a.json", b"{\"size\": [1, 2], \"error\": [0.5]}");
    assert!(told.contains("`size` has 2 values, `error` has 1"), "{told}");
    let told = refusal("a.json", b"[{\"size\": 1, ");
    assert!(told.contains("this is not a JSON list of rows"), "{told}");
    let told = refusal("a.json", b"{\"train_sizes\": [1, 2], \"test_scores\": [[0.5], [0.6]]}");
    assert!(told.contains("tenfold import sklearn a.json -o curves.csv"), "{told}");
    assert_eq!(
        points("a.json", b"{\"size\": 1, \"error\": 0.5}", &ReadOptions::default()),
        [(1.0, 0.5)]
    );
}
