//! Phrases that several views print: a range with its level, a needed size, a floor.

use tenfold_core::PriorName;
use tenfold_core::law::ParameterRole;
use tenfold_core::{ConfidenceLevel, DataPlan, Interval, MetricKind};

use super::StudyReport;
use crate::analysis::{CurveReport, Fitted};
use crate::format::{self, Digits};
use crate::meaning::scale::Scale;

impl StudyReport {
    /// The curve that leads; `None` without curves.
    pub fn lead_curve(&self) -> Option<&CurveReport> {
        self.lead.and_then(|index| self.curves.get(index))
    }

    /// The target as it was typed: `5%`.
    pub fn target_text(&self) -> Option<String> {
        self.goal.target.map(|target| format::target(target, self.metric))
    }
}

impl CurveReport {
    /// The scale of the metric, if the error is not the metric itself, so that answers have to give
    /// both.
    pub fn turned(&self) -> Option<&Scale> {
        self.scale.as_ref().filter(|scale| scale.is_turned())
    }

    /// Whether every run at the largest size was perfect, so that the error there is only an upper
    /// bound.
    pub fn last_is_bound(&self) -> bool {
        self.curve.points().last().is_some_and(|point| point.is_censored)
    }

    /// Error measured at the largest size: `5.2%`, or `below 0.7%`.
    pub(crate) fn last_error_text(&self, metric: MetricKind) -> String {
        let below = if self.last_is_bound() { "below " } else { "" };
        format!("{below}{}", format::error(self.last_error(), metric))
    }

    /// The same, with its value in the metric: `30% (mAP50 70.0)`.
    pub(crate) fn last_error_in_both(&self, metric: MetricKind) -> String {
        let text = self.last_error_text(metric);
        self.last_in_metric().map_or(text.clone(), |words| format!("{text} ({words})"))
    }

    /// Value of the metric there: `mAP50 70.0`, or `accuracy above 0.98`; `None` if the metric is
    /// the error itself.
    pub fn last_in_metric(&self) -> Option<String> {
        let scale = self.turned()?;
        let bound = match (self.last_is_bound(), scale.is_score) {
            (false, _) => "",
            (true, true) => "above ",
            (true, false) => "below ",
        };
        Some(format!("{} {bound}{}", scale.metric, scale_value(scale, self.last_error())))
    }

    /// The value in the metric, such as ` (mAP50 70.0)`; empty if the metric is the error itself.
    pub fn in_metric(&self, error: f64) -> String {
        let words = |scale: &Scale| format!(" ({} {})", scale.metric, scale_value(scale, error));
        self.turned().map_or(String::new(), words)
    }
}

/// Value of the metric of a file for this error.
pub fn scale_value(scale: &Scale, error: f64) -> String {
    format::metric_value(scale.value(error), error * scale.per)
}

/// Values of the metric over a range of errors, from the lower value to the higher one.
pub fn scale_range(scale: &Scale, errors: Interval) -> String {
    let (best, worst) = (scale.value(errors.low), scale.value(errors.high));
    let (low, high) = if scale.is_score { (worst, best) } else { (best, worst) };
    format::metric_range(low, high, errors.high * scale.per)
}

/// An error as `5% error`, or for metrics that are not a share as `test loss 2.5`, and as `1.2 nats per
/// character` where the metric is called by its unit.
pub(super) fn error_phrase(text: &str, metric: MetricKind, metric_label: &str) -> String {
    let called = metric_label.split_once(' ').map(|(_held_out, called)| called);
    let unit = called.filter(|called| called.starts_with("nats ") || called.starts_with("bits "));
    match (metric, unit) {
        (MetricKind::ErrorRate, _) => format!("{text} error"),
        (MetricKind::Loss | MetricKind::Unbounded, Some(unit)) => format!("{text} {unit}"),
        (MetricKind::Loss | MetricKind::Unbounded, None) => format!("{metric_label} {text}"),
    }
}

/// `180k–320k`, or `180k or more` when the upper end is out of reach.
pub fn plan_range(plan: &DataPlan) -> Option<String> {
    match (plan.interval_80.low, plan.interval_80.high) {
        (Some(low), Some(high)) => Some(format::size_range(low, high)),
        (Some(low), None) => Some(format!("{} or more", format::size(low))),
        (None, _) => None,
    }
}

/// Examples to add, both ends of the 80 % interval, never below 0: `120k–250k`.
pub fn added_range(plan: &DataPlan) -> Option<String> {
    let added = |size: f64| (size - plan.have.get()).max(0.0);
    match (plan.interval_80.low, plan.interval_80.high) {
        (Some(low), Some(high)) => Some(format::size_range(added(low), added(high))),
        (Some(low), None) => Some(format!("{} or more", format::size(added(low)))),
        (None, _) => None,
    }
}

/// Range of the cost: `$5.9k–$13k`, or `$5.9k or more`.
pub fn cost_range(plan: &DataPlan) -> Option<String> {
    match (plan.cost_interval_80.low, plan.cost_interval_80.high) {
        (Some(low), Some(high)) => Some(format::money_range(low, high)),
        (Some(low), None) => Some(format!("{} or more", format::money(low))),
        (None, _) => None,
    }
}

/// The size that a curve needs, in a few words: `230k (180k–320k)`, `already reached`, `may never
/// reach 5%`.
pub fn need(plan: &DataPlan, metric: MetricKind) -> String {
    if plan.already_reached {
        return "already reached".to_owned();
    }
    match (plan.size, plan_range(plan)) {
        (Some(size), Some(range)) => format!("{} ({range})", format::size(size.get())),
        (Some(size), None) => format::size(size.get()),
        (None, _) => format!("may never reach {}", format::target(plan.target, metric)),
    }
}

