//! UCI Letter Recognition: 16 shape features of printed capital letters.

use std::path::Path;

use super::Builtin;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::read::{TargetChoice, delimited_bytes, gunzip_bytes};

pub(super) const BUILTIN: Builtin = Builtin {
    name: "letter",
    examples: 20_000,
    description: "UCI Letter Recognition: 16 whole-number features of distorted printed capitals, 26 classes; \
                  1,332 of its rows repeat an earlier one",
    licence: "CC BY 4.0, D. Slate (1991), Letter Recognition, UCI Machine Learning Repository, doi:10.24432/C5ZP40",
    notice: include_str!("../../data/letter.NOTICE.txt"),
};

/// Gzip of a CSV file with a header line.
const PACKED: &[u8] = include_bytes!("../../data/letter.csv.gz");

pub(super) fn read() -> Result<Dataset, DataError> {
    let path = Path::new(BUILTIN.name);
    let bytes = gunzip_bytes(PACKED).map_err(|reason| DataError::Corrupt {
        path: path.to_owned(),
        needed: "the data set built in",
        reason,
    })?;
    delimited_bytes(&bytes, path, b',', TargetChoice { label: Some("letter"), target: None })
}
