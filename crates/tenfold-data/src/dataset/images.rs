//! Images as bytes.

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// Images as bytes, 0 to 255, all of one size.
#[derive(Clone, Debug)]
pub struct Images {
    /// Example by example, in each channel by channel, row by row (N, C, H, W).
    pub pixels: Arc<[u8]>,
    /// 1 (gray) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
}

impl Images {
    /// Bytes of one image.
    pub fn image_len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Bytes of the image in `row`, channels first.
    pub fn image(&self, row: u32) -> &[u8] {
        let start = row as usize * self.image_len();
        &self.pixels[start..start + self.image_len()]
    }

    /// `rows` if the bytes are exactly `rows` images, else another number: that of the whole images in
    /// the bytes, one more where bytes are left over behind `rows` of them.
    pub(super) fn len(&self, rows: usize) -> usize {
        let bytes = self.pixels.len();
        if rows.checked_mul(self.image_len()) == Some(bytes) {
            return rows;
        }
        let found = bytes / self.image_len().max(1);
        if found == rows { found + 1 } else { found }
    }

    pub(super) fn add_shape(&self, hasher: &mut Sha256) {
        for length in [self.channels, self.height, self.width] {
            hasher.update((length as u64).to_le_bytes());
        }
    }

    pub(super) fn add_pixels(&self, hasher: &mut Sha256) {
        hasher.update((self.pixels.len() as u64).to_le_bytes());
        hasher.update(&self.pixels);
    }

    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let mut pixels = Vec::with_capacity(rows.len() * self.image_len());
        for row in rows {
            pixels.extend_from_slice(self.image(*row));
        }
        Self { pixels: pixels.into(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_left_over_are_no_image() {
        let images = |bytes: usize| Images {
            pixels: vec![0; bytes].into(),
            channels: 1,
            height: 2,
            width: 2,
        };
        assert_eq!([8, 9, 11, 12, 7].map(|bytes| images(bytes).len(2)), [2, 3, 3, 3, 1]);
    }
}