/// The floor of a fit, as every view prints it.
pub struct FloorWords {
    /// `2.1%`, or `not seen yet` when the data do not show one.
    pub value: String,
    /// `0.4–3.5% (95%)`, or `below 3.5% (95%)`.
    pub detail: Option<String>,
}

/// The floor of a fit; `None` if its law has none.
pub fn floor(fitted: &Fitted, metric: MetricKind) -> Option<FloorWords> {
    floor_with(fitted, Digits::telling(metric, []))
}

/// Digits with which the identified floors of these fits print differently.
pub fn floor_digits<'a>(fits: impl IntoIterator<Item = &'a Fitted>, metric: MetricKind) -> Digits {
    let shown = fits.into_iter().filter(|fitted| fitted.fit.floor_identified);
    let floors = shown.filter_map(|fitted| fitted.fit.parameter_with(ParameterRole::Floor));
    let mut floors: Vec<f64> = floors.map(|floor| floor.estimate.value).collect();
    floors.sort_by(f64::total_cmp);
    Digits::telling(metric, floors.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())
}

/// The floor as [`floor`] gives it, with the digits of a table.
pub fn floor_with(fitted: &Fitted, digits: Digits) -> Option<FloorWords> {
    let gamma = fitted.fit.parameter_with(ParameterRole::Floor)?;
    let range = gamma.estimate.interval_95;
    if fitted.fit.floor_identified {
        let text = digits.range(range.low.max(0.0), range.high);
        return Some(FloorWords {
            value: digits.error(gamma.estimate.value),
            detail: Some(format::at_level(&text, ConfidenceLevel::P95)),
        });
    }
    let bound = (range.high.is_finite() && range.high > 0.0).then(|| {
        let text = format!("below {}", digits.error(range.high));
        format::at_level(&text, ConfidenceLevel::P95)
    });
    Some(FloorWords { value: "not seen yet".to_owned(), detail: bound })
}

/// The slope `−0.60`, and its 95 % interval `−0.67 to −0.53`; `None` if the law has no exponent.
pub fn slope(fitted: &Fitted) -> Option<(String, String)> {
    let beta_g = fitted.fit.parameter_with(ParameterRole::Slope)?;
    Some((
        format::exponent(beta_g.estimate.value),
        format::exponent_range(beta_g.estimate.interval_95),
    ))
}

/// A law that curves of a report were fitted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedLaw<'a> {
    /// Its name.
    pub name: &'static str,
    /// The law as an equation: `error = alpha * m^beta_g + gamma`.
    pub formula: &'static str,
    /// Meaning of its symbols: `with m the training-set size, beta_g the slope and gamma the
    /// floor`.
    pub symbols: String,
    /// Curves that were fitted with it, in the order of the report.
    pub curves: Vec<&'a str>,
}

/// The laws that the curves of `report` were fitted with, in the order in which they appear.
pub fn used_laws(report: &StudyReport) -> Vec<UsedLaw<'_>> {
    let mut laws: Vec<UsedLaw<'_>> = Vec::new();
    for curve in &report.curves {
        let Some(Fitted { fit, .. }) = curve.fitted() else { continue };
        if let Some(known) = laws.iter_mut().find(|law| law.name == fit.law) {
            known.curves.push(&curve.name);
            continue;
        }
        let known = |role, word: &str| {
            fit.parameter_with(role).map(|parameter| format!("{} the {word}", parameter.name))
        };
        let mut symbols = vec!["m the training-set size".to_owned()];
        symbols.extend(known(ParameterRole::Slope, "slope"));
        symbols.extend(known(ParameterRole::Floor, "floor"));
        let symbols = format!("with {}", listed(&symbols));
        let (name, formula) = (fit.law, fit.formula());
        laws.push(UsedLaw { name, formula, symbols, curves: vec![&curve.name] });
    }
    laws
}

/// Joins words: `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// The first few of `names`, and how many more there are: `a, b, c and 4 more curves`.
pub fn few_names(names: &[&str]) -> String {
    if names.len() > NAMED {
        format!("{} and {} more curves", names[..NAMED].join(", "), names.len() - NAMED)
    } else {
        names.join(", ")
    }
}

/// Most curves that a sentence names.
const NAMED: usize = 3;

/// How well the last sizes were forecast from the others: "hiding your last two sizes, this method
/// missed by 4.1% (keeping the last error as the forecast, by 13%)".
pub fn back_test(fitted: &Fitted) -> Option<String> {
    let test = fitted.back_test.as_ref()?;
    let percent = |rmsle: f64| format::error(rmsle.exp_m1(), MetricKind::ErrorRate);
    let sizes = if test.hidden == 1 { "size" } else { "two sizes" };
    Some(format!(
        "hiding your last {sizes}, this method missed by {} (keeping the last error as the forecast, \
         by {})",
        percent(test.rmsle),
        percent(test.last_value_rmsle)
    ))
}

/// The source of the ranges, if it is the user's own curves: "by what your own 24 curves do".
pub fn own_scale(fitted: &Fitted) -> Option<String> {
    match fitted.doubled.interval_scale {
        PriorName::Own { curves } => Some(format!("by what your own {curves} curves do")),
        PriorName::Shipped | PriorName::Learnt { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_called_by_its_unit_or_its_name() {
        let loss = |label| error_phrase("1.2", MetricKind::Loss, label);
        assert_eq!(error_phrase("5%", MetricKind::ErrorRate, "test error rate"), "5% error");
        assert_eq!(loss("test nats per character"), "1.2 nats per character");
        assert_eq!(loss("test bits per character"), "1.2 bits per character");
        assert_eq!(loss("test cross entropy"), "test cross entropy 1.2");
        assert_eq!(loss("loss"), "loss 1.2");
    }
}
