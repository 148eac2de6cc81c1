//! No bytes make a reader panic: it reads them or returns an error.

use proptest::prelude::*;
use tenfold_data::{Source, Texts, read};

use crate::files::{Folder, fixture, gray_png, gzip, idx_images, idx_labels, keyed, source};

/// Reads the bytes as a table in every way; an error must have a message.
fn check_table(format: &str, bytes: &[u8]) {
    let folder = Folder::with("a", bytes);
    for role in ["label", "target", "text"] {
        check_source(&keyed(format, &folder.path("a"), &[(role, "y")]));
    }
}

fn check_source(source: &Source) {
    match read(source) {
        Ok(dataset) => {
            assert!(!dataset.is_empty());
            // Every text is the one that was read.
            let rows = 0..dataset.texts().map_or(0, Texts::len) as u32;
            assert!(rows.into_iter().all(|row| dataset.texts().unwrap().row(row).is_ok()));
        }
        Err(error) => assert!(!format!("{error} {:?}", error.hint()).is_empty()),
    }
}

fn check_idx(images: &[u8], labels: &[u8]) {
    let folder = Folder::with("x-images-idx3-ubyte", images);
    folder.write("x-labels-idx1-ubyte", labels);
    match read(&source("idx", &folder.path(""))) {
        Ok(dataset) => assert!(!dataset.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check_image(bytes: &[u8]) {
    let folder = Folder::with("a/1.png", bytes);
    folder.write("b/1.png", gray_png(3, 2, vec![9; 6]));
    match read(&source("image-folder", &folder.path(""))) {
        Ok(dataset) => assert_eq!(dataset.len(), 2),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A file with a few bytes changed and its end cut off.
fn damaged(bytes: &[u8], changes: &[(usize, u8)], cut: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (position, value) in changes {
        let position = position % bytes.len();
        bytes[position] = *value;
    }
    bytes.truncate(bytes.len() - cut.min(bytes.len()));
    bytes
}

/// Few changes, mostly without a cut.
fn damage() -> impl Strategy<Value = (Vec<(usize, u8)>, usize)> {
    let cut = prop_oneof![4 => Just(0_usize), 1 => 0_usize..5000];
    (prop::collection::vec((0_usize..100_000, any::<u8>()), 1..6), cut)
}

/// Text that nearly is a table.
fn table_text() -> impl Strategy<Value = String> {
    "(x|y|\"|,|\t|\n|\r|1|-2.5|nan|NA|inf|1e999|é|\u{0}|a|\\{\"y\":|\\[|\\}|null|true){0,60}"
        .prop_map(|text| format!("x,y\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_as_text_tables(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in ["csv", "tsv", "jsonl"] {
            check_table(format, &bytes);
        }
    }

    #[test]
    fn nearly_tables(text in table_text()) {
        for format in ["csv", "tsv", "jsonl"] {
            check_table(format, text.as_bytes());
        }
        check_table("jsonl", text.replace("x,y\n", "").as_bytes());
    }

    #[test]
    fn any_bytes_as_idx(
        images in prop::collection::vec(any::<u8>(), 0..64), labels in prop::collection::vec(any::<u8>(), 0..16),
    ) {
        check_idx(&images, &labels);
    }

    #[test]
    fn damaged_idx((changes, cut) in damage(), pack: bool) {
        let images = idx_images(3, 2, 2, &[1; 12]);
        let labels = idx_labels(&[0, 1, 2]);
        let whole = if pack { gzip(&images) } else { images };
        check_idx(&damaged(&whole, &changes, cut), &labels);
        check_idx(&whole, &damaged(&labels, &changes, cut));
    }

    #[test]
    fn damaged_png((changes, cut) in damage()) {
        check_image(&damaged(&gray_png(3, 2, vec![1, 2, 3, 4, 5, 6]), &changes, cut));
    }

    #[test]
    fn damaged_jpeg((changes, cut) in damage()) {
        let image = image::GrayImage::from_fn(16, 16, |x, y| image::Luma([(x * y) as u8]));
        let whole = crate::files::encoded(&image.into(), image::ImageFormat::Jpeg);
        check_image(&damaged(&whole, &changes, cut));
    }

    #[test]
    fn damaged_parquet((changes, cut) in damage(), which in 0_usize..5) {
        let name = ["zstd-dictionary", "snappy-plain-v2", "gzip-int96", "lz4", "none"][which];
        let whole = std::fs::read(fixture(&format!("{name}.parquet"))).unwrap();
        check_table("parquet", &damaged(&whole, &changes, cut));
    }

    #[test]
    fn damaged_parquet_of_texts((changes, cut) in damage()) {
        let whole = std::fs::read(fixture("texts.parquet")).unwrap();
        let folder = Folder::with("a", damaged(&whole, &changes, cut));
        check_source(&keyed("parquet", &folder.path("a"), &[("text", "body")]));
    }

    #[test]
    fn damaged_parquet_footer(changes in prop::collection::vec((0_usize..4000, any::<u8>()), 1..4)) {
        let whole = std::fs::read(fixture("none.parquet")).unwrap();
        let from_end: Vec<(usize, u8)> = changes.iter().map(|(p, v)| (whole.len() - 1 - p, *v)).collect();
        check_table("parquet", &damaged(&whole, &from_end, 0));
    }
}
