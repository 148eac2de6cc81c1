//! What to know before trusting a fit.

use tenfold_core::FitWarning;
use tenfold_core::decide::HORIZON_RATIO;
use tenfold_core::fit::FEW_SIZES;
use tenfold_core::forecast::LARGEST_LEARNT_RATIO;

use super::resolution::resolution;

/// `2 training-set sizes are few: below 5 much of the forecast is what curves usually do`
pub fn warning(warning: &FitWarning) -> String {
    match *warning {
        FitWarning::FewSizes { sizes, has_bounds } => {
            let only = if has_bounds { " with errors" } else { "" };
            let (plural, are) = if sizes == 1 { ("", "is") } else { ("s", "are") };
            format!(
                "{sizes} training-set size{plural}{only} {are} few: below {FEW_SIZES} much of the \
                 forecast is what curves usually do"
            )
        }
        FitWarning::NotMonotone { log_rise } => {
            let percent = 100.0 * (log_rise.exp() - 1.0).min(1e6);
            format!(
                "the error rises by {percent:.0}% with more data somewhere, beyond noise; a power \
                 law cannot promise what comes next, and intervals are wider"
            )
        }
        FitWarning::Flat => {
            "the error does not fall by more than noise from the smallest size to the largest"
                .to_owned()
        }
        FitWarning::FloorNotIdentified => {
            "the data do not tell whether the error levels off: floors from 0 up fit about as well"
                .to_owned()
        }
        FitWarning::SeedNoiseUnknown => {
            "there is one run a size and no standard error, so noise is guessed from the scatter \
             around the fit"
                .to_owned()
        }
        FitWarning::ValidationTooSmall { resolution: told } => {
            format!("{}: too few to see what doubling the data should do", resolution(&told))
        }
        FitWarning::FarExtrapolation { size, times_beyond_data } => format!(
            "{:.0} is {times_beyond_data:.0} times the largest size measured; intervals were checked \
             up to {LARGEST_LEARNT_RATIO} times",
            size.get()
        ),
        FitWarning::TargetUncertain { target, probability } => {
            let percent = 100.0 * probability;
            format!("the curve reaches {target} with a probability of {percent:.0} %")
        }
        FitWarning::TargetMayNeverBeReached { target, probability } => {
            let percent = 100.0 * probability;
            format!(
                "the curve may never reach {target}: the probability within {HORIZON_RATIO} times \
                 the data measured is {percent:.0} %"
            )
        }
        FitWarning::SizesLookLikeEpochs => {
            "the sizes are 1, 2, 3 and so on: they look like epochs of one training run, not like \
             training-set sizes, each with a model of its own"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_sizes_are_counted_as_words_need() {
        let words = |sizes, has_bounds| warning(&FitWarning::FewSizes { sizes, has_bounds });
        assert!(words(1, false).starts_with("1 training-set size is few: below 5"));
        assert!(words(3, true).starts_with("3 training-set sizes with errors are few"));
    }
}
