//! The pace of the last doubling of test error and training error together.
//!
//! With more data the test error falls and the training error rises, both towards the error that the
//! model cannot go below (Cortes, Jackel, Solla, Vapnik and Denker 1993, "Learning curves: asymptotic
//! values and rate of convergence"). Half of the gap between them is what more data can still close,
//! and their middle is where the test error then is: a floor that shows before the curve has bent.

use crate::fit::predict_log;
use crate::law::CurveFamily;
use crate::law::{ErrorColumn, FULL_SEARCH, FitPoints, Parameters, PowerLaw, PowerTable};

/// Smallest middle and half gap, relative to the error of the largest size: training errors of 0 have logs.
const SMALLEST: f64 = 1e-6;

/// Power laws of the middle of test and training error and of half of the gap, through the last doubling.
///
/// A model that makes no training errors has twice the same law, that of the test error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    middle: Parameters,
    half: Parameters,
}

impl Gap {
    /// Relative log test error at a relative log size.
    pub(crate) fn log_error(&self, log_size: f64) -> f64 {
        let part = |law| predict_log(&PowerLaw, law, log_size);
        let (middle, half) = (part(&self.middle), part(&self.half));
        let (larger, smaller) = (middle.max(half), middle.min(half));
        larger + (smaller - larger).exp().ln_1p()
    }
}

/// The laws through the sizes from number `first` on; `None` where `train_errors` is empty.
///
/// A training error above the test error, which chance brings, counts as equal to it.
pub(crate) fn gap_of(
    table: &PowerTable,
    column: &ErrorColumn,
    train_errors: &[f64],
    first: usize,
) -> Option<Gap> {
    if train_errors.is_empty() {
        return None;
    }
    let both = || {
        let errors = column.log_errors().iter().map(|log_error| log_error.exp());
        errors.zip(train_errors).map(|(test, &train)| (test, train.min(test)))
    };
    let law = |values: &mut dyn Iterator<Item = f64>| {
        let mut logs = ErrorColumn::default();
        logs.set(values.map(|value| value.max(SMALLEST).ln()));
        PowerLaw.fit(&FitPoints::new(table, &logs, first, FULL_SEARCH)).parameters
    };
    Some(Gap {
        middle: law(&mut both().map(|(test, train)| 0.5 * (test + train))),
        half: law(&mut both().map(|(test, train)| 0.5 * (test - train))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes 2^-6 to 1, relative to the largest.
    fn table() -> PowerTable {
        PowerTable::new((0..7).map(|k| f64::from(k - 6) * std::f64::consts::LN_2).collect())
    }

    fn column(errors: impl Iterator<Item = f64>) -> ErrorColumn {
        let mut column = ErrorColumn::default();
        column.set(errors.map(f64::ln));
        column
    }

    #[test]
    fn without_training_errors_it_is_the_pace_of_the_test_error() {
        let table = table();
        let errors = table.log_sizes().iter().map(|at| (-0.4 * at).exp());
        let gap = gap_of(&table, &column(errors), &[0.0; 7], 5).unwrap();
        for doublings in 0..12 {
            let at = f64::from(doublings) * std::f64::consts::LN_2;
            // The grid of exponents ends within 1e-9 of the straight line through two points.
            assert!((gap.log_error(at) + 0.4 * at).abs() < 1e-6, "{doublings}");
        }
    }

    #[test]
    fn it_levels_off_at_the_middle_where_the_gap_closes() {
        // Test error .5 + .5·m^-1 and training error .5 - .5·m^-1: the middle stays at .5.
        let table = table();
        let half: Vec<f64> = table.log_sizes().iter().map(|at| 0.5 * (-at).exp()).collect();
        let errors = column(half.iter().map(|half| 0.5 + half));
        let train_errors: Vec<f64> = half.iter().map(|half| 0.5 - half).collect();
        let gap = gap_of(&table, &errors, &train_errors, 5).unwrap();
        for doublings in 0..12_i32 {
            let exact = 0.5 + 0.5 * 0.5_f64.powi(doublings);
            let at = f64::from(doublings) * std::f64::consts::LN_2;
            assert!((gap.log_error(at) - exact.ln()).abs() < 1e-6, "{doublings}");
        }
    }

    #[test]
    fn unknown_training_errors_give_none() {
        let table = table();
        let errors = column(table.log_sizes().iter().map(|at| (-0.4 * at).exp()));
        assert!(gap_of(&table, &errors, &[], 5).is_none());
    }
}
