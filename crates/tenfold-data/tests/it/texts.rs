//! Texts: what a document is, how it is counted, cut, read again, and hashed.

use std::fs;

use tenfold_data::{
    Dataset, Encoder, Field, Format, InputShape, ShardOrder, Targets, Texts, UNITS, Unit,
    leak_check, read, shard_content_hash, shard_order,
};

use crate::files::{Folder, gzip, keyed, source};

fn texts(dataset: &Dataset) -> Vec<String> {
    let texts = dataset.texts().unwrap();
    (0..texts.len() as u32).map(|row| texts.row(row).unwrap()).collect()
}

/// The documents of a file with `content`, read with the value `documents` of that key.
fn documents(content: &[u8], documents: Option<&str>) -> Vec<String> {
    let folder = Folder::with("a.txt", content);
    let keys: Vec<(&'static str, &str)> =
        documents.map(|value| ("documents", value)).into_iter().collect();
    let dataset = read(&keyed("text", &folder.path("a.txt"), &keys)).unwrap();
    assert_eq!(dataset.keys, (0..dataset.len() as u64).collect::<Vec<u64>>());
    for (row, text) in texts(&dataset).iter().enumerate() {
        let counted = dataset.texts().unwrap().characters(row as u32);
        assert_eq!(counted, text.chars().count() as u64, "{text:?}");
    }
    texts(&dataset)
}

#[test]
fn a_file_is_cut_where_the_key_says() {
    let text = "\n\nfirst line\n  second\n \t\nnext – ünï\n\n\nlast\n\n";
    let parts = ["first line\n  second", "next – ünï", "last"];
    assert_eq!(documents(text.as_bytes(), None), parts);
    assert_eq!(documents(text.as_bytes(), Some("blank-lines")), parts);
    let lines = ["first line", "  second", "next – ünï", "last"];
    assert_eq!(documents(text.as_bytes(), Some("lines")), lines);
    let whole = "first line\n  second\n \t\nnext – ünï\n\n\nlast";
    assert_eq!(documents(text.as_bytes(), Some("files")), [whole]);
    let marked = "a\nb\n\n<|end|>\n<|end|>\n\nc <|end|>\n\nd\n <|end|> \n";
    assert_eq!(documents(marked.as_bytes(), Some("<|end|>")), ["a\nb", "c <|end|>\n\nd"]);
}

/// `open(path).read()` in Python, which a command is likely to do, has one character where Windows
/// writes two.
#[test]
fn line_ends_of_windows_and_a_byte_order_mark_are_as_in_any_editor() {
    let windows = "\u{feff}one\r\ntwo\r\n\r\nthree\r\n";
    assert_eq!(documents(windows.as_bytes(), None), ["one\ntwo", "three"]);
    assert_eq!(documents(windows.as_bytes(), Some("lines")), ["one", "two", "three"]);
}

#[test]
fn a_packed_file_is_the_same_text() {
    let folder = Folder::with("a.txt", "one\n\ntwo");
    folder.write("b.txt.gz", gzip(b"one\n\ntwo"));
    let plain = read(&source("text", &folder.path("a.txt"))).unwrap();
    let packed = read(&source("text", &folder.path("b.txt.gz"))).unwrap();
    assert_eq!(plain.content_hash, packed.content_hash);
    assert_eq!(texts(&plain), texts(&packed));
    assert!(matches!(plain.targets, Targets::Own { examples: 2 }));
    assert_eq!(Encoder::fit(&plain, &[0]).shape(), InputShape::Ragged);
}

#[test]
fn files_of_a_folder_are_documents_that_keep_their_keys_when_others_come() {
    let folder = Folder::with("books/b/2.txt", "second\n\nstill second");
    folder.write("books/a.txt", "first");
    folder.write("books/cover.pdf", "-");
    let path = folder.path("books");
    assert_eq!(Format::of_path(&path), Format::named("text"));
    let before = read(&source("text", &path)).unwrap();
    assert_eq!(texts(&before), ["first", "second\n\nstill second"]);
    assert_eq!(before.reading.notes, ["1 other entry is left out, the first is `cover.pdf`"]);
    folder.write("books/a0.txt", "new");
    let after = read(&source("text", &path)).unwrap();
    assert_eq!(texts(&after), ["first", "new", "second\n\nstill second"]);
    assert_eq!([after.keys[0], after.keys[2]], [before.keys[0], before.keys[1]]);
    let cut = read(&keyed("text", &path, &[("documents", "blank-lines")])).unwrap();
    assert_eq!(cut.len(), 4);
    // A folder of images with text descriptions is still an image folder.
    folder.write("pets/cat/1.png", "-");
    folder.write("pets/cat/about.txt", "a cat");
    assert_eq!(Format::of_path(&folder.path("pets")), Format::named("image-folder"));
}

#[test]
fn a_text_that_changed_after_it_was_read_is_no_text() {
    let folder = Folder::with("a.txt", "one\n\ntwo");
    let dataset = read(&source("text", &folder.path("a.txt"))).unwrap();
    for changed in ["one\n\nTWO", "one\n\nt", "one\n\n\u{fc}o"] {
        folder.write("a.txt", changed);
        let error = dataset.texts().unwrap().row(1).unwrap_err();
        assert_eq!(folder.neutral(&error.to_string()), "`DIR/a.txt` was changed after it was read");
        assert_eq!(dataset.texts().unwrap().row(0).unwrap(), "one", "{changed}");
    }
    fs::remove_file(folder.path("a.txt")).unwrap();
    let error = dataset.texts().unwrap().row(1).unwrap_err().to_string();
    assert_eq!(folder.neutral(&error), "`DIR/a.txt` cannot be read: entity not found");
}

fn four() -> Dataset {
    let texts = Texts::from_strings(&["aaaa", "b", "ccc", "dd"]);
    Dataset::new(vec![Field::texts(texts)], Targets::Own { examples: 4 }).unwrap()
}

fn characters() -> &'static Unit {
    Unit::named("characters").unwrap()
}

