//! Convolution: directly where sizes and processor suit it, else as matrix products.
//!
//! `weight` is (row, column, input channel) × output channel. For a product, the patches under the
//! kernel are copied side by side ("im2col") for as many images as stay in the cache, and multiplied
//! with the weights.

use super::Activation;
use crate::engine::kernel::channels::{add_bias, add_row_sums};
use crate::engine::kernel::direct::{Direct, add_weight_gradient, convolve, turn_weights};
use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, Sliding, TapeRecorder, Value,
};

/// Patch numbers copied at a time: 256 kB of `f32`, a quarter of a second-level cache.
const PATCH_NUMBERS: usize = 65_536;

/// Whether an operation adds a trained number to each output channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bias {
    /// It does.
    Trained,
    /// It does not, because batch norm follows and removes any constant.
    None,
}

/// What an operation applies to its products before it stores them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Added to each output channel.
    pub bias: Bias,
    /// Applied to the sum.
    pub activation: Activation,
}

#[derive(Debug)]
struct Convolution {
    input: Shape,
    output: Shape,
    sliding: Sliding,
    bias: Bias,
    activation: Activation,
}

impl TapeRecorder {
    /// Convolution with `channels` filters; `None` where the image is smaller than the kernel.
    pub fn convolution(
        &mut self,
        input: Value,
        channels: usize,
        sliding: Sliding,
        ending: Ending,
    ) -> Option<Value> {
        let from = self.shape(input);
        let output = sliding.output(from, channels)?;
        let Ending { bias, activation } = ending;
        let convolution = Convolution { input: from, output, sliding, bias, activation };
        Some(self.push(convolution, &[input]))
    }
}

impl Operation for Convolution {
    fn shape(&self) -> Shape {
        self.output
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        // Batch norm rescales the output of a convolution without bias, so the spread of the
        // weights is chosen for the ReLU that follows batch norm.
        let spread = if self.bias == Bias::None { Activation::Relu } else { self.activation };
        let deviation = (spread.gain() / self.patch() as f64).sqrt();
        let weight = ParameterGroup::weights(self.patch() * self.output.channels, deviation);
        match self.bias {
            Bias::Trained => vec![weight, ParameterGroup::bias(self.output.channels)],
            Bias::None => vec![weight],
        }
    }

    fn scratch(&self, examples: usize) -> usize {
        let (patches, padded, turned) = self.space(examples);
        patches + padded + turned
    }

    fn flop(&self) -> f64 {
        2.0 * (self.patch() * self.output.numbers()) as f64
    }
}

impl<T: Real> Compute<T> for Convolution {
    fn forward(&self, call: Forward<'_, T>) {
        let mut scratch = self.divide(call.scratch, call.examples);
        self.convolve(call.output, call.inputs[0], call.parameters.group(0), &mut scratch);
        if self.bias == Bias::Trained {
            add_bias(call.output, call.parameters.group(1), self.activation == Activation::Relu);
        }
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        self.activation.backward(call.gradient, call.output);
        let mut scratch = self.divide(call.scratch, call.examples);
        let of_weight = call.parameter_gradients.group(0);
        self.weight_backward(of_weight, call.inputs[0], call.gradient, &mut scratch);
        if self.bias == Bias::Trained {
            add_row_sums(call.parameter_gradients.group(1), call.gradient);
        }
        if let [Some(target), ..] = call.input_gradients {
            self.input_backward(target, call.gradient, call.parameters.group(0), &mut scratch);
        }
    }
}

/// Scratch space, divided by use.
struct Scratch<'a, T> {
    patches: &'a mut [T],
    /// One image with its margin of zeros.
    padded: &'a mut [T],
    /// Weights rearranged for the backward pass.
    turned: &'a mut [T],
}

