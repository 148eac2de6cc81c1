//! Messages of a run within a budget: plans before the first trial, progress, the reason to stop.

use tenfold_core::decide::budget::StopReason;

use tenfold::format;
use tenfold::pipeline::{BudgetState, NextTrial, PricedPlan};
use tenfold::study::{Budget, Until};

/// The unit of amounts where no budget names one.
const TRIALS: Budget = Budget::Trials(0);

/// One line per plan, below a line that explains the widths; empty without plans.
pub(crate) fn plans(plans: &[PricedPlan]) -> Vec<String> {
    let Some(top) = plans.first().and_then(|plan| plan.largest) else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "plans up to {}, with the 80% interval that half of 263 public curves had at 4 times that:",
        format::known_size(top)
    )];
    lines.extend(plans.iter().map(|plan| {
        format!(
            "  {:8}  about {}, {:.0}% of the full cost, ±{:.0}%",
            plan.name,
            plan.budget.unwrap_or(TRIALS).say(plan.cost),
            100.0 * plan.share_of_full,
            100.0 * plan.half_width,
        )
    }));
    lines
}

/// The progress: `budget: 41 min of 2 h; next: seed 3 at 8,192, about 4 min, narrows …`; `None`
/// before there is any.
pub(crate) fn progress(state: &BudgetState) -> Option<String> {
    let spent = spent(state);
    match next(state) {
        Some(next) => Some(format!("budget: {spent}; next: {next}")),
        None => (state.spent > 0.0).then(|| format!("budget: {spent}")),
    }
}

/// The amount spent: `41 min of 2 h`, `38 of 60 trials`, or without a budget `38 trials`.
fn spent(state: &BudgetState) -> String {
    match state.budget {
        Some(Budget::Trials(of)) => {
            format!("{} of {}", format::count(state.spent), TRIALS.say(of as f64))
        }
        Some(budget) => format!("{} of {budget}", budget.say(state.spent)),
        None => TRIALS.say(state.spent),
    }
}

/// Why the run stopped, its cost, and the gain of the next trial.
pub(crate) fn conclusion(state: &BudgetState) -> Vec<String> {
    let Some(reason) = state.stopped else { return Vec::new() };
    let unit = state.budget.unwrap_or(TRIALS);
    let why = match reason {
        StopReason::WidthReached => "the interval is as narrow as wanted",
        StopReason::BudgetSpent | StopReason::TooSmall => "the next trials cost more than is left",
        StopReason::NoiseSmall => {
            "the largest size varies so little that more seeds hardly narrow anything"
        }
        StopReason::SeedsSpent => "every seed was run at the largest size",
    };
    let full = state.full.map_or_else(String::new, |full| {
        format!("; every seed at every size: about {}", unit.say(full))
    });
    let mut lines = vec![format!("stopped: {why}"), format!("spent {}{full}", spent(state))];
    lines.extend(width(state));
    lines.extend(next(state).map(|next| format!("one more: {next}")));
    lines.extend(larger(state).map(|larger| format!("or: {larger}")));
    if state.quickened {
        lines.push(
            "half of the largest size was measured too: the error falls faster there than before"
                .to_owned(),
        );
    }
    lines
}

fn interval_name(until: Option<Until>, size: f64) -> String {
    until.map_or_else(
        || format!("80% interval at {}", format::known_size(size)),
        |until| until.interval_name(),
    )
}

fn width(state: &BudgetState) -> Option<String> {
    let (size, half) = state.half_width?;
    let name = interval_name(state.until, size.get());
    let wanted = state
        .until
        .map_or_else(String::new, |until| format!(", wanted ±{}", percent(until.half_width)));
    Some(format!("{name}: ±{}{wanted}", percent(half)))
}

/// The next seed, its price, and the width that the interval would have.
fn next(state: &BudgetState) -> Option<String> {
    let next = state.next?;
    let what = format!("seed {} at {}", next.number, format::known_size(next.size.get()));
    Some(gain(state, what, next))
}

/// The same for one run at the next larger size.
fn larger(state: &BudgetState) -> Option<String> {
    let next = state.larger?;
    Some(gain(state, format!("one run at {}", format::known_size(next.size.get())), next))
}

fn gain(state: &BudgetState, what: String, trial: NextTrial) -> String {
    let unit = state.budget.unwrap_or(TRIALS);
    let mut parts = vec![what];
    if trial.price.is_finite() {
        parts.push(format!("about {}", unit.say(trial.price)));
    }
    if let Some((at, now)) = state.half_width {
        let name = interval_name(state.until, at.get());
        let [now, then] = [now, trial.half_width].map(percent);
        parts.push(if now == then {
            format!("leaves the {name} at about ±{now}")
        } else {
            format!("narrows the {name} from ±{now} to about ±{then}")
        });
    }
    parts.join(", ")
}

/// A share in percent, with a decimal below 10 %.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 9.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}
