//! Quantiles of samples, plain and weighted.

/// Median of `values`, which are reordered; 0 for no values.
pub fn median_in_place(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile_of_sorted(values, 0.5)
}

/// Quantile of increasing `values` at `probability`, linear between order statistics (type 7);
/// 0 for no values.
///
/// # Reference
/// Hyndman and Fan (1996), "Sample quantiles in statistical packages", definition 7.
pub fn quantile_of_sorted(values: &[f64], probability: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let share = position - below as f64;
    // The difference of two huge numbers of opposite sign could overflow; a weighted sum cannot, but
    // rounds, and must not leave the two values.
    (values[below] * (1.0 - share) + values[above] * share).clamp(values[below], values[above])
}

/// Smallest value of `(value, weight)` at which the weights reach `probability` of `total`, or
/// `None` when they never do.
///
/// With `total` one unit above the sum of the weights this is the split-conformal quantile, which
/// covers at least `probability` for exchangeable units.
///
/// # Reference
/// Vovk, Gammerman and Shafer (2005), "Algorithmic learning in a random world", chapter 2.
pub fn weighted_quantile(values: &mut [(f64, f64)], probability: f64, total: f64) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut reached = 0.0;
    // A tolerance of 1e-12 of the total forgives the rounding of a sum of equal weights.
    let needed = probability * total - 1e-12 * total;
    values.iter().find_map(|&(value, weight)| {
        reached += weight;
        (reached >= needed).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let found = [0.0, 0.5, 1.0].map(|probability| quantile_of_sorted(&values, probability));
        assert_eq!(found.map(f64::to_bits), [1.0, 3.0, 8.0].map(f64::to_bits));
        assert_eq!(median_in_place(&mut [5.0, 1.0, 3.0]).to_bits(), 3_f64.to_bits());
    }

    #[test]
    fn nineteen_units_are_needed_for_a_conformal_95_percent() {
        let units = |count: usize| (0..count).map(|k| (k as f64, 1.0)).collect::<Vec<_>>();
        assert_eq!(weighted_quantile(&mut units(19), 0.95, 20.0), Some(18.0));
        assert_eq!(weighted_quantile(&mut units(18), 0.95, 19.0), None);
    }
}
