//! Replays the choice of trials within a budget on public curves and on our own study, and prints what
//! each choice costs and how well the default forecast does from it.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin budget -- LCDB_CSV RESULTS_CSV [DRAWS [EVERY [FIRST]]]
//! ```
//!
//! The three largest doublings of every curve are hidden; all choices are judged there, so at 2, 4
//! and 8 times the largest size of the full design. A trial's log error is normal around that of
//! the curve; its deviation is five times the standard error the file states, which is that of the
//! mean of 25 splits. Cost is the sum of sizes over that of five seeds at every power of two. If
//! `EVERY` is n, every n-th curve is kept; `FIRST` is the number of the first draw.

#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]

mod replay;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use replay::judge::{self, Table};
use replay::loops::{self, HALF, Loop, SIXTH};
use replay::{Choice, Truth, score};
use tenfold_core::decide::budget::{Extent, Possible};

/// Name of the choice of all seeds up to half of the largest size.
const UP_TO_HALF: &str = "all seeds, to m/2";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let number = |at: usize, default| arguments.get(at).map_or(default, |n| n.parse().unwrap());
    let (draws, every, first) = (number(2, 20), number(3, 1), number(4, 0));
    let tabular: Vec<Truth> = replay::lcdb(&path(0)).into_iter().step_by(every as usize).collect();
    println!("tabular curves: {}, {draws} draws of noise each", tabular.len());
    replay_all(&tabular, first..first + draws, 5);
    let own = replay::own_study(&path(1));
    println!("\nown study: {} curves, 6 orders of its 3 seeds", own.len());
    replay_all(&own, 0..6, 3);
}

fn replay_all(curves: &[Truth], draws: Range<u64>, most_seeds: u32) {
    let mut table = Table::default();
    let mut walked = Vec::new();
    for curve in curves {
        let possible = Possible { sizes: curve.sizes.clone(), most_seeds };
        let top = curve.sizes.len() - 1;
        for draw in draws.clone() {
            let mut scores = BTreeMap::new();
            for (name, choice) in choices(&possible, top) {
                scores.insert(name, score(curve, draw, &choice));
            }
            for rule in Loop::all() {
                let end = loops::walk(&rule, curve, draw, &possible);
                let known = end.name(top).and_then(|name| scores.get(&name).cloned());
                let anew = || score(curve, draw, &end.choice(&possible));
                scores.insert(rule.name(), known.unwrap_or_else(anew));
                walked.push((rule.name(), end));
            }
            table.add(curve, scores);
        }
    }
    judge::print(&table, "full");
    judge::print_promise(&table, &Loop::Budget(HALF).name(), "full");
    judge::print_promise(&table, &Loop::Budget(SIXTH).name(), UP_TO_HALF);
    loops::print(&walked);
}

/// The choices made in advance, by name; those of the rule are named as [`loops::name_of`] does.
fn choices(possible: &Possible, top: usize) -> Vec<(String, Choice)> {
    let seeds_up_to = |top: usize| {
        let mut design = possible.full();
        design.seeds.iter_mut().skip(top + 1).for_each(|seeds| *seeds = 0);
        Choice { design, possible: possible.clone() }
    };
    let mut found = vec![
        ("full".to_owned(), seeds_up_to(top)),
        (UP_TO_HALF.to_owned(), seeds_up_to(top - 1)),
        ("all seeds, to m/4".to_owned(), seeds_up_to(top - 2)),
    ];
    for top_seeds in 1..=possible.most_seeds {
        for (even_quarter, with_half) in [(false, false), (true, false), (true, true)] {
            let extent = Extent { top, top_seeds, even_quarter, with_half };
            let design = possible.reach_first(extent);
            found.push((loops::name_of(extent), Choice { design, possible: possible.clone() }));
        }
    }
    found
}
