//! Finds the measurements of a curve that were imported, for marks and tables.

use crate::analysis::CurveReport;
use crate::measured::ImportedRun;

/// Whether all measurements of `curve` at `size` were made elsewhere.
pub(super) fn is_alone(curve: &CurveReport, size: f64) -> bool {
    let is_at = |theirs: f64| theirs.to_bits() == size.to_bits();
    let imported = curve.imported.iter().filter(|run| is_at(run.size.get())).count();
    let point = curve.curve.points().iter().find(|point| is_at(point.size.get()));
    point.is_some_and(|point| imported >= point.replicates.len())
}

/// Whether a measurement of `curve`, given by its size and error, was imported.
pub(super) fn is_imported(curve: &CurveReport, size: f64, error: f64) -> bool {
    let bits = |size: f64, error: f64| (size.to_bits(), error.to_bits());
    let is_it = |run: &ImportedRun| bits(run.size.get(), run.error) == bits(size, error);
    curve.imported.iter().any(is_it)
}

/// The share of `curve` that was imported: "3 of 13 runs imported"; `None` if nothing was.
pub(super) fn share(curve: &CurveReport) -> Option<String> {
    let runs: usize = curve.curve.points().iter().map(|point| point.replicates.len()).sum();
    let imported = curve.imported.len();
    (imported > 0).then(|| format!("{imported} of {runs} runs imported"))
}
