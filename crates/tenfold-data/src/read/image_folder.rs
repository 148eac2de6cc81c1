//! Image folders: one folder a class, PNG and JPEG files in it.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ColorType, DynamicImage, ImageReader, Limits};

use super::column::class_order;
use super::file::{entries, not_there, read_bytes};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey};
use crate::dataset::{Dataset, Field, Images, Targets};
use crate::digest::text_key;
use crate::error::DataError;

/// What a file has to be.
const NEEDED: &str = "a valid PNG or JPEG image";

/// Bytes one image may unpack to; a damaged header must not ask for all memory.
const LARGEST_IMAGE: u64 = 256 << 20;

/// Image files of one class.
struct ClassFolder {
    name: String,
    files: Vec<String>,
}

/// One folder a class, PNG and JPEG files in it.
#[derive(Debug)]
pub(super) struct ImageFolder;

impl Reader for ImageFolder {
    fn name(&self) -> &'static str {
        "image-folder"
    }

    /// Any folder may be meant as an image folder; an error then says what is wrong with it.
    fn recognises(&self, path: &Path) -> Likeness {
        if path.is_dir() { Likeness::Perhaps } else { Likeness::No }
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Image
    }

    fn keys(&self) -> &'static [ReaderKey] {
        &[]
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        image_folder(&files.path)
    }
}

/// Reads `path/<class>/*.png` and `.jpg`. All images need one size; if any is in colour, all are
/// read as red, green and blue. Files of other kinds are skipped, with a note.
fn image_folder(path: &Path) -> Result<Dataset, DataError> {
    if path.is_file() {
        return Err(DataError::WrongKind {
            path: path.to_owned(),
            found: "a file",
            needed: "a folder with one folder a class",
        });
    }
    if !path.exists() {
        return Err(not_there(path));
    }
    let mut notes = Vec::new();
    let classes = class_folders(path, &mut notes)?;
    if let [class] = &classes[..] {
        return Err(DataError::OneClass {
            what: format!("`{}`", path.display()),
            class: class.name.clone(),
            rows: class.files.len(),
        });
    }
    let (mut labels, mut keys) = (Vec::new(), Vec::new());
    let mut stack = Stack::default();
    for (label, class) in (0_u32..).zip(&classes) {
        for file in &class.files {
            stack.add(path.join(&class.name).join(file))?;
            labels.push(label);
            keys.push(text_key(&format!("{}/{file}", class.name)));
        }
    }
    let images = stack.into_images(&mut notes);
    let names = classes.into_iter().map(|class| class.name).collect();
    let mut dataset =
        Dataset::new(vec![Field::images(images)], Targets::Classes { labels, names })?;
    dataset.keys = keys;
    dataset.reading.notes = notes;
    Ok(dataset)
}

fn class_folders(path: &Path, notes: &mut Vec<String>) -> Result<Vec<ClassFolder>, DataError> {
    let mut classes = Vec::new();
    let (mut images_outside, mut folders, mut other) = (0, Vec::new(), Vec::new());
    for name in entries(path)? {
        let folder = path.join(&name);
        if !folder.is_dir() {
            if is_image(&name) {
                images_outside += 1;
            } else {
                other.push(name);
            }
            continue;
        }
        let (files, rest): (Vec<_>, Vec<_>) =
            entries(&folder)?.into_iter().partition(|file| is_image(file));
        let deeper = rest.iter().find(|entry| folder.join(entry).is_dir()).cloned();
        other.extend(rest.into_iter().map(|file| format!("{name}/{file}")));
        if files.is_empty() {
            folders.push((folder, deeper));
        } else {
            classes.push(ClassFolder { name, files });
        }
    }
    if classes.is_empty() {
        return Err(no_classes(path, images_outside, &folders));
    }
    for (folder, _) in &folders {
        notes.push(format!("`{}` has no PNG or JPEG image and is left out", folder.display()));
    }
    if images_outside > 0 {
        notes.push(format!("{images_outside} images outside the class folders are left out"));
    }
    if let Some(first) = other.first() {
        notes.push(format!("{} other entries are left out, the first is `{first}`", other.len()));
    }
    classes.sort_by(|a, b| class_order(&a.name, &b.name));
    Ok(classes)
}

