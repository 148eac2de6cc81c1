//! Repeated products with one matrix, such as a recurrent layer computes in each step. The matrix
//! is packed once into the order in which it is read, instead of once per product.

use super::direct::add_outer_product;
use super::dispatch::{VectorUnits, vectorised};
use super::product::{Matrix, Store, multiply};
use crate::engine::real::Real;

/// Columns of a narrow panel: one AVX-512 or two AVX2 registers of `f32`.
const LANES: usize = 16;

/// Columns of a wide panel, for AVX-512: two registers, so that a number of the left matrix that is
/// loaded once is multiplied twice.
const WIDE: usize = 2 * LANES;

/// Space that [`Packed::new`] needs for a matrix of `rows` × `columns`.
pub(crate) fn packed_numbers(rows: usize, columns: usize) -> usize {
    rows * columns.div_ceil(LANES) * LANES
}

/// A matrix stored as panels of some columns; each panel is stored row by row.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a, T> {
    panels: &'a [T],
    rows: usize,
    columns: usize,
}

/// How a matrix of some columns is stored on a processor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Row by row, as the `gemm` crate reads it.
    Rows,
    /// In panels of [`LANES`] columns.
    Narrow,
    /// In panels of [`WIDE`] columns.
    Wide,
}

impl Layout {
    fn of(columns: usize) -> Self {
        match VectorUnits::of_this_processor() {
            // Without fused multiply-add, the loop over panels would be far slower.
            VectorUnits::Baseline => Self::Rows,
            // An odd number of narrow panels would leave half a wide one empty.
            VectorUnits::Wide if columns.div_ceil(LANES).is_multiple_of(2) => Self::Wide,
            VectorUnits::Wide | VectorUnits::Middle => Self::Narrow,
        }
    }
}

impl<'a, T: Real> Packed<'a, T> {
    /// Packs `matrix` in the beginning of `space`.
    pub(crate) fn new(space: &'a mut [T], matrix: Matrix<'_, T>) -> Self {
        let (rows, columns) = matrix.size();
        let panels = &mut space[..packed_numbers(rows, columns)];
        let lanes = match Layout::of(columns) {
            Layout::Rows => {
                matrix.copy_to(panels, columns, 0, columns);
                return Self { panels, rows, columns };
            }
            Layout::Narrow => LANES,
            Layout::Wide => WIDE,
        };
        for (index, panel) in panels.chunks_exact_mut(rows * lanes).enumerate() {
            let first = index * lanes;
            panel.fill(T::ZERO);
            matrix.copy_to(panel, lanes, first, (first + lanes).min(columns));
        }
        Self { panels, rows, columns }
    }

    /// Returns the matrix of this size that [`Self::new`] has packed into the beginning of `space`.
    pub(crate) fn again(space: &'a [T], rows: usize, columns: usize) -> Self {
        Self { panels: &space[..packed_numbers(rows, columns)], rows, columns }
    }

    /// Adds `left`, row-major, times this matrix to `destination`.
    pub(crate) fn add_product(&self, destination: &mut [T], left: &[T]) {
        let layout = Layout::of(self.columns);
        if layout == Layout::Rows {
            let left = Matrix::row_major(left, destination.len() / self.columns, self.rows);
            let right = Matrix::row_major(self.panels, self.rows, self.columns);
            multiply(destination, left, right, Store::Add);
        } else {
            add_panels(destination, left, *self, layout);
        }
    }
}

vectorised! {
    fn add_panels<T>(destination: &mut [T], left: &[T], right: Packed<'_, T>, layout: Layout) {
        if layout == Layout::Wide {
            add_each_panel::<T, WIDE>(destination, left, right);
        } else {
            add_each_panel::<T, LANES>(destination, left, right);
        }
    }
}

/// Adds `left` times each panel of `COLUMNS` columns, in tiles that are as high as registers allow:
/// the sums of 8 rows of a wide panel fill 16 of 32 AVX-512 registers, those of 6 rows of a narrow one
/// 12 of 16 AVX2 registers. What is left is done in lower tiles.
#[inline(always)]
fn add_each_panel<T: Real, const COLUMNS: usize>(
    destination: &mut [T],
    left: &[T],
    right: Packed<'_, T>,
) {
    let inner = right.rows;
    let rows = left.len() / inner;
    for (index, panel) in right.panels.chunks_exact(inner * COLUMNS).enumerate() {
        let (panel, _) = panel.as_chunks::<COLUMNS>();
        let mut target = Columns {
            numbers: destination,
            stride: right.columns,
            first: index * COLUMNS,
            width: COLUMNS.min(right.columns - index * COLUMNS),
        };
        let mut row = 0;
        while COLUMNS == WIDE && row + 8 <= rows {
            let (upper, lower) = (four(left, inner, row), four(left, inner, row + 4));
            let values =
                upper.zip(lower).map(|([a, b, c, d], [e, f, g, h])| [a, b, c, d, e, f, g, h]);
            target.add(row, &product(values, panel));
            row += 8;
        }
        while COLUMNS == LANES && row + 6 <= rows {
            let (upper, lower) = (four(left, inner, row), two(left, inner, row + 4));
            let values = upper.zip(lower).map(|([a, b, c, d], [e, f])| [a, b, c, d, e, f]);
            target.add(row, &product(values, panel));
            row += 6;
        }
        while row + 4 <= rows {
            target.add(row, &product(four(left, inner, row), panel));
            row += 4;
        }
        while row + 2 <= rows {
            target.add(row, &product(two(left, inner, row), panel));
            row += 2;
        }
        if row < rows {
            let values = left[row * inner..][..inner].iter().map(|value| [*value]);
            target.add(row, &product(values, panel));
        }
    }
}

// Rows are zipped, because the compiler leaves sums in registers only where no index is checked.

/// The numbers of two rows of `left`, column by column.
#[inline(always)]
fn two<T: Real>(left: &[T], inner: usize, row: usize) -> impl Iterator<Item = [T; 2]> {
    let rows = left[row * inner..][..2 * inner].split_at(inner);
    rows.0.iter().zip(rows.1).map(|(a, b)| [*a, *b])
}

/// The numbers of four rows of `left`, column by column.
#[inline(always)]
fn four<T: Real>(left: &[T], inner: usize, row: usize) -> impl Iterator<Item = [T; 4]> {
    two(left, inner, row).zip(two(left, inner, row + 2)).map(|([a, b], [c, d])| [a, b, c, d])
}

/// Rows of numbers, given column by column, times a panel.
#[inline(always)]
fn product<T: Real, const ROWS: usize, const COLUMNS: usize>(
    values: impl Iterator<Item = [T; ROWS]>,
    panel: &[[T; COLUMNS]],
) -> [[T; COLUMNS]; ROWS] {
    let mut sums = [[T::ZERO; COLUMNS]; ROWS];
    for (weights, values) in panel.iter().zip(values) {
        add_outer_product(&mut sums, &values, weights);
    }
    sums
}

/// Some columns of a row-major matrix.
struct Columns<'a, T> {
    numbers: &'a mut [T],
    /// Columns of the matrix.
    stride: usize,
    first: usize,
    width: usize,
}

impl<T: Real> Columns<'_, T> {
    /// Adds `sums` to the rows from `row`.
    #[inline(always)]
    fn add<const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        row: usize,
        sums: &[[T; COLUMNS]; ROWS],
    ) {
        let rows = self.numbers[row * self.stride..].chunks_exact_mut(self.stride);
        for (row, sums) in rows.zip(sums) {
            for (target, sum) in row[self.first..][..self.width].iter_mut().zip(sums) {
                *target += *sum;
            }
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
