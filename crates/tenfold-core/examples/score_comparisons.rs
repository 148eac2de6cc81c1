//! Learns the scale of comparisons on public curves and scores comparisons and rankings.
//!
//! ```text
//! cargo run --release -p tenfold-core --example score_comparisons -- FOLDER
//! ```
//!
//! All pairs of tabular learners on one data set are cut at 2, 3 and 4 doublings before their end and
//! compared at the end. Data sets weigh the same, then their pairs. Reliability is measured with
//! each data set left out of the pairs its scale is learnt on. Simulated pairs with known laws
//! score the test of exponents, crossings and data equivalents.

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]
#![expect(clippy::expect_used, reason = "a development program: a missing argument is said")]

#[path = "../tests/it/public_curves.rs"]
#[expect(dead_code, reason = "only the tabular curves have several learners a data set")]
mod public_curves;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use public_curves::SplitCurve;
use tenfold_core::decide::{Contender, DataEquivalent, PairComparison, compare, raw_difference};
use tenfold_core::forecast::{COVERAGES, Ladder};
use tenfold_core::stats::quantile::weighted_quantile;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurveFit, CurvePoint, FitOptions, LearningCurve, MetricKind,
    OptionalInterval, TrainingSetSize, fit_curve,
};

/// Doublings hidden.
const HIDDEN: [usize; 3] = [2, 3, 4];

/// Shares of the forecast in the expectation that rankings are tried with; 0 is the last error kept.
const SHARES: [f64; 5] = [0.0, 0.1, 0.2, 0.5, 1.0];

/// Widths that are tried for the scale of differences, against the residuals' own.
const WIDTHS: [f64; 10] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2];

/// Simulated pairs.
const SIMULATED: u64 = 500;

/// One pair of learners on one data set.
struct Scored {
    group: String,
    hidden: usize,
    deviation: f64,
    /// Expected log ratio.
    expected: f64,
    /// Log ratio measured at the end.
    measured: f64,
    /// Log ratio of the last errors kept.
    last: f64,
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the public curves"));
    let mut scored = Vec::new();
    for hidden in HIDDEN {
        let mut groups: BTreeMap<String, Vec<(SplitCurve, CurveFit)>> = BTreeMap::new();
        for split in public_curves::lcdb(&folder.join("lcdb.csv"), hidden) {
            let fit = fit_curve(&split.fitted, &FitOptions::default()).unwrap();
            groups.entry(split.group.clone()).or_default().push((split, fit));
        }
        for curves in groups.values_mut() {
            // Learners that were stopped early answer another question.
            let end = |split: &SplitCurve| split.scored.last().unwrap().0;
            let farthest = curves.iter().map(|(split, _)| end(split)).max();
            curves.retain(|(split, _)| Some(end(split)) == farthest);
        }
        groups.retain(|_, curves| curves.len() > 1);
        score_rankings(hidden, &groups);
        for (group, curves) in &groups {
            for (at, a) in curves.iter().enumerate() {
                let rest = curves[at + 1..].iter();
                scored.extend(rest.filter_map(|b| scored_pair(group, hidden, a, b)));
            }
        }
    }
    println!("\nscale of differences: {:?}", ladder(&scored.iter().collect::<Vec<_>>()).0);
    score_probabilities(&scored);
    score_simulated();
}

fn contender(one: &(SplitCurve, CurveFit)) -> Contender<'_> {
    Contender { curve: &one.0.fitted, fit: &one.1 }
}

fn scored_pair(
    group: &str,
    hidden: usize,
    a: &(SplitCurve, CurveFit),
    b: &(SplitCurve, CurveFit),
) -> Option<Scored> {
    let (&(size, error_a), &(size_b, error_b)) = (a.0.scored.last()?, b.0.scored.last()?);
    if size != size_b || a.0.fitted.largest_size() != b.0.fitted.largest_size() {
        return None;
    }
    let raw = raw_difference(contender(a), contender(b), size);
    Some(Scored {
        group: group.to_owned(),
        hidden,
        deviation: raw.deviation,
        expected: raw.log_ratio,
        measured: (error_a / error_b).ln(),
        last: (last_error(&a.0) / last_error(&b.0)).ln(),
    })
}

