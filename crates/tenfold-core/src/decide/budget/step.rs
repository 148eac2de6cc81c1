//! What comes next: the rule as one pure function of what was found.

use super::design::{Design, Extent, Possible, Prices};

/// What is known after a step, for all curves of a study together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Findings {
    /// How far the design has been measured, or `None` before the first trial.
    pub measured: Option<Extent>,
    /// The largest standard deviation of log error of one trial at the largest size.
    pub deviation: f64,
    /// The width wanted and the widest found, where a width is wanted and can be told.
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

/// What a budget has left.
#[derive(Clone, Copy)]
pub struct Purse<'a> {
    /// What is left, in the unit of the prices; infinite where nothing limits it.
    pub left: f64,
    /// What trials cost, of all curves together.
    pub prices: Prices<'a>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Measure what this design has and the last had not.
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

/// Most seeds at the largest size: beyond, the law is most of the error.
const MOST_TOP_SEEDS: u32 = 8;

/// Standard error of the log error at the largest size from which more seeds hardly narrow anything: on
/// public curves, with up to .58 of the cost of five seeds everywhere to spend, .0125, .016 and .02 spend
/// .53, .49 and .45 of it, and their mean RMSLE is .0037, .0044 and .0055 above that of five seeds (120 draws).
const SMALL_NOISE: f64 = 0.016;

/// Seeds at the largest size from which a quarter of it has as many and then half of it is measured too:
/// before, on public curves, another seed at the largest size lowered the error more for its price.
const SEEDS_BEFORE_BELOW: u32 = 4;

