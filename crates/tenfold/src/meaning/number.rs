//! Reads a number as people write it in a cell: `0,251`, `1.000`, `5 %`, `64k`, `10h`, `0.25 ±
//! 0.01`.
//!
//! The cell alone does not tell whether `1.000` is one or a thousand. It is read as its decimal
//! value, together with the [`Form`] in which it was written; a caller that has seen the whole file
//! decides.

/// How a number was written, as far as this shows the meaning of its separators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// No separator at all.
    #[default]
    Plain,
    /// A point that can only be a decimal point: `0.25`, `1,234.5`.
    PointDecimal,
    /// A comma that can only be a decimal comma: `0,25`, `1.234,5`.
    CommaDecimal,
    /// Points that can only set thousands apart: `1.000.000`.
    PointGroups,
    /// Commas that can only set thousands apart: `1,000,000`.
    CommaGroups,
    /// One point before three digits: `1.000`; the value is the decimal one.
    PointEither,
    /// One comma before three digits: `1,000`; the value is the decimal one.
    CommaEither,
}

/// The unit of a number, if its cell states one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// The cell states no unit.
    #[default]
    Plain,
    /// Hundredths: `5 %`.
    Percent,
    /// Hours; minutes and seconds are turned into them: `10h`, `30 min`.
    Hours,
}

/// The character before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decimal {
    /// `0.25`
    Point,
    /// `0,25`
    Comma,
}

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value, finite, in its [`Number::unit`]: `5 %` is 5.
    pub value: f64,
    /// How it was written.
    pub form: Form,
    /// Its unit.
    pub unit: Unit,
    /// The number after `±`, in the same unit.
    pub deviation: Option<f64>,
}

/// Words after a number that only repeat the unit of the sizes.
const COUNTED: [&str; 14] = [
    "examples",
    "example",
    "samples",
    "tokens",
    "images",
    "sentences",
    "rows",
    "lines",
    "documents",
    "docs",
    "utterances",
    "pairs",
    "points",
    "words",
];

/// Reads the number in `text`; `None` if it is not a finite number.
pub fn read(text: &str) -> Option<Number> {
    let text = text.trim();
    // The usual form, which programs write: digits, perhaps a point, perhaps an exponent.
    let is_usual = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if is_usual {
        return plain(text);
    }
    let text = normalized(text);
    match with_deviation(&text) {
        Some((mean, deviation)) => {
            let (mean, deviation) = (single(mean)?, single(deviation)?);
            let is_sound = deviation.value >= 0.0;
            is_sound.then_some(Number { deviation: Some(deviation.value), ..mean })
        }
        None => single(&text),
    }
}

/// The value of a number written in `form`, given the decimal separator of its file.
pub fn in_decimal(value: f64, form: Form, decimal: Decimal) -> f64 {
    let is_thousands = matches!(
        (form, decimal),
        (Form::PointEither, Decimal::Comma) | (Form::CommaEither, Decimal::Point)
    );
    // The written number has three decimals, so that a thousand times its value is whole.
    if is_thousands { (value * 1e3).round() } else { value }
}

/// The positive number in `text` as a size: read by [`read`], without its unit.
pub fn size(text: &str) -> Option<f64> {
    read(text).map(|number| number.value).filter(|value| *value > 0.0)
}

/// Rewrites a number with one sign for minus and without spaces or apostrophes between digits.
fn normalized(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_digit =
        |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
    let mut normal = String::with_capacity(text.len());
    for (at, &letter) in letters.iter().enumerate() {
        let three = is_digit(Some(at + 1)) && is_digit(Some(at + 2)) && is_digit(Some(at + 3));
        let before_group = is_digit(at.checked_sub(1)) && three && !is_digit(Some(at + 4));
        match letter {
            '\u{2212}' => normal.push('-'),
            '_' if is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)) => {}
            ' ' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}' if before_group => {}
            '\u{a0}' | '\u{202f}' | '\u{2009}' => normal.push(' '),
            other => normal.push(other),
        }
    }
    normal.trim().to_owned()
}

/// The texts around `±`, or before and within brackets: `0.25 (0.01)`.
fn with_deviation(text: &str) -> Option<(&str, &str)> {
    let signs = ["±", "+/-", "+-", "\\pm"];
    if let Some((sign, at)) = signs.iter().find_map(|sign| Some((sign, text.find(sign)?))) {
        return Some((text[..at].trim(), text[at + sign.len()..].trim()));
    }
    let (mean, rest) = text.split_once('(')?;
    Some((mean.trim(), rest.strip_suffix(')')?.trim()))
}