impl Convolution {
    /// Numbers of each part of the scratch space.
    fn space(&self, examples: usize) -> (usize, usize, usize) {
        let ways = [self.forth(), self.back()];
        let is_direct = ways.iter().all(Option::is_some);
        let images = self.group().min(examples);
        let patches = if is_direct { 0 } else { images * self.patch_numbers() };
        let padded = ways.into_iter().flatten().map(|direct| direct.padded_numbers());
        (patches, padded.max().unwrap_or(0), self.patch() * self.output.channels)
    }

    fn divide<'a, T>(&self, scratch: &'a mut [T], examples: usize) -> Scratch<'a, T> {
        let (patches, padded, _) = self.space(examples);
        let (patches, rest) = scratch.split_at_mut(patches);
        let (padded, turned) = rest.split_at_mut(padded);
        Scratch { patches, padded, turned }
    }

    /// Direct convolution from input to output, where it applies.
    fn forth(&self) -> Option<Direct> {
        Direct::new(self.input, self.output, self.sliding)
    }

    /// Direct convolution from the output's gradient to the input's, where it applies.
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
    fn convolve<T: Real>(
        &self,
        output: &mut [T],
        input: &[T],
        weight: &[T],
        scratch: &mut Scratch<'_, T>,
    ) {
        if let Some(direct) = self.forth() {
            return convolve(output, input, weight, direct, &mut *scratch.padded);
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
    fn weight_backward<T: Real>(
        &self,
        target: &mut [T],
        input: &[T],
        gradient: &[T],
        scratch: &mut Scratch<'_, T>,
    ) {
        if let Some(direct) = self.forth() {
            return add_weight_gradient(target, input, gradient, direct, &mut *scratch.padded);
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
    fn input_backward<T: Real>(
        &self,
        target: &mut [T],
        gradient: &[T],
        weight: &[T],
        scratch: &mut Scratch<'_, T>,
    ) {
        if let Some(direct) = self.back() {
            let turned = &mut scratch.turned[..weight.len()];
            turn_weights(turned, weight, direct);
            return convolve(target, gradient, turned, direct, &mut *scratch.padded);
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

    /// Writes to each pixel of a group of images the sum of its copies in `patches` ("col2im").
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
    fn patches<'a, T: Real>(&self, input: &'a [T], scratch: &'a mut Scratch<'_, T>) -> &'a [T] {
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
        // Rows and columns are counted in the padded image, where the real pixels begin at
        // `padding`.
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

#[cfg(test)]
mod tests {
    use super::super::differences::{check, check_with};
    use super::*;

    const IMAGE: Shape = Shape { height: 5, width: 6, channels: 3 };
    const PLAIN: Ending = Ending { bias: Bias::None, activation: Activation::Identity };
    const BIAS_RELU: Ending = Ending { bias: Bias::Trained, activation: Activation::Relu };

    fn slide(kernel: usize, stride: usize, padding: usize) -> Sliding {
        Sliding { kernel, stride, padding }
    }

    #[test]
    fn gradients_are_differences() {
        for sliding in [Sliding::SAME_3, slide(3, 2, 1), slide(1, 1, 0), slide(1, 2, 0)] {
            check(IMAGE, |tape, input| tape.convolution(input, 4, sliding, BIAS_RELU));
            check(IMAGE, |tape, input| tape.convolution(input, 5, sliding, PLAIN));
        }
        check(IMAGE, |tape, input| tape.convolution(input, 2, slide(3, 1, 0), PLAIN));
    }

    #[test]
    fn gradients_of_wide_layers_are_differences() {
        // Direct convolution may be used for these channel counts: multiples of the vector length.
        let image = Shape { height: 7, width: 9, channels: 16 };
        check_with(3, image, |tape, input| tape.convolution(input, 32, Sliding::SAME_3, BIAS_RELU));
        check_with(2, image, |tape, input| tape.convolution(input, 48, Sliding::SAME_3, PLAIN));
        let small = Shape { height: 1, width: 2, channels: 32 };
        check_with(3, small, |tape, input| tape.convolution(input, 16, Sliding::SAME_3, PLAIN));
    }
}
