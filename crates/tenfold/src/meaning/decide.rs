//! Decides the direction of a metric, its best value and whether it is in per cent, by its name and
//! its values; if these are not enough, it asks the user.

use tenfold_core::MetricKind;

use super::metric::{self, Metric};
use super::scale::{Scale, ScaleRefusal, StatedScale, ValueUnit, Values};

/// Largest loss in nats that a language model without training has, rounded up: ln of 160,000 words.
const UNTRAINED: f64 = 12.0;

/// How the values of the metric `name` become errors.
///
/// # Errors
/// A direction, a best value or a unit that must be said.
pub fn scale(name: &str, values: &Values, said: &StatedScale) -> Result<Scale, ScaleRefusal> {
    let known = metric::known(name);
    let is_score = match (said.higher_is_better, known) {
        (Some(said), _) => said,
        (None, Some(known)) => known.is_score(),
        (None, None) if said.best.is_some() => said.best >= Some(values.largest),
        (None, None) if values.rises && said.kind.is_none() => {
            return Err(ScaleRefusal {
                message: format!(
                    "`{name}` rises over all sizes, and its name does not say whether it is a score"
                ),
                hint: "`--higher-is-better` for a score, `--lower-is-better` for an error"
                    .to_owned(),
            });
        }
        (None, None) => false,
    };
    let asked = Asked { name, known, values, said };
    let (best, per) = if is_score { asked.of_score()? } else { asked.of_error()? };
    let kind = match (said.kind, known) {
        (Some(kind), _) => Some(kind),
        (None, Some(Metric::Negated(kind))) if is_score => Some(kind),
        (None, Some(Metric::Score(_) | Metric::OpenScore)) if is_score => {
            Some(MetricKind::Unbounded)
        }
        (None, _) if is_score && asked.is_turned_round(best) => Some(MetricKind::Loss),
        (None, _) if per > 1.0 => Some(MetricKind::ErrorRate),
        (None, Some(Metric::Loss)) if !is_score => Some(MetricKind::Loss),
        (None, Some(Metric::Unbounded)) if !is_score => Some(MetricKind::Unbounded),
        (None, _) => None,
    };
    let is_guessed = said.higher_is_better.is_none();
    let (metric, is_unit_written) = (name.to_owned(), values.percent > 0);
    Ok(Scale { metric, is_score, is_guessed, best, per, is_unit_written, kind })
}

/// The facts that a decision rests on.
struct Asked<'a> {
    name: &'a str,
    known: Option<Metric>,
    values: &'a Values,
    said: &'a StatedScale,
}