fn no_classes(
    path: &Path,
    images_outside: usize,
    folders: &[(PathBuf, Option<String>)],
) -> DataError {
    let found = match (images_outside, folders.len()) {
        (0, 0) => "is empty".to_owned(),
        (0, 1) => "has 1 folder without images".to_owned(),
        (0, count) => format!("has {count} folders without images"),
        (1, _) => "has 1 image but no folder with images".to_owned(),
        (count, _) => format!("has {count} images but no folder with images"),
    };
    // The usual `train/` and `test/` above the class folders.
    let nested = folders.iter().filter(|(_, deeper)| deeper.is_some());
    let training = nested.clone().find(|(folder, _)| folder.ends_with("train"));
    let instead = training.or_else(|| nested.clone().next()).map(|(folder, _)| folder.clone());
    DataError::NotAnImageFolder { path: path.to_owned(), found, instead }
}

pub(super) fn is_image(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["png", "jpg", "jpeg"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Decoded images, kept gray as long as all of them are.
#[derive(Default)]
struct Stack {
    /// Channels first, image by image.
    pixels: Vec<u8>,
    /// Path and size of the first image.
    first: Option<(PathBuf, (u32, u32))>,
    is_colour: bool,
    gray_images: usize,
    colour_images: usize,
    with_alpha: usize,
    deep: usize,
}

impl Stack {
    fn add(&mut self, path: PathBuf) -> Result<(), DataError> {
        let image = decode(&path)?;
        let size = (image.width(), image.height());
        match &self.first {
            None => self.first = Some((path, size)),
            Some((first, first_size)) if *first_size != size => {
                return Err(DataError::OddImage {
                    first: first.clone(),
                    first_size: *first_size,
                    odd: path,
                    odd_size: size,
                });
            }
            Some(_) => {}
        }
        let colour = image.color();
        self.with_alpha += usize::from(colour.has_alpha());
        self.deep += usize::from(colour.bits_per_pixel() / u16::from(colour.channel_count()) > 8);
        if colour.has_color() {
            self.push_colour(&image);
        } else {
            self.push_gray(&image);
        }
        Ok(())
    }

    fn push_gray(&mut self, image: &DynamicImage) {
        self.gray_images += 1;
        let plane = match image.color() {
            ColorType::L8 => image.as_bytes().to_vec(),
            _ => image.to_luma8().into_raw(),
        };
        let copies = if self.is_colour { 3 } else { 1 };
        for _ in 0..copies {
            self.pixels.extend_from_slice(&plane);
        }
    }

    fn push_colour(&mut self, image: &DynamicImage) {
        if !self.is_colour {
            self.is_colour = true;
            let area = image.width() as usize * image.height() as usize;
            let planes = self.pixels.chunks_exact(area.max(1));
            self.pixels = planes.flat_map(|plane| [plane, plane, plane].concat()).collect();
        }
        self.colour_images += 1;
        let interleaved = image.to_rgb8().into_raw();
        for channel in 0..3 {
            self.pixels.extend(interleaved.iter().skip(channel).step_by(3));
        }
    }

    fn into_images(self, notes: &mut Vec<String>) -> Images {
        if self.is_colour && self.gray_images > 0 {
            notes.push(format!(
                "{} gray images read as colour, as {} others are",
                self.gray_images, self.colour_images
            ));
        }
        if self.with_alpha > 0 {
            notes.push(format!("transparency dropped in {} images", self.with_alpha));
        }
        if self.deep > 0 {
            notes.push(format!("{} images of more than 8 bits a channel cut to 8", self.deep));
        }
        let (width, height) = self.first.map_or((0, 0), |(_, size)| size);
        Images {
            pixels: self.pixels.into(),
            channels: if self.is_colour { 3 } else { 1 },
            height: height as usize,
            width: width as usize,
        }
    }
}

fn decode(path: &Path) -> Result<DynamicImage, DataError> {
    let bytes = read_bytes(path, NEEDED)?;
    let corrupt =
        |reason: String| DataError::Corrupt { path: path.to_owned(), needed: NEEDED, reason };
    // By content, not by name: a JPEG called .png is common.
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let mut reader = reader.map_err(|error| corrupt(error.to_string()))?;
    if reader.format().is_none() {
        return Err(corrupt("its first bytes are of another kind of file".to_owned()));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(LARGEST_IMAGE);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| corrupt(error.to_string()))?;
    if image.width() == 0 || image.height() == 0 {
        return Err(corrupt("it has no pixels".to_owned()));
    }
    Ok(image)
}
