//! The next step of a budget, as one pure function of the findings so far.

use super::design::{Design, Extent, Possible, Prices, SEEDS_BEFORE_BELOW};
use crate::curve::noise::variance_of_median;

/// What is known after a step, for all curves of a study together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Findings {
    /// How far the design has been measured, or `None` before the first trial.
    pub measured: Option<Extent>,
    /// The largest standard deviation of log error of one trial at the largest size.
    pub deviation: f64,
    /// Whether a curve falls faster towards the largest size than before ([`super::quickens`]).
    pub quickens: bool,
    /// The width wanted and the widest found, where a width is wanted and can be computed.
    pub width: Option<Width>,
}

/// A width of an interval: wanted, and found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Width {
    /// Wanted.
    pub wanted: f64,
    /// Found.
    pub found: f64,
}

/// The remaining budget.
#[derive(Clone, Copy)]
pub struct RemainingBudget<'a> {
    /// What is left, in the unit of the prices; infinite where nothing limits it.
    pub left: f64,
    /// Cost of trials, summed over all curves.
    pub prices: Prices<'a>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Measure the trials of this design that the last design did not have.
    Measure(Extent),
    /// Stop.
    Stop(StopReason),
}

/// Why no more trials are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The interval is as narrow as wanted.
    WidthReached,
    /// The next trials cost more than is left.
    BudgetSpent,
    /// The noise of the largest size is so small that more seeds hardly narrow anything.
    NoiseSmall,
    /// Every seed of the study was run at the largest size.
    SeedsSpent,
    /// Not even the smallest curve can be paid.
    TooSmall,
}

/// Most seeds at the largest size: with more, the law causes most of the error.
const MOST_TOP_SEEDS: u32 = 8;

/// Standard error of the median log error at the largest size from which more seeds hardly narrow anything.
/// On public curves, with up to .62 of the cost of five seeds everywhere to spend, .018, .0185 and .02 spend
/// .51, .50 and .48 of it, and their mean RMSLE is .0021, .0021 and .0024 above that of five seeds (120 draws).
const SMALL_NOISE: f64 = 0.0185;

/// Seeds at the largest size with which it is judged whether the curve quickens.
const JUDGED_AT: [u32; 2] = [2, SEEDS_BEFORE_BELOW];

impl Extent {
    /// Whether results are analysed before the next step is decided: after the pilot, and after the
    /// first, the second and the fourth seed at the largest size.
    ///
    /// Steps between two analyses are decided at once and measured in parallel. A run whose budget
    /// ends between them has then made no decision that a run with a larger budget would not make.
    pub fn is_looked_at(&self) -> bool {
        self.top_seeds <= 1 || JUDGED_AT.contains(&self.top_seeds)
    }
}

impl Findings {
    /// Whether half of the largest size would show where the curve began to fall faster: judged
    /// with two and four seeds at the largest size, and with one where noise is so small that there
    /// will be no second.
    pub fn wants_half(&self) -> bool {
        self.quickens
            && self.measured.is_some_and(|extent| match extent.top_seeds {
                1 => self.is_noise_small(),
                seeds => JUDGED_AT.contains(&seeds),
            })
    }

    fn is_noise_small(&self) -> bool {
        let seeds = self.measured.map_or(0, |extent| extent.top_seeds);
        self.deviation * variance_of_median(seeds as usize).sqrt() <= SMALL_NOISE
    }
}

