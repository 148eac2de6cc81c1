//! A column of a table as texts: what is an example, what it can be split by, and what is refused.

use tenfold_data::{
    Amount, Dataset, ExampleKind, Source, SplitMethod, SplitRequest, Targets, Unit, read, split,
};

use crate::files::{Folder, fixture, gzip, keyed, source};
use crate::messages::check_refused;

/// A data set and the folder of the file that its texts stay in.
struct InFolder {
    dataset: Dataset,
    folder: Folder,
}

impl std::ops::Deref for InFolder {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        &self.dataset
    }
}

/// The texts of `column` in a file of this name and content.
fn of(name: &str, content: impl AsRef<[u8]>, column: &str) -> InFolder {
    let folder = Folder::with(name, content);
    let format = name.trim_end_matches(".gz").rsplit_once('.').unwrap().1;
    let dataset = read(&keyed(format, &folder.path(name), &[("text", column)])).unwrap();
    InFolder { dataset, folder }
}

fn texts(dataset: &Dataset) -> Vec<String> {
    let texts = dataset.texts().unwrap();
    let rows = 0..texts.len() as u32;
    for row in rows.clone() {
        let counted = texts.characters(row);
        assert_eq!(counted, texts.row(row).unwrap().chars().count() as u64);
    }
    rows.map(|row| texts.row(row).unwrap()).collect()
}

const EXPECTED: [&str; 3] = ["First line\nsecond – ünï", "say \"no\"", " NA "];

const CSV: &str = "site,body,year\n\
    a,\"First line\r\nsecond – ünï\",1999\n\
    b,\"say \"\"no\"\"\",2001\n\
    a, NA ,2000\n";

const JSON: &str = concat!(
    "{\"site\": \"a\", \"body\": \"First line\\r\\nsecond – ünï\", \"year\": 1999}\n",
    "\n",
    "{\"body\": \"say \\\"no\\\"\", \"site\": \"b\", \"year\": 2001, \"turns\": [1]}\n",
    "{\"site\": \"a\", \"year\": 2000, \"body\": \" NA \"}\n",
);

#[test]
fn a_column_of_every_text_format_is_the_same_texts() {
    let tabs = CSV.replace(',', "\t");
    let packed = gzip(CSV.as_bytes());
    let all = [
        of("a.csv", CSV, "body"),
        of("a.csv.gz", packed, "body"),
        of("a.tsv", tabs, "body"),
        of("a.jsonl", JSON, "body"),
    ];
    for dataset in &all {
        assert_eq!(texts(dataset), EXPECTED);
        assert!(matches!(dataset.targets, Targets::Own { examples: 3 }));
        assert_eq!(dataset.keys, [0, 1, 2]);
        assert_eq!(dataset.fields.len(), 1);
        assert_eq!(dataset.content_hash, all[0].content_hash);
        let mut columns = dataset.columns.names();
        columns.sort();
        assert_eq!(columns, ["site", "year"]);
        assert!(Unit::named("characters").unwrap().counts(dataset));
    }
    assert_eq!(all[3].reading.notes, ["`turns` holds lists or objects (line 3) and is left out"]);
    // What the texts are called and what stands beside them is no part of them.
    let renamed = of("b.csv", CSV.replace("body", "words").replace("1999", "5"), "words");
    assert_eq!(renamed.content_hash, all[0].content_hash);
}

