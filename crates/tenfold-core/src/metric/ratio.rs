//! The sum of one number over the sum of another: examples count in proportion to their length.

use super::{Aggregate, LogSlope};

pub(super) const RATIO: Aggregate = Aggregate {
    name: "ratio",
    width: 2,
    error: |means, _| means[0] / means[1],
    // d ln(a / b) = (da − (a / b) db) / a
    slope: |means, _| LogSlope {
        weights: vec![1.0, -means[0] / means[1]],
        divisor: means[0],
        scale: 1.0,
    },
    units: |means| means[1],
};
