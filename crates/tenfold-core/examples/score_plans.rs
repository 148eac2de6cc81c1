//! Scores the shipped plan: how many examples a target needs, and whether it is ever reached.
//!
//! ```text
//! cargo run --release -p tenfold-core --example score_plans -- FOLDER
//! ```
//!
//! Tabular curves: the last doublings are hidden, the target is the error measured at the last of
//! them, and the true size is the one it was measured at. No size counts as an infinite miss.
//! Curves that did not improve on the last error kept have nothing to plan; those that improved by
//! less than 3 % were brought there by noise. Each set is scored with and without them. Single laws,
//! inverted up to the same horizon, are printed beside: they tell how hard a set of targets is.
//! Simulated curves obey a law with a known floor: a target below it is never reached.

#![expect(clippy::print_stdout, reason = "it is a program whose output is the answer")]
#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]
#![expect(clippy::expect_used, reason = "a development program: a missing argument is said")]

#[path = "../tests/it/public_curves.rs"]
mod public_curves;

use std::collections::BTreeSet;
use std::path::PathBuf;

use public_curves::SplitCurve;
use tenfold_core::decide::HORIZON_RATIO;
use tenfold_core::law::{
    CurveFamily, ErrorColumn, FitPoints, PowerLaw, PowerLawOffset, PowerTable,
};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurveFit, CurvePoint, DataPlan, FitOptions, LearningCurve,
    MetricKind, PlanOptions, TrainingSetSize, fit_curve,
};

/// A probability from which a target counts as called reachable.
const CALLED_REACHABLE: f64 = 0.8;

/// Share of the last error kept from which a target counts as a clear fall.
const CLEAR_FALL: f64 = 0.97;

/// Simulated curves of each kind; a share of 10 % then has a standard error of 1 %.
const SIMULATED: u64 = 1_000;

/// Targets as shares of the last error kept.
const SHARES: [f64; 7] = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4];

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the public curves"));
    let mut reached_by = Reliability::default();
    for hidden in 1..=4 {
        let curves = public_curves::lcdb(&folder.join("lcdb.csv"), hidden);
        let fits: Vec<CurveFit> = curves.iter().map(|split| fit(&split.fitted)).collect();
        score_sizes("tabular", &curves, &fits);
        if hidden == 3 {
            score_single_law("the power law of the last 2 sizes", &curves, &PowerLaw, 2);
            score_single_law("the power law of the last 3 sizes", &curves, &PowerLaw, 3);
            score_single_law("the law with a floor of all sizes", &curves, &PowerLawOffset, 99);
            curves.iter().zip(&fits).for_each(|(split, fit)| reached_by.add_measured(split, fit));
        }
    }
    let dense = public_curves::revisiting(&folder.join("revisiting.csv"));
    let images: Vec<SplitCurve> = dense.into_iter().filter(|split| split.domain == "IC").collect();
    let fits: Vec<CurveFit> = images.iter().map(|split| fit(&split.fitted)).collect();
    score_sizes("images", &images, &fits);
    reached_by.print("tabular, reached within three doublings");
    score_simulated();
}

fn fit(curve: &LearningCurve) -> CurveFit {
    fit_curve(curve, &FitOptions::default()).unwrap()
}

/// Misses of the size and coverage of its interval, for targets that were measured.
fn score_sizes(name: &str, curves: &[SplitCurve], fits: &[CurveFit]) {
    let mut groups = BTreeSet::new();
    let mut sets: [Sizes; 3] = Default::default();
    for (split, fit) in curves.iter().zip(fits) {
        let Some(&(true_size, target)) = split.scored.last() else { continue };
        groups.insert(&split.group);
        let plan = fit.plan(target, &PlanOptions::default());
        let fall = target / last_error(split);
        let belongs = [fall < CLEAR_FALL, fall < 1.0, true];
        for (set, _) in sets.iter_mut().zip(belongs).filter(|(_, belongs)| *belongs) {
            set.add(&plan, true_size);
        }
    }
    let doublings = curves.iter().filter_map(|split| {
        Some((split.scored.last()?.0.get() / split.fitted.largest_size().get()).log2())
    });
    let farthest = doublings.fold(0.0, f64::max);
    println!("{name}, targets {farthest:.0} doublings away, {} groups", groups.len());
    for (name, set) in ["fell by 3 % or more", "fell", "all"].iter().zip(sets) {
        set.print_with_interval(name);
    }
}

