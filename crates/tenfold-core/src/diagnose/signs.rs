//! The numbers a verdict is made from.

use crate::backtest::{BackTestPoint, back_test};
use crate::curve::{CurvePoint, LearningCurve};
use crate::diagnose::bend::{Bend, bend};
use crate::diagnose::facts::{AxisEnd, SearchEdge, TrainingFacts};
use crate::fit::noise::{test_deviation, variance_between_seeds};
use crate::fit::seed_noise::SeedNoise;
use crate::fit::{CurveFit, FEWEST_IN_WINDOW, FitOptions, combined};
use crate::law::{CurveFamily, ParameterRole, PowerLawOffset};
use crate::stats::normal;
use crate::units::TrainingSetSize;

/// Everything a verdict looks at.
#[derive(Clone, Debug)]
pub(crate) struct Signs {
    pub(crate) largest: TrainingSetSize,
    pub(crate) sizes: usize,
    pub(crate) runs: usize,
    /// Largest rise of log error beyond noise; 0 when there is none.
    pub(crate) rise: f64,
    /// The floor as a share of the error at the largest size, where the data identify it.
    pub(crate) floor_share: Option<f64>,
    /// Fall of log error that the fit expects from doubling the largest size.
    pub(crate) next_fall: f64,
    pub(crate) excess: Excess,
    /// How the largest sizes leave the power law; `None` with too few of them.
    pub(crate) bend: Option<Bend>,
    pub(crate) validation: Option<Validation>,
    /// Standard deviation of the largest point's log error between seeds, and the seeds behind it.
    pub(crate) seeds: Option<(f64, usize)>,
    /// Train error over test error at the largest size.
    pub(crate) train_share: Option<f64>,
    pub(crate) capacity: Capacity,
    pub(crate) search: Search,
    /// Share of the winner's runs at the largest size that were still improving.
    pub(crate) unconverged: f64,
}

/// Deviations of the test set's noise that the largest size must lie above its forecast: that noise is
/// one draw for all sizes, which scatter around the curve does not show.
const ABOVE_TEST_NOISE: f64 = 3.0;

impl Signs {
    /// Whether most of the error is floor.
    pub(crate) fn has_floor(&self) -> bool {
        self.shown_floor().is_some_and(|share| share >= super::MOSTLY_FLOOR)
    }

    /// The larger of the floors that the fit identifies and that the bend needs, if there is one.
    pub(crate) fn shown_floor(&self) -> Option<f64> {
        let bend = self.bend.as_ref().filter(|bend| bend.has_floor(super::MOSTLY_FLOOR));
        let of_bend = bend.map(|bend| bend.floor_share);
        self.floor_share.into_iter().chain(of_bend).max_by(f64::total_cmp)
    }

    /// Whether the largest size lies above what the others promised, by more than any noise.
    pub(crate) fn has_excess(&self) -> bool {
        let test_noise = self.validation.map_or(0.0, |validation| validation.deviation);
        self.excess.is_beyond_noise() && self.excess.log_ratio > ABOVE_TEST_NOISE * test_noise
    }
}

/// How the largest sizes compare with what the sizes before them promised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Excess {
    /// Sizes hidden; 0 when there are too few to hide any.
    pub(crate) hidden: usize,
    /// Log of measured over forecast error at the largest size.
    pub(crate) log_ratio: f64,
    /// The same in calibrated standard deviations of the forecast.
    pub(crate) deviations: f64,
    /// Hidden sizes whose measurement lies in the 80 % interval.
    pub(crate) inside_80: usize,
}

/// Standard deviations above the forecast that count as too high: one-sided 5 %.
const TOO_HIGH: f64 = 1.645;

impl Excess {
    /// Whether the largest size lies above what the others promised, by more than chance.
    pub(crate) fn is_beyond_noise(&self) -> bool {
        self.deviations >= TOO_HIGH
    }
}

