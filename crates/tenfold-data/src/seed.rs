//! Randomness that never depends on order: every number is a function of (seed, purpose, index).
//!
//! Adding a trial, a repeat or a row therefore changes no other numbers. The generator is
//! counter-based and its output is pinned by golden tests: changing it would change every study.
//!
//! # Reference
//! Salmon, Moraes, Dror and Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, Philox4x32-10.

use sha2::{Digest, Sha256};

/// Seed for one purpose of a study: the same three arguments give the same seed for ever.
///
/// `purpose` is a short text such as `"shard order"`; `index` tells repeats, trials or layers apart.
pub fn derive(study_seed: u64, purpose: &str, index: u64) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(b"tenfold seed 1\0");
    hasher.update(study_seed.to_le_bytes());
    hasher.update((purpose.len() as u64).to_le_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(index.to_le_bytes());
    let digest = hasher.finalize();
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// The `counter`-th number of the sequence belonging to `seed`, computed without the ones before it.
pub fn number_at(seed: u64, counter: u64) -> u64 {
    // Two 64-bit numbers come out of one block of 128 bits.
    let words = block(seed, counter / 2);
    if counter.is_multiple_of(2) { words[0] } else { words[1] }
}

/// A sequence of random numbers, fixed by its seed.
#[derive(Clone, Debug)]
pub struct Stream {
    seed: u64,
    counter: u64,
    spare: Option<u64>,
    spare_normal: Option<f64>,
}

impl Stream {
    /// The sequence of `seed`, from its beginning. Get the seed from [`derive()`].
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0, spare: None, spare_normal: None }
    }

    /// Next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let [first, second] = block(self.seed, self.counter);
        self.counter += 1;
        self.spare = Some(second);
        first
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn uniform_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `[0, 1)`, with 24 random bits.
    pub fn uniform_f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1_u64 << 24) as f32)
    }

    /// Uniform in `0..bound`, without modulo bias; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Lemire (2019): the high half of a product is uniform once the first few low halves are refused.
        let refused = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= refused {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal (mean 0, variance 1), by Marsaglia's polar method.
    ///
    /// The same bits on every platform: its logarithm is our own, not the system's.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let x = 2.0 * self.uniform_f64() - 1.0;
            let y = 2.0 * self.uniform_f64() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * stable_ln(square) / square).sqrt();
                self.spare_normal = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// Puts `items` in random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }
}

/// Natural logarithm of a positive normal number from additions, products and quotients only.
///
/// The system's `ln` may differ in its last bit between platforms, and a stream must not.
/// x = 2^e·m with m near 1; ln m = 2·artanh((m − 1)/(m + 1)) as a series, exact to about 1e-15.
fn stable_ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    // |ratio| ≤ 0.1716, so the 13 terms after the first leave less than 1e-20.
    let mut series = 0.0;
    for term in (0..14).rev() {
        series = series * square + 1.0 / f64::from(2 * term + 1);
    }
    f64::from(exponent) * std::f64::consts::LN_2 + 2.0 * ratio * series
}

/// One Philox4x32-10 block as two 64-bit numbers.
fn block(seed: u64, counter: u64) -> [u64; 2] {
    let words = philox([counter as u32, (counter >> 32) as u32, 0, 0], seed);
    let join = |low: u32, high: u32| u64::from(low) | (u64::from(high) << 32);
    [join(words[0], words[1]), join(words[2], words[3])]
}

/// Philox4x32-10; the constants are those of the paper, table 2 and section 4.3.
fn philox(counter: [u32; 4], seed: u64) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let (mut low_key, mut high_key) = (seed as u32, (seed >> 32) as u32);
    for _ in 0..10 {
        let left = u64::from(a) * 0xD251_1F53;
        let right = u64::from(c) * 0xCD9E_8D57;
        (a, b, c, d) = (
            (right >> 32) as u32 ^ b ^ low_key,
            right as u32,
            (left >> 32) as u32 ^ d ^ high_key,
            left as u32,
        );
        low_key = low_key.wrapping_add(0x9E37_79B9);
        high_key = high_key.wrapping_add(0xBB67_AE85);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kat_vectors` of the Random123 library, lines `philox4x32 10`.
    #[test]
    fn philox_agrees_with_its_published_vectors() {
        assert_eq!(philox([0; 4], 0), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], u64::MAX),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], 0x299f_31d0_a409_3822),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn logarithm_is_right_to_the_last_digits() {
        for x in [1e-300, 1e-9, 0.1, 0.5, 0.707, 0.999_999, 1.0, 1.5, 3.0, 1e10] {
            let error = (stable_ln(x) - f64::ln(x)).abs();
            assert!(error <= 4e-16 * f64::ln(x).abs().max(1.0), "{x}: {error}");
        }
    }

    #[test]
    fn random_access_agrees_with_the_sequence() {
        let mut stream = Stream::new(7);
        for counter in 0..9 {
            assert_eq!(stream.next_u64(), number_at(7, counter));
        }
    }
}
