//! Log-mel features of a recording: how loud each of some bands of pitch is, a hundred times a second.
//!
//! A frame is 25 ms of samples times a Hann window, and the next one begins 10 ms later. Its power
//! spectrum is summed in triangular bands that are evenly spaced on the mel scale from 0 to half of the
//! rate, and the logarithm taken.
//!
//! # Reference
//! Davis and Mermelstein (1980), *Comparison of parametric representations for monosyllabic word
//! recognition*; the mel scale of O'Shaughnessy (1987), 2595 · log10(1 + f / 700), and bands as in
//! torchaudio's `melscale_fbanks` with `htk` and without norm.

use std::f64::consts::PI;

/// Length of a frame, in seconds.
const FRAME: f64 = 0.025;

/// From the beginning of a frame to that of the next, in seconds.
const HOP: f64 = 0.010;

/// Added to the power of a band, so that silence has a logarithm; far below the noise of eight bits.
const SILENCE: f64 = 1e-6;

/// Turns samples of one rate into features.
#[derive(Clone, Debug)]
pub struct LogMel {
    /// Samples of a frame.
    frame: usize,
    /// Samples from one frame to the next.
    hop: usize,
    window: Vec<f64>,
    transform: Transform,
    bands: Vec<Band>,
}

/// Frequencies of the spectrum from `first` on, with their weights.
#[derive(Clone, Debug)]
struct Band {
    first: usize,
    weights: Vec<f64>,
}

impl LogMel {
    /// For samples at `rate` a second, at least 1,000, and `bands` bands, at least one.
    pub fn new(rate: u32, bands: usize) -> Self {
        let samples = |seconds: f64| (f64::from(rate) * seconds).round() as usize;
        let (frame, hop) = (samples(FRAME), samples(HOP));
        let window = (0..frame).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f64 / frame as f64).cos());
        let transform = Transform::new(frame.next_power_of_two());
        let bands = bands_of(rate, transform.frequencies(), bands);
        Self { frame, hop, window: window.collect(), transform, bands }
    }

    /// Numbers of a frame.
    pub fn bands(&self) -> usize {
        self.bands.len()
    }

    /// Frames of a recording of `samples` samples, at least one.
    pub fn frames(&self, samples: usize) -> usize {
        1 + samples.saturating_sub(self.frame) / self.hop
    }

    /// The features of `samples`: frames × bands. A recording that is shorter than a frame is followed
    /// by silence.
    pub fn features(&self, samples: &[f32]) -> Vec<f32> {
        let mut features = Vec::with_capacity(self.frames(samples.len()) * self.bands.len());
        for frame in 0..self.frames(samples.len()) {
            let own =
                samples[(frame * self.hop).min(samples.len())..].iter().map(|s| f64::from(*s));
            let shaped = own.chain(std::iter::repeat(0.0)).zip(&self.window);
            let power = self.transform.power(shaped.map(|(sample, factor)| sample * factor));
            features.extend(self.bands.iter().map(|band| {
                let own = band.weights.iter().zip(&power[band.first..]);
                (own.map(|(weight, power)| weight * power).sum::<f64>() + SILENCE).ln() as f32
            }));
        }
        features
    }
}

/// Subtracts from each of `bands` numbers of all frames its mean over the recording and divides by its
/// standard deviation, so that neither loudness nor the microphone matters; a number that never changes
/// becomes 0.
pub fn standardise(features: &mut [f32], bands: usize) {
    /// Deviations below this are rounding.
    const LEAST: f64 = 1e-5;
    let frames = (features.len() / bands.max(1)).max(1) as f64;
    for band in 0..bands {
        let own = || features[band..].iter().step_by(bands).map(|number| f64::from(*number));
        let mean = own().sum::<f64>() / frames;
        let variance = own().map(|number| (number - mean).powi(2)).sum::<f64>() / frames;
        let factor = if variance.sqrt() > LEAST { 1.0 / variance.sqrt() } else { 0.0 };
        for number in features[band..].iter_mut().step_by(bands) {
            *number = ((f64::from(*number) - mean) * factor) as f32;
        }
    }
}

/// Triangles over `frequencies` frequencies from 0 to half of `rate`.
fn bands_of(rate: u32, frequencies: usize, bands: usize) -> Vec<Band> {
    let highest = f64::from(rate / 2);
    let mel = |hertz: f64| 2595.0 * (1.0 + hertz / 700.0).log10();
    let hertz = |mel: f64| 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0);
    let corner = |index: usize| hertz(mel(highest) * index as f64 / (bands + 1) as f64);
    let frequency = |index: usize| highest * index as f64 / (frequencies - 1) as f64;
    let band = |index: usize| {
        let [low, middle, high] = [0, 1, 2].map(|offset| corner(index + offset));
        let weight = |at: usize| {
            let (up, down) = (frequency(at) - low, high - frequency(at));
            (up / (middle - low)).min(down / (high - middle)).max(0.0)
        };
        let first = (0..frequencies).find(|at| weight(*at) > 0.0).unwrap_or(0);
        let weights = (first..frequencies).map(weight).take_while(|weight| *weight > 0.0);
        Band { first, weights: weights.collect() }
    };
    (0..bands).map(band).collect()
}

