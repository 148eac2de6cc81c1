//! What the program prints about the law of a fit.

use tenfold::analysis::Goal;
use tenfold::measured::MeasuredCurve;
use tenfold::report::{Question, StudyReport, html, json, text};
use tenfold_core::{FAMILIES, FitOptions};

use crate::simulated::{Simulated, report_with};

fn simulated(name: &str, sizes: u32) -> MeasuredCurve {
    Simulated { name, sizes, ..Simulated::default() }.measured()
}

/// The table of fits on one line.
fn table(report: &StudyReport) -> String {
    text::answer(report, Question::Fit).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_view_states_the_law_that_was_used() {
    for law in FAMILIES {
        let options = FitOptions { law: Some(*law), ..FitOptions::default() };
        let report = report_with(&options, vec![simulated("cnn", 10)], Goal::default(), &[]);
        let formula = law.formula();
        assert_eq!(json::document(&report, Question::Fit)["curves"][0]["formula"], formula);
        let sentence = format!("The law, {}, is {formula}, with m the training-set", law.name());
        assert!(html::page(&report).contains(&sentence), "{sentence}");
        assert!(table(&report).contains(&format!("law: {formula}, with m the training-set")));
        for other in FAMILIES.iter().filter(|other| !formula.contains(other.formula())) {
            assert!(!html::page(&report).contains(other.formula()), "{formula}");
        }
    }
}

#[test]
fn without_a_fit_no_law_is_stated() {
    let options = FitOptions { law: Some(FAMILIES[1]), ..FitOptions::default() };
    let report = report_with(&options, vec![simulated("cnn", 1)], Goal::default(), &[]);
    assert!(json::document(&report, Question::Fit)["curves"][0]["formula"].is_null());
    assert!(!table(&report).contains("law:") && !html::page(&report).contains("The law"));
}
