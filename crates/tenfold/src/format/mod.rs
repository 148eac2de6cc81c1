//! The only place that turns numbers into text.
//!
//! Headline, tile, chart label and terminal call the same function for the same quantity, so that
//! one estimate never shows as 230k here and 233k there. Rules (k = 1,000): estimated sizes and
//! money have two significant figures; error rates are percents with decimals by size, other
//! metrics three significant figures; both ends of a range carry the same precision; an interval
//! always names its level; minus signs are true minus signs.

mod digits;
pub(crate) mod table;

use tenfold_core::{ConfidenceLevel, Interval, MetricKind};

pub use digits::{Digits, metric_range, metric_value};

/// U+2212, as wide as the digits beside it.
const MINUS: &str = "−";
/// U+2013 between the two ends of a range.
const DASH: &str = "–";

/// Errors from here on are written with a suffix: `11.7k`.
const LARGE: f64 = 1e4;

/// An estimated number of examples in two significant figures: `230k`.
pub fn size(examples: f64) -> String {
    with_suffix(examples, 2)
}

/// A size that was typed or measured, never estimated: `128k`, `1.2M`, else every digit: `8,192`.
pub fn known_size(examples: f64) -> String {
    if examples < 1e3 {
        // A size below 1,000 may be a share of a data set, which needs decimals.
        return trimmed(examples, significant_decimals(examples, 3).max(2));
    }
    let short = with_suffix(examples, 3);
    let is_exact = (value_from_suffixed(&short) - examples).abs() <= 1e-9 * examples;
    if is_exact { short } else { count(examples.round()) }
}

/// Two estimated sizes with the same number of figures: `180k–320k`.
pub fn size_range(low: f64, high: f64) -> String {
    range_of(low, high, with_suffix)
}

/// Below this an error is written with a power of ten: `3.2e-8`.
const TINY: f64 = 1e-5;

/// An error in the words of its metric: `8.4%` for a rate, `2.31` for a loss, `3.2e-8` for hardly any.
pub fn error(value: f64, kind: MetricKind) -> String {
    error_with(value, kind, 0)
}

/// An error as [`error`] writes it, with at least `least` decimals.
fn error_with(value: f64, kind: MetricKind, least: usize) -> String {
    if is_tiny(value) {
        return tiny(value, least.saturating_sub(4).clamp(1, 4));
    }
    if kind != MetricKind::ErrorRate && value.abs() >= LARGE {
        return with_suffix(value, 3 + least);
    }
    let decimals = usual_decimals(value, kind).max(least);
    match kind {
        MetricKind::ErrorRate => format!("{}%", signed(fixed(value * 100.0, decimals))),
        MetricKind::Loss | MetricKind::Unbounded => {
            // Rounding comes first, so that 9.996 prints as 10.0.
            let figures = 3 + decimals - usual_decimals(value, kind);
            signed(fixed(rounded_to_figures(value, figures), decimals))
        }
    }
}

/// Decimals of an error that stands alone.
fn usual_decimals(value: f64, kind: MetricKind) -> usize {
    match kind {
        MetricKind::ErrorRate => percent_decimals(value * 100.0),
        MetricKind::Loss | MetricKind::Unbounded => significant_decimals(value, 3),
    }
}

fn is_tiny(value: f64) -> bool {
    value > 0.0 && value < TINY
}

/// A number in exponent form with `decimals` decimals: `3.2e-8`.
fn tiny(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$e}")
}

/// Two errors with the same decimals, the unit once: `5.9–6.6%`.
pub fn error_range(low: f64, high: f64, kind: MetricKind) -> String {
    error_range_with(low, high, kind, 0)
}

/// A range as [`error_range`] writes it, with at least `least` decimals.
fn error_range_with(low: f64, high: f64, kind: MetricKind, least: usize) -> String {
    if is_tiny(low) || is_tiny(high) {
        return format!("{}{DASH}{}", error_with(low, kind, least), error_with(high, kind, least));
    }
    if kind != MetricKind::ErrorRate && high >= LARGE {
        return format!("{}{DASH}{}", with_suffix(low, 3 + least), with_suffix(high, 3 + least));
    }
    let (low, high, unit) = match kind {
        MetricKind::ErrorRate => (low * 100.0, high * 100.0, "%"),
        MetricKind::Loss | MetricKind::Unbounded => (low, high, ""),
    };
    let decimals = match kind {
        MetricKind::ErrorRate => percent_decimals(high).max(least),
        MetricKind::Loss | MetricKind::Unbounded => significant_decimals(high, 3).max(least),
    };
    // Ends that differ must not print alike, and an end above 0 must not print as 0. Two more
    // decimals suffice for ends that differ enough to matter, eight for an end far below the other.
    let is_told = |decimals: usize| fixed(low, decimals) != fixed(high, decimals);
    let is_seen = |decimals: usize| low <= 0.0 || low >= 0.5 * 0.1_f64.powf(decimals as f64);
    let decimals = (decimals..=decimals + 2)
        .find(|&decimals| is_told(decimals) && is_seen(decimals))
        .or_else(|| (decimals..=decimals + 8).find(|&decimals| is_seen(decimals)))
        .unwrap_or(decimals);
    format!("{}{DASH}{}{unit}", signed(fixed(low, decimals)), signed(fixed(high, decimals)))
}

