//! The cells that the prior is learnt over: laws times dynamics.
//!
//! Finer spacings change no figure of the development curves by more than chance. The law's two
//! parameters are resolved further where a curve determines them better (see `refine`).

use std::sync::LazyLock;

use crate::posterior::dynamics::{Before, Dynamics, SAME_SIZE};
use crate::posterior::shape::Shape;

/// Exponents other than 0, evenly spaced in the logarithm: the least, the largest, how many.
///
/// The largest exponent decides the forecast of curves that have just collapsed. With exponents up
/// to 3, one development curve that fell to a hundredth in two doublings was forecast to keep
/// falling so, and mean RMSLE three doublings ahead was .142 and not .127.
const EXPONENTS: (f64, f64, usize) = (0.02, 1.6, 14);

/// Ends of the cells of floor shares above 0; no floor is a cell of its own.
const FLOOR_EDGES: [f64; 8] = [0.0, 0.175, 0.335, 0.5, 0.66, 0.81, 0.925, 1.0];

/// Exponents between which published laws lie, with and without floors.
const USUAL_EXPONENTS: (f64, f64) = (0.06, 0.8);

const SLOPE_DEVIATIONS: [f64; 5] = [0.002, 0.025, 0.1, 0.3, 0.7];
pub(super) const PERSISTENCES: [f64; 3] = [0.3, 0.8, 0.97];
const RUN_NOISES: [f64; 6] = [0.0005, 0.002, 0.006, 0.02, 0.06, 0.15];
const NOISE_SHARES: [f64; 2] = [1.0, 0.36];
const REACHES: [f64; 3] = [2.0, 3.5, 6.0];
const BEFORE: [Before; 2] = [Before::Wandering(0.4), Before::Unrelated(0.15)];

/// Largest deviation of the slope for which a separate small-data region is worth its cells.
const MOST_WITH_REGION: f64 = 0.1;

/// A cell of laws: a rectangle of log exponents and floor shares, represented by its middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// Log of the exponent; minus infinity for an exponent of 0.
    pub(super) log_exponent: f64,
    /// Half the cell's width in it.
    pub(super) half_exponent: f64,
    pub(super) floor_share: f64,
    /// 0 for laws without a floor.
    pub(super) half_floor: f64,
    /// Number of the cell of the coarse grid that it is part of.
    pub(super) coarse: usize,
    /// Its share of that cell's prior.
    pub(super) share: f64,
    /// Share of a slope deviation that acts, since a floor does not wander: the share of the error
    /// above the floor at the largest size.
    pub(super) moves: f64,
    /// Number of halvings from the coarse cell.
    pub(super) depth: u32,
}

impl Leaf {
    /// The law in the cell's middle, and the share of its error that can wander.
    pub(super) fn shape(&self) -> (Shape, f64) {
        let exponent = self.log_exponent.exp();
        (Shape::Floor { exponent, floor_share: self.floor_share }, self.moves)
    }
}

/// The grid.
pub(crate) struct Grid {
    /// Laws.
    pub(super) shapes: Vec<Leaf>,
    pub(super) dynamics: Vec<Dynamics>,
    /// Numbers of the laws that are tried first, to find which dynamics may matter for a curve.
    pub(super) scouts: Vec<usize>,
    /// For each dynamics, the representative of those that are equivalent for a curve without
    /// measured noise.
    without_noise: Vec<usize>,
    /// For each dynamics, the representative of those that are equivalent for a curve whose sizes
    /// all lie within the reach.
    without_region: Vec<usize>,
}

/// The one grid there is.
pub(super) static GRID: LazyLock<Grid> = LazyLock::new(Grid::new);

/// Prior mass of dynamics below which they are left out of a posterior.
const NEGLIGIBLE: f64 = 1e-6;

