//! IDX: the format of MNIST, big-endian dimensions and then bytes.

use std::path::{Path, PathBuf};

use super::file::{entries, not_there, read_bytes};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey};
use crate::dataset::{Dataset, Field, Images, Targets};
use crate::error::DataError;

/// Unsigned bytes in three dimensions: number, rows, columns.
const GRAY_IMAGES: u32 = 0x0803;
/// Unsigned bytes in four dimensions: number, channels, rows, columns.
const COLOUR_IMAGES: u32 = 0x0804;
/// Unsigned bytes in one dimension.
const LABELS: u32 = 0x0801;

const NEEDED_IMAGES: &str = "IDX images";
const NEEDED_LABELS: &str = "IDX labels";

/// Images and labels as in MNIST, `.gz` or not.
#[derive(Debug)]
pub(super) struct Idx;

impl Reader for Idx {
    fn name(&self) -> &'static str {
        "idx"
    }

    fn recognises(&self, path: &Path) -> Likeness {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_named = name.to_lowercase().contains("idx3-ubyte");
        Likeness::surely(is_named || (path.is_dir() && holds_idx(path)))
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Image
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        idx(&files.path)
    }
}

/// Reads a folder with `train-images…` and `train-labels…`, or an images file with its labels beside.
fn idx(path: &Path) -> Result<Dataset, DataError> {
    let images_path = if path.is_dir() { training_images(path)? } else { path.to_owned() };
    let (images, count) = read_images(&images_path)?;
    let labels_path = labels_beside(&images_path)?;
    let labels = read_labels(&labels_path)?;
    if labels.len() as u64 != count {
        return Err(DataError::CountsDiffer {
            images_path,
            images: count,
            labels_path,
            labels: labels.len() as u64,
        });
    }
    Dataset::new(vec![Field::images(images)], classes(&labels, &labels_path)?)
}

/// Whether a folder holds an IDX images file.
fn holds_idx(folder: &Path) -> bool {
    entries(folder).unwrap_or_default().iter().any(|name| is_images(name))
}

fn is_images(name: &str) -> bool {
    name.contains("images") && name.contains("idx")
}

fn training_images(folder: &Path) -> Result<PathBuf, DataError> {
    let names = entries(folder)?;
    let images: Vec<&String> = names.iter().filter(|name| is_images(name)).collect();
    let training = images.iter().find(|name| name.starts_with("train"));
    match (training, images.as_slice()) {
        (Some(name), _) | (None, [name]) => Ok(folder.join(name)),
        _ => Err(not_there(&folder.join("train-images-idx3-ubyte"))),
    }
}

/// The labels file of an images file: the same name with `labels` and `idx1`, packed or not.
fn labels_beside(images_path: &Path) -> Result<PathBuf, DataError> {
    let name = images_path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    let wanted = images_path.with_file_name(&name);
    let other = match name.strip_suffix(".gz") {
        Some(unpacked) => images_path.with_file_name(unpacked),
        None => images_path.with_file_name(format!("{name}.gz")),
    };
    let found = [&wanted, &other].into_iter().find(|path| path.is_file() && *path != images_path);
    found.cloned().ok_or_else(|| not_there(&wanted))
}

