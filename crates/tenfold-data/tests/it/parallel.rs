//! Parallel texts: two files, a folder of them, one file with tabs, and columns of a table.

use tenfold_data::{DataError, Dataset, ExampleKind, Format, Source, Targets, read};

use crate::files::{Folder, gzip, keyed, source};

fn both(dataset: &Dataset) -> Vec<[String; 2]> {
    let pairs = dataset.pairs().unwrap();
    let rows = 0..dataset.len() as u32;
    rows.map(|row| [pairs.source, pairs.target].map(|texts| texts.row(row).unwrap())).collect()
}

fn column(dataset: &Dataset, name: &str) -> Vec<String> {
    let cells = &dataset.columns.get(name).unwrap().cells;
    (0..dataset.len()).map(|row| cells.text(row).unwrap_or_default()).collect()
}

const ENGLISH: &str = "\u{feff}the cat\r\n  a dog – ünï\t\nno end";
const SPANISH: &str = "el gato\nun perro\nsin fin\n";

fn expected() -> [[&'static str; 2]; 3] {
    [["the cat", "el gato"], ["a dog – ünï", "un perro"], ["no end", "sin fin"]]
}

#[test]
fn lines_of_two_files_are_pairs() {
    let folder = Folder::with("a.en", ENGLISH);
    folder.write("a.es", SPANISH);
    for translation in ["a.es", ".es"] {
        let source = keyed("parallel", &folder.path("a.en"), &[("translation", translation)]);
        let dataset = read(&source).unwrap();
        assert_eq!(both(&dataset), expected());
        assert!(matches!(dataset.targets, Targets::Translations { examples: 3 }));
        assert_eq!((dataset.keys, dataset.numbers), (vec![0, 1, 2], None));
        assert!(dataset.reading.notes.is_empty() && dataset.columns.names().is_empty());
    }
    let plain = keyed("parallel", &folder.path("a.en"), &[("translation", ".es")]);
    folder.write("b.en.gz", gzip(ENGLISH.as_bytes()));
    folder.write("b.es.gz", gzip(SPANISH.as_bytes()));
    let packed = keyed("parallel", &folder.path("b.en.gz"), &[("translation", ".es")]);
    let hash = |source| read(source).unwrap().content_hash;
    assert_eq!(hash(&plain), hash(&packed));
    folder.write("a.part", "one\none\ntwo\n");
    let keys = [("translation", ".es"), ("groups", ".part")];
    let grouped = read(&keyed("parallel", &folder.path("a.en"), &keys)).unwrap();
    assert_eq!(column(&grouped, "group"), ["one", "one", "two"]);
    assert_eq!(Format::of_path(&folder.path("a.en")), None);
}

#[test]
fn pairs_of_files_of_a_folder_are_read_in_the_order_of_their_names() {
    let folder = Folder::with("corpus/2.en", "second\n");
    folder.write("corpus/2.es", "segundo\n");
    folder.write("corpus/1.en", "first\nmore\n");
    folder.write("corpus/1.es.gz", gzip(b"primero\nmas\n"));
    folder.write("corpus/notes.pdf", "-");
    let source = keyed("parallel", &folder.path("corpus"), &[("languages", "en-es")]);
    let dataset = read(&source).unwrap();
    let expected = [["first", "primero"], ["more", "mas"], ["second", "segundo"]];
    assert_eq!(both(&dataset), expected);
    assert_eq!(column(&dataset, "file"), ["1", "1", "2"]);
    assert_eq!(dataset.reading.notes, ["1 other entry is left out, the first is `notes.pdf`"]);
    folder.write("corpus/0.en", "new\n");
    folder.write("corpus/0.es", "nuevo\n");
    assert_eq!(read(&source).unwrap().keys[1..], dataset.keys);
    let back = keyed("parallel", &folder.path("corpus"), &[("languages", "es-en")]);
    assert_eq!(both(&read(&back).unwrap())[1], ["primero", "first"]);
}

#[test]
fn a_tab_separates_the_languages_of_a_line() {
    let folder =
        Folder::with("a.tsv", "the cat\tel gato\tCC-BY\na dog – ünï \t un perro\nno end\tsin fin");
    let dataset = read(&source("parallel", &folder.path("a.tsv"))).unwrap();
    assert_eq!(both(&dataset), expected());
    assert_eq!(dataset.reading.notes, ["what stands behind a second tab is left out"]);
    // With a header the same file is a table.
    folder.write(
        "b.tsv",
        "en\tes\tchapter\nthe cat\tel gato\t1\na dog – ünï\tun perro\t1\nno end\tsin fin\t2\n",
    );
    let keys = [("text", "en"), ("translation", "es")];
    let table = keyed("tsv", &folder.path("b.tsv"), &keys);
    assert_eq!(table.examples(), Some(ExampleKind::Pair));
    let table = read(&table).unwrap();
    assert_eq!(both(&table), expected());
    assert_eq!(table.content_hash, dataset.content_hash);
    assert_eq!(table.columns.names(), ["chapter"]);
    let turned = keyed("tsv", &folder.path("b.tsv"), &[("text", "es"), ("translation", "en")]);
    assert_eq!(both(&read(&turned).unwrap())[0], ["el gato", "the cat"]);
}

#[test]
fn lines_that_cannot_be_used_are_told_or_left_out() {
    let folder = Folder::with("a.en", b"one\n\nthree\n\xff\nfive\n");
    folder.write("a.es", "uno\ndos\n \ncuatro\ncinco\n");
    let of = |skip: &str| {
        let keys = [("translation", ".es"), ("skip_bad", skip)];
        read(&keyed("parallel", &folder.path("a.en"), &keys))
    };
    let error = of("2").unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "line 2 of `DIR/a.en` has no text, needed a text in both languages (3 such lines)"
    );
    assert_eq!(error.hint().unwrap(), "mend these lines, or leave them out: `skip_bad = 3`");
    let dataset = of("3").unwrap();
    assert_eq!(both(&dataset), [["one", "uno"], ["five", "cinco"]]);
    // A command that reads the files finds them where they were.
    assert_eq!(dataset.numbers.as_deref(), Some(&[0, 4][..]));
    assert_eq!(dataset.select(&[1]).numbers.as_deref(), Some(&[4][..]));
    assert_eq!(dataset.keys, [0, 4]);
    assert_eq!(
        folder.neutral(&dataset.reading.notes.join("; ")),
        "3 lines left out (`skip_bad`), the first because line 2 of `DIR/a.en` has no text, needed a text in \
         both languages"
    );
    folder.write("b.tsv", "one\tuno\ntwo dos\n");
    let error = read(&source("parallel", &folder.path("b.tsv"))).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "line 2 of `DIR/b.tsv` has no tab, needed a text in both languages"
    );
    assert_eq!(error.hint().unwrap(), "mend that line, or leave it out: `skip_bad = 1`");
}

