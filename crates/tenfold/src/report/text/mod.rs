//! Answers for a terminal, without colour and within 80 columns for usual names.

use super::section::Question;
use super::sections::SECTIONS;
use super::view::StudyReport;

pub use super::braille::chart;
pub use super::sections::answer::text::line;
pub use super::sections::diagnosis::text::text as diagnosis;

/// Joins the answers of all sections to `question`, with an empty line between them.
pub fn answer(report: &StudyReport, question: Question) -> String {
    let told = SECTIONS.iter().filter_map(|section| section.text(report, question));
    let blocks: Vec<String> = told.map(|text| text.trim_matches('\n').to_owned()).collect();
    blocks.join("\n\n")
}
