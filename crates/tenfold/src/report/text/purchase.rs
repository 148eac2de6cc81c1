//! What to buy, in which rounds, and what training on it takes, for a terminal.

use std::fmt::Write as _;

use crate::analysis::Fitted;
use crate::format::table::Table;
use crate::report::view::StudyReport;
use crate::report::view::purchase_words::{
    Line, ROUNDS_INTRODUCTION, purchase_lines, round_cells, round_headings, training_lines,
};

/// Blocks that begin with an empty line each; empty when there is nothing to add to the plan.
pub(super) fn purchase_block(report: &StudyReport, fitted: &Fitted) -> String {
    let mut text = lines_block(&purchase_lines(report, fitted));
    let rounds = &fitted.purchase.rounds;
    // One round is the purchase itself.
    if rounds.len() > 1 {
        let headings = round_headings(report);
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let right: Vec<usize> = (0..headings.len()).collect();
        let mut table = Table::new(&headings, &right);
        for (index, round) in rounds.iter().enumerate() {
            table.row(round_cells(report, index, round));
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {ROUNDS_INTRODUCTION}\n{}", table.print());
    }
    text.push_str(&lines_block(&training_lines(fitted)));
    text
}

fn lines_block(lines: &[Line]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[], &[1]);
    for Line { label, value, detail } in lines {
        table.row([label.clone(), value.clone(), detail.clone()]);
    }
    format!("\n{}", table.print())
}
