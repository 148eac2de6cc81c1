//! How much of a forecast's interval is noise, and what one more trial would take from it.

use crate::curve::LearningCurve;
use crate::law::{CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, PowerLawOffset, PowerTable};
use crate::units::TrainingSetSize;

use super::noise::{TrialNoise, mean_log_error};

/// Derivatives of log error by the three parameters of the law with a floor.
type Direction = [f64; 3];

/// How exactly the measured trials determine the law with a floor.
///
/// The covariance of (alpha, `beta_g`, gamma) is the inverse of the Gram matrix `sum w g g'`, with g the
/// derivatives of log error by the parameters at each size and `w = 1 / (sd^2 / n + 0.02^2)`.
///
/// # Reference
/// Atkinson, Donev and Tobias (2007), "Optimum experimental designs, with SAS", chapter 17: c-optimal
/// designs for a nonlinear law, at its present estimate.
#[derive(Clone, Debug)]
pub struct Precision {
    law: Direction,
    unit: TrainingSetSize,
    covariance: [Direction; 3],
    noise: TrialNoise,
    /// Seeds at each measured size.
    seeds: Vec<(TrainingSetSize, u32)>,
}

/// Smallest determinant of the normalised Gram matrix from which parameters count as determined.
const SMALLEST_DETERMINANT: f64 = 1e-12;

impl Precision {
    /// The precision of `curve`'s law; `None` with fewer than 4 sizes, or where the sizes do not
    /// determine three parameters, as on a flat curve.
    pub fn new(curve: &LearningCurve, noise: TrialNoise) -> Option<Self> {
        let points = curve.points();
        if points.len() <= PowerLawOffset.minimum_sizes() {
            return None;
        }
        let unit = curve.largest_size();
        let logs: Vec<f64> = points.iter().map(|point| point.size.log() - unit.log()).collect();
        let table = PowerTable::new(logs);
        let mut column = ErrorColumn::default();
        let last = mean_log_error(points.last()?);
        column.set(points.iter().map(|point| mean_log_error(point) - last));
        let fitted = PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, FULL_SEARCH));
        let law = [fitted.parameters[0], fitted.parameters[1], fitted.parameters[2]];
        let count = |seeds: usize| u32::try_from(seeds).unwrap_or(u32::MAX);
        let seeds: Vec<(TrainingSetSize, u32)> =
            points.iter().map(|point| (point.size, count(point.replicates.len()))).collect();
        let weighted = |&(size, count): &(TrainingSetSize, u32)| {
            (noise.weight(size, count), direction(&law, size, unit))
        };
        let rows: Vec<(f64, Direction)> = seeds.iter().map(weighted).collect();
        let cell = |i: usize, j: usize| rows.iter().map(|(w, g)| w * g[i] * g[j]).sum::<f64>();
        let gram = std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j)));
        Some(Self { law, unit, covariance: inverse(&gram)?, noise, seeds })
    }

    /// Variance of the log error expected at `target`.
    pub fn variance_at(&self, target: TrainingSetSize) -> f64 {
        let at = direction(&self.law, target, self.unit);
        self.product(&at, &at).max(0.0)
    }

    /// The same after one more trial at `size`, by a rank-one update.
    ///
    /// # Reference
    /// Sherman and Morrison (1950), "Adjustment of an inverse matrix corresponding to a change in one
    /// element of a given matrix".
    pub fn variance_with(&self, size: TrainingSetSize, target: TrainingSetSize) -> f64 {
        let has = self.seeds.iter().find(|row| row.0 == size).map_or(0, |row| row.1);
        let added = self.noise.weight(size, has + 1) - self.noise.weight(size, has);
        let (at, new) =
            (direction(&self.law, target, self.unit), direction(&self.law, size, self.unit));
        let cross = self.product(&at, &new);
        let fall = added * cross * cross / (1.0 + added * self.product(&new, &new));
        (self.variance_at(target) - fall).max(0.0)
    }

    /// The 80 % interval's half width at `target` after one more trial at `size`, as a factor of the
    /// half width now, `log_half_width`: only the part that noise explains narrows.
    pub fn narrowing(
        &self,
        size: TrainingSetSize,
        target: TrainingSetSize,
        log_half_width: f64,
    ) -> f64 {
        let now = self.variance_at(target);
        let share = noise_share(now, log_half_width);
        if now <= 0.0 {
            return 1.0;
        }
        (1.0 - share + share * self.variance_with(size, target) / now).max(0.0).sqrt()
    }

    fn product(&self, left: &Direction, right: &Direction) -> f64 {
        let rows = self.covariance.iter().zip(left);
        rows.map(|(row, l)| l * row.iter().zip(right).map(|(cell, r)| cell * r).sum::<f64>()).sum()
    }
}

/// Deviations of a normal variable that 80 % lie within.
const NORMAL_80: f64 = 1.281_551_565_544_600_4;

/// Part of the squared half width of an 80 % interval that a variance of the law explains, at most 1.
pub fn noise_share(variance: f64, log_half_width: f64) -> f64 {
    let explained = NORMAL_80 * NORMAL_80 * variance;
    if log_half_width > 0.0 { (explained / log_half_width.powi(2)).min(1.0) } else { 0.0 }
}

/// Derivatives of ln(alpha x^beta + gamma) by alpha, beta and gamma at x = size / unit.
fn direction(law: &Direction, size: TrainingSetSize, unit: TrainingSetSize) -> Direction {
    let log = size.log() - unit.log();
    let mut gradient = [0.0; 3];
    PowerLawOffset.gradient(law, log.exp(), &mut gradient);
    let error = PowerLawOffset.predict(law, log.exp());
    gradient.map(|slope| slope / error)
}

