//! "Did you mean": the known name nearest to what was typed.

/// The candidate nearest to `typed`, if it is near enough to be a slip of the finger.
///
/// Near enough is one edit for every three characters, at least one: `seed` for `seeds`, `optimiser`
/// for `optimizer`; letter case does not count. The first candidate wins a tie.
pub fn closest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let length = typed.chars().count();
    // Distances are quadratic in the length, and nobody mistypes a name this long.
    if length == 0 || length > 100 {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let allowed = (length.max(lower.chars().count()) / 3).max(1);
        let distance = strsim::osa_distance(&typed, &lower);
        let nearer = best.is_none_or(|(nearest, _)| distance < nearest);
        if distance <= allowed && nearer {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// Names in backticks with commas: `` `a`, `b`, `c` ``.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let keys = ["seed", "seeds", "optimizer", "learning_rate"];
        assert_eq!(closest("optimiser", keys), Some("optimizer"));
        assert_eq!(closest("seeed", keys), Some("seed"));
        assert_eq!(closest("Seeds", keys), Some("seeds"));
        assert_eq!(closest("learning_rte", keys), Some("learning_rate"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("", keys), None);
        assert_eq!(closest("x", keys), None);
    }

    #[test]
    fn two_swapped_letters_are_one_slip() {
        assert_eq!(closest("sed", ["eds", "seed"]), Some("seed"));
        assert_eq!(closest("nmae", ["name"]), Some("name"));
    }
}
