//! The sections of a report, a folder each. `mod.rs` decides what is shown, `html.rs` and `text.rs`
//! print it; `json.rs` exists if a document holds more than the facts as they are.
//!
//! A new section needs a folder and a line in [`SECTIONS`].

pub mod answer;
pub mod chart;
pub mod comparison;
pub mod data;
pub mod diagnosis;
pub mod figures;
pub mod forecasts;
pub mod method;
pub mod models;
pub mod notes;
pub mod purchase;
pub mod winners;

use super::section::ReportSection;

/// Every section, in the order of the page; terminal and documents keep it.
pub const SECTIONS: &[&dyn ReportSection] = &[
    &answer::Answer,
    &figures::Figures,
    &chart::Chart,
    &models::Models,
    &comparison::Comparison,
    &forecasts::Forecasts,
    &purchase::Purchases,
    &winners::Winners,
    &diagnosis::Diagnoses,
    &notes::Notes,
    &data::Data,
    &method::Method,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_section_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = SECTIONS.iter().map(|section| section.name()).collect();
        assert_eq!(names.len(), SECTIONS.len());
    }
}
