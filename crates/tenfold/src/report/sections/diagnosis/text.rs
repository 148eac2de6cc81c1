//! Prints the checks, their results and what to do, one block per curve.

use tenfold_core::{Diagnosis, FindingLevel};

use crate::format;
use crate::measured::MeasuredCurve;
use crate::report::elements::wrap::push_wrapped;
use crate::words;

/// Columns before a message: two spaces, `fail`, three spaces, the longest check, two spaces.
const INDENT: usize = 21;

/// Prints every diagnosis, and the number of checks that failed or warned; `unit` is the unit of
/// the sizes, in the plural.
pub fn text<'a>(
    diagnoses: impl Iterator<Item = (&'a MeasuredCurve, &'a Diagnosis)>,
    unit: &str,
) -> String {
    let (mut text, mut failed, mut warned) = (String::new(), 0, 0);
    for (measured, diagnosis) in diagnoses {
        text.push_str(&block(measured, diagnosis, unit));
        text.push('\n');
        failed += diagnosis.count(FindingLevel::Fail);
        warned += diagnosis.count(FindingLevel::Warn);
    }
    let warnings = if warned == 1 { "warning" } else { "warnings" };
    format!("{text}{failed} failed, {warned} {warnings}")
}

fn block(measured: &MeasuredCurve, diagnosis: &Diagnosis, unit: &str) -> String {
    let points = measured.curve.points();
    let runs: usize = points.iter().map(|point| point.replicates.len()).sum();
    let name = measured.curve.name().replace(char::is_control, "\u{fffd}");
    let mut text = format!(
        "{name} · {} sizes, {} runs · {}\n\n",
        points.len(),
        format::count(runs as f64),
        diagnosis.verdict.name()
    );
    for finding in &diagnosis.findings {
        let start = format!("  {:<4}   {:<10}  ", finding.level.name(), finding.check());
        push_wrapped(&mut text, &start, &words::found(&finding.found));
        if let Some(advice) = &finding.advice {
            let start = format!("{}→ ", " ".repeat(INDENT));
            push_wrapped(&mut text, &start, &words::advice(advice));
        }
    }
    let next = &diagnosis.next_experiment;
    let cost = next.cost.map_or(String::new(), |cost| format!(" ({})", format::money(cost.0)));
    let message = words::experiment(&next.experiment, unit);
    text.push('\n');
    push_wrapped(&mut text, "  next best step: ", &format!("{message}{cost}"));
    text
}
