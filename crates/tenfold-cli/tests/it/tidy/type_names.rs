//! A type's name stands for one thing in a crate, so that nobody has to look which of two is meant.

use std::collections::{BTreeMap, BTreeSet};

use super::{CRATES, code_of, sources_below, workspace};

/// Crate and name of types that stand twice. A line goes with its second type, and none is added.
const KNOWN: [(&str, &str); 7] = [
    ("tenfold-core", "Shape"),
    ("tenfold-core", "Verdict"),
    ("tenfold", "Axis"),
    ("tenfold", "Goal"),
    ("tenfold", "Look"),
    ("tenfold", "Outcome"),
    ("tenfold", "Place"),
];

/// The type that `line` declares for other folders, if it does.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) "))?;
    let rest = rest.strip_prefix("unsafe ").unwrap_or(rest);
    let name =
        ["struct ", "enum ", "trait ", "union "].iter().find_map(|k| rest.strip_prefix(k))?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[test]
fn a_type_name_stands_once_in_a_crate() {
    let mut wrong = Vec::new();
    let mut found = BTreeSet::new();
    for (name, _) in CRATES {
        let source = workspace().join("crates").join(name).join("src");
        let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in sources_below(&source) {
            let inside = path.strip_prefix(&source).unwrap().display().to_string();
            for found in code_of(&path).lines().filter_map(declared) {
                types.entry(found.to_owned()).or_default().push(inside.clone());
            }
        }
        for (found_type, files) in types.into_iter().filter(|(_, files)| files.len() > 1) {
            if KNOWN.contains(&(name, found_type.as_str())) {
                found.insert((name, found_type));
            } else {
                wrong.push(format!("`{name}`: `{found_type}` stands in {}", files.join(" and ")));
            }
        }
    }
    for (name, known) in KNOWN {
        if !found.contains(&(name, known.to_owned())) {
            wrong.push(format!("`{name}`: `{known}` stands once; take it off KNOWN"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn declarations_are_seen() {
    assert_eq!(declared("pub struct One<'a> {"), Some("One"));
    assert_eq!(declared("    pub(crate) enum Two {"), Some("Two"));
    assert_eq!(declared("pub unsafe trait Three: Sync {}"), Some("Three"));
    assert_eq!(declared("pub(super) struct Four;"), None);
    assert_eq!(declared("pub fn structure() {}"), None);
}
