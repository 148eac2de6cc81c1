//! Three ways to spend on a curve, priced before the first trial.

use super::design::{Design, Extent, Possible, Prices};

/// One way to measure a curve, and what to expect of it.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetPlan {
    /// `economy`, `standard` or `full`.
    pub name: &'static str,
    /// Its trials.
    pub design: Design,
    /// Its cost, in the unit of the costs it was made with.
    pub cost: f64,
    /// Its cost over that of every seed at every size.
    pub share_of_full: f64,
    /// Half the 80 % interval, as a share of the error forecast, at 2, 4 and 8 times the largest
    /// size: the median over public curves.
    pub typical_half_width: [f64; 3],
}

/// Largest share of the full cost that the economy plan takes: about half of the standard plan's. Chosen by
/// hand, not swept.
const ECONOMY: f64 = 0.30;

/// Largest share of the full cost that the standard plan takes: beyond, on public curves, the error
/// hardly falls.
const STANDARD: f64 = 0.58;

/// Median half widths on 263 public tabular curves at 2, 4 and 8 times the largest size, by seeds
/// at the largest size, the last row with as many seeds at a quarter of it; `bench/src/budget.rs`
/// prints them.
const HALF_WIDTHS: [[f64; 3]; 4] =
    [[0.111, 0.125, 0.146], [0.102, 0.113, 0.133], [0.100, 0.112, 0.131], [0.099, 0.110, 0.129]];

/// The same median half widths with five seeds at every size.
const FULL_HALF_WIDTHS: [f64; 3] = [0.077, 0.091, 0.110];

/// The economy, standard and full plan up to the size of index `top`.
///
/// The first two are the most expensive reach-first designs below 30 and 58 % of the full cost, but
/// never less than one seed at the largest size.
pub fn budget_plans(possible: &Possible, top: usize, prices: &Prices<'_>) -> [BudgetPlan; 3] {
    let mut full = possible.full();
    full.seeds.iter_mut().skip(top + 1).for_each(|seeds| *seeds = 0);
    let full_cost = full.cost(prices);
    let price = |extent| possible.reach_first(extent).cost(prices) / full_cost;
    let cheapest = Extent { top, top_seeds: 1, even_quarter: false, with_half: false };
    let within = |name, share: f64| {
        let affordable =
            |extent: &Extent| possible.after(*extent, false).filter(|e| price(*e) <= share);
        let extent = std::iter::successors(Some(cheapest), affordable).last().unwrap_or(cheapest);
        let row = (extent.top_seeds.max(1) as usize - 1).min(HALF_WIDTHS.len() - 1);
        let design = possible.reach_first(extent);
        BudgetPlan {
            name,
            cost: design.cost(prices),
            share_of_full: design.cost(prices) / full_cost,
            design,
            typical_half_width: HALF_WIDTHS[row],
        }
    };
    let [economy, standard] = [within("economy", ECONOMY), within("standard", STANDARD)];
    let full = BudgetPlan {
        name: "full",
        design: full,
        cost: full_cost,
        share_of_full: 1.0,
        typical_half_width: FULL_HALF_WIDTHS,
    };
    [economy, standard, full]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::TrainingSetSize;

    fn doubling(count: i32, most_seeds: u32) -> Possible {
        let size = |step: i32| TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap();
        Possible { sizes: (0..count).map(size).collect(), most_seeds }
    }

    #[test]
    fn plans_grow_and_the_cheaper_is_part_of_the_dearer() {
        for most_seeds in [1, 3, 5, 8] {
            let possible = doubling(10, most_seeds);
            let plans = budget_plans(&possible, 9, &Prices::without_search(&|size| size.get()));
            for pair in plans.windows(2) {
                assert!(pair[0].design.is_part_of(&pair[1].design), "{most_seeds}: {pair:?}");
                assert!(pair[0].cost <= pair[1].cost);
            }
        }
    }

    #[test]
    fn with_five_seeds_economy_has_two_at_the_top_and_standard_four() {
        let plans = budget_plans(&doubling(10, 5), 9, &Prices::without_search(&|size| size.get()));
        let top = |plan: &BudgetPlan| plan.design.seeds[9];
        assert_eq!([top(&plans[0]), top(&plans[1]), top(&plans[2])], [2, 4, 5]);
        assert_eq!(plans[1].design.seeds[6..], [2, 4, 0, 4]);
        assert!(plans[0].share_of_full < ECONOMY && plans[1].share_of_full < STANDARD);
        let lower = budget_plans(&doubling(10, 5), 6, &Prices::without_search(&|size| size.get()));
        assert!(lower.iter().all(|plan| plan.design.seeds[7..] == [0, 0, 0]));
    }
}
