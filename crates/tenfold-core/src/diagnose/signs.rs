//! The numbers a verdict is made from.

use serde::Serialize;

use crate::backtest::back_test;
use crate::curve::noise::{test_deviation, test_examples, variance_between_seeds};
use crate::curve::seed_noise::SeedNoise;
use crate::curve::{CurvePoint, LearningCurve, MetricKind, Resolution};
use crate::diagnose::facts::{AxisEnd, SearchEdge, TrainingFacts};
use crate::diagnose::odds::{Answer, Odds};
use crate::fit::{CurveFit, FEW_SIZES, FitOptions};
use crate::law::ParameterRole;
use crate::stats::normal;
use crate::units::TrainingSetSize;

/// Everything that a verdict depends on.
#[derive(Clone, Debug)]
pub(crate) struct Signs {
    pub(crate) smallest: TrainingSetSize,
    pub(crate) largest: TrainingSetSize,
    pub(crate) sizes: usize,
    pub(crate) runs: usize,
    /// Largest rise of log error beyond noise; 0 when there is none.
    pub(crate) rise: f64,
    /// What the posterior says of the explanations.
    pub(crate) odds: Odds,
    /// The floor as a share of the error at the largest size, where the data identify it.
    pub(crate) floor_share: Option<f64>,
    /// Fall of log error from the smallest size to the largest, below 0 for a rise.
    pub(crate) fall: f64,
    /// Fall of log error a doubling before the last doublings, and over these.
    pub(crate) falls: [f64; 2],
    /// Fall of log error that the fit expects from doubling the largest size.
    pub(crate) next_fall: f64,
    /// How the largest sizes compare with their forecasts from those before them; `None` with too
    /// few to hide any.
    pub(crate) hidden: Option<HiddenSizes>,
    pub(crate) validation: Option<Validation>,
    /// Standard deviation of the largest point's log error between seeds, and the seeds behind it.
    pub(crate) seeds: Option<(f64, usize)>,
    /// Standard deviation of the same point's log error by its stated standard error.
    pub(crate) stated: Option<f64>,
    /// Train error over test error at the largest size, where errors were seen.
    pub(crate) train_share: Option<f64>,
    pub(crate) capacity: Capacity,
    pub(crate) search: Search,
    /// Share of the winner's runs at the largest size that were still improving.
    pub(crate) unconverged: f64,
}

/// What the data leave open when they do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenQuestion {
    /// Whether the error falls at all.
    Falls,
    /// Whether it levels off.
    LevelsOff,
    /// Why it levels off: the model, the labels or the inputs.
    Cause,
}

impl Signs {
    /// The first question that is open, of a curve whose verdict is that the data do not tell.
    pub(crate) fn open_question(&self) -> OpenQuestion {
        if self.odds.learns() != Answer::Yes {
            OpenQuestion::Falls
        } else if self.odds.levels_off() == Answer::NotTold {
            OpenQuestion::LevelsOff
        } else {
            OpenQuestion::Cause
        }
    }
}

/// How the largest sizes compare with their forecasts from the sizes before them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HiddenSizes {
    /// Sizes hidden.
    pub sizes: usize,
    /// Hidden sizes whose measurement lies in the 80 % interval.
    pub inside_80: usize,
    /// Log of measured over forecast error at the largest size.
    pub log_ratio: f64,
    /// The same in standard deviations of the forecast.
    pub deviations: f64,
}

/// Standard deviations above the forecast that count as too high: one-sided 5 %.
const TOO_HIGH: f64 = 1.645;

impl HiddenSizes {
    /// Whether the largest size lies above its forecast from the others, by more than chance.
    pub(crate) fn is_too_high(&self) -> bool {
        self.deviations >= TOO_HIGH
    }
}

/// Whether the test set can resolve the fall of the next doubling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Validation {
    /// Test examples, where known.
    pub(crate) examples: Option<f64>,
    /// Standard deviation of the largest point's log error from its test examples.
    pub(crate) deviation: f64,
    /// Fall of log error that the fit expects from a doubling.
    pub(crate) next_fall: f64,
    /// Fall of log error that a doubling brought on average.
    pub(crate) past_fall: f64,
    /// Error of the fit at the largest size.
    pub(crate) error: f64,
    /// Kind of the error.
    pub(crate) metric: MetricKind,
}

impl Validation {
    /// Whether the noise exceeds the fall to be seen: that of the next doubling or, where the error
    /// seems to level off, that of an average earlier doubling, since the levelling off may then be
    /// noise as well.
    ///
    /// Two sizes on one test set share about half of its noise, so that the noise of their
    /// difference is about that of one of them.
    ///
    /// [`Validation::resolution`] makes the same comparison.
    pub(crate) fn is_blind(&self, is_level: bool) -> bool {
        self.deviation > if is_level { self.past_fall } else { self.next_fall }
    }
}

