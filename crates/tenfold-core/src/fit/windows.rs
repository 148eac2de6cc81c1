//! The window family: the same law fitted on several ranges of sizes that all end at the largest.
//!
//! Which points are fitted matters more than which law: the small-data region bends a power law.
//! Windows that leave it out forecast better, and their disagreement measures what the law cannot.

use crate::law::{CurveFamily, Fitted, PowerTable};

/// Fewest sizes in a window: fewer leave a three-parameter law no room to show a bad fit.
pub const FEWEST_IN_WINDOW: usize = 5;

/// Ratios of the largest size to the smallest in a window, for densely measured curves.
const RATIOS: [f64; 12] = [2.8, 4.0, 5.6, 8.0, 11.3, 16.0, 22.6, 32.0, 45.2, 64.0, 90.5, 128.0];

/// Sizes a doubling from which windows go by ratio; below, one more size is one more window.
const DENSE: f64 = 2.0;

/// Number of the first size of each window, the widest window first; never empty.
///
/// Power-of-two shards: the last 5, 6, 7 … sizes and all of them. Dense sizes: all within a ratio
/// of the largest, for ratios from 2.8 to 128.
pub fn window_starts(table: &PowerTable) -> Vec<usize> {
    let count = table.len();
    let Some(latest) = count.checked_sub(FEWEST_IN_WINDOW) else { return vec![0] };
    let doublings = -table.log_sizes()[0] / std::f64::consts::LN_2;
    let is_dense = (count - 1) as f64 > DENSE * doublings;
    if !is_dense {
        return (0..=latest).collect();
    }
    let mut starts: Vec<usize> = RATIOS
        .iter()
        .map(|ratio| {
            // A size may miss the ratio by rounding: 1e-9 is far below any spacing of shards.
            let limit = -ratio.ln() - 1e-9;
            table.log_sizes().iter().take_while(|&&log_size| log_size < limit).count().min(latest)
        })
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Log error that counts as no miss at all, when windows are weighed against each other: 0.3 %.
const NO_MISS: f64 = 0.003;

/// Power of the squared miss in a window's weight, for plans. On the development curves 1, 2 and 3 give mean
/// RMSLE .0145, .0141 and .0142 on the 45 dense curves, and .0871, .0818 and .0794 one doubling
/// ahead on the tabular ones.
pub(crate) const MISS_POWER: i32 = 3;

/// How much to believe a window's fit: `(last^2 + scatter^2 + 0.003^2)^-power`, with `last` its log
/// residual at the largest size and `scatter` its root mean square residual.
///
/// A window that reaches into the small-data region misses the largest size, and would miss the
/// sizes beyond it by more. `sizes`: number of sizes in the window; `last_miss`: its log residual at the
/// largest size.
pub(crate) fn reliability(
    family: &dyn CurveFamily,
    member: &Fitted,
    sizes: usize,
    last_miss: f64,
    power: i32,
) -> f64 {
    let degrees = sizes.saturating_sub(family.minimum_sizes()).max(1) as f64;
    let square = last_miss * last_miss + member.sum_of_squares / degrees + NO_MISS * NO_MISS;
    // Held above the smallest weight that leaves a sum of weights above 0.
    square.powi(-power).max(1e-200)
}
