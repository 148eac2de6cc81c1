//! Reports fits of laws of model size and data together: the law, outlying runs, and the best use
//! of a budget.
//!
//! [`report`] computes, [`json`] and [`text`] print.

pub mod json;

pub mod text;

use tenfold_core::fit::{
    Allocation, ComputeRule, EmbeddingSize, IsoflopError, IsoflopFit, IsoflopRun, JointFit,
    JointFitError, JointFitOptions, fit_isoflops, fit_joint,
};
use tenfold_core::law::joint::{JointFamily, JointRun, JointSize};
use tenfold_core::stats::quantile::median_in_place;

/// A run as it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredRun {
    /// Line of the file it was read from.
    pub line: u64,
    /// Its sizes, all parameters counted, and its error.
    pub run: JointRun,
    /// Floating-point operations of its training, if stated.
    pub compute_flop: Option<f64>,
    /// Its parameters without embeddings, if known.
    pub non_embedding_parameters: Option<f64>,
}

/// The input of the report.
#[derive(Clone, Debug)]
pub struct JointInput {
    /// Name of the curve.
    pub name: String,
    /// Its runs.
    pub runs: Vec<MeasuredRun>,
    /// Compute budgets to spend, in floating-point operations.
    pub budgets: Vec<f64>,
}

/// A curve that no law was fitted to.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Name of the curve.
    pub curve: String,
    /// The reason.
    pub error: JointFitError,
}

/// The results for one curve.
#[derive(Debug)]
pub struct JointReport {
    /// Name of the curve.
    pub name: String,
    /// The law.
    pub fit: JointFit,
    /// Its runs; the law's outlying runs are indices into them.
    pub runs: Vec<MeasuredRun>,
    /// Cost of one training.
    pub cost: Cost,
    /// One allocation per budget; empty if the law has no trade-off between parameters and tokens.
    pub allocations: Vec<Allocation>,
    /// The same from the minima of isoFLOP curves, or why they give no answer.
    pub minima: Result<Minima, IsoflopError>,
    /// The same from a law of the parameters without embeddings, if these are known.
    pub without_embeddings: Option<WithoutEmbeddings>,
}

/// The cost of one training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Operations for each parameter and token.
    pub rule: ComputeRule,
    /// The smallest and the largest of these numbers over the runs whose operations were stated.
    pub stated: Option<(f64, f64)>,
}

/// The minima of isoFLOP curves.
#[derive(Debug)]
pub struct Minima {
    /// The line through them.
    pub fit: IsoflopFit,
    /// One allocation per budget.
    pub allocations: Vec<Allocation>,
    /// For each budget, the ratio of the parameter count that parabolas would find, if the law held
    /// without noise, to the law's best one.
    pub biases: Vec<Option<f64>>,
}

/// A law of the parameters without embeddings.
#[derive(Debug)]
pub struct WithoutEmbeddings {
    /// The law.
    pub fit: JointFit,
    /// One allocation per budget.
    pub allocations: Vec<Allocation>,
}

/// Fits `family` to the runs of a curve, and finds the best use of its budgets.
///
/// # Errors
/// Too few runs, or sizes that hardly vary.
pub fn report(
    family: &'static dyn JointFamily,
    input: JointInput,
    options: &JointFitOptions,
) -> Result<JointReport, Refusal> {
    let JointInput { name, runs, budgets } = input;
    let only: Vec<JointRun> = runs.iter().map(|run| run.run).collect();
    let fit = match fit_joint(family, &only, options) {
        Ok(fit) => fit,
        Err(error) => return Err(Refusal { curve: name, error }),
    };
    let cost = cost_of(&runs);
    let allocation = |budget: &f64| fit.allocation(*budget, cost.rule);
    let allocations = budgets.iter().filter_map(allocation).collect();
    let minima = fit_isoflops(&isoflop_runs(&runs, cost.rule), cost.rule, options);
    let minima = minima.map(|minima| Minima {
        allocations: budgets.iter().map(|budget| minima.allocation(*budget)).collect(),
        biases: budgets.iter().map(|budget| minima.bias(&fit, *budget)).collect(),
        fit: minima,
    });
    let without_embeddings = without_embeddings(family, &runs, options, &budgets, cost.rule);
    Ok(JointReport { name, fit, runs, cost, allocations, minima, without_embeddings })
}

/// The cost rule: C = 6 N D, or the median of C / (N D) if operations were stated.
fn cost_of(runs: &[MeasuredRun]) -> Cost {
    let stated = runs.iter().filter_map(|run| {
        let size = run.run.size;
        run.compute_flop.map(|flop| flop / size.parameter_count() / size.examples())
    });
    let mut factors: Vec<f64> = stated.collect();
    if factors.is_empty() {
        return Cost { rule: ComputeRule::default(), stated: None };
    }
    factors.sort_by(f64::total_cmp);
    let range = (factors[0], factors[factors.len() - 1]);
    let flop_per_parameter_token = median_in_place(&mut factors);
    Cost { rule: ComputeRule { flop_per_parameter_token }, stated: Some(range) }
}

/// The runs on fresh data with their compute. Runs on repeated data are left out: their minima are
/// not those of the law.
fn isoflop_runs(runs: &[MeasuredRun], rule: ComputeRule) -> Vec<IsoflopRun> {
    let is_fresh = |size: JointSize| size.unique_examples() >= 0.999 * size.examples();
    let fresh = runs.iter().filter(|run| is_fresh(run.run.size));
    fresh
        .map(|run| {
            let size = run.run.size;
            let by_rule = rule.flop_per_parameter_token * size.parameter_count() * size.examples();
            IsoflopRun { run: run.run, compute_flop: run.compute_flop.unwrap_or(by_rule) }
        })
        .collect()
}

/// Fits the law of parameters without embeddings; `None` unless every run has them and they can be
/// fitted.
fn without_embeddings(
    family: &'static dyn JointFamily,
    runs: &[MeasuredRun],
    options: &JointFitOptions,
    budgets: &[f64],
    rule: ComputeRule,
) -> Option<WithoutEmbeddings> {
    let counted = |run: &MeasuredRun| {
        let (size, others) = (run.run.size, run.non_embedding_parameters?);
        let size = JointSize::new(others, size.examples(), size.unique_examples())?;
        JointRun::new(size, run.run.log_error().exp())
    };
    let counted: Vec<JointRun> = runs.iter().map(counted).collect::<Option<_>>()?;
    let models: Vec<(f64, f64)> = runs
        .iter()
        .zip(&counted)
        .map(|(all, others)| (all.run.size.parameter_count(), others.size.parameter_count()))
        .collect();
    let embedding = EmbeddingSize::of(&models)?;
    let fit = fit_joint(family, &counted, options).ok()?;
    let allocations = budgets
        .iter()
        .filter_map(|budget| fit.allocation_without_embeddings(*budget, rule, &embedding))
        .collect();
    Some(WithoutEmbeddings { fit, allocations })
}
