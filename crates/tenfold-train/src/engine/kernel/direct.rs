//! Convolution of stride 1 without copying patches: sums stay in registers over a whole kernel.
//!
//! A tile of output pixels × output channels is held while the loop runs over the kernel and the
//! input channels; each step multiplies a few neighbouring input numbers with one row of weights.

use super::dispatch::{VectorUnits, vectorised};
use crate::engine::real::Real;
use crate::engine::shape::{Shape, Sliding};

/// Output channels of the smallest tile: one AVX-512 or two AVX2 registers of `f32`.
const LANES: usize = 16;

/// Sizes of a convolution of stride 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Direct {
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    kernel: usize,
    padding: usize,
    units: VectorUnits,
}

impl Direct {
    /// Sizes of a direct convolution of `input` to `output`; `None` where this processor or these
    /// sizes do not suit it.
    pub(crate) fn new(input: Shape, output: Shape, sliding: Sliding) -> Option<Self> {
        let Sliding { kernel, stride, padding } = sliding;
        let units = VectorUnits::of_this_processor();
        // A convolution with a kernel of one pixel is a plain matrix product.
        let suits = kernel > 1 && stride == 1 && output.channels.is_multiple_of(LANES);
        (suits && units != VectorUnits::Baseline).then_some(Self {
            input,
            output,
            kernel,
            padding,
            units,
        })
    }

    /// Numbers of one image with its padding.
    pub(crate) fn padded_numbers(&self) -> usize {
        let height = self.input.height + 2 * self.padding;
        height * self.padded_width() * self.input.channels
    }

    fn padded_width(&self) -> usize {
        self.input.width + 2 * self.padding
    }

    /// Copies `image` into `padded`, whose margin stays 0; each row is stored channel by channel.
    fn pad_planes<T: Real>(&self, padded: &mut [T], image: &[T]) {
        let (width, channels) = (self.padded_width(), self.input.channels);
        let rows = padded.chunks_exact_mut(width * channels).skip(self.padding);
        for (planes, row) in rows.zip(image.chunks_exact(self.input.width * channels)) {
            for (channel, plane) in planes.chunks_exact_mut(width).enumerate() {
                copy_every(&mut plane[self.padding..], &row[channel..], channels);
            }
        }
    }

    /// Copies `image` into `padded`, whose margin stays 0; each row is stored pixel by pixel.
    fn pad_pixels<T: Real>(&self, padded: &mut [T], image: &[T]) {
        let (width, channels) = (self.padded_width(), self.input.channels);
        let rows = padded.chunks_exact_mut(width * channels).skip(self.padding);
        let length = self.input.width * channels;
        for (target, row) in rows.zip(image.chunks_exact(length)) {
            target[self.padding * channels..][..length].copy_from_slice(row);
        }
    }
}

/// Writes every `stride`-th number of `from` to the beginning of `target`.
#[inline(always)]
fn copy_every<T: Real>(target: &mut [T], from: &[T], stride: usize) {
    for (target, value) in target.iter_mut().zip(from.iter().step_by(stride)) {
        *target = *value;
    }
}

/// Convolves every image of `input`; `padded` is scratch space.
pub(crate) fn convolve<T: Real>(
    output: &mut [T],
    input: &[T],
    weight: &[T],
    direct: Direct,
    padded: &mut [T],
) {
    let padded = &mut padded[..direct.padded_numbers()];
    padded.fill(T::ZERO);
    let images = input.chunks_exact(direct.input.numbers());
    for (output, image) in output.chunks_exact_mut(direct.output.numbers()).zip(images) {
        direct.pad_planes(padded, image);
        convolve_image(output, padded, weight, direct);
    }
}

/// Adds the gradient of the weights over every image to `target`; `padded` is scratch space.
pub(crate) fn add_weight_gradient<T: Real>(
    target: &mut [T],
    input: &[T],
    gradient: &[T],
    direct: Direct,
    padded: &mut [T],
) {
    let padded = &mut padded[..direct.padded_numbers()];
    padded.fill(T::ZERO);
    let images = input.chunks_exact(direct.input.numbers());
    for (gradient, image) in gradient.chunks_exact(direct.output.numbers()).zip(images) {
        direct.pad_pixels(padded, image);
        add_weight_gradient_of_image(target, padded, gradient, direct);
    }
}

/// Writes the weights of the convolution `back`, which computes the input's gradient from the
/// output's gradient: the forward weights, with the kernel rotated by 180 degrees and input and
/// output channels swapped.
pub(crate) fn turn_weights<T: Real>(turned: &mut [T], weight: &[T], back: Direct) {
    // `back` reads the gradient of the output, so its input channels are the forward output
    // channels.
    let (outputs, inputs) = (back.input.channels, back.output.channels);
    let block = inputs * outputs;
    for (to, from) in turned.chunks_exact_mut(block).zip(weight.chunks_exact(block).rev()) {
        for (output, row) in to.chunks_exact_mut(inputs).enumerate() {
            copy_every(row, &from[output..], outputs);
        }
    }
}

