//! What training at a future size takes: seconds, operations or money against training-set size.
//!
//! `amount(m) = start_up + scale m^exponent`: the start-up is constant, and the rest grows with the
//! data (and with the model that fits them). Fitted by the same variable projection as learning
//! curves, on reciprocal sizes, which turn growth into a fall.

use crate::estimate::{Estimate, Interval};
use crate::law::{ErrorColumn, FULL_SEARCH, FitPoints, PowerTable, fit_power_and_constant};
use crate::stats::linear::{self, Matrix3};
use crate::stats::student;
use crate::units::TrainingSetSize;

/// `start_up + scale * m^exponent`, fitted to what trainings took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceLaw {
    /// Amount that does not depend on the size, in the unit of the amounts, not below 0.
    pub start_up: f64,
    /// Exponent of growth, above 0.
    pub exponent: f64,
    /// Log of the amount beyond `start_up` at the smallest size; `None` when it does not grow.
    log_scale: Option<f64>,
    /// Log of the smallest size.
    log_smallest: f64,
    /// Mean squared log residual.
    variance: f64,
    degrees: usize,
    /// Covariance of the parameters over `variance`.
    covariance: Matrix3,
    /// Which of scale, exponent and start-up constant were fitted.
    free: [bool; 3],
}

/// Fewest sizes for a start-up constant in addition to the power.
const FEWEST_FOR_START_UP: usize = 4;

/// Most that the ends of an 80 % interval differ by, as a factor, before an amount is not told. Beyond it a
/// second could as well be minutes.
const WIDEST_TOLD: f64 = 100.0;

/// Fits what trainings took, as (size, amount) with distinct sizes in any order.
///
/// Least squares of log amount. `None` with fewer than 3 sizes, from which the noise cannot be
/// estimated, and when an amount is not a finite number above 0.
pub fn resource_law(points: &[(TrainingSetSize, f64)]) -> Option<ResourceLaw> {
    if points.len() < 3 || points.iter().any(|point| !(point.1.is_finite() && point.1 > 0.0)) {
        return None;
    }
    let mut points = points.to_vec();
    // From large to small: reciprocal sizes then grow, as sizes of a learning curve do.
    points.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let log_smallest = points[points.len() - 1].0.log();
    if points[0].0.log() <= log_smallest {
        return None;
    }
    let unit = points[points.len() - 1].1.ln();
    let table = PowerTable::new(points.iter().map(|point| log_smallest - point.0.log()).collect());
    let mut column = ErrorColumn::default();
    column.set(points.iter().map(|point| point.1.ln() - unit));
    let of = FitPoints::new(&table, &column, 0, FULL_SEARCH);
    let found = fit_power_and_constant(&of);
    let found = if points.len() < FEWEST_FOR_START_UP && found.constant > 0.0 && found.scale > 0.0 {
        crate::law::power_alone(&of)
    } else {
        found
    };
    let has = |amount: f64| amount > 0.0;
    let free = [has(found.scale), has(found.scale), has(found.constant)];
    let fitted = free.iter().filter(|is_free| **is_free).count();
    let degrees = points.len().checked_sub(fitted).filter(|degrees| *degrees > 0)?;
    let mut law = ResourceLaw {
        start_up: found.constant * unit.exp(),
        exponent: found.exponent,
        log_scale: has(found.scale).then(|| found.scale.ln() + unit),
        log_smallest,
        variance: found.sum_of_squares / degrees as f64,
        degrees,
        covariance: [[0.0; 3]; 3],
        free,
    };
    let mut information = [[0.0; 3]; 3];
    for (size, _) in &points {
        let slopes = law.slopes(size.log());
        for (row, &slope) in information.iter_mut().zip(&slopes) {
            row.iter_mut().zip(&slopes).for_each(|(sum, other)| *sum += slope * other);
        }
    }
    law.covariance = linear::inverse(information, free)?;
    Some(law)
}

impl ResourceLaw {
    /// What one training on `size` examples takes, with prediction intervals; `None` where the trainings do not
    /// tell, such as where only the last of many alike took longer.
    ///
    /// Student's t intervals of the log amount of one new training, by linearisation. They assume
    /// that the law holds that far and that future trainings resemble the past ones: same machine,
    /// same recipe.
    pub fn at(&self, size: TrainingSetSize) -> Option<Estimate> {
        let slopes = self.slopes(size.log());
        let mut fitted = 0.0;
        for (row, slope) in self.covariance.iter().zip(&slopes) {
            let along: f64 = row.iter().zip(&slopes).map(|(entry, other)| entry * other).sum();
            fitted += slope * along;
        }
        let value = self.amount(size.log());
        let deviation = (self.variance * (1.0 + fitted)).sqrt();
        let interval = |probability: f64| {
            let width = student::quantile(probability, self.degrees) * deviation;
            let end = |sign: f64| (value.ln() + sign * width).exp().clamp(0.0, f64::MAX);
            Interval { low: end(-1.0), high: end(1.0) }
        };
        let interval_80 = interval(0.9);
        (interval_80.high <= WIDEST_TOLD * interval_80.low).then(|| Estimate {
            value,
            standard_error: (value * deviation).is_finite().then_some(value * deviation),
            interval_80,
            interval_95: interval(0.975),
        })
    }