/// A number with its unit.
fn single(text: &str) -> Option<Number> {
    let end = text.char_indices().find(|(at, letter)| is_unit_start(text, *at, *letter));
    let (digits, unit) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    let number = plain(digits.trim())?;
    let (times, unit) = unit_named(unit.trim())?;
    let value = number.value * times;
    // Before a suffix, a single separator is a decimal one: `1.125k`.
    let is_scaled = times.total_cmp(&1.0).is_ne();
    let form = match number.form {
        Form::PointEither if is_scaled => Form::PointDecimal,
        Form::CommaEither if is_scaled => Form::CommaDecimal,
        form => form,
    };
    value.is_finite().then_some(Number { value, form, unit, deviation: None })
}

/// Whether the unit begins here: a letter that is no exponent, or a per cent sign.
fn is_unit_start(text: &str, at: usize, letter: char) -> bool {
    let is_exponent = matches!(letter, 'e' | 'E') && {
        let rest = text[at + 1..].strip_prefix(['+', '-']).unwrap_or(&text[at + 1..]);
        at > 0 && rest.starts_with(|next: char| next.is_ascii_digit())
    };
    letter == '%' || letter.is_alphabetic() && !is_exponent
}

/// The factor and the unit of the word after the digits.
fn unit_named(word: &str) -> Option<(f64, Unit)> {
    let lower = word.to_lowercase();
    let lower = lower.trim_end_matches('.');
    let (first, rest) = lower.split_once(' ').unwrap_or((lower, ""));
    let unit = match first {
        "" => (1.0, Unit::Plain),
        "%" | "percent" | "pct" => (1.0, Unit::Percent),
        "k" | "thousand" => (1e3, Unit::Plain),
        "m" | "mio" | "million" => (1e6, Unit::Plain),
        "b" | "g" | "bn" | "billion" => (1e9, Unit::Plain),
        "t" | "trillion" => (1e12, Unit::Plain),
        "h" | "hr" | "hrs" | "hour" | "hours" => (1.0, Unit::Hours),
        "min" | "mins" | "minute" | "minutes" => (1.0 / 60.0, Unit::Hours),
        "s" | "sec" | "secs" | "second" | "seconds" => (1.0 / 3600.0, Unit::Hours),
        counted if COUNTED.contains(&counted) => (1.0, Unit::Plain),
        _ => return None,
    };
    (rest.is_empty() || COUNTED.contains(&rest)).then_some(unit)
}

/// A number without a unit.
fn plain(text: &str) -> Option<Number> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (body, exponent) = match body.find(['e', 'E']) {
        Some(at) => body.split_at(at),
        None => (body, ""),
    };
    // `parse` would also read "inf" and "nan", which are words and not numbers here.
    if !body.starts_with(|first: char| first.is_ascii_digit() || first == '.' || first == ',') {
        return None;
    }
    let form = form_of(body)?;
    let form = match form {
        // A number with an exponent has no thousands separators.
        Form::PointEither if !exponent.is_empty() => Form::PointDecimal,
        Form::CommaEither if !exponent.is_empty() => Form::CommaDecimal,
        form => form,
    };
    let digits: String = match form {
        Form::Plain | Form::PointEither => body.to_owned(),
        Form::PointDecimal | Form::CommaGroups => body.replace(',', ""),
        Form::CommaDecimal => body.replace('.', "").replace(',', "."),
        Form::CommaEither => body.replace(',', "."),
        Form::PointGroups => body.replace('.', ""),
    };
    let sign = if text.starts_with('-') { "-" } else { "" };
    let value: f64 = format!("{sign}{digits}{exponent}").parse().ok()?;
    value.is_finite().then_some(Number { value, form, unit: Unit::Plain, deviation: None })
}

