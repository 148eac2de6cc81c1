//! The exponential of a ratio of sums: perplexity from nats and tokens.

use super::{Aggregate, LogSlope};

pub(super) const EXP_RATIO: Aggregate = Aggregate {
    name: "exp-ratio",
    width: 2,
    error: |means, _| (means[0] / means[1]).exp(),
    // d(a / b) = (da − (a / b) db) / b
    slope: |means, _| LogSlope {
        weights: vec![1.0, -means[0] / means[1]],
        divisor: means[1],
        scale: 1.0,
    },
    units: |means| means[1],
};
