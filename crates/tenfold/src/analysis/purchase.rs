//! What to buy, in which rounds, and what training on it takes.

use tenfold_core::{
    Cost, CurveFit, CurvePoint, DataPlan, Estimate, Investment, InvestmentError, InvestmentOptions,
    LearningCurve, ModelSizeLaw, PurchaseLimit, Round, TrainingSetSize, model_size_law,
    resource_law,
};

use super::Goal;

/// What to buy, in which rounds, and what training on it takes.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// The size that the figures below are for: after the purchase, or twice the examples at hand
    /// when nothing is to be bought.
    pub size: TrainingSetSize,
    /// How many examples to buy now, or why that cannot be said.
    pub investment: Result<Investment, InvestmentError>,
    /// The purchase in rounds, each followed by a new measurement and a new plan.
    pub rounds: Vec<Round>,
    /// Seconds that one training on `size` takes.
    pub seconds: Option<Estimate>,
    /// Floating-point operations of one training on `size`.
    pub flop: Option<Estimate>,
    /// Money that one training on `size` costs.
    pub cost: Option<Estimate>,
    /// How the best model grows with the data, and its parameter count at `size`; `None` when models
    /// of one size were tried.
    pub model_size: Option<(ModelSizeLaw, Estimate)>,
}

/// What `goal` means for `curve`.
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
        // A doubling tells most about whether the curve goes on.
        Ok(found) if found.limit == PurchaseLimit::OutOfReach => Some(doubled),
        Ok(found) => Some(found.size),
        Err(_) => None,
    };
    let bought = investment.as_ref().ok().filter(|found| found.size > have);
    let size = bought.map_or(doubled, |found| found.size);
    let points = curve.points();
    let taken = |amount: &dyn Fn(&CurvePoint) -> Option<f64>| {
        let known = points.iter().filter_map(|point| Some((point.size, amount(point)?)));
        Some(resource_law(&known.collect::<Vec<_>>())?.at(size))
    };
    Purchase {
        size,
        rounds: rounds_to.map_or_else(Vec::new, |to| fit.rounds(to, &options)),
        investment,
        seconds: taken(&|point| point.training_seconds),
        flop: taken(&|point| point.training_flop.map(|flop| flop.0)),
        cost: taken(&|point| point.training_cost.map(|cost| cost.0)),
        model_size: model_size(points, size),
    }
}

fn model_size(points: &[CurvePoint], size: TrainingSetSize) -> Option<(ModelSizeLaw, Estimate)> {
    let winners: Vec<_> =
        points.iter().filter_map(|point| Some((point.size, point.parameter_count?))).collect();
    let is_searched = winners.windows(2).any(|pair| pair[0].1 != pair[1].1);
    let law = model_size_law(&winners).filter(|_| is_searched)?;
    Some((law, law.at(size)))
}
