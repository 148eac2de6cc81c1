//! What the user wants to know.

use serde::Serialize;
use tenfold_core::{MetricKind, TrainingSetSize};

/// The error the user wants to reach, the price of an example and the examples they have.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Goal {
    /// Error to reach, in the unit of the curve.
    pub target: Option<f64>,
    /// Price of one more example.
    pub cost_per_example: Option<f64>,
    /// Examples at hand; the largest size measured when not stated.
    pub have: Option<TrainingSetSize>,
    /// Value of one point less error, in money; see [`Goal::value_of_error`].
    pub value_per_point: Option<f64>,
    /// Most that may be spent on more examples.
    pub budget: Option<f64>,
    /// New examples that can be had a day.
    pub examples_per_day: Option<f64>,
    /// Days until the model is needed.
    pub deadline: Option<f64>,
}

impl Goal {
    /// What one unit less error is worth: a point is a percentage point of an error rate and a unit of
    /// any other metric.
    pub fn value_of_error(&self, metric: MetricKind) -> Option<f64> {
        let points = if metric == MetricKind::ErrorRate { 100.0 } else { 1.0 };
        self.value_per_point.map(|value| value * points)
    }

    /// Whether the goal asks how much to buy, beyond the examples that a target needs.
    pub fn weighs_a_purchase(&self) -> bool {
        let has_value = self.value_per_point.is_some() && self.cost_per_example.is_some();
        has_value || self.budget.is_some() || self.deadline.is_some()
    }
}
