//! Writes sample reports from simulated curves, for visual checks: `sample_report FOLDER`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "an example writes plain files and stops at the first problem"
)]

use std::path::PathBuf;

use tenfold::analysis::Goal;
use tenfold::report::svg::{Canvas, Styling, chart};
use tenfold::report::{Question, StudyReport, braille, html, scene, text};
use tenfold_core::MetricKind;

#[path = "../tests/it/simulated.rs"]
mod simulated;

use simulated::{Simulated, plain, report, two_models};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    for (name, study) in studies() {
        std::fs::write(folder.join(format!("{name}.html")), html::page(&study)).unwrap();
        let svg = chart(&scene::scene(&study), Canvas::Wide, Styling::Embedded);
        std::fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
        let words = [
            text::line(&study),
            braille::chart(&study),
            text::answer(&study, Question::Fit),
            text::answer(&study, Question::Forecast),
            text::answer(&study, Question::Plan),
            text::answer(&study, Question::Overview),
        ];
        std::fs::write(folder.join(format!("{name}.txt")), words.join("\n\n")).unwrap();
    }
}

fn studies() -> Vec<(&'static str, StudyReport)> {
    let one = Simulated::default();
    let many = (0..30).map(|index| {
        let name = format!("model-{index:02}");
        let share = f64::from(index) / 30.0;
        Simulated {
            name: &name,
            scale: 6.0 + 12.0 * share,
            slope: -0.34 - 0.2 * share,
            floor: 0.01 + 0.05 * (share * 7.0).sin().abs(),
            ..one
        }
        .measured()
    });
    let four =
        ["linear", "mlp", "cnn", "resnet-18-wide"].iter().enumerate().map(|(index, name)| {
            let step = index as f64;
            Simulated { name, slope: -0.3 - 0.07 * step, floor: 0.12 - 0.03 * step, ..one }
                .measured()
        });
    let loss = Simulated {
        name: "transformer",
        metric: MetricKind::Loss,
        guess: 9.0,
        scale: 40.0,
        slope: -0.24,
        floor: 1.7,
        first: 1e6,
        ..one
    };
    let target = |target| Goal { target: Some(target), cost_per_example: None, ..Goal::default() };
    let bump = [0.5, 0.4, 0.33, 0.3, 0.45, 0.36, 0.24, 0.18]
        .iter()
        .enumerate()
        .map(|(step, &error)| (100.0 * 2_f64.powi(i32::try_from(step).unwrap()), error));
    let hostile = "</script><b>\"&'\u{1}";
    vec![
        ("two", two_models(Some(0.05))),
        ("no-target", two_models(None)),
        ("never", two_models(Some(0.01))),
        ("one", report(vec![one.measured()], target(0.05), &[])),
        ("four", report(four.collect(), target(0.06), &[])),
        ("thirty", report(many.collect(), target(0.06), &[])),
        ("loss", report(vec![loss.measured()], target(2.1), &[1e10])),
        (
            "bump",
            report(
                vec![plain("bump", MetricKind::ErrorRate, &bump.collect::<Vec<_>>())],
                target(0.1),
                &[],
            ),
        ),
        (
            "point",
            report(vec![plain(hostile, MetricKind::ErrorRate, &[(100.0, 0.3)])], target(0.1), &[]),
        ),
        ("reached", report(vec![one.measured()], target(0.2), &[])),
    ]
}
