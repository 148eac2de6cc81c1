//! Repeated products with one matrix, such as a recurrent layer computes in each step. The matrix
//! is packed once into the order in which it is read, instead of once per product.

use super::direct::add_outer_product;
use super::dispatch::{VectorUnits, vectorised};
use super::prefetch::prefetch;
use super::product::{Matrix, Store, multiply};
use crate::engine::real::Real;

/// Columns of a panel: one AVX-512 or two AVX2 registers of `f32`.
const LANES: usize = 16;

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

impl<'a, T: Real> Packed<'a, T> {
    /// Packs `matrix` in the beginning of `space`.
    pub(crate) fn new(space: &'a mut [T], matrix: Matrix<'_, T>) -> Self {
        let (rows, columns) = matrix.size();
        let panels = &mut space[..packed_numbers(rows, columns)];
        if is_stored_by_rows() {
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

    /// Writes `base` plus `left`, row-major, times this matrix to `destination`.
    pub(crate) fn product(&self, destination: &mut [T], left: &[T], base: Base<'_, T>) {
        if is_stored_by_rows() {
            for (index, row) in destination.chunks_exact_mut(self.columns).enumerate() {
                base.copy_row(row, index);
            }
            let left = Matrix::row_major(left, destination.len() / self.columns, self.rows);
            let right = Matrix::row_major(self.panels, self.rows, self.columns);
            multiply(destination, left, right, Store::Add);
        } else {
            write_panels(destination, left, *self, base);
        }
    }
}

/// Whether a packed matrix is stored as the `gemm` crate reads it: without fused multiply-add, the loop
/// over panels would be far slower.
fn is_stored_by_rows() -> bool {
    VectorUnits::of_this_processor() == VectorUnits::Baseline
}

/// What a product is added to, row by row.
#[derive(Clone, Copy)]
pub(crate) enum Base<'a, T> {
    /// What the destination holds.
    Destination,
    /// The same row for each.
    Row(&'a [T]),
    /// Rows of other numbers, which begin at these positions.
    Rows(&'a [T], &'a [usize]),
}

impl<T: Real> Base<'_, T> {
    /// Writes row `index` to `row`.
    fn copy_row(&self, row: &mut [T], index: usize) {
        match self {
            Self::Destination => {}
            Self::Row(base) => row.copy_from_slice(base),
            Self::Rows(numbers, starts) => {
                row.copy_from_slice(&numbers[starts[index]..][..row.len()]);
            }
        }
    }
}

vectorised! {
    /// Two panels at a time fill 16 of 32 AVX-512 registers with the sums of 8 rows, so that a number of
    /// `left` that is loaded once is multiplied twice; one panel fills 12 of 16 AVX2 registers with those
    /// of 6 rows.
    fn write_panels<T>(
        destination: &mut [T],
        left: &[T],
        right: Packed<'_, T>,
        base: Base<'_, T>,
    ) {
        let mut target = Target { numbers: destination, columns: right.columns, base };
        let panel_numbers = right.rows * LANES;
        let mut panels = right.panels;
        let mut first = 0;
        if VectorUnits::of_this_processor() == VectorUnits::Wide {
            while panels.len() >= 2 * panel_numbers {
                let (pair, rest) = panels.split_at(2 * panel_numbers);
                let (left_panel, right_panel) = pair.split_at(panel_numbers);
                let pair = [left_panel.as_chunks().0, right_panel.as_chunks().0];
                write_columns(&mut target, first, left, pair);
                (panels, first) = (rest, first + 2 * LANES);
            }
        }
        for panel in panels.chunks_exact(panel_numbers) {
            write_columns(&mut target, first, left, [panel.as_chunks().0]);
            first += LANES;
        }
    }
}

/// Writes the base plus `left` times some panels to the columns from `first`, in tiles that are as high as
/// registers allow. What is left is done in lower tiles.
#[inline(always)]
fn write_columns<T: Real, const PANELS: usize>(
    target: &mut Target<'_, T>,
    first: usize,
    left: &[T],
    panels: [&[[T; LANES]]; PANELS],
) {
    let inner = panels[0].len();
    let rows = left.len() / inner;
    let mut row = 0;
    while PANELS == 2 && row + 8 <= rows {
        target.write_high_tile(row, first, left, panels);
        row += 8;
    }
    while PANELS == 1 && row + 6 <= rows {
        let (upper, lower) = (four(left, inner, row), two(left, inner, row + 4));
        let values = upper.zip(lower).map(|([a, b, c, d], [e, f])| [a, b, c, d, e, f]);
        target.write_tile(row, first, values, panels);
        row += 6;
    }
    while row + 4 <= rows {
        target.write_tile(row, first, four(left, inner, row), panels);
        row += 4;
    }
    while row + 2 <= rows {
        target.write_tile(row, first, two(left, inner, row), panels);
        row += 2;
    }
    if row < rows {
        let values = left[row * inner..][..inner].iter().map(|value| [*value]);
        target.write_tile(row, first, values, panels);
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

/// Rows of numbers, given column by column, times one panel.
#[inline(always)]
fn product<T: Real, const ROWS: usize>(
    values: impl Iterator<Item = [T; ROWS]>,
    panel: &[[T; LANES]],
) -> [[T; LANES]; ROWS] {
    let mut sums = [[T::ZERO; LANES]; ROWS];
    for (weights, values) in panel.iter().zip(values) {
        add_outer_product(&mut sums, &values, weights);
    }
    sums
}

/// Like [`product`], with two panels.
#[inline(always)]
fn two_products<T: Real, const ROWS: usize>(
    values: impl Iterator<Item = [T; ROWS]>,
    panels: [&[[T; LANES]]; 2],
) -> [[[T; LANES]; ROWS]; 2] {
    let mut sums = [[[T::ZERO; LANES]; ROWS]; 2];
    for ((left, right), values) in panels[0].iter().zip(panels[1]).zip(values) {
        add_outer_product(&mut sums[0], &values, left);
        add_outer_product(&mut sums[1], &values, right);
    }
    sums
}

/// Like [`two_products`], of eight rows in two fours: of eight in one, the compiler makes sums in
/// registers from parts of them.
#[inline(always)]
fn eight_products<T: Real>(
    values: impl Iterator<Item = ([T; 4], [T; 4])>,
    panels: [&[[T; LANES]]; 2],
) -> [[[[T; LANES]; 4]; 2]; 2] {
    let [mut upper_left, mut upper_right, mut lower_left, mut lower_right] =
        [[[T::ZERO; LANES]; 4]; 4];
    for ((left, right), (upper, lower)) in panels[0].iter().zip(panels[1]).zip(values) {
        add_outer_product(&mut upper_left, &upper, left);
        add_outer_product(&mut upper_right, &upper, right);
        add_outer_product(&mut lower_left, &lower, left);
        add_outer_product(&mut lower_right, &lower, right);
    }
    [[upper_left, upper_right], [lower_left, lower_right]]
}

/// The matrix that a product is written to, row-major.
struct Target<'a, T> {
    numbers: &'a mut [T],
    columns: usize,
    base: Base<'a, T>,
}

impl<T: Real> Target<'_, T> {
    /// Writes the base plus the product of eight rows of `left` and two panels to the rows from `row` and
    /// the columns from `first`.
    #[inline(always)]
    fn write_high_tile<const PANELS: usize>(
        &mut self,
        row: usize,
        first: usize,
        left: &[T],
        panels: [&[[T; LANES]]; PANELS],
    ) {
        let inner = panels[0].len();
        self.prefetch::<8>(row, first, PANELS);
        let values = four(left, inner, row).zip(four(left, inner, row + 4));
        let sums = eight_products(values, [panels[0], panels[PANELS - 1]]);
        for (row, sums) in [row, row + 4].into_iter().zip(&sums) {
            self.write(row, first, &sums[0]);
            self.write(row, first + LANES, &sums[1]);
        }
    }

    /// Writes the base plus the product of some rows, whose numbers are given column by column, and
    /// `panels` to the rows from `row` and the columns from `first`.
    #[inline(always)]
    fn write_tile<const ROWS: usize, const PANELS: usize>(
        &mut self,
        row: usize,
        first: usize,
        values: impl Iterator<Item = [T; ROWS]>,
        panels: [&[[T; LANES]]; PANELS],
    ) {
        self.prefetch::<ROWS>(row, first, PANELS);
        if let [left, right] = panels.as_slice() {
            let [left, right] = two_products(values, [left, right]);
            self.write(row, first, &left);
            self.write(row, first + LANES, &right);
        } else {
            self.write(row, first, &product(values, panels[0]));
        }
    }

    /// Asks for the lines of a tile and of its base: they come before its sums are ready.
    #[inline(always)]
    fn prefetch<const ROWS: usize>(&self, row: usize, first: usize, panels: usize) {
        let columns = first..self.columns.min(first + panels * LANES);
        let rows = self.numbers[row * self.columns..].chunks_exact(self.columns);
        for (index, target) in rows.enumerate().take(ROWS) {
            prefetch(&target[columns.clone()]);
            if let Base::Rows(numbers, starts) = self.base {
                prefetch(&numbers[starts[row + index]..][columns.clone()]);
            }
        }
    }

    /// Writes the base plus `sums` to the rows from `row` and the columns from `first`.
    #[inline(always)]
    fn write<const ROWS: usize>(&mut self, row: usize, first: usize, sums: &[[T; LANES]; ROWS]) {
        let rows = self.numbers[row * self.columns..].chunks_exact_mut(self.columns);
        for (index, (target, sums)) in rows.zip(sums).enumerate() {
            let target = &mut target[first..];
            match self.base {
                Base::Destination => write_sums(target, sums, None),
                Base::Row(base) => write_sums(target, sums, Some(&base[first..])),
                Base::Rows(numbers, starts) => {
                    let base = &numbers[starts[row + index] + first..];
                    write_sums(target, sums, Some(base));
                }
            }
        }
    }
}

/// Writes `sums` plus `base`, or plus what `target` holds, to the beginning of `target`, which may be
/// shorter.
#[inline(always)]
fn write_sums<T: Real>(target: &mut [T], sums: &[T; LANES], base: Option<&[T]>) {
    let from = base.unwrap_or(target);
    if let Some(from) = from.first_chunk::<LANES>()
        && target.len() >= LANES
    {
        // By way of an array, so that the compiler need not rule out that target and base overlap.
        let mut numbers = *from;
        for (number, sum) in numbers.iter_mut().zip(sums) {
            *number += *sum;
        }
        target[..LANES].copy_from_slice(&numbers);
    } else {
        for (index, sum) in sums.iter().enumerate().take(target.len()) {
            target[index] = base.map_or(target[index], |base| base[index]) + *sum;
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
        for (rows, inner, columns) in
            [(1, 3, 5), (6, 4, 16), (8, 5, 20), (13, 32, 48), (2, 1, 33), (23, 7, 64)]
        {
            let (left, right) = (numbers(rows * inner), numbers(inner * columns));
            let mut expected = numbers(rows * columns);
            let mut ours = expected.clone();
            let matrix = Matrix::row_major(&right, inner, columns);
            let left_matrix = Matrix::row_major(&left, rows, inner);
            multiply(&mut expected, left_matrix, matrix, Store::Add);
            let mut space = vec![f64::NAN; packed_numbers(inner, columns)];
            Packed::new(&mut space, matrix);
            Packed::again(&space, inner, columns).product(&mut ours, &left, Base::Destination);
            for (ours, expected) in ours.iter().zip(&expected) {
                assert!((ours - expected).abs() < 1e-12, "{rows} {inner} {columns}");
            }
            // The same matrix, given with rows and columns exchanged.
            let turned: Vec<f64> = (0..columns * inner)
                .map(|index| right[index % inner * columns + index / inner])
                .collect();
            let turned = Matrix::row_major(&turned, columns, inner).transposed();
            let mut again = numbers(rows * columns);
            let packed = Packed::new(&mut space, turned);
            packed.product(&mut again, &left, Base::Destination);
            assert_eq!(again, ours);
            // Other bases give what they give when they are copied to the destination first. Rows of
            // `table` begin at any position, the last at the last possible.
            let table = numbers(3 * columns + rows);
            let starts: Vec<usize> = (0..rows).map(|row| 2 * columns + rows - row).collect();
            let row = &table[1..=columns];
            for (base, start) in
                [(Base::Row(row), None), (Base::Rows(&table, &starts), Some(&starts))]
            {
                let base_of = |row: usize| start.map_or(1, |starts| starts[row]);
                let mut copied: Vec<f64> =
                    (0..rows).flat_map(|row| &table[base_of(row)..][..columns]).copied().collect();
                packed.product(&mut copied, &left, Base::Destination);
                let mut written = vec![f64::NAN; rows * columns];
                packed.product(&mut written, &left, base);
                assert_eq!(written, copied, "{rows} {inner} {columns}");
            }
        }
    }
}
