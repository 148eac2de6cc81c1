//! Small systems of linear equations.

/// A 3 by 3 matrix, rows first.
pub(crate) type Matrix3 = [[f64; 3]; 3];

/// Smallest pivot that is no rounding error, as a share of the diagonal entry it came from.
const SMALLEST_PIVOT: f64 = 1e-12;

/// Inverse of the symmetric, positive `matrix` over the rows that are `free`; 0 elsewhere.
///
/// `None` when the free rows depend on each other.
pub(crate) fn inverse(matrix: Matrix3, free: [bool; 3]) -> Option<Matrix3> {
    let mut left = matrix;
    let mut right = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for pivot in (0..3).filter(|&at| free[at]) {
        let size = left[pivot][pivot];
        if size.is_nan() || size <= SMALLEST_PIVOT * matrix[pivot][pivot] {
            return None;
        }
        left[pivot] = left[pivot].map(|entry| entry / size);
        right[pivot] = right[pivot].map(|entry| entry / size);
        for row in (0..3).filter(|&row| row != pivot && free[row]) {
            let factor = left[row][pivot];
            for column in 0..3 {
                left[row][column] -= factor * left[pivot][column];
                right[row][column] -= factor * right[pivot][column];
            }
        }
    }
    for row in 0..3 {
        for column in 0..3 {
            if !(free[row] && free[column]) {
                right[row][column] = 0.0;
            }
        }
    }
    Some(right)
}

/// The solution of a symmetric, positive system of N equations, by elimination without pivoting, which
/// such systems do not need.
pub(crate) fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for pivot in 0..N {
        let above = matrix[pivot];
        for row in pivot + 1..N {
            let factor = matrix[row][pivot] / above[pivot];
            matrix[row].iter_mut().zip(above).for_each(|(entry, above)| *entry -= factor * above);
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]];
        let inverse = inverse(matrix, [true; 3]).unwrap();
        let product = |row: usize, column: usize| -> f64 {
            (0..3).map(|k| matrix[row][k] * inverse[k][column]).sum()
        };
        for row in 0..3 {
            assert!((product(row, row) - 1.0).abs() < 1e-12);
            assert!(product(row, (row + 1) % 3).abs() + product(row, (row + 2) % 3).abs() < 1e-12);
        }
    }

    #[test]
    fn rows_that_are_held_stay_out() {
        let matrix = [[4.0, 1.0, 9.0], [1.0, 3.0, 9.0], [9.0, 9.0, 9.0]];
        let found = inverse(matrix, [true, true, false]).unwrap();
        assert!((found[0][0] - 3.0 / 11.0).abs() < 1e-12, "{found:?}");
        assert!((found[0][1] + 1.0 / 11.0).abs() < 1e-12, "{found:?}");
        assert!(found[2].iter().all(|entry| entry.abs() <= 0.0));
        assert_eq!(inverse([[1.0; 3]; 3], [true; 3]), None);
    }

    #[test]
    fn a_solved_system_holds() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]];
        let found = solve(matrix, [1.0, 2.0, 3.0]);
        for (row, right) in matrix.iter().zip([1.0, 2.0, 3.0]) {
            let left: f64 = row.iter().zip(&found).map(|(a, b)| a * b).sum();
            assert!((left - right).abs() < 1e-12, "{found:?}");
        }
    }
}
