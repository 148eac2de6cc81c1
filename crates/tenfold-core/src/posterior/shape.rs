//! The law of a cell: how the error changes relative to that at the largest size.

use crate::law::{CurveFamily, Parameters};

/// A law up to its level.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `κ + (1 − κ) 2^(−b x)`.
    Floor {
        /// b: log2 of the factor by which a doubling lowers what lies above the floor; not below 0.
        exponent: f64,
        /// κ: the floor's share of the error at the largest size, from 0 up and below 1.
        floor_share: f64,
    },
    /// A member of another family, in units of the largest size.
    Member {
        /// The family.
        family: &'static dyn CurveFamily,
        /// Its parameters.
        parameters: Parameters,
    },
}

/// Largest product of doublings and exponent in a power: 2^60 is beyond any error.
const MOST: f64 = 60.0;

impl Shape {
    /// The floor's share of the error at the largest size.
    pub(crate) fn floor_share(&self) -> f64 {
        match self {
            Self::Floor { floor_share, .. } => *floor_share,
            Self::Member { family, parameters } => {
                (family.floor(parameters) / family.predict(parameters, 1.0)).clamp(0.0, 1.0)
            }
        }
    }

    /// Log error at `doublings` beyond the largest size, relative to that at the largest size.
    pub(crate) fn log_ratio(&self, doublings: f64) -> f64 {
        match self {
            Self::Floor { exponent, floor_share } => {
                let power = (-(exponent * doublings)).clamp(-MOST, MOST).exp2();
                (floor_share + (1.0 - floor_share) * power).ln()
            }
            Self::Member { family, parameters } => {
                let at = |doublings: f64| family.predict(parameters, doublings.exp2());
                let ratio = at(doublings) / at(0.0);
                ratio.max(f64::MIN_POSITIVE).ln().clamp(-MOST, MOST)
            }
        }
    }
}
