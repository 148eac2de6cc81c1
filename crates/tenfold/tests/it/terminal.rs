//! The chart in a terminal.

use tenfold::report::{Goal, braille};

use crate::simulated::{Simulated, report, two_models};

#[test]
fn the_terminal_chart_fits_80_columns() {
    let long = "a-model-with-a-very-long-name-that-must-be-cut-somewhere";
    let models = [long, "mlp", "cnn", "d", "e", "f", "g", "h"];
    let curves = models.map(|name| Simulated { name, ..Simulated::default() }.measured());
    for report in [two_models(Some(0.05)), report(curves.to_vec(), Goal::default(), &[])] {
        let chart = braille::chart(&report);
        for line in chart.lines() {
            assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn the_terminal_chart_shows_marks_target_and_forecast() {
    let chart = braille::chart(&two_models(Some(0.05)));
    let target = chart.lines().find(|line| line.contains("╌╌╌")).unwrap();
    assert!(target.trim_start().starts_with("5% ┤"), "{target}");
    assert!(chart.contains("measured ┊ forecast →"));
    // Ten sizes each, less the marks that cover each other, and the names at the line ends.
    let marks = |mark: char| chart.chars().filter(|&letter| letter == mark).count();
    assert!(marks('●') >= 9 && marks('■') >= 9, "{chart}");
    let name_row = |name: &str| chart.lines().position(|line| line.contains(name)).unwrap();
    assert!(name_row("■ mlp-512") < name_row("● cnn"), "the lower error stands lower");
}