#[test]
fn files_of_different_length_are_told_with_their_counts() {
    let folder = Folder::with("a.en", "one\ntwo\nthree\n");
    folder.write("a.es", "uno\n");
    let source = keyed("parallel", &folder.path("a.en"), &[("translation", ".es")]);
    let error = read(&source).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "`DIR/a.en` has 3 lines and `DIR/a.es` has 1, needed as many, each the translation of the other"
    );
    assert!(error.hint().unwrap().starts_with("look for the first line"));
}

#[test]
fn what_is_missing_is_told() {
    let folder = Folder::with("corpus/a.en", "one\n");
    let told = |path: &str, keys: &[(&'static str, &str)]| {
        let error: DataError = read(&keyed("parallel", &folder.path(path), keys)).unwrap_err();
        (folder.neutral(&error.to_string()), error.hint())
    };
    let (message, hint) = told("corpus", &[]);
    assert_eq!(
        message,
        "`languages` is missing for `DIR/corpus`, needed how the names of both files of a pair end, such as \
         `languages = \"en-es\"`"
    );
    assert_eq!(hint.unwrap(), "for example `languages = \"en-es\"`");
    let (message, _) = told("corpus", &[("languages", "english")]);
    assert!(message.starts_with("`languages` is `english` for"), "{message}");
    let (message, _) = told("corpus", &[("languages", "de-fr")]);
    assert_eq!(message, "`DIR/corpus` is empty, needed files whose names end as `languages` says");
    let (message, _) = told("corpus", &[("languages", "en-es")]);
    assert_eq!(message, "`DIR/corpus/a.es` is not there; `DIR/corpus` has `a.en`");
    let (message, _) = told("corpus/a.en", &[("languages", "en-es")]);
    assert!(message.contains("needed `translation` for a file"), "{message}");
    let (message, _) = told("corpus", &[("translation", ".es")]);
    assert!(message.contains("needed `languages` for a folder"), "{message}");
    let (message, _) = told("nowhere.en", &[("translation", ".es")]);
    assert_eq!(message, "`DIR/nowhere.en` is not there; `DIR` has `corpus`");
    folder.write("empty.en", "");
    folder.write("empty.es", "");
    let (message, _) = told("empty.en", &[("translation", ".es")]);
    assert_eq!(message, "`DIR/empty.en` is empty, needed pairs of texts in it");
}

#[test]
fn columns_of_translations_are_checked_like_those_of_texts() {
    let folder = Folder::with("a.csv", "en,es,n\none,uno,1\ntwo,,2\n");
    let of =
        |keys: &[(&'static str, &str)]| -> Source { keyed("csv", &folder.path("a.csv"), keys) };
    let error = read(&of(&[("text", "en"), ("translation", "es")])).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "line 3 of `DIR/a.csv` has no text in column `es`"
    );
    let error = read(&of(&[("text", "en"), ("translation", "fr")])).unwrap_err();
    assert_eq!(
        folder.neutral(&error.to_string()),
        "`DIR/a.csv` has no column `fr` for the translation; it has `en`, `es`, `n`"
    );
    for keys in [&[("translation", "es")][..], &[("text", "es"), ("translation", "es")]] {
        let error = read(&of(keys)).unwrap_err();
        assert!(error.to_string().contains("`translation` is given without a `text`"), "{error}");
    }
}
