//! Loops over rows of channels: bias, and the statistics and maps of batch norm.
//!
//! Rows may be as short as one number. To keep the vector units full, a row of per-channel numbers
//! is repeated to about [`TILE`] numbers and the loop runs over that many at a time.

use super::dispatch::vectorised;
use crate::engine::real::Real;

/// Numbers in a repeated row: 1 kB in `f32`, which stays in the first-level cache.
const TILE: usize = 256;

/// A row of per-channel numbers, repeated while it fits.
struct Tile<T> {
    numbers: [T; TILE],
    length: usize,
}

impl<T: Real> Tile<T> {
    #[inline(always)]
    fn of(row: &[T]) -> Self {
        let mut numbers = [T::ZERO; TILE];
        let length = TILE / row.len() * row.len();
        for chunk in numbers[..length].chunks_exact_mut(row.len()) {
            chunk.copy_from_slice(row);
        }
        Self { numbers, length }
    }

    #[inline(always)]
    fn zeros(channels: usize) -> Self {
        Self { numbers: [T::ZERO; TILE], length: TILE / channels * channels }
    }

    #[inline(always)]
    fn as_slice(&self) -> &[T] {
        &self.numbers[..self.length]
    }

    /// Adds each repetition of the row in this tile to `row`.
    #[inline(always)]
    fn fold_into(&self, row: &mut [T]) {
        for chunk in self.as_slice().chunks_exact(row.len()) {
            for (sum, term) in row.iter_mut().zip(chunk) {
                *sum += *term;
            }
        }
    }
}

/// `max(value, floor)`; not-a-number stays what it is.
#[inline(always)]
fn at_least<T: Real>(value: T, floor: T) -> T {
    if value < floor { floor } else { value }
}

#[inline(always)]
fn bias_rows<T: Real>(values: &mut [T], bias: &[T], relu: bool) {
    for row in values.chunks_mut(bias.len()) {
        if relu {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = at_least(*value + *bias, T::ZERO);
            }
        } else {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += *bias;
            }
        }
    }
}

vectorised! {
    /// Adds `bias` to each row of `values`, then cuts below 0 if `relu`.
    fn add_bias<T>(values: &mut [T], bias: &[T], relu: bool) {
        if bias.len() > TILE / 2 {
            bias_rows(values, bias, relu);
        } else {
            bias_rows(values, Tile::of(bias).as_slice(), relu);
        }
    }
}

vectorised! {
    /// Adds the sum of the rows of `values` to `sums`.
    fn add_row_sums<T>(sums: &mut [T], values: &[T]) {
        let channels = sums.len();
        if channels > TILE / 2 {
            for row in values.chunks_exact(channels) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += *value;
                }
            }
            return;
        }
        let mut tile = Tile::zeros(channels);
        for rows in values.chunks(tile.length) {
            for (sum, value) in tile.numbers.iter_mut().zip(rows) {
                *sum += *value;
            }
        }
        tile.fold_into(sums);
    }
}

vectorised! {
    /// Adds the sum over rows of `(value − center)²` to `sums`.
    fn add_row_squares<T>(sums: &mut [T], values: &[T], center: &[T]) {
        let channels = sums.len();
        if channels > TILE / 2 {
            for row in values.chunks_exact(channels) {
                for ((sum, value), center) in sums.iter_mut().zip(row).zip(center) {
                    let from_center = *value - *center;
                    *sum += from_center * from_center;
                }
            }
            return;
        }
        let centers = Tile::of(center);
        let mut tile = Tile::zeros(channels);
        for rows in values.chunks(tile.length) {
            for ((sum, value), center) in
                tile.numbers.iter_mut().zip(rows).zip(centers.as_slice())
            {
                let from_center = *value - *center;
                *sum += from_center * from_center;
            }
        }
        tile.fold_into(sums);
    }
}

vectorised! {
    /// Adds the sum over rows of `left · right`, element by element, to `sums`.
    fn add_row_products<T>(sums: &mut [T], left: &[T], right: &[T]) {
        let channels = sums.len();
        if channels > TILE / 2 {
            for (left, right) in left.chunks_exact(channels).zip(right.chunks_exact(channels)) {
                for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
                    *sum += *left * *right;
                }
            }
            return;
        }
        let mut tile = Tile::zeros(channels);
        for (left, right) in left.chunks(tile.length).zip(right.chunks(tile.length)) {
            for ((sum, left), right) in tile.numbers.iter_mut().zip(left).zip(right) {
                *sum += *left * *right;
            }
        }
        tile.fold_into(sums);
    }
}

#[inline(always)]
fn scale_rows<T: Real>(output: &mut [T], input: &[T], scale: &[T], shift: &[T], floor: T) {
    let length = scale.len();
    for (output, input) in output.chunks_mut(length).zip(input.chunks(length)) {
        for (((output, input), scale), shift) in output.iter_mut().zip(input).zip(scale).zip(shift)
        {
            *output = at_least(*input * *scale + *shift, floor);
        }
    }
}

vectorised! {
    /// `input · scale + shift` for each row, not below `floor`.
    fn scale_shift<T>(output: &mut [T], input: &[T], scale: &[T], shift: &[T], floor: T) {
        if scale.len() > TILE / 2 {
            scale_rows(output, input, scale, shift, floor);
        } else {
            let (scale, shift) = (Tile::of(scale), Tile::of(shift));
            scale_rows(output, input, scale.as_slice(), shift.as_slice(), floor);
        }
    }
}

/// Per-channel factors of `gradient · of_gradient + input · of_input + constant`.
#[derive(Clone, Copy)]
pub(crate) struct LinearMix<'a, T> {
    pub(crate) of_gradient: &'a [T],
    pub(crate) of_input: &'a [T],
    pub(crate) constant: &'a [T],
}

#[inline(always)]
fn mix_rows<T: Real>(output: &mut [T], gradient: &[T], input: &[T], mix: LinearMix<'_, T>) {
    let length = mix.constant.len();
    for ((output, gradient), input) in
        output.chunks_mut(length).zip(gradient.chunks(length)).zip(input.chunks(length))
    {
        for (index, output) in output.iter_mut().enumerate() {
            *output = gradient[index] * mix.of_gradient[index]
                + input[index] * mix.of_input[index]
                + mix.constant[index];
        }
    }
}

vectorised! {
    /// Writes the mix of `gradient` and `input` for each row.
    fn linear_mix<T>(output: &mut [T], gradient: &[T], input: &[T], mix: LinearMix<'_, T>) {
        if mix.constant.len() > TILE / 2 {
            mix_rows(output, gradient, input, mix);
        } else {
            let of_gradient = Tile::of(mix.of_gradient);
            let of_input = Tile::of(mix.of_input);
            let constant = Tile::of(mix.constant);
            let mix = LinearMix {
                of_gradient: of_gradient.as_slice(),
                of_input: of_input.as_slice(),
                constant: constant.as_slice(),
            };
            mix_rows(output, gradient, input, mix);
        }
    }
}
