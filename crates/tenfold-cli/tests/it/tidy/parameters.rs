//! Checks that signatures name their parameters and do not destructure tuples, so that a reader of
//! a call can look up what it passes.

use super::{code_of, sources_below, workspace};

/// Whether `line`, part of a signature, destructures a tuple.
fn has_tuple_pattern(line: &str) -> bool {
    let line = line.trim_start();
    // A closure may destructure what an iterator yields.
    if line.contains("|(") || line.contains("let (") || line.contains("|&(") {
        return false;
    }
    let is_signature = line.starts_with('(') || line.contains("fn ");
    is_signature && (line.contains("): (") || line.contains("): &(") || line.contains("): &'a ("))
}

#[test]
fn no_function_takes_a_tuple_apart_in_its_signature() {
    let mut wrong = Vec::new();
    for path in sources_below(&workspace().join("crates")) {
        if !path.to_string_lossy().contains("/src/") {
            continue;
        }
        for line in code_of(&path).lines().filter(|line| has_tuple_pattern(line)) {
            wrong.push(format!("{}: {}", path.display(), line.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn patterns_are_seen() {
    assert!(has_tuple_pattern("fn at((x, y): (f64, f64)) -> f64 {"));
    assert!(has_tuple_pattern("    (scale, shift): (&[T], &[T]),"));
    assert!(!has_tuple_pattern("fn at(point: (f64, f64)) -> f64 {"));
    assert!(!has_tuple_pattern("let wider = |(low, high): (f64, f64)| high - low;"));
}
