//! Which trials a budget buys: how many seeds at each size.

use crate::units::TrainingSetSize;

/// Sizes of a study and the seeds wanted at each: the first `n` of a list of seeds fixed in advance.
///
/// Counting seeds instead of naming them makes every trial of a cheaper design a trial of a more
/// expensive one with the same largest size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// Training-set sizes, ascending.
    pub sizes: Vec<TrainingSetSize>,
    /// Seeds at each size, in the order of `sizes`.
    pub seeds: Vec<u32>,
}

/// What a study could measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible {
    /// Training-set sizes, ascending and distinct.
    pub sizes: Vec<TrainingSetSize>,
    /// Most seeds at a size.
    pub most_seeds: u32,
}

/// The extent of a reach-first design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Index of the largest size.
    pub top: usize,
    /// Seeds at the largest size; 0 is the pilot alone.
    pub top_seeds: u32,
    /// Whether a quarter of the largest size has as many seeds as the largest; else it has half as many, or
    /// two of two.
    pub even_quarter: bool,
    /// Whether half of the largest size is measured, once.
    pub with_half: bool,
}

/// What trials cost, in one unit: seconds, operations, trials.
#[derive(Clone, Copy)]
pub struct Prices<'a> {
    /// One seed at a size.
    pub seed: &'a dyn Fn(TrainingSetSize) -> f64,
    /// Additional cost of the first seed at a size: the search that runs on it.
    pub search: &'a dyn Fn(TrainingSetSize) -> f64,
}

impl<'a> Prices<'a> {
    /// Prices where nothing is searched.
    pub fn without_search(seed: &'a dyn Fn(TrainingSetSize) -> f64) -> Self {
        Self { seed, search: &|_| 0.0 }
    }
}

/// Seeds at the largest size from which on a quarter of that size gets as many. With fewer, on
/// public curves, another seed at the largest size lowered the error more for its price.
pub(super) const SEEDS_BEFORE_BELOW: u32 = 4;

/// Doublings below the largest size from which the pilot measures: 2.5 % of the cost of five seeds
/// everywhere.
const PILOT_FROM: i32 = 4;

/// Seeds at sizes four or more doublings below the largest. On public curves errors with three and four
/// are no lower; intervals are 2 and 8 % narrower, at a price of 1 and 2.5 % of five seeds everywhere.
const BELOW: u32 = 2;

/// Seeds at these sizes if the largest size has more than four, where the budget allows narrower
/// intervals.
const BELOW_MANY: u32 = 4;

/// Fewest sizes of a design, if the study has as many: with fewer, the prior determines much of the
/// forecast.
const FEWEST_SIZES: usize = 5;

/// Fewest sizes of a pilot: one size does not show how the cost grows.
const FEWEST_IN_PILOT: usize = 2;

impl Possible {
    /// Every size with every seed.
    pub fn full(&self) -> Design {
        Design { sizes: self.sizes.clone(), seeds: vec![self.most_seeds; self.sizes.len()] }
    }

    /// The design without any trial.
    pub fn nothing(&self) -> Design {
        Design { sizes: self.sizes.clone(), seeds: vec![0; self.sizes.len()] }
    }

    /// The reach-first design of `extent`: with k seeds at the largest size, 0 or 1 at half of it,
    /// k/2 (rounded up; 2 of 2) or k two doublings below, k/2 three doublings below, 2 further down, and 4
    /// there from five at the largest size on; never more than the study has.
    ///
    /// A doubling of the largest size is worth more than seeds, and the small sizes cost almost
    /// nothing. The numbers two and four are chosen because a point is a median, and the median of
    /// three seeds varies hardly less than that of two. Where half of the largest size is left out,
    /// a quarter of it is the second largest size measured and determines the slope there. Where
    /// fewer than five sizes would be left, half of the largest size is included from the start.
    pub fn reach_first(&self, extent: Extent) -> Design {
        let mut design = self.nothing();
        let Some(&top) = self.sizes.get(extent.top) else { return design };
        let below = |size: &TrainingSetSize| doublings(*size, top);
        let used = &self.sizes[..=extent.top];
        let without_half = used.iter().filter(|size| below(size) != 1).count();
        let with_half = extent.with_half || without_half < FEWEST_SIZES;
        for (index, size) in used.iter().enumerate() {
            let is_pilot = below(size) >= PILOT_FROM || index < FEWEST_IN_PILOT;
            let wanted = match below(size) {
                _ if extent.top_seeds == 0 && !is_pilot => 0,
                0 if index == extent.top => extent.top_seeds.max(u32::from(is_pilot)),
                0 | 1 => u32::from(with_half),
                2 if extent.even_quarter => extent.top_seeds.max(1),
                2 if extent.top_seeds == 2 => 2,
                2 | 3 => extent.top_seeds.max(1).div_ceil(2),
                _ if extent.top_seeds > SEEDS_BEFORE_BELOW => BELOW_MANY,
                _ => BELOW,
            };
            design.seeds[index] = wanted.min(self.most_seeds);
        }
        design
    }

