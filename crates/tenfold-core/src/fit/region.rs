//! The three regions of a curve, found by growing windows.
//!
//! Growing a window adds smaller sizes; the small-data region ends where the fit starts to degrade.
//! The irreducible-error region begins where the floor is the larger part of the error.

use crate::estimate::{Estimate, Interval};
use crate::law::PowerTable;
use crate::law::{CurveFamily, Fitted, Units};
use crate::stats::quantile::quantile_of_sorted;
use crate::units::TrainingSetSize;

/// Where the regions of a curve begin and end, in training-set sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regions {
    /// Where the power law takes over from guessing; `None` when it holds from the smallest size on.
    pub small_data_ends: Option<Estimate>,
    /// Where the floor becomes the larger part of the error; `None` when the floor is unknown.
    pub irreducible_begins: Option<Estimate>,
}

/// Normal quantile of the probability with which a window's own noise may be under-estimated by more
/// than the limit that other windows are held to.
///
/// It is 1 %, since the least of several limits counts: of 1,000 simulated curves that obey the law
/// from the first size on, 112 lost sizes at 10 % and 10 do at 1 %.
const UNLUCKY: f64 = -2.326;

/// Residual deviation, in log error, below which a fit counts as good however much better another
/// is: half a percent.
const GOOD_ENOUGH: f64 = 0.005;

/// Share of refits that must put the floor above 0 before it counts as identified.
const IDENTIFIED: f64 = 0.95;

/// Share of windows that must put the floor above 0 as well.
const IDENTIFIED_WINDOWS: f64 = 0.8;

/// Root mean square residual of a member on its `sizes` sizes, corrected for its parameters; log
/// error units.
pub(crate) fn scatter(member: &Fitted, sizes: usize, family: &dyn CurveFamily) -> f64 {
    // With no size to spare the residuals are 0 and say nothing; one keeps the ratio finite.
    let degrees = sizes.saturating_sub(family.minimum_sizes()).max(1);
    (member.sum_of_squares / degrees as f64).sqrt()
}

/// Number of the window whose fit is reported: the widest before the fit degrades.
pub(crate) fn reported_window(
    starts: &[usize],
    fitted: &[Fitted],
    sizes: usize,
    family: &dyn CurveFamily,
) -> usize {
    let scatters: Vec<f64> = starts
        .iter()
        .zip(fitted)
        .map(|(first, member)| scatter(member, sizes - first, family))
        .collect();
    let largest_noise = starts
        .iter()
        .zip(&scatters)
        .map(|(first, scatter)| scatter * largest_noise_ratio(sizes - first, family))
        .fold(f64::INFINITY, f64::min);
    let limit = largest_noise.max(GOOD_ENOUGH);
    scatters.iter().position(|&scatter| scatter <= limit).unwrap_or(0)
}

/// Largest plausible noise over the scatter seen in a window of `sizes` sizes.
///
/// One over the root of the 1 % quantile of chi-square over its degrees of freedom, 26 at 2 of them, 4.0
/// at 4 and 2.4 at 7: a window that fits five sizes well may have been lucky.
///
/// # Reference
/// Wilson and Hilferty (1931), "The distribution of chi-square".
fn largest_noise_ratio(sizes: usize, family: &dyn CurveFamily) -> f64 {
    let degrees = sizes.saturating_sub(family.minimum_sizes()).max(1) as f64;
    let spread = 2.0 / (9.0 * degrees);
    // At 1 degree the cube root is below 0; a tenth bounds the ratio at 32.
    (1.0 - spread + UNLUCKY * spread.sqrt()).max(0.1).powf(-1.5)
}

/// Whether the floor is above 0 in most windows and nearly all refits of the reported one.
pub(crate) fn floor_is_identified(
    family: &dyn CurveFamily,
    fitted: &[Fitted],
    resampled: &[Fitted],
    reported: usize,
) -> bool {
    // Relative units: the error at the largest size is 1, so this is a thousandth of it.
    let is_positive = |member: &Fitted| family.floor(&member.parameters) > 1e-3;
    let share = |members: &mut dyn Iterator<Item = &Fitted>| {
        let (mut positive, mut count) = (0, 0);
        for member in members {
            positive += usize::from(is_positive(member));
            count += 1;
        }
        f64::from(u32::try_from(positive).unwrap_or(u32::MAX)) / f64::from(count.max(1))
    };
    is_positive(&fitted[reported])
        && share(&mut fitted.iter()) >= IDENTIFIED_WINDOWS
        && share(&mut refits_of(resampled, fitted.len(), reported)) >= IDENTIFIED
}

/// The refits of window number `window` among rows of `windows` members.
pub(crate) fn refits_of(
    resampled: &[Fitted],
    windows: usize,
    window: usize,
) -> impl Iterator<Item = &Fitted> {
    resampled.iter().skip(window).step_by(windows)
}

/// What [`regions`] looks at.
pub(crate) struct Evidence<'a> {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) units: Units,
    pub(crate) table: &'a PowerTable,
    pub(crate) starts: &'a [usize],
    pub(crate) fitted: &'a [Fitted],
    pub(crate) resampled: &'a [Fitted],
    pub(crate) reported: usize,
    pub(crate) floor_identified: bool,
}

/// The regions with intervals from the refits.
pub(crate) fn regions(evidence: &Evidence<'_>) -> Regions {
    Regions {
        small_data_ends: small_data_ends(evidence),
        irreducible_begins: irreducible_begins(evidence),
    }
}

fn small_data_ends(evidence: &Evidence<'_>) -> Option<Estimate> {
    let sizes = evidence.table.log_sizes();
    // Between the last size left out and the first one kept.
    let boundary = |window: usize| match evidence.starts[window] {
        0 => sizes[0],
        first => 0.5 * (sizes[first - 1] + sizes[first]),
    };
    if evidence.starts[evidence.reported] == 0 {
        return None;
    }
    let windows = evidence.starts.len();
    let refits = evidence
        .resampled
        .chunks(windows)
        .map(|row| boundary(reported_window(evidence.starts, row, sizes.len(), evidence.family)));
    Some(size_estimate(evidence.units, boundary(evidence.reported), refits.collect()))
}

fn irreducible_begins(evidence: &Evidence<'_>) -> Option<Estimate> {
    if !evidence.floor_identified {
        return None;
    }
    let begins = |member: &Fitted| evidence.family.floor_dominates_from(&member.parameters);
    let value = begins(&evidence.fitted[evidence.reported])?.ln();
    let refits = refits_of(evidence.resampled, evidence.starts.len(), evidence.reported);
    let logs: Vec<f64> = refits.filter_map(begins).map(f64::ln).collect();
    Some(size_estimate(evidence.units, value, logs))
}

/// An estimate of a size from the logs of relative sizes.
fn size_estimate(units: Units, log_size: f64, mut refits: Vec<f64>) -> Estimate {
    refits.sort_by(f64::total_cmp);
    let size = |log: f64| TrainingSetSize::from_log(log + units.log_size).get();
    let interval = |tail: f64| Interval {
        low: size(quantile_of_sorted(&refits, tail).min(log_size)),
        high: size(quantile_of_sorted(&refits, 1.0 - tail).max(log_size)),
    };
    Estimate {
        value: size(log_size),
        standard_error: None,
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    }
}
