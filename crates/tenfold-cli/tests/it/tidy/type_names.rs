//! Checks that each type name of a crate stands for one type, so that a reader need not look up
//! which one is meant.

use std::collections::BTreeMap;

use super::{CRATES, code_of, sources_below, workspace};

/// The type that `line` declares for use in other folders; `None` if it declares none.
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
            wrong.push(format!("`{name}`: `{found_type}` stands in {}", files.join(" and ")));
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
