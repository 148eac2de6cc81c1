//! Sizes of the values on a tape.

/// Size of one example's value: an image of `height` × `width` pixels with `channels` numbers each.
///
/// Pixels are stored row by row and the channels of a pixel lie side by side (channels last), so
/// that bias, activation, batch norm and 1×1 convolution run over contiguous memory. A vector of
/// features is a 1×1 image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Numbers in a pixel.
    pub channels: usize,
}

impl Shape {
    /// A vector of `features` numbers.
    pub fn flat(features: usize) -> Self {
        Self { height: 1, width: 1, channels: features }
    }

    /// A sequence of `steps` steps of `channels` numbers: an image one pixel high.
    pub fn sequence(steps: usize, channels: usize) -> Self {
        Self { height: 1, width: steps, channels }
    }

    /// Pixels of one example.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers of one example.
    pub fn numbers(self) -> usize {
        self.pixels() * self.channels
    }
}

/// Kernel side, stride and padding of a convolution, the same in both directions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sliding {
    /// Side of the kernel, in pixels.
    pub kernel: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Zero pixels added on each side.
    pub padding: usize,
}

impl Sliding {
    /// 3×3 that keeps the image size.
    pub const SAME_3: Self = Self { kernel: 3, stride: 1, padding: 1 };

    /// Size of the output image for `input`, with `channels` filters; `None` where no window fits.
    pub fn output(self, input: Shape, channels: usize) -> Option<Shape> {
        let along = |side: usize| {
            (side + 2 * self.padding).checked_sub(self.kernel).map(|room| room / self.stride + 1)
        };
        Some(Shape { height: along(input.height)?, width: along(input.width)?, channels })
    }
}
