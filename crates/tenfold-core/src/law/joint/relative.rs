//! Runs in units in which every parameter is of order 1.

use crate::law::joint::{
    JointFamily, JointFitted, JointLoss, JointParameters, JointRun, JointSize, refine, search,
};
use crate::law::{Units, finite_exp};

/// Runs as columns, in units in which the largest of each quantity is 1.
#[derive(Clone, Debug)]
pub(crate) struct Relative {
    pub(super) sizes: Vec<JointSize>,
    /// Logarithms of the parameter counts, at most 0.
    pub(super) log_parameters: Vec<f64>,
    pub(super) log_errors: Vec<f64>,
    units: LargestLogs,
}

/// Logarithms of the largest of each quantity.
#[derive(Clone, Copy, Debug)]
struct LargestLogs {
    parameters: f64,
    examples: f64,
    error: f64,
}

impl Relative {
    /// Converts `runs`, of which there must be at least one.
    pub(crate) fn of(runs: &[JointRun]) -> Self {
        let largest = |value: &dyn Fn(&JointRun) -> f64| {
            runs.iter().map(value).fold(f64::NEG_INFINITY, f64::max)
        };
        let units = LargestLogs {
            parameters: largest(&|run| run.size.parameter_count.ln()),
            examples: largest(&|run| run.size.examples.ln()),
            error: largest(&|run| run.log_error),
        };
        let sizes: Vec<JointSize> = runs
            .iter()
            .map(|run| JointSize {
                parameter_count: (run.size.parameter_count.ln() - units.parameters).exp(),
                examples: (run.size.examples.ln() - units.examples).exp(),
                unique_examples: (run.size.unique_examples.ln() - units.examples).exp(),
            })
            .collect();
        Self {
            log_parameters: sizes.iter().map(|size| size.parameter_count.ln()).collect(),
            sizes,
            log_errors: runs.iter().map(|run| run.log_error - units.error).collect(),
            units,
        }
    }

    /// Replaces the log errors by those of `log_errors`, in the units of the runs.
    pub(crate) fn set_log_errors(&mut self, log_errors: impl Iterator<Item = f64>) {
        self.log_errors.clear();
        self.log_errors.extend(log_errors.map(|log_error| log_error - self.units.error));
    }

    /// The closest member, in relative units.
    pub(super) fn fit(&self, family: &dyn JointFamily, loss: JointLoss) -> JointFitted {
        let fits = search::starts(family, self, loss)
            .map(|start| refine::refine(family, self, loss, &refine::FROM_GRID, start));
        let best =
            fits.into_iter().reduce(|best, fit| if fit.loss < best.loss { fit } else { best });
        best.unwrap_or(JointFitted { parameters: [0.0; 6], loss: f64::INFINITY })
    }

    /// The member that refinement reaches from `start`, both in the units of the runs, for refits
    /// on slightly changed errors.
    pub(crate) fn refit(
        &self,
        family: &dyn JointFamily,
        loss: JointLoss,
        start: &JointParameters,
    ) -> JointFitted {
        let start = self.rescaled(family, start, -1.0);
        let fitted = refine::refine(family, self, loss, &refine::FROM_NEARBY, start);
        JointFitted { parameters: self.absolute(family, &fitted.parameters), ..fitted }
    }

    /// Relative parameters in the units of the runs.
    pub(super) fn absolute(
        &self,
        family: &dyn JointFamily,
        parameters: &JointParameters,
    ) -> JointParameters {
        self.rescaled(family, parameters, 1.0)
    }

    /// Parameters in other units; `sign` is 1 from relative to absolute and -1 back.
    fn rescaled(
        &self,
        family: &dyn JointFamily,
        parameters: &JointParameters,
        sign: f64,
    ) -> JointParameters {
        let [floor, scale, exponent, data_scale, data_exponent, own] = *parameters;
        let grown = |amplitude: f64, log_factor: f64| {
            if amplitude > 0.0 { finite_exp(amplitude.ln() + sign * log_factor) } else { 0.0 }
        };
        let units = self.units;
        [
            grown(floor, units.error),
            grown(scale, units.error + exponent * units.parameters),
            exponent,
            grown(data_scale, units.error + data_exponent * units.examples),
            data_exponent,
            family.own_rescaled(own, Units { log_size: 0.0, log_error: sign * units.error }),
        ]
    }
}