/// Sizes that one law fitted to the last sizes gives, for targets that fell clearly.
fn score_single_law(
    name: &str,
    curves: &[SplitCurve],
    family: &'static dyn CurveFamily,
    sizes: usize,
) {
    let mut set = Sizes::default();
    for split in curves {
        let Some(&(true_size, target)) = split.scored.last() else { continue };
        if target / last_error(split) < CLEAR_FALL {
            set.add_size(size_by_law(&split.fitted, target, family, sizes), true_size);
        }
    }
    set.print(name);
}

/// Size at which a law fitted to the last `sizes` reaches `target`; `None` beyond the horizon.
fn size_by_law(
    curve: &LearningCurve,
    target: f64,
    family: &'static dyn CurveFamily,
    sizes: usize,
) -> Option<TrainingSetSize> {
    let points = curve.points();
    let largest = curve.largest_size().get();
    let logs = points.iter().map(|point| (point.size.get() / largest).ln());
    let table = PowerTable::new(logs.collect());
    let mut column = ErrorColumn::default();
    column.set(points.iter().map(|point| point.error().ln()));
    let first = points.len().saturating_sub(sizes);
    let law = family.fit(&FitPoints::new(&table, &column, first, 40)).parameters;
    // A 64th of a doubling is far finer than any miss.
    let steps = (64.0 * HORIZON_RATIO.log2()) as u32;
    let ratios = (0..=steps).map(|step| (f64::from(step) / 64.0).exp2());
    let mut reaching = ratios.filter(|&ratio| family.predict(&law, ratio) <= target);
    reaching.next().and_then(|ratio| TrainingSetSize::new(ratio * largest))
}

fn last_error(split: &SplitCurve) -> f64 {
    split.fitted.points()[split.fitted.points().len() - 1].error()
}

/// How sizes of plans compare with true ones.
#[derive(Default)]
struct Sizes {
    /// Doublings between the size planned and the true one; infinite without a size.
    misses: Vec<f64>,
    /// Doublings by which the size planned is too large.
    excess: Vec<f64>,
    called_unreachable: f64,
    inside_80: f64,
}

impl Sizes {
    fn add(&mut self, plan: &DataPlan, true_size: TrainingSetSize) {
        self.add_size(plan.size, true_size);
        self.inside_80 += f64::from(u8::from(interval_holds(plan, true_size)));
    }

    fn add_size(&mut self, planned: Option<TrainingSetSize>, true_size: TrainingSetSize) {
        let excess = planned.map(|size| (size.get() / true_size.get()).log2());
        self.misses.push(excess.map_or(f64::INFINITY, f64::abs));
        self.excess.push(excess.unwrap_or(f64::INFINITY));
        self.called_unreachable += f64::from(u8::from(planned.is_none()));
    }

    fn print(mut self, name: &str) {
        let count = self.misses.len() as f64;
        let within =
            |doublings: f64| self.misses.iter().filter(|&&miss| miss <= doublings).count() as f64;
        println!(
            "  {name} ({count}): within x2 {:.1} %, within x4 {:.1} %, called unreachable {:.1} %",
            100.0 * within(1.0) / count,
            100.0 * within(2.0) / count,
            100.0 * self.called_unreachable / count,
        );
        let excess = median(&mut self.excess);
        println!("    median miss {:.2} doublings, bias {excess:+.2}", median(&mut self.misses));
    }

    fn print_with_interval(self, name: &str) {
        let inside = self.inside_80 / self.misses.len() as f64;
        self.print(name);
        println!("    80 % interval holds {:.1} %", 100.0 * inside);
    }
}

