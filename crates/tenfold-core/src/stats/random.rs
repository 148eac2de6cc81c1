//! Seeded random numbers: every stream is a function of (seed, purpose, index).

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// A stream of random numbers that depends on its seed only.
#[derive(Clone, Debug)]
pub struct RandomStream {
    generator: Pcg64Mcg,
    spare_normal: Option<f64>,
}

impl RandomStream {
    /// The stream number `index` of `seed`; streams of different numbers do not overlap in
    /// practice, so adding one shifts no other.
    pub fn new(seed: u64, index: u64) -> Self {
        let high = mix(seed ^ 0x9E37_79B9_7F4A_7C15);
        let low = mix(high ^ mix(index.wrapping_add(0xD1B5_4A32_D192_ED03)));
        let state = (u128::from(high) << 64) | u128::from(low);
        Self { generator: Pcg64Mcg::new(state), spare_normal: None }
    }

    /// Uniform in [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform among `0..count`; 0 when `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        // The bias of a 64-bit multiply-shift is below count / 2^64.
        ((u128::from(self.generator.next_u64()) * count as u128) >> 64) as usize
    }

    /// Standard normal, by the polar method.
    ///
    /// # Reference
    /// Marsaglia and Bray (1964), "A convenient method for generating normal variables".
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let radius = x * x + y * y;
            if radius > 0.0 && radius < 1.0 {
                let factor = (-2.0 * radius.ln() / radius).sqrt();
                self.spare_normal = Some(y * factor);
                return x * factor;
            }
        }
    }
}

/// The finaliser of splitmix64: neighbouring inputs give unrelated outputs.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_index_another() {
        let draw = |seed, index| RandomStream::new(seed, index).generator.next_u64();
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
        assert_ne!(draw(1, 7), draw(7, 1));
    }

    #[test]
    fn normal_draws_have_mean_0_and_variance_1() {
        let mut stream = RandomStream::new(3, 0);
        let draws: Vec<f64> = (0..40_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / draws.len() as f64;
        // Four standard errors: 4 / sqrt(40,000) and 4 sqrt(2 / 40,000).
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.029, "{variance}");
    }

    #[test]
    fn every_index_below_the_count_is_drawn() {
        let mut stream = RandomStream::new(3, 1);
        let mut seen = [0_u32; 5];
        for _ in 0..5_000 {
            seen[stream.below(5)] += 1;
        }
        // Expected 1,000 each; the standard deviation is 28.
        assert!(seen.iter().all(|&count| count > 880 && count < 1_120), "{seen:?}");
        assert_eq!(stream.below(0), 0);
    }
}
