//! Checks that `cargo test` reuses what `cargo run` compiled: the program's dependencies must have
//! the same features in both. Otherwise Cargo compiles a dependency again with the features that
//! only tests need, and everything that depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::workspace;

/// Dependencies that the program does not use, but names with the features that tests need.
pub(super) const FOR_FEATURES: [&str; 2] = ["getrandom", "once_cell"];

/// Packages and their features as cargo compiles them for `words`; one that is compiled twice has two.
#[expect(clippy::disallowed_methods, reason = "asks cargo, which is no command of a trial")]
fn features(words: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(workspace()).args(["tree", "--locked", "--offline", "--prefix=none"]);
    let told = command.args(["--format={p}|{f}"]).args(words).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(told.stdout).unwrap().lines() {
        let line = line.trim_end_matches(" (*)");
        let Some((package, of)) = line.split_once('|') else { continue };
        features.entry(package.to_owned()).or_default().insert(of.to_owned());
    }
    features
}

#[test]
fn what_the_program_is_made_of_has_the_same_features_in_tests() {
    let run = features(&["-p", "tenfold-cli", "--edges=normal,build"]);
    let test = features(&["--workspace", "--edges=normal,build,dev"]);
    assert!(run.len() > 50, "{run:?}");
    for (package, of) in run {
        assert!(
            of.is_subset(&test[&package]),
            "{package} is compiled with {of:?} for `cargo run` and with {:?} for `cargo test`: name \
             it with these features in crates/tenfold-cli/Cargo.toml, and in FOR_FEATURES",
            test[&package]
        );
    }
}
