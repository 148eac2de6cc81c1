//! Chooses the number of digits with which different errors of one table print differently.

use tenfold_core::MetricKind;

use super::{
    DASH, error_range_with, error_with, fixed, signed, significant_decimals, usual_decimals,
};

/// Decimals beyond the usual ones that a table may have.
const MOST: usize = 3;

/// How the errors of one table are written.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    kind: MetricKind,
    /// Least number of decimals of every error.
    least: usize,
}

impl Digits {
    /// The fewest digits with which the two errors of each pair in `neighbours` print differently,
    /// if they differ.
    pub fn telling(kind: MetricKind, neighbours: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let differ = |(a, b): &(f64, f64)| (a - b).abs() > 1e-9 * a.abs().max(b.abs());
        let pairs: Vec<(f64, f64)> = neighbours.into_iter().filter(differ).collect();
        let largest = pairs.iter().fold(0.0, |largest: f64, (a, b)| largest.max(*a).max(*b));
        let told = |least: usize| {
            let is_told =
                |(a, b): &&(f64, f64)| error_with(*a, kind, least) != error_with(*b, kind, least);
            pairs.iter().filter(is_told).count()
        };
        let most = usual_decimals(largest, kind) + MOST;
        let all = told(most);
        let least = (0..most).find(|&least| told(least) == all).unwrap_or(most);
        Self { kind, least }
    }

    /// The digits of a table whose rows hold bounds around an error, from low to high.
    pub fn of_rows<'a>(kind: MetricKind, rows: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let rows: Vec<&[f64]> = rows.into_iter().collect();
        let within = rows.iter().flat_map(|row| row.windows(2).map(|pair| (pair[0], pair[1])));
        // Down a column only the errors themselves are compared: ends of ranges may agree by
        // chance.
        let middle = |row: &[f64]| row[row.len() / 2];
        let below = rows.windows(2).map(|two| (middle(two[0]), middle(two[1])));
        Self::telling(kind, within.chain(below).collect::<Vec<_>>())
    }

    /// An error, as [`super::error`] with these digits.
    pub fn error(self, value: f64) -> String {
        error_with(value, self.kind, self.least)
    }

    /// Two errors, as [`super::error_range`] with at least these digits.
    pub fn range(self, low: f64, high: f64) -> String {
        error_range_with(low, high, self.kind, self.least)
    }
}

/// A range of a metric, precise enough for a lower error of `distance`: `0.92–0.95`.
pub fn metric_range(low: f64, high: f64, distance: f64) -> String {
    format!("{}{DASH}{}", metric_value(low, distance), metric_value(high, distance))
}

/// A value of a metric with three significant figures of its error `distance`: `63.8`, `0.9388`,
/// `−0.5`.
pub fn metric_value(value: f64, distance: f64) -> String {
    signed(fixed(value, significant_decimals(distance, 3).min(8)))
}