/// The next step of the rule.
///
/// `done` are the trials that have a result, whoever asked for them: they are free. Steps are: the
/// pilot; one seed at every larger size but half of the largest; one more seed at the largest size
/// at a time, with half as many two and three doublings below; after the fourth as many at a
/// quarter of the largest. Half of the largest size is measured, once, where the curve falls faster
/// towards the largest size than before, since nothing else tells where that began, and otherwise
/// when every seed has run. After the pilot the largest size is chosen anew, since only then are
/// costs known, and later it is raised where trials came out so much cheaper that a larger size can
/// be paid: a doubling is worth more than seeds. At constant prices it is never raised, because it
/// was already the largest that could be paid. A cheaper run makes the first trials of a more
/// expensive run with the same largest size.
pub fn next_step(
    possible: &Possible,
    done: &Design,
    findings: &Findings,
    remaining: &RemainingBudget<'_>,
) -> Step {
    let reach = |top_seeds| {
        let top = possible.reach(done, &remaining.prices, remaining.left);
        top.map(|top| Extent { top, top_seeds, even_quarter: false, with_half: false })
    };
    let Some(measured) = findings.measured else {
        return reach(0).map_or(Step::Stop(StopReason::TooSmall), Step::Measure);
    };
    if measured.top_seeds == 0 {
        return reach(1).map_or(Step::Stop(StopReason::BudgetSpent), Step::Measure);
    }
    if findings.width.is_some_and(|width| width.found <= width.wanted) {
        return Step::Stop(StopReason::WidthReached);
    }
    if let Some(larger) = reach(1).filter(|extent| extent.top > measured.top) {
        return Step::Measure(larger);
    }
    let wants_half = findings.wants_half() && possible.lacks_half(measured);
    if findings.is_noise_small() && !wants_half {
        return Step::Stop(StopReason::NoiseSmall);
    }
    let Some(next) = possible.after(measured, wants_half) else {
        return Step::Stop(StopReason::SeedsSpent);
    };
    if possible.reach_first(next).cost_beyond(done, &remaining.prices) <= remaining.left {
        Step::Measure(next)
    } else {
        Step::Stop(StopReason::BudgetSpent)
    }
}

impl Possible {
    /// The next larger design with the same largest size, or `None` after the last; `wants_half` is what
    /// [`Findings::wants_half`] says.
    pub fn after(&self, extent: Extent, wants_half: bool) -> Option<Extent> {
        if wants_half && self.lacks_half(extent) {
            return Some(Extent { with_half: true, ..extent });
        }
        let is_last = extent.top_seeds >= self.most_seeds.min(MOST_TOP_SEEDS);
        let quarter = Extent { even_quarter: true, ..extent };
        if (is_last || extent.top_seeds >= SEEDS_BEFORE_BELOW)
            && self.reach_first(quarter) != self.reach_first(extent)
        {
            return Some(quarter);
        }
        if is_last {
            return self.lacks_half(extent).then_some(Extent { with_half: true, ..quarter });
        }
        Some(Extent { top_seeds: extent.top_seeds + 1, ..extent })
    }

