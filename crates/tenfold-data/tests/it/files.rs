//! Input files and data sets for the tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use tenfold_data::{
    Cells, Dataset, Field, FieldValues, Files, Format, Images, Source, SplitColumn, Targets,
    TextCells,
};

/// A folder with files in it, gone at the end of the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write(name, content);
        folder
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.0.path().to_owned() } else { self.0.path().join(name) }
    }

    /// A text with the folder's path written as `DIR`.
    pub(crate) fn neutral(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "DIR")
    }
}

pub(crate) fn keyed(format: &str, path: &Path, keys: &[(&'static str, &str)]) -> Source {
    let keys = keys.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let format = Format::named(format).unwrap();
    Source::Files(Files { format, path: path.to_owned(), keys })
}

pub(crate) fn source(format: &str, path: &Path) -> Source {
    keyed(format, path, &[])
}

pub(crate) fn labelled(format: &str, path: &Path, column: &str) -> Source {
    keyed(format, path, &[("label", column)])
}

pub(crate) fn targeted(format: &str, path: &Path, column: &str) -> Source {
    keyed(format, path, &[("target", column)])
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// IDX images of one byte a pixel.
pub(crate) fn idx_images(count: u32, height: u32, width: u32, pixels: &[u8]) -> Vec<u8> {
    let header = [0x0803, count, height, width].map(u32::to_be_bytes).concat();
    [header.as_slice(), pixels].concat()
}

pub(crate) fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let header = [0x0801, labels.len() as u32].map(u32::to_be_bytes).concat();
    [header.as_slice(), labels].concat()
}

/// A PNG of gray pixels.
pub(crate) fn gray_png(width: u32, height: u32, pixels: Vec<u8>) -> Vec<u8> {
    let image = image::GrayImage::from_raw(width, height, pixels).unwrap();
    encoded(&image.into(), image::ImageFormat::Png)
}

pub(crate) fn encoded(image: &image::DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Images of one pixel, one an example, of the given classes.
pub(crate) fn of_classes(labels: &[u32], classes: usize) -> Dataset {
    let pixels: Vec<u8> = (0..labels.len()).map(|row| row as u8).collect();
    let inputs =
        vec![Field::images(Images { pixels: pixels.into(), channels: 1, height: 1, width: 1 })];
    let names = (0..classes).map(|class| class.to_string()).collect();
    Dataset::new(inputs, Targets::Classes { labels: labels.to_vec(), names }).unwrap()
}

/// A regression table of one column, with one text column to split by.
pub(crate) fn with_column(name: &str, texts: &[String]) -> Dataset {
    let values: Vec<f32> = (0..texts.len()).map(|row| row as f32).collect();
    let columns =
        vec![Field { name: "x".to_owned(), values: FieldValues::Numeric(values.clone()) }];
    let targets = Targets::Values { values, name: "y".to_owned() };
    let mut dataset = Dataset::new(columns, targets).unwrap();
    let mut cells = TextCells::default();
    for text in texts {
        cells.push(text);
    }
    let column = SplitColumn { name: name.to_owned(), cells: Cells::Text(cells).into() };
    dataset.columns.columns.push(column);
    dataset
}