impl Validation {
    /// The fall that the test set has to resolve: that of the next doubling, or of an average
    /// earlier one.
    pub(crate) fn resolution(&self, is_level: bool) -> Resolution {
        Resolution {
            examples: self.examples,
            deviation: self.deviation,
            error: self.error,
            fall: if is_level { self.past_fall } else { self.next_fall },
            metric: self.metric,
        }
    }
}

/// Whether a larger model was available to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// The largest model tried won.
    Capped,
    /// Only one size of model was tried.
    OneSize,
    /// Larger models were tried and lost, or the winners still grow.
    Free,
    /// Nothing is known.
    Unknown,
}

/// Winners at the ends of searched axes other than model size.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// Whether the winners of the largest sizes pile up at one end of an axis.
    pub(crate) is_thin: bool,
    /// The edge at the largest size, if there is one.
    pub(crate) edge: Option<SearchEdge>,
    /// How many consecutive sizes, from the largest down, have this edge.
    pub(crate) in_a_row: usize,
}

/// Sizes in a row whose winners must lie at the same end before the search counts as too thin: one
/// alone happens by chance once in a few studies.
const EDGES_IN_A_ROW: usize = 2;

/// Reads the signs of a curve.
pub(crate) fn signs(curve: &LearningCurve, fit: &CurveFit, facts: &TrainingFacts) -> Signs {
    let points = curve.points();
    let largest = curve.largest_size();
    // Noise is taken at the largest size at which errors were seen.
    let last = curve.seen().next_back().unwrap_or(&points[points.len() - 1]);
    let doubled = TrainingSetSize::new(2.0 * largest.get()).unwrap_or(largest);
    let next_fall = (fit.predict(largest) / fit.predict(doubled)).ln().max(0.0);
    let first = fit.doublings_beyond(points[0].size);
    let posterior = &fit.evidence.posterior;
    let turn = posterior.last_doublings();
    let a_doubling = |from: f64, to: f64| {
        if to > from { posterior.fall(from, to).mean() / (to - from) } else { 0.0 }
    };
    let fall = posterior.fall(first, 0.0).mean();
    Signs {
        smallest: points[0].size,
        largest,
        sizes: points.len(),
        runs: points.iter().map(|point| point.replicates.len()).sum(),
        rise: fit.evidence.rise,
        odds: Odds::of(curve, fit),
        floor_share: floor_share(fit, largest),
        fall,
        falls: [a_doubling(first, turn), a_doubling(turn, 0.0)],
        next_fall,
        hidden: hidden(curve),
        validation: test_deviation(curve, last).map(|deviation| Validation {
            examples: test_examples(last),
            deviation,
            next_fall,
            past_fall: a_doubling(first, 0.0).max(next_fall),
            error: fit.predict(largest),
            metric: curve.metric(),
        }),
        seeds: SeedNoise::of(points)
            .map(|noise| (variance_between_seeds(&noise, last).sqrt(), last.replicates.len())),
        stated: last.standard_error.map(|standard_error| standard_error / last.error()),
        train_share: points.last().and_then(train_share),
        capacity: capacity(points, facts),
        search: search(points, &facts.edges),
        unconverged: unconverged(largest, facts),
    }
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

/// Hides the last 3 sizes, fewer where the others would be too few, and forecasts them.
fn hidden(curve: &LearningCurve) -> Option<HiddenSizes> {
    let sizes = curve.seen().count().saturating_sub(FEW_SIZES).min(MOST_HIDDEN);
    let test = back_test(curve, sizes, &FitOptions::default()).ok()?;
    let last = test.points.last()?;
    let log_ratio = (last.observed / last.forecast.error).ln();
    // A bound above the forecast agrees with the forecast.
    let log_ratio = if last.is_bound { log_ratio.min(0.0) } else { log_ratio };
    // The lower end is used, because a metric's largest value may cut off the upper end.
    let half_width = (last.forecast.error / last.forecast.interval_80.low).ln();
    let deviations = log_ratio * normal::quantile(0.9) / half_width;
    let is_finite = log_ratio.is_finite() && deviations.is_finite();
    is_finite.then_some(HiddenSizes { sizes, inside_80: test.inside_80, log_ratio, deviations })
}

fn train_share(point: &CurvePoint) -> Option<f64> {
    if point.is_censored {
        return None;
    }
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
            if is_fixed { Capacity::OneSize } else { Capacity::Free }
        }
        _ => Capacity::Unknown,
    }
}

/// Fewest values of an axis for which an end counts as a sign: with two values, an end always wins.
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
