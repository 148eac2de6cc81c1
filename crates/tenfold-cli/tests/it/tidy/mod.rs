//! Tests the structure that ARCHITECTURE.md describes: which module may use which, the length and
//! the names of files, and that every dependency is used. Modules form no circles (`circles`), no
//! two types share a name (`type_names`), parameters have names (`parameters`), and dependencies
//! are compiled once (`compiled_once`).

mod circles;
mod compiled_once;
mod parameters;
mod type_names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of a Rust file, which should hold one idea.
const LONGEST_FILE: usize = 800;

/// File names that do not describe their content.
const BANNED_NAMES: [&str; 7] = ["utils", "helpers", "common", "base", "misc", "manager", "info"];

/// The dependencies that each crate may have, apart from those of tests.
const CRATES: [(&str, &[&str]); 5] = [
    ("tenfold-core", &["rand_pcg", "serde", "thiserror"]),
    (
        "tenfold-data",
        &[
            "csv",
            "flate2",
            "image",
            "parquet",
            "serde_json",
            "sha2",
            "strsim",
            "symphonia",
            "thiserror",
        ],
    ),
    (
        "tenfold-train",
        &["gemm", "mpi", "safetensors", "serde", "tenfold-core", "tenfold-data", "thiserror"],
    ),
    (
        "tenfold",
        &[
            "anstyle",
            "anyhow",
            "base64",
            "calamine",
            "crc32c",
            "csv",
            "maud",
            "parquet",
            "prost",
            "regex-lite",
            "rusqlite",
            "rustix",
            "serde",
            "serde_json",
            "sha2",
            "shlex",
            "strsim",
            "tenfold-core",
            "tenfold-data",
            "tenfold-train",
            "thiserror",
            "toml",
            "ureq",
            "yaml-rust2",
            "zip",
        ],
    ),
    (
        "tenfold-cli",
        &[
            "anyhow",
            "clap",
            "clap_complete",
            "ctrlc",
            "getrandom",
            "indicatif",
            "nix",
            "once_cell",
            "serde_json",
            "shlex",
            "tenfold",
            "tenfold-core",
            "tenfold-data",
        ],
    ),
];

/// The modules that each module of the application may use. A change needs a decision record.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("diagnostic", &[]),
    ("format", &[]),
    ("meaning", &[]),
    ("words", &["format"]),
    ("trial", &[]),
    ("study", &["diagnostic", "format", "trial"]),
    ("table", &["diagnostic", "meaning"]),
    ("curve_file", &["diagnostic", "meaning", "table", "trial", "words"]),
    ("prepared", &["diagnostic", "format", "study", "trial"]),
    ("store", &["trial"]),
    ("executor", &["prepared", "store", "study", "trial"]),
    ("measured", &["format", "meaning", "prepared", "store", "study", "trial", "words"]),
    (
        "pipeline",
        &["diagnostic", "executor", "format", "measured", "prepared", "store", "study", "trial"],
    ),
    (
        "import",
        &["curve_file", "diagnostic", "format", "meaning", "measured", "store", "table", "words"],
    ),
    (
        "analysis",
        &[
            "curve_file",
            "executor",
            "import",
            "meaning",
            "measured",
            "pipeline",
            "prepared",
            "store",
            "study",
        ],
    ),
    ("report", &["analysis", "format", "meaning", "measured", "words"]),
    ("export", &["analysis", "curve_file", "diagnostic", "report"]),
];

/// Order of the core's modules: each may use itself and those before it.
const CORE_ORDER: [&str; 13] = [
    "units",
    "stats",
    "estimate",
    "metric",
    "curve",
    "law",
    "posterior",
    "fit",
    "forecast",
    "check",
    "decide",
    "backtest",
    "diagnose",
];

/// Words that a pure crate must not contain, because they access the world.
const CORE_NEVER_SAYS: [&str; 10] = [
    "std::fs",
    "std::process",
    "std::net",
    "std::time",
    "std::env",
    "std::thread",
    "println!",
    "Deserialize",
    "serde_json",
    "toml",
];

/// Macros and methods that turn values into text.
const MAKES_TEXT: [&str; 4] = ["format!", "write!", "writeln!", "to_string()"];

/// Files of the mathematics that make text, and why; errors of `thiserror` are exempt.
const CORE_MAKES_TEXT: [(&str, &str); 1] =
    [("posterior/prior.rs", "the prior as the text of its file, and its name in results")];

/// Files of the mathematics that contain sentences, and why; errors of `thiserror` are exempt.
const CORE_SAYS_WORDS: [(&str, &str); 3] = [
    ("decide/investment.rs", "which number an error is about"),
    ("posterior/prior.rs", "what an error needed"),
    ("units.rs", "what an error needed"),
];

/// Number of words in a row that make a part of a sentence; formulas and names have fewer.
const SENTENCE: usize = 3;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The code of a file without comments and without its unit tests, which are at its end.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let is_tests = |at: &usize| {
        let mut after = text[*at..].lines().skip(1);
        after.find(|line| !line.starts_with("#[")).is_some_and(|line| line == "mod tests {")
    };
    let mut marks = text.match_indices("#[cfg(test)]\n").map(|(at, _)| at);
    let code = &text[..marks.find(is_tests).unwrap_or(text.len())];
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// First parts of every `crate::part` in the code, those of `crate::{one::a, two::b}` included.
fn modules_used(code: &str) -> BTreeSet<String> {
    let word = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        for part in group.split_inclusive([',', '{', '}']) {
            if depth == 0 {
                used.insert(word(part.trim_start()));
            }
            match part.chars().last() {
                Some('{') => depth += 1,
                Some('}') if depth == 0 => break,
                Some('}') => depth -= 1,
                _ => {}
            }
        }
    }
    used.remove("");
    used
}

