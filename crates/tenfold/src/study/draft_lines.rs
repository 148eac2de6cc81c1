//! Lines that every first `study.toml` has.

use std::fmt::Write as _;

use tenfold_data::{Files, Source};

/// A name for the study, taken from the data.
pub(super) fn name_of(source: &Source) -> String {
    match source {
        Source::Builtin(name) => name.clone(),
        Source::Numbered { .. } => "study".to_owned(),
        Source::Files(Files { path, .. }) => {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            stem.filter(|stem| !stem.trim().is_empty()).unwrap_or_else(|| "study".to_owned())
        }
    }
}

pub(super) fn source_lines(source: &Source) -> String {
    match source {
        Source::Builtin(name) => format!("builtin = {}\n", quoted(name)),
        Source::Numbered { examples } => format!("examples = {examples}\n"),
        Source::Files(Files { format, path, keys }) => {
            let mut lines = format!(
                "path = {}\nformat = {}\n",
                quoted(&path.to_string_lossy()),
                quoted(format.name())
            );
            let is_count =
                |name| format.keys().iter().any(|key| key.name == name && key.is_count());
            for (key, value) in keys {
                let value = if is_count(*key) { value.clone() } else { quoted(value) };
                let _ = writeln!(lines, "{key} = {value}");
            }
            lines
        }
    }
}

/// A TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            // Texts of a study file may not contain control characters, so each is replaced by a
            // space.
            other if other.is_control() => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) const GOAL: &str = "\
[goal]                    # what the plan is made for; take the marks away and fill in
# target = 0.05           # error to reach; for error rates \"5%\" is the same
# cost_per_example = 0.05 # price of one more example
# have = 60000            # examples you have; otherwise the largest size measured
# value_per_point = 2000  # what one percentage point less error is worth

[run]
executor = \"local\"        # this machine; \"slurm\": a cluster, see docs/slurm.md
# workers = 2             # trials at the same time; otherwise one for each processor
";
