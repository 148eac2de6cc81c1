//! What a trial costs, as a function of its size.

use crate::law::{ErrorColumn, FULL_SEARCH, FitPoints, PowerTable, fit_power_and_constant};
use crate::units::TrainingSetSize;

/// One trial that was run, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Its training-set size.
    pub size: TrainingSetSize,
    /// Its cost in any unit, finite and above 0: seconds, operations, money.
    pub cost: f64,
}

/// `cost(m) = start_up + rate * m^exponent`, in the unit of the timings.
///
/// `start_up` is the cost of a trial that does not depend on its number of examples, such as
/// starting an interpreter and reading the data. Without it, extending a curve of small sizes looks
/// cheaper than it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialCost {
    /// Cost that does not depend on the size, not below 0.
    pub start_up: f64,
    /// Cost of one example at `exponent` 1, not below 0.
    pub rate: f64,
    /// Power of the size, between 0 and 3.
    pub exponent: f64,
}

/// Fewest distinct sizes that tell the exponent and the start-up apart.
const FEWEST_FOR_EXPONENT: usize = 3;

impl TrialCost {
    /// Every trial costs the same, `cost`.
    pub fn constant(cost: f64) -> Self {
        Self { start_up: cost, rate: 0.0, exponent: 1.0 }
    }

    /// Fits the cost to `timings` by least squares of log cost, with the kernel that fits laws with
    /// a floor; `None` without timings.
    ///
    /// The floor of the law in 1/m is the start-up. With one or two distinct sizes, the cost is
    /// taken to be proportional to the size, through the mean cost at the largest of them. Beyond
    /// that size, this overestimates a cost that includes a start-up, so it never promises a size
    /// that cannot be paid.
    ///
    /// # Reference
    /// Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
    /// problems whose variables separate", for the kernel.
    pub fn fit(timings: &[Timing]) -> Option<Self> {
        let mut sorted = timings.to_vec();
        // Increasing 1/m, and sums in one order whatever the order of the timings.
        sorted.sort_by(|a, b| b.size.cmp(&a.size).then(a.cost.total_cmp(&b.cost)));
        let largest = sorted.first()?.size;
        let smallest = sorted.last()?.size;
        let mut sizes: Vec<TrainingSetSize> = sorted.iter().map(|timing| timing.size).collect();
        sizes.dedup();
        if sizes.len() < FEWEST_FOR_EXPONENT {
            let of_largest = sorted.iter().filter(|timing| timing.size == largest);
            let mean = of_largest.clone().map(|timing| timing.cost).sum::<f64>()
                / of_largest.count() as f64;
            return Some(Self { start_up: 0.0, rate: mean / largest.get(), exponent: 1.0 });
        }
        let unit = sorted.last()?.cost;
        let inverse = |timing: &Timing| smallest.log() - timing.size.log();
        let table = PowerTable::new(sorted.iter().map(inverse).collect());
        let mut column = ErrorColumn::default();
        column.set(sorted.iter().map(|timing| (timing.cost / unit).ln()));
        let law = fit_power_and_constant(&FitPoints::new(&table, &column, 0, FULL_SEARCH));
        let rate = unit * law.scale * (-law.exponent * smallest.log()).exp();
        Some(Self { start_up: unit * law.constant, rate, exponent: law.exponent })
    }

    /// Cost of one trial at `size`.
    pub fn of(&self, size: TrainingSetSize) -> f64 {
        self.start_up + self.rate * (self.exponent * size.log()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(sizes: &[f64], cost: impl Fn(f64) -> f64) -> Vec<Timing> {
        let timing = |&examples: &f64| Timing {
            size: TrainingSetSize::new(examples).unwrap(),
            cost: cost(examples),
        };
        sizes.iter().map(timing).collect()
    }

    fn check_recovers(start_up: f64, rate: f64, exponent: f64) {
        let cost = |m: f64| start_up + rate * m.powf(exponent);
        let found = TrialCost::fit(&timings(&[64.0, 128.0, 256.0, 512.0, 1024.0], cost)).unwrap();
        let far = TrainingSetSize::new(65_536.0).unwrap();
        let ratio = found.of(far) / cost(65_536.0);
        // The search for the exponent stops at 1e-8 of the sum of squares.
        assert!((ratio - 1.0).abs() < 1e-3, "{start_up} {rate} {exponent}: {found:?} {ratio}");
    }

    #[test]
    fn an_exact_cost_is_recovered_with_and_without_a_start_up() {
        check_recovers(0.0, 0.01, 1.0);
        check_recovers(3.0, 0.01, 1.0);
        check_recovers(2.0, 0.02, 1.3);
        check_recovers(0.5, 0.5, 0.7);
    }

    #[test]
    fn another_unit_of_cost_changes_nothing_else() {
        let cost = |m: f64| 1.0 + 0.01 * m;
        let seconds = TrialCost::fit(&timings(&[64.0, 128.0, 512.0, 900.0], cost)).unwrap();
        let hours =
            TrialCost::fit(&timings(&[64.0, 128.0, 512.0, 900.0], |m| cost(m) / 3600.0)).unwrap();
        let far = TrainingSetSize::new(1e5).unwrap();
        assert!((hours.of(far) * 3600.0 / seconds.of(far) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn two_sizes_are_taken_as_proportional_and_none_tell_nothing() {
        let found = TrialCost::fit(&timings(&[64.0, 64.0, 128.0], |m| 5.0 + m)).unwrap();
        let of = |m: f64| found.of(TrainingSetSize::new(m).unwrap());
        assert!((of(1280.0) - 1330.0).abs() < 1e-9, "{found:?}");
        assert_eq!(TrialCost::fit(&[]), None);
    }
}
