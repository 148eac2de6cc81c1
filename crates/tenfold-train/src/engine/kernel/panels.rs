//! Repeated products with one matrix, such as a recurrent layer computes in each step. The matrix
//! is packed once into the order in which it is read, instead of once per product.

use super::direct::add_outer_product;
use super::dispatch::{VectorUnits, vectorised};
use super::product::{Matrix, Store, multiply};
use crate::engine::real::Real;

/// Columns of a panel: two AVX2 registers of `f32`.
const LANES: usize = 16;

/// Rows of the result that are held in registers: with AVX2, 12 of 16.
const ROWS: usize = 6;

/// Space that [`Packed::new`] needs for a matrix of `rows` × `columns`.
pub(crate) fn packed_numbers(rows: usize, columns: usize) -> usize {
    rows * columns.div_ceil(LANES) * LANES
}

/// A matrix stored as panels of [`LANES`] columns; each panel is stored row by row.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a, T> {
    panels: &'a [T],
    rows: usize,
    columns: usize,
}

impl<'a, T: Real> Packed<'a, T> {
    /// Packs `matrix` in the beginning of `space`.
    pub(crate) fn new(space: &'a mut [T], matrix: Matrix<'_, T>) -> Self {
        let (rows, columns) = matrix.size();
        let panels = &mut space[..packed_numbers(rows, columns)];
        if VectorUnits::of_this_processor() == VectorUnits::Baseline {
            matrix.copy_to(panels, columns, 0, columns);
        } else {
            for (index, panel) in panels.chunks_exact_mut(rows * LANES).enumerate() {
                let first = index * LANES;
                panel.fill(T::ZERO);
                matrix.copy_to(panel, LANES, first, (first + LANES).min(columns));
            }
        }
        Self { panels, rows, columns }
    }

    /// Returns the matrix of this size that [`Self::new`] has packed into the beginning of `space`.
    pub(crate) fn again(space: &'a [T], rows: usize, columns: usize) -> Self {
        Self { panels: &space[..packed_numbers(rows, columns)], rows, columns }
    }

    /// Adds `left`, row-major, times this matrix to `destination`.
    pub(crate) fn add_product(&self, destination: &mut [T], left: &[T]) {
        if VectorUnits::of_this_processor() == VectorUnits::Baseline {
            // On a processor without fused multiply-add, the loop over panels would be far slower.
            let left = Matrix::row_major(left, destination.len() / self.columns, self.rows);
            let right = Matrix::row_major(self.panels, self.rows, self.columns);
            multiply(destination, left, right, Store::Add);
        } else {
            add_panels(destination, left, (self.panels, self.rows, self.columns));
        }
    }
}

vectorised! {
    fn add_panels<T>(destination: &mut [T], left: &[T], right: (&[T], usize, usize)) {
        let (panels, inner, columns) = right;
        for (index, panel) in panels.chunks_exact(inner * LANES).enumerate() {
            let (panel, _) = panel.as_chunks::<LANES>();
            let first = index * LANES;
            let width = LANES.min(columns - first);
            let tiles = destination.chunks_mut(ROWS * columns).zip(left.chunks(ROWS * inner));
            for (destination, left) in tiles {
                if left.len() == ROWS * inner {
                    let sums = six_rows(panel, left);
                    add_tile(&mut destination[first..], &sums, columns, width);
                    continue;
                }
                let rows = destination.chunks_exact_mut(columns).zip(left.chunks_exact(inner));
                for (destination, left) in rows {
                    let sums = [one_row(panel, left)];
                    add_tile(&mut destination[first..], &sums, columns, width);
                }
            }
        }
    }
}

/// Six rows of `left` times a panel.
#[inline(always)]
fn six_rows<T: Real>(panel: &[[T; LANES]], left: &[T]) -> [[T; LANES]; ROWS] {
    let row = |index: usize| left[index * panel.len()..][..panel.len()].iter();
    let left = row(0).zip(row(1)).zip(row(2)).zip(row(3)).zip(row(4)).zip(row(5));
    let mut sums = [[T::ZERO; LANES]; ROWS];
    for (weights, (((((a, b), c), d), e), f)) in panel.iter().zip(left) {
        add_outer_product(&mut sums, &[*a, *b, *c, *d, *e, *f], weights);
    }
    sums
}

/// One row times a panel.
#[inline(always)]
fn one_row<T: Real>(panel: &[[T; LANES]], left: &[T]) -> [T; LANES] {
    let mut sums = [[T::ZERO; LANES]];
    for (weights, value) in panel.iter().zip(left) {
        add_outer_product(&mut sums, &[*value], weights);
    }
    sums[0]
}

/// Adds rows of `width` sums to rows that begin `stride` numbers apart.
#[inline(always)]
fn add_tile<T: Real>(destination: &mut [T], sums: &[[T; LANES]], stride: usize, width: usize) {
    for (row, sums) in sums.iter().enumerate() {
        let target = &mut destination[row * stride..][..width];
        for (target, sum) in target.iter_mut().zip(sums) {
            *target += *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(length: usize) -> Vec<f64> {
        (0..length).map(|index| ((index * 37 % 101) as f64 - 50.0) / 50.0).collect()
    }

    #[test]
    fn packed_products_are_products() {
        for (rows, inner, columns) in [(1, 3, 5), (6, 4, 16), (8, 5, 20), (13, 32, 48), (2, 1, 33)]
        {
            let (left, right) = (numbers(rows * inner), numbers(inner * columns));
            let mut expected = numbers(rows * columns);
            let mut ours = expected.clone();
            let matrix = Matrix::row_major(&right, inner, columns);
            let left_matrix = Matrix::row_major(&left, rows, inner);
            multiply(&mut expected, left_matrix, matrix, Store::Add);
            let mut space = vec![f64::NAN; packed_numbers(inner, columns)];
            Packed::new(&mut space, matrix);
            Packed::again(&space, inner, columns).add_product(&mut ours, &left);
            for (ours, expected) in ours.iter().zip(&expected) {
                assert!((ours - expected).abs() < 1e-12, "{rows} {inner} {columns}");
            }
            // The same matrix, given with rows and columns exchanged.
            let turned: Vec<f64> = (0..columns * inner)
                .map(|index| right[index % inner * columns + index / inner])
                .collect();
            let turned = Matrix::row_major(&turned, columns, inner).transposed();
            let mut again = numbers(rows * columns);
            Packed::new(&mut space, turned).add_product(&mut again, &left);
            assert_eq!(again, ours);
        }
    }
}
