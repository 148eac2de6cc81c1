//! Convolution: directly where sizes and processor suit it, else as matrix products.
//!
//! For a product, the patches under the kernel are copied side by side ("im2col") for as many images
//! as stay in the cache, and multiplied with the weights, (row, column, input channel) × output
//! channel.

use super::kernel::direct::{Direct, add_weight_gradient, convolve, turn_weights};
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

/// Space that all convolutions of a tape share.
#[derive(Clone, Debug)]
pub(super) struct Scratch<T> {
    patches: Vec<T>,
    /// One image between zeros.
    padded: Vec<T>,
    /// Weights as the way back needs them.
    turned: Vec<T>,
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(tape: &Tape) -> Self {
        let (mut patches, mut padded, mut turned) = (0, 0, 0);
        for node in tape.nodes() {
            let Operation::Convolution { input, weight, sliding, .. } = &node.operation else {
                continue;
            };
            let input = tape.nodes()[input.0].shape;
            let convolution = Convolution { input, output: node.shape, sliding: *sliding };
            let ways = [convolution.forth(), convolution.back()];
            if ways.iter().any(Option::is_none) {
                patches = patches.max(convolution.group() * convolution.patch_numbers());
            }
            let numbers = ways.into_iter().flatten().map(|direct| direct.padded_numbers());
            padded = numbers.fold(padded, usize::max);
            turned = turned.max(weight.len());
        }
        let zeros = |length| vec![T::ZERO; length];
        Self { patches: zeros(patches), padded: zeros(padded), turned: zeros(turned) }
    }
}

impl Convolution {
    /// The direct way from input to output, where there is one.
    fn forth(&self) -> Option<Direct> {
        Direct::new(self.input, self.output, self.sliding)
    }

    /// The direct way from the output's gradient to the input's, itself a convolution.
    fn back(&self) -> Option<Direct> {
        let Sliding { kernel, stride, padding } = self.sliding;
        let padding = (kernel - 1).checked_sub(padding)?;
        Direct::new(self.output, self.input, Sliding { kernel, stride, padding })
    }

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
        if let Some(direct) = self.forth() {
            return convolve(output, input, weight, (direct, &mut scratch.padded));
        }
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
        if let Some(direct) = self.forth() {
            return add_weight_gradient(target, input, gradient, (direct, &mut scratch.padded));
        }
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
        if let Some(direct) = self.back() {
            let turned = &mut scratch.turned[..weight.len()];
            turn_weights(turned, weight, direct);
            return convolve(target, gradient, turned, (direct, &mut scratch.padded));
        }
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
            self.add_patches(target, patches);
        }
    }

    /// Writes to each pixel of a group of images the sum of its places in the patches.
    fn add_patches<T: Real>(&self, images: &mut [T], patches: &[T]) {
        images.fill(T::ZERO);
        let images = images.chunks_exact_mut(self.input.numbers());
        for (image, patches) in images.zip(patches.chunks_exact(self.patch_numbers())) {
            self.for_each_run(|image_start, patch_start, length| {
                let sum = &mut image[image_start..image_start + length];
                add_run(sum, &patches[patch_start..patch_start + length]);
            });
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
    fn for_each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Sliding { kernel, stride, padding } = self.sliding;
        let channels = self.input.channels;
        // In pixels of the padded image, those from `padding` on are real.
        let real = |first: usize, side: usize| {
            first.max(padding)..(first + kernel).min(side + padding).max(first.max(padding))
        };
        for pixel in 0..self.output.pixels() {
            let (y, x) = (pixel / self.output.width * stride, pixel % self.output.width * stride);
            let columns = real(x, self.input.width);
            for row in real(y, self.input.height) {
                let image_pixel = (row - padding) * self.input.width + columns.start - padding;
                let patch_pixel = (row - y) * kernel + columns.start - x;
                let patch_start = pixel * self.patch() + patch_pixel * channels;
                visit(image_pixel * channels, patch_start, columns.len() * channels);
            }
        }
    }
}

/// Adds `term` to the beginning of `sum`.
fn add_run<T: Real>(sum: &mut [T], term: &[T]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += *term;
    }
}
