//! Pooling over windows that do not overlap.

use super::dispatch::vectorised;
use crate::engine::shape::Shape;

/// Windows of `height` × `width` pixels side by side; what is left over at the far edges is unused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Windows {
    pub(crate) input: Shape,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Windows {
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

vectorised! {
    /// Largest number of each window, for one or more examples.
    fn max_pool<T>(output: &mut [T], input: &[T], windows: Windows) {
        let channels = windows.input.channels;
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        for (output, input) in output.chunks_exact_mut(of_output).zip(input.chunks_exact(of_input)) {
            for (index, output) in output.chunks_exact_mut(channels).enumerate() {
                let first = windows.input_offset(index, 0, 0);
                output.copy_from_slice(&input[first..first + channels]);
                for row in 0..windows.height {
                    for column in 0..windows.width {
                        let start = windows.input_offset(index, row, column);
                        for (largest, value) in output.iter_mut().zip(&input[start..start + channels]) {
                            *largest = if *value > *largest { *value } else { *largest };
                        }
                    }
                }
            }
        }
    }
}

/// What the gradient of a max pooling is made of.
#[derive(Clone, Copy)]
pub(crate) struct MaxPoolGradient<'a, T> {
    pub(crate) input: &'a [T],
    pub(crate) output: &'a [T],
    pub(crate) output_gradient: &'a [T],
    pub(crate) windows: Windows,
}

vectorised! {
    /// Sends each output's gradient to the first largest number of its window, 0 to the others.
    ///
    /// `remaining` is scratch space, one number a channel.
    fn max_pool_backward<T>(input_gradient: &mut [T], of: MaxPoolGradient<'_, T>, remaining: &mut [T]) {
        let windows = of.windows;
        let channels = windows.input.channels;
        let (of_output, of_input) = (windows.output().numbers(), windows.input.numbers());
        if !windows.cover_input() {
            input_gradient.fill(T::ZERO);
        }
        for (example, input_gradient) in input_gradient.chunks_exact_mut(of_input).enumerate() {
            let input = &of.input[example * of_input..][..of_input];
            let output = &of.output[example * of_output..][..of_output];
            let gradient = &of.output_gradient[example * of_output..][..of_output];
            for (index, output) in output.chunks_exact(channels).enumerate() {
                // A winner takes the gradient and leaves 0 for the pixels after it.
                remaining.copy_from_slice(&gradient[index * channels..][..channels]);
                for row in 0..windows.height {
                    for column in 0..windows.width {
                        let start = windows.input_offset(index, row, column);
                        let input = &input[start..start + channels];
                        let target = &mut input_gradient[start..start + channels];
                        for channel in 0..channels {
                            let wins = input[channel] == output[channel];
                            let share = if wins { remaining[channel] } else { T::ZERO };
                            target[channel] = share;
                            remaining[channel] -= share;
                        }
                    }
                }
            }
        }
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
