//! Reference table for the module that formats numbers.

use tenfold::format;
use tenfold_core::{ConfidenceLevel, Interval, MetricKind};

const RATE: MetricKind = MetricKind::ErrorRate;
const LOSS: MetricKind = MetricKind::Loss;

#[test]
fn sizes_have_two_figures() {
    for (examples, text) in [
        (231_600.0, "230k"),
        (64_000.0, "64k"),
        (16_384.0, "16k"),
        (999_600.0, "1M"),
        (994_000.0, "990k"),
        (1_250_000.0, "1.2M"),
        (3.4e9, "3.4B"),
        (7e12, "7T"),
        (128.0, "130"),
        (64.0, "64"),
        (1_000.0, "1k"),
        (0.0, "0"),
    ] {
        assert_eq!(format::size(examples), text, "{examples}");
    }
    assert_eq!(format::size_range(180_400.0, 322_000.0), "180k–320k");
    assert_eq!(format::size_range(25_100.0, 25_300.0), "25.1k–25.3k");
    assert_eq!(
        format::at_level(&format::size_range(180e3, 320e3), ConfidenceLevel::P80),
        "180k–320k (80%)"
    );
}

#[test]
fn known_sizes_lose_nothing() {
    for (examples, text) in [
        (128_000.0, "128k"),
        (1_200_000.0, "1.2M"),
        (8_192.0, "8,192"),
        (16_384.0, "16,384"),
        (128.0, "128"),
        (512.0, "512"),
        (125.0, "125"),
        (16.5, "16.5"),
        (1e9, "1B"),
        (64_001.0, "64,001"),
    ] {
        assert_eq!(format::known_size(examples), text, "{examples}");
    }
}

#[test]
fn error_rates_have_decimals_by_size() {
    for (rate, text) in [
        (0.5, "50%"),
        (0.163, "16%"),
        (0.0996, "10%"),
        (0.099_4, "9.9%"),
        (0.084, "8.4%"),
        (0.05, "5.0%"),
        (0.009_96, "1.0%"),
        (0.009_9, "0.99%"),
        (0.000_51, "0.05%"),
        (0.000_04, "0.004%"),
        (0.0, "0.00%"),
        (1.0, "100%"),
    ] {
        assert_eq!(format::error(rate, RATE), text, "{rate}");
    }
}

#[test]
fn losses_have_three_figures() {
    for (loss, text) in
        [(2.309, "2.31"), (0.0512, "0.0512"), (12.34, "12.3"), (2.0, "2.00"), (999.9, "1000")]
    {
        assert_eq!(format::error(loss, LOSS), text, "{loss}");
    }
    assert_eq!(format::error(1.5e12, MetricKind::Unbounded), "1.5T");
}

#[test]
fn both_ends_of_a_range_have_the_same_decimals() {
    for (low, high, text) in [
        (0.059, 0.066, "5.9–6.6%"),
        (0.004, 0.035, "0.4–3.5%"),
        (0.096, 0.104, "9.6–10.4%"),
        (0.11, 0.124, "11–12%"),
        (0.0, 0.004, "0.00–0.40%"),
    ] {
        assert_eq!(format::error_range(low, high, RATE), text);
    }
    assert_eq!(format::error_range(1.876, 2.013, LOSS), "1.88–2.01");
}

#[test]
fn targets_are_printed_as_typed() {
    for (target, text) in [(0.05, "5%"), (0.0025, "0.25%"), (0.123, "12.3%")] {
        assert_eq!(format::target(target, RATE), text);
    }
    assert_eq!(format::target(2.5, LOSS), "2.5");
}

#[test]
fn money_has_two_figures() {
    for (amount, text) in
        [(8_400.0, "$8.4k"), (13_049.0, "$13k"), (0.05, "$0.05"), (3.0, "$3"), (999.9, "$1000")]
    {
        assert_eq!(format::money(amount), text, "{amount}");
    }
    assert_eq!(format::money_range(5_900.0, 13_000.0), "$5.9k–$13k");
    assert_eq!(format::price(0.0125), "$0.0125");
}

#[test]
fn minus_is_a_minus_sign() {
    assert_eq!(format::exponent(-0.6), "−0.60");
    let range = Interval { low: -0.67, high: -0.53 };
    assert_eq!(format::exponent_range(range), "−0.67 to −0.53");
    assert_eq!(format::exponent(-0.001), "0.00");
}

#[test]
fn ratios_times_and_chances() {
    for (ratio, text) in [(2.0, "2.0×"), (7.81, "7.8×"), (9.96, "10×"), (15.6, "16×")] {
        assert_eq!(format::times(ratio), text);
    }
    for (seconds, text) in [
        (0.42, "0.4s"),
        (41.2, "41s"),
        (59.7, "1m00s"),
        (362.0, "6m02s"),
        (7_500.0, "2h05m"),
        (273_600.0, "3d04h"),
    ] {
        assert_eq!(format::duration(seconds), text);
    }
    for (share, text) in [(0.86, "86%"), (0.9999, ">99%"), (1.0, "100%"), (0.004, "<1%")] {
        assert_eq!(format::probability(share), text);
    }
    assert_eq!(format::count(57_344.0), "57,344");
    assert_eq!(format::count(999.0), "999");
}

#[test]
fn what_is_not_a_number_is_never_printed_as_one() {
    for text in
        [format::size(f64::NAN), format::error(f64::INFINITY, RATE), format::times(f64::NAN)]
    {
        assert!(text.contains("unknown"), "{text}");
    }
}

#[test]
fn large_errors_are_written_with_a_suffix_at_both_ends() {
    let kind = MetricKind::Unbounded;
    assert_eq!(format::error(11_700.0, kind), "11.7k");
    assert_eq!(format::error(9_990.0, kind), "9990");
    assert_eq!(format::error_range(9_979.0, 14_963.0, kind), "9.98k–15k");
}

#[test]
fn long_sizes_in_seconds_say_how_long_that_is() {
    let written = |size: f64, unit: &str| format::in_unit(&format::known_size(size), size, unit);
    assert_eq!(written(4_096.0, "seconds"), "4,096 seconds (1h08m)");
    assert_eq!(written(90.0, "seconds"), "90 seconds (1m30s)");
    assert_eq!(written(48.0, "seconds"), "48 seconds");
    assert_eq!(written(4_096.0, "characters"), "4,096 characters");
}