#[test]
fn a_shard_is_the_shortest_prefix_that_holds_its_units() {
    let dataset = four();
    let order = ShardOrder::new(&dataset, vec![2, 0, 3, 1], characters()).unwrap();
    assert_eq!(order.units(), 10);
    let shard = |size| {
        let shard = order.shard(size);
        (shard.rows.to_vec(), shard.units_of_last)
    };
    assert_eq!(shard(1), (vec![2], Some(1)));
    assert_eq!(shard(3), (vec![2], None));
    assert_eq!(shard(4), (vec![2, 0], Some(1)));
    assert_eq!(shard(7), (vec![2, 0], None));
    assert_eq!(shard(8), (vec![2, 0, 3], Some(1)));
    assert_eq!(shard(10), (vec![2, 0, 3, 1], None));
    assert_eq!(shard(99), (vec![2, 0, 3, 1], None));
    // Every shard contains the one before it, to the character.
    for size in 1..10 {
        let (smaller, larger) = (order.shard(size), order.shard(size + 1));
        assert!(larger.rows.starts_with(smaller.rows), "{size}");
    }
}

#[test]
fn the_hash_of_a_shard_knows_where_it_is_cut_and_nothing_behind() {
    let dataset = four();
    let order = ShardOrder::new(&dataset, vec![2, 0, 3, 1], characters()).unwrap();
    let hash = |size| shard_content_hash(&dataset, order.shard(size));
    let all: Vec<String> = (1..=10).map(hash).collect();
    let different: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), 10);
    // A shard without a cut example has the hash of its examples.
    assert_eq!(hash(7), shard_content_hash(&dataset, [2, 0][..].into()));
    let longer = Texts::from_strings(&["aaaa", "b", "ccc", "dd", "more"]);
    let longer = Dataset::new(vec![Field::texts(longer)], Targets::Own { examples: 5 }).unwrap();
    let order = ShardOrder::new(&longer, vec![2, 0, 3, 1], characters()).unwrap();
    assert_eq!(shard_content_hash(&longer, order.shard(8)), hash(8));
}

#[test]
fn examples_count_one_each_and_texts_have_no_pixels_to_count() {
    let dataset = four();
    let examples = Unit::named("examples").unwrap();
    let order = ShardOrder::new(&dataset, vec![3, 1], examples).unwrap();
    assert_eq!((order.units(), order.shard(1).rows), (2, &[3][..]));
    assert!(characters().counts(&dataset));
    assert!(!Unit::named("tokens").unwrap().counts(&dataset), "no vocabulary was chosen");
    let images = crate::files::of_classes(&[0, 1], 2);
    assert!(UNITS.iter().all(|unit| unit.counts(&images) == unit.is_example()));
    assert!(ShardOrder::new(&images, vec![0], characters()).is_none());
}

#[test]
fn texts_are_split_ordered_and_looked_up_by_content() {
    let dataset = four();
    assert_eq!(shard_order(&dataset, &[0, 1, 2, 3], 1, 0).len(), 4);
    let other = Dataset::new(
        vec![Field::texts(Texts::from_strings(&["x", "ccc"]))],
        Targets::Own { examples: 2 },
    );
    let report = leak_check((&dataset, &[0, 1, 2, 3]), (&other.unwrap(), &[0, 1]));
    assert_eq!((report.identical, report.pairs), (1, vec![(2, 1)]));
    let chosen = dataset.select(&[3, 0]);
    assert_eq!(texts(&chosen), ["dd", "aaaa"]);
    assert_eq!(texts(&chosen.align_to(&dataset).unwrap()), ["dd", "aaaa"]);
    let images = crate::files::of_classes(&[0, 1], 2);
    let error = images.align_to(&dataset).unwrap_err().to_string();
    assert_eq!(error, "the two data sets differ: images, needed texts");
}

#[test]
fn bad_texts_are_told_with_their_place() {
    let refused = |folder: &Folder, source| {
        let error = read(&source).unwrap_err();
        (folder.neutral(&error.to_string()), error.hint())
    };
    let folder = Folder::with("a.txt", b"fine\n\n\xff\xfeno\n");
    let (message, _) = refused(&folder, source("text", &folder.path("a.txt")));
    assert_eq!(message, "line 3 of `DIR/a.txt` has bytes that are not UTF-8, needed UTF-8 text");
    folder.write("empty.txt", "\n \n");
    let (message, _) = refused(&folder, source("text", &folder.path("empty.txt")));
    assert_eq!(message, "`DIR/empty.txt` is empty, needed text in it");
    folder.write("texts/a.txt", "one");
    folder.write("texts/b.txt", "");
    let (message, hint) = refused(&folder, source("text", &folder.path("texts")));
    assert_eq!(message, "`DIR/texts/b.txt` is an empty document");
    assert_eq!(hint.unwrap(), "take the file out of the folder, or write something into it");
    let (message, hint) =
        refused(&folder, keyed("csv", &folder.path("a.txt"), &[("documents", "lines")]));
    assert_eq!(
        message,
        "`documents` is given for `DIR/a.txt`, and the format `csv` does not know it: a table has \
         rows and columns"
    );
    assert_eq!(hint.unwrap(), "take `documents` out");
    let mut packed = gzip(&[b'x'; 4096]);
    packed.truncate(packed.len() - 6);
    folder.write("b.txt.gz", packed);
    let (message, _) = refused(&folder, source("text", &folder.path("b.txt.gz")));
    assert!(message.contains("is not a whole gzip file: it stops in the middle"), "{message}");
}
