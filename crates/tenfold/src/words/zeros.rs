//! What was done about errors of 0.

use tenfold_core::Zeros;

/// Says how sizes at which every run was perfect were used; `None` if there are none.
pub fn perfect_sizes(zeros: &Zeros) -> Option<String> {
    let first = zeros.below.first()?;
    let others = if zeros.below.len() > 1 { " and others" } else { "" };
    // The bound has three figures; parsing it again drops an exponent that is not needed.
    let bound: f64 = format!("{:.2e}", first.error).parse().unwrap_or(first.error);
    Some(format!(
        "at size {}{others} every run is perfect: that tells that the error lies below about {bound}, \
         the smallest that one more run could have shown, and no more",
        first.size
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenfold_core::{PerfectSize, TrainingSetSize};

    #[test]
    fn the_bound_of_a_perfect_size_has_three_figures() {
        let size = TrainingSetSize::new(40.0).unwrap();
        let below = vec![PerfectSize { size, error: 0.1 / 3.0 }];
        let words = perfect_sizes(&Zeros { below, ..Zeros::default() }).unwrap();
        assert!(words.starts_with("at size 40 every run is perfect"), "{words}");
        assert!(words.contains("below about 0.0333,"), "{words}");
        assert_eq!(perfect_sizes(&Zeros::default()), None);
    }
}
