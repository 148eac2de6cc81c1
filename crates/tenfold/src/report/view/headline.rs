//! The answer in one sentence.

use tenfold_core::{ConfidenceLevel, DataPlan};

use super::phrases::{error_phrase, floor, plan_range, scale_range};
use super::{Headline, StudyReport};
use crate::analysis::{CurveOutcome, CurveReport, Fitted};
use crate::format;

/// Probability of reaching the target at all below which its size is given with a caution.
const LIKELY: f64 = 0.8;

/// The headline of a study in which no trial has finished.
pub fn nothing_measured() -> Headline {
    Headline {
        sentence: "Nothing is measured yet".to_owned(),
        subtitle: "A learning curve needs at least one finished size.".to_owned(),
        line: "nothing is measured yet".to_owned(),
    }
}

/// The answer of the leading curve, and those of the others.
pub(super) fn headline(report: &StudyReport) -> Headline {
    let Some(lead) = report.lead_curve() else { return nothing_measured() };
    let answer = match &lead.outcome {
        CurveOutcome::NotFitted { reason } => not_fitted(report, lead, reason),
        CurveOutcome::Fitted(fitted) if !fitted.fit.monotone => not_monotone(report, lead),
        CurveOutcome::Fitted(fitted) => match &fitted.plan {
            Some(plan) if plan.already_reached => already_reached(report, lead, plan),
            Some(plan) if plan.size.is_some() => reached(report, lead, plan),
            Some(plan) => never(report, lead, fitted, plan),
            None => forecast(report, lead, fitted),
        },
    };
    let others = others(report);
    if others.is_empty() {
        return answer;
    }
    Headline { subtitle: format!("{} {others}", answer.subtitle).trim().to_owned(), ..answer }
}

/// The headline of one curve on a line of its own, for tables and lists of answers.
pub fn line_for(report: &StudyReport, curve: &CurveReport) -> String {
    match &curve.outcome {
        CurveOutcome::NotFitted { reason } => not_fitted(report, curve, reason).line,
        CurveOutcome::Fitted(fitted) if !fitted.fit.monotone => not_monotone(report, curve).line,
        CurveOutcome::Fitted(fitted) => match &fitted.plan {
            Some(plan) if plan.already_reached => already_reached(report, curve, plan).line,
            Some(plan) if plan.size.is_some() => reached(report, curve, plan).line,
            Some(plan) => never(report, curve, fitted, plan).line,
            None => forecast(report, curve, fitted).line,
        },
    }
}

fn reached(report: &StudyReport, curve: &CurveReport, plan: &DataPlan) -> Headline {
    let name = &curve.name;
    let target = format::target(plan.target, report.metric);
    let phrase = phrase(report, curve, &target, plan.target);
    let size = plan.size.map_or(f64::NAN, tenfold_core::TrainingSetSize::get);
    let text = format::size(size);
    let at = format::in_unit(&text, size, &report.unit);
    let have = format::known_size(plan.have.get());
    let times = if size <= plan.have.get() {
        format!("no more than the {have} you have")
    } else {
        format!("{} the {have} you have", format::times(size / plan.have.get()))
    };
    let range = plan_range(plan);
    let interval = range.as_ref().map_or(times.clone(), |range| {
        format!("{} interval {range}: {times}", format::level_name(ConfidenceLevel::P80))
    });
    let caution = if plan.probability_reached < LIKELY {
        format!(
            " It may level off before: the chance that it gets there at all is {}.",
            format::probability(plan.probability_reached)
        )
    } else {
        String::new()
    };
    let range = range.map_or(String::new(), |range| format!(" ({})", range_with_level(&range)));
    Headline {
        sentence: format!("{name} reaches {phrase} at about {at}"),
        subtitle: format!("{interval}.{caution}"),
        line: format!("{name} reaches {target} at about {at}{range}"),
    }
}

/// An error such as `5% error`, with its value in the metric if that is not the error: `30% error
/// (mAP50 70.0)`.
fn phrase(report: &StudyReport, curve: &CurveReport, text: &str, error: f64) -> String {
    let phrase = error_phrase(text, report.metric, &report.metric_label);
    format!("{phrase}{}", curve.in_metric(error))
}

/// The largest size measured, with its unit.
fn largest(report: &StudyReport, curve: &CurveReport) -> String {
    let size = curve.curve.largest_size().get();
    format::in_unit(&format::known_size(size), size, &report.unit)
}

/// A range with its level: `180k–320k, 80%`.
fn range_with_level(range: &str) -> String {
    format!("{range}, {}", format::level_name(ConfidenceLevel::P80))
}

