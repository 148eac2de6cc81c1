//! Laws of model size and data as text.

use tenfold_core::fit::{Allocation, AllocationExponents, JointFit};
use tenfold_core::{Estimate, Interval, MetricKind};

use super::{JointReport, Minima};
use crate::format;
use crate::format::table::Table;

/// Number of outlying runs that are named.
const MOST_NAMED: usize = 10;

/// Relative bias of parabolas from which a note reports it, and relative spread of stated
/// operations from which a note reports it.
const NOTABLE: f64 = 0.05;

/// The text, one block per curve: parameters, outlying runs, the best use of budgets.
pub fn text(reports: &[JointReport]) -> String {
    reports.iter().map(block).collect::<Vec<String>>().join("\n")
}

fn block(report: &JointReport) -> String {
    let fit = &report.fit;
    let scatter = percent(fit.scatter);
    let runs = format::count(fit.runs as f64);
    let mut text =
        format!("{}, {}: {runs} runs scatter by {scatter} around it\n\n", report.name, fit.law);
    text.push_str(&parameters(fit).print());
    if !fit.outlying.is_empty() {
        text.push('\n');
        text.push_str(&outlying(report));
    }
    text.push('\n');
    text.push_str(&match fit.allocation_exponents() {
        Some(exponents) => compute_optimal(report, &exponents),
        None => "No budget is best: parameters or tokens change nothing in the law\n".to_owned(),
    });
    text
}

fn parameters(fit: &JointFit) -> Table {
    let mut table = Table::new(&["parameter", "value", "95% range", ""], &[1, 2]);
    for parameter in &fit.parameters {
        let range = parameter.estimate.interval_95;
        let note = if parameter.identified { "" } else { "the runs hardly tell" };
        table.row([
            parameter.name.to_owned(),
            format::full(parameter.estimate.value),
            format!("{} to {}", format::full(range.low), format::full(range.high)),
            note.to_owned(),
        ]);
    }
    table
}

fn outlying(report: &JointReport) -> String {
    let found = &report.fit.outlying;
    let usual = percent(report.fit.usual_scatter);
    let several = format::several(found.len(), "run lies", "runs lie");
    let mut table = Table::new(
        &["line", "parameters", "size", "error", "by the law", "away", "usual scatters"],
        &[0, 1, 2, 3, 4, 5, 6],
    );
    for outlying in found.iter().take(MOST_NAMED) {
        let run = report.runs[outlying.run];
        table.row([
            run.line.to_string(),
            format::size(run.run.size.parameter_count()),
            format::size(run.run.size.examples()),
            loss(run.run.log_error().exp()),
            loss(outlying.expected),
            format::error(outlying.log_residual.exp_m1(), MetricKind::ErrorRate),
            format!("{:.1}", outlying.deviations),
        ]);
    }
    let more = found.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!("  and {more} more\n") };
    format!(
        "{several} further from the law than runs that scatter by {usual} do:\n{}{more}",
        table.print()
    )
}

fn compute_optimal(report: &JointReport, exponents: &AllocationExponents) -> String {
    let factor = format::full(report.cost.rule.flop_per_parameter_token);
    let spread = match report.cost.stated {
        Some((low, high)) if high > (1.0 + NOTABLE) * low => {
            format!("; the runs state {low:.3} to {high:.3}, of which this is the median")
        }
        _ => String::new(),
    };
    let mut text = format!("Best use of C = {factor} × parameters × tokens (95% ranges){spread}\n");
    let mut growth = Table::new(&["by", "parameters grow as", "tokens grow as"], &[]);
    growth.row(growth_row("joint law", exponents));
    if let Ok(minima) = &report.minima {
        growth.row(growth_row("isoFLOP minima", &minima.fit.exponents));
    }
    let without = report.without_embeddings.as_ref();
    let without_exponents = without.and_then(|without| without.fit.allocation_exponents());
    if let Some(exponents) = &without_exponents {
        growth.row(growth_row("without embeddings", exponents));
    }
    text.push_str(&growth.print());
    if !report.allocations.is_empty() {
        text.push('\n');
        text.push_str(&budgets(report).print());
    }
    text.push_str(&notes(report));
    text
}

