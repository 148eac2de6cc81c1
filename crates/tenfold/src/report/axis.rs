//! Logarithmic axes: their range and the positions of their ticks.

/// A logarithmic axis in data units, `0 < low < high`.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Smallest value drawn.
    pub low: f64,
    /// Largest value drawn.
    pub high: f64,
    /// Grid lines with their text, ascending, all inside the axis.
    pub ticks: Vec<Tick>,
    /// Title of the axis.
    pub label: String,
}

/// One labelled grid line.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Position, in data units.
    pub value: f64,
    /// Text of the tick.
    pub label: String,
    /// Text of the tick on a second scale, if the axis has one.
    pub other: Option<String>,
}

impl Axis {
    /// Share of the way from `low` to `high` on the log scale; outside 0–1 when off the axis.
    pub fn fraction(&self, value: f64) -> f64 {
        (value / self.low).ln() / (self.high / self.low).ln()
    }

    /// Value at a share of the way, the inverse of [`Axis::fraction`].
    pub fn value_at(&self, fraction: f64) -> f64 {
        self.low * (self.high / self.low).powf(fraction)
    }

    /// An axis over exactly `low..high`, ticks at decades when at least three fit.
    pub fn of_sizes(low: f64, high: f64, label: String, text: impl Fn(f64) -> String) -> Self {
        let (low, high) = widened(low, high, 1.5);
        let values = first_with_at_least(3, &[Grid::Decades, Grid::OneTwoFive], low, high);
        Self { low, high, ticks: ticks(values, text), label }
    }

    /// An axis that starts and ends on a tick around `low..high`, ticks at 1-2-5 where they suit.
    pub fn of_errors(
        low: f64,
        high: f64,
        cap: Option<f64>,
        label: String,
        text: impl Fn(f64) -> String,
    ) -> Self {
        let (low, high) = widened(low, high, 1.02);
        let (mut low, mut high) = if high / low >= LINEAR_BELOW {
            (one_two_five_below(low), one_two_five_above(high))
        } else {
            let step = linear_step(low, high);
            (((low / step).floor() * step).max(low / LINEAR_BELOW), (high / step).ceil() * step)
        };
        if let Some(cap) = cap
            && low < cap
        {
            high = high.min(cap);
        }
        if high / low < 1.001 {
            (low, high) = (low / 1.1, high * 1.1);
        }
        let grids: &[Grid] = if high / low > 1.5e3 {
            &[Grid::Decades, Grid::OneTwoFive]
        } else {
            &[Grid::OneTwoFive, Grid::Linear]
        };
        let values = first_with_at_least(4, grids, low, high);
        Self { low, high, ticks: ticks(values, text), label }
    }
}

/// Ranges narrower than this factor read better with evenly spaced values than with 1-2-5.
const LINEAR_BELOW: f64 = 4.0;

#[derive(Clone, Copy)]
enum Grid {
    Decades,
    OneTwoFive,
    Linear,
}

fn ticks(values: Vec<f64>, text: impl Fn(f64) -> String) -> Vec<Tick> {
    values.into_iter().map(|value| Tick { value, label: text(value), other: None }).collect()
}

/// The coarsest grid with enough lines; the last one otherwise.
fn first_with_at_least(lines: usize, grids: &[Grid], low: f64, high: f64) -> Vec<f64> {
    let mut values = Vec::new();
    for &grid in grids {
        values = grid_values(grid, low, high);
        if values.len() >= lines {
            break;
        }
    }
    values
}

fn grid_values(grid: Grid, low: f64, high: f64) -> Vec<f64> {
    let inside = |value: &f64| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9);
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    match grid {
        Grid::Decades => {
            // A phone's axis has space for twelve labels; a longer axis labels every second or
            // third decade.
            let stride = usize::try_from((last - first) / 12 + 1).unwrap_or(1);
            (first..=last).step_by(stride).map(power_of_ten).filter(inside).collect()
        }
        Grid::OneTwoFive => (first..=last)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * power_of_ten(decade)))
            .filter(inside)
            .collect(),
        Grid::Linear => {
            let step = linear_step(low, high);
            let start = (low / step).ceil() as i64;
            (start..start + 12).map(|index| rounded(index as f64 * step)).filter(inside).collect()
        }
    }
}

/// A step of 1, 2 or 5 times a power of ten that gives about five lines.
fn linear_step(low: f64, high: f64) -> f64 {
    one_two_five_above((high - low) / 5.0)
}

fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::MIN_POSITIVE)
}

fn one_two_five_below(value: f64) -> f64 {
    let decade = power_of_ten(value.log10().floor() as i32);
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|digit| rounded(digit * decade))
        .find(|&candidate| candidate <= value * (1.0 + 1e-9))
        .unwrap_or(decade)
}

fn one_two_five_above(value: f64) -> f64 {
    let decade = power_of_ten(value.log10().floor() as i32);
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| rounded(digit * decade))
        .find(|&candidate| candidate >= value * (1.0 - 1e-9))
        .unwrap_or(10.0 * decade)
}

/// Rounds to ten digits, so that 3 × 0.1 becomes 0.3, as it is printed.
fn rounded(value: f64) -> f64 {
    format!("{value:.9e}").parse().unwrap_or(value)
}

/// Widens a range that is too narrow to draw, such as that of one value, by `factor` on either
/// side.
fn widened(low: f64, high: f64, factor: f64) -> (f64, f64) {
    if high / low >= factor { (low, high) } else { (low / factor, high * factor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|tick| tick.label.clone()).collect()
    }

    fn check_error_ticks(low: f64, high: f64, expected: &[&str]) {
        let axis = Axis::of_errors(low, high, None, String::new(), |value| value.to_string());
        assert_eq!(labels(&axis), expected, "{low}..{high}");
    }

    #[test]
    fn error_ticks_suit_wide_and_narrow_ranges() {
        check_error_ticks(0.021, 0.8, &["0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
        check_error_ticks(2.13, 2.98, &["2", "2.2", "2.4", "2.6", "2.8", "3"]);
        check_error_ticks(1e-5, 0.8, &["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"]);
    }

    #[test]
    fn one_value_still_makes_an_axis() {
        let axis = Axis::of_errors(0.2, 0.2, None, String::new(), |value| value.to_string());
        assert!(axis.low < 0.2 && axis.high > 0.2 && axis.ticks.len() >= 2, "{axis:?}");
        let axis = Axis::of_sizes(64.0, 64.0, String::new(), |value| value.to_string());
        assert!(axis.low < 64.0 && axis.high > 64.0, "{axis:?}");
    }

    #[test]
    fn a_cap_is_respected() {
        let axis = Axis::of_errors(0.3, 0.93, Some(1.0), String::new(), |value| value.to_string());
        assert!(axis.high <= 1.0);
    }

    #[test]
    fn fraction_and_value_are_inverse() {
        let axis = Axis::of_sizes(100.0, 1e7, String::new(), |value| value.to_string());
        assert!((axis.fraction(axis.value_at(0.37)) - 0.37).abs() < 1e-12);
        assert_eq!(labels(&axis), ["100", "1000", "10000", "100000", "1000000", "10000000"]);
    }
}