fn never(report: &StudyReport, curve: &CurveReport, fitted: &Fitted, plan: &DataPlan) -> Headline {
    let name = &curve.name;
    let target = format::target(plan.target, report.metric);
    let phrase = phrase(report, curve, &target, plan.target);
    let chance = format::probability(plan.probability_reached);
    let floor = floor(fitted, report.metric).filter(|_| fitted.fit.floor_identified);
    let floor = floor.map_or(String::new(), |words| {
        let detail = words.detail.map_or(String::new(), |detail| format!(", {detail}"));
        format!(" Its floor is about {}{detail}.", words.value)
    });
    Headline {
        sentence: format!("{name} may never reach {phrase}"),
        subtitle: format!(
            "The chance that more of the same data gets there is {chance}.{floor} What can help: a \
             better model, cleaner labels, new features."
        ),
        line: format!(
            "{name} may never reach {target}: the chance that more data gets there is {chance}"
        ),
    }
}

fn already_reached(report: &StudyReport, curve: &CurveReport, plan: &DataPlan) -> Headline {
    let name = &curve.name;
    let target = format::target(plan.target, report.metric);
    let phrase = phrase(report, curve, &target, plan.target);
    let now = curve.last_error_text(report.metric);
    let both = curve.last_error_in_both(report.metric);
    let size = largest(report, curve);
    Headline {
        sentence: format!("{name} already reaches {phrase}"),
        subtitle: format!("Measured: {both} at {size}."),
        line: format!("{name} already reaches {target}: {now} at {size}"),
    }
}

fn forecast(report: &StudyReport, curve: &CurveReport, fitted: &Fitted) -> Headline {
    let name = &curve.name;
    let metric = report.metric;
    let doubled = &fitted.doubled;
    let now = curve.last_error_text(metric);
    let both = curve.last_error_in_both(metric);
    let measured_size = format::known_size(curve.curve.largest_size().get());
    let then = format::error(doubled.error, metric);
    let size = format::known_size(doubled.size.get());
    let at = format::in_unit(&size, doubled.size.get(), &report.unit);
    let range = format::error_range(doubled.interval_80.low, doubled.interval_80.high, metric);
    let level = format::level_name(ConfidenceLevel::P80);
    let phrase = phrase(report, curve, &then, doubled.error);
    let in_metric = curve.turned().map_or(String::new(), |scale| {
        format!(" ({} {})", scale.metric, scale_range(scale, doubled.interval_80))
    });
    Headline {
        sentence: format!("Twice the data would bring {name} to about {phrase}"),
        subtitle: format!(
            "{level} interval {range}{in_metric} at {at}; measured: {both} at {measured_size}."
        ),
        line: format!(
            "{name} is forecast to reach about {then} at {size} ({range}, {level}), from {now} at {measured_size}"
        ),
    }
}

fn not_monotone(report: &StudyReport, curve: &CurveReport) -> Headline {
    let name = &curve.name;
    let now = curve.last_error_text(report.metric);
    let both = curve.last_error_in_both(report.metric);
    let size = format::known_size(curve.curve.largest_size().get());
    Headline {
        sentence: format!("{name} does not improve steadily, so no forecast is promised"),
        subtitle: format!(
            "Its error rises somewhere by more than its noise; measured: {both} at {}. The \
             figures below are wide and only a hint.",
            largest(report, curve)
        ),
        line: format!(
            "{name} does not improve steadily, no forecast is promised; measured {now} at {size}"
        ),
    }
}

fn not_fitted(report: &StudyReport, curve: &CurveReport, reason: &str) -> Headline {
    let name = &curve.name;
    let now = curve.last_error_text(report.metric);
    let both = curve.last_error_in_both(report.metric);
    let size = format::known_size(curve.curve.largest_size().get());
    Headline {
        sentence: format!("No forecast for {name} yet"),
        subtitle: format!(
            "{}. Measured: {both} at {}.",
            capitalised(reason),
            largest(report, curve)
        ),
        line: format!("no forecast for {name}: {reason}; measured {now} at {size}"),
    }
}

/// Answers of the other curves for the target; empty without a target.
fn others(report: &StudyReport) -> String {
    let Some(target) = report.target_text() else { return String::new() };
    let others: Vec<(&CurveReport, &DataPlan)> = report
        .curves
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(*index) != report.lead)
        .filter_map(|(_, curve)| Some((curve, curve.fitted()?.plan.as_ref()?)))
        .collect();
    if others.len() > 2 {
        let missing = others.iter().filter(|(_, plan)| plan.size.is_none()).count();
        return match missing {
            0 => format!("{} other models get there too.", others.len()),
            _ => format!("Of {} other models {missing} may never reach {target}.", others.len()),
        };
    }
    let sentences: Vec<String> = others
        .into_iter()
        .map(|(curve, plan)| match plan.size {
            _ if plan.already_reached => format!("{} is there already.", curve.name),
            Some(size) => format!("{} needs about {}.", curve.name, format::size(size.get())),
            None => format!("{} may never get there.", curve.name),
        })
        .collect();
    sentences.join(" ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
