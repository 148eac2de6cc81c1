//! Fashion-MNIST in small: 14×14 pixels of 16 grays.

use super::Builtin;
use crate::dataset::{Dataset, Field, Images, Targets};
use crate::error::DataError;
use crate::read::ExampleKind;

/// Rows 0 to 16383 are the first of Fashion-MNIST's training file, the others of its test file.
pub(super) const BUILTIN: Builtin = Builtin {
    name: "fashion-mnist-14",
    kind: ExampleKind::Image,
    examples: 18_432,
    description: "Fashion-MNIST as 14×14 pixels of 16 grays, 10 classes; rows 0 to 16383 are the first \
                  16,384 of its training file, rows 16384 to 18431 the first 2,048 of its test file",
    licence: "MIT, © 2017 Zalando SE",
    notice: include_str!("../../data/fashion-mnist-14.NOTICE.txt"),
    read,
};

/// Gzip of 18,432 labels of one byte, then the images: 98 bytes each, the first pixel of a pair in
/// the high half.
const PACKED: &[u8] = include_bytes!("../../data/fashion-mnist-14.gz");

const SIDE: usize = 14;
const NAMES: [&str; 10] = [
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
];

fn read() -> Result<Dataset, DataError> {
    let examples = BUILTIN.examples as usize;
    let bytes = BUILTIN.unpacked(PACKED)?;
    if bytes.len() != examples * (1 + SIDE * SIDE / 2) {
        return Err(BUILTIN.corrupt(format!("it has {} bytes", bytes.len())));
    }
    let (labels, images) = bytes.split_at(examples);
    // 16 grays from 0 to 255 are 17 apart.
    let pixels: Vec<u8> =
        images.iter().flat_map(|pair| [(pair >> 4) * 17, (pair & 15) * 17]).collect();
    Dataset::new(
        vec![Field::images(Images {
            pixels: pixels.into(),
            channels: 1,
            height: SIDE,
            width: SIDE,
        })],
        Targets::Classes {
            labels: labels.iter().map(|label| u32::from(*label)).collect(),
            names: NAMES.iter().map(|name| (*name).to_owned()).collect(),
        },
    )
}
