//! Convolution as matrix products over groups of images that stay in the cache.
//!
//! The patches under the kernel are copied side by side ("im2col") for a few images at a time, and
//! one product with the weights, (row, column, input channel) × output channel, does the rest.

use super::kernel::{Matrix, Store, multiply};
use super::real::Real;
use super::shape::{Shape, Sliding};
use super::tape::{Operation, Tape};

/// Patch numbers copied at a time: 256 kB of `f32`, a quarter of a second-level cache.
const PATCH_NUMBERS: usize = 65_536;

/// Sizes of one convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution {
    pub(super) input: Shape,
    pub(super) output: Shape,
    pub(super) sliding: Sliding,
}

/// Space for patches, shared by all convolutions of a tape.
#[derive(Clone, Debug)]
pub(super) struct Scratch<T> {
    patches: Vec<T>,
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(tape: &Tape) -> Self {
        let mut length = 0;
        for node in tape.nodes() {
            if let Operation::Convolution { input, sliding, .. } = &node.operation {
                let input = tape.nodes()[input.0].shape;
                let convolution = Convolution { input, output: node.shape, sliding: *sliding };
                length = length.max(convolution.group() * convolution.patch_numbers());
            }
        }
        Self { patches: vec![T::ZERO; length] }
    }
}

impl Convolution {
    /// Numbers under the kernel.
    fn patch(&self) -> usize {
        self.sliding.kernel * self.sliding.kernel * self.input.channels
    }

    /// Patch numbers of one image.
    fn patch_numbers(&self) -> usize {
        self.output.pixels() * self.patch()
    }

    /// Images copied at a time.
    fn group(&self) -> usize {
        (PATCH_NUMBERS / self.patch_numbers()).max(1)
    }

    /// 1×1 without stride: the image is its own list of patches.
    fn is_pixelwise(&self) -> bool {
        self.sliding == Sliding { kernel: 1, stride: 1, padding: 0 }
    }

    /// Writes the convolution of each image of `input`, without bias.
    pub(super) fn forward<T: Real>(
        &self,
        output: &mut [T],
        input: &[T],
        weight: &[T],
        scratch: &mut Scratch<T>,
    ) {
        let group = self.group();
        let (of_input, of_output) = (self.input.numbers(), self.output.numbers());
        let weight = Matrix::row_major(weight, self.patch(), self.output.channels);
        for (output, input) in
            output.chunks_mut(group * of_output).zip(input.chunks(group * of_input))
        {
            let rows = output.len() / self.output.channels;
            let patches = self.patches(input, scratch);
            multiply(
                output,
                Matrix::row_major(patches, rows, self.patch()),
                weight,
                Store::Replace,
            );
        }
    }

    /// Adds to `target` the gradient of the weights.
    pub(super) fn weight_backward<T: Real>(
        &self,
        target: &mut [T],
        input: &[T],
        gradient: &[T],
        scratch: &mut Scratch<T>,
    ) {
        let group = self.group();
        let (of_input, of_output) = (self.input.numbers(), self.output.numbers());
        for (gradient, input) in
            gradient.chunks(group * of_output).zip(input.chunks(group * of_input))
        {
            let rows = gradient.len() / self.output.channels;
            let patches = self.patches(input, scratch);
            multiply(
                target,
                Matrix::row_major(patches, rows, self.patch()).transposed(),
                Matrix::row_major(gradient, rows, self.output.channels),
                Store::Add,
            );
        }
    }

    /// Writes the gradient of the input.
    pub(super) fn input_backward<T: Real>(
        &self,
        target: &mut [T],
        gradient: &[T],
        weight: &[T],
        scratch: &mut Scratch<T>,
    ) {
        let group = self.group();
        let (of_input, of_output) = (self.input.numbers(), self.output.numbers());
        let weight = Matrix::row_major(weight, self.patch(), self.output.channels).transposed();
        for (target, gradient) in
            target.chunks_mut(group * of_input).zip(gradient.chunks(group * of_output))
        {
            let rows = gradient.len() / self.output.channels;
            let gradient = Matrix::row_major(gradient, rows, self.output.channels);
            if self.is_pixelwise() {
                multiply(target, gradient, weight, Store::Replace);
                continue;
            }
            let patches = &mut scratch.patches[..rows * self.patch()];
            multiply(patches, gradient, weight, Store::Replace);
            target.fill(T::ZERO);
            let images = target.chunks_exact_mut(of_input);
            for (image, patches) in images.zip(patches.chunks_exact(self.patch_numbers())) {
                self.for_each_run(|image_start, patch_start, length| {
                    let image = &mut image[image_start..image_start + length];
                    for (sum, term) in image.iter_mut().zip(&patches[patch_start..]) {
                        *sum += *term;
                    }
                });
            }
        }
    }

    /// The patches of a group of images, one row an output pixel.
    fn patches<'a, T: Real>(&self, input: &'a [T], scratch: &'a mut Scratch<T>) -> &'a [T] {
        if self.is_pixelwise() {
            return input;
        }
        let images = input.len() / self.input.numbers();
        let patches = &mut scratch.patches[..images * self.patch_numbers()];
        let inputs = input.chunks_exact(self.input.numbers());
        for (patches, image) in patches.chunks_exact_mut(self.patch_numbers()).zip(inputs) {
            if self.sliding.padding > 0 {
                patches.fill(T::ZERO);
            }
            self.for_each_run(|image_start, patch_start, length| {
                patches[patch_start..patch_start + length]
                    .copy_from_slice(&image[image_start..image_start + length]);
            });
        }
        patches
    }

    /// Calls `visit(start in the image, start in the patches, length)` for each run of numbers that
    /// lies side by side in both: the pixels of one kernel row that are inside the image.
    #[inline(always)]
    fn for_each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Sliding { kernel, stride, padding } = self.sliding;
        let channels = self.input.channels;
        for y in 0..self.output.height {
            for x in 0..self.output.width {
                // In pixels of the padded image; those from `padding` on are real.
                let left = (x * stride).max(padding);
                let right = (x * stride + kernel).min(self.input.width + padding);
                if right <= left {
                    continue;
                }
                for row in 0..kernel {
                    let image_row = y * stride + row;
                    if image_row < padding || image_row >= self.input.height + padding {
                        continue;
                    }
                    let image_pixel = (image_row - padding) * self.input.width + left - padding;
                    let patch_pixel = row * kernel + left - x * stride;
                    let patch_start =
                        (y * self.output.width + x) * self.patch() + patch_pixel * channels;
                    visit(image_pixel * channels, patch_start, (right - left) * channels);
                }
            }
        }
    }
}