#[test]
fn a_text_is_read_from_its_row_whatever_stands_around_it() {
    let odd = "\u{feff}a";
    let csv = format!(
        "\u{feff}id;body;n\r\n1;\"a;\"\"b\"\"\n\n;\";2\r\n\r\n;;\r\n3;{odd};\r\n\u{feff}4; last ;5"
    );
    let expected = ["a;\"b\"\n\n;", odd, " last "];
    let wide: Vec<u8> = [&[0xff, 0xfe][..]]
        .into_iter()
        .chain(
            csv[3..]
                .encode_utf16()
                .map(u16::to_le_bytes)
                .collect::<Vec<_>>()
                .iter()
                .map(|two| &two[..]),
        )
        .flatten()
        .copied()
        .collect();
    let said = format!("sep=;\r\n{}", &csv[3..]);
    for content in [csv.as_bytes(), &wide, said.as_bytes(), &gzip(csv.as_bytes())] {
        let name = if content.starts_with(&[0x1f, 0x8b]) { "a.csv.gz" } else { "a.csv" };
        let dataset = of(name, content, "body");
        assert_eq!(texts(&dataset), expected);
        assert_eq!(dataset.columns.names(), ["id", "n"]);
    }
    let json = concat!(
        "\u{feff}{\"body\": 12.50, \"n\": {\"body\": 1}}\r\n",
        "  {\"a\": \"}\\n\", \"body\": true, \"body\": \"\\u00e4\\ud83d\\ude00\\r\\n\\\"\"}  \n\n",
        "\u{feff}{\"body\": false}"
    );
    for content in [json.as_bytes(), &gzip(json.as_bytes())] {
        let name = if content.starts_with(&[0x1f, 0x8b]) { "a.jsonl.gz" } else { "a.jsonl" };
        assert_eq!(texts(&of(name, content, "body")), ["12.5", "ä😀\n\"", "false"]);
    }
}

#[test]
fn a_table_that_changed_after_it_was_read_has_other_texts() {
    for (name, content, changes) in [
        (
            "a.csv",
            CSV,
            [CSV.replace("ünï", "uni"), CSV.replace("\"say", "say"), CSV[..40].to_owned()],
        ),
        (
            "a.jsonl",
            JSON,
            [JSON.replace("ünï", "uni"), JSON.replace("body", "text"), "{}".to_owned()],
        ),
    ] {
        let dataset = of(name, content, "body");
        for changed in changes {
            dataset.folder.write(name, changed);
            let error = (0..3).find_map(|row| dataset.texts().unwrap().row(row).err()).unwrap();
            let error = dataset.folder.neutral(&error.to_string());
            assert_eq!(error, format!("`DIR/{name}` was changed after it was read"));
        }
    }
}

#[test]
fn a_long_column_beside_texts_is_given_up_while_it_is_read() {
    let long = "x".repeat(100_000);
    // 20 MB of long cells, then so many short ones that their mean would be short.
    let rows: Vec<String> = (0..200).map(|row| format!("{row},t{row},{long}")).collect();
    let short: Vec<String> = (200..90_000).map(|row| format!("{row},t{row},y")).collect();
    let dataset =
        of("a.csv", format!("id,body,note\n{}\n{}", rows.join("\n"), short.join("\n")), "body");
    assert_eq!(dataset.len(), 90_000);
    assert_eq!(dataset.columns.names(), ["id"]);
    assert_eq!(
        dataset.reading.notes,
        ["`note` holds long texts, by which nothing is split, and is left out"]
    );
    assert_eq!(dataset.texts().unwrap().row(89_999).unwrap(), "t89999");
}

#[test]
fn texts_of_a_table_are_those_of_a_text_file() {
    let folder = Folder::with("a.txt", "one\n\ntwo words\n");
    let corpus = read(&source("text", &folder.path("a.txt"))).unwrap();
    let table = of("a.jsonl", "{\"t\": \"one\"}\n{\"t\": \"two words\"}", "t");
    assert_eq!(corpus.content_hash, table.content_hash);
    assert_eq!(table.columns.names(), Vec::<String>::new());
}

#[test]
fn the_other_columns_are_there_to_split_by() {
    let rows: Vec<String> =
        (0..60).map(|row| format!("{},text {row},{}", row % 12, 3000 - row)).collect();
    let dataset = of("a.csv", format!("site,body,year\n{}\n", rows.join("\n")), "body");
    let parts = |method: &str, column: &str| {
        let column = column.to_owned();
        let method = match method {
            "group" => SplitMethod::Group(column),
            _ => SplitMethod::Time(column),
        };
        let validation = Amount::Examples(10);
        let test = Some(Amount::Examples(10));
        split(&dataset, &SplitRequest { method, validation, test, seed: 1 })
    };
    let by_site = parts("group", "site").unwrap();
    let sites =
        |rows: &[u32]| rows.iter().map(|row| row % 12).collect::<std::collections::BTreeSet<u32>>();
    assert_eq!(sites(&by_site.test).len(), 2);
    assert!(sites(&by_site.test).is_disjoint(&sites(&by_site.pool)));
    let by_year = parts("time", "year").unwrap();
    assert!(by_year.test.iter().all(|row| *row < 10), "the latest rows come first here");
    // The text itself is no column to split by.
    let error = parts("group", "body").unwrap_err().to_string();
    assert!(error.contains("`site`, `year`"), "{error}");
}

