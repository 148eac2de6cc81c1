//! Decides whether `1.000` is one or a thousand by the other numbers of a source; if they do not
//! tell, it asks the user.

use super::number::{Decimal, Form};
use super::scale::ScaleRefusal;

/// Counts of the forms in which the numbers of a column were written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forms {
    plain: usize,
    point: usize,
    comma: usize,
    point_either: bool,
    comma_either: bool,
}

impl Forms {
    /// Counts one number.
    pub fn add(&mut self, form: Form) {
        match form {
            Form::Plain => self.plain += 1,
            Form::PointDecimal | Form::CommaGroups => self.point += 1,
            Form::CommaDecimal | Form::PointGroups => self.comma += 1,
            Form::PointEither => self.point_either = true,
            Form::CommaEither => self.comma_either = true,
        }
    }

    /// The decimal separator of this column, as far as its numbers tell.
    fn told(&self) -> Option<Decimal> {
        match (self.point > 0, self.comma > 0) {
            (true, false) => Some(Decimal::Point),
            (false, true) => Some(Decimal::Comma),
            _ => None,
        }
    }

    fn is_open(&self) -> bool {
        self.point_either || self.comma_either
    }
}

/// The decimal separators of the sizes and of the metric.
///
/// # Errors
/// If the numbers do not tell.
pub fn decimals(
    sizes: &Forms,
    metric: &Forms,
    said: Option<Decimal>,
) -> Result<(Decimal, Decimal), ScaleRefusal> {
    let ask = |text: &str| {
        Err(ScaleRefusal {
            message: format!("a number such as `{text}` may have decimals or thousands set apart"),
            hint: "`--decimal comma` if 1.000 is a thousand, `--decimal point` if 1,000 is"
                .to_owned(),
        })
    };
    let of_sizes = match said.or_else(|| size_decimal(sizes, metric.told())) {
        Some(decimal) => decimal,
        None if sizes.is_open() => return ask(if sizes.point_either { "1.000" } else { "1,000" }),
        None => Decimal::Point,
    };
    let of_metric = match said.or(metric.told()).or(sizes.told()) {
        Some(decimal) => decimal,
        // Programs write a loss as 1.234, but 1,234 has two possible meanings.
        None if metric.comma_either => return ask("1,234"),
        None => Decimal::Point,
    };
    Ok((of_sizes, of_metric))
}

/// The decimal separator of the sizes; `None` if the user must state it.
fn size_decimal(sizes: &Forms, metric: Option<Decimal>) -> Option<Decimal> {
    if let Some(told) = sizes.told() {
        return Some(told);
    }
    if sizes.point_either && sizes.comma_either {
        return None;
    }
    // Sizes are whole numbers, and a program that writes three decimals writes them for every size.
    let has_whole = sizes.plain > 0;
    match (sizes.point_either, sizes.comma_either, metric) {
        (true, _, Some(Decimal::Comma)) => Some(Decimal::Comma),
        (true, _, None) if has_whole => Some(Decimal::Comma),
        (true, _, Some(Decimal::Point)) if !has_whole => Some(Decimal::Point),
        (_, true, Some(Decimal::Point) | None) => Some(Decimal::Point),
        (false, false, told) => told,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::number::read;

    fn decided(sizes: &[&str], metric: &[&str]) -> Option<(Decimal, Decimal)> {
        let forms = |texts: &[&str]| {
            let mut forms = Forms::default();
            for text in texts {
                forms.add(read(text).unwrap().form);
            }
            forms
        };
        decimals(&forms(sizes), &forms(metric), None).ok()
    }

    #[test]
    fn the_other_numbers_tell() {
        use Decimal::{Comma, Point};
        assert_eq!(decided(&["500", "1.000"], &["25", "20"]).unwrap().0, Comma);
        assert_eq!(decided(&["1.000", "2.000"], &["0,25"]), Some((Comma, Comma)));
        assert_eq!(decided(&["100.000", "200.000"], &["0.251"]), Some((Point, Point)));
        assert_eq!(decided(&["500", "1,000"], &["0.25"]), Some((Point, Point)));
        assert_eq!(decided(&["1,000", "20,677"], &["1.234"]), Some((Point, Point)));
        assert_eq!(decided(&["0.125", "1.000"], &["25"]).unwrap().0, Point);
        assert_eq!(decided(&["500"], &["1,234", "0,987"]).unwrap().1, Comma);
        assert_eq!(decided(&["500"], &["1.234", "2.345"]).unwrap().1, Point);
    }

    #[test]
    fn what_nothing_tells_is_asked() {
        assert_eq!(decided(&["1.000", "2.000"], &["25", "20"]), None);
        assert_eq!(decided(&["500", "1.000"], &["0.25"]), None);
        assert_eq!(decided(&["500"], &["1,234", "2,345"]), None);
    }
}