fn last_error(split: &SplitCurve) -> f64 {
    split.fitted.points()[split.fitted.points().len() - 1].error()
}

/// Top-1, regret and pairwise order of the learners of each data set, by blends of the log of the
/// forecast and of the last error kept, and by the shipped expectation.
fn score_rankings(hidden: usize, groups: &BTreeMap<String, Vec<(SplitCurve, CurveFit)>>) {
    let mut sums = [[0.0; 3]; SHARES.len() + 1];
    let mut apart = Vec::new();
    for curves in groups.values() {
        let contenders: Vec<Contender<'_>> = curves.iter().map(contender).collect();
        let truth: Vec<f64> =
            curves.iter().map(|(split, _)| split.scored.last().unwrap().1).collect();
        let at = curves[0].0.scored.last().unwrap().0;
        let fell =
            |((split, _), truth): (&(SplitCurve, CurveFit), &f64)| (last_error(split) / truth).ln();
        apart.push(deviation(&curves.iter().zip(&truth).map(fell).collect::<Vec<f64>>()));
        let shipped = compare(&contenders, &[at]).rankings.remove(0).by_forecast;
        let blends = SHARES.map(|share| {
            let expected = |(split, fit): &(SplitCurve, CurveFit)| {
                share * fit.predict(at).ln() + (1.0 - share) * last_error(split).ln()
            };
            let expected: Vec<f64> = curves.iter().map(expected).collect();
            let mut order: Vec<usize> = (0..curves.len()).collect();
            order.sort_by(|&a, &b| expected[a].total_cmp(&expected[b]));
            order
        });
        let best = truth.iter().copied().fold(f64::INFINITY, f64::min);
        for (sum, order) in sums.iter_mut().zip(blends.iter().chain([&shipped])) {
            let chosen = truth[order[0]];
            sum[0] += f64::from(u8::from(chosen <= best));
            sum[1] += chosen - best;
            sum[2] += ordered_share(order, &truth);
        }
    }
    println!("rankings at x{} ({} data sets): top-1, regret, order", 1 << hidden, groups.len());
    apart.sort_by(f64::total_cmp);
    println!(
        "  falls of log error differ by {:.3} a doubling at the median",
        apart[apart.len() / 2] / hidden as f64
    );
    for (at, sum) in sums.iter().enumerate() {
        let name = SHARES.get(at).map_or("shipped".to_owned(), |share| format!("{share}"));
        let [top, regret, order] = sum.map(|value| value / groups.len() as f64);
        println!("  forecast's share {name:7}  {top:.3}  {regret:.4}  {order:.4}");
    }
}

/// Standard deviation of all there are.
fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Share of pairs that an order puts right; ties count half.
fn ordered_share(order: &[usize], truth: &[f64]) -> f64 {
    let (mut right, mut pairs) = (0.0, 0.0);
    for (place, &better) in order.iter().enumerate() {
        for &worse in &order[place + 1..] {
            pairs += 1.0;
            right += share_below(truth[better], truth[worse]);
        }
    }
    right / pairs
}

/// 1 when `a` is below `b`, a half when they are equal.
fn share_below(a: f64, b: f64) -> f64 {
    if a < b {
        1.0
    } else if a > b {
        0.0
    } else {
        0.5
    }
}

/// Weight of each pair: data sets alike, pairs of one data set alike.
fn weights(scored: &[&Scored]) -> Vec<f64> {
    let mut pairs: BTreeMap<&str, f64> = BTreeMap::new();
    for one in scored {
        *pairs.entry(&one.group).or_default() += 1.0;
    }
    scored.iter().map(|one| 1.0 / pairs[one.group.as_str()]).collect()
}

