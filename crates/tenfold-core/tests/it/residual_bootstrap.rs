//! The usual interval to compare with: residual bootstrap of the law with a floor.
//!
//! The law is fitted to all points. Each of 200 replicates adds residuals drawn with replacement, spread by
//! √(n/(n − 3)) for the three parameters, to the fit, refits, and adds one more residual to the
//! prediction, as a new measurement has one (Davison and Hinkley 1997, 6.3).

use tenfold_core::law::{CurveFamily, ErrorColumn, FitPoints, PowerLawOffset, PowerTable};
use tenfold_core::stats::quantile::quantile_of_sorted;
use tenfold_core::stats::random::RandomStream;

use crate::public_curves::SplitCurve;
use crate::scale_learning::Residual;

const REPLICATES: usize = 200;

/// Its misses and half widths on the scored points of a curve.
pub(crate) fn bootstrap_residuals(split: &SplitCurve) -> Vec<Residual> {
    let points = split.fitted.points();
    let last = split.fitted.largest_size().get();
    let table = PowerTable::new(points.iter().map(|one| (one.size.get() / last).ln()).collect());
    let logs: Vec<f64> = points.iter().map(|point| point.error().ln()).collect();
    let mut column = ErrorColumn::default();
    let fit = |column: &ErrorColumn| {
        PowerLawOffset.fit(&FitPoints::new(&table, column, 0, 40)).parameters
    };
    column.set(logs.iter().copied());
    let law = fit(&column);
    let fitted: Vec<f64> =
        table.log_sizes().iter().map(|at| PowerLawOffset.predict(&law, at.exp()).ln()).collect();
    let spread = (logs.len() as f64 / (logs.len() as f64 - 3.0)).sqrt();
    let residuals: Vec<f64> =
        logs.iter().zip(&fitted).map(|(log, fitted)| spread * (log - fitted)).collect();
    let centre = |size: f64| PowerLawOffset.predict(&law, size / last).ln();
    let mut apart = vec![Vec::with_capacity(REPLICATES); split.scored.len()];
    for replicate in 0..REPLICATES {
        let mut stream = RandomStream::new(5, replicate as u64);
        let mut draw = || residuals[stream.below(residuals.len())];
        column.set(fitted.iter().map(|fitted| fitted + draw()));
        let refit = fit(&column);
        for (apart, (size, _)) in apart.iter_mut().zip(&split.scored) {
            let again = PowerLawOffset.predict(&refit, size.get() / last).ln() + draw();
            apart.push((again - centre(size.get())).abs());
        }
    }
    let of_point = |(apart, &(size, error)): (&mut Vec<f64>, &(_, f64))| {
        apart.sort_by(f64::total_cmp);
        // A fit that meets every point has no residuals: no width can be scaled up from 0.
        let half_width = [0.80, 0.95].map(|level| quantile_of_sorted(apart, level).max(1e-4));
        let size: tenfold_core::TrainingSetSize = size;
        Residual {
            group: split.group.clone(),
            domain: split.domain.clone(),
            curve: format!("{}@{last}", split.fitted.name()),
            noise: 0.0,
            ratio: size.get() / last,
            half_width,
            deviation: half_width,
            miss: [error.ln() - centre(size.get()); 2],
        }
    };
    apart.iter_mut().zip(&split.scored).map(of_point).collect()
}