/// The form of a number, by the separators between its digits.
fn form_of(body: &str) -> Option<Form> {
    let (points, commas) = (body.matches('.').count(), body.matches(',').count());
    match (points, commas) {
        (0, 0) => Some(Form::Plain),
        (1, 0) => Some(either(body, '.', Form::PointEither, Form::PointDecimal)),
        (0, 1) => Some(either(body, ',', Form::CommaEither, Form::CommaDecimal)),
        (_, 0) => is_grouped(body, '.').then_some(Form::PointGroups),
        (0, _) => is_grouped(body, ',').then_some(Form::CommaGroups),
        (1, _) if body.rfind('.') > body.rfind(',') => {
            let whole = body.split('.').next().unwrap_or_default();
            is_grouped(whole, ',').then_some(Form::PointDecimal)
        }
        (_, 1) if body.rfind(',') > body.rfind('.') => {
            let whole = body.split(',').next().unwrap_or_default();
            is_grouped(whole, '.').then_some(Form::CommaDecimal)
        }
        _ => None,
    }
}

/// The form of a number with one separator: `both` if three digits follow it and one to three, not
/// beginning with 0, come before; else `decimal`.
fn either(body: &str, separator: char, both: Form, decimal: Form) -> Form {
    if is_grouped(body, separator) { both } else { decimal }
}

/// Whether every group after the first has three digits.
fn is_grouped(body: &str, separator: char) -> bool {
    let mut groups = body.split(separator);
    let first = groups.next().unwrap_or_default();
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&first.len())
        && is_digits(first)
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: f64, form: Form) {
        let found = read(text).unwrap();
        assert!((found.value / value - 1.0).abs() < 1e-12, "{text} gave {found:?}");
        assert_eq!(found.form, form, "{text}");
    }

    #[test]
    fn separators_are_told_where_they_can_be() {
        check("500", 500.0, Form::Plain);
        check("0.251", 0.251, Form::PointDecimal);
        check("0,251", 0.251, Form::CommaDecimal);
        check("1.000", 1.0, Form::PointEither);
        check("1,000", 1.0, Form::CommaEither);
        check("16.000", 16.0, Form::PointEither);
        check("1.000.000", 1e6, Form::PointGroups);
        check("1,000,000", 1e6, Form::CommaGroups);
        check("1.234,5", 1234.5, Form::CommaDecimal);
        check("1,234.5", 1234.5, Form::PointDecimal);
        check("1234.567", 1234.567, Form::PointDecimal);
        check("1.125e3", 1125.0, Form::PointDecimal);
        check("1 000 000", 1e6, Form::Plain);
        check("1'000", 1e3, Form::Plain);
        check("64_000", 64e3, Form::Plain);
        check("\u{2212}0.5", -0.5, Form::PointDecimal);
        check("-1.3e23", -1.3e23, Form::PointDecimal);
    }

    #[test]
    fn what_may_be_either_is_settled_later() {
        assert_eq!(in_decimal(1.0, Form::PointEither, Decimal::Comma).to_bits(), 1e3_f64.to_bits());
        let sixteen = in_decimal(16.384, Form::CommaEither, Decimal::Point);
        assert_eq!(sixteen.to_bits(), 16_384_f64.to_bits());
        let decimal = in_decimal(1.5, Form::PointDecimal, Decimal::Comma);
        assert_eq!(decimal.to_bits(), 1.5_f64.to_bits());
    }

    #[test]
    fn units_are_read_in_any_case() {
        check("1m", 1e6, Form::Plain);
        check("1.5B", 1.5e9, Form::PointDecimal);
        check("1.125k", 1125.0, Form::PointDecimal);
        check("64K examples", 64e3, Form::Plain);
        check("2T tokens", 2e12, Form::Plain);
        let unit = |text: &str| read(text).map(|found| (found.value, found.unit));
        assert_eq!(unit("5 %"), Some((5.0, Unit::Percent)));
        assert_eq!(unit("10h"), Some((10.0, Unit::Hours)));
        assert_eq!(unit("30 min"), Some((0.5, Unit::Hours)));
    }

    #[test]
    fn a_deviation_is_kept_apart() {
        for text in ["0.25±0.01", "0.25 ± 0.01", "0.25 +/- 0.01", "0.25 (0.01)", "0,25 ± 0,01"] {
            let found = read(text).unwrap();
            assert!((found.value - 0.25).abs() < 1e-15, "{text}");
            assert_eq!(found.deviation, Some(0.01), "{text}");
        }
    }

    #[test]
    fn words_are_no_numbers() {
        for text in ["", "nan", "inf", "many", "1.2.3", "1,00,0", "5x", "$3", "--1", "e5", "1,2,3"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