/// Quantiles of the misses, as wide as makes probabilities of being better score best: a miss that
/// leaves the order right costs nothing here.
fn ladder(scored: &[&Scored]) -> Ladder {
    let weights = weights(scored);
    let misses = scored.iter().map(|one| ((one.measured - one.expected) / one.deviation).abs());
    let mut values: Vec<(f64, f64)> = misses.zip(weights.iter().copied()).collect();
    let total: f64 = weights.iter().sum();
    let own = COVERAGES
        .map(|coverage| weighted_quantile(&mut values, coverage, total).unwrap_or(f64::MAX));
    let score = |width: f64| -> f64 {
        let ladder = Ladder(own.map(|quantile| width * quantile));
        let squares = scored.iter().zip(&weights).map(|(one, weight)| {
            let stated = ladder.cumulative(-one.expected / one.deviation);
            weight * (stated - share_below(one.measured, 0.0)).powi(2)
        });
        squares.sum()
    };
    let best = WIDTHS.into_iter().min_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap_or(1.0);
    Ladder(own.map(|quantile| (best * quantile * 1_000.0).round() / 1_000.0))
}

/// Reliability of the probability that one is better, each data set judged by the others' scale.
fn score_probabilities(scored: &[Scored]) {
    let groups: BTreeSet<&str> = scored.iter().map(|one| one.group.as_str()).collect();
    let mut stated: Vec<(&Scored, f64)> = Vec::new();
    for group in groups {
        let others: Vec<&Scored> = scored.iter().filter(|one| one.group != group).collect();
        let scale = ladder(&others);
        let own = scored.iter().filter(|one| one.group == group);
        stated.extend(own.map(|one| (one, scale.cumulative(-one.expected / one.deviation))));
    }
    for hidden in HIDDEN {
        let at: Vec<&(&Scored, f64)> =
            stated.iter().filter(|(one, _)| one.hidden == hidden).collect();
        print_reliability(&format!("at x{}", 1 << hidden), &at);
    }
    print_reliability("all", &stated.iter().collect::<Vec<_>>());
}

fn print_reliability(name: &str, stated: &[&(&Scored, f64)]) {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    let mut squares = 0.0;
    let mut decided = (0.0, 0.0);
    for (one, probability) in stated {
        // Each pair counts from both sides: which learner is called the first says nothing.
        for (p, log_ratio) in [(*probability, one.measured), (1.0 - probability, -one.measured)] {
            let is_better = share_below(log_ratio, 0.0);
            let bin = &mut bins[((10.0 * p) as usize).min(9)];
            *bin = (bin.0 + 1.0, bin.1 + p, bin.2 + is_better);
            squares += (p - is_better).powi(2);
            if p > 0.8 {
                decided = (decided.0 + 1.0, decided.1 + is_better);
            }
        }
    }
    let count = stated.len() as f64;
    let order = |ratio: fn(&Scored) -> f64| {
        let right =
            stated.iter().map(|(one, _)| share_below(0.0, ratio(one) * one.measured.signum()));
        right.sum::<f64>() / count
    };
    println!(
        "{name}: {count} pairs, Brier score {:.4}, decided {:.1} % of which right {:.1} %",
        squares / (2.0 * count),
        100.0 * decided.0 / count,
        100.0 * decided.1 / decided.0
    );
    println!(
        "  order by last measured {:.4}, by forecast {:.4}",
        order(|one| one.last),
        order(|one| one.expected)
    );
    for (count, stated, happened) in bins {
        println!(
            "  stated {:5.1} %  better {:5.1} %  ({count})",
            100.0 * stated / count,
            100.0 * happened / count
        );
    }
}

/// A law and a curve measured from it with 2 % noise at 9 power-of-two sizes from 64.
struct Simulated {
    law: [f64; 3],
    curve: LearningCurve,
    fit: CurveFit,
}

impl Simulated {
    fn measure(law: [f64; 3], stream: &mut RandomStream) -> Self {
        let points = (0..9).map(|step| {
            let size = TrainingSetSize::new(64.0 * f64::from(1_u32 << step)).unwrap();
            CurvePoint::measured(size, error(law, size.get()) * (0.02 * stream.normal()).exp())
        });
        let description = CurveDescription {
            name: "simulated".to_owned(),
            metric: MetricKind::ErrorRate,
            aggregate: Aggregate::Mean,
            best_guess: None,
        };
        let curve = LearningCurve::new(description, points.collect()).unwrap();
        let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
        Self { law, curve, fit }
    }

    fn contender(&self) -> Contender<'_> {
        Contender { curve: &self.curve, fit: &self.fit }
    }
}

