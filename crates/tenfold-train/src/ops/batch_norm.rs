//! Batch norm: per-channel statistics over examples and pixels, and the gradient through them.
//!
//! # Reference
//! Ioffe and Szegedy (2015), arXiv:1502.03167, algorithms 1 and 2.

use super::Activation;
use crate::engine::kernel::channels::{
    LinearMix, add_row_products, add_row_squares, add_row_sums, linear_mix, scale_shift,
};
use crate::engine::real::Real;
use crate::engine::{
    Backward, BatchStatistics, Compute, Forward, Operation, ParameterGroup, Pass, Shape,
    TapeRecorder, Value,
};

/// Added to the variance; `PyTorch`'s default.
const EPSILON: f64 = 1e-5;

/// Numbers added up in the type's own precision before the sum goes on in `f64`: 64 kB of `f32`,
/// which is read a second time from the cache.
const BLOCK: usize = 16_384;

/// Most channels whose sums are kept on the stack at a time.
const GROUP: usize = 512;

#[derive(Debug)]
struct BatchNorm {
    shape: Shape,
    activation: Activation,
}

impl TapeRecorder {
    /// Batch norm: training normalises by the statistics of the given examples and pixels,
    /// evaluation by running statistics.
    pub fn batch_norm(&mut self, input: Value, activation: Activation) -> Value {
        let shape = self.shape(input);
        self.push(BatchNorm { shape, activation }, &[input])
    }
}

impl Operation for BatchNorm {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        let channels = self.shape.channels;
        vec![ParameterGroup::scale(channels), ParameterGroup::bias(channels)]
    }

    /// Running means, initially 0, then running variances, initially 1.
    fn statistics(&self) -> Vec<f32> {
        let channels = self.shape.channels;
        [vec![0.0; channels], vec![1.0; channels]].concat()
    }

    fn scratch(&self, _examples: usize) -> usize {
        3 * self.shape.channels
    }
}

impl<T: Real> Compute<T> for BatchNorm {
    fn forward(&self, call: Forward<'_, T>) {
        let input = call.inputs[0];
        let statistics = match call.pass {
            Pass::Train { .. } => {
                measure(call.batch_statistics, input);
                &*call.batch_statistics
            }
            Pass::Evaluate => call.statistics,
        };
        let affine = Affine { scale: call.parameters.group(0), shift: call.parameters.group(1) };
        let (factor, term) = call.scratch.split_at_mut(self.shape.channels);
        normalise(call.output, input, affine, statistics, self.activation, factor, term);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        self.activation.backward(call.gradient, call.output);
        let sums = call.parameter_gradients.pair(0, 1);
        let (gradient, input) = (&*call.gradient, call.inputs[0]);
        let sums = Sums { of_scale: sums.0, of_shift: sums.1 };
        let sums = parameters_backward(sums, gradient, input, call.batch_statistics);
        if let [Some(target), ..] = call.input_gradients {
            let scale = call.parameters.group(0);
            let statistics = call.batch_statistics;
            input_backward(target, gradient, input, scale, statistics, &sums, call.scratch);
        }
    }

    /// As in `PyTorch`, the variance is taken with n − 1 here and with n inside the batch.
    fn move_running(&self, running: &mut [T], batch: BatchStatistics<'_, T>, momentum: f64) {
        let count = (batch.examples * self.shape.pixels()) as f64;
        let unbiased = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
        let (means, variances) = running.split_at_mut(self.shape.channels);
        let (new_means, new_variances) = batch.numbers.split_at(self.shape.channels);
        blend(means, new_means, momentum, 1.0);
        blend(variances, new_variances, momentum, unbiased);
    }
}

/// Moves `running` towards `new · correction` by a share `momentum`.
fn blend<T: Real>(running: &mut [T], new: &[T], momentum: f64, correction: f64) {
    for (running, new) in running.iter_mut().zip(new) {
        let old = running.to_f64();
        let change = new.to_f64() * correction - old;
        *running = T::from_f64(old + momentum * change);
    }
}

/// Trained factor and term, one a channel.
#[derive(Clone, Copy)]
struct Affine<'a, T> {
    scale: &'a [T],
    shift: &'a [T],
}

