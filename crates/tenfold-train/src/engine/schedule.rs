//! How the learning rate changes over a run.

use std::f64::consts::PI;

/// Shape of the learning rate after warm-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// Half a cosine from the full rate down to 0 at the last step.
    Cosine,
    /// The full rate to the end.
    Constant,
    /// The full rate, then evenly down to 0 over the last fifth of the steps.
    Trapezoid,
}

/// Share of the steps in which [`Schedule::Trapezoid`] goes down.
const DECAY: f64 = 0.2;

impl Schedule {
    /// Share of the full learning rate in step `step`, counted from 0, of `steps`.
    ///
    /// The first `warmup` share of the steps rises in equal parts to the full rate.
    pub fn share(self, step: u64, steps: u64, warmup: f64) -> f64 {
        let warmup_steps = (warmup * steps as f64).round();
        let step = step as f64;
        if step < warmup_steps {
            return (step + 1.0) / (warmup_steps + 1.0);
        }
        match self {
            Self::Constant => 1.0,
            Self::Trapezoid => ((steps as f64 - step) / (DECAY * steps as f64).max(1.0)).min(1.0),
            Self::Cosine => {
                let done = (step - warmup_steps) / (steps as f64 - warmup_steps).max(1.0);
                0.5 * (1.0 + (PI * done.min(1.0)).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_rises_evenly_and_the_cosine_passes_its_middle_at_half() {
        let shares: Vec<f64> =
            (0..12).map(|step| Schedule::Cosine.share(step, 12, 1.0 / 6.0)).collect();
        assert!((shares[0] - 1.0 / 3.0).abs() < 1e-12 && (shares[1] - 2.0 / 3.0).abs() < 1e-12);
        assert!((shares[2] - 1.0).abs() < 1e-12 && (shares[7] - 0.5).abs() < 1e-12);
        assert!(shares[11] > 0.0 && shares[11] < 0.03);
        assert!((Schedule::Constant.share(11, 12, 0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_trapezoid_is_flat_until_the_last_fifth() {
        let shares: Vec<f64> =
            (0..20).map(|step| Schedule::Trapezoid.share(step, 20, 0.1)).collect();
        assert!((shares[0] - 1.0 / 3.0).abs() < 1e-12 && (shares[1] - 2.0 / 3.0).abs() < 1e-12);
        assert!(shares[2..=16].iter().all(|share| (share - 1.0).abs() < 1e-12));
        assert!((shares[17] - 0.75).abs() < 1e-12 && (shares[19] - 0.25).abs() < 1e-12);
    }
}