/// The next step of the rule.
///
/// `done` are the trials that have a result, whoever asked for them: they are free. Steps are: the
/// pilot; one seed at every larger size but half of the largest; one more seed at the largest size at a
/// time, with half as many two and three doublings below; after the fourth as many at a quarter of the
/// largest, then one at half of it. After the pilot the largest size is chosen anew, since only then are costs known, and later it
/// is raised where trials came out so much cheaper that a larger size can be paid: an octave is worth more
/// than seeds. At prices that do not change it never is, for it was the largest that could be paid. A
/// cheaper run with the same largest size makes the first trials of a dearer one.
///
/// Whether the curve bends away from its law ([`super::curvature()`]) changes nothing here: on public curves
/// more seeds helped the curved ones most.
pub fn next_step(
    possible: &Possible,
    done: &Design,
    findings: &Findings,
    purse: &Purse<'_>,
) -> Step {
    let reach = |top_seeds| {
        let top = possible.reach(done, &purse.prices, purse.left);
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
    if findings.deviation / f64::from(measured.top_seeds).sqrt() <= SMALL_NOISE {
        return Step::Stop(StopReason::NoiseSmall);
    }
    let Some(next) = possible.after(measured) else {
        return Step::Stop(StopReason::SeedsSpent);
    };
    if possible.reach_first(next).cost_beyond(done, &purse.prices) <= purse.left {
        Step::Measure(next)
    } else {
        Step::Stop(StopReason::BudgetSpent)
    }
}

impl Possible {
    /// The next larger design with the same largest size, or `None` after the last.
    pub fn after(&self, extent: Extent) -> Option<Extent> {
        let is_last = extent.top_seeds >= self.most_seeds.min(MOST_TOP_SEEDS);
        if is_last || extent.top_seeds >= SEEDS_BEFORE_BELOW {
            let quarter = Extent { even_quarter: true, ..extent };
            let adds = |wider: Extent| self.reach_first(wider) != self.reach_first(extent);
            let below = [quarter, Extent { with_half: true, ..quarter }];
            if let Some(wider) = below.into_iter().find(|&wider| adds(wider)) {
                return Some(wider);
            }
        }
        (!is_last).then_some(Extent { top_seeds: extent.top_seeds + 1, ..extent })
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

    /// Every design measured, and why it stopped, where a trial costs its size.
    fn walk(possible: &Possible, budget: f64, deviation: f64) -> (Vec<Extent>, StopReason) {
        walk_at(possible, budget, deviation, Prices::without_search(&|size| size.get()))
    }

    fn walk_at(
        possible: &Possible,
        budget: f64,
        deviation: f64,
        prices: Prices<'_>,
    ) -> (Vec<Extent>, StopReason) {
        let mut done = possible.nothing();
        let mut findings = Findings { measured: None, deviation, width: None };
        let mut steps = Vec::new();
        loop {
            let left = budget - done.cost(&prices);
            match next_step(possible, &done, &findings, &Purse { left, prices }) {
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
            [3, 0, 0, 0, 0],
            [3, 1, 1, 0, 1],
            [4, 1, 1, 0, 2],
            [4, 2, 2, 0, 3],
            [4, 2, 2, 0, 4],
            [4, 2, 4, 0, 4],
            [4, 2, 4, 1, 4],
            [4, 3, 5, 1, 5],
        ];
        assert_eq!(found, expected);
        assert_eq!(why, StopReason::SeedsSpent);
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
        // .03 over the root of 3 is .0173, over that of 4 .015.
        assert_eq!(walk(&doubling(9, 5), f64::INFINITY, 0.03).0.len(), 5);
        assert_eq!(walk(&doubling(9, 5), 100.0, 1.0).1, StopReason::TooSmall);
        let possible = doubling(9, 5);
        let extent = Extent { top: 8, top_seeds: 1, even_quarter: false, with_half: false };
        let done = possible.reach_first(extent);
        let width = |found| Some(Width { wanted: 0.1, found });
        let findings =
            |found| Findings { measured: Some(extent), deviation: 1.0, width: width(found) };
        let prices = Prices::without_search(&|size| size.get());
        let purse = Purse { left: f64::INFINITY, prices };
        let step = next_step(&possible, &done, &findings(0.1), &purse);
        assert_eq!(step, Step::Stop(StopReason::WidthReached));
        let step = next_step(&possible, &done, &findings(0.2), &purse);
        assert_eq!(step, Step::Measure(Extent { top_seeds: 2, ..extent }));
    }

    #[test]
    fn dearer_trials_than_expected_lower_the_largest_size_after_the_pilot() {
        let possible = doubling(9, 5);
        let pilot = Extent { top: 8, top_seeds: 0, even_quarter: false, with_half: false };
        let done = possible.reach_first(pilot);
        let findings = Findings { measured: Some(pilot), deviation: 1.0, width: None };
        let prices = Prices::without_search(&|size| size.get().powf(1.5));
        let enough = possible.reach_first(Extent {
            top: 7,
            top_seeds: 1,
            even_quarter: false,
            with_half: false,
        });
        let left = enough.cost_beyond(&done, &prices);
        let step = next_step(&possible, &done, &findings, &Purse { left, prices });
        assert_eq!(
            step,
            Step::Measure(Extent { top: 7, top_seeds: 1, even_quarter: false, with_half: false })
        );
        // The pilot itself holds a smaller curve, which costs nothing more.
        let step = next_step(&possible, &done, &findings, &Purse { left: 1.0, prices });
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
        let findings = Findings { measured: Some(measured), deviation: 1.0, width: None };
        let step = |exponent: f64, left: f64| {
            let cost = |size: TrainingSetSize| size.get().powf(exponent);
            let prices = Prices::without_search(&cost);
            let needed = possible.reach_first(raised).cost_beyond(&done, &prices);
            next_step(&possible, &done, &findings, &Purse { left: left * needed, prices })
        };
        assert_eq!(step(0.8, 1.0), Step::Measure(raised));
        assert_eq!(step(0.8, 0.99), Step::Measure(Extent { top_seeds: 3, ..measured }));
        for percent in 1..=100 {
            for exponent in [0.0, 0.5, 1.0, 2.0] {
                let cost = |size: TrainingSetSize| size.get().powf(exponent);
                let prices = Prices::without_search(&cost);
                let budget = possible.full().cost(&prices) * f64::from(percent) / 100.0;
                let (steps, _) = walk_at(&possible, budget, 1.0, prices);
                let tops = steps.iter().map(|extent| extent.top).collect::<Vec<usize>>();
                assert!(tops.windows(2).all(|pair| pair[0] == pair[1]), "{percent}: {tops:?}");
            }
        }
    }
}
