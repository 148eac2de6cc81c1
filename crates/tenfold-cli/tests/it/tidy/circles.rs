//! Finds circles between modules, because a module in a circle can be understood only with the
//! others.
//!
//! Siblings are compared, which are the files and folders of one folder. An edge goes from the one
//! whose code names something below the other, in a `use` or in a whole path, to that other. What a
//! folder re-exports counts as its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::{CRATES, code_of, sources_below, workspace};

/// A module by the names that lead to it from the crate's root.
type ModulePath = Vec<String>;

/// For each member of a folder, the members that it names.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The code of each module of the crate in `source`.
fn modules_of(source: &Path) -> BTreeMap<ModulePath, String> {
    let module = |path: &Path| {
        let inside = path.strip_prefix(source).unwrap().with_extension("");
        let names = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let mut names: ModulePath = names.collect();
        names.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        names
    };
    sources_below(source).iter().map(|path| (module(path), code_of(path))).collect()
}

/// Every path in `code` that begins with `crate`, `super` or `self`, those of a group one by one.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for word in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(word) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric() && !"_:$".contains(before)) {
                read_path(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Reads the path, or the tree of paths, at the beginning of `text`; returns the text after it.
fn read_path<'a>(text: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut names = before.to_vec();
    let mut rest = text.trim_start();
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            rest = group;
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = read_path(rest, &names, found).trim_start_matches(|c| !",}".contains(c));
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            names.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(more) if end > 0 && !more.starts_with('<') => rest = more.trim_start(),
            _ => break,
        }
    }
    found.push(names);
    rest
}

/// The innermost module that `path`, written in `from`, leads to.
fn target(modules: &BTreeMap<ModulePath, String>, from: &[String], path: &[String]) -> ModulePath {
    let mut at = from.to_vec();
    let mut names = path.iter().map(String::as_str).peekable();
    if names.next_if_eq(&"crate").is_some() {
        at.clear();
    }
    while let Some(word) = names.next_if(|name| matches!(*name, "super" | "self")) {
        if word == "super" {
            at.pop();
        }
    }
    for name in names {
        at.push(name.to_owned());
        if !modules.contains_key(&at) {
            at.pop();
            break;
        }
    }
    at
}

/// The graph of each folder.
fn graphs(modules: &BTreeMap<ModulePath, String>) -> BTreeMap<String, Graph> {
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for (from, code) in modules {
        for path in paths_in(code) {
            let to = target(modules, from, &path);
            let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
            if let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) {
                let graph = graphs.entry(from[..shared].join("::")).or_default();
                graph.entry(one.clone()).or_default().insert(other.clone());
            }
        }
    }
    graphs
}

/// The shortest cycle in `graph` through `start`, with `start` at both ends.
fn way_round(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
            let longer = || way.iter().chain([next]).cloned().collect();
            if next == start {
                return Some(longer());
            }
            if seen.insert(next) {
                ways.push_back(longer());
            }
        }
    }
    None
}

/// Everything that can be reached from `start` in `graph`.
fn reached(graph: &Graph, start: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start.to_owned()];
    while let Some(at) = open.pop() {
        for next in graph.get(&at).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}

/// The members of each circle of `graph`: modules that reach each other.
fn circles(graph: &Graph) -> BTreeSet<Vec<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|module| (module, reached(graph, module))).collect();
    let members = |module: &String| {
        let both = |other: &&String| {
            reach[module].contains(*other) && reach.get(other).is_some_and(|r| r.contains(module))
        };
        reach.keys().copied().filter(both).cloned().collect::<Vec<String>>()
    };
    graph.keys().map(members).filter(|members| !members.is_empty()).collect()
}

/// A circle that was found: crate, folder, members, and a cycle through them.
type Circle = (&'static str, String, Vec<String>, Vec<String>);

/// Every circle of every crate.
fn all_circles() -> Vec<Circle> {
    let of_crate = |name: &'static str| {
        let modules = modules_of(&workspace().join("crates").join(name).join("src"));
        let of_folder = move |(folder, graph): (String, Graph)| {
            let circle = |members: Vec<String>| {
                let way = way_round(&graph, &members[0]).unwrap();
                (name, folder.clone(), members, way)
            };
            circles(&graph).into_iter().map(circle).collect::<Vec<_>>()
        };
        graphs(&modules).into_iter().flat_map(of_folder).collect::<Vec<_>>()
    };
    CRATES.into_iter().flat_map(|(name, _)| of_crate(name)).collect()
}

#[test]
fn no_two_modules_of_a_folder_need_each_other() {
    let told = |(name, folder, members, way): Circle| {
        format!("`{name}`, `{folder}`: a circle of {members:?}: {}", way.join(" → "))
    };
    let wrong: Vec<String> = all_circles().into_iter().map(told).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_however_its_paths_are_written() {
    let module = |path: &str| -> ModulePath { path.split("::").map(str::to_owned).collect() };
    let modules = BTreeMap::from([
        (module("a"), "use super::b::{self, c::{Thing as Other, T}};".to_owned()),
        (module("b"), "mod c;\npub use self::c::T;".to_owned()),
        (module("b::c"), "let x = crate::d::make::<u8>();\nuse super::T;".to_owned()),
        (module("d"), "use crate::{e, a::{\n    One,\n    Two,\n}};".to_owned()),
        (module("e"), "use crate::d_is_no_module;\nuse super::super::beyond;".to_owned()),
    ]);
    let graphs = graphs(&modules);
    let whole = &graphs[""];
    assert_eq!(circles(whole), BTreeSet::from([["a", "b", "d"].map(str::to_owned).to_vec()]));
    assert_eq!(way_round(whole, "a").unwrap(), ["a", "b", "d", "a"]);
    assert_eq!(reached(whole, "e"), BTreeSet::new());
    assert_eq!(graphs.len(), 1);
}
