//! The ends of `scale * m^-exponent + constant`: a power law alone, and a constant alone.
//!
//! Both are closed forms in logs. What lies between them has to be searched for, and is only worth it
//! where it fits better than either.

#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use crate::law::lanes::{Lanes, Mask};
use crate::law::projection::{FLATTEST, STEEPEST};
use crate::law::refine::{Laws, power};

/// The best power laws, with exponents in the searched range, and the best constants, in logs.
pub(crate) struct Edges<const L: usize> {
    log_scale: Lanes<L>,
    exponent: Lanes<L>,
    log_constant: Lanes<L>,
    /// Sums of squares of the power laws and of the constants.
    of_power: Lanes<L>,
    of_constant: Lanes<L>,
}

impl<const L: usize> Edges<L> {
    #[inline(always)]
    pub(crate) fn of(log_sizes: &[f64], log_errors: &[Lanes<L>]) -> Self {
        let zero = Lanes::all(0.0);
        let count = log_sizes.len() as f64;
        let mean_size = log_sizes.iter().sum::<f64>() / count;
        let sum = log_errors.iter().fold(zero, |sum, &log_error| sum + log_error);
        let mean_error = sum / Lanes::all(count);
        let (mut variance, mut covariance) = (0.0, zero);
        for (log_size, &log_error) in log_sizes.iter().zip(log_errors) {
            let apart = log_size - mean_size;
            variance += apart * apart;
            covariance = covariance + Lanes::all(apart) * (log_error - mean_error);
        }
        let slope = covariance / Lanes::all(if variance > 0.0 { variance } else { f64::INFINITY });
        let exponent = (-slope).at_least(Lanes::all(FLATTEST)).at_most(Lanes::all(STEEPEST));
        let log_scale = mean_error + exponent * Lanes::all(mean_size);
        let (mut of_power, mut of_constant) = (zero, zero);
        for (&log_size, &log_error) in log_sizes.iter().zip(log_errors) {
            let residual = log_scale - exponent * Lanes::all(log_size) - log_error;
            of_power = of_power + residual * residual;
            let residual = log_error - mean_error;
            of_constant = of_constant + residual * residual;
        }
        Self { log_scale, exponent, log_constant: mean_error, of_power, of_constant }
    }

    /// The lesser sums of squares.
    #[inline(always)]
    pub(crate) fn sum_of_squares(&self) -> Lanes<L> {
        self.of_power.where_else(self.of_power.is_less_than(self.of_constant), self.of_constant)
    }

    /// The power laws.
    #[inline(always)]
    pub(crate) fn alone(&self) -> Laws<L> {
        Laws {
            scale: self.log_scale.exp(),
            exponent: self.exponent,
            constant: Lanes::all(0.0),
            sum_of_squares: self.of_power,
        }
    }

    /// The power laws or the constants, whichever have the lesser sums of squares.
    #[inline(always)]
    pub(crate) fn best(&self) -> Laws<L> {
        let constant = Laws {
            scale: Lanes::all(0.0),
            exponent: Lanes::all(FLATTEST),
            constant: self.log_constant.exp(),
            sum_of_squares: self.of_constant,
        };
        self.alone().where_else(self.of_power.is_less_than(self.of_constant), constant)
    }

    /// Where raising the constant of the power laws from 0 lowers their sums of squares.
    #[inline(always)]
    pub(crate) fn constant_would_help(
        &self,
        points: impl Iterator<Item = (f64, Lanes<L>)>,
    ) -> Mask<L> {
        // The derivative by the constant but for the scale, which is above 0.
        let slope = points.fold(Lanes::all(0.0), |slope, (log_size, log_error)| {
            let log_fit = self.log_scale - self.exponent * Lanes::all(log_size);
            slope + (log_fit - log_error) * power(-log_size, self.exponent)
        });
        slope.is_less_than(Lanes::all(0.0))
    }
}