fn read_images(path: &Path) -> Result<(Images, u64), DataError> {
    let bytes = read_bytes(path, NEEDED_IMAGES)?;
    let magic = word(&bytes, 0, path, 16)?;
    let dimensions = match magic {
        GRAY_IMAGES => 3,
        COLOUR_IMAGES => 4,
        LABELS => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.replace("labels", "images").replace("idx1", "idx3");
            let instead =
                Some(path.with_file_name(name)).filter(|other| other != path && other.is_file());
            return Err(wrong_magic(magic, path, "00000803 (images of bytes)", instead));
        }
        _ => return Err(wrong_magic(magic, path, "00000803 (images of bytes)", None)),
    };
    let header = 4 + 4 * dimensions;
    let mut lengths = Vec::with_capacity(dimensions);
    for dimension in 0..dimensions {
        lengths.push(u64::from(word(&bytes, 4 + 4 * dimension, path, header as u64)?));
    }
    let (count, channels, height, width) = match lengths[..] {
        [count, channels, height, width] => (count, channels, height, width),
        [count, height, width] => (count, 1, height, width),
        _ => return Err(wrong_magic(magic, path, "00000803 (images of bytes)", None)),
    };
    if channels != 1 && channels != 3 {
        return Err(DataError::Corrupt {
            path: path.to_owned(),
            needed: "a file of gray or colour images",
            reason: format!(
                "it has {channels} channels, needed 1 or 3 (number × channels × rows × columns)"
            ),
        });
    }
    if count == 0 || height == 0 || width == 0 {
        return Err(DataError::Empty { path: path.to_owned(), needed: "images" });
    }
    let pixels = [count, channels, height, width].into_iter().try_fold(1_u64, u64::checked_mul);
    check_length(path, bytes.len() as u64, header as u64, pixels.unwrap_or(u64::MAX))?;
    let images = Images {
        pixels: bytes[header..].into(),
        channels: channels as usize,
        height: height as usize,
        width: width as usize,
    };
    Ok((images, count))
}

fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = read_bytes(path, NEEDED_LABELS)?;
    let magic = word(&bytes, 0, path, 8)?;
    if magic != LABELS {
        return Err(wrong_magic(magic, path, "00000801 (labels of bytes)", None));
    }
    let count = u64::from(word(&bytes, 4, path, 8)?);
    check_length(path, bytes.len() as u64, 8, count)?;
    Ok(bytes.split_off(8))
}

/// Classes are the different labels, ascending.
fn classes(labels: &[u8], path: &Path) -> Result<Targets, DataError> {
    let mut is_used = [false; 256];
    for label in labels {
        is_used[usize::from(*label)] = true;
    }
    let used: Vec<usize> = (0..256).filter(|label| is_used[*label]).collect();
    if let [class] = used[..] {
        return Err(DataError::OneClass {
            what: format!("`{}`", path.display()),
            class: class.to_string(),
            rows: labels.len(),
        });
    }
    let mut codes = [0_u32; 256];
    for (code, label) in (0..).zip(&used) {
        codes[*label] = code;
    }
    Ok(Targets::Classes {
        labels: labels.iter().map(|label| codes[usize::from(*label)]).collect(),
        names: used.iter().map(usize::to_string).collect(),
    })
}

/// The big-endian number at `offset`; `header` is the length of the whole header.
fn word(bytes: &[u8], offset: usize, path: &Path, header: u64) -> Result<u32, DataError> {
    let four = bytes.get(offset..offset + 4).and_then(|four| four.try_into().ok());
    four.map(u32::from_be_bytes).ok_or_else(|| DataError::Truncated {
        path: path.to_owned(),
        found: bytes.len() as u64,
        needed: header,
    })
}

fn check_length(path: &Path, found: u64, header: u64, content: u64) -> Result<(), DataError> {
    let needed = header.saturating_add(content);
    if found < needed {
        return Err(DataError::Truncated { path: path.to_owned(), found, needed });
    }
    if found > needed {
        return Err(DataError::Corrupt {
            path: path.to_owned(),
            needed: "a valid IDX file",
            reason: format!("it has {found} bytes, its header promises {needed}"),
        });
    }
    Ok(())
}

fn wrong_magic(
    magic: u32,
    path: &Path,
    needed: &'static str,
    instead: Option<PathBuf>,
) -> DataError {
    let meaning = match magic {
        LABELS => " (labels of bytes)",
        GRAY_IMAGES => " (images of bytes)",
        0x8950_4e47 => " (a PNG image)",
        0x5041_5231 => " (a Parquet file)",
        _ => "",
    };
    DataError::WrongMagic {
        path: path.to_owned(),
        found: format!("{magic:08x}{meaning}"),
        needed,
        instead,
    }
}
