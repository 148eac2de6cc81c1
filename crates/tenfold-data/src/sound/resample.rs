//! Samples at another rate, by a sinc that a Kaiser window cuts off.
//!
//! The filter is that of scipy's `resample_poly`, and sums run in one order: a recording has the same bits
//! on every machine.
//!
//! # Reference
//! Crochiere and Rabiner (1983), *Multirate digital signal processing*, section 4.3; Kaiser (1974),
//! *Nonrecursive digital filter design using the I0-sinh window function*.

use std::f64::consts::PI;

/// Zeros of the sinc on either side.
const ZEROS: u64 = 10;

/// Shape of the Kaiser window: side lobes at −53 dB or so, below the noise of eight bits.
const BETA: f64 = 5.0;

/// Samples that `frames` samples at rate `from` are at rate `to`.
pub(crate) fn resampled_len(frames: u64, from: u32, to: u32) -> u64 {
    let ratio = Ratio::of(from, to);
    u64::try_from((u128::from(frames) * u128::from(ratio.up)).div_ceil(u128::from(ratio.down)))
        .unwrap_or(u64::MAX)
}

/// `samples` at rate `from`, at rate `to`; both are above 0.
pub(crate) fn resampled(samples: Vec<f32>, from: u32, to: u32) -> Vec<f32> {
    if from == to || samples.is_empty() {
        return samples;
    }
    let ratio = Ratio::of(from, to);
    let filter = Filter::new(ratio);
    let wanted = resampled_len(samples.len() as u64, from, to);
    (0..wanted).map(|at| filter.sample(&samples, at)).collect()
}

/// `up / down` is the new rate over the old one, in lowest terms.
#[derive(Clone, Copy)]
struct Ratio {
    up: u64,
    down: u64,
}

impl Ratio {
    fn of(from: u32, to: u32) -> Self {
        let (mut divisor, mut rest) = (u64::from(from), u64::from(to));
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Self { up: u64::from(to) / divisor, down: u64::from(from) / divisor }
    }
}

/// A low pass at the lower of both rates, in steps of the rate that both divide.
struct Filter {
    ratio: Ratio,
    /// Of odd length; the middle one is at no delay.
    weights: Vec<f64>,
}

impl Filter {
    fn new(ratio: Ratio) -> Self {
        let widest = ratio.up.max(ratio.down);
        let half = ZEROS * widest;
        let weight = |at: u64| {
            let distance = (at as f64 - half as f64) / widest as f64;
            let sinc = if at == half { 1.0 } else { (PI * distance).sin() / (PI * distance) };
            let along = at as f64 / half as f64 - 1.0;
            sinc * bessel(BETA * (1.0 - along * along).max(0.0).sqrt()) / bessel(BETA)
        };
        let mut weights: Vec<f64> = (0..=2 * half).map(weight).collect();
        // Silence and any other constant stay what they are.
        let sum: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight *= ratio.up as f64 / sum;
        }
        Self { ratio, weights }
    }

    /// Sample `at` of the new rate.
    fn sample(&self, samples: &[f32], at: u64) -> f32 {
        let Ratio { up, down } = self.ratio;
        let half = (self.weights.len() as u64 - 1) / 2;
        // Sample k of the old rate has the weight at `centre − k·up`, counted from the first one.
        let centre = at * down + half;
        let last = (centre / up).min(samples.len() as u64 - 1);
        let first = (centre + 1).saturating_sub(self.weights.len() as u64).div_ceil(up);
        let mut sum = 0.0;
        for k in first..=last {
            sum += f64::from(samples[k as usize]) * self.weights[(centre - k * up) as usize];
        }
        sum as f32
    }
}

/// The modified Bessel function of order 0, by its series, which converges for every number.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    let mut k = 1.0;
    while term > 1e-17 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn numbers(value: &Value) -> Vec<f32> {
        let numbers = value.as_array().unwrap().iter();
        numbers.map(|number| number.as_f64().unwrap() as f32).collect()
    }

    /// scripts/golden-resample.py.
    #[test]
    fn samples_are_those_of_scipy() {
        let golden: Value = serde_json::from_str(include_str!("resample.json")).unwrap();
        let samples = numbers(&golden["samples"]);
        for case in golden["cases"].as_array().unwrap() {
            let [from, to] = ["from", "to"].map(|key| case[key].as_u64().unwrap() as u32);
            let (found, wanted) = (resampled(samples.clone(), from, to), numbers(&case["samples"]));
            assert_eq!(found.len(), wanted.len(), "{from} {to}");
            assert_eq!(found.len() as u64, resampled_len(samples.len() as u64, from, to));
            for (found, wanted) in found.iter().zip(&wanted) {
                // Both are rounded to single precision; the fixture has nine digits.
                assert!((found - wanted).abs() < 2e-7, "{from} {to}: {found} {wanted}");
            }
        }
    }

    #[test]
    fn the_same_rate_changes_nothing() {
        assert_eq!(resampled(vec![0.25, -1.0, 0.5], 8_000, 8_000), [0.25, -1.0, 0.5]);
        assert_eq!(resampled(vec![], 8_000, 16_000), Vec::<f32>::new());
    }
}
