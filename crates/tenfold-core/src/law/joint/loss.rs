//! What a log residual costs.

/// Loss of a log residual, ln predicted − ln measured, summed over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JointLoss {
    /// The square up to `delta`, r² / 2, and a straight line beyond it, delta (|r| − delta / 2): a run far off
    /// pulls no harder than one at `delta`.
    ///
    /// # Reference
    /// Huber (1964), "Robust estimation of a location parameter"; Hoffmann et al. (2022),
    /// arXiv:2203.15556, section 3.3, with `delta` 1e-3.
    Huber {
        /// Largest residual whose square counts, above 0.
        delta: f64,
    },
    /// The square, r².
    Squares,
}

impl Default for JointLoss {
    fn default() -> Self {
        Self::Huber { delta: 1e-3 }
    }
}

impl JointLoss {
    /// Name in options and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Huber { .. } => "huber",
            Self::Squares => "squares",
        }
    }

    /// Loss of a residual.
    pub fn of(self, residual: f64) -> f64 {
        match self {
            Self::Huber { delta } => {
                let distance = residual.abs();
                if distance <= delta {
                    0.5 * residual * residual
                } else {
                    delta * (distance - 0.5 * delta)
                }
            }
            Self::Squares => residual * residual,
        }
    }

    /// Weight that makes the gradient of least squares that of this loss, at most 1.
    pub(super) fn weight(self, residual: f64) -> f64 {
        match self {
            Self::Huber { delta } => (delta / residual.abs()).min(1.0),
            Self::Squares => 1.0,
        }
    }

    /// The losses to minimise before this one, those with the largest `delta` first: a search that
    /// follows them avoids the kinks of a small `delta`.
    pub(super) fn path(self, factors: &'static [f64]) -> impl Iterator<Item = Self> {
        let rounder = factors.iter().filter_map(move |factor| match self {
            Self::Huber { delta } => Some(Self::Huber { delta: factor * delta }),
            Self::Squares => None,
        });
        rounder.chain(std::iter::once(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_continues_the_square() {
        let huber = JointLoss::Huber { delta: 0.1 };
        assert!((huber.of(0.1) - 0.005).abs() < 1e-15);
        assert!((huber.of(-0.3) - 0.025).abs() < 1e-15);
        let slope = (huber.of(0.300_001) - huber.of(0.299_999)) / 2e-6;
        // Loss and weight belong together: the derivative is weight times residual.
        assert!((slope - huber.weight(0.3) * 0.3).abs() < 1e-9, "{slope}");
        assert!((huber.weight(0.05) - 1.0).abs() < 1e-15);
    }
}
