//! How many examples a target needs, and whether it is reached.
//!
//! Targets are errors measured at the last hidden size, so the true size is known. A plan without a
//! size counts as an infinite miss. A fall of less than 3 % may be noise, so targets of such curves
//! are scored separately.

use tenfold_core::law::{CurveFamily, PowerLaw, PowerLawOffset};
use tenfold_core::stats::quantile::median_in_place;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{DataPlan, LearningCurve, TrainingSetSize};

use crate::Sources;
use crate::curves::{Folds, size};
use crate::methods::{LeftOut, Points, forms};
use crate::ours::{self, HORIZON};
use crate::public_curves::{SplitCurve, lcdb, revisiting};
use crate::score::in_parallel;
use crate::simulated::{Law, largest};
use crate::table::{percent, row, start};

/// Share of the last error kept below which a target counts as a clear fall.
const CLEAR_FALL: f64 = 0.97;

/// Targets as shares of the last error kept.
const SHARES: [f64; 7] = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4];

/// Noise of the simulated curves.
const NOISE: f64 = 0.03;

/// Simulated curves of each kind.
const SIMULATED: u64 = 1_000;

pub(crate) fn print(sources: &Sources) {
    print_sizes(sources);
    print_reached(sources);
    print_below_floor();
}

/// Compares planned sizes with true ones.
fn print_sizes(sources: &Sources) {
    let columns = [
        "",
        "targets",
        "within x2 %",
        "within x4 %",
        "called unreachable %",
        "median miss, doublings",
        "bias, doublings",
        "80 % interval holds %",
    ];
    start("plans: examples for a measured target", &columns);
    for hidden in 1..=4 {
        let cases = lcdb(&sources.curves.join("lcdb.csv"), hidden);
        let name = format!("tabular, {hidden} doublings");
        score_ours(&sources.folds, &name, &cases);
        if hidden == 3 {
            score_law(&format!("power law of the last 2, {name}"), &cases, &PowerLaw, 2);
            score_law(&format!("power law of the last 3, {name}"), &cases, &PowerLaw, 3);
            score_law(&format!("floor law, {name}"), &cases, &PowerLawOffset, usize::MAX);
        }
    }
    let mut images = revisiting(&sources.curves.join("revisiting.csv"));
    images.retain(|case| case.domain == "IC");
    score_ours(&sources.folds, "images, 1 doubling", &images);
    for (has_floor, floor) in [(false, "no floor"), (true, "with a floor")] {
        for times in [2.0, 8.0] {
            let indices: Vec<u64> = (0..SIMULATED).collect();
            let sizes = in_parallel(&indices, |&index| {
                let (law, curve) = simulate(has_floor, index);
                let fit = ours::fit(&curve, &LeftOut::Nothing).unwrap();
                let plan = ours::plan(&fit, law.error(times));
                (!plan.already_reached).then(|| Planned::of(&plan, size(times * largest())))
            });
            let sizes: Vec<Planned> = sizes.into_iter().flatten().collect();
            print_row(&format!("us, simulated {floor}, x{times}"), &sizes);
        }
    }
}

/// One plan compared with the true size.
#[derive(Clone, Copy, Debug)]
struct Planned {
    /// Doublings by which the size planned is too large; infinite without a size.
    excess: f64,
    /// Whether the 80 % interval, where there is one, holds the true size.
    is_inside: Option<bool>,
}

impl Planned {
    fn of(plan: &DataPlan, truth: TrainingSetSize) -> Self {
        // An end that is out of reach lies beyond every size.
        let is_below = |end: Option<f64>| end.is_some_and(|end| end <= truth.get());
        let is_above = plan.interval_80.high.is_none_or(|high| truth.get() <= high);
        let is_inside = Some(is_below(plan.interval_80.low) && is_above);
        Self { is_inside, ..Self::of_size(plan.size, truth) }
    }

    fn of_size(planned: Option<TrainingSetSize>, truth: TrainingSetSize) -> Self {
        let excess = planned.map_or(f64::INFINITY, |size| (size.get() / truth.get()).log2());
        Self { excess, is_inside: None }
    }
}

fn score_ours(folds: &Folds, name: &str, cases: &[SplitCurve]) {
    for (form, left_out) in forms(folds, cases) {
        let pairs: Vec<(&SplitCurve, &LeftOut)> = cases.iter().zip(&left_out).collect();
        let found = in_parallel(&pairs, |(case, left_out)| {
            let &(truth, target) = case.scored.last()?;
            let plan = ours::plan(&ours::fit(&case.fitted, left_out)?, target);
            Some((target / last_error(case), Planned::of(&plan, truth)))
        });
        for (fall, below) in [("fell by 3 %", CLEAR_FALL), ("all", f64::INFINITY)] {
            let belonging = found.iter().flatten().filter(|one| one.0 < below);
            let sizes: Vec<Planned> = belonging.map(|one| one.1).collect();
            print_row(&format!("{form}, {name}, {fall}"), &sizes);
        }
    }
}

/// Sizes that one law fitted to the last `sizes` gives, for targets that fell clearly.
fn score_law(name: &str, cases: &[SplitCurve], family: &dyn CurveFamily, sizes: usize) {
    let planned = cases.iter().filter_map(|case| {
        let &(truth, target) = case.scored.last()?;
        let is_clear = target / last_error(case) < CLEAR_FALL;
        let size = || size_by_law(&case.fitted, target, family, sizes);
        is_clear.then(|| Planned::of_size(size(), truth))
    });
    print_row(&format!("{name}, fell by 3 %"), &planned.collect::<Vec<_>>());
}