impl Asked<'_> {
    fn refuse<T>(&self, message: &str, hint: impl Into<String>) -> Result<T, ScaleRefusal> {
        Err(ScaleRefusal { message: format!("`{}` {message}", self.name), hint: hint.into() })
    }

    /// Whether the values may be errors with their sign reversed: their best value is 0 and their
    /// name gives no scale.
    fn is_turned_round(&self, best: f64) -> bool {
        best.total_cmp(&0.0).is_eq() && matches!(self.known, None | Some(Metric::AnyScore))
    }

    /// The best value of a score, and the number of its units in one unit of error.
    fn of_score(&self) -> Result<(f64, f64), ScaleRefusal> {
        let (values, said) = (self.values, self.said);
        let is_share = self.known == Some(Metric::ShareScore);
        let is_percent = said.unit == Some(ValueUnit::Percent) || values.percent > 0;
        let per = if is_percent { 100.0 } else { 1.0 };
        let (best, per) = match (said.best, self.known) {
            (Some(best), _) => {
                let is_hundred = is_share && best.total_cmp(&100.0).is_eq();
                (best, if is_hundred && said.unit.is_none() { 100.0 } else { per })
            }
            (None, Some(Metric::OpenScore)) => {
                let hint = format!(
                    "`--best {}`, or another value that no model can exceed",
                    beyond(values.largest, 1.0)
                );
                return self.refuse("is a score without a best value, and a law needs one", hint);
            }
            (None, Some(Metric::Score(best))) => (best * per, per),
            (None, Some(Metric::Negated(_))) => (0.0, per),
            (None, Some(Metric::ShareScore)) => self.share(is_percent)?,
            (None, _) => (self.best_by_values(is_percent)?, per),
        };
        if !values.is_empty() && values.largest > best {
            let better = if values.largest <= 100.0 && best < 100.0 {
                "100".to_owned()
            } else {
                beyond(values.largest, 1.0)
            };
            let message = format!("goes up to {}, better than the best, {best}", values.largest);
            let hint = format!("`--best {better}` if that is the score of a model without fault");
            return self.refuse(&message, hint);
        }
        Ok((best, per))
    }

    /// As `of_score`, for a score that is a share or in per cent.
    fn share(&self, is_percent: bool) -> Result<(f64, f64), ScaleRefusal> {
        let values = self.values;
        if is_percent {
            return Ok((100.0, 100.0));
        }
        if values.large == 0 || self.said.unit == Some(ValueUnit::Plain) {
            return Ok((1.0, 1.0));
        }
        if !values.is_within(100.0) {
            let message = format!("goes from {} to {}", values.smallest, values.largest);
            let hint =
                format!("`--best {}` if that is the best value", beyond(values.largest, 1.0));
            return self.refuse(&message, hint);
        }
        if values.small > 0 {
            return self.mixed("`--unit percent` if all of them are per cent");
        }
        Ok((100.0, 100.0))
    }

    fn mixed<T>(&self, hint: &str) -> Result<T, ScaleRefusal> {
        let message = format!(
            "has values up to 1 and values up to {}: shares and per cent look mixed",
            self.values.largest
        );
        self.refuse(&message, hint)
    }

    /// The best value of a score that only its name or the user identifies as one.
    fn best_by_values(&self, is_percent: bool) -> Result<f64, ScaleRefusal> {
        let values = self.values;
        if is_percent {
            return Ok(100.0);
        }
        if values.is_empty() || values.largest <= 1.0 && values.largest > 0.0 {
            return Ok(1.0);
        }
        if values.largest <= 0.0 {
            let hint =
                "`--best 1` if it is R², `--best 0` if it is an error with its sign turned round";
            return self.refuse("is never above 0, and its name does not say its best value", hint);
        }
        let message =
            format!("goes up to {}, and its name does not say its best value", values.largest);
        let best =
            if values.largest <= 100.0 { "100".to_owned() } else { beyond(values.largest, 1.0) };
        self.refuse(
            &message,
            format!("`--best {best}` if that is the score of a model without fault"),
        )
    }

    /// The best value of an error, and the number of its units in one unit of error.
    fn of_error(&self) -> Result<(f64, f64), ScaleRefusal> {
        let (values, said) = (self.values, self.said);
        let best = said.best.unwrap_or(0.0);
        if !values.is_empty() && values.smallest < best {
            let lower = beyond(values.smallest, -1.0);
            let (message, hint) = match said.best {
                None => (
                    format!(
                        "goes down to {}: a law needs the smallest value it can have",
                        values.smallest
                    ),
                    format!("`--best {lower}`, or another value that no model can go below"),
                ),
                Some(best) => (
                    format!("goes down to {}, better than the best, {best}", values.smallest),
                    format!("`--best {lower}` if that is the smallest value it can have"),
                ),
            };
            return self.refuse(&message, hint);
        }
        if said.best.is_some() && said.unit.is_none() {
            return Ok((best, 1.0));
        }
        Ok((best, if self.is_percent()? { 100.0 } else { 1.0 }))
    }

    /// Whether the values of an error are per cent.
    fn is_percent(&self) -> Result<bool, ScaleRefusal> {
        let (values, said) = (self.values, self.said);
        if let Some(unit) = said.unit {
            return Ok(unit == ValueUnit::Percent);
        }
        if values.percent > 0 {
            return Ok(true);
        }
        let is_like_percent = values.large > 0 && values.is_within(100.0);
        if said.kind == Some(MetricKind::ErrorRate) && values.large > 0 {
            let message =
                format!("goes up to {}, and an error rate lies between 0 and 1", values.largest);
            let hint = if is_like_percent {
                "`--unit percent` if it is per cent, else another kind: `--kind loss`"
            } else {
                "`--kind loss` or `--kind unbounded`"
            };
            return self.refuse(&message, hint);
        }
        if said.kind.is_some() || self.known != Some(Metric::Rate) || !is_like_percent {
            return Ok(false);
        }
        if values.is_like_language_models && values.largest <= UNTRAINED {
            return Ok(false);
        }
        if values.small == 0 {
            return Ok(true);
        }
        // A metric that is only called an error may be a loss that falls below 1.
        if metric::is_any_error(self.name) && values.largest <= UNTRAINED {
            return Ok(false);
        }
        self.mixed("`--unit percent` if all of them are per cent, `--kind loss` if none is")
    }
}

