//! Batch norm: per-channel statistics over examples and pixels, and the gradient through them.
//!
//! # Reference
//! Ioffe and Szegedy (2015), arXiv:1502.03167, algorithms 1 and 2.

use super::kernel::channels::{
    LinearMix, add_row_products, add_row_squares, add_row_sums, linear_mix, scale_shift,
};
use super::real::Real;
use super::tape::Activation;

/// Added to the variance; `PyTorch`'s default.
const EPSILON: f64 = 1e-5;

/// Numbers added up in the type's own precision before the sum goes on in `f64`: 64 kB of `f32`,
/// which is read a second time from the cache.
const BLOCK: usize = 16_384;

/// Most channels whose sums are kept on the stack at a time.
const GROUP: usize = 512;

/// Trained factor and term, one a channel.
#[derive(Clone, Copy)]
pub(super) struct Affine<'a, T> {
    pub(super) scale: &'a [T],
    pub(super) shift: &'a [T],
}

/// Writes mean then variance (divided by n) of each channel of `input` to `statistics`.
///
/// Each block's squares are taken around the block's own mean and blocks are joined in `f64`
/// (Chan, Golub and Le Veque 1979), so that a large mean does not swallow a small variance.
pub(super) fn measure<T: Real>(statistics: &mut [T], input: &[T]) {
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

/// The same for very wide layers, where each row is long enough to be a block.
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
pub(super) fn forward<T: Real>(
    output: &mut [T],
    input: &[T],
    (affine, statistics, activation): (Affine<'_, T>, &[T], Activation),
    (factor, term): (&mut [T], &mut [T]),
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
    scale_shift(output, input, factor, term, floor);
}

/// Adds the gradients of scale, Σ dy·x̂, and shift, Σ dy.
pub(super) fn parameters_backward<T: Real>(
    (of_scale, of_shift): (&mut [T], &mut [T]),
    (gradient, input): (&[T], &[T]),
    statistics: &[T],
) {
    let channels = of_scale.len();
    add_row_sums(of_shift, gradient);
    // Σ dy·x̂ = (Σ dy·x − mean · Σ dy) / sd
    add_row_products(of_scale, gradient, input);
    for channel in 0..channels {
        let centered = of_scale[channel] - statistics[channel] * of_shift[channel];
        of_scale[channel] = centered * inverse_deviation(statistics[channels + channel]);
    }
}

/// `scale / sd · (dy − mean(dy) − x̂ · mean(dy·x̂))`, from the sums of [`parameters_backward`].
pub(super) fn input_backward<T: Real>(
    target: &mut [T],
    (gradient, input): (&[T], &[T]),
    (scale, statistics): (&[T], &[T]),
    (of_scale, of_shift): (&[T], &[T]),
    factors: &mut [Vec<T>; 3],
) {
    let channels = scale.len();
    let share = T::from_f64(channels as f64 / input.len() as f64);
    let [of_gradient, of_input, constant] = factors;
    for channel in 0..channels {
        let inverse = inverse_deviation(statistics[channels + channel]);
        let factor = scale[channel] * inverse;
        let slope = factor * of_scale[channel] * share * inverse;
        of_gradient[channel] = factor;
        of_input[channel] = -slope;
        constant[channel] = slope * statistics[channel] - factor * of_shift[channel] * share;
    }
    let mix = LinearMix {
        of_gradient: &of_gradient[..channels],
        of_input: &of_input[..channels],
        constant: &constant[..channels],
    };
    linear_mix(target, gradient, input, mix);
}

fn inverse_deviation<T: Real>(variance: T) -> T {
    T::ONE / (variance + T::from_f64(EPSILON)).sqrt()
}
