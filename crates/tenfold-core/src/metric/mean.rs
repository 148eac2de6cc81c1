//! The mean of one number an example.

use super::{Aggregate, LogSlope};

pub(super) const MEAN: Aggregate = Aggregate {
    name: "mean",
    width: 1,
    error: |means, _| means[0],
    slope: |means, _| LogSlope { weights: vec![1.0], divisor: means[0], scale: 1.0 },
    units: |_| 1.0,
};
