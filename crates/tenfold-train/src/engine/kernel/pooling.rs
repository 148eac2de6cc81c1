//! Pooling over windows that do not overlap.

use std::array::from_mut;

use super::dispatch::vectorised;
use crate::engine::real::Real;
use crate::engine::shape::Shape;

/// Windows of `height` × `width` pixels side by side; what is left over at the far edges is unused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Windows {
    pub(crate) input: Shape,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Windows {
    /// Windows of `height` × `width` in `input`; `None` where none fits.
    pub(crate) fn of(input: Shape, height: usize, width: usize) -> Option<Self> {
        (input.height >= height && input.width >= width).then_some(Self { input, height, width })
    }

    /// One number for each window and channel.
    pub(crate) fn output(self) -> Shape {
        Shape {
            height: self.input.height / self.height,
            width: self.input.width / self.width,
            channels: self.input.channels,
        }
    }

    /// Whether every input pixel lies in a window.
    pub(crate) fn cover_input(self) -> bool {
        self.input.height.is_multiple_of(self.height) && self.input.width.is_multiple_of(self.width)
    }

    /// Where, in one example, pixel (`row`, `column`) of the window of output pixel `index` begins.
    #[inline(always)]
    fn input_offset(self, index: usize, row: usize, column: usize) -> usize {
        let output_width = self.input.width / self.width;
        let (y, x) = (index / output_width, index % output_width);
        ((y * self.height + row) * self.input.width + x * self.width + column) * self.input.channels
    }
}

/// Channels treated at a time: with a length that the compiler knows, a block stays in registers.
const LANES: usize = 16;

vectorised! {
    /// Largest number of each window, for one or more examples.
    fn max_pool<T>(output: &mut [T], input: &[T], windows: Windows) {
        let channels = windows.input.channels;
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        for (output, input) in output.chunks_exact_mut(of_output).zip(input.chunks_exact(of_input)) {
            for (index, output) in output.chunks_exact_mut(channels).enumerate() {
                let (blocks, rest) = output.as_chunks_mut::<LANES>();
                for (block, output) in blocks.iter_mut().enumerate() {
                    max_of_window(output, input, windows, index, block * LANES);
                }
                for (channel, output) in (channels - rest.len()..).zip(rest) {
                    max_of_window(from_mut(output), input, windows, index, channel);
                }
            }
        }
    }
}

#[inline(always)]
fn max_of_window<T: Real, const N: usize>(
    output: &mut [T; N],
    input: &[T],
    windows: Windows,
    index: usize,
    channel: usize,
) {
    let mut largest = None;
    for row in 0..windows.height {
        for column in 0..windows.width {
            let start = windows.input_offset(index, row, column) + channel;
            let Some(values) = input[start..].first_chunk::<N>() else { return };
            let largest = largest.get_or_insert(*values);
            raise(largest, values);
        }
    }
    if let Some(largest) = largest {
        *output = largest;
    }
}

/// Replaces each number of `largest` by the number of `values` if that is larger.
#[inline(always)]
fn raise<T: Real, const N: usize>(largest: &mut [T; N], values: &[T; N]) {
    for (largest, value) in largest.iter_mut().zip(values) {
        *largest = if *value > *largest { *value } else { *largest };
    }
}

/// Inputs of the backward pass of max pooling.
#[derive(Clone, Copy)]
pub(crate) struct MaxPoolGradient<'a, T> {
    pub(crate) input: &'a [T],
    pub(crate) output: &'a [T],
    pub(crate) output_gradient: &'a [T],
    pub(crate) windows: Windows,
}

