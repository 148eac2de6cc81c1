//! The diagnosis of each curve: the verdict, its evidence, the next experiment.

use maud::{Markup, html};
use tenfold_core::{Diagnosis, FindingLevel};

use crate::format;
use crate::report::view::StudyReport;
use crate::words;

pub(super) fn html(report: &StudyReport) -> Markup {
    html! {
        section aria-labelledby="diagnosis" {
            h2 id="diagnosis" { "Diagnosis" }
            @for (name, diagnosis) in &report.diagnoses { (of_curve(name, diagnosis, &report.unit)) }
        }
    }
}

/// The diagnosis of one curve. Checks that passed are only counted, the others are listed.
fn of_curve(name: &str, diagnosis: &Diagnosis, unit: &str) -> Markup {
    let told = || diagnosis.findings.iter().filter(|finding| finding.level != FindingLevel::Ok);
    let passed = diagnosis.count(FindingLevel::Ok);
    let next = &diagnosis.next_experiment;
    let cost = next.cost.map_or(String::new(), |cost| format!(" ({})", format::money(cost.0)));
    html! {
        p { b { (name) ": " (diagnosis.verdict.name()) } }
        ul.notes {
            @for finding in told() {
                li {
                    b class=(finding.level.name()) { (finding.level.name()) }
                    span {
                        (words::found(&finding.found))
                        @if let Some(advice) = &finding.advice { " → " (words::advice(advice)) }
                    }
                }
            }
            li {
                b class="ok" { "ok" }
                span { (passed) @if passed == 1 { " check" } @else { " checks" } " passed" }
            }
        }
        p { "Next best step: " (words::experiment(&next.experiment, unit)) (cost) }
    }
}