fn error([alpha, beta_g, gamma]: [f64; 3], size: f64) -> f64 {
    alpha * size.powf(beta_g) + gamma
}

/// Size at which an error is reached.
fn size_of([alpha, beta_g, gamma]: [f64; 3], error: f64) -> Option<f64> {
    (error > gamma).then(|| ((error - gamma) / alpha).powf(1.0 / beta_g))
}

/// Draws laws whose exponents differ by `apart`; errors agree at a size between 256 and 16,384, or
/// differ by a factor of 1.3 everywhere when exponents are equal.
fn two_laws(apart: f64, stream: &mut RandomStream) -> ([[f64; 3]; 2], f64) {
    let beta_g = -(0.2 + 0.4 * stream.uniform());
    let gamma = 0.02 * stream.uniform();
    let crossing = 256.0 * 64_f64.powf(stream.uniform());
    let first = [0.9 * 64_f64.powf(-beta_g), beta_g, gamma];
    let second = beta_g - apart;
    let factor = if apart > 0.0 { 1.0 } else { 1.3 };
    let reducible = factor * (error(first, crossing) - gamma);
    ([first, [reducible / crossing.powf(second), second, factor * gamma]], crossing)
}

fn score_simulated() {
    println!("\nsimulated pairs ({SIMULATED} each), exponents apart by:");
    for apart in [0.0, 0.1, 0.2] {
        let mut rejected = [0.0; 2];
        let (mut found, mut inside) = (0.0, [0.0; 2]);
        let (mut equivalents, mut covered) = (0.0, [0.0; 2]);
        for index in 0..SIMULATED {
            let mut stream = RandomStream::new(512, index);
            let (laws, crossing) = two_laws(apart, &mut stream);
            let pair = laws.map(|law| Simulated::measure(law, &mut stream));
            let at = TrainingSetSize::new(4.0 * pair[0].curve.largest_size().get()).unwrap();
            let compared = compare(&[pair[0].contender(), pair[1].contender()], &[at]);
            let compared = &compared.pairs[0];
            let p_value = compared.same_exponent_p_value.unwrap();
            rejected[0] += f64::from(u8::from(p_value < 0.2));
            rejected[1] += f64::from(u8::from(p_value < 0.05));
            if let Some(found_at) = &compared.crossing {
                found += 1.0;
                let intervals = [found_at.size.interval_80, found_at.size.interval_95];
                count_inside(&mut inside, intervals, crossing);
            }
            equivalents += count_equivalents(&mut covered, compared, &pair);
        }
        let percent = |part: f64, of: f64| 100.0 * part / of;
        let count = SIMULATED as f64;
        println!(
            "  {apart:.1}: called different at .2 {:.1} %, at .05 {:.1} %; crossing found {:.1} %, \
             inside 80 % {:.1}, 95 % {:.1}; data equivalents inside {:.1} and {:.1}",
            percent(rejected[0], count),
            percent(rejected[1], count),
            percent(found, count),
            percent(inside[0], found),
            percent(inside[1], found),
            percent(covered[0], equivalents),
            percent(covered[1], equivalents)
        );
    }
}

/// Counts the data equivalents that hold the truth; gives how many have one.
fn count_equivalents(sums: &mut [f64; 2], compared: &PairComparison, pair: &[Simulated; 2]) -> f64 {
    let mut count = 0.0;
    for DataEquivalent { size, factor } in &compared.data_equivalents {
        let needed = size_of(pair[1].law, error(pair[0].law, size.get()));
        if let (Some(factor), Some(needed)) = (factor, needed) {
            count += 1.0;
            let intervals = [factor.interval_80, factor.interval_95];
            count_inside(sums, intervals, needed / size.get());
        }
    }
    count
}

fn count_inside(sums: &mut [f64; 2], intervals: [OptionalInterval; 2], truth: f64) {
    for (sum, interval) in sums.iter_mut().zip(intervals) {
        let is_inside = interval.low.is_none_or(|low| low <= truth)
            && interval.high.is_none_or(|high| truth <= high);
        *sum += f64::from(u8::from(is_inside));
    }
}