/// Whether the test set can see the next doubling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Validation {
    /// Test examples, where known.
    pub(crate) examples: Option<f64>,
    /// Standard deviation of the largest point's log error from its test examples.
    pub(crate) deviation: f64,
    /// Fall of log error that one law expects from a doubling.
    pub(crate) next_fall: f64,
    /// Fall of log error that a doubling brought on average, where known.
    pub(crate) past_fall: f64,
}

impl Validation {
    /// Whether the noise exceeds what is to be seen: the next doubling or, where the error seems to
    /// level off, what a doubling used to bring, since then the levelling off may be noise as well.
    ///
    /// Two sizes on one test set share about half of its noise, so that the noise of their
    /// difference is about that of one of them.
    pub(crate) fn is_blind(&self, is_level: bool) -> bool {
        self.deviation > if is_level { self.past_fall } else { self.next_fall }
    }
}

/// Whether a larger model was there to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// The largest model tried won, or only one size of model was tried.
    Capped,
    /// Larger models were tried and lost, or the winners still grow.
    Free,
    /// Nothing is known.
    Unknown,
}

/// Winners at the ends of what was searched, model size aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// Whether the winners of the largest sizes pile up at one end of an axis.
    pub(crate) is_thin: bool,
    /// The edge at the largest size, if there is one.
    pub(crate) edge: Option<SearchEdge>,
    /// How many of the largest sizes in a row have it.
    pub(crate) in_a_row: usize,
}

/// Sizes in a row whose winners must lie at the same end before the search counts as too thin: one
/// alone happens by chance once in a few studies.
const EDGES_IN_A_ROW: usize = 2;

/// Reads the signs of a curve.
pub(crate) fn signs(curve: &LearningCurve, fit: &CurveFit, facts: &TrainingFacts) -> Signs {
    let points = curve.points();
    let last = &points[points.len() - 1];
    let largest = last.size;
    let doubled = TrainingSetSize::from_log((2.0 * largest.get()).ln());
    let next_fall = (fit.predict(largest) / fit.predict(doubled)).ln().max(0.0);
    let lawful_fall = lawful_fall(fit);
    let bend = bend(curve);
    Signs {
        largest,
        sizes: points.len(),
        runs: points.iter().map(|point| point.replicates.len()).sum(),
        rise: fit.evidence.rise,
        floor_share: floor_share(fit, largest),
        next_fall,
        excess: excess(curve),
        validation: test_deviation(curve, last).map(|deviation| Validation {
            examples: test_examples(last),
            deviation,
            next_fall: lawful_fall,
            past_fall: bend.as_ref().map_or(lawful_fall, |bend| bend.fall),
        }),
        bend,
        seeds: SeedNoise::of(points)
            .map(|noise| (variance_between_seeds(&noise, last).sqrt(), last.replicates.len())),
        train_share: train_share(last),
        capacity: capacity(points, facts),
        search: search(points, &facts.edges),
        unconverged: unconverged(largest, facts),
    }
}

/// Fall of log error that one law expects from doubling the largest size.
///
/// The forecast goes by the law that meets the last sizes best and by their pace, and would follow the
/// noise that is judged by it.
fn lawful_fall(fit: &CurveFit) -> f64 {
    let evidence = &fit.evidence;
    let at = |log_size| combined(evidence.family, &evidence.members, log_size).0;
    (at(0.0) - at(std::f64::consts::LN_2)).max(0.0)
}

/// The floor over the error at the largest size; `None` when the data do not identify it.
fn floor_share(fit: &CurveFit, largest: TrainingSetSize) -> Option<f64> {
    let floor =
        fit.parameter_with(ParameterRole::Floor).filter(|_| fit.floor_identified)?.estimate.value;
    let share = floor / fit.predict(largest);
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}

/// Most sizes hidden from the fit that the largest are compared with.
const MOST_HIDDEN: usize = 3;