/// Inverse of a symmetric positive definite matrix; `None` where it has none to speak of.
fn inverse(matrix: &[Direction; 3]) -> Option<[Direction; 3]> {
    let scale: Direction = std::array::from_fn(|i| matrix[i][i].sqrt());
    if scale.iter().any(|one| !(one.is_finite() && *one > 0.0)) {
        return None;
    }
    // Scaled to a unit diagonal, so that one threshold judges every curve.
    let m: [Direction; 3] =
        std::array::from_fn(|i| std::array::from_fn(|j| matrix[i][j] / (scale[i] * scale[j])));
    let minor = |i: usize, j: usize| {
        let (a, b) = ((i + 1) % 3, (i + 2) % 3);
        let (c, d) = ((j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant = (0..3).map(|j| m[0][j] * minor(0, j)).sum::<f64>();
    if determinant < SMALLEST_DETERMINANT {
        return None;
    }
    let cell = |i: usize, j: usize| minor(j, i) / (determinant * scale[i] * scale[j]);
    Some(std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{CurvePoint, Replicate};
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;

    fn size(step: i32) -> TrainingSetSize {
        TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap()
    }

    /// Ten doublings with `seeds` at each; the law is .5 (m / 64)^-.5 + .02, times `unit`.
    fn curve(seeds: [u64; 10], unit: f64) -> LearningCurve {
        let point = |(step, count): (i32, u64)| {
            let error = unit * (0.5 * 2_f64.powf(-0.5 * f64::from(step)) + 0.02);
            let mut point = CurvePoint::measured(size(step), error);
            let replicate = |seed| Replicate { seed, error, outcomes: None };
            point.replicates = (0..count).map(replicate).collect();
            point
        };
        let points = (0..10).zip(seeds).filter(|row| row.1 > 0).map(point).collect();
        curve_of(points)
    }

    const FEW: [u64; 10] = [4, 4, 4, 4, 3, 3, 1, 1, 0, 1];

    fn precision(seeds: [u64; 10], unit: f64) -> Precision {
        let noise = TrialNoise { deviation: 0.05, size: size(9) };
        Precision::new(&curve(seeds, unit), noise).unwrap()
    }

    #[test]
    fn the_rank_one_update_is_the_inverse_of_the_larger_matrix() {
        let mut more = FEW;
        more[9] += 1;
        let updated = precision(FEW, 1.0).variance_with(size(9), size(12));
        let anew = precision(more, 1.0).variance_at(size(12));
        assert!((updated / anew - 1.0).abs() < 1e-9, "{updated} {anew}");
        let mut half = FEW;
        half[8] += 1;
        let updated = precision(FEW, 1.0).variance_with(size(8), size(12));
        let anew = precision(half, 1.0).variance_at(size(12));
        assert!((updated / anew - 1.0).abs() < 1e-9, "{updated} {anew}");
    }

    #[test]
    fn the_closed_form_is_the_spread_of_simulated_forecasts() {
        // Without noise every weight is 1 / 0.02^2, and the plain fit is the weighted one; a tenth of
        // 0.02 keeps the law straight enough for the formula.
        let logs: Vec<f64> = (0..400).map(|index| simulated_log_error(index, 0.002)).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let spread = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / logs.len() as f64;
        let noise = TrialNoise { deviation: 1e-9, size: size(9) };
        let formula = Precision::new(&curve([1; 10], 1.0), noise).unwrap().variance_at(size(12));
        // A variance of 400 draws has a relative standard error of 7 %.
        let ratio = 0.01 * formula / spread;
        assert!((0.8..1.25).contains(&ratio), "{ratio}");
    }

    /// Log error that the law fitted to noisy errors expects three doublings ahead.
    fn simulated_log_error(index: u64, deviation: f64) -> f64 {
        let mut stream = RandomStream::new(3, index);
        let exact = curve([1; 10], 1.0);
        let points = exact.points();
        let log = |point: &CurvePoint| point.size.log() - size(9).log();
        let table = PowerTable::new(points.iter().map(log).collect());
        let mut column = ErrorColumn::default();
        column.set(points.iter().map(|point| point.error().ln() + deviation * stream.normal()));
        let law = PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, FULL_SEARCH));
        PowerLawOffset.predict(&law.parameters, 8.0).ln()
    }

    #[test]
    fn units_of_error_do_not_matter_and_top_trials_say_most() {
        let (one, other) = (precision(FEW, 1.0), precision(FEW, 30.0));
        let target = size(12);
        assert!((one.variance_at(target) / other.variance_at(target) - 1.0).abs() < 1e-6);
        let gains: Vec<f64> = [0, 5, 9].map(|step| one.narrowing(size(step), target, 0.3)).to_vec();
        assert!(gains.windows(2).all(|pair| pair[0] > pair[1]), "{gains:?}");
        assert!(gains.iter().all(|gain| (0.0..=1.0).contains(gain)), "{gains:?}");
    }

    #[test]
    fn an_interval_wider_than_noise_narrows_less() {
        let precision = precision(FEW, 1.0);
        let narrow = |width| precision.narrowing(size(9), size(12), width);
        assert!(narrow(0.1) < narrow(0.5) && narrow(0.5) < narrow(5.0), "{}", narrow(5.0));
        assert!(narrow(5.0) > 0.99);
        assert!((noise_share(0.01, 0.256_310_313_108_920_1) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn flat_curves_and_three_sizes_determine_no_law() {
        let noise = TrialNoise { deviation: 0.05, size: size(9) };
        let three = curve(FEW, 1.0).hide_largest(6).unwrap();
        assert!(Precision::new(&three, noise).is_none());
    }
}