/// Adds `left` × `right`, a row of sums for each number of `left`.
///
/// Rows are written out: as a loop, the compiler may choose to vectorise over rows, with a gather
/// and a scatter for each column, at a hundredth of the speed.
#[inline(always)]
pub(super) fn add_outer_product<T: Real, const ROWS: usize, const COLUMNS: usize>(
    sums: &mut [[T; COLUMNS]; ROWS],
    left: &[T; ROWS],
    right: &[T; COLUMNS],
) {
    const { assert!(ROWS <= 14, "a row is not written out") };
    macro_rules! rows {
        ($($row:literal)*) => {
            $(if $row < ROWS {
                for (sum, right) in sums[$row].iter_mut().zip(right) {
                    *sum = left[$row].fused_multiply_add(*right, *sum);
                }
            })*
        };
    }
    rows!(0 1 2 3 4 5 6 7 8 9 10 11 12 13);
}

vectorised! {
    /// Convolves one image; `planes` holds the padded image, each row channel by channel.
    fn convolve_image<T>(output: &mut [T], planes: &[T], weight: &[T], direct: Direct) {
        // Sums in registers: 14 of 32 with AVX-512, 12 of 16 with AVX2.
        match direct.units {
            VectorUnits::Wide if direct.output.channels.is_multiple_of(2 * LANES) => {
                convolve_tiles::<T, { 2 * LANES }, 7>(output, planes, weight, direct);
            }
            VectorUnits::Wide => convolve_tiles::<T, LANES, 14>(output, planes, weight, direct),
            VectorUnits::Middle | VectorUnits::Baseline => {
                convolve_tiles::<T, LANES, 6>(output, planes, weight, direct);
            }
        }
    }
}

#[inline(always)]
fn convolve_tiles<T: Real, const CHANNELS: usize, const PIXELS: usize>(
    output: &mut [T],
    planes: &[T],
    weight: &[T],
    direct: Direct,
) {
    let width = direct.output.width;
    for channel in (0..direct.output.channels).step_by(CHANNELS) {
        for y in 0..direct.output.height {
            let mut x = 0;
            while x + PIXELS <= width {
                let at = (y, x, channel);
                convolve_tile::<T, CHANNELS, PIXELS>(output, planes, weight, direct, at);
                x += PIXELS;
            }
            while x + 3 <= width {
                let at = (y, x, channel);
                convolve_tile::<T, CHANNELS, 3>(output, planes, weight, direct, at);
                x += 3;
            }
            while x < width {
                let at = (y, x, channel);
                convolve_tile::<T, CHANNELS, 1>(output, planes, weight, direct, at);
                x += 1;
            }
        }
    }
}

#[inline(always)]
fn convolve_tile<T: Real, const CHANNELS: usize, const PIXELS: usize>(
    output: &mut [T],
    planes: &[T],
    weight: &[T],
    direct: Direct,
    at: (usize, usize, usize),
) {
    let (y, x, channel) = at;
    let (inputs, outputs) = (direct.input.channels, direct.output.channels);
    let width = direct.padded_width();
    let mut sums = [[T::ZERO; CHANNELS]; PIXELS];
    for tap in 0..direct.kernel * direct.kernel {
        let (row, column) = (tap / direct.kernel, tap % direct.kernel);
        let weights = &weight[tap * inputs * outputs + channel..];
        let planes = &planes[(y + row) * inputs * width + x + column..];
        for input in 0..inputs {
            let Some(values) = planes[input * width..].first_chunk::<PIXELS>() else { break };
            let weights = weights[input * outputs..].first_chunk::<CHANNELS>();
            let Some(weights) = weights else { break };
            add_outer_product(&mut sums, values, weights);
        }
    }
    let first = (y * direct.output.width + x) * outputs + channel;
    for (pixel, sums) in sums.iter().enumerate() {
        output[first + pixel * outputs..][..CHANNELS].copy_from_slice(sums);
    }
}

vectorised! {
    /// Adds the weight gradient of one image; `pixels` holds the padded image, pixel by pixel.
    fn add_weight_gradient_of_image<T>(target: &mut [T], pixels: &[T], gradient: &[T], direct: Direct) {
        match direct.units {
            VectorUnits::Wide if direct.output.channels.is_multiple_of(2 * LANES) => {
                gradient_tiles::<T, { 2 * LANES }, 12>(target, pixels, gradient, direct);
            }
            VectorUnits::Wide => gradient_tiles::<T, LANES, 12>(target, pixels, gradient, direct),
            VectorUnits::Middle | VectorUnits::Baseline => {
                gradient_tiles::<T, LANES, 6>(target, pixels, gradient, direct);
            }
        }
    }
}

#[inline(always)]
fn gradient_tiles<T: Real, const CHANNELS: usize, const ROWS: usize>(
    target: &mut [T],
    pixels: &[T],
    gradient: &[T],
    direct: Direct,
) {
    // Weights of one kernel row read numbers that lie side by side in a padded image.
    let run = direct.kernel * direct.input.channels;
    for row in 0..direct.kernel {
        for channel in (0..direct.output.channels).step_by(CHANNELS) {
            let mut first = 0;
            while first + ROWS <= run {
                let at = (row, first, channel);
                gradient_tile::<T, CHANNELS, ROWS>(target, pixels, gradient, direct, at);
                first += ROWS;
            }
            while first + 3 <= run {
                let at = (row, first, channel);
                gradient_tile::<T, CHANNELS, 3>(target, pixels, gradient, direct, at);
                first += 3;
            }
            while first < run {
                let at = (row, first, channel);
                gradient_tile::<T, CHANNELS, 1>(target, pixels, gradient, direct, at);
                first += 1;
            }
        }
    }
}

