//! Measures how long the matrix products of a step take alone.

use std::hint::black_box;
use std::thread;

use gemm::{Parallelism, gemm};

use crate::clocks::thread_seconds;

/// `count` products of `rows` × `inner` times `inner` × `columns`.
#[derive(Clone, Copy)]
pub(crate) struct Products {
    pub(crate) count: usize,
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) columns: usize,
}

impl Products {
    /// Floating-point operations of all of them.
    pub(crate) fn flop(&self) -> f64 {
        2.0 * (self.count * self.rows * self.inner * self.columns) as f64
    }
}

/// The products of a linear layer: forward, for the gradient of the weights, and for that of the
/// input unless the layer is the first.
pub(crate) fn linear(rows: usize, inputs: usize, outputs: usize, is_first: bool) -> Vec<Products> {
    let there = Products { count: 1, rows, inner: inputs, columns: outputs };
    let weights = Products { count: 1, rows: inputs, inner: rows, columns: outputs };
    let back = Products { count: 1, rows, inner: outputs, columns: inputs };
    if is_first { vec![there, weights] } else { vec![there, weights, back] }
}

/// Seconds that all `products` take once.
pub(crate) fn seconds(products: &[Products]) -> f64 {
    let rounds = 20;
    let mut buffers: Vec<_> = products
        .iter()
        .map(|p| {
            let numbers = |length: usize| vec![0.5_f32; length];
            (numbers(p.rows * p.inner), numbers(p.inner * p.columns), numbers(p.rows * p.columns))
        })
        .collect();
    let mut start = 0.0;
    for round in 0..=rounds {
        if round == 1 {
            start = thread_seconds();
        }
        for (p, (left, right, result)) in products.iter().zip(&mut buffers) {
            for _ in 0..p.count {
                multiply(*p, left, right, result);
            }
        }
    }
    (thread_seconds() - start) / f64::from(rounds)
}

/// Floating-point operations a second of `product` on `threads` threads that each compute it.
pub(crate) fn speed(product: Products, threads: usize) -> f64 {
    let median = || {
        let mut rounds: Vec<f64> = (0..9).map(|_| seconds(&[product])).collect();
        rounds.sort_by(f64::total_cmp);
        product.flop() / rounds[rounds.len() / 2]
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(median)).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    })
}

fn multiply(p: Products, left: &[f32], right: &[f32], result: &mut [f32]) {
    assert!(left.len() == p.rows * p.inner && right.len() == p.inner * p.columns);
    assert!(result.len() == p.rows * p.columns);
    // SAFETY: the lines above make the matrices as long as these sizes need, and the result is
    // borrowed mutably, so it overlaps neither operand.
    unsafe {
        gemm(
            p.rows,
            p.columns,
            p.inner,
            result.as_mut_ptr(),
            1,
            p.columns.cast_signed(),
            false,
            left.as_ptr(),
            1,
            p.inner.cast_signed(),
            right.as_ptr(),
            1,
            p.columns.cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
    black_box(result);
}
