//! The rule step by step: what it chooses within a budget, or until an interval is narrow enough.

use tenfold_core::decide::budget::{
    Extent, Findings, Possible, Prices, RemainingBudget, Step, StopReason, TrialNoise, Width,
    narrowing, next_step, quickens,
};
use tenfold_core::{LearningCurve, TrainingSetSize};

use super::{Choice, Truth, fit};

/// One way to use the rule.
#[derive(Clone, Copy)]
pub(crate) enum Loop {
    /// A share of the full design's cost.
    Budget(f64),
    /// Until half the 80 % interval at four times the largest size is this share of the error.
    Until(f64),
}

/// A share of the full cost of which the rule uses half on average.
pub(crate) const HALF: f64 = 0.62;

/// A share of the full cost that suffices for one seed at the largest size.
pub(crate) const SIXTH: f64 = 0.18;

impl Loop {
    pub(crate) fn all() -> Vec<Self> {
        let mut all: Vec<Self> = [SIXTH, 0.3, 0.56, HALF, 0.77].map(Self::Budget).to_vec();
        all.extend([0.05, 0.1, 0.2].map(Self::Until));
        all
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Budget(share) => format!("rule, budget {share}"),
            Self::Until(width) => format!("rule, until ±{width}"),
        }
    }
}

/// Where the rule ended.
pub(crate) struct End {
    extent: Extent,
    why: StopReason,
    /// For every further seed at the largest size: the predicted factor on the 80 % interval at
    /// four times the largest size, and the factor found.
    narrowings: Vec<(f64, f64)>,
}

impl End {
    /// Name of the choice it ended with, if the largest size was reached.
    pub(crate) fn name(&self, top: usize) -> Option<String> {
        (self.extent.top == top).then(|| name_of(self.extent))
    }

    /// The choice it ended with.
    pub(crate) fn choice(&self, possible: &Possible) -> Choice {
        Choice { design: possible.reach_first(self.extent), possible: possible.clone() }
    }
}

/// Name of a choice of the rule.
pub(crate) fn name_of(extent: Extent) -> String {
    let quarter = if extent.even_quarter { ", m/4" } else { "" };
    let half = if extent.with_half { ", m/2" } else { "" };
    format!("k = {}{quarter}{half}", extent.top_seeds)
}

/// Follows the rule until it stops.
pub(crate) fn walk(rule: &Loop, truth: &Truth, draw: u64, possible: &Possible) -> End {
    let prices = Prices::without_search(&|size| size.get());
    let full = possible.full().cost(&prices);
    let (share, wanted) = match rule {
        Loop::Budget(share) => (*share, None),
        Loop::Until(width) => (f64::INFINITY, Some(*width)),
    };
    let target = truth.targets[1].0;
    let mut done = possible.nothing();
    let mut findings =
        Findings { measured: None, deviation: f64::INFINITY, quickens: false, width: None };
    let mut narrowings = Vec::new();
    let mut promised: Option<(f64, f64)> = None;
    // A run analyses results only at some steps, or at all steps if it may end at a width. Steps
    // between two analyses are decided at once.
    let mut is_looked_at = true;
    loop {
        let left = share * full - done.cost(&prices);
        // The remainder of a sum of sizes is exact up to rounding.
        let remaining = RemainingBudget { left: left + 1e-9 * full, prices };
        let looks = match next_step(possible, &done, &findings, &remaining) {
            Step::Stop(why) if is_looked_at => {
                return End { extent: findings.measured.unwrap(), why, narrowings };
            }
            Step::Stop(_) => true,
            Step::Measure(extent) => {
                done = possible.reach_first(extent);
                findings.measured = Some(extent);
                extent.is_looked_at() || wanted.is_some()
            }
        };
        is_looked_at = looks;
        if !looks || findings.measured.is_none_or(|extent| extent.top_seeds == 0) {
            continue;
        }
        let curve = truth.curve(draw, &done);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        findings.deviation = noise.deviation;
        findings.quickens = quickens(&curve, &noise);
        if let Some(wanted) = wanted {
            let width = log_half_width(&curve, target);
            narrowings.extend(promised.map(|(before, factor)| (factor, width / before)));
            let top = curve.largest_size();
            promised = Some((width, narrowing(&curve, top, target)));
            findings.width = Some(Width { wanted, found: width.exp_m1() });
        }
    }
}

fn log_half_width(curve: &LearningCurve, target: TrainingSetSize) -> f64 {
    let interval = fit(curve).forecast(target).interval_80;
    0.5 * (interval.high / interval.low).ln()
}

/// Prints why the rule stopped, and how accurate its predicted narrowings were.
pub(crate) fn print(walked: &[(String, End)]) {
    for rule in Loop::all() {
        let of_rule: Vec<&End> =
            walked.iter().filter(|(name, _)| *name == rule.name()).map(|row| &row.1).collect();
        let reasons = [
            StopReason::WidthReached,
            StopReason::BudgetSpent,
            StopReason::NoiseSmall,
            StopReason::SeedsSpent,
        ];
        let shares: Vec<String> = reasons
            .iter()
            .map(|reason| {
                let count = of_rule.iter().filter(|end| end.why == *reason).count();
                format!("{reason:?} {:.0} %", 100.0 * count as f64 / of_rule.len() as f64)
            })
            .collect();
        println!("{:20} stopped: {}", rule.name(), shares.join(", "));
        let mut pairs: Vec<(f64, f64)> =
            of_rule.iter().flat_map(|end| end.narrowings.clone()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        for part in pairs.chunks(pairs.len().div_ceil(4).max(1)) {
            let median = |values: Vec<f64>| {
                let mut values = values;
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
            println!(
                "    next seeds: {} times, promised median {:.3}, found {:.3}",
                part.len(),
                median(part.iter().map(|row| row.0).collect()),
                median(part.iter().map(|row| row.1).collect())
            );
        }
    }
}
