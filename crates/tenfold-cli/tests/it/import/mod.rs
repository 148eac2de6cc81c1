//! Runs of other tools: how they are read and written, and every message for a bad source.

mod broken;
mod folder;
mod hostile;
mod joined;
mod tables;
mod tools;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};

use tenfold::import::{self, Mapping, READERS, Understood, readers};

use crate::program::{Ran, run};

/// Sizes that every fixture has, and the error that it holds there; see `make.py`.
pub(crate) const SIZES: [f64; 5] = [100.0, 200.0, 400.0, 800.0, 1600.0];

/// The error that a fixture holds for a model of this exponent, six digits.
pub(crate) fn known_error(exponent: f64, size: f64, seed: u64) -> f64 {
    let wiggle = 1.0 + 0.05 * (seed as f64 - 0.5);
    ((0.9 * size.powf(-exponent) + 0.02) * wiggle * 1e6).round() / 1e6
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name)
}

pub(crate) fn understood(tool: &str, source: &Path, mapping: &Mapping) -> Understood {
    import::import(readers::named(tool).unwrap(), source, mapping).unwrap()
}

/// The messages of an import that must fail, with the folder's name taken out.
pub(crate) fn refused(tool: &str, source: &Path, mapping: &Mapping) -> String {
    let reader = readers::named(tool).unwrap();
    let problems = import::import(reader, source, mapping).unwrap_err().to_string();
    let folder = source.parent().unwrap().display().to_string();
    problems.replace(&format!("{folder}/"), "")
}

/// Writes `text` into a new file of `folder`.
#[expect(clippy::disallowed_methods, reason = "a test writes as another tool does")]
pub(crate) fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// Checks that all runs of a model in a fixture were read: both seeds at each size.
pub(crate) fn check_model(understood: &Understood, curve: &str, exponent: f64, sizes: &[f64]) {
    let of_curve: Vec<_> =
        understood.measurements.iter().filter(|one| one.curve == curve).collect();
    assert_eq!(of_curve.len(), 2 * sizes.len(), "{curve}: {of_curve:?}");
    for size in sizes {
        for seed in [0, 1] {
            let found = of_curve
                .iter()
                .find(|one| one.size.get().to_bits() == size.to_bits() && one.seed == Some(seed));
            assert!(found.is_some(), "{curve} has no size {size}, seed {seed}");
            let found = found.unwrap();
            let expected = known_error(exponent, *size, seed);
            // Fixtures hold six digits, TensorBoard's as 32-bit floats.
            let is_near = (found.error / expected - 1.0).abs() < 1e-6;
            assert!(is_near, "{curve} {size} {seed}: {} for {expected}", found.error);
        }
    }
}

/// `tenfold import` as a user types it.
pub(crate) fn import(folder: &Path, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["import"].into_iter().chain(words.iter().copied()).collect();
    run(folder, &words)
}

#[test]
fn the_help_has_an_example_of_every_tool() {
    let folder = tempfile::tempdir().unwrap();
    let help = import(folder.path(), &["--help"]).stdout;
    for reader in READERS {
        assert!(help.contains(reader.example), "{} is not in:\n{help}", reader.example);
    }
}