    /// Index of the largest size that `available` pays for with one seed and the pilot, where
    /// trials in `done` are free; `None` if not even a curve of three sizes can be paid.
    pub fn reach(&self, done: &Design, prices: &Prices<'_>, available: f64) -> Option<usize> {
        let fewest = FEWEST_FOR_CURVE.min(self.sizes.len());
        (fewest.saturating_sub(1)..self.sizes.len()).rev().find(|&top| {
            let design = self.reach_first(Extent {
                top,
                top_seeds: 1,
                even_quarter: false,
                with_half: false,
            });
            design.cost_beyond(done, prices) <= available
        })
    }
}

/// Fewest sizes of a curve worth a budget: two are a straight line through two points.
const FEWEST_FOR_CURVE: usize = 3;

/// Doublings, rounded, from `size` up to `top`.
fn doublings(size: TrainingSetSize, top: TrainingSetSize) -> i32 {
    ((top.log() - size.log()) / std::f64::consts::LN_2).round() as i32
}

impl Design {
    /// Number of trials.
    pub fn trials(&self) -> u32 {
        self.seeds.iter().sum()
    }

    /// Cost of all trials.
    pub fn cost(&self, prices: &Prices<'_>) -> f64 {
        let rows = self.sizes.iter().zip(&self.seeds).map(|(&size, &seeds)| (size, 0, seeds));
        rows.map(|(size, has, wanted)| price(size, has, wanted, prices)).sum()
    }

    /// Cost of the trials that `done`, a design of the same sizes, does not have.
    pub fn cost_beyond(&self, done: &Self, prices: &Prices<'_>) -> f64 {
        let counts = done.seeds.iter().zip(&self.seeds);
        let rows =
            self.sizes.iter().zip(counts).map(|(&size, (&has, &wanted))| (size, has, wanted));
        rows.map(|(size, has, wanted)| price(size, has, wanted, prices)).sum()
    }

    /// Whether every trial of this design is one of `other`'s, a design of the same sizes.
    pub fn is_part_of(&self, other: &Self) -> bool {
        self.seeds.iter().zip(&other.seeds).all(|(own, others)| own <= others)
    }

    /// The largest size with a seed.
    pub fn largest(&self) -> Option<TrainingSetSize> {
        let at = self.seeds.iter().rposition(|&seeds| seeds > 0)?;
        self.sizes.get(at).copied()
    }
}