impl Grid {
    fn new() -> Self {
        let dynamics = all_dynamics();
        let find =
            |wanted: Dynamics| dynamics.iter().position(|one| *one == wanted).unwrap_or_default();
        let without_noise =
            dynamics.iter().map(|one| find(Dynamics { noise_share: 1.0, ..*one })).collect();
        let whole = |one: &Dynamics| Dynamics { reach: f64::INFINITY, before: BEFORE[0], ..*one };
        let without_region = dynamics.iter().map(|one| find(whole(one))).collect();
        let shapes = all_shapes();
        // Every second exponent, with no floor, a small one and a large one; the first is 0.
        let is_scout = |at: &usize| {
            let (column, row) =
                (at.saturating_sub(1) / EXPONENTS.2, at.saturating_sub(1) % EXPONENTS.2);
            *at == 0 || (row % 2 == 1 && [0, 2, 5].contains(&column))
        };
        let scouts = (0..shapes.len()).filter(is_scout).collect();
        Self { shapes, dynamics, scouts, without_noise, without_region }
    }

    /// Cells in all.
    pub(super) fn cells(&self) -> usize {
        self.shapes.len() * self.dynamics.len()
    }

    /// The representative of the dynamics that are equivalent to `number` for a curve whose
    /// smallest size lies `first` doublings beyond (so below) its largest.
    pub(super) fn representative(&self, number: usize, has_noise: bool, first: f64) -> usize {
        let number = if has_noise { number } else { self.without_noise[number] };
        if self.dynamics[number].is_before(first) { number } else { self.without_region[number] }
    }

    /// Uniform probabilities of usual laws, and of dynamics with which a curve follows its law:
    /// half of the laws have no floor, exponents and floor shares are uniform over the grid's cells
    /// in the usual range, and any noise is allowed.
    pub(super) fn lawful(&self) -> (Vec<f64>, Vec<f64>) {
        let usual = USUAL_EXPONENTS.0.ln()..=USUAL_EXPONENTS.1.ln();
        let is_usual = |leaf: &Leaf| usual.contains(&leaf.log_exponent);
        let law = |leaf: &Leaf| match (is_usual(leaf), leaf.half_floor > 0.0) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => 2.0 * leaf.half_floor,
        };
        let dynamics = |one: &Dynamics| {
            f64::from(one.is_lawful() && one.reach.is_infinite() && one.noise_share >= 1.0)
        };
        let laws = self.shapes.iter().map(law).collect();
        (laws, self.dynamics.iter().map(dynamics).collect())
    }

    /// Number of regions of a curve, which decides the dynamics that differ for it: how many
    /// reaches end above its smallest size.
    pub(super) fn regions(first: f64) -> usize {
        REACHES.iter().filter(|reach| first < -**reach - SAME_SIZE).count()
    }

    /// Log prior masses of the laws under each dynamics that differs for a curve with so many
    /// regions, with the masses of equivalent dynamics added; `prior` has one a cell, laws within
    /// dynamics.
    pub(super) fn merged(&self, prior: &[f64], has_noise: bool, regions: usize) -> Vec<PriorRow> {
        let first = if regions == 0 { 0.0 } else { -2.0 * REACHES[regions - 1] };
        let first = REACHES.get(regions).map_or(first, |reach| first.max(-reach));
        let laws = self.shapes.len();
        let mut rows: Vec<Option<Vec<f64>>> = vec![None; self.dynamics.len()];
        for (number, masses) in prior.chunks(laws).enumerate() {
            let representative = self.representative(number, has_noise, first);
            match &mut rows[representative] {
                Some(row) => row.iter_mut().zip(masses).for_each(|(sum, mass)| *sum += mass),
                row => *row = Some(masses.to_vec()),
            }
        }
        let rows = rows.into_iter().enumerate();
        let rows = rows.filter_map(|(dynamics, row)| {
            let row = row?;
            let mass: f64 = row.iter().sum();
            let logs = || row.iter().map(|mass| mass.max(f64::MIN_POSITIVE).ln());
            (mass > NEGLIGIBLE).then(|| PriorRow {
                dynamics,
                log_mass: mass.ln(),
                largest: logs().fold(f64::NEG_INFINITY, f64::max),
                logs: logs().collect(),
            })
        });
        rows.collect()
    }
}

