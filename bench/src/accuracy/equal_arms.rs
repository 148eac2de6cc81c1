//! Compares two curves of the same law: how often one of them is called better.

use tenfold_core::decide::PairVerdict;
use tenfold_core::stats::random::RandomStream;

use crate::Sources;
use crate::curves::size;
use crate::methods::LeftOut;
use crate::ours;
use crate::score::in_parallel;
use crate::simulated::{Law, largest};
use crate::table::{row, start};

/// Pairs a row: a share of 5 % has a standard error of .7 %.
const PAIRS: u64 = 1_000;

const NOISE: f64 = 0.03;

const TIMES: [f64; 3] = [1.0, 2.0, 8.0];

pub(crate) fn print(_: &Sources) {
    start("equal arms, half with a floor: % called a or b", &["seeds", "largest size", "x2", "x8"]);
    for seeds in [1, 3, 5] {
        let called = in_parallel(&(0..PAIRS).collect::<Vec<_>>(), |&index| called(seeds, index));
        let share = |place: usize| {
            let count = called.iter().filter(|verdicts| verdicts[place]).count();
            format!("{:.1}", 100.0 * count as f64 / PAIRS as f64)
        };
        row(&[seeds.to_string(), share(0), share(1), share(2)]);
    }
}

/// Whether one of two equal curves was called better, at each distance.
fn called(seeds: usize, index: u64) -> [bool; 3] {
    let mut stream = RandomStream::new(3_000 + seeds as u64, index);
    let law = Law::draw(index % 2 == 1, &mut stream);
    let arms = [(); 2].map(|()| law.curve(NOISE, seeds, &mut stream));
    let fits = arms.each_ref().map(|arm| ours::fit(arm, &LeftOut::Nothing).unwrap());
    let at = TIMES.map(|times| size(times * largest()));
    let pair = ours::compare_two((&arms[0], &fits[0]), (&arms[1], &fits[1]), &at);
    [0, 1, 2].map(|place| pair[place].verdict != PairVerdict::TooClose)
}