    fn lacks_half(&self, extent: Extent) -> bool {
        let with_half = Extent { with_half: true, ..extent };
        self.reach_first(with_half) != self.reach_first(extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::TrainingSetSize;

    fn doubling(count: i32, most_seeds: u32) -> Possible {
        let size = |step: i32| TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap();
        Possible { sizes: (0..count).map(size).collect(), most_seeds }
    }

    /// Nothing measured, and noise that any seed would lower.
    const NOISY: Findings =
        Findings { measured: None, deviation: 1.0, quickens: false, width: None };

    /// Every design measured, and why it stopped, where a trial costs its size.
    fn walk(possible: &Possible, budget: f64, deviation: f64) -> (Vec<Extent>, StopReason) {
        let findings = Findings { deviation, ..NOISY };
        walk_at(possible, budget, findings, Prices::without_search(&|size| size.get()))
    }

    fn walk_at(
        possible: &Possible,
        budget: f64,
        mut findings: Findings,
        prices: Prices<'_>,
    ) -> (Vec<Extent>, StopReason) {
        let mut done = possible.nothing();
        let mut steps = Vec::new();
        loop {
            let left = budget - done.cost(&prices);
            match next_step(possible, &done, &findings, &RemainingBudget { left, prices }) {
                Step::Stop(why) => return (steps, why),
                Step::Measure(extent) => {
                    let next = possible.reach_first(extent);
                    assert!(done.is_part_of(&next), "{done:?} {next:?}");
                    assert!(next.cost(&prices) <= budget, "{extent:?}");
                    (done, findings.measured) = (next, Some(extent));
                    steps.push(extent);
                }
            }
        }
    }

    /// Seeds at the five largest sizes of a design.
    fn possible_seeds(possible: &Possible, extent: Extent) -> Vec<u32> {
        let seeds = possible.reach_first(extent).seeds;
        seeds[seeds.len() - 5..].to_vec()
    }

    #[test]
    fn the_rule_goes_up_first_and_then_adds_seeds() {
        let possible = doubling(10, 5);
        let (steps, why) = walk(&possible, f64::INFINITY, 1.0);
        let found: Vec<Vec<u32>> =
            steps.iter().map(|&extent| possible_seeds(&possible, extent)).collect();
        let expected = [
            [2, 0, 0, 0, 0],
            [2, 1, 1, 0, 1],
            [2, 1, 2, 0, 2],
            [2, 2, 2, 0, 3],
            [2, 2, 2, 0, 4],
            [2, 2, 4, 0, 4],
            [4, 3, 5, 0, 5],
            [4, 3, 5, 1, 5],
        ];
        assert_eq!(found, expected);
        assert_eq!(why, StopReason::SeedsSpent);
    }

    #[test]
    fn where_the_curve_quickens_half_of_the_largest_size_is_measured_before_more_seeds() {
        let possible = doubling(10, 5);
        let prices = Prices::without_search(&|size| size.get());
        let walk = |deviation| {
            let findings = Findings { deviation, quickens: true, ..NOISY };
            let (steps, why) = walk_at(&possible, f64::INFINITY, findings, prices);
            let of = |&extent: &Extent| possible_seeds(&possible, extent);
            (steps.iter().map(of).collect::<Vec<Vec<u32>>>(), why)
        };
        let (noisy, _) = walk(1.0);
        assert_eq!(noisy[2..5], [[2, 1, 2, 0, 2], [2, 1, 2, 1, 2], [2, 2, 2, 1, 3]]);
        // Where one seed is enough to stop, it is also enough to judge whether the curve quickens.
        let (calm, why) = walk(0.001);
        assert_eq!(calm[1..], [[2, 1, 1, 0, 1], [2, 1, 1, 1, 1]]);
        assert_eq!(why, StopReason::NoiseSmall);
        // The third seed is decided together with the fourth, so a run that ends after the third
        // makes no further analysis.
        let late = Extent { top: 9, top_seeds: 3, even_quarter: false, with_half: false };
        assert!(!late.is_looked_at());
        let remaining = RemainingBudget { left: f64::INFINITY, prices };
        let findings = Findings { measured: Some(late), quickens: true, ..NOISY };
        let step = next_step(&possible, &possible.reach_first(late), &findings, &remaining);
        assert_eq!(step, Step::Measure(Extent { top_seeds: 4, ..late }));
    }

    #[test]
    fn a_cheaper_run_makes_the_first_trials_of_a_dearer_one() {
        let possible = doubling(9, 5);
        let prices = Prices::without_search(&|size| size.get());
        let full = possible.full().cost(&prices);
        let mut cheaper: Option<Vec<Extent>> = None;
        for percent in 1..=100 {
            let (steps, why) = walk(&possible, full * f64::from(percent) / 100.0, 1.0);
            assert_eq!(why == StopReason::TooSmall, steps.is_empty());
            if steps.last().is_some_and(|extent| extent.top == 8) {
                let before = cheaper.replace(steps.clone()).unwrap_or_default();
                assert!(steps.starts_with(&before), "{percent} %: {before:?} {steps:?}");
            }
        }
        assert!(cheaper.is_some_and(|steps| steps.len() == 8));
    }

    #[test]
    fn it_stops_on_small_noise_on_width_and_on_nothing_to_spend() {
        assert_eq!(walk(&doubling(9, 5), f64::INFINITY, 0.012).1, StopReason::NoiseSmall);
        assert_eq!(walk(&doubling(9, 5), f64::INFINITY, 0.012).0.len(), 2);
        // The median of three of .03 varies by .0201, that of four by .0164.
        assert_eq!(walk(&doubling(9, 5), f64::INFINITY, 0.03).0.len(), 5);
        assert_eq!(walk(&doubling(9, 5), 100.0, 1.0).1, StopReason::TooSmall);
        let possible = doubling(9, 5);
        let extent = Extent { top: 8, top_seeds: 1, even_quarter: false, with_half: false };
        let done = possible.reach_first(extent);
        let width = |found| Some(Width { wanted: 0.1, found });
        let findings = |found| Findings { measured: Some(extent), width: width(found), ..NOISY };
        let prices = Prices::without_search(&|size| size.get());
        let remaining = RemainingBudget { left: f64::INFINITY, prices };
        let step = next_step(&possible, &done, &findings(0.1), &remaining);
        assert_eq!(step, Step::Stop(StopReason::WidthReached));
        let step = next_step(&possible, &done, &findings(0.2), &remaining);
        assert_eq!(step, Step::Measure(Extent { top_seeds: 2, ..extent }));
    }

    #[test]
    fn dearer_trials_than_expected_lower_the_largest_size_after_the_pilot() {
        let possible = doubling(9, 5);
        let pilot = Extent { top: 8, top_seeds: 0, even_quarter: false, with_half: false };
        let done = possible.reach_first(pilot);
        let findings = Findings { measured: Some(pilot), ..NOISY };
        let prices = Prices::without_search(&|size| size.get().powf(1.5));
        let enough = possible.reach_first(Extent {
            top: 7,
            top_seeds: 1,
            even_quarter: false,
            with_half: false,
        });
        let left = enough.cost_beyond(&done, &prices);
        let step = next_step(&possible, &done, &findings, &RemainingBudget { left, prices });
        assert_eq!(
            step,
            Step::Measure(Extent { top: 7, top_seeds: 1, even_quarter: false, with_half: false })
        );
        // The pilot itself contains a smaller curve, which costs nothing more.
        let step = next_step(&possible, &done, &findings, &RemainingBudget { left: 1.0, prices });
        assert_eq!(
            step,
            Step::Measure(Extent { top: 4, top_seeds: 1, even_quarter: false, with_half: false })
        );
    }

    #[test]
    fn cheaper_trials_than_expected_raise_the_largest_size_and_the_same_ones_never_do() {
        let possible = doubling(9, 5);
        let measured = Extent { top: 7, top_seeds: 2, even_quarter: false, with_half: false };
        let done = possible.reach_first(measured);
        let raised = Extent { top: 8, top_seeds: 1, even_quarter: false, with_half: false };
        let findings = Findings { measured: Some(measured), ..NOISY };
        let step = |exponent: f64, left: f64| {
            let cost = |size: TrainingSetSize| size.get().powf(exponent);
            let prices = Prices::without_search(&cost);
            let needed = possible.reach_first(raised).cost_beyond(&done, &prices);
            next_step(&possible, &done, &findings, &RemainingBudget { left: left * needed, prices })
        };
        assert_eq!(step(0.8, 1.0), Step::Measure(raised));
        assert_eq!(step(0.8, 0.99), Step::Measure(Extent { top_seeds: 3, ..measured }));
        for percent in 1..=100 {
            for exponent in [0.0, 0.5, 1.0, 2.0] {
                let cost = |size: TrainingSetSize| size.get().powf(exponent);
                let prices = Prices::without_search(&cost);
                let budget = possible.full().cost(&prices) * f64::from(percent) / 100.0;
                let (steps, _) = walk_at(&possible, budget, NOISY, prices);
                let tops = steps.iter().map(|extent| extent.top).collect::<Vec<usize>>();
                assert!(tops.windows(2).all(|pair| pair[0] == pair[1]), "{percent}: {tops:?}");
            }
        }
    }
}
