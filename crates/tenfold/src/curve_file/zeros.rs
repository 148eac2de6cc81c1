//! Describes what was done about errors of 0 in a curve file.

use tenfold_core::Zeros;

use crate::words::perfect_sizes;

/// One sentence for each treatment of errors of 0.
pub(super) fn told(zeros: &Zeros) -> Vec<String> {
    let mut told = Vec::new();
    if zeros.counted > 0 {
        told.push("an error of 0 of n test examples counts as 0.5 / (n + 1)".to_owned());
    }
    if zeros.is_averaged {
        told.push(
            "some errors are 0 of an unknown number of test examples: the runs of each size were \
             averaged; a column `test_examples` would keep them apart"
                .to_owned(),
        );
    }
    told.extend(perfect_sizes(zeros));
    told
}