/// A short number beyond `value` in the direction of `sign`.
fn beyond(value: f64, sign: f64) -> String {
    let far = value + sign * 0.25 * value.abs().max(0.04);
    let step = 10_f64.powf(far.abs().log10().floor());
    let rounded = (far / step * sign).ceil() * sign * step;
    // Powers of ten are not exact, so that the number is rounded to two digits.
    let text = format!("{rounded:.1e}").parse().unwrap_or(rounded);
    format!("{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, values: &[f64], said: &StatedScale) -> Result<Scale, ScaleRefusal> {
        let mut seen = Values { rises: values.is_sorted(), ..Values::default() };
        for value in values {
            seen.add(*value, false);
        }
        scale(name, &seen, said)
    }

    fn errors(name: &str, values: &[f64], said: &StatedScale) -> Vec<f64> {
        let scale = of(name, values, said).unwrap();
        values.iter().map(|value| (scale.error(*value) * 1e9).round() / 1e9).collect()
    }

    #[test]
    fn known_scores_are_turned_on_either_scale() {
        let none = StatedScale::default();
        assert_eq!(errors("acc", &[0.5, 0.7], &none), [0.5, 0.3]);
        assert_eq!(errors("mAP50", &[31.2, 57.2], &none), [0.688, 0.428]);
        assert_eq!(errors("r2", &[-1.5, 0.5], &none), [2.5, 0.5]);
        assert_eq!(errors("neg_log_loss", &[-1.5, -0.5], &none), [1.5, 0.5]);
        let best = StatedScale { best: Some(50.0), ..none };
        assert_eq!(errors("psnr", &[20.0, 35.0], &best), [30.0, 15.0]);
        let lowest = StatedScale { best: Some(-2.0), ..none };
        assert_eq!(errors("nll", &[0.8, -1.05], &lowest), [2.8, 0.95]);
    }

    #[test]
    fn values_and_errors_go_both_ways() {
        for (name, values) in [("acc", [0.5, 0.7]), ("mAP", [31.0, 57.0]), ("error", [25.0, 10.0])]
        {
            let scale = of(name, &values, &StatedScale::default()).unwrap();
            for value in values {
                assert!((scale.value(scale.error(value)) - value).abs() < 1e-12, "{name}");
            }
        }
    }

    #[test]
    fn what_must_be_said_is_asked_for() {
        let hint = |name: &str, values: &[f64], said: &StatedScale| {
            of(name, values, said).unwrap_err().hint
        };
        let none = StatedScale::default();
        let rate = StatedScale { kind: Some(MetricKind::ErrorRate), ..none };
        let higher = StatedScale { higher_is_better: Some(true), ..none };
        assert!(hint("quality", &[0.5, 0.7], &none).starts_with("`--higher-is-better`"));
        assert!(hint("psnr", &[20.0, 31.0], &none).starts_with("`--best 40`"));
        assert!(hint("nll", &[0.8, -1.05], &none).starts_with("`--best -2`"));
        assert!(hint("error", &[20.0, 0.2], &none).starts_with("`--unit percent`"));
        assert!(hint("wer", &[5.0, 0.9], &none).starts_with("`--unit percent`"));
        assert!(!of("error", &[2.5, 0.9], &none).unwrap().is_percent());
        assert!(hint("error", &[25.0, 10.0], &rate).starts_with("`--unit percent`"));
        assert!(hint("test_score", &[-6.5, -0.2], &none).starts_with("`--best 1`"));
        assert!(hint("accuracy", &[0.9, 92.5], &none).starts_with("`--unit percent`"));
        assert!(hint("quality", &[40.0, 87.0], &higher).starts_with("`--best 100`"));
    }

    #[test]
    fn losses_of_language_models_are_no_per_cent() {
        let mut values = Values { is_like_language_models: true, ..Values::default() };
        for value in [3.6, 2.9] {
            values.add(value, false);
        }
        let none = StatedScale::default();
        assert!(!scale("error", &values, &none).unwrap().is_percent());
        values.is_like_language_models = false;
        let percent = scale("error", &values, &none).unwrap();
        assert!(percent.is_percent());
        assert_eq!(percent.notes(&none).len(), 1);
    }

    #[test]
    fn a_number_beyond_another_is_short() {
        assert_eq!(beyond(31.0, 1.0), "40");
        assert_eq!(beyond(-1.05, -1.0), "-2");
        assert_eq!(beyond(-0.3, -1.0), "-0.4");
        assert_eq!(beyond(0.0, -1.0), "-0.01");
        assert_eq!(beyond(1234.0, 1.0), "2000");
    }
}