vectorised! {
    /// Sends each output's gradient to the first largest number of its window, 0 to the others.
    fn max_pool_backward<T>(input_gradient: &mut [T], of: MaxPoolGradient<'_, T>) {
        let windows = of.windows;
        let channels = windows.input.channels;
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        if !windows.cover_input() {
            input_gradient.fill(T::ZERO);
        }
        for (example, target) in input_gradient.chunks_exact_mut(of_input).enumerate() {
            let of = MaxPoolGradient {
                input: &of.input[example * of_input..][..of_input],
                output: &of.output[example * of_output..][..of_output],
                output_gradient: &of.output_gradient[example * of_output..][..of_output],
                windows,
            };
            for index in 0..windows.output().pixels() {
                let blocks = channels / LANES * LANES;
                for channel in (0..blocks).step_by(LANES) {
                    window_backward::<T, LANES>(target, of, index, channel);
                }
                for channel in blocks..channels {
                    window_backward::<T, 1>(target, of, index, channel);
                }
            }
        }
    }
}

#[inline(always)]
fn window_backward<T: Real, const N: usize>(
    target: &mut [T],
    of: MaxPoolGradient<'_, T>,
    index: usize,
    channel: usize,
) {
    let windows = of.windows;
    let own = index * windows.input.channels + channel;
    let Some(largest) = of.output[own..].first_chunk::<N>() else { return };
    let Some(gradient) = of.output_gradient[own..].first_chunk::<N>() else { return };
    // The first pixel that holds the maximum takes the gradient; later pixels of the window get 0.
    let mut remaining = *gradient;
    for row in 0..windows.height {
        for column in 0..windows.width {
            let start = windows.input_offset(index, row, column) + channel;
            let Some(values) = of.input[start..].first_chunk::<N>() else { return };
            let Some(target) = target[start..].first_chunk_mut::<N>() else { return };
            hand_out(target, &mut remaining, values, largest);
        }
    }
}

/// Writes the remaining gradient where a value is the maximum and 0 elsewhere; what is written no
/// longer remains.
#[inline(always)]
fn hand_out<T: Real, const N: usize>(
    target: &mut [T; N],
    remaining: &mut [T; N],
    values: &[T; N],
    largest: &[T; N],
) {
    for lane in 0..N {
        let wins = values[lane] == largest[lane];
        target[lane] = if wins { remaining[lane] } else { T::ZERO };
        remaining[lane] = if wins { T::ZERO } else { remaining[lane] };
    }
}

vectorised! {
    /// Mean of each window.
    fn average_pool<T>(output: &mut [T], input: &[T], windows: Windows) {
        let channels = windows.input.channels;
        let share = T::from_f64(1.0 / (windows.height * windows.width) as f64);
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        for (output, input) in output.chunks_exact_mut(of_output).zip(input.chunks_exact(of_input)) {
            for (index, output) in output.chunks_exact_mut(channels).enumerate() {
                output.fill(T::ZERO);
                for row in 0..windows.height {
                    for column in 0..windows.width {
                        let start = windows.input_offset(index, row, column);
                        for (sum, value) in output.iter_mut().zip(&input[start..start + channels]) {
                            *sum += *value;
                        }
                    }
                }
                for sum in output.iter_mut() {
                    *sum *= share;
                }
            }
        }
    }
}

vectorised! {
    /// Spreads each output's gradient evenly over its window.
    fn average_pool_backward<T>(input_gradient: &mut [T], gradient: &[T], windows: Windows) {
        let channels = windows.input.channels;
        let share = T::from_f64(1.0 / (windows.height * windows.width) as f64);
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        if !windows.cover_input() {
            input_gradient.fill(T::ZERO);
        }
        for (input_gradient, gradient) in
            input_gradient.chunks_exact_mut(of_input).zip(gradient.chunks_exact(of_output))
        {
            for (index, gradient) in gradient.chunks_exact(channels).enumerate() {
                for row in 0..windows.height {
                    for column in 0..windows.width {
                        let start = windows.input_offset(index, row, column);
                        let target = &mut input_gradient[start..start + channels];
                        for (target, gradient) in target.iter_mut().zip(gradient) {
                            *target = *gradient * share;
                        }
                    }
                }
            }
        }
    }
}
