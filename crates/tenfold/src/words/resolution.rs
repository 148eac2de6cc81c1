//! Writes which errors a test set can tell apart.

use tenfold_core::{MetricKind, Resolution};

use crate::format::count;

/// `180 test examples cannot tell 2.8% from 1.2%; 2,400 would`
pub(super) fn resolution(resolution: &Resolution) -> String {
    let Resolution { examples, error, metric, .. } = *resolution;
    let who = examples.map_or("the test set".to_owned(), |examples| {
        format!("{} test examples", count(examples.round()))
    });
    let (high, low) = told_apart(error, resolution.lower(), metric);
    if resolution.tells_apart() {
        let tells = if examples.is_some() { "tell" } else { "tells" };
        return format!("{who} {tells} {high} from {low}, what doubling the data should do");
    }
    // The two errors print alike when no test set of realistic size would tell them apart.
    if high == low || !resolution.is_possible() {
        let (from, _) = told_apart(error, 0.5 * error, metric);
        return format!("{who} cannot tell whether the error still falls from {from}");
    }
    let needed = resolution.needed_examples().map_or(String::new(), needed);
    format!("{who} cannot tell {high} from {low}{needed}")
}

/// `; 2,400 would`, rounded up to two figures.
fn needed(examples: f64) -> String {
    let unit = 10_f64.powf((examples.log10().floor() - 1.0).max(0.0));
    let rounded = (examples / unit).ceil() * unit;
    format!("; {} would", count(rounded.round()))
}

/// Two errors with as many digits as tell them apart: two significant figures of the lower one, and
/// at most three more.
fn told_apart(high: f64, low: f64, metric: MetricKind) -> (String, String) {
    let is_rate = metric == MetricKind::ErrorRate;
    let scale = if is_rate { 100.0 } else { 1.0 };
    let unit = if is_rate { "%" } else { "" };
    let (high, low) = (high * scale, low * scale);
    let magnitude = low.max(1e-12).log10().floor();
    let first = (1.0 - magnitude).max(0.0) as usize;
    let text = |value: f64, decimals: usize| format!("{value:.decimals$}{unit}");
    let decimals = (first..first + 3).find(|&decimals| text(high, decimals) != text(low, decimals));
    let decimals = decimals.unwrap_or(first + 3).min(12);
    (text(high, decimals), text(low, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_set_is_judged_by_what_it_tells_apart() {
        let fall = (2.8_f64 / 1.2).ln();
        let small = Resolution {
            examples: Some(180.0),
            deviation: 3.6 * fall,
            error: 0.028,
            fall,
            metric: MetricKind::ErrorRate,
        };
        assert_eq!(resolution(&small), "180 test examples cannot tell 2.8% from 1.2%; 2,400 would");
        let large = Resolution { deviation: 0.5 * fall, ..small };
        let told = "180 test examples tell 2.8% from 1.2%, what doubling the data should do";
        assert_eq!(resolution(&large), told);
        let unknown = Resolution { examples: None, error: 2.345, fall: 1e-3, ..small };
        let unknown = Resolution { metric: MetricKind::Loss, ..unknown };
        assert_eq!(resolution(&unknown), "the test set cannot tell 2.35 from 2.34");
        let level = Resolution { fall: 0.0, ..small };
        let words = "180 test examples cannot tell whether the error still falls from 2.8%";
        assert_eq!(resolution(&level), words);
    }
}
