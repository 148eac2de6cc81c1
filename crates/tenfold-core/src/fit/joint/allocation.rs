//! How a joint law spends a compute budget: parameters against training tokens.

use crate::estimate::Estimate;
use crate::fit::joint::JointFit;
use crate::fit::joint::counting::EmbeddingSize;
use crate::fit::joint::interval::estimate_of_logs;
use crate::fit::joint::spent::{ComputeRule, Spent, log_error_at};
use crate::law::joint::{JointFamily, JointParameters};

/// The best use of a compute budget, with fresh data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allocation {
    /// The budget, in floating-point operations.
    pub compute_flop: f64,
    /// N, all parameters.
    pub parameter_count: Estimate,
    /// N without embeddings, where the law counts that way.
    pub non_embedding_parameters: Option<Estimate>,
    /// D.
    pub training_tokens: Estimate,
    /// D / N.
    pub tokens_per_parameter: Estimate,
    /// Error expected there, where it can be computed.
    pub error: Option<Estimate>,
}

/// How the best parameters and tokens grow with the budget: as `C^exponent`; the two add up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AllocationExponents {
    /// Of the parameters, b / (a + b).
    pub parameter_count: Estimate,
    /// Of the tokens, a / (a + b).
    pub training_tokens: Estimate,
}

impl JointFit {
    /// The best use of `compute_flop`; `None` if the law sees no trade-off: one of its two terms is 0.
    ///
    /// Holds for fresh data, and for every joint law, since all of them grow with E + A N^-a + B D^-b:
    /// N^(a + b) = (a A / b B) (C / k)^b.
    ///
    /// # Reference
    /// Hoffmann et al. (2022), arXiv:2203.15556, equation 4.
    pub fn allocation(&self, compute_flop: f64, rule: ComputeRule) -> Option<Allocation> {
        self.allocation_by(compute_flop, &|parameters| {
            spent(self.family, parameters, compute_flop, rule)
        })
    }

    /// The best use of `compute_flop` by a law of the parameters without embeddings, where a training costs
    /// as much as all parameters do.
    pub fn allocation_without_embeddings(
        &self,
        compute_flop: f64,
        rule: ComputeRule,
        embedding: &EmbeddingSize,
    ) -> Option<Allocation> {
        self.allocation_by(compute_flop, &|parameters| {
            embedding.spent(self.family, parameters, compute_flop, rule)
        })
    }

    /// How the best parameters and tokens grow with the budget; `None` as for [`JointFit::allocation`].
    pub fn allocation_exponents(&self) -> Option<AllocationExponents> {
        let has_trade_off =
            |parameters: &JointParameters| parameters[1] > 0.0 && parameters[3] > 0.0;
        let share_of = |of: usize, other: usize| {
            let share = |parameters: &JointParameters| {
                (parameters[of] / (parameters[of] + parameters[other])).ln()
            };
            let refits = self.refits.iter().filter(|refit| has_trade_off(refit));
            estimate_of_logs(share(&self.centre), refits.map(share).collect(), self.degrees)
        };
        has_trade_off(&self.centre).then(|| AllocationExponents {
            parameter_count: share_of(4, 2),
            training_tokens: share_of(2, 4),
        })
    }

    fn allocation_by(
        &self,
        compute_flop: f64,
        spent: &dyn Fn(&JointParameters) -> Option<Spent>,
    ) -> Option<Allocation> {
        let centre = spent(&self.centre)?;
        let refits: Vec<Spent> = self.refits.iter().filter_map(spent).collect();
        Some(allocation_of(compute_flop, centre, &refits, self.degrees))
    }
}

/// What a budget is spent on, with intervals from refits.
pub(super) fn allocation_of(
    compute_flop: f64,
    centre: Spent,
    refits: &[Spent],
    degrees: usize,
) -> Allocation {
    let estimate = |of: &dyn Fn(&Spent) -> f64| {
        estimate_of_logs(of(&centre), refits.iter().map(of).collect(), degrees)
    };
    // Refits without the value are left out, because it becomes NaN.
    let without = |spent: &Spent| spent.non_embedding.unwrap_or(f64::NAN);
    let error = |spent: &Spent| spent.error.unwrap_or(f64::NAN);
    Allocation {
        compute_flop,
        parameter_count: estimate(&|spent| spent.parameters),
        non_embedding_parameters: centre.non_embedding.map(|_| estimate(&without)),
        training_tokens: estimate(&|spent| spent.tokens),
        tokens_per_parameter: estimate(&|spent| spent.tokens - spent.parameters),
        error: centre.error.map(|_| estimate(&error)),
    }
}

/// The best use of a budget by the closed form.
fn spent(
    family: &dyn JointFamily,
    parameters: &JointParameters,
    compute_flop: f64,
    rule: ComputeRule,
) -> Option<Spent> {
    let [_, scale, exponent, data_scale, data_exponent, _] = *parameters;
    if scale <= 0.0 || data_scale <= 0.0 {
        return None;
    }
    let product = compute_flop.ln() - rule.flop_per_parameter_token.ln();
    let ratio = (exponent * scale).ln() - (data_exponent * data_scale).ln();
    let count = (ratio + data_exponent * product) / (exponent + data_exponent);
    let tokens = product - count;
    let error = Some(log_error_at(family, parameters, count, tokens));
    Some(Spent { parameters: count, non_embedding: None, tokens, error })
}
