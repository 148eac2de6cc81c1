//! Finds the unit of the sizes: examples, hours, or shares of a whole.

use super::names;
use super::number::Unit;
use super::scale::ScaleRefusal;

/// How sizes as written are converted to a number of their unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Factor for a written size.
    pub times: f64,
    /// Unit of the result, in the plural.
    pub unit: &'static str,
    /// The decision that was made without being told, as a sentence.
    pub note: Option<String>,
}

/// Unit of the sizes unless something states another.
pub const EXAMPLES: &str = "examples";

/// Other units, recognised by the words in the name of the size column.
const UNITS: [&str; 12] = [
    "tokens",
    "characters",
    "words",
    "sentences",
    "lines",
    "documents",
    "pairs",
    "images",
    "seconds",
    "minutes",
    "hours",
    "rows",
];

/// Unit of the sizes in the column called `name`.
pub fn unit_named(name: &str) -> &'static str {
    let plain = names::whole(name);
    let word = |unit: &&&str| plain.split('_').any(|word| word == **unit);
    UNITS.iter().find(word).copied().unwrap_or(EXAMPLES)
}

/// The unit of the sizes of a source, by the name of their column, the units of its cells and the
/// largest size.
///
/// # Errors
/// Several units, or a whole for sizes that are no shares.
pub fn counted(
    name: &str,
    units: &[Unit],
    largest: f64,
    whole: Option<f64>,
) -> Result<Counted, ScaleRefusal> {
    let by_name = unit_named(name);
    let refuse = |message: String, hint: &str| Err(ScaleRefusal { message, hint: hint.to_owned() });
    let unit = match units {
        [] => Unit::Plain,
        [unit] => *unit,
        several => {
            let words: Vec<&str> = several.iter().map(|unit| named(*unit)).collect();
            let message = format!("some sizes are {}", words.join(", others "));
            return refuse(message, "write all sizes in one unit");
        }
    };
    let is_share = unit == Unit::Percent || unit == Unit::Plain && largest <= 1.0;
    let share = if unit == Unit::Percent { 0.01 } else { 1.0 };
    match (is_share, whole) {
        (true, Some(whole)) => Ok(Counted { times: share * whole, unit: by_name, note: None }),
        (false, Some(_)) => {
            let message = format!("sizes go up to {largest}, so they are no shares of a whole");
            refuse(message, "leave `--whole` out")
        }
        (true, None) => {
            let note =
                "sizes are shares of the data; `--whole 77k` says how many examples are all of it";
            Ok(Counted { times: share, unit: by_name, note: Some(note.to_owned()) })
        }
        (false, None) => {
            let note = (unit == Unit::Hours).then(|| "sizes are hours".to_owned());
            let unit = if unit == Unit::Hours { "hours" } else { by_name };
            Ok(Counted { times: 1.0, unit, note })
        }
    }
}

fn named(unit: Unit) -> &'static str {
    match unit {
        Unit::Plain => "numbers",
        Unit::Percent => "per cent",
        Unit::Hours => "hours",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_a_whole() {
        let times = |units: &[Unit], largest, whole| {
            counted("size", units, largest, whole).map(|counted| counted.times).ok()
        };
        assert_eq!(times(&[Unit::Plain], 1.0, Some(77e3)), Some(77e3));
        assert_eq!(times(&[Unit::Percent], 100.0, Some(1e4)), Some(100.0));
        assert_eq!(times(&[Unit::Plain], 500.0, None), Some(1.0));
        assert_eq!(times(&[Unit::Plain], 500.0, Some(1e4)), None);
        assert_eq!(times(&[Unit::Plain, Unit::Hours], 500.0, None), None);
        let share = counted("size", &[Unit::Plain], 1.0, None);
        assert!(share.is_ok_and(|counted| counted.note.is_some()));
    }

    #[test]
    fn names_and_units_say_what_sizes_count() {
        let unit = |name, units: &[Unit]| counted(name, units, 500.0, None).map(|found| found.unit);
        assert_eq!(unit("n_train", &[Unit::Plain]), Ok("examples"));
        assert_eq!(unit("Train Tokens", &[Unit::Plain]), Ok("tokens"));
        assert_eq!(unit("n", &[Unit::Hours]), Ok("hours"));
        assert_eq!(unit("n_train_lines", &[Unit::Plain]), Ok("lines"));
    }
}