/// Whether the 80 % interval of a plan holds `size`; an end out of reach lies beyond every size.
fn interval_holds(plan: &DataPlan, size: TrainingSetSize) -> bool {
    let is_below = |end: Option<f64>| end.is_some_and(|end| end <= size.get());
    is_below(plan.interval_80.low) && plan.interval_80.high.is_none_or(|high| size.get() <= high)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Stated probabilities against what happened, in ten bins.
#[derive(Default)]
struct Reliability {
    /// Count, sum of stated probabilities, count of what happened.
    bins: [(f64, f64, f64); 10],
    squares: f64,
}

impl Reliability {
    fn add(&mut self, stated: f64, happened: bool) {
        let bin = &mut self.bins[((10.0 * stated) as usize).min(9)];
        let happened = f64::from(u8::from(happened));
        bin.0 += 1.0;
        bin.1 += stated;
        bin.2 += happened;
        self.squares += (stated - happened).powi(2);
    }

    /// Whether each target was reached at a hidden size, against the plan's probability by then.
    fn add_measured(&mut self, split: &SplitCurve, fit: &CurveFit) {
        let Some(&(farthest, _)) = split.scored.last() else { return };
        let last = last_error(split);
        let best = split.scored.iter().map(|scored| scored.1).fold(f64::INFINITY, f64::min);
        for share in SHARES {
            let target = share * last;
            self.add(fit.probability_reached_by(target, farthest), best <= target);
        }
    }

    fn print(&self, name: &str) {
        let count: f64 = self.bins.iter().map(|bin| bin.0).sum();
        println!("{name} ({count}), Brier score {:.4}:", self.squares / count);
        for (count, stated, happened) in self.bins {
            if count > 0.0 {
                println!(
                    "    stated {:5.1} %  happened {:5.1} %  ({count})",
                    100.0 * stated / count,
                    100.0 * happened / count
                );
            }
        }
    }
}

/// `alpha * m^beta_g + gamma` measured once at each of some power-of-two sizes from 64.
struct Simulated {
    alpha: f64,
    beta_g: f64,
    gamma: f64,
    curve: LearningCurve,
}

impl Simulated {
    /// Curve number `index`: exponents .2 to .7, 7 to 11 sizes, noise 1 to 5 %, a floor that is
    /// `floor_shares` of the error at the largest size.
    fn draw(index: u64, floor_shares: (f64, f64)) -> (Self, RandomStream) {
        let mut stream = RandomStream::new(4_096, index);
        let beta_g = -(0.2 + 0.5 * stream.uniform());
        let count = 7 + stream.below(5) as u32;
        let noise = 0.01 + 0.04 * stream.uniform();
        let share = floor_shares.0 + (floor_shares.1 - floor_shares.0) * stream.uniform();
        let largest = 64.0 * f64::from(1_u32 << (count - 1));
        let last: f64 = 0.1;
        let alpha = last * (1.0 - share) / largest.powf(beta_g);
        let gamma = share * last;
        let points = (0..count).map(|step| {
            let size = TrainingSetSize::new(64.0 * f64::from(1_u32 << step)).unwrap();
            let law = alpha * size.get().powf(beta_g) + gamma;
            CurvePoint::measured(size, law * (noise * stream.normal()).exp())
        });
        let description = CurveDescription {
            name: format!("simulated {index}"),
            metric: MetricKind::ErrorRate,
            aggregate: Aggregate::Mean,
            best_guess: None,
        };
        let curve = LearningCurve::new(description, points.collect()).unwrap();
        (Self { alpha, beta_g, gamma, curve }, stream)
    }

    fn error(&self, size: f64) -> f64 {
        self.alpha * size.powf(self.beta_g) + self.gamma
    }
}

/// Targets below a known floor, and what probabilities and intervals are worth on known laws.
fn score_simulated() {
    let mut called_reachable = 0.0;
    for index in 0..SIMULATED {
        let (simulated, mut stream) = Simulated::draw(index, (0.2, 0.9));
        let target = simulated.gamma * (0.5 + 0.5 * stream.uniform());
        let plan = fit(&simulated.curve).plan(target, &PlanOptions::default());
        called_reachable += f64::from(u8::from(plan.probability_reached >= CALLED_REACHABLE));
    }
    println!(
        "simulated, target .5 to 1 of the floor ({SIMULATED}): called reachable {:.1} %",
        100.0 * called_reachable / SIMULATED as f64
    );
    let mut reliability = Reliability::default();
    let mut sizes: [Sizes; 2] = Default::default();
    for index in SIMULATED..2 * SIMULATED {
        let (simulated, _) = Simulated::draw(index, (0.0, 0.9));
        let fit = fit(&simulated.curve);
        let largest = simulated.curve.largest_size().get();
        for share in SHARES {
            let target = share * simulated.error(largest);
            let plan = fit.plan(target, &PlanOptions::default());
            let is_reached = simulated.error(HORIZON_RATIO * largest) <= target;
            reliability.add(plan.probability_reached, is_reached);
        }
        for (sizes, times) in sizes.iter_mut().zip([2.0, 8.0]) {
            let true_size = TrainingSetSize::new(times * largest).unwrap();
            let plan = fit.plan(simulated.error(times * largest), &PlanOptions::default());
            if !plan.already_reached {
                sizes.add(&plan, true_size);
            }
        }
    }
    reliability.print("simulated, ever reached");
    let [near, far] = sizes;
    near.print_with_interval("simulated, 1 doubling");
    far.print_with_interval("simulated, 3 doublings");
}
