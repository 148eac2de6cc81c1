//! The square root of the mean of one number an example: the log of a square root halves.

use super::{Aggregate, LogSlope};

pub(super) const ROOT_MEAN: Aggregate = Aggregate {
    name: "root-mean",
    width: 1,
    error: |means, _| means[0].sqrt(),
    slope: |means, _| LogSlope { weights: vec![1.0], divisor: means[0], scale: 0.5 },
    units: |_| 1.0,
};
