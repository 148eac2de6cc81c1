//! "Did you mean": the known name nearest to what was typed.

/// The candidate nearest to `typed`, if it is near enough to be a slip of the finger.
///
/// Near enough is one edit for every three characters, at least one: `seed` for `seeds`, `optimiser`
/// for `optimizer`; letter case does not count. After that come a name with more at its end
/// (`batch_size` for `batch`, `fashion` for `fashion-mnist`) and the initials of one (`lr` for
/// `learning_rate`). The first candidate wins a tie.
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
        let distance =
            if is_part(&typed, &lower) || is_part(&lower, &typed) || initials(&lower) == typed {
                // A part of a name ranks behind every typing slip; the fewer letters it lacks, the
                // nearer it is.
                typed.len().abs_diff(lower.len()) + 100
            } else {
                match strsim::osa_distance(&typed, &lower) {
                    near if near <= allowed => near,
                    _ => continue,
                }
            };
        let nearer = best.is_none_or(|(nearest, _)| distance < nearest);
        if nearer {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// Whether `long` starts with `short`, which has at least three letters and lacks at least two.
fn is_part(short: &str, long: &str) -> bool {
    short.len() >= 3 && long.len() > short.len() + 1 && long.starts_with(short)
}

/// The initials of a name with several words, such as `lr` of `learning_rate`; empty for one word.
fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split(['_', '-']).collect();
    let letters = words.iter().filter_map(|word| word.chars().next());
    if words.len() > 1 { letters.collect() } else { String::new() }
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
    fn a_longer_or_a_shorter_form_is_recognised() {
        let keys = ["learning_rate", "batch", "width", "weight_decay"];
        assert_eq!(closest("lr", keys), Some("learning_rate"));
        assert_eq!(closest("batch_size", keys), Some("batch"));
        assert_eq!(closest("learning", keys), Some("learning_rate"));
        assert_eq!(closest("ba", keys), None);
    }

    #[test]
    fn two_swapped_letters_are_one_slip() {
        assert_eq!(closest("sed", ["eds", "seed"]), Some("seed"));
        assert_eq!(closest("nmae", ["name"]), Some("name"));
    }
}