/// A target as it was typed, without padding: `5%`, `0.25%`, `2.5`.
pub fn target(value: f64, kind: MetricKind) -> String {
    tick(value, kind)
}

/// An axis value, which is exact, so no digits are padded: `5%`, `0.5%`, `1k`.
pub fn tick(value: f64, kind: MetricKind) -> String {
    if is_tiny(value) {
        return format!("{value:e}");
    }
    match kind {
        MetricKind::ErrorRate => format!("{}%", trimmed(value * 100.0, 6)),
        MetricKind::Loss | MetricKind::Unbounded if value.abs() >= LARGE => with_suffix(value, 3),
        MetricKind::Loss | MetricKind::Unbounded => trimmed(value, 6),
    }
}

/// Adds the level that an interval was stated at: `180k–320k (80%)`.
pub fn at_level(range: &str, level: ConfidenceLevel) -> String {
    format!("{range} ({})", level_name(level))
}

/// `80%` or `95%`.
pub fn level_name(level: ConfidenceLevel) -> &'static str {
    match level {
        ConfidenceLevel::P80 => "80%",
        ConfidenceLevel::P95 => "95%",
    }
}

/// Money in two figures: `$8.4k`, `$0.05`.
pub fn money(amount: f64) -> String {
    money_figures(amount, 2)
}

/// A price as it was typed: `$0.0125`.
pub fn price(amount: f64) -> String {
    format!("${}", trimmed(amount, 6))
}

/// Two amounts with the same number of figures: `$5.9k–$13k`.
pub fn money_range(low: f64, high: f64) -> String {
    range_of(low, high, money_figures)
}

/// Money that may be lost: `$8.4k`, `−$120`.
pub fn gain(amount: f64) -> String {
    if amount < 0.0 { format!("{MINUS}{}", money(-amount)) } else { money(amount) }
}

/// Two amounts of which the lower may be lost: `−$120 to $2.4k`.
pub fn gain_range(low: f64, high: f64) -> String {
    format!("{} to {}", gain(low), gain(high))
}

/// A number of floating-point operations: `3.1e15`.
pub fn operations(number: f64) -> String {
    format!("{number:.1e}")
}

/// A ratio: `2.1×`, `16×`, `1,200×`.
pub fn times(ratio: f64) -> String {
    if ratio >= 9.95 { format!("{}×", count(ratio)) } else { format!("{}×", fixed(ratio, 1)) }
}

/// A power-law exponent with its sign: `−0.60`.
pub fn exponent(value: f64) -> String {
    signed(fixed(value, 2))
}

/// Two exponents from low to high: `−0.67 to −0.53`.
pub fn exponent_range(range: Interval) -> String {
    format!("{} to {}", exponent(range.low), exponent(range.high))
}

/// A probability in whole percents, never rounded to certainty: `86%`, `>99%`, `<1%`.
pub fn probability(share: f64) -> String {
    let percent = (share * 100.0).clamp(0.0, 100.0);
    if percent > 99.0 && percent < 100.0 {
        ">99%".to_owned()
    } else if percent > 0.0 && percent < 1.0 {
        "<1%".to_owned()
    } else {
        format!("{percent:.0}%")
    }
}

/// A wall time: `0.4s`, `41s`, `6m02s`, `2h05m`, `3d04h`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 9.95 {
        return format!("{}s", fixed(seconds, 1));
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole}s"),
        60..3_600 => format!("{}m{:02}s", whole / 60, whole % 60),
        3_600..86_400 => format!("{}h{:02}m", whole / 3_600, whole / 60 % 60),
        _ => format!("{}d{:02}h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// A size, given as text too, with what it is counted in: `4,096 characters`, `4,096 seconds (1h08m)`.
pub fn in_unit(text: &str, size: f64, unit: &str) -> String {
    format!("{text} {unit}{}", lasting(size, unit))
}

/// How long a size of a minute or more is, if it is counted in seconds; else empty. A person knows how long
/// half an hour is, and not how long 1,800 seconds are.
pub fn lasting(size: f64, unit: &str) -> String {
    let is_long = unit == "seconds" && size >= 60.0;
    if is_long { format!(" ({})", duration(size)) } else { String::new() }
}

/// Minutes and seconds since the start, for the left edge of a log: `07:41`, `1:07:41`.
pub fn clock(seconds: f64) -> String {
    let total = seconds.max(0.0) as u64;
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60);
    if hours == 0 {
        format!("{minutes:02}:{rest:02}")
    } else {
        format!("{hours}:{minutes:02}:{rest:02}")
    }
}

