//! Matrix products by the `gemm` crate.

use gemm::Parallelism;

use crate::engine::real::Real;

/// A matrix read from a slice: element (i, j) is `data[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `rows` × `columns`, one row after the other.
    pub(crate) fn row_major(data: &'a [T], rows: usize, columns: usize) -> Self {
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// `rows` × `columns`; each row begins `row_stride` numbers after the row before.
    pub(crate) fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Rows and columns.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Copies the columns from `first` to before `end` to rows that begin `stride` numbers apart.
    pub(super) fn copy_to(&self, target: &mut [T], stride: usize, first: usize, end: usize)
    where
        T: Copy,
    {
        for (row, target) in target.chunks_mut(stride).take(self.rows).enumerate() {
            let from = &self.data[row * self.row_stride + first * self.column_stride..];
            let from = from.iter().step_by(self.column_stride);
            for (target, number) in target.iter_mut().take(end - first).zip(from) {
                *target = *number;
            }
        }
    }

    fn is_inside(&self) -> bool {
        self.rows == 0
            || self.columns == 0
            || (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride
                < self.data.len()
    }
}

/// What a product does with the numbers already in its destination.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Store {
    /// They are written over.
    Replace,
    /// The result is added to them.
    Add,
}

/// Writes `left · right` to `destination`, row-major, on the calling thread.
pub(crate) fn multiply<T: Real>(
    destination: &mut [T],
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
    store: Store,
) {
    multiply_strided(destination, right.columns, left, right, store);
}

/// Like [`multiply`], with rows of `destination` that begin `row_stride` numbers apart.
pub(crate) fn multiply_strided<T: Real>(
    destination: &mut [T],
    row_stride: usize,
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
    store: Store,
) {
    if left.rows == 0 || right.columns == 0 {
        return;
    }
    assert_eq!(left.columns, right.rows, "inner sizes of a matrix product differ");
    assert!(left.is_inside() && right.is_inside(), "a matrix reaches past its slice");
    assert!(row_stride >= right.columns, "rows of the product overlap");
    let end = (left.rows - 1) * row_stride + right.columns;
    assert!(end <= destination.len(), "the product does not fit");
    // SAFETY: the assertions above keep every index inside its slice, the destination is
    // borrowed mutably and so overlaps neither operand, and `Real` is sealed to f32 and f64,
    // the types that gemm takes.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            destination.as_mut_ptr(),
            1,
            row_stride.cast_signed(),
            store == Store::Add,
            left.data.as_ptr(),
            left.column_stride.cast_signed(),
            left.row_stride.cast_signed(),
            right.data.as_ptr(),
            right.column_stride.cast_signed(),
            right.row_stride.cast_signed(),
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
