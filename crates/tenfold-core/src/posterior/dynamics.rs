//! How a curve leaves its law, and how noisy its points are.

/// One way to leave a law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dynamics {
    /// Standard deviation of the slope's deviation from the law's, in log error a doubling: q.
    pub(crate) slope_deviation: f64,
    /// Autocorrelation of that deviation over a doubling: φ, between 0 and 1.
    pub(crate) persistence: f64,
    /// Standard deviation of a point's log error that is not measured noise.
    pub(crate) run_noise: f64,
    /// Share of the measured variance that is new at every size; the rest shifts the whole curve,
    /// like the choice of test examples or splits, which all sizes share.
    pub(crate) noise_share: f64,
    /// Doublings below the largest size from which these dynamics hold; infinite where they hold from
    /// the smallest size on.
    pub(crate) reach: f64,
    /// The curve at smaller sizes than those.
    pub(crate) before: Before,
}

/// What a curve does at the sizes below those that its law holds for: the small-data region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Before {
    /// Its slope wanders with this standard deviation.
    Wandering(f64),
    /// Each point is only known to lie near the next one: its distance has a Cauchy density with
    /// this scale per doubling.
    Unrelated(f64),
}

/// What a step of some doublings does to the level and the deviation of the slope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DynamicsStep {
    /// Factor by which the slope's deviation shrinks.
    pub(crate) persistence: f64,
    /// What a slope deviation of 1 adds to the level.
    pub(crate) gain: f64,
    /// Variance added to the level, covariance, variance added to the slope.
    pub(crate) noise: [f64; 3],
}

/// Deviations of the slope up to which the law must be resolved finely, between two of the grid,
/// .025 and .1: with larger ones, neighbouring cells of the coarse grid explain a curve equally
/// well.
const FINE: f64 = 0.03;

/// Deviations of the slope up to which a law counts as holding: between the least two of the grid, .002
/// and .025.
const LAWFUL: f64 = 0.003;

/// Relative tolerance of a distance in doublings: sizes are given to about nine digits.
pub(super) const SAME_SIZE: f64 = 1e-9;

impl Dynamics {
    /// Whether the law's parameters must be resolved finely.
    pub(crate) fn is_fine(&self) -> bool {
        self.slope_deviation <= FINE
    }

    /// Whether the law holds over its reach.
    pub(crate) fn is_lawful(&self) -> bool {
        self.slope_deviation <= LAWFUL
    }

    /// Variance of a point whose measured variance is `measured`, around the curve.
    pub(crate) fn variance_of(&self, measured: f64) -> f64 {
        self.run_noise * self.run_noise + self.noise_share * measured
    }

    /// Whether the size `doublings` beyond the largest (so at most 0) lies before the law's reach.
    pub(crate) fn is_before(&self, doublings: f64) -> bool {
        doublings < -self.reach - SAME_SIZE
    }

    /// Standard deviation of the slope's deviation at the size `doublings` beyond the largest, for
    /// a law whose share `moves` of the error can wander, because the floor does not.
    pub(crate) fn deviation_at(&self, doublings: f64, moves: f64) -> f64 {
        match self.before {
            Before::Wandering(deviation) if self.is_before(doublings) => deviation,
            _ => self.slope_deviation * moves,
        }
    }
}

impl DynamicsStep {
    /// The step over `doublings` for a deviation of 1: an integrated Ornstein–Uhlenbeck process.
    ///
    /// # Reference
    /// Gillespie (1996), "Exact numerical simulation of the Ornstein–Uhlenbeck process and its integral".
    pub(crate) fn of(persistence: f64, doublings: f64) -> Self {
        let rate = -persistence.ln();
        let kept = persistence.powf(doublings);
        let gain = (1.0 - kept) / rate;
        // At short steps this is a difference of nearly equal numbers, which rounding must not take
        // below 0.
        let level = (2.0 / rate * (doublings - gain) - gain * gain).max(0.0);
        let both = (1.0 - kept) * (1.0 - kept) / rate;
        Self { persistence: kept, gain, noise: [level, both, 1.0 - kept * kept] }
    }

    /// The same for a deviation of `deviation`.
    pub(crate) fn scaled(&self, deviation: f64) -> Self {
        let square = deviation * deviation;
        Self { noise: self.noise.map(|variance| square * variance), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_are_one() {
        let whole = DynamicsStep::of(0.8, 3.0).scaled(0.2);
        let (first, second) =
            (DynamicsStep::of(0.8, 1.2).scaled(0.2), DynamicsStep::of(0.8, 1.8).scaled(0.2));
        let gain = first.gain + first.persistence * second.gain;
        assert!((whole.gain - gain).abs() < 1e-12);
        let level = first.noise[0]
            + 2.0 * second.gain * first.noise[1]
            + second.gain * second.gain * first.noise[2]
            + second.noise[0];
        assert!((whole.noise[0] - level).abs() < 1e-12, "{} {level}", whole.noise[0]);
        let slope = second.persistence * second.persistence * first.noise[2] + second.noise[2];
        assert!((whole.noise[2] - slope).abs() < 1e-12);
    }

    #[test]
    fn the_integral_has_the_variance_of_many_small_steps() {
        // Euler sums of 3 doublings in 3,000 steps: var = sum over pairs of q^2 phi^|s - t| ds dt.
        let (q, phi, d): (f64, f64, f64) = (0.3, 0.5, 3.0);
        let steps = 1_500_u32;
        let width = d / f64::from(steps);
        let mut variance = 0.0;
        for a in 0..steps {
            for b in 0..steps {
                let apart = (f64::from(a) - f64::from(b)).abs() * width;
                variance += q * q * phi.powf(apart) * width * width;
            }
        }
        // With the slope's deviation at the start drawn from its stationary distribution.
        let found = DynamicsStep::of(phi, d).scaled(q);
        let all = found.noise[0] + found.gain * found.gain * q * q;
        assert!((all / variance - 1.0).abs() < 1e-3, "{all} {variance}");
    }
}