/// The discrete Fourier transform of `size` numbers, a power of two, by halves.
///
/// # Reference
/// Cooley and Tukey (1965), *An algorithm for the machine calculation of complex Fourier series*.
#[derive(Clone, Debug)]
struct Transform {
    size: usize,
    /// exp(−2πi k / size) for the first half of k.
    turns: Vec<Complex>,
}

#[derive(Clone, Copy, Debug)]
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Transform {
    fn new(size: usize) -> Self {
        let turn = |k: usize| {
            let angle = -2.0 * PI * k as f64 / size as f64;
            Complex { real: angle.cos(), imaginary: angle.sin() }
        };
        Self { size, turns: (0..size / 2).map(turn).collect() }
    }

    /// Frequencies of the spectrum of real numbers.
    fn frequencies(&self) -> usize {
        self.size / 2 + 1
    }

    /// The squared length of each of them, for `numbers` and zeros behind them.
    fn power(&self, numbers: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut values = vec![Complex { real: 0.0, imaginary: 0.0 }; self.size];
        let bits = self.size.trailing_zeros();
        for (index, number) in numbers.take(self.size).enumerate() {
            let turned = index.reverse_bits() >> (usize::BITS - bits);
            values[turned].real = number;
        }
        let mut length = 2;
        while length <= self.size {
            for block in values.chunks_exact_mut(length) {
                self.join(block);
            }
            length *= 2;
        }
        let squared = |value: &Complex| value.real.powi(2) + value.imaginary.powi(2);
        values[..self.frequencies()].iter().map(squared).collect()
    }

    /// Joins the transforms of two halves of a block.
    fn join(&self, block: &mut [Complex]) {
        let step = self.size / block.len();
        let (even, odd) = block.split_at_mut(block.len() / 2);
        for ((even, odd), turn) in even.iter_mut().zip(odd).zip(self.turns.iter().step_by(step)) {
            let real = odd.real * turn.real - odd.imaginary * turn.imaginary;
            let imaginary = odd.real * turn.imaginary + odd.imaginary * turn.real;
            *odd = Complex { real: even.real - real, imaginary: even.imaginary - imaginary };
            *even = Complex { real: even.real + real, imaginary: even.imaginary + imaginary };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_the_sum_it_stands_for() {
        let transform = Transform::new(16);
        let numbers: Vec<f64> = (0..11).map(|n| f64::from(n * n % 7) - 2.5).collect();
        let power = transform.power(numbers.iter().copied());
        assert_eq!(power.len(), 9);
        for (k, power) in power.iter().enumerate() {
            let angle = |n: usize| -2.0 * PI * (k * n) as f64 / 16.0;
            let real: f64 = numbers.iter().enumerate().map(|(n, x)| x * angle(n).cos()).sum();
            let imaginary: f64 = numbers.iter().enumerate().map(|(n, x)| x * angle(n).sin()).sum();
            assert!((power - real * real - imaginary * imaginary).abs() < 1e-10);
        }
    }

    #[test]
    fn a_tone_is_loudest_in_its_band_and_silence_is_everywhere_the_same() {
        let mel = LogMel::new(8_000, 20);
        let tone: Vec<f32> =
            (0..800).map(|n| (2.0 * PI * 1_000.0 * f64::from(n) / 8_000.0).sin() as f32).collect();
        let features = mel.features(&tone);
        assert_eq!(features.len(), mel.frames(800) * 20);
        assert_eq!(mel.frames(800), 8);
        // Corners are 2146 / 21 = 102 mel apart, and 1,000 Hz are 1,000 mel: the tenth corner is 1,022.
        let loudest =
            |frame: &[f32]| (0..20).max_by(|a, b| frame[*a].total_cmp(&frame[*b])).unwrap();
        assert!(features.chunks_exact(20).all(|frame| loudest(frame) == 9));
        let silence = mel.features(&[0.0; 30]);
        assert_eq!(silence, vec![(SILENCE.ln()) as f32; 20]);
    }

    #[test]
    fn standardised_bands_have_mean_0_and_deviation_1() {
        let mut features: Vec<f32> = vec![1.0, 7.0, 3.0, 7.0, 8.0, 7.0];
        standardise(&mut features, 2);
        let own: Vec<f32> = features.iter().copied().step_by(2).collect();
        assert!(own.iter().sum::<f32>().abs() < 1e-6);
        assert!((own.iter().map(|x| x * x).sum::<f32>() / 3.0 - 1.0).abs() < 1e-6);
        assert!(features.iter().skip(1).step_by(2).all(|number| number.abs() < 1e-12));
    }
}