fn growth_row(by: &str, exponents: &AllocationExponents) -> [String; 3] {
    let power = |estimate: &Estimate| {
        let Interval { low, high } = estimate.interval_95;
        format!("C^{:.3} ({low:.3} to {high:.3})", estimate.value)
    };
    [by.to_owned(), power(&exponents.parameter_count), power(&exponents.training_tokens)]
}

fn budgets(report: &JointReport) -> Table {
    let headings = ["budget", "by", "parameters", "tokens", "tokens per parameter", "error"];
    let mut table = Table::new(&headings, &[0]);
    for (at, by_law) in report.allocations.iter().enumerate() {
        table.row(budget_row("joint law", by_law));
        if let Ok(minima) = &report.minima {
            table.row(budget_row("isoFLOP minima", &minima.allocations[at]));
        }
        let without = report.without_embeddings.as_ref();
        if let Some(without) = without.and_then(|without| without.allocations.get(at)) {
            table.row(budget_row("without embeddings", without));
        }
    }
    table
}

fn budget_row(by: &str, spent: &Allocation) -> [String; 6] {
    let size = |estimate: &Estimate| {
        let Interval { low, high } = estimate.interval_95;
        format!("{} ({})", format::size(estimate.value), format::size_range(low, high))
    };
    let error = |estimate: &Estimate| {
        let Interval { low, high } = estimate.interval_95;
        let range = format::error_range(low, high, MetricKind::Loss);
        format!("{} ({range})", loss(estimate.value))
    };
    [
        format::operations(spent.compute_flop),
        by.to_owned(),
        size(&spent.parameter_count),
        size(&spent.training_tokens),
        size(&spent.tokens_per_parameter),
        spent.error.as_ref().map_or_else(String::new, error),
    ]
}

/// Notes to read before the numbers are used.
fn notes(report: &JointReport) -> String {
    let mut notes = Vec::new();
    match &report.minima {
        Ok(minima) => notes.push(of_minima(minima)),
        Err(error) => notes.push(format!("No isoFLOP minima: {error}.")),
    }
    if report.without_embeddings.is_some() {
        notes.push(
            "Without embeddings: the law of the other parameters; exponents are of those, the budget's \
             rows of all parameters, which is what a training costs."
                .to_owned(),
        );
    }
    if report.allocations.is_empty() {
        notes.push("`--budget 1e21` says how many parameters and tokens that is.".to_owned());
    }
    notes.iter().flat_map(|note| ["\n", note, "\n"]).collect()
}

fn of_minima(minima: &Minima) -> String {
    let all = minima.fit.valleys.len();
    let with = minima.fit.valleys.iter().filter(|valley| valley.parameter_count.is_some()).count();
    let of = if with == all {
        format!("{all} budgets")
    } else {
        format!("{with} of {all} budgets; the sizes of the others enclose none")
    };
    let budgets = minima.allocations.iter().zip(&minima.biases);
    let missed: Vec<String> = budgets
        .filter_map(|(spent, bias)| {
            let budget = format::operations(spent.compute_flop);
            bias.filter(|bias| bias.ln().abs() > NOTABLE)
                .map(|bias| format!("{bias:.2} (at {budget})"))
        })
        .collect();
    let here = if minima.biases.is_empty() {
        ".".to_owned()
    } else if missed.is_empty() {
        ": here by less than 5% if the joint law holds.".to_owned()
    } else {
        let missed = missed.join(", ");
        format!(
            ": if the joint law holds, runs of these sizes without noise would give {missed} times the best \
             parameters."
        )
    };
    format!(
        "isoFLOP minima are those of parabolas through {of}. They are biased where a valley is steeper on \
         one side or its sizes are off centre (arXiv:2603.22339){here}"
    )
}

fn percent(share: f64) -> String {
    format::error(share, MetricKind::ErrorRate)
}

fn loss(error: f64) -> String {
    format::error(error, MetricKind::Loss)
}
