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

/// Quantile of `(value, weight)`, which are reordered, linear between the middles of the weights; 0 for no
/// values.
pub fn weighted_quantile(values: &mut [(f64, f64)], probability: f64) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|value| value.1).sum();
    let wanted = probability * total;
    let mut before: Option<(f64, f64)> = None;
    let mut reached = 0.0;
    for &(value, weight) in values.iter() {
        let middle = reached + 0.5 * weight;
        if middle >= wanted {
            let Some((low, at)) = before else { return value };
            let share = if middle > at { (wanted - at) / (middle - at) } else { 1.0 };
            return (low + share * (value - low)).clamp(low, value);
        }
        before = Some((value, middle));
        reached += weight;
    }
    before.map_or(0.0, |last| last.0)
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
    fn weighted_values_count_as_often_as_their_weights_say() {
        let mut values = [(3.0, 1.0), (1.0, 2.0), (2.0, 1.0)];
        // Middles of the weights at 1, 2.5 and 3.5 of 4.
        for (probability, expected) in
            [(0.0, 1.0), (0.25, 1.0), (0.625, 2.0), (0.75, 2.5), (1.0, 3.0)]
        {
            let found = weighted_quantile(&mut values, probability);
            assert!((found - expected).abs() < 1e-12, "{probability}: {found}");
        }
        assert!(weighted_quantile(&mut [], 0.5).abs() < f64::MIN_POSITIVE);
    }
}