/// Prior of the laws under one kind of dynamics.
#[derive(Clone, Debug)]
pub(super) struct PriorRow {
    /// Number of the dynamics.
    pub(super) dynamics: usize,
    /// Log of the mass of all laws.
    pub(super) log_mass: f64,
    /// Largest of the logs.
    pub(super) largest: f64,
    /// Log of the mass of each law.
    pub(super) logs: Vec<f64>,
}

/// Most regions that [`Grid::regions`] counts.
pub(super) const MOST_REGIONS: usize = REACHES.len();

fn all_shapes() -> Vec<Leaf> {
    let (least, most, count) = EXPONENTS;
    let step = (most / least).ln() / (count - 1) as f64;
    let mut shapes = Vec::new();
    let with_floor = FLOOR_EDGES.windows(2);
    let with_floor =
        with_floor.map(|edges| (0.5 * (edges[0] + edges[1]), 0.5 * (edges[1] - edges[0])));
    for (floor_share, half_floor) in std::iter::once((0.0, 0.0)).chain(with_floor) {
        let mut push = |log_exponent, half_exponent| {
            shapes.push(Leaf {
                log_exponent,
                half_exponent,
                floor_share,
                half_floor,
                coarse: shapes.len(),
                share: 1.0,
                moves: 1.0 - floor_share,
                depth: 0,
            });
        };
        if half_floor <= 0.0 {
            push(f64::NEG_INFINITY, 0.0);
        }
        for number in 0..count {
            push(least.ln() + step * number as f64, 0.5 * step);
        }
    }
    shapes
}

fn all_dynamics() -> Vec<Dynamics> {
    let mut all = Vec::new();
    for slope_deviation in SLOPE_DEVIATIONS {
        let whole = std::iter::once((f64::INFINITY, BEFORE[0]));
        let regions = REACHES.iter().flat_map(|&reach| BEFORE.map(|before| (reach, before)));
        let has_region = slope_deviation <= MOST_WITH_REGION;
        for (reach, before) in whole.chain(regions.filter(|_| has_region)) {
            // The least deviation is negligible, so its persistence does not matter.
            let persistences: &[f64] = if slope_deviation <= SLOPE_DEVIATIONS[0] {
                &PERSISTENCES[1..2]
            } else {
                &PERSISTENCES
            };
            let noises = RUN_NOISES.iter().flat_map(|&run_noise| {
                let pairs = persistences.iter().map(move |&persistence| (run_noise, persistence));
                pairs.flat_map(|pair| NOISE_SHARES.map(|noise_share| (pair, noise_share)))
            });
            all.extend(noises.map(|((run_noise, persistence), noise_share)| Dynamics {
                slope_deviation,
                persistence,
                run_noise,
                noise_share,
                reach,
                before,
            }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_a_curve_stands_for_itself_or_for_a_wider_one() {
        let grid = Grid::new();
        let prior = vec![1.0 / grid.cells() as f64; grid.cells()];
        for (has_noise, first) in [(true, -20.0), (true, -1.0), (false, -20.0), (false, -3.5)] {
            let merged = grid.merged(&prior, has_noise, Grid::regions(first));
            let total: f64 = merged.iter().flat_map(|row| &row.logs).map(|log| log.exp()).sum();
            assert!((total - 1.0).abs() < 1e-9, "{total}");
            for row in &merged {
                let one = grid.dynamics[row.dynamics];
                assert!(has_noise || one.noise_share >= 1.0);
                assert!(one.reach.is_infinite() || one.is_before(first), "{one:?}");
            }
        }
    }

    #[test]
    fn floor_cells_cover_all_shares() {
        let grid = Grid::new();
        let of_one = grid.shapes.iter().skip(1).step_by(EXPONENTS.2);
        let covered: f64 = of_one.map(|leaf| 2.0 * leaf.half_floor).sum();
        assert!((covered - 1.0).abs() < 1e-12, "{covered}");
    }
}