/// Size at which a law fitted to the last `sizes` reaches `target`; `None` beyond the horizon.
fn size_by_law(
    curve: &LearningCurve,
    target: f64,
    family: &dyn CurveFamily,
    sizes: usize,
) -> Option<TrainingSetSize> {
    let points = Points::of(curve);
    let law = points.fit(family, points.table.len().saturating_sub(sizes))?;
    // A 64th of a doubling is far finer than any miss.
    let steps = (64.0 * HORIZON.log2()) as u32;
    let mut ratios = (0..=steps).map(|step| (f64::from(step) / 64.0).exp2());
    let ratio = ratios.find(|&ratio| family.predict(&law, ratio) <= target)?;
    Some(size(ratio * curve.largest_size().get()))
}

fn last_error(case: &SplitCurve) -> f64 {
    case.fitted.points()[case.fitted.points().len() - 1].error()
}

fn print_row(name: &str, planned: &[Planned]) {
    let count = planned.len() as f64;
    let share = |is: &dyn Fn(&Planned) -> bool| {
        percent(planned.iter().filter(|one| is(one)).count() as f64 / count)
    };
    let median = |of: &dyn Fn(&Planned) -> f64| {
        // The quantile is not interpolated, because half of the way to an infinite miss is not a
        // number.
        let mut values: Vec<f64> = planned.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let has_interval = planned.iter().all(|one| one.is_inside.is_some());
    row(&[
        name.to_owned(),
        planned.len().to_string(),
        share(&|one| one.excess.abs() <= 1.0),
        share(&|one| one.excess.abs() <= 2.0),
        share(&|one| one.excess.is_infinite()),
        format!("{:.2}", median(&|one| one.excess.abs())),
        format!("{:+.2}", median(&|one| one.excess)),
        if has_interval { share(&|one| one.is_inside == Some(true)) } else { "–".to_owned() },
    ]);
}

/// Probabilities of reaching a target within eight times the data.
fn print_reached(sources: &Sources) {
    let cases = lcdb(&sources.curves.join("lcdb.csv"), 3);
    for (form, left_out) in forms(&sources.folds, &cases) {
        let pairs: Vec<(&SplitCurve, &LeftOut)> = cases.iter().zip(&left_out).collect();
        let stated = in_parallel(&pairs, |(case, left_out)| {
            let fit = ours::fit(&case.fitted, left_out).unwrap();
            let farthest = case.scored[case.scored.len() - 1].0;
            let best = case.scored.iter().map(|scored| scored.1).fold(f64::INFINITY, f64::min);
            SHARES.map(|share| {
                let target = share * last_error(case);
                (ours::probability_reached_by(&fit, target, farthest), best <= target)
            })
        });
        print_bins(&format!("{form}, tabular, reached within x8"), &stated.concat());
    }
    let indices: Vec<u64> = (0..SIMULATED).collect();
    let stated = in_parallel(&indices, |&index| {
        let (law, curve) = simulate(index % 2 == 1, index);
        let fit = ours::fit(&curve, &LeftOut::Nothing).unwrap();
        SHARES.map(|share| {
            let target = share * law.error(1.0);
            let stated = ours::probability_reached_by(&fit, target, size(8.0 * largest()));
            (stated, law.error(8.0) <= target)
        })
    });
    print_bins("us, simulated, reached within x8", &stated.concat());
}

/// Stated probabilities against observed frequencies, in ten bins.
pub(crate) fn print_bins(title: &str, stated: &[(f64, bool)]) {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    let mut squares = 0.0;
    for &(probability, happened) in stated {
        let bin = &mut bins[((10.0 * probability) as usize).min(9)];
        let happened = f64::from(u8::from(happened));
        *bin = (bin.0 + 1.0, bin.1 + probability, bin.2 + happened);
        squares += (probability - happened).powi(2);
    }
    let brier = squares / stated.len() as f64;
    start(&format!("{title}: Brier score {brier:.4}"), &["count", "stated %", "happened %"]);
    for (count, probability, happened) in bins.into_iter().filter(|bin| bin.0 > 0.0) {
        let mean = |sum: f64| format!("{:.1}", 100.0 * sum / count);
        row(&[count.to_string(), mean(probability), mean(happened)]);
    }
}

/// Targets below a known floor: none is ever reached.
fn print_below_floor() {
    let indices: Vec<u64> = (0..SIMULATED).collect();
    let mut stated = in_parallel(&indices, |&index| {
        let (law, curve) = simulate(true, index);
        let mut stream = RandomStream::new(4_100, index);
        let target = law.floor() * (0.5 + 0.5 * stream.uniform());
        let fit = ours::fit(&curve, &LeftOut::Nothing).unwrap();
        ours::plan(&fit, target).probability_reached
    });
    start(
        "simulated targets of .5 to 1 of the floor",
        &["called reachable with .5 or more %", "with .8 or more %", "median probability %"],
    );
    let share = |least: f64| {
        percent(stated.iter().filter(|&&stated| stated >= least).count() as f64 / SIMULATED as f64)
    };
    let shares = [share(0.5), share(0.8)];
    row(&[shares.as_slice(), &[percent(median_in_place(&mut stated))]].concat());
}

/// A law and a single run of it at every size.
fn simulate(has_floor: bool, index: u64) -> (Law, LearningCurve) {
    let mut stream = RandomStream::new(4_000 + u64::from(has_floor), index);
    let law = Law::draw(has_floor, &mut stream);
    let curve = law.curve(NOISE, 1, &mut stream);
    (law, curve)
}