#[inline(always)]
fn gradient_tile<T: Real, const CHANNELS: usize, const ROWS: usize>(
    target: &mut [T],
    pixels: &[T],
    gradient: &[T],
    direct: Direct,
    at: (usize, usize, usize),
) {
    let (row, first, channel) = at;
    let (inputs, outputs) = (direct.input.channels, direct.output.channels);
    let mut sums = [[T::ZERO; CHANNELS]; ROWS];
    for y in 0..direct.output.height {
        let pixels = &pixels[(y + row) * direct.padded_width() * inputs + first..];
        let gradient = &gradient[y * direct.output.width * outputs + channel..];
        for x in 0..direct.output.width {
            let Some(values) = pixels[x * inputs..].first_chunk::<ROWS>() else { break };
            let Some(gradient) = gradient[x * outputs..].first_chunk::<CHANNELS>() else { break };
            add_outer_product(&mut sums, values, gradient);
        }
    }
    let start = (row * direct.kernel * inputs + first) * outputs + channel;
    for (weight, sums) in sums.iter().enumerate() {
        let target = &mut target[start + weight * outputs..][..CHANNELS];
        for (target, sum) in target.iter_mut().zip(sums) {
            *target += *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from −1 to 1 that repeat after 101.
    fn numbers(length: usize) -> Vec<f64> {
        (0..length).map(|index| ((index * 37 % 101) as f64 - 50.0) / 50.0).collect()
    }

    /// The number of the padded image at row, column and channel `at`.
    fn padded_value(direct: Direct, input: &[f64], at: (usize, usize, usize)) -> f64 {
        let Direct { input: from, padding, .. } = direct;
        let (row, column, channel) = at;
        if !(padding..from.height + padding).contains(&row)
            || !(padding..from.width + padding).contains(&column)
        {
            return 0.0;
        }
        let pixel = (row - padding) * from.width + column - padding;
        input[pixel * from.channels + channel]
    }

    fn naive(direct: Direct, input: &[f64], weight: &[f64]) -> Vec<f64> {
        let Direct { input: from, output: to, kernel, .. } = direct;
        let mut output = vec![0.0; to.numbers()];
        for (index, sum) in output.iter_mut().enumerate() {
            let (pixel, channel) = (index / to.channels, index % to.channels);
            let (y, x) = (pixel / to.width, pixel % to.width);
            for patch in 0..kernel * kernel * from.channels {
                let (tap, input_channel) = (patch / from.channels, patch % from.channels);
                let (row, column) = (y + tap / kernel, x + tap % kernel);
                let value = padded_value(direct, input, (row, column, input_channel));
                *sum += value * weight[patch * to.channels + channel];
            }
        }
        output
    }

    fn check(units: VectorUnits, height: usize, width: usize, channels: (usize, usize)) {
        let sliding = Sliding::SAME_3;
        let input = Shape { height, width, channels: channels.0 };
        let output = Shape { height, width, channels: channels.1 };
        let (kernel, padding) = (sliding.kernel, sliding.padding);
        let direct = Direct { input, output, kernel, padding, units };
        let image = numbers(input.numbers());
        let weight = numbers(9 * channels.0 * channels.1);
        let mut padded = vec![0.0; direct.padded_numbers()];

        let mut ours = vec![0.0; output.numbers()];
        convolve(&mut ours, &image, &weight, direct, &mut padded);
        assert_close(&ours, &naive(direct, &image, &weight));

        // Σ output · direction is linear in the weights, so its gradient times the weights is its
        // value.
        let direction = numbers(output.numbers());
        let mut gradient = vec![0.0; weight.len()];
        add_weight_gradient(&mut gradient, &image, &direction, direct, &mut padded);
        let dot = |left: &[f64], right: &[f64]| -> f64 {
            left.iter().zip(right).map(|(left, right)| left * right).sum()
        };
        assert_close(&[dot(&gradient, &weight)], &[dot(&ours, &direction)]);
    }

    fn assert_close(ours: &[f64], expected: &[f64]) {
        for (ours, expected) in ours.iter().zip(expected) {
            // Sums of some thousand products of numbers up to 1.
            assert!((ours - expected).abs() < 1e-10, "{ours} {expected}");
        }
    }

    #[test]
    fn tiles_of_every_processor_agree_with_the_definition() {
        for units in [VectorUnits::Wide, VectorUnits::Middle] {
            for width in [1, 2, 3, 6, 7, 14, 17, 28] {
                check(units, 3, width, (2, 16));
            }
            check(units, 5, 9, (1, 48));
            check(units, 2, 11, (7, 64));
            check(units, 1, 1, (16, 32));
        }
    }
}
