//! Tables in many formats: each is read as the same table, or refused with a hint.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test")]

mod documents;
mod refused;
mod spread;
mod text;
mod wide;

use std::path::Path;

use tenfold::curve_file::{self, CurveFile, ReadOptions};

use crate::program::skipped;

/// Sizes and errors of the table that every format holds.
pub(crate) const SIZES: [f64; 5] = [500.0, 1000.0, 2000.0, 4000.0, 8000.0];
pub(crate) const ERRORS: [f64; 5] = [0.251, 0.198, 0.159, 0.127, 0.103];

pub(crate) fn read_as(
    name: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<CurveFile, String> {
    curve_file::read_from(bytes, Path::new(name), options).map_err(|problems| problems.to_string())
}

/// Sizes and errors of the only curve in `bytes`.
#[track_caller]
pub(crate) fn points(name: &str, bytes: &[u8], options: &ReadOptions) -> Vec<(f64, f64)> {
    let file = read_as(name, bytes, options).unwrap();
    assert_eq!(file.curves.len(), 1, "{name}");
    let points = file.curves[0].points().iter();
    points.map(|point| (point.size.get(), point.error())).collect()
}

/// Checks that `bytes` hold that table.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8]) {
    let expected: Vec<(f64, f64)> = SIZES.into_iter().zip(ERRORS).collect();
    assert_eq!(points(name, bytes, &ReadOptions::default()), expected, "{name}");
}

/// The table as text: a header, then rows, cells between `separator` and lines ended by `end`.
pub(crate) fn written(separator: &str, end: &str) -> String {
    let row = |(size, error): (f64, f64)| format!("{size}{separator}{error}{end}");
    let rows: Vec<String> = SIZES.into_iter().zip(ERRORS).map(row).collect();
    format!("size{separator}error{end}{}", rows.concat())
}

#[track_caller]
pub(crate) fn refusal(name: &str, bytes: &[u8]) -> String {
    read_as(name, bytes, &ReadOptions::default()).unwrap_err()
}

/// Reads a file that a user brought; `None` if the folder of cases is not beside the project.
pub(crate) fn case(name: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let found = std::fs::read(folder.join(name)).ok();
    if found.is_none() {
        skipped(&format!("`{name}` is not beside the project"));
    }
    found
}