#[test]
fn every_module_of_an_import_is_seen() {
    let code =
        "use crate::{one::{a, b}, two, three::c};\nuse crate::four::d;\nlet x = crate::five::e();";
    let used: Vec<String> = modules_used(code).into_iter().collect();
    assert_eq!(used, ["five", "four", "one", "three", "two"]);
}

fn module_of(path: &Path, source: &Path) -> String {
    let inside = path.strip_prefix(source).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn every_file_is_short_and_has_a_name_that_says_something() {
    let mut wrong = Vec::new();
    for path in sources_below(&workspace().join("crates")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{} has {lines} lines, at most {LONGEST_FILE}", path.display()));
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if BANNED_NAMES.contains(&name.as_str()) {
            wrong.push(format!("{}: the name says nothing", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_of_the_application_use_only_what_they_may() {
    let source = workspace().join("crates/tenfold/src");
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for path in sources_below(&source) {
        let module = module_of(&path, &source);
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            wrong.push(format!("module `{module}` is not in MAY_USE"));
            continue;
        };
        for used in modules_used(&code_of(&path)) {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: `{module}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_mathematics_never_touches_the_world_and_keeps_its_order() {
    let source = workspace().join("crates/tenfold-core/src");
    let mut wrong = Vec::new();
    for path in sources_below(&source) {
        let code = code_of(&path);
        for word in CORE_NEVER_SAYS.iter().filter(|word| code.contains(**word)) {
            wrong.push(format!("{} says `{word}`", path.display()));
        }
        let module = module_of(&path, &source);
        let Some(place) = CORE_ORDER.iter().position(|name| *name == module) else {
            if module != "lib" {
                wrong.push(format!("module `{module}` is not in CORE_ORDER"));
            }
            continue;
        };
        for used in modules_used(&code) {
            let used_place = CORE_ORDER.iter().position(|name| *name == used);
            if used_place.is_none_or(|used_place| used_place > place) {
                wrong.push(format!("{}: `{module}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `code` without its attributes, which contain reasons and errors.
fn without_attributes(code: &str) -> String {
    let code = code.replace("#![", "#[");
    let mut parts = code.split("#[");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut depth = 1;
        let end = part.find(|letter| {
            depth += match letter {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            depth == 0
        });
        kept.push_str(end.map_or("", |end| &part[end..]));
    }
    kept
}

/// Whether a string in `code` contains a part of a sentence.
fn says_words(code: &str) -> bool {
    let is_word = |word: &&str| word.chars().all(char::is_alphabetic);
    let code = without_attributes(code).replace("\\\"", "");
    code.split('"').skip(1).step_by(2).any(|text| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.windows(SENTENCE).any(|row| row.iter().all(is_word))
    })
}

#[test]
fn a_sentence_in_code_is_seen_and_a_formula_is_not() {
    assert!(says_words(r#"let found = "the error rises";"#));
    assert!(!says_words(r#"let formula = "error = alpha * m^beta_g + gamma";"#));
    assert!(!says_words(r#"#[error("the list [a] is too short")] TooShort, ("few-sizes", 2)"#));
}

#[test]
fn the_mathematics_gives_facts_and_no_words() {
    let source = workspace().join("crates/tenfold-core/src");
    let (mut makes_text, mut says) = (Vec::new(), Vec::new());
    for path in sources_below(&source) {
        let code = code_of(&path);
        let name = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if MAKES_TEXT.iter().any(|made| code.contains(made)) {
            makes_text.push(name.clone());
        }
        if says_words(&code) {
            says.push(name);
        }
    }
    assert_eq!(makes_text, CORE_MAKES_TEXT.map(|(file, _)| file));
    assert_eq!(says, CORE_SAYS_WORDS.map(|(file, _)| file));
}

#[test]
fn crates_depend_on_what_they_may_and_use_all_of_it() {
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        let folder = workspace().join("crates").join(name);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let code: String =
            sources_below(&folder.join("src")).iter().map(|path| code_of(path)).collect();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for dependency in dependencies.keys() {
            if !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("`{name}` may not depend on `{dependency}`"));
            }
            let is_used = code.contains(&dependency.replace('-', "_"));
            if !is_used && !compiled_once::FOR_FEATURES.contains(&dependency.as_str()) {
                wrong.push(format!("`{name}` does not use `{dependency}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_clock_reads_the_time_and_only_kernel_and_signals_are_unsafe() {
    let mut wrong = Vec::new();
    for path in sources_below(&workspace().join("crates")) {
        let name = path.to_string_lossy().replace('\\', "/");
        if !name.contains("/src/") {
            continue;
        }
        let code = code_of(&path);
        let reads_time = code.contains("Instant::now") || code.contains("SystemTime::now");
        if reads_time && !name.ends_with("executor/clock.rs") {
            wrong.push(format!("{name} reads the time"));
        }
        let may_be_unsafe =
            ["/engine/kernel", "tenfold-cli/src/signals.rs"].iter().any(|at| name.contains(at));
        if code.contains("unsafe {") && !may_be_unsafe {
            wrong.push(format!("{name} is unsafe"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn documents_name_no_machine_and_no_registry() {
    let mut documents = vec![workspace().join("README.md"), workspace().join("ARCHITECTURE.md")];
    documents.extend(["CONTRIBUTING.md", "CHANGELOG.md"].map(|name| workspace().join(name)));
    for entry in fs::read_dir(workspace().join("docs")).unwrap() {
        documents.push(entry.unwrap().path());
    }
    for path in documents.into_iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(&path).unwrap();
        for word in ["/root/", "/work/", "/home/"] {
            assert!(!text.contains(word), "{} says `{word}`", path.display());
        }
    }
}
