//! The same image curves measured more and more densely: more sizes should not make forecasts
//! worse.

use crate::Sources;
use crate::curves::{Whole, dense};
use crate::public_curves::SplitCurve;
use crate::score::run_all;
use crate::table::{print_coverage, print_sets};

/// Sizes a doubling; `None` keeps all.
const DENSITIES: [Option<f64>; 5] = [Some(1.0), Some(2.0), Some(4.0), Some(8.0), None];

/// End of the curve over the largest size fitted.
const BEYOND: f64 = 8.0;

pub(crate) fn print(sources: &Sources) {
    let curves = dense(&sources.curves).into_iter().filter(|whole| whole.domain == "IC");
    let curves: Vec<Whole> = curves.collect();
    let sets = DENSITIES.map(|density| {
        let cases: Vec<SplitCurve> = curves.iter().map(|whole| thin(whole, density)).collect();
        let fitted = cases.iter().map(|case| case.fitted.points().len()).sum::<usize>();
        let label = density.map_or("all".to_owned(), |density| density.to_string());
        (format!("{label} (of {})", fitted / cases.len()), run_all(&sources.folds, &cases))
    });
    print_sets("density of image curves, sizes a doubling; x2, x4 and x8 together", &sets, "");
    print_coverage("density of image curves, x2, x4 and x8 together", &sets, None);
    print_coverage("density of image curves, x8", &sets, Some(2));
}

/// The curve up to an eighth of its end, thinned, with forecasts for two, four and eight times the
/// largest size fitted.
fn thin(whole: &Whole, density: Option<f64>) -> SplitCurve {
    let count = whole.count_to(whole.end() / BEYOND);
    let last = whole.points[count - 1].0;
    let asked = [2.0, 4.0, 8.0].map(|times| whole.nearest(times * last).0);
    let mut kept: Vec<usize> = (0..count).collect();
    if let Some(density) = density {
        let places = (density * (last / whole.points[0].0).log2()).floor() as u32;
        let wanted = (0..=places).rev().map(|place| last * (-f64::from(place) / density).exp2());
        // A size is kept if it lies within half of the way to the next wanted size.
        let near = 0.5 * std::f64::consts::LN_2 / density;
        let found = wanted.map(|wanted| whole.nearest(wanted));
        kept = found.filter(|&(at, away)| away <= near && at < count).map(|(at, _)| at).collect();
        kept.dedup();
    }
    whole.cut(&kept, &asked)
}