#[test]
fn parquet_texts_are_large_in_dictionaries_and_beside_long_columns() {
    let path = fixture("texts.parquet");
    let body = read(&keyed("parquet", &path, &[("text", "body")])).unwrap();
    let expected =
        ["First line\nsecond – ünï", "again", "again", " indented", "again", "NA", "the last"];
    assert_eq!(texts(&body), expected);
    assert_eq!(body.keys, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(body.columns.names(), ["id", "codes", "gaps", "site"]);
    assert_eq!(
        body.reading.notes,
        [
            "`page` holds long texts, by which nothing is split, and is left out",
            "`turns.list.element.role` holds lists or groups and is left out",
            "`blob` holds bytes that are not text and is left out",
        ]
    );
    let codes = read(&keyed("parquet", &path, &[("text", "codes")])).unwrap();
    assert_eq!(codes.content_hash, body.content_hash);
    // A gap in another column is none in the texts, nor is a long text too long for an example.
    let page = read(&keyed("parquet", &path, &[("text", "page")])).unwrap();
    assert_eq!(texts(&page), vec!["<html>".repeat(50); 7]);
}

#[test]
fn long_texts_beside_the_texts_are_left_out_of_every_table() {
    let long = "x".repeat(300);
    let dataset = of("a.csv", format!("a,b,c\n{long},one,1\n{long},two,2\n"), "b");
    assert_eq!(dataset.columns.names(), ["c"]);
    let note = "`a` holds long texts, by which nothing is split, and is left out";
    assert_eq!(dataset.reading.notes, [note]);
}

#[test]
fn what_an_example_is_depends_on_the_key() {
    let folder = Folder::new();
    let path = folder.path("a.csv");
    assert_eq!(keyed("csv", &path, &[("text", "x")]).examples(), Some(ExampleKind::Text));
    assert_eq!(keyed("csv", &path, &[("label", "x")]).examples(), Some(ExampleKind::Row));
    assert_eq!(source("text", &path).examples(), Some(ExampleKind::Text));
    assert_eq!(source("idx", &path).examples(), Some(ExampleKind::Image));
    assert_eq!(Source::Numbered { examples: 3 }.examples(), None);
    let built_in = |name: &str| Source::Builtin(name.to_owned()).examples();
    assert_eq!(built_in("state-of-the-union"), Some(ExampleKind::Text));
    assert_eq!(built_in("fashion-mnist-14"), Some(ExampleKind::Image));
    assert_eq!(built_in("fashion"), None);
}

#[test]
fn a_row_without_a_text_is_told_with_its_place() {
    let folder = Folder::with("a.csv", "id,body\n1,one\n2,\"two\nlines\"\n3,\" \"\n4,\n");
    let file = |name: &str, column: &str| {
        let format = name.rsplit_once('.').unwrap().1;
        keyed(format, &folder.path(name), &[("text", column)])
    };
    check_refused(
        &folder,
        &file("a.csv", "body"),
        "line 5 of `DIR/a.csv` has no text in column `body`",
        Some("remove the 2 rows without a text or give them one"),
    );
    folder.write("a.jsonl", "{\"t\": \"one\"}\n\n{\"t\": null}\n");
    check_refused(
        &folder,
        &file("a.jsonl", "t"),
        "line 3 of `DIR/a.jsonl` has no text in column `t`",
        Some("remove that row or give it a text"),
    );
    folder.write("b.jsonl", "{\"t\": \"one\"}\n{\"u\": \"two\"}\n");
    check_refused(
        &folder,
        &file("b.jsonl", "t"),
        "line 2 of `DIR/b.jsonl` has no text in column `t`",
        Some("remove that row or give it a text"),
    );
    folder.write("c.jsonl", "{\"t\": \"one\"}\n{\"t\": [\"two\"]}\n");
    check_refused(
        &folder,
        &file("c.jsonl", "t"),
        "line 2 of `DIR/c.jsonl` has a list or an object in column `t`, needed a text",
        None,
    );
    folder.write("t.parquet", std::fs::read(fixture("texts.parquet")).unwrap());
    check_refused(
        &folder,
        &file("t.parquet", "gaps"),
        "row 2 of `DIR/t.parquet` has no text in column `gaps`",
        Some("remove the 2 rows without a text or give them one"),
    );
    check_refused(
        &folder,
        &file("t.parquet", "blob"),
        "row 3 of `DIR/t.parquet` has bytes that are not UTF-8 in column `blob`",
        Some("remove that row or give it a text"),
    );
}

#[test]
fn a_column_that_is_not_there_or_holds_no_texts_is_told() {
    let folder = Folder::with("a.csv", "id,body\n1,one\n");
    let file = |column: &str| keyed("csv", &folder.path("a.csv"), &[("text", column)]);
    check_refused(
        &folder,
        &file("bodi"),
        "`DIR/a.csv` has no column `bodi` for the text; it has `id`, `body`",
        Some("did you mean `text = \"body\"`?"),
    );
    folder.write("t.parquet", std::fs::read(fixture("texts.parquet")).unwrap());
    let file = |column: &str| keyed("parquet", &folder.path("t.parquet"), &[("text", column)]);
    check_refused(
        &folder,
        &file("id"),
        "`id` of `DIR/t.parquet` holds numbers, needed texts",
        None,
    );
    check_refused(
        &folder,
        &file("turns"),
        "`turns` of `DIR/t.parquet` holds lists or groups, needed texts",
        None,
    );
    folder.write("empty.csv", "id,body\n");
    check_refused(
        &folder,
        &keyed("csv", &folder.path("empty.csv"), &[("text", "body")]),
        "`DIR/empty.csv` is empty, needed at least one row",
        None,
    );
}

#[test]
fn texts_have_no_label_and_no_documents() {
    let folder = Folder::with("a.csv", "id,body\n1,one\n");
    let path = folder.path("a.csv");
    for other in ["label", "target"] {
        check_refused(
            &folder,
            &keyed("csv", &path, &[(other, "id"), ("text", "body")]),
            &format!(
                "both `{other}` and `text` are given for `DIR/a.csv`, needed one of them: a text \
                 is predicted from itself"
            ),
            Some("remove one of the two lines"),
        );
    }
    check_refused(
        &folder,
        &keyed("csv", &path, &[("text", "body"), ("documents", "lines")]),
        "`documents` is given for `DIR/a.csv`, and the format `csv` does not know it: a table has \
         rows and columns",
        Some("take `documents` out"),
    );
}

/// What is suggested for a table of these rows of which nothing says what to learn.
fn suggested(rows: &[[&str; 2]]) -> String {
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    let folder = Folder::with("a.csv", format!("body,other\n{}\n", lines.join("\n")));
    read(&source("csv", &folder.path("a.csv"))).unwrap_err().hint().unwrap()
}

#[test]
fn texts_are_suggested_where_there_is_nothing_else_to_learn() {
    let (long, longer) = ("x".repeat(100), "y".repeat(200));
    let (long, longer) = (long.as_str(), longer.as_str());
    let texts =
        "`text = \"body\"`, on the command line `--text body`: each of its texts is an example";
    let last = "for example `label = \"other\"`, the last column";
    // Numbers of rows, addresses and what is the same everywhere are nothing to learn.
    assert_eq!(suggested(&[[long, "1"], [longer, "2"], ["z", "3"]]), texts);
    assert_eq!(suggested(&[[long, "https://b"], [longer, "https://a"], ["z", "https://c"]]), texts);
    assert_eq!(suggested(&[[long, "en"], [longer, "en"], ["z", "en"]]), texts);
    // Classes and numbers are.
    assert_eq!(suggested(&[[long, "a"], [longer, "a"], ["z", "b"], ["w", "b"]]), last);
    assert_eq!(suggested(&[[long, "2.5"], [longer, "1.5"], ["z", "3"]]), last);
    assert_eq!(suggested(&[["short", "1"], ["texts", "2"]]), last);
}
