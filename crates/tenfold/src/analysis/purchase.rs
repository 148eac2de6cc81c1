//! What to buy, in which rounds, and what training on it takes.

use serde::{Serialize, Serializer};
use tenfold_core::{
    Cost, CurveFit, CurvePoint, DataPlan, Estimate, Investment, InvestmentError, InvestmentOptions,
    LearningCurve, PurchaseLimit, Round, TrainingSetSize, WinningModel, model_size_law,
    resource_law,
};

use super::Goal;

/// What to buy, in which rounds, and what training on it takes.
#[derive(Clone, Debug, Serialize)]
pub struct Purchase {
    /// How many examples to buy now, or why the curve cannot tell.
    #[serde(serialize_with = "if_known")]
    pub investment: Result<Investment, InvestmentError>,
    /// The purchase in rounds, each followed by a new measurement and a new plan.
    pub rounds: Vec<Round>,
    /// Time, operations and money that one training needs.
    pub compute: Training,
    /// How large a model is best; `None` when models of one size were tried.
    pub model_size: Option<BestModel>,
}

fn if_known<S: Serializer>(
    investment: &Result<Investment, InvestmentError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    investment.as_ref().ok().serialize(serializer)
}

/// Time, operations and money of one training; each is `None` where the trials did not measure it or do not
/// tell how it grows.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Training {
    /// The size trained on: after the purchase, or twice the examples at hand when nothing is to be bought.
    pub size: TrainingSetSize,
    /// Seconds.
    pub seconds: Option<Estimate>,
    /// Floating-point operations.
    pub flop: Option<Estimate>,
    /// Money.
    pub cost: Option<Estimate>,
}

/// The best model size, extrapolated from how the winners grew with the data.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BestModel {
    /// The size trained on.
    pub size: TrainingSetSize,
    /// Its parameter count; `None`, as what follows from the law, where fewer than three winners were
    /// neither the largest nor the smallest model tried.
    pub parameters: Option<Estimate>,
    /// Model-size exponent.
    pub beta_p: Option<Estimate>,
    /// Whether the model grows at least as fast as the data.
    pub at_least_linear: Option<bool>,
    /// Number of sizes with a winner.
    pub winners: usize,
    /// Of these, those where the largest model tried won: the best is at least as large.
    pub at_largest: usize,
    /// Those where the smallest model tried won.
    pub at_smallest: usize,
}

/// Computes the purchase that `goal` asks for from the fit of `curve`.
pub(super) fn purchase(
    curve: &LearningCurve,
    fit: &CurveFit,
    plan: Option<&DataPlan>,
    goal: &Goal,
) -> Purchase {
    let options = InvestmentOptions {
        have: goal.have,
        cost_per_example: goal.cost_per_example.map(Cost),
        value_of_error: goal.value_of_error(curve.metric()).map(Cost),
        target: goal.target,
        budget: goal.budget.map(Cost),
        examples_per_day: goal.examples_per_day,
        deadline_days: goal.deadline,
    };
    let have = goal.have.unwrap_or(curve.largest_size());
    let doubled = TrainingSetSize::new(2.0 * have.get()).unwrap_or(have);
    let is_reached = plan.is_some_and(|plan| plan.already_reached) && !goal.weighs_a_purchase();
    let investment = fit.invest(&options);
    let rounds_to = match &investment {
        _ if is_reached => None,
        // One doubling is bought first: its measurement tells best whether the curve keeps falling.
        Ok(found) if found.limit == PurchaseLimit::OutOfReach => Some(doubled),
        Ok(found) => Some(found.size),
        Err(_) => None,
    };
    let bought = investment.as_ref().ok().filter(|found| found.size > have);
    let size = bought.map_or(doubled, |found| found.size);
    let points = curve.points();
    let taken = |amount: &dyn Fn(&CurvePoint) -> Option<f64>| {
        let known = points.iter().filter_map(|point| Some((point.size, amount(point)?)));
        resource_law(&known.collect::<Vec<_>>())?.at(size)
    };
    Purchase {
        rounds: rounds_to.map_or_else(Vec::new, |to| fit.rounds(to, &options)),
        investment,
        compute: Training {
            size,
            seconds: taken(&|point| point.training_seconds),
            flop: taken(&|point| point.training_flop.map(|flop| flop.0)),
            cost: taken(&|point| point.training_cost.map(|cost| cost.0)),
        },
        model_size: model_size(points, size),
    }
}

fn model_size<'a>(points: &'a [CurvePoint], size: TrainingSetSize) -> Option<BestModel> {
    let winner = |point: &'a CurvePoint| {
        let (size, tried) = (point.size, point.model_sizes_tried.as_slice());
        Some(WinningModel { size, parameter_count: point.parameter_count?, tried })
    };
    let winners: Vec<_> = points.iter().filter_map(winner).collect();
    let is_searched = winners.iter().any(|winner| winner.tried.len() > 1)
        || winners.windows(2).any(|pair| pair[0].parameter_count != pair[1].parameter_count);
    if !is_searched {
        return None;
    }
    let law = model_size_law(&winners);
    Some(BestModel {
        size,
        parameters: law.map(|law| law.at(size)),
        beta_p: law.map(|law| law.beta_p),
        at_least_linear: law.map(|law| law.at_least_linear),
        winners: winners.len(),
        at_largest: winners.iter().filter(|winner| winner.is_largest_tried()).count(),
        at_smallest: winners.iter().filter(|winner| winner.is_smallest_tried()).count(),
    })
}