/// Price of the seeds from `has` up to `wanted` at a size. It is 0 where none is needed, without a
/// call of `prices`, which may not know the price.
fn price(size: TrainingSetSize, has: u32, wanted: u32, prices: &Prices<'_>) -> f64 {
    if wanted <= has {
        return 0.0;
    }
    let search = if has == 0 { (prices.search)(size) } else { 0.0 };
    search + f64::from(wanted - has) * (prices.seed)(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubling(count: i32, most_seeds: u32) -> Possible {
        let size = |step: i32| TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap();
        Possible { sizes: (0..count).map(size).collect(), most_seeds }
    }

    fn seeds(possible: &Possible, top_seeds: u32, below: [bool; 2]) -> Vec<u32> {
        let top = possible.sizes.len() - 1;
        let [even_quarter, with_half] = below;
        possible.reach_first(Extent { top, top_seeds, even_quarter, with_half }).seeds
    }

    const NEITHER: [bool; 2] = [false, false];
    const BOTH: [bool; 2] = [true, true];

    #[test]
    fn seeds_are_top_heavy_and_half_of_the_largest_size_is_left_out() {
        let possible = doubling(10, 8);
        assert_eq!(seeds(&possible, 0, NEITHER), [2, 2, 2, 2, 2, 2, 0, 0, 0, 0]);
        assert_eq!(seeds(&possible, 1, NEITHER), [2, 2, 2, 2, 2, 2, 1, 1, 0, 1]);
        assert_eq!(seeds(&possible, 2, NEITHER), [2, 2, 2, 2, 2, 2, 1, 2, 0, 2]);
        assert_eq!(seeds(&possible, 4, [true, false]), [2, 2, 2, 2, 2, 2, 2, 4, 0, 4]);
        assert_eq!(seeds(&possible, 4, BOTH), [2, 2, 2, 2, 2, 2, 2, 4, 1, 4]);
        assert_eq!(seeds(&possible, 6, BOTH), [4, 4, 4, 4, 4, 4, 3, 6, 1, 6]);
        assert_eq!(seeds(&doubling(10, 3), 3, BOTH), [2, 2, 2, 2, 2, 2, 2, 3, 1, 3]);
    }

    #[test]
    fn costs_are_those_of_the_replay() {
        let possible = doubling(20, 5);
        let cost = Prices::without_search(&|size| size.get());
        let full = possible.full().cost(&cost);
        let share = |top_seeds, [even_quarter, with_half]: [bool; 2]| {
            let extent = Extent { top: 19, top_seeds, even_quarter, with_half };
            possible.reach_first(extent).cost(&cost) / full
        };
        // Shares of five seeds at every power of two, with endlessly many sizes.
        for (top_seeds, below, expected) in [
            (0, NEITHER, 0.025),
            (1, NEITHER, 0.163),
            (2, NEITHER, 0.288),
            (4, NEITHER, 0.500),
            (4, [true, false], 0.550),
            (4, BOTH, 0.600),
            (5, BOTH, 0.762),
        ] {
            let found = share(top_seeds, below);
            assert!((found - expected).abs() < 0.005, "{found} {expected}");
        }
    }

    #[test]
    fn short_and_uneven_ladders_of_sizes_keep_enough_sizes() {
        assert_eq!(seeds(&doubling(5, 5), 1, NEITHER), [2, 1, 1, 1, 1]);
        assert_eq!(seeds(&doubling(3, 5), 0, NEITHER), [1, 1, 0]);
        let tens = [1e2, 1e3, 1e4, 1e5].map(|m| TrainingSetSize::new(m).unwrap());
        let possible = Possible { sizes: tens.to_vec(), most_seeds: 5 };
        assert_eq!(seeds(&possible, 4, BOTH), [2, 2, 2, 4]);
        assert_eq!(seeds(&doubling(1, 5), 0, NEITHER), [1]);
    }

    #[test]
    fn a_budget_reaches_the_largest_size_it_pays_and_what_is_done_is_free() {
        let possible = doubling(8, 5);
        let nothing = possible.nothing();
        let unit = Prices::without_search(&|_| 1.0);
        let linear = Prices::without_search(&|size| size.get());
        let needed = |top| {
            possible
                .reach_first(Extent { top, top_seeds: 1, even_quarter: false, with_half: false })
                .cost(&linear)
        };
        assert_eq!(possible.reach(&nothing, &linear, needed(7)), Some(7));
        assert_eq!(possible.reach(&nothing, &linear, needed(7) - 1.0), Some(6));
        assert_eq!(possible.reach(&nothing, &unit, 2.0), None);
        let done = possible.reach_first(Extent {
            top: 6,
            top_seeds: 1,
            even_quarter: false,
            with_half: true,
        });
        let missing = possible
            .reach_first(Extent { top: 7, top_seeds: 1, even_quarter: false, with_half: false })
            .cost_beyond(&done, &linear);
        assert!(missing < 0.8 * needed(7));
        assert_eq!(possible.reach(&done, &linear, missing), Some(7));
        assert_eq!(possible.reach(&done, &linear, missing - 1.0), Some(6));
        assert_eq!(possible.reach(&possible.full(), &linear, 0.0), Some(7));
    }

    #[test]
    fn the_first_seed_at_a_size_pays_for_its_search() {
        let possible = doubling(3, 5);
        let prices = Prices { seed: &|_| 1.0, search: &|_| 10.0 };
        let design = |seeds: [u32; 3]| Design { seeds: seeds.to_vec(), ..possible.nothing() };
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12);
        close(design([2, 0, 1]).cost(&prices), 23.0);
        close(design([2, 1, 1]).cost_beyond(&design([1, 0, 1]), &prices), 12.0);
    }
}