/// Writes mean then variance (divided by n) of each channel of `input` to `statistics`.
///
/// Each block's squares are taken around the block's own mean and blocks are joined in `f64`
/// (Chan, Golub and Le Veque 1979), so that a large mean does not swallow a small variance.
fn measure<T: Real>(statistics: &mut [T], input: &[T]) {
    let channels = statistics.len() / 2;
    let rows_in_block = (BLOCK / channels).max(1);
    let (means, variances) = statistics.split_at_mut(channels);
    if channels > GROUP {
        return measure_wide(means, variances, input);
    }
    let (mut mean, mut squares) = ([0.0_f64; GROUP], [0.0_f64; GROUP]);
    let mut rows = 0.0;
    for block in input.chunks(rows_in_block * channels) {
        let block_rows = (block.len() / channels) as f64;
        let mut sums = [T::ZERO; GROUP];
        add_row_sums(&mut sums[..channels], block);
        let mut centers = [T::ZERO; GROUP];
        for (center, sum) in centers[..channels].iter_mut().zip(&sums) {
            *center = T::from_f64(sum.to_f64() / block_rows);
        }
        let mut block_squares = [T::ZERO; GROUP];
        add_row_squares(&mut block_squares[..channels], block, &centers[..channels]);
        let total = rows + block_rows;
        for channel in 0..channels {
            let apart = centers[channel].to_f64() - mean[channel];
            mean[channel] += apart * block_rows / total;
            squares[channel] +=
                block_squares[channel].to_f64() + apart * apart * rows * block_rows / total;
        }
        rows = total;
    }
    for channel in 0..channels {
        means[channel] = T::from_f64(mean[channel]);
        variances[channel] = T::from_f64(squares[channel] / rows);
    }
}

/// Like [`measure`], for very wide layers, where each row is long enough to be a block.
fn measure_wide<T: Real>(means: &mut [T], variances: &mut [T], input: &[T]) {
    let share = T::from_f64(means.len() as f64 / input.len() as f64);
    means.fill(T::ZERO);
    add_row_sums(means, input);
    for mean in means.iter_mut() {
        *mean *= share;
    }
    variances.fill(T::ZERO);
    add_row_squares(variances, input, means);
    for variance in variances.iter_mut() {
        *variance *= share;
    }
}

/// `activation(scale · (input − mean) / sd + shift)`; `factor` and `term` are scratch space.
fn normalise<T: Real>(
    output: &mut [T],
    input: &[T],
    affine: Affine<'_, T>,
    statistics: &[T],
    activation: Activation,
    factor: &mut [T],
    term: &mut [T],
) {
    let channels = affine.scale.len();
    for channel in 0..channels {
        let inverse = inverse_deviation(statistics[channels + channel]);
        factor[channel] = affine.scale[channel] * inverse;
        term[channel] = affine.shift[channel] - statistics[channel] * factor[channel];
    }
    let floor = match activation {
        Activation::Relu => T::ZERO,
        Activation::Identity => T::from_f64(f64::NEG_INFINITY),
    };
    scale_shift(output, input, factor, &term[..channels], floor);
}

/// Gradients of the parameters of each channel.
struct Sums<'a, T> {
    /// Σ dy·x̂
    of_scale: &'a mut [T],
    /// Σ dy
    of_shift: &'a mut [T],
}

/// Adds the gradients of scale and shift.
fn parameters_backward<'a, T: Real>(
    sums: Sums<'a, T>,
    gradient: &[T],
    input: &[T],
    statistics: &[T],
) -> Sums<'a, T> {
    let Sums { of_scale, of_shift } = sums;
    let channels = of_scale.len();
    add_row_sums(of_shift, gradient);
    // Σ dy·x̂ = (Σ dy·x − mean · Σ dy) / sd
    add_row_products(of_scale, gradient, input);
    for channel in 0..channels {
        let centered = of_scale[channel] - statistics[channel] * of_shift[channel];
        of_scale[channel] = centered * inverse_deviation(statistics[channels + channel]);
    }
    Sums { of_scale, of_shift }
}

/// `scale / sd · (dy − mean(dy) − x̂ · mean(dy·x̂))`, from the sums of [`parameters_backward`].
fn input_backward<T: Real>(
    target: &mut [T],
    gradient: &[T],
    input: &[T],
    scale: &[T],
    statistics: &[T],
    sums: &Sums<'_, T>,
    scratch: &mut [T],
) {
    let Sums { of_scale, of_shift } = sums;
    let channels = scale.len();
    let share = T::from_f64(channels as f64 / input.len() as f64);
    let (of_gradient, rest) = scratch.split_at_mut(channels);
    let (of_input, constant) = rest.split_at_mut(channels);
    for channel in 0..channels {
        let inverse = inverse_deviation(statistics[channels + channel]);
        let factor = scale[channel] * inverse;
        let slope = factor * of_scale[channel] * share * inverse;
        of_gradient[channel] = factor;
        of_input[channel] = -slope;
        constant[channel] = slope * statistics[channel] - factor * of_shift[channel] * share;
    }
    linear_mix(target, gradient, input, LinearMix { of_gradient, of_input, constant });
}

fn inverse_deviation<T: Real>(variance: T) -> T {
    T::ONE / (variance + T::from_f64(EPSILON)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let image = Shape { height: 5, width: 6, channels: 3 };
        check(image, |tape, input| Some(tape.batch_norm(input, Activation::Relu)));
        let identity = Activation::Identity;
        check(Shape::flat(130), |tape, input| Some(tape.batch_norm(input, identity)));
        check(Shape::flat(600), |tape, input| Some(tape.batch_norm(input, identity)));
    }
}