    fn power(&self, log_size: f64) -> f64 {
        self.log_scale.map_or(0.0, |log_scale| {
            (log_scale + self.exponent * (log_size - self.log_smallest)).exp()
        })
    }

    fn amount(&self, log_size: f64) -> f64 {
        (self.power(log_size) + self.start_up).clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    /// Derivatives of the log amount by log scale, exponent and log start-up constant; 0 where a
    /// parameter is not free.
    fn slopes(&self, log_size: f64) -> [f64; 3] {
        let amount = self.amount(log_size);
        let share = self.power(log_size) / amount;
        let slopes = [share, share * (log_size - self.log_smallest), self.start_up / amount];
        std::array::from_fn(|at| if self.free[at] { slopes[at] } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(amounts: &[(f64, f64)]) -> Vec<(TrainingSetSize, f64)> {
        amounts
            .iter()
            .map(|&(size, amount)| (TrainingSetSize::new(size).unwrap(), amount))
            .collect()
    }

    fn size(examples: f64) -> TrainingSetSize {
        TrainingSetSize::new(examples).unwrap()
    }

    #[test]
    fn an_exact_law_with_a_start_up_time_is_recovered() {
        let truth = |m: f64| 3.0 + 0.001 * m.powf(1.2);
        let sizes = [100.0, 400.0, 1_600.0, 6_400.0, 25_600.0, 102_400.0];
        let measured: Vec<(f64, f64)> = sizes.iter().map(|&m| (m, truth(m))).collect();
        let law = resource_law(&points(&measured)).unwrap();
        assert!((law.start_up - 3.0).abs() < 1e-4, "{law:?}");
        assert!((law.exponent - 1.2).abs() < 1e-5, "{law:?}");
        let at = law.at(size(1e6)).unwrap();
        assert!((at.value / truth(1e6) - 1.0).abs() < 1e-4, "{at:?}");
        assert!(at.interval_80.contains(at.value));
    }

    #[test]
    fn without_a_start_up_time_the_interval_is_that_of_a_straight_line() {
        // scipy 1.17.1: linregress of ln(seconds) on ln(size), and at ln(25,600) its prediction -/+
        // t.ppf(.975, 3) s sqrt(1 + 1/n + (x - mean)^2 / Sxx), exponentiated.
        let law = resource_law(&points(&[
            (100.0, 1.0),
            (200.0, 2.1),
            (400.0, 4.2),
            (800.0, 8.0),
            (1_600.0, 15.1),
        ]))
        .unwrap();
        assert!(law.start_up <= 0.0, "{law:?}");
        let at = law.at(size(25_600.0)).unwrap();
        let reference = [233.777_040, 175.422_415, 311.543_450];
        // The t quantile at 3 degrees is good to 1 %.
        for (found, reference) in
            [at.value, at.interval_95.low, at.interval_95.high].into_iter().zip(reference)
        {
            assert!((found / reference - 1.0).abs() < 3e-3, "{found} {reference}");
        }
    }

    #[test]
    fn the_unit_of_the_amount_is_irrelevant() {
        let seconds = [(100.0, 9.0), (200.0, 11.0), (400.0, 14.0), (800.0, 22.0), (1_600.0, 36.0)];
        let hours = seconds.map(|(size, amount)| (size, amount / 3_600.0));
        let [seconds, hours] = [seconds, hours]
            .map(|each| resource_law(&points(&each)).unwrap().at(size(12_800.0)).unwrap());
        assert!((seconds.value / hours.value / 3_600.0 - 1.0).abs() < 1e-6);
        let high = |estimate: Estimate| estimate.interval_95.high;
        assert!((high(seconds) / high(hours) / 3_600.0 - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        assert_eq!(resource_law(&points(&[(1.0, 1.0), (2.0, 2.0)])), None);
        assert_eq!(resource_law(&points(&[(1.0, 1.0), (2.0, 2.0), (3.0, 0.0)])), None);
        assert_eq!(resource_law(&points(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)])), None);
    }

    #[test]
    fn an_amount_that_does_not_grow_stays_where_it_is() {
        let flat = [(100.0, 5.0), (200.0, 5.1), (400.0, 5.0), (800.0, 4.9)];
        let at = resource_law(&points(&flat)).unwrap().at(size(1e5)).unwrap();
        assert!((4.0..6.0).contains(&at.value), "{at:?}");
    }

    #[test]
    fn amounts_that_do_not_follow_the_size_tell_nothing() {
        // Seconds of trainings that ended after equally many updates.
        let alike = [
            (64.0, 211.2),
            (128.0, 304.0),
            (256.0, 296.1),
            (512.0, 220.8),
            (1_024.0, 201.9),
            (2_048.0, 187.2),
            (4_096.0, 244.2),
        ];
        assert_eq!(resource_law(&points(&alike)).unwrap().at(size(8_192.0)), None);
    }
}