/// A count with the singular or the plural: `1 trial was cut off`, `3 trials were cut off`.
pub fn several(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as f64), if number == 1 { one } else { many })
}

/// A whole number with its thousands set apart: `57,344`.
pub fn count(number: f64) -> String {
    let digits = fixed(number.abs(), 0);
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0.0 && digits != "0" { format!("{MINUS}{grouped}") } else { grouped }
}

/// A value for a table of raw results: six significant figures, nothing padded.
pub fn full(value: f64) -> String {
    signed(trimmed(value, significant_decimals(value, 6)))
}

fn money_figures(amount: f64, figures: usize) -> String {
    if amount.abs() < 1e3 {
        format!("${}", trimmed(amount, significant_decimals(amount, figures)))
    } else {
        format!("${}", with_suffix(amount, figures))
    }
}

/// A range with two figures at both ends, or as many more as make the ends differ.
fn range_of(low: f64, high: f64, text: impl Fn(f64, usize) -> String) -> String {
    let figures = (2..=4).find(|&figures| text(low, figures) != text(high, figures)).unwrap_or(2);
    format!("{}{DASH}{}", text(low, figures), text(high, figures))
}

/// Numbers from here on are written with a power of ten: `1.3e23`.
const LARGEST: f64 = 1e15;

/// Steps of a thousand with the letter that names them, largest first.
const SUFFIXES: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];

fn with_suffix(value: f64, figures: usize) -> String {
    // The value is rounded first: 999,600 is 1M, not 1000k.
    let rounded = rounded_to_figures(value, figures);
    if rounded.abs() >= LARGEST {
        return signed(format!("{value:.*e}", figures.saturating_sub(2)));
    }
    let (unit, letter) =
        SUFFIXES.into_iter().find(|(unit, _)| rounded.abs() >= *unit).unwrap_or((1.0, ""));
    let scaled = rounded / unit;
    format!("{}{letter}", signed(trimmed(scaled, significant_decimals(scaled, figures))))
}

fn value_from_suffixed(text: &str) -> f64 {
    let (digits, unit) = SUFFIXES
        .into_iter()
        .find_map(|(unit, letter)| text.strip_suffix(letter).map(|digits| (digits, unit)))
        .unwrap_or((text, 1.0));
    digits.parse::<f64>().map_or(f64::NAN, |number| number * unit)
}

/// Decimals of a percentage: none from 10, one from 1, two below, and more where two would show 0.
fn percent_decimals(percent: f64) -> usize {
    // Thresholds are half a unit lower, so that 9.96 prints as 10 and not as 10.0.
    let percent = percent.abs();
    if percent >= 9.95 {
        0
    } else if percent >= 0.995 {
        1
    } else if percent >= 0.005 || percent == 0.0 {
        2
    } else {
        significant_decimals(percent, 1)
    }
}

fn significant_decimals(value: f64, figures: usize) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let rounded = rounded_to_figures(value, figures);
    let magnitude = rounded.abs().log10().floor();
    // A negative number saturates to 0 in the cast, so that a large value has no decimals.
    (figures as f64 - 1.0 - magnitude).min(15.0) as usize
}

fn rounded_to_figures(value: f64, figures: usize) -> f64 {
    // The decimal printer of the standard library rounds correctly; powers of ten would not.
    format!("{value:.*e}", figures.saturating_sub(1)).parse().unwrap_or(value)
}

/// A number with at most `decimals` decimals and no trailing zeros.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let text = format!("{value:.decimals$}");
    // A value that rounds to zero is written without a sign: 0.00, not −0.00.
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

fn signed(text: String) -> String {
    match text.strip_prefix('-') {
        Some(digits) => format!("{MINUS}{digits}"),
        None => text,
    }
}
/// An amount of data: "640 B", "1.2 kB", "34 MB"; 1 kB is 1,000 bytes.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        // A value that would round up to 1,000 is written in the next unit.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// The date and time `seconds` after the beginning of 1970: "2026-11-22 17:46:01 UTC".
///
/// # Reference
/// Days to a date of the Gregorian calendar: Howard Hinnant (2013), "chrono-Compatible Low-Level
/// Date Algorithms", `civil_from_days`; eras of 400 years (146,097 days) that begin in March.
pub fn utc(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}
