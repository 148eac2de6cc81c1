//! Curves with known laws and seeded noise, for tests and for the sample report.

#![expect(clippy::unwrap_used, reason = "simulated curves are valid by construction")]

use tenfold::analysis::Goal;
use tenfold::measured::{MeasuredCurve, Note, NoteLevel, WinnerRow};
use tenfold::report::{ReportInput, StudyReport, assemble};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, FitOptions, ForecastOf, LearningCurve, MetricKind,
    Replicate, TrainingSetSize,
};

/// A curve to simulate: `guess` at small sizes, then `floor + scale · m^slope`.
#[derive(Clone, Copy)]
pub(crate) struct Simulated<'a> {
    pub(crate) name: &'a str,
    pub(crate) metric: MetricKind,
    pub(crate) guess: f64,
    pub(crate) scale: f64,
    pub(crate) slope: f64,
    pub(crate) floor: f64,
    /// Standard deviation of the log error between seeds.
    pub(crate) noise: f64,
    pub(crate) first: f64,
    pub(crate) sizes: u32,
    pub(crate) seeds: u64,
}

impl Default for Simulated<'_> {
    fn default() -> Self {
        Self {
            name: "cnn",
            metric: MetricKind::ErrorRate,
            guess: 0.86,
            scale: 15.0,
            slope: -0.52,
            floor: 0.02,
            noise: 0.02,
            first: 125.0,
            sizes: 10,
            seeds: 3,
        }
    }
}

/// The size as a type; simulated sizes are above 0.
pub(crate) fn size(examples: f64) -> TrainingSetSize {
    TrainingSetSize::new(examples).unwrap()
}

impl Simulated<'_> {
    fn error(&self, examples: f64) -> f64 {
        let law = self.floor + self.scale * examples.powf(self.slope);
        // A smooth minimum of the best guess and the law.
        (law.powi(-4) + self.guess.powi(-4)).powf(-0.25)
    }

    pub(crate) fn curve(&self) -> LearningCurve {
        let points = (0..self.sizes).map(|step| {
            let examples = self.first * 2_f64.powi(i32::try_from(step).unwrap());
            let replicates = (0..self.seeds).map(|seed| {
                let index = u64::from(step) * 100 + seed + self.name.len() as u64 * 7_919;
                let noise = RandomStream::new(11, index).normal() * self.noise;
                Replicate { seed, error: self.error(examples) * noise.exp(), outcomes: None }
            });
            CurvePoint {
                replicates: replicates.collect(),
                ..CurvePoint::measured(size(examples), 1.0)
            }
        });
        let description = CurveDescription {
            name: self.name.to_owned(),
            metric: self.metric,
            aggregate: Aggregate::MEAN,
            best_guess: None,
        };
        LearningCurve::new(description, points.collect()).unwrap()
    }

    pub(crate) fn measured(&self) -> MeasuredCurve {
        let curve = self.curve();
        let winner = |(step, point): (usize, &CurvePoint)| WinnerRow {
            size: point.size,
            settings: format!("width {}, learning rate 3e-3", 8 << step.min(4)),
            parameter_count: Some(1_234 << step.min(8)),
            tuning_trials: 6,
            carried: None,
            unconverged: usize::from(step == 1),
        };
        let models = curve.points().iter().enumerate().map(winner).collect();
        MeasuredCurve { curve, models, imported: Vec::new(), scale: None }
    }
}

/// A curve from plain sizes and errors, one measurement each.
pub(crate) fn plain(name: &str, metric: MetricKind, points: &[(f64, f64)]) -> MeasuredCurve {
    let points =
        points.iter().map(|&(examples, error)| CurvePoint::measured(size(examples), error));
    let description = CurveDescription {
        name: name.to_owned(),
        metric,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    };
    let curve = LearningCurve::new(description, points.collect()).unwrap();
    MeasuredCurve { curve, models: Vec::new(), imported: Vec::new(), scale: None }
}

pub(crate) fn report(curves: Vec<MeasuredCurve>, goal: Goal, at: &[f64]) -> StudyReport {
    report_with(&FitOptions::default(), curves, goal, at)
}

pub(crate) fn report_with(
    options: &FitOptions<'_>,
    curves: Vec<MeasuredCurve>,
    goal: Goal,
    at: &[f64],
) -> StudyReport {
    let input = ReportInput {
        title: "fashion-mnist".to_owned(),
        curves,
        goal,
        metric_label: "test error".to_owned(),
        unit: "examples".to_owned(),
        notes: Vec::new(),
        provenance: vec![("Data".to_owned(), "fashion-mnist-14, sha256 1f3a…".to_owned())],
        at: at.iter().map(|&examples| size(examples)).collect(),
        of: ForecastOf::NextMeasurement,
    };
    assemble(input, options)
}

/// The study in most tests and on the sample page: one network reaches the target, one does not.
pub(crate) fn two_models(target: Option<f64>) -> StudyReport {
    let cnn = Simulated::default();
    let mlp =
        Simulated { name: "mlp-512", scale: 4.2, slope: -0.35, floor: 0.085, ..cnn }.measured();
    let goal = Goal { target, cost_per_example: Some(0.05), ..Goal::default() };
    let mut report = report(vec![cnn.measured(), mlp], goal, &[128_000.0, 500_000.0, 1e6]);
    report.notes.insert(
        0,
        Note { level: NoteLevel::Ok, text: "no test example occurs in a shard".to_owned() },
    );
    report
}
