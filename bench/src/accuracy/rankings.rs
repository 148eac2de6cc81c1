//! Ranks the tabular learners of one data set at a size at which none was measured, two to four
//! doublings ahead.

use std::collections::BTreeMap;

use crate::Sources;
use crate::methods::{LeftOut, forms};
use crate::ours::{self, Fit};
use crate::plans::print_bins;
use crate::public_curves::{SplitCurve, lcdb};
use crate::score::in_parallel;
use crate::table::{row, start};

/// A learner's curve with its fit.
type Learner<'a> = (&'a SplitCurve, Fit);

/// A probability from which a pair counts as decided.
const DECIDED: f64 = 0.8;

pub(crate) fn print(sources: &Sources) {
    let columns = ["", "data sets", "top-1", "regret", "pairwise order"];
    let mut stated: BTreeMap<&str, Vec<(f64, bool)>> = BTreeMap::new();
    start("rankings", &columns);
    for hidden in 2..=4 {
        let cases = lcdb(&sources.curves.join("lcdb.csv"), hidden);
        for (form, left_out) in forms(&sources.folds, &cases) {
            let groups = data_sets(&cases, &left_out);
            print_rankings(form, hidden, &groups);
            stated.entry(form).or_default().extend(groups.iter().flat_map(|group| pairs(group)));
        }
    }
    for (form, stated) in stated {
        print_bins(&format!("{form}, rankings, a is better"), &stated);
        let decided = stated.iter().filter(|one| one.0 >= DECIDED);
        let (count, right) = decided.fold((0.0, 0.0), |(count, right), one| {
            (count + 1.0, right + f64::from(u8::from(one.1)))
        });
        // Each pair counts from both sides.
        let share = 200.0 * count / stated.len() as f64;
        println!("\nDecided {share:.1} % of pairs, of which right {:.1} %.", 100.0 * right / count);
    }
}

/// The learners that were measured farthest, with their fits, of every data set that has several.
fn data_sets<'a>(cases: &'a [SplitCurve], left_out: &[LeftOut]) -> Vec<Vec<Learner<'a>>> {
    let mut groups: BTreeMap<&str, Vec<(&SplitCurve, &LeftOut)>> = BTreeMap::new();
    for (case, left_out) in cases.iter().zip(left_out) {
        groups.entry(&case.group).or_default().push((case, left_out));
    }
    let groups = groups.into_values().map(|mut learners| {
        // Learners that were not measured up to the same size cannot be compared.
        let end = |learner: &(&SplitCurve, _)| learner.0.scored.last().map(|scored| scored.0);
        let farthest = learners.iter().map(end).max().unwrap_or_default();
        learners.retain(|learner| end(learner) == farthest);
        learners
    });
    let several: Vec<_> = groups.filter(|learners| learners.len() > 1).collect();
    in_parallel(&several, |learners| {
        let fit = |&(case, left_out): &(&'a SplitCurve, &LeftOut)| {
            (case, ours::fit(&case.fitted, left_out).unwrap())
        };
        learners.iter().map(fit).collect()
    })
}

/// Measured errors at the end.
fn truth(learners: &[Learner<'_>]) -> Vec<f64> {
    learners.iter().map(|(case, _)| case.scored[case.scored.len() - 1].1).collect()
}

/// Top-1, regret and pairwise order by the last error, by the forecast, by their geometric mean and as shipped.
fn print_rankings(form: &str, hidden: usize, groups: &[Vec<Learner<'_>>]) {
    let names = ["by last error", "by forecast", "by the mean of their logs", "as shipped"];
    let mut sums = [[0.0; 3]; 4];
    for learners in groups {
        let truth = truth(learners);
        let at = learners[0].0.scored[hidden - 1].0;
        let blend = |share: f64| {
            let expected = |(case, fit): &Learner<'_>| {
                let points = case.fitted.points();
                let last = points[points.len() - 1].error().ln();
                share * ours::median(fit, at).ln() + (1.0 - share) * last
            };
            let expected: Vec<f64> = learners.iter().map(expected).collect();
            let mut order: Vec<usize> = (0..learners.len()).collect();
            order.sort_by(|&a, &b| expected[a].total_cmp(&expected[b]));
            order
        };
        let contenders: Vec<_> = learners.iter().map(|(case, fit)| (&case.fitted, fit)).collect();
        let orders = [blend(0.0), blend(1.0), blend(0.5), ours::order(&contenders, at)];
        let best = truth.iter().copied().fold(f64::INFINITY, f64::min);
        for (sum, order) in sums.iter_mut().zip(orders) {
            let chosen = truth[order[0]];
            sum[0] += f64::from(u8::from(chosen <= best));
            sum[1] += chosen - best;
            sum[2] += ordered_share(&order, &truth);
        }
    }
    for (name, sums) in names.iter().zip(sums) {
        let [top, regret, order] = sums.map(|sum| sum / groups.len() as f64);
        row(&[
            format!("{form}, x{}, {name}", 1 << hidden),
            groups.len().to_string(),
            format!("{top:.3}"),
            format!("{regret:.4}"),
            format!("{order:.4}"),
        ]);
    }
}

/// Share of pairs that an order ranks correctly; ties count half.
fn ordered_share(order: &[usize], truth: &[f64]) -> f64 {
    let (mut right, mut pairs) = (0.0, 0.0);
    for (place, &better) in order.iter().enumerate() {
        for &worse in &order[place + 1..] {
            pairs += 1.0;
            right += if truth[better] < truth[worse] {
                1.0
            } else if truth[better] > truth[worse] {
                0.0
            } else {
                0.5
            };
        }
    }
    right / pairs
}

/// Probability that one learner is better at the end, and whether it was, from both sides of each
/// pair, so that the order within a pair does not matter. Ties are left out.
fn pairs(learners: &[Learner<'_>]) -> Vec<(f64, bool)> {
    let truth = truth(learners);
    let mut stated = Vec::new();
    for (a, one) in learners.iter().enumerate() {
        for (b, other) in learners.iter().enumerate().skip(a + 1) {
            let is_same = one.0.fitted.largest_size() == other.0.fitted.largest_size();
            if truth[a].to_bits() == truth[b].to_bits() || !is_same {
                continue;
            }
            let at = one.0.scored[one.0.scored.len() - 1].0;
            let pair =
                ours::compare_two((&one.0.fitted, &one.1), (&other.0.fitted, &other.1), &[at]);
            let probability = pair[0].probability_a_better;
            let is_better = truth[a] < truth[b];
            stated.extend([(probability, is_better), (1.0 - probability, !is_better)]);
        }
    }
    stated
}
