//! Which of several curves is better at a size, from where on, and what that is worth in data.
//!
//! [`compare`] is the whole program: a [`profile`] of each curve, then every pair, then rankings.
//! Probabilities come from the two posteriors: every component of one is compared with every
//! component of the other.

mod crossing;

mod equivalent;

mod exponent;

mod pair;

mod profile;

mod ranking;

pub use ranking::Ranking;

use crate::curve::LearningCurve;
use crate::decide::compare::pair::Pair;
use crate::decide::compare::profile::Profile;
use crate::estimate::OptionalInterval;
use crate::fit::CurveFit;
use crate::units::TrainingSetSize;

/// How far beyond the largest size an equivalent is searched for, as a ratio.
///
/// Nobody collects more than a thousand times the data for the sake of a comparison.
pub const COMPARISON_RATIO: f64 = 1_000.0;

/// Probability from which one curve is called better: two equal ones are told apart in one pair of twenty.
const DECIDED: f64 = 0.975;

/// One curve of a comparison with its fit.
#[derive(Clone, Copy, Debug)]
pub struct Contender<'a> {
    /// The measurements.
    pub curve: &'a LearningCurve,
    /// The fit of them.
    pub fit: &'a CurveFit,
}

/// Every pair of contenders, and all of them ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// First with second, first with third, second with third, and so on.
    pub pairs: Vec<PairComparison>,
    /// One per size at which [`compare`] is asked to compare.
    pub rankings: Vec<Ranking>,
}

/// Two curves compared; `a` and `b` are indices of contenders.
#[derive(Clone, Debug, PartialEq)]
pub struct PairComparison {
    /// Index of the first contender.
    pub a: usize,
    /// Index of the second contender.
    pub b: usize,
    /// One per size at which [`compare`] is asked to compare.
    pub at: Vec<PairAt>,
    /// Where the lead changes for the last time; `None` when it does not.
    pub crossing: Option<Crossing>,
    /// Probability of exponents at least as far apart if the true ones were equal; `None` when a law
    /// has no exponent.
    ///
    /// Curves that share an exponent differ by a factor at every size (an offset on log axes).
    pub same_exponent_p_value: Option<f64>,
    /// Whether both were scored on the same test examples, whose luck then cancels.
    pub is_paired: bool,
    /// Examples that `b` needs to do what `a` does, one a size.
    pub data_equivalents: Vec<DataEquivalent>,
}

/// Who is better at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairAt {
    /// Training-set size of both.
    pub size: TrainingSetSize,
    /// Probability that `a` has the lower error.
    pub probability_a_better: f64,
    /// The verdict at this probability.
    pub verdict: PairVerdict,
}

/// Who is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairVerdict {
    /// The first.
    A,
    /// The second.
    B,
    /// Neither is better with a probability of 0.975 or more.
    TooClose,
}

impl PairVerdict {
    /// Name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::TooClose => "too-close",
        }
    }

    fn of(probability_a_better: f64) -> Self {
        if probability_a_better >= DECIDED {
            Self::A
        } else if probability_a_better <= 1.0 - DECIDED {
            Self::B
        } else {
            Self::TooClose
        }
    }
}

/// A value whose intervals may have no end within reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenEstimate {
    /// The value.
    pub value: f64,
    /// Interval with a stated coverage of 80 %.
    pub interval_80: OptionalInterval,
    /// Interval with a stated coverage of 95 %.
    pub interval_95: OptionalInterval,
}

/// The size from which on one curve leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Number of examples.
    ///
    /// An interval ends where the probability that the later leader is ahead passes 0.1 and 0.9
    /// (0.025 and 0.975); an end is `None` where it does not do so within reach.
    pub size: OpenEstimate,
    /// Whether `a` leads beyond the crossing.
    pub a_leads_beyond: bool,
}

/// How many examples `b` needs to do what `a` does with `size`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataEquivalent {
    /// Examples that `a` has.
    pub size: TrainingSetSize,
    /// Examples that `b` needs for each of them; `None` when `b` may never get there.
    pub factor: Option<OpenEstimate>,
}

/// Compares every pair of `contenders` at the sizes `at`, and ranks all.
///
/// Assumes that the curves have one metric. Curves scored on the same test examples with outcomes
/// kept are compared as pairs; others as independent.
pub fn compare(contenders: &[Contender<'_>], at: &[TrainingSetSize]) -> Comparison {
    let farthest = contenders.iter().map(|one| one.curve.largest_size()).chain(at.iter().copied());
    let end = farthest.map(TrainingSetSize::log).fold(f64::NEG_INFINITY, f64::max);
    let end = end + COMPARISON_RATIO.ln();
    let profiles: Vec<Profile<'_>> =
        contenders.iter().map(|&contender| Profile::new(contender, end)).collect();
    let mut pairs = Vec::new();
    for (b, second) in profiles.iter().enumerate() {
        for (a, first) in profiles[..b].iter().enumerate() {
            pairs.push(((a, b), Pair::new(first, second)));
        }
    }
    pairs.sort_by_key(|(numbers, _)| *numbers);
    let pairs: Vec<PairComparison> =
        pairs.into_iter().map(|((a, b), pair)| compared(&pair, a, b, at)).collect();
    let rankings = ranking::rankings(&profiles, &pairs, at);
    Comparison { pairs, rankings }
}

fn compared(pair: &Pair<'_>, a: usize, b: usize, at: &[TrainingSetSize]) -> PairComparison {
    let at_size = |&size: &TrainingSetSize| {
        let probability_a_better = pair.probability_a_better(size.log());
        PairAt { size, probability_a_better, verdict: PairVerdict::of(probability_a_better) }
    };
    PairComparison {
        a,
        b,
        at: at.iter().map(at_size).collect(),
        crossing: crossing::last_crossing(pair),
        same_exponent_p_value: exponent::same_exponent_p_value(pair.a.fit(), pair.b.fit()),
        is_paired: pair.is_paired(),
        data_equivalents: equivalent::data_equivalents(pair, at),
    }
}
