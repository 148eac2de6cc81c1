//! Parameters counted with and without embeddings.

use crate::fit::joint::spent::{ComputeRule, Spent, log_error_at};
use crate::law::joint::{JointFamily, JointParameters};

/// Embedding parameters of a model with n others: `scale * n^exponent`.
///
/// They are vocabulary times width, and width grows like the cube root of n where depth grows with width,
/// so the exponent is about 1/3; it is fitted, and 0 where all models share one width.
///
/// # Reference
/// Pearce and Song (2024), "Reconciling Kaplan and Chinchilla scaling laws", arXiv:2406.12907, section 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbeddingSize {
    log_scale: f64,
    /// Between 0 and 1.
    exponent: f64,
}

/// Golden-section steps: .618^60 of the range is 3e-13, and a minimum resolves no finer than 1e-8.
const SEARCH_STEPS: usize = 60;

/// Half-width of the searched range of log parameters, wider than any budget needs.
const SEARCH_RANGE: f64 = 90.0;

impl EmbeddingSize {
    /// Fits a straight line in logs through models given as (all parameters, parameters without
    /// embeddings); `None` unless the second number of every model is above 0 and below the first.
    pub fn of(models: &[(f64, f64)]) -> Option<Self> {
        let is_sound =
            |&(all, others): &(f64, f64)| others > 0.0 && others < all && all.is_finite();
        if models.is_empty() || !models.iter().all(is_sound) {
            return None;
        }
        let logs: Vec<(f64, f64)> =
            models.iter().map(|(all, others)| (others.ln(), (all - others).ln())).collect();
        let count = logs.len() as f64;
        let mean_x = logs.iter().map(|(x, _)| x).sum::<f64>() / count;
        let mean_y = logs.iter().map(|(_, y)| y).sum::<f64>() / count;
        let across: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let along: f64 = logs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
        let exponent = if along > 0.0 { (across / along).clamp(0.0, 1.0) } else { 0.0 };
        Some(Self { log_scale: mean_y - exponent * mean_x, exponent })
    }

    /// Log of all parameters of a model; `log_others` is the log of its parameters without
    /// embeddings.
    fn all(&self, log_others: f64) -> f64 {
        let embedding = self.log_scale + self.exponent * log_others;
        let (high, low) = (log_others.max(embedding), log_others.min(embedding));
        high + (low - high).exp().ln_1p()
    }

    /// The best use of a budget by a law of the parameters without embeddings.
    ///
    /// By search: no closed form holds where the two counts are not proportional. The error falls and then
    /// rises along a budget, so golden section finds its least.
    pub(super) fn spent(
        &self,
        family: &dyn JointFamily,
        parameters: &JointParameters,
        compute_flop: f64,
        rule: ComputeRule,
    ) -> Option<Spent> {
        if parameters[1] <= 0.0 || parameters[3] <= 0.0 {
            return None;
        }
        let product = compute_flop.ln() - rule.flop_per_parameter_token.ln();
        let at = |log_others: f64| {
            let tokens = product - self.all(log_others);
            (tokens, log_error_at(family, parameters, log_others, tokens))
        };
        let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
        let middle = 0.5 * product;
        let (mut low, mut high) = (middle - SEARCH_RANGE, middle + SEARCH_RANGE);
        for _ in 0..SEARCH_STEPS {
            let step = golden * (high - low);
            let (left, right) = (high - step, low + step);
            if at(left).1 <= at(right).1 {
                high = right;
            } else {
                low = left;
            }
        }
        let others = 0.5 * (low + high);
        let (tokens, error) = at(others);
        Some(Spent {
            parameters: self.all(others),
            non_embedding: Some(others),
            tokens,
            error: Some(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::joint::JointPowerLaw;

    #[test]
    fn embeddings_that_grow_with_the_cube_root_are_recovered() {
        let models: Vec<(f64, f64)> = [1e6_f64, 1e7, 1e8, 1e9]
            .into_iter()
            .map(|others| (others + 47_491.0 * others.cbrt(), others))
            .collect();
        let found = EmbeddingSize::of(&models).unwrap();
        assert!((found.exponent - 1.0 / 3.0).abs() < 1e-9, "{found:?}");
        assert!((found.all(1e8_f64.ln()).exp() / models[2].0 - 1.0).abs() < 1e-9);
        assert_eq!(EmbeddingSize::of(&[(1e6, 1e6)]), None);
    }

    #[test]
    fn one_width_means_embeddings_of_one_size() {
        let found = EmbeddingSize::of(&[(3e6, 2e6), (9e6, 8e6)]).unwrap();
        assert!(found.exponent.abs() < 1e-9, "{found:?}");
        assert!((found.all(5e7_f64.ln()).exp() / 5.1e7 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn without_embeddings_to_speak_of_the_closed_form_holds() {
        let hardly = EmbeddingSize { log_scale: -20.0, exponent: 0.0 };
        let law = [1.69, 406.4, 0.34, 410.7, 0.28, 0.0];
        let found = hardly.spent(&JointPowerLaw, &law, 1e21, ComputeRule::default()).unwrap();
        let [_, a, alpha, b, beta, _] = law;
        let product = (1e21_f64 / 6.0).ln();
        let expected = ((alpha * a / (beta * b)).ln() + beta * product) / (alpha + beta);
        // A minimum resolves no finer than the root of the arithmetic's precision.
        assert!((found.parameters - expected).abs() < 1e-5, "{found:?} {expected}");
    }
}