/// Hides the last 1, 2 and 3 sizes and keeps the view in which the largest size is most too high.
///
/// The intervals were calibrated on real curves, which stray from the law, so one view in twenty at
/// most is this high by chance.
fn excess(curve: &LearningCurve) -> Excess {
    let sizes = curve.points().len();
    // One law: the average that forecasts are made from follows a bend it should be surprised by.
    let law: &dyn CurveFamily = &PowerLawOffset;
    let options = FitOptions { resamples: 100, law: Some(law), ..FitOptions::default() };
    (1..=MOST_HIDDEN)
        .filter(|hidden| sizes >= FEWEST_IN_WINDOW + hidden)
        .filter_map(|hidden| back_test(curve, hidden, &options).ok())
        .filter_map(|test| {
            let (log_ratio, deviations) = too_high(test.points.last()?)?;
            let inside_80 = test.inside_80;
            Some(Excess { hidden: test.hidden, log_ratio, deviations, inside_80 })
        })
        .max_by(|a, b| a.deviations.total_cmp(&b.deviations))
        .unwrap_or_default()
}

/// Log of measured over forecast, plain and in calibrated standard deviations.
fn too_high(point: &BackTestPoint) -> Option<(f64, f64)> {
    let forecast = &point.forecast;
    let log_ratio = (point.observed / forecast.error).ln();
    // The lower end, which no metric bounds.
    let half_width = (forecast.error / forecast.interval_80.low).ln();
    let deviations = log_ratio * normal::quantile(0.9) / half_width;
    (log_ratio.is_finite() && deviations.is_finite()).then_some((log_ratio, deviations))
}

fn test_examples(point: &CurvePoint) -> Option<f64> {
    let outcomes = point.replicates[0].outcomes.as_ref().map(|outcomes| outcomes.len() as f64);
    outcomes.or(point.test_examples.map(|count| count as f64))
}

fn train_share(point: &CurvePoint) -> Option<f64> {
    let share = point.train_error? / point.error();
    share.is_finite().then_some(share.max(0.0))
}

/// Sizes in a row whose winners have one parameter count before the model counts as fixed.
const FIXED_SIZES: usize = 3;

fn capacity(points: &[CurvePoint], facts: &TrainingFacts) -> Capacity {
    let largest = points[points.len() - 1].size;
    let at_edge = facts
        .edges
        .iter()
        .any(|edge| edge.is_model_size && edge.end == AxisEnd::Largest && edge.size == largest);
    if at_edge {
        return Capacity::Capped;
    }
    if facts.searches_model_size {
        return Capacity::Free;
    }
    let counts: Option<Vec<u64>> = points
        .iter()
        .rev()
        .take(FIXED_SIZES)
        .map(|point| point.parameter_count.map(|count| count.0))
        .collect();
    match counts.as_deref() {
        Some([last, rest @ ..]) if rest.len() + 1 == FIXED_SIZES => {
            let is_fixed = rest.iter().all(|count| count == last);
            if is_fixed { Capacity::Capped } else { Capacity::Free }
        }
        _ => Capacity::Unknown,
    }
}

/// Fewest values of an axis whose ends say anything: of two, one always wins.
const FEWEST_VALUES: usize = 3;

fn search(points: &[CurvePoint], edges: &[SearchEdge]) -> Search {
    let largest = points[points.len() - 1].size;
    let in_a_row = |edge: &SearchEdge| {
        let has = |point: &&CurvePoint| {
            edges.iter().any(|other| {
                other.size == point.size && other.setting == edge.setting && other.end == edge.end
            })
        };
        points.iter().rev().take_while(has).count()
    };
    let at_largest = edges.iter().filter(|edge| edge.size == largest && !edge.is_model_size);
    let counted = at_largest.map(|edge| (in_a_row(edge), edge));
    // The longest row; of equal ones the first.
    let Some((in_a_row, edge)) = counted.rev().max_by_key(|(count, _)| *count) else {
        return Search::default();
    };
    let is_thin = in_a_row >= EDGES_IN_A_ROW && edge.values >= FEWEST_VALUES;
    Search { is_thin, edge: Some(edge.clone()), in_a_row }
}

fn unconverged(largest: TrainingSetSize, facts: &TrainingFacts) -> f64 {
    let at_largest = facts.unconverged.iter().find(|entry| entry.size == largest);
    at_largest.map_or(0.0, |entry| entry.runs as f64 / entry.of.max(1) as f64)
}
